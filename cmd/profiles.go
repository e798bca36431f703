package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

func newProfiles(a *app) *cobra.Command {
	var asJSON, plain bool
	c := &cobra.Command{
		Use: "profiles [QUERY]", Short: "List every profile and role, and how it resolves",
		Long: `List every profile of the AWS files and how it gets its credentials. QUERY keeps
those that fit each of its words: text of the name, account, role or tags, or a
field such as env:prod, acct:4417, role:admin, is:fav, is:ready; !word leaves out.
Behind the profiles come the roles of rules and catalogues. Nothing is asked of AWS.` + exits(exitUsage, exitConfig),
		RunE: func(c *cobra.Command, args []string) error {
			if err := mortal(c.Context()); err != nil {
				return err
			}
			query := strings.Join(args, " ")
			switch {
			case asJSON && plain:
				return usage("cameo profiles --help", "--json and --plain exclude each other")
			case asJSON:
				return a.profilesJSON(query)
			}
			return a.profilesText(query, plain)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().BoolVar(&plain, "plain", false, "one line each, fields separated by tabs, no heading")
	return c
}

// listed is one profile of the list, or one role that no profile has.
type listed struct {
	name, kind string
	role       roles.Role
	broken     error
}

// others lists the roles of rules and catalogues.
func others(book *roles.Book, matches func(roles.Role) bool) []listed {
	var all []listed
	for _, r := range book.Others() {
		if matches(r) {
			all = append(all, listed{name: r.Label(), kind: string(r.Origin), role: r})
		}
	}
	return all
}

func list(set *profiles.Set, book *roles.Book, matches func(roles.Role) bool) []listed {
	called := map[string]string{}
	for _, r := range book.All() {
		called[r.Profile] = r.Called
	}
	var all []listed
	for _, name := range set.Names() {
		l := listed{name: name}
		chain, err := set.Chain(name)
		l.broken = err
		if n := len(chain.Steps); err == nil && n > 0 {
			l.kind = string(chain.Steps[n-1].Kind)
		}
		l.role = roles.Role{Profile: name}
		if r, err := book.Resolve(name); err == nil {
			l.role, l.role.Called = r, called[name]
		}
		if matches(l.role) {
			all = append(all, l)
		}
	}
	return all
}

func (a *app) profilesText(query string, plain bool) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		a.note("%s", err)
	}
	var text strings.Builder
	var w io.Writer = &text
	var table *tabwriter.Writer
	matches, err := a.matcher(roles.ParseQuery(query))
	if err != nil {
		return err
	}
	book := a.newBook(set, s)
	all := append(list(set, book, matches), others(book, matches)...)
	if !plain && len(all) > 0 {
		table = tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		w = table
		fmt.Fprintln(w, "NAME\tENV\tACCOUNT\tROLE\tVIA\tKIND")
	}
	for _, l := range all {
		kind := l.kind
		if l.broken != nil {
			kind = "! " + profiles.ReasonAlone(l.broken, l.name)
		}
		via := ""
		if l.role.ARN != "" {
			via = l.role.Source
		}
		fields := []string{l.name, string(l.role.Env), l.role.AccountID, l.role.Name, via, kind}
		for i := range fields {
			fields[i] = profiles.Inert(fields[i])
		}
		if _, err := fmt.Fprintln(w, strings.Join(fields, "\t")); err != nil {
			return err
		}
	}
	if table != nil {
		if err := table.Flush(); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(a.world.Stdout, text.String()); err != nil {
		return err
	}
	a.noteMalformed(problemsOf(set))
	for _, l := range all {
		if l.role.Problem != "" {
			a.note("profile %s: %s", profiles.Quote(l.name), l.role.Problem)
		}
	}
	a.noteProblems(book)
	if !plain {
		a.noteAges(s)
	}
	if len(all) == 0 {
		a.note("%s", nothingListed(set, book, query))
	}
	return nil
}

// nothingListed says why a list is empty.
func nothingListed(set *profiles.Set, book *roles.Book, query string) string {
	if len(set.Names())+len(book.Others()) == 0 {
		return fmt.Sprintf("there are no profiles in %s and %s, and no roles of rules or catalogues; to add one: cameo add --help", set.Config().Path, set.Credentials().Path)
	}
	return fmt.Sprintf("no profile and no role matches %s", profiles.Quote(query))
}

// noteMalformed says which lines of the AWS files cannot be used; of many, the first.
func (a *app) noteMalformed(lines []profiles.Problem) {
	const most = 20
	for i, p := range lines {
		if i == most {
			more := strconv.Itoa(len(lines) - most)
			if len(lines) == profiles.MostProblems {
				more = "many"
			}
			a.note("and %s more lines like these", more)
			return
		}
		a.note("%s", p)
	}
}

// noteProblems says what is wrong with the rules and the catalogues.
func (a *app) noteProblems(book *roles.Book) {
	for _, p := range book.Problems() {
		text := p.String()
		if p.Try != "" {
			text += "; try: " + p.Try
		}
		a.note("%s", text)
	}
}

// noteAges says how old the copies of the catalogues are.
func (a *app) noteAges(s settings.Settings) {
	for _, c := range s.Catalogues {
		if kept, err := a.catalogues().Read(c); err == nil {
			a.note("catalogue %s: %s, %s", roles.CatalogueName(c), count(len(kept.Roles), "role"), kept.Age(a.world.Now()))
		}
	}
}

type profilesAnswer struct {
	Version         int           `json:"version"`
	ConfigFile      string        `json:"config_file"`
	CredentialsFile string        `json:"credentials_file"`
	Profiles        []profileJSON `json:"profiles"`
	SSOSessions     []sectionJSON `json:"sso_sessions"`
	Services        []sectionJSON `json:"services"`
	Ignored         []ignoredJSON `json:"ignored"`
	Roles           []roleJSON    `json:"roles"` // of rules and catalogues
}

// roleJSON is a role that no profile has.
type roleJSON struct {
	Name      string       `json:"name"`
	AccountID string       `json:"account_id"`
	Role      string       `json:"role"`
	RoleARN   string       `json:"role_arn"`
	Env       roles.Env    `json:"env"`
	Source    string       `json:"source"`
	From      roles.Origin `json:"from"` // "rule" or "catalogue"
}

type profileJSON struct {
	Name       string            `json:"name"`
	Files      []string          `json:"files"`
	Kind       *string           `json:"kind"`
	AccountID  string            `json:"account_id,omitempty"`
	Role       string            `json:"role,omitempty"`
	Properties map[string]string `json:"properties"`
}

type sectionJSON struct {
	Name       string            `json:"name"`
	Properties map[string]string `json:"properties"`
}

type ignoredJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

// profilesJSON is strict, as programs want it: a malformed line anywhere is an
// error.
func (a *app) profilesJSON(query string) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	if err := set.Strict(); err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	answer := profilesAnswer{
		Version: jsonVersion, ConfigFile: set.Config().Path, CredentialsFile: set.Credentials().Path,
		Profiles: []profileJSON{}, SSOSessions: sections(set.SSOSessions()), Services: sections(set.Services()),
		Ignored: []ignoredJSON{}, Roles: []roleJSON{},
	}
	matches, err := a.matcher(roles.ParseQuery(query))
	if err != nil {
		return err
	}
	book := a.newBook(set, s)
	for _, l := range list(set, book, matches) {
		p, _ := set.Profile(l.name)
		entry := profileJSON{Name: l.name, Files: p.Files(), AccountID: l.role.AccountID, Role: l.role.Name, Properties: properties(p.Section)}
		if l.kind != "" {
			entry.Kind = &l.kind
		}
		answer.Profiles = append(answer.Profiles, entry)
	}
	for _, l := range others(book, matches) {
		r := l.role
		answer.Roles = append(answer.Roles, roleJSON{Name: l.name, AccountID: r.AccountID, Role: r.Name, RoleARN: r.ARN, Env: r.Env, Source: r.Source, From: r.Origin})
	}
	a.noteProblems(book)
	for _, i := range set.Ignored() {
		answer.Ignored = append(answer.Ignored, ignoredJSON{File: i.In, Line: i.Line, Text: i.Text, Reason: i.Reason})
	}
	return printJSON(a.world.Stdout, answer)
}

func sections(all []profiles.Section) []sectionJSON {
	out := []sectionJSON{}
	for _, s := range all {
		out = append(out, sectionJSON{Name: s.Name, Properties: properties(s)})
	}
	return out
}

// properties are the values as merged text; a secret's is "(hidden)" already.
func properties(s profiles.Section) map[string]string {
	out := map[string]string{}
	for _, p := range s.Properties {
		out[p.Key] = p.Value.Text
	}
	return out
}
