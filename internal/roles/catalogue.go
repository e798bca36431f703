package roles

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cameo/internal/safefile"
	"cameo/internal/settings"
	"cameo/profiles"
)

// Listing is one role of a catalogue: names and numbers, nothing that could be run,
// read or connected to.
type Listing struct {
	Name        string `json:"name,omitempty"` // as the catalogue calls the role
	ARN         string `json:"arn"`
	AccountName string `json:"account_name,omitempty"` // or alias
	Env         Env    `json:"env,omitempty"`
	Color       string `json:"color,omitempty"` // the name of a colour, or six hexadecimal digits
	Region      string `json:"region,omitempty"`
}

// label is what people call the role.
func (l Listing) label() string {
	r := FromARN(l.ARN)
	switch {
	case l.Name != "":
		return l.Name
	case l.AccountName != "":
		return l.AccountName + "/" + r.Name
	}
	return r.ID()
}

// Copy is a catalogue as it was fetched last.
type Copy struct {
	Version int       `json:"version"`
	From    string    `json:"from"`
	ETag    string    `json:"etag,omitempty"` // of what was fetched; empty: it had none
	Fetched time.Time `json:"fetched"`        // when its source said last that this is it
	Roles   []Listing `json:"roles"`
}

// CatalogueLimit is how large a catalogue may be, 8 MiB: some 50,000 roles.
const CatalogueLimit = 8 << 20

// copyLimit is far more than a copy of a catalogue of CatalogueLimit has.
const copyLimit = 4 * CatalogueLimit

// Catalogues is where the copies of the catalogues are: everything but fetching
// goes by them, online or not.
type Catalogues struct {
	Dir string // empty: there are none
}

// path is the file of a catalogue. Its name tells nothing of where the catalogue is.
func (c Catalogues) path(of settings.Catalogue) string {
	sum := sha256.Sum256([]byte(of.From))
	return filepath.Join(c.Dir, hex.EncodeToString(sum[:12])+".json")
}

// Read is the copy of a catalogue. The error is
// fs.ErrNotExist where it has not been fetched yet.
func (c Catalogues) Read(of settings.Catalogue) (Copy, error) {
	if c.Dir == "" {
		return Copy{}, fs.ErrNotExist
	}
	data, err := safefile.ReadPrivate(c.path(of), copyLimit)
	if err != nil {
		return Copy{}, err
	}
	var kept Copy
	if err := json.Unmarshal(data, &kept); err != nil || kept.Version != 1 || kept.From != of.Name() {
		return Copy{}, fs.ErrNotExist // damaged, or of another version: as good as none
	}
	return kept, nil
}

// Write keeps the copy of a catalogue.
func (c Catalogues) Write(of settings.Catalogue, kept Copy) error {
	if c.Dir == "" {
		return errors.New("there is no directory to keep it in: HOME is not set")
	}
	if err := safefile.PrivateDir(c.Dir); err != nil {
		return err
	}
	kept.Version, kept.From = 1, of.Name()
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return safefile.Write(c.path(of), append(data, '\n'), 0o600)
}

// CatalogueName is what people are told a catalogue is called. It is inert.
func CatalogueName(c settings.Catalogue) string { return profiles.Inert(c.Name()) }

// ReadCatalogue takes from the text of a catalogue what a catalogue may say. leftOut
// tells of the rest. The error is a *profiles.ImportError.
func ReadCatalogue(name string, data []byte) (found []Listing, leftOut []profiles.LeftOut, err error) {
	read, err := profiles.ParseImport(name, data)
	if err != nil {
		return nil, nil, err
	}
	leftOut = read.LeftOut
	seen := map[string]bool{}
	for _, r := range read.Roles {
		if r.ARN.Account == "" {
			leftOut = append(leftOut, profiles.LeftOut{Position: r.Defined, Profile: profiles.Inert(r.Name), What: profiles.Inert(r.Name), Why: "names its account by an alias: the number is needed"})
			continue
		}
		arn := r.ARN.String()
		if seen[arn] {
			continue
		}
		seen[arn] = true
		env, _ := envCalled(r.Env)
		found = append(found, Listing{Name: r.Name, ARN: arn, AccountName: cmp.Or(r.Alias, r.AccountName), Env: env, Color: r.Color, Region: r.Region})
	}
	return found, leftOut, nil
}

// Changes is what is different between two copies of a catalogue: names of roles,
// sorted.
type Changes struct{ Came, Went, Changed []string }

// None reports whether nothing is different.
func (c Changes) None() bool { return len(c.Came)+len(c.Went)+len(c.Changed) == 0 }

// Compare says what came and what went from one list to the next. A role
// is the same as long as its ARN is.
func Compare(before, after []Listing) Changes {
	var c Changes
	old := map[string]Listing{}
	for _, e := range before {
		old[e.ARN] = e
	}
	for _, e := range after {
		was, known := old[e.ARN]
		delete(old, e.ARN)
		switch {
		case !known:
			c.Came = append(c.Came, e.label())
		case was != e:
			c.Changed = append(c.Changed, e.label())
		}
	}
	for _, e := range old {
		c.Went = append(c.Went, e.label())
	}
	slices.Sort(c.Came)
	slices.Sort(c.Went)
	slices.Sort(c.Changed)
	return c
}

// catalogued is the roles of a catalogue's copy; none before it has been fetched.
func (b *Book) catalogued(c settings.Catalogue) ([]Role, []Problem) {
	at := profiles.Position{File: c.File, Line: c.Line}
	kept, err := b.kept.Read(c)
	if err != nil {
		why := "it has not been fetched yet"
		if !errors.Is(err, fs.ErrNotExist) {
			why = "its copy cannot be read: " + profiles.Inert(err.Error())
		}
		return nil, []Problem{{Position: at, What: "catalogue " + CatalogueName(c), Why: why, Try: "cameo sync"}}
	}
	all := make([]Role, 0, len(kept.Roles))
	for _, e := range kept.Roles {
		r := FromARN(e.ARN)
		if r.AccountID == "" || e.Region != "" && !profiles.IsRegion(e.Region) {
			continue // not of ReadCatalogue's making
		}
		r.Origin, r.Source, r.Defined, r.Region = OfCatalogue, b.defaultSource(), at, e.Region
		r.Called, r.Account, r.Color = e.Name, e.AccountName, e.Color
		// What the user's own words call production stays so, whatever others say.
		r.Env = stricter(e.Env, b.envOfName(e.Name), b.envOfName(e.AccountName+" "+r.Name))
		all = append(all, r)
	}
	return all, nil
}

// nameFault says why a role of a catalogue cannot be called so; empty: it can.
func nameFault(name string) string {
	account, _, found := strings.Cut(name, "/")
	switch {
	case name != profiles.Inert(name) || name != strings.TrimSpace(name):
		return "characters that cannot be seen"
	case found && isAccountID(account), isAccountID(name), strings.HasPrefix(name, "-"), strings.HasPrefix(name, "arn:"), profiles.IsSwitchLink(name):
		return "it would be taken for something else"
	}
	return ""
}

// Age is how long ago the copy of a catalogue was fetched, for people: "3d old".
func (c Copy) Age(now time.Time) string {
	if d := now.Sub(c.Fetched); d >= time.Minute {
		return profiles.Span(d) + " old"
	}
	return "just fetched"
}
