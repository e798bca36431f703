package settings

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Text is a value of the file with its line.
type Text struct {
	Text string
	Line int // 0: not known
}

// Rule is one [[roles]] table: each of its roles in each of its accounts.
type Rule struct {
	File string
	Line int // of its header
	// Accounts are account IDs. Where AccountsFile is set they stand there in place
	// of here: a CSV file whose first line names its columns, id, alias and env.
	Accounts     []string
	AccountsFile string // as it can be opened
	AccountsLine int    // of the key accounts
	// Roles are names of roles, with their path where they have one: "eng/Admin".
	Roles     []string
	RolesLine int
	Source    Text // the profile that signs; empty: as for every role
	MFASerial Text
	Env       Text // "prod", "staging", "dev", "sandbox", or empty
}

// Catalogue is one [[catalogue]] table: a list of roles that somebody else keeps.
type Catalogue struct {
	File string
	Line int // of its header
	// From is an https:// address, an s3:// object, or a file as it can be opened.
	From string
}

// Name is what people are told the catalogue is called: its address without what may
// be a secret in it, a password or a query; or its file.
func (c Catalogue) Name() string {
	u, err := url.Parse(c.From)
	if err != nil || u.Host == "" {
		if _, rest, isAddress := strings.Cut(c.From, "://"); isAddress && strings.ContainsAny(rest, "@?") {
			return "of an address that is none"
		}
		return c.From
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// Warning is a table, or a setting, that was skipped.
type Warning struct {
	File string
	Line int // 0: not known
	What string
	Why  string
	// Key is an unknown key of the table, and Known those that can stand in its place.
	Key   string
	Known []string
}

func (w Warning) String() string {
	at := w.File
	if w.Line > 0 {
		at = fmt.Sprintf("%s:%d", w.File, w.Line)
	}
	return fmt.Sprintf("%s (%s): %s", w.What, at, w.Why)
}

// table is one [[roles]] or [[catalogue]] table as it stands.
type table struct {
	file   string
	name   string
	values map[string]any
	line   int
	lines  map[string]int // of its keys
}

// skip is the warning of a table that is skipped.
func (t table) skip(key, format string, args ...any) *Warning {
	return &Warning{File: t.file, Line: t.lineOf(key), What: "[[" + t.name + "]]", Why: fmt.Sprintf(format, args...) + ": the table is skipped"}
}

func (t table) lineOf(key string) int {
	if line := t.lines[key]; line > 0 {
		return line
	}
	return t.line
}

// onlyHas warns of the first key, in the order of the file, that the table cannot
// have.
func (t table) onlyHas(known ...string) *Warning {
	var unknown []string
	for key := range t.values {
		if !slices.Contains(known, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.SortFunc(unknown, func(x, y string) int {
		return cmp.Or(cmp.Compare(t.lineOf(x), t.lineOf(y)), strings.Compare(x, y))
	})
	w := t.skip(unknown[0], "unknown key %q", unknown[0])
	w.Key, w.Known = unknown[0], known
	return w
}

// text reads a key that has one word.
func (t table) text(key string) (Text, *Warning) {
	value, ok := t.values[key]
	if !ok {
		return Text{}, nil
	}
	word, ok := value.(string)
	if !ok {
		return Text{}, t.skip(key, "%s is not a text in quotes", key)
	}
	return Text{word, t.lineOf(key)}, nil
}

// list reads a key that has several words; numbers are words too.
func (t table) list(key string) ([]string, *Warning) {
	all, ok := t.values[key].([]any)
	if !ok {
		return nil, t.skip(key, "%s is not a list", key)
	}
	var words []string
	for _, value := range all {
		switch v := value.(type) {
		case string:
			words = append(words, v)
		case int64:
			words = append(words, strconv.FormatInt(v, 10))
		default:
			return nil, t.skip(key, "%s is not a list of texts in quotes", key)
		}
	}
	return words, nil
}

// rule reads a [[roles]] table.
func (t table) rule() (Rule, *Warning) {
	r := Rule{File: t.file, Line: t.line, AccountsLine: t.lineOf("accounts"), RolesLine: t.lineOf("roles")}
	if w := t.onlyHas("accounts", "roles", "source", "mfa_serial", "env"); w != nil {
		return r, w
	}
	for key, into := range map[string]*Text{"source": &r.Source, "mfa_serial": &r.MFASerial, "env": &r.Env} {
		value, w := t.text(key)
		if w != nil {
			return r, w
		}
		*into = value
	}
	var w *Warning
	if name, ok := t.values["accounts"].(string); ok && name != "" {
		r.AccountsFile = beside(t.file, name)
	} else if r.Accounts, w = t.list("accounts"); w != nil {
		return r, t.skip("accounts", "accounts is neither a list of account IDs nor the name of a CSV file")
	}
	for _, id := range r.Accounts {
		if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
			return r, t.skip("accounts", "the account %q is not a number of 12 digits", id)
		}
	}
	if r.Roles, w = t.list("roles"); w != nil {
		return r, w
	}
	if len(r.Roles) == 0 {
		return r, t.skip("roles", "it names no role")
	}
	if !slices.Contains([]string{"", "prod", "staging", "dev", "sandbox"}, r.Env.Text) {
		return r, t.skip("env", "env %q is none of prod, staging, dev, sandbox", r.Env.Text)
	}
	return r, nil
}

// catalogue reads a [[catalogue]] table.
func (t table) catalogue() (Catalogue, *Warning) {
	c := Catalogue{File: t.file, Line: t.line}
	if w := t.onlyHas("from"); w != nil {
		return c, w
	}
	from, w := t.text("from")
	if w != nil {
		return c, w
	}
	scheme, rest, isAddress := strings.Cut(from.Text, "://")
	switch {
	case from.Text == "":
		return c, t.skip("from", "from names no address and no file")
	case !isAddress:
		c.From = beside(t.file, from.Text)
	case scheme != "https" && scheme != "s3":
		return c, t.skip("from", "%s:// is not taken: only https://, s3:// and files are", scheme)
	case rest == "" || rest[0] == '/':
		return c, t.skip("from", "from names no host")
	default:
		c.From = from.Text
	}
	return c, nil
}

// beside is a path of the settings: one that is not absolute begins where they are,
// or in the home directory, which [Settings.ExpandHome] puts in.
func beside(file, path string) string {
	if filepath.IsAbs(path) || strings.HasPrefix(path, homePrefix) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// homePrefix begins a path in the home directory, as a shell has it.
const homePrefix = "~/"

// ExpandHome puts home in place of the ~ with which a file of accounts or of a
// catalogue begins. Where home is empty they stay as they are.
func (s *Settings) ExpandHome(home string) {
	expand := func(path *string) {
		if rest, ok := strings.CutPrefix(*path, homePrefix); ok && home != "" {
			*path = filepath.Join(home, rest)
		}
	}
	for i := range s.Rules {
		expand(&s.Rules[i].AccountsFile)
	}
	for i := range s.Catalogues {
		expand(&s.Catalogues[i].From)
	}
}

// readTables adds the [[roles]] and [[catalogue]] tables to s, and gives a warning
// for each that it skips.
func (s *Settings) readTables(name string, data []byte, f file) []Warning {
	if len(f.Roles)+len(f.Catalogue) == 0 {
		return nil
	}
	places := placesOf(data)
	tableAt := func(kind string, i int, values map[string]any) table {
		t := table{file: name, name: kind, values: values}
		if i < len(places[kind]) {
			t.line, t.lines = places[kind][i].line, places[kind][i].keys
		}
		return t
	}
	var warnings []Warning
	for i, values := range f.Roles {
		rule, w := tableAt("roles", i, values).rule()
		if w != nil {
			warnings = append(warnings, *w)
			continue
		}
		s.Rules = append(s.Rules, rule)
	}
	for i, values := range f.Catalogue {
		catalogue, w := tableAt("catalogue", i, values).catalogue()
		if w != nil {
			warnings = append(warnings, *w)
			continue
		}
		s.Catalogues = append(s.Catalogues, catalogue)
	}
	return warnings
}

// place is where a table of a list of tables stands.
type place struct {
	line int
	keys map[string]int
}

// placesOf finds the tables of each list of tables: [[roles]] each, or
// roles = [{...}, {...}].
func placesOf(data []byte) map[string][]place {
	all := map[string][]place{}
	var p unstable.Parser
	p.Reset(data)
	in := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.ArrayTable, unstable.Table:
			key := keyOf(e)
			in = ""
			switch {
			case len(key) == 1: // [roles] counts as the one of its list
				in = string(key[0].Data)
				all[in] = append(all[in], place{lineAt(data, key[0].Raw), map[string]int{}})
			case len(key) > 1 && len(all[string(key[0].Data)]) > 0: // [roles.x], of the last one
				note(all[string(key[0].Data)], string(key[1].Data), lineAt(data, key[1].Raw))
			}
		case unstable.KeyValue:
			key := keyOf(e)
			if in != "" {
				note(all[in], string(key[0].Data), lineAt(data, key[0].Raw))
				continue
			}
			if len(key) == 1 && e.Value().Kind == unstable.Array {
				name := string(key[0].Data)
				for values := e.Value().Children(); values.Next(); {
					all[name] = append(all[name], place{lineAt(data, key[0].Raw), nil})
				}
			}
		}
	}
	return all
}

// note keeps the line of a key of the last of the tables.
func note(tables []place, key string, line int) {
	if last := tables[len(tables)-1]; last.keys != nil && last.keys[key] == 0 {
		last.keys[key] = line
	}
}

func keyOf(e *unstable.Node) []*unstable.Node {
	var key []*unstable.Node
	for it := e.Key(); it.Next(); {
		key = append(key, it.Node())
	}
	return key
}

func lineAt(data []byte, at unstable.Range) int {
	return 1 + bytes.Count(data[:min(int(at.Offset), len(data))], []byte("\n"))
}
