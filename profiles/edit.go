package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// Setting is a key with the value it is to have. The key s3.addressing_style is
// addressing_style in the nested block s3, as for `aws configure set`.
type Setting struct {
	Key   string
	Value string // empty: the setting is to go
}

// Stanza is a section that is to be there.
type Stanza struct {
	Name     string
	Settings []Setting // in the order in which they are written; empty values are not
}

// Change is what an edit makes of one of the two files. Nothing is written: see
// [Change.Changed].
type Change struct {
	Path          string
	InCredentials bool
	Old, New      string
}

// Changed reports whether the edit changes the file.
func (c Change) Changed() bool { return c.Old != c.New }

// ExistsError says that a profile to be added is there, and is another one.
type ExistsError struct {
	Profile string
	At      Position
	Free    string // a name like it that nothing has
}

// Error is one line.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("profile %s (%s): is there already, and is not the same", Quote(e.Profile), e.At)
}

// Code is "other".
func (e *ExistsError) Code() string { return "other" }

// EditError says why an edit cannot be made as it was asked for.
type EditError struct {
	What string // inert: the setting or the name
	Why  string // a clause, inert
}

// Error is one line.
func (e *EditError) Error() string { return e.What + ": " + e.Why }

// Add appends a section for each stanza to the config file. A profile that is
// there with the same settings, and perhaps more, is left as it is; one that is
// there with others gives an [*ExistsError], and nothing is changed.
// [Change.Changed] is false where every stanza was there.
func (s *Set) Add(stanzas ...Stanza) (Change, error) {
	c := Change{Path: s.config.Path, Old: s.config.text, New: s.config.text}
	if err := s.unreadable(); err != nil {
		return c, err
	}
	added := map[string]Stanza{}
	for _, stanza := range stanzas {
		if err := stanza.check(); err != nil {
			return s.unchanged()[0], err
		}
		there, ok := s.Profile(stanza.Name)
		_, twice := added[stanza.Name]
		switch {
		case ok && stanza.In(there.Section):
			continue
		case ok:
			return s.unchanged()[0], &ExistsError{Profile: stanza.Name, At: there.Defined, Free: s.FreeName(stanza.Name)}
		case twice:
			return s.unchanged()[0], &EditError{"the name " + Quote(stanza.Name), "is to be added twice"}
		case len(there.Problems) > 0: // a header that may mean this profile
			return s.unchanged()[0], &ParseError{Problem: there.Problems[0], Profile: stanza.Name}
		}
		c.New = appendStanza(c.New, stanza)
		added[stanza.Name] = stanza
	}
	now := s.with(c.New, s.credentials.text)
	for name, stanza := range added {
		if there, _ := now.Profile(name); !stanza.In(there.Section) {
			return s.unchanged()[0], &EditError{"the profile " + Quote(name), "would not be read as it is meant"}
		}
	}
	if other := s.differsIn(now, func(p string) bool { _, ok := added[p]; return ok }); other != "" {
		return s.unchanged()[0], misread(other)
	}
	return c, nil
}

// with is the set of these texts in place of the files'.
func (s *Set) with(config, credentials string) *Set {
	return &Set{config: newDocument(s.config.Path, config, false), credentials: newDocument(s.credentials.Path, credentials, true)}
}

// differsIn is the first section that after reads in another way, a profile that
// is excepted aside; empty: there is none. Every edit is looked at so: a line
// that is indented deeper than the one that comes to stand before it would
// become a part of that one.
func (s *Set) differsIn(after *Set, excepted func(profile string) bool) string {
	var was, is []Section
	for _, kind := range []sectionKind{profileSection, ssoSessionSection, servicesSection} {
		keep := func(all []Section) (kept []Section) {
			for _, section := range all {
				if kind != profileSection || !excepted(section.Name) {
					kept = append(kept, section)
				}
			}
			return kept
		}
		was, is = append(was, keep(s.all(kind))...), append(is, keep(after.all(kind))...)
	}
	for i := range max(len(was), len(is)) {
		switch {
		case i >= len(is):
			return was[i].Name
		case i >= len(was) || !was[i].says(is[i]):
			return is[i].Name
		}
	}
	return ""
}

// says reports whether two sections say the same, wherever they stand.
func (s Section) says(other Section) bool {
	return s.Name == other.Name && slices.EqualFunc(s.Properties, other.Properties, func(a, b Property) bool {
		return a.Key == b.Key && a.Value.Text == b.Value.Text && a.secret == b.secret
	})
}

// has reports whether a setting has its value, or is not there where it has none.
func (s Section) has(set Setting) bool {
	got, there := s.Get(set.Key)
	if block, key, nested := strings.Cut(set.Key, "."); nested && !there {
		within, _ := s.Get(block)
		for line := range strings.Lines(within.Text) {
			if name, value, ok := strings.Cut(line, "="); ok && strings.EqualFold(trim(name), key) {
				got.Text = trim(strings.TrimSuffix(value, "\n"))
			}
		}
	}
	return got.Text == set.Value
}

func misread(other string) error {
	return &EditError{"the section " + Quote(other), "would be read in another way then, because of how lines are indented: a change for an editor"}
}

// FreeName is name with the first number behind it that makes it one that no
// profile has.
func (s *Set) FreeName(name string) string {
	names := s.Names()
	for n := 2; ; n++ {
		if free := fmt.Sprintf("%s-%d", name, n); !slices.Contains(names, free) {
			return free
		}
	}
}

func (st Stanza) check() error {
	if why := nameFault(st.Name); why != "" {
		return &EditError{"the name " + Quote(st.Name), why}
	}
	for _, set := range st.Settings {
		if err := set.check(); err != nil {
			return err
		}
	}
	return nil
}

// In reports whether a section has every setting of the stanza.
func (st Stanza) In(section Section) bool {
	for _, set := range st.Settings {
		if v, _ := section.Get(set.Key); v.Text != set.Value {
			return false
		}
	}
	return true
}

// nameFault says why no section of the config file can be made for a name that
// every tool reads back: a clause, or nothing.
func nameFault(name string) string {
	switch {
	case name == "":
		return "is empty"
	case name == "DEFAULT":
		return "is the AWS CLI's word for what holds in every profile: write default"
	case len(name) > longestImported:
		return "is too long"
	case valueFault(name) != "":
		return valueFault(name)
	case strings.ContainsAny(name, `'"\[]#;`):
		return "has one of ' \" \\ [ ] # ; which AWS's tools do not read alike"
	}
	return ""
}

// headerOf is the header of a profile in the config file.
func headerOf(name string) string {
	switch {
	case name == "default":
		return "[default]"
	case isPlainName(name):
		return "[profile " + name + "]"
	}
	return "[profile '" + name + "']"
}

func (set Setting) check() error {
	key, nested, isNested := strings.Cut(strings.ToLower(set.Key), ".")
	switch {
	case !isSettingName(key), isNested && !isSettingName(nested):
		return &EditError{"the key " + Quote(set.Key), "may have letters, digits, - and _, and one dot for a nested block"}
	case isSecretKey(key), key == "aws_access_key_id":
		return &EditError{key, "is part of a key: it has no place on a command line, which others can read"}
	}
	if why := valueFault(set.Value); why != "" {
		return &EditError{"the value of " + key, why}
	}
	return nil
}

// isSettingName reports whether every tool reads s as the name of a setting: for
// the AWS CLI a ":" ends it.
func isSettingName(s string) bool { return isPlainName(s) && !strings.ContainsAny(s, "./%@:+") }

// appendStanza puts a section behind the last line that is not blank, and an
// empty line before it, so that [removeSection] has the text as it was.
func appendStanza(text string, stanza Stanza) string {
	start := 0
	if strings.HasPrefix(text, byteOrderMark) {
		start = len(byteOrderMark)
	}
	end := len(text) // of the last line that says something
	for end > start && (isSpace(text[end-1]) || text[end-1] == '\n') {
		end--
	}
	newline, whole := "\n", false // whole: that line has an end of its own
	if end > start {
		line := lineAt(text, end)
		whole = end+len(line) < len(text)
		end += len(line)
		if whole {
			newline = lineEnd(text[:end+1])
			end++
		} else {
			newline = lineEnd(text)
		}
	}
	lines := []string{headerOf(stanza.Name)}
	for _, set := range stanza.Settings {
		if set.Value != "" {
			lines = append(lines, set.Key+" = "+set.Value)
		}
	}
	section := strings.Join(lines, newline)
	switch {
	case end == start:
		section += newline
	case whole:
		section = newline + section + newline
	default:
		section = newline + newline + section
	}
	return text[:end] + section + text[end:]
}

// lineEnd is how the last whole line of text ends: "\r\n" or "\n", which is also
// what ends a line where there is none to learn from.
func lineEnd(text string) string {
	if last := strings.LastIndexByte(text, '\n'); last > 0 && text[last-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// Remove takes every section of a profile out of the files, and the one empty
// line before each. Comments before a section stay, as do those that stand
// directly before the next one. A profile that has an access key gives a
// [*KeysError]: it may be the only copy.
func (s *Set) Remove(name string) ([2]Change, error) {
	c := s.unchanged()
	if err := s.unreadable(); err != nil {
		return c, err
	}
	found := s.sections(profileSection, name)
	for _, f := range found {
		for _, e := range f.entries() {
			if isSecretKey(e.key) || e.key == "aws_access_key_id" {
				return c, &KeysError{Profile: name, At: s.at(e)}
			}
		}
	}
	for _, f := range slices.Backward(found) {
		if f.fault != noFault {
			return s.unchanged(), &ParseError{Problem: f.fault.problem(f.position(), f.doc.header(f.span)), Profile: name}
		}
		change := f.doc.of(&c)
		change.New = removeSection(change.New, f.span)
	}
	after := s.with(c[0].New, c[1].New)
	if other := s.differsIn(after, func(p string) bool { return p == name && len(after.sections(profileSection, name)) == 0 }); other != "" {
		return s.unchanged(), misread(other)
	}
	return c, nil
}

// unchanged is the change of both files that changes nothing.
func (s *Set) unchanged() [2]Change {
	return [2]Change{
		{Path: s.config.Path, Old: s.config.text, New: s.config.text},
		{Path: s.credentials.Path, InCredentials: true, Old: s.credentials.text, New: s.credentials.text},
	}
}

// KeysError says that a profile is not removed because it may hold the only copy
// of somebody's keys.
type KeysError struct {
	Profile string
	At      Position
}

// Error is one line.
func (e *KeysError) Error() string {
	return fmt.Sprintf("profile %s (%s): has an access key, of which there may be no other copy", Quote(e.Profile), e.At)
}

// Code is "other".
func (e *KeysError) Code() string { return "other" }

// Where is the line of the keys.
func (e *KeysError) Where() Position { return e.At }

func removeSection(text string, at span) string {
	end := trailingComments(text, contentEnd(text, at), at.end)
	header := lineAt(text, at.start)
	start := at.start
	newline := lineEnd(text[:min(at.start+len(header)+1, len(text))])
	if start > 0 { // the empty line before it
		before := lastLine(text[:start-1])
		if blank := text[before : start-1]; trim(blank) == "" && text[start-1] == '\n' && (before > 0 || blank != byteOrderMark) {
			start = before
		}
	}
	ended := text[end-1] == '\n'
	switch {
	case !ended && start > 0: // it was the file's last line: now the one before is
		text = strings.TrimSuffix(text[:start], newline)
	case start == 0 || text[:start] == byteOrderMark:
		rest := text[end:]
		if next := lineAt(rest, 0); trim(next) == "" && len(next) < len(rest) && strings.TrimLeft(rest, " \t\r\n\f\v") != "" {
			rest = rest[len(next)+1:] // no empty line at the top of the file
		}
		text = text[:start] + rest
	default:
		text = text[:start] + text[end:]
	}
	return text
}

// trailingComments is the end of the comments that stand directly behind a
// section's last line, unless they stand directly before the next section.
func trailingComments(text string, end, limit int) int {
	after := end
	for after < limit {
		line := lineAt(text[:limit], after)
		body := trim(line)
		if body == "" {
			return after
		}
		after = min(after+len(line)+1, limit)
	}
	if limit == len(text) {
		return after
	}
	return end
}

// lastLine is where the last line of text begins.
func lastLine(text string) int { return strings.LastIndexByte(text, '\n') + 1 }

// Edit changes settings of one profile where they are, in either file, and adds
// new ones behind the last one of its section in the config file. Each setting
// that is there twice is changed where it counts; one that is to go goes
// everywhere. Nothing but the lines of these settings is changed. The profile
// must be there.
func (s *Set) Edit(name string, settings ...Setting) ([2]Change, error) {
	c := s.unchanged()
	if err := s.unreadable(); err != nil {
		return c, err
	}
	for _, set := range settings {
		if err := set.check(); err != nil {
			return c, err
		}
		now := s.with(c[0].New, c[1].New)
		set.Key = strings.ToLower(set.Key)
		if set.Value == "" {
			now.unset(name, set.Key, &c)
		} else if err := now.set(name, set, &c); err != nil {
			return s.unchanged(), err
		}
		after := s.with(c[0].New, c[1].New)
		if other := now.misreads(after, name, set.Key); other != "" {
			return s.unchanged(), misread(other)
		}
		if p, _ := after.Profile(name); !p.has(set) {
			return s.unchanged(), misread(name)
		}
	}
	return c, nil
}

// misreads is the section in which anything but one setting of one profile
// differs in after; empty: there is none.
func (s *Set) misreads(after *Set, profile, key string) string {
	if other := s.differsIn(after, func(p string) bool { return p == profile }); other != "" {
		return other
	}
	block, _, _ := strings.Cut(key, ".")
	rest := func(set *Set) Section {
		p, _ := set.Profile(profile)
		p.Properties = slices.DeleteFunc(p.Properties, func(one Property) bool { return one.Key == key || one.Key == block })
		return p.Section
	}
	if !rest(s).says(rest(after)) {
		return profile
	}
	return ""
}
