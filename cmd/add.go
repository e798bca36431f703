package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cameo/internal/switching"
	"cameo/profiles"
)

func newAdd(a *app) *cobra.Command {
	f := addFlags{}
	c := &cobra.Command{
		Use: "add ARN | LINK | FILE", Short: "Add roles to the AWS config file",
		Long: `Add a profile to the AWS config file for a role: by its ARN, by a Switch Role link of
the AWS console, or for each role in a FILE (- is stdin): AWS config text, the INI of
the extension AWS Extend Switch Roles, or JSON, {"version": 1, "roles": [{"account_id",
"role", "name", "env", "color", "region"}]}.

  cameo add arn:aws:iam::123456789012:role/Reader --name reader
  cameo add team-roles.json --dry-run

Of a file of others nothing is taken that could run a program, name a file or lead
requests elsewhere; what is left out is said. A profile that is there already is
never changed. Without --source-profile the setting source signs, or the only
profile that has an access key.` + editNote() + exits(exitOther, exitUsage, exitConfig, exitNoRole),
		Args: exactly(1, "an ARN, a Switch Role LINK or a FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.add(args[0], f) },
	}
	c.Flags().StringVar(&f.name, "name", "", "the `NAME` of the profile (default: the one in the link or file, else ROLE-ACCOUNT)")
	c.Flags().StringVar(&f.source, "source-profile", "", "the `PROFILE` that signs")
	c.Flags().StringVar(&f.mfaSerial, "mfa-serial", "", "the `SERIAL` (ARN) of the MFA device that the role asks for")
	c.Flags().StringVar(&f.externalID, "external-id", "", "the external `ID` that the role asks for")
	c.Flags().StringVar(&f.env, "env", "", "the `ENV`: prod, staging, dev or sandbox")
	c.Flags().StringVar(&f.region, "region", "", "the `REGION` to work in")
	addDryRun(c, &f.dryRun)
	return c
}

type addFlags struct {
	name, source, mfaSerial, externalID, env, region string

	dryRun bool
}

// over puts what the flags say over what the file or the link does.
func (f addFlags) over(r profiles.ImportedRole) profiles.ImportedRole {
	r.Name = cmp.Or(f.name, r.Name)
	r.SourceProfile = cmp.Or(f.source, r.SourceProfile)
	r.MFASerial = cmp.Or(f.mfaSerial, r.MFASerial)
	r.ExternalID = cmp.Or(f.externalID, r.ExternalID)
	r.Env = cmp.Or(f.env, r.Env)
	r.Region = cmp.Or(f.region, r.Region)
	return r
}

func environments() []string { return []string{"prod", "staging", "dev", "sandbox"} }

func (f addFlags) check(set *profiles.Set) error {
	if f.env != "" && !slices.Contains(environments(), f.env) {
		return usage("cameo add --help", "--env: %s is none of %s", profiles.Quote(f.env), strings.Join(environments(), ", "))
	}
	if _, ok := set.Profile(f.source); f.source != "" && !ok {
		failure := &codedError{exit: exitNoRole, code: profiles.CodeProfileNotFound, message: "--source-profile: there is no profile " + profiles.Quote(f.source), try: "cameo profiles"}
		if near := profiles.Nearest(f.source, set.Names(), 1); len(near) > 0 {
			failure.message += ": the closest is " + profiles.Inert(near[0])
		}
		return failure
	}
	return nil
}

func (a *app) add(word string, f addFlags) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	if err := f.check(set); err != nil {
		return err
	}
	named, err := a.rolesToAdd(word)
	if err != nil {
		return err
	}
	a.sayLeftOut(named.LeftOut)
	if f.name != "" && len(named.Roles) > 1 {
		return usage("cameo add "+shellWord(word), "--name: %s describes %d roles, which cannot have one name", profiles.Quote(word), len(named.Roles))
	}
	job := addition{app: a, word: word, flags: f, one: len(named.Roles) == 1}
	for _, r := range named.Roles {
		if r.ARN.Account == "" {
			if job.one {
				return usage("cameo add arn:"+r.ARN.Partition+":iam::ACCOUNT_ID:role"+r.ARN.Path+r.ARN.Name,
					"the account is named by its alias %s: a profile needs its number of 12 digits", profiles.Quote(r.Alias))
			}
			a.note("role %s (%s): left out: the account is named by its alias %s, and a profile needs its number", profiles.Quote(cmp.Or(r.Name, r.ARN.Name)), r.Defined, profiles.Quote(r.Alias))
			continue
		}
		job.roles = append(job.roles, r)
	}
	if len(job.roles) == 0 {
		return &codedError{exit: exitConfig, code: "parse", message: profiles.Quote(word) + " describes no role that can be added", try: "cameo add --help"}
	}
	if job.one && f.name == "" {
		if there, ok := job.same(set, job.roles[0]); ok {
			a.note("profile %s (%s) is this role already: nothing was changed", profiles.Quote(there.Name), there.Defined)
			return nil
		}
	}
	e := fileEdit{app: a, verb: "add", set: set, plan: job.plan}
	changed, err := e.carryOut(f.dryRun, nil)
	if err != nil || f.dryRun {
		return err
	}
	if !changed {
		a.note("nothing was changed: what there is to add is there already")
		return nil
	}
	return job.sayAdded(set)
}

// rolesToAdd reads what was named: an ARN, a link, or a file.
func (a *app) rolesToAdd(word string) (profiles.Import, error) {
	switch pasted := profiles.Pasted(word); {
	case strings.HasPrefix(pasted, "arn:"):
		arn, err := profiles.ParseRoleARN(pasted)
		if err != nil {
			return profiles.Import{}, usage("cameo add --help", "%s", err)
		}
		return profiles.Import{Roles: []profiles.ImportedRole{{ARN: arn}}}, nil
	case profiles.IsSwitchLink(pasted):
		link, err := profiles.ParseSwitchLink(pasted)
		if err != nil {
			return profiles.Import{}, usage("cameo add --help", "%s", err)
		}
		return profiles.Import{Roles: []profiles.ImportedRole{{Name: profiles.ProfileName(link.DisplayName), ARN: link.RoleARN(), Alias: link.Alias, Color: link.Color}}}, nil
	}
	data, err := a.readImport(word)
	if err != nil {
		return profiles.Import{}, err
	}
	name := word
	if word == "-" {
		name = "stdin"
	}
	return profiles.ParseImport(name, data)
}

// readImport reads a file that names roles, without waiting on a pipe in its place.
func (a *app) readImport(word string) ([]byte, error) {
	const limit = 16 << 20
	file := a.world.Stdin
	if word != "-" {
		info, err := os.Stat(word)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, usage("cameo add --help", "%s is no role's ARN, no Switch Role link, and no file", profiles.Quote(word))
		case err == nil && info.IsDir():
			return nil, usage("cameo add --help", "%s is a directory", profiles.Quote(word))
		case err != nil:
			return nil, err
		}
		if file, err = os.Open(word); err != nil {
			return nil, err
		}
		defer file.Close()
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && len(data) > limit {
		err = &codedError{exit: exitConfig, code: "parse", message: profiles.Quote(word) + ": is larger than 16 MiB, which no list of roles should be"}
	}
	return data, err
}

// sayLeftOut tells what was not taken, each kind once.
func (a *app) sayLeftOut(all []profiles.LeftOut) {
	const enough = 12
	type kind struct{ what, why string }
	seen := map[kind]int{}
	var first []profiles.LeftOut
	for _, l := range all {
		k := kind{l.What, l.Why}
		if seen[k]++; seen[k] == 1 {
			first = append(first, l)
		}
	}
	for _, l := range first[:min(len(first), enough)] {
		more := ""
		if n := seen[kind{l.What, l.Why}]; n > 1 {
			more = fmt.Sprintf(", and %d more", n-1)
		}
		a.note("left out: %s (%s%s): %s", l.What, l.Position, more, l.Why)
	}
	if n := len(first) - enough; n > 0 {
		a.note("left out: %d more kinds of settings", n)
	}
}

// addition is roles that are to become profiles.
type addition struct {
	app   *app
	word  string
	flags addFlags
	roles []profiles.ImportedRole
	one   bool // only one role was named: what stands in its way is an error
}

// same is a profile that is the role already, with all that the flags say.
func (j addition) same(set *profiles.Set, r profiles.ImportedRole) (profiles.Profile, bool) {
	asked := j.flags.over(profiles.ImportedRole{ARN: r.ARN}).Stanza()
	for _, p := range set.Profiles() {
		if !slices.ContainsFunc(asked.Settings, func(s profiles.Setting) bool { v, _ := p.Get(s.Key); return v.Text != s.Value }) {
			return p, true
		}
	}
	return profiles.Profile{}, false
}

// stanzas are the sections for the roles, with a source for each that has none.
func (j addition) stanzas(set *profiles.Set) []profiles.Stanza {
	known := map[string]bool{}
	for _, name := range set.Names() {
		known[name] = true
	}
	for _, r := range j.roles {
		known[r.Name] = known[r.Name] || r.Name != ""
	}
	byDefault := j.app.defaultSource(set)
	var all []profiles.Stanza
	for _, r := range j.roles {
		if !known[r.SourceProfile] || r.SourceProfile == r.Name { // of a file of others: an account of theirs
			r.SourceProfile = ""
		}
		r = j.flags.over(r)
		st := r.Stanza()
		if j.flags.name != "" {
			st.Name = j.flags.name
		}
		if from := profiles.ProfileName(r.SourceProfile); r.SourceProfile == "" && byDefault != "" && byDefault != st.Name {
			st.Settings = slices.Insert(st.Settings, 1, profiles.Setting{Key: "source_profile", Value: byDefault})
		} else if _, there := set.Profile(r.SourceProfile); !there && from != "" { // it is added under the name that is made for it
			for i := range st.Settings {
				if st.Settings[i].Key == "source_profile" {
					st.Settings[i].Value = from
				}
			}
		}
		all = append(all, st)
	}
	return all
}

// defaultSource is the profile that signs where nobody says: that of the setting
// source, else the only one with an access key.
func (a *app) defaultSource(set *profiles.Set) string {
	if s, err := a.settings(); err == nil && s.Source != "" {
		return s.Source
	}
	only := ""
	for _, p := range set.Profiles() {
		if _, ok := p.Get("aws_access_key_id"); ok {
			if only != "" {
				return ""
			}
			only = p.Name
		}
	}
	return only
}

func (j addition) plan(set *profiles.Set) ([]profiles.Change, error) {
	var stanzas []profiles.Stanza
	given := map[string]string{} // the role of each name that was given in this file
	for _, st := range j.stanzas(set) {
		arn := st.Settings[0].Value
		if before, twice := given[st.Name]; twice {
			if before != arn {
				j.app.note("role %s: left out: its profile would be called %s, as another role of this file", profiles.Inert(arn), profiles.Quote(st.Name))
			}
			continue
		}
		given[st.Name] = arn
		if there, ok := set.Profile(st.Name); !j.one && ok && !st.In(there.Section) {
			j.app.note("left as it is: %s", &profiles.ExistsError{Profile: st.Name, At: there.Defined})
			continue
		}
		stanzas = append(stanzas, st)
	}
	change, err := set.Add(stanzas...)
	if exists, ok := errors.AsType[*profiles.ExistsError](err); ok {
		return nil, &codedError{exit: exitConfig, code: "other", message: exists.Error(), try: "cameo add " + shellWord(j.word) + " --name " + shellWord(exists.Free)}
	}
	if err != nil {
		return nil, err
	}
	changes := []profiles.Change{change}
	after := setWith(set, changes)
	for _, st := range stanzas {
		if err := refusedByAWS(after, st.Name, st.Settings); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// sayAdded tells what there is now that was not there before, and what is missing.
func (j addition) sayAdded(before *profiles.Set) error {
	after, err := j.app.profiles()
	if err != nil {
		return err
	}
	book := j.app.bookOf(after)
	const enough = 10
	added := 0
	first, unsigned := "", ""
	for _, st := range j.stanzas(before) {
		if _, there := before.Profile(st.Name); there {
			continue
		}
		r, err := book.Resolve(st.Name)
		if err != nil {
			return err
		}
		first = cmp.Or(first, st.Name)
		if added++; added <= enough {
			j.app.note("added %s, signed by %s", switching.Describe(r), r.Source)
		}
		if p, _ := after.Profile(st.Name); unsigned == "" {
			if _, signed := p.Get("source_profile"); !signed {
				unsigned = st.Name
			}
		}
	}
	if added > enough {
		j.app.note("and %d more", added-enough)
	}
	switch added {
	case 0:
	case 1:
		j.app.note("to enter it: cameo switch %s", shellWord(first))
	default:
		j.app.note("to enter one: cameo switch %s", shellWord(first))
	}
	if unsigned != "" {
		j.app.note("the AWS CLI and the SDKs need to know who signs: cameo edit %s source_profile=PROFILE", shellWord(unsigned))
	}
	return nil
}
