package profiles

import (
	"fmt"
	"strings"
)

// Profile is a named set of properties, merged from both files; where both have
// a property, the credentials file's wins.
type Profile struct {
	Section
	InConfig, InCredentials bool
}

// Files names the files that define the profile: "config", "credentials".
func (p Profile) Files() []string {
	var files []string
	if p.InConfig {
		files = append(files, "config")
	}
	if p.InCredentials {
		files = append(files, "credentials")
	}
	return files
}

// Section is a section of the files, merged from all that have its name.
type Section struct {
	Name    string
	Defined Position // its first header
	// Properties are in file order, each key once; the last value wins.
	Properties []Property
	// Problems are the malformed lines in it. What it asks for is then not known
	// for certain.
	Problems []Problem
}

// Property is one setting.
type Property struct {
	Key string // lower case
	// Value is the text, trimmed. The lines of a nested block follow a line feed
	// each, trimmed. For a secret the text is "(hidden)".
	Value Value

	secret Secret
}

// Secret returns what [Property.Value] hides, and whether it hides anything.
func (p Property) Secret() (Secret, bool) { return p.secret, isSecretKey(p.Key) }

func isSecretKey(key string) bool {
	switch key {
	case "aws_secret_access_key", "aws_session_token", "aws_security_token":
		return true
	}
	return false
}

// Get returns a property's value, and whether the section has it. For a secret
// the text is "(hidden)", or empty where the file has nothing behind the "=".
func (s Section) Get(key string) (Value, bool) {
	p := s.find(key)
	if p == nil {
		return Value{}, false
	}
	return p.Value, true
}

// Secret returns a secret property; the zero Secret where there is none.
func (s Section) Secret(key string) Secret {
	if p := s.find(key); p != nil {
		return p.secret
	}
	return Secret{}
}

func (s Section) find(key string) *Property {
	for i := range s.Properties {
		if s.Properties[i].Key == key {
			return &s.Properties[i]
		}
	}
	return nil
}

// value is a property's value; the zero Value where it is not set or set to
// nothing.
func (s Section) value(key string) Value {
	if v, ok := s.Get(key); ok && v.Text != "" {
		return v
	}
	return Value{}
}

// section merges the sections of one name, found in file order, and returns
// those that counted.
func (s *Set) section(found []section) ([]section, Section) {
	used := inEffect(found)
	var m merger
	for _, f := range found {
		if f.fault != noFault {
			body := f.doc.header(f.span)
			m.into.Problems = append(m.into.Problems, f.fault.problem(f.position(), body))
		}
	}
	for _, u := range used {
		m.add(u)
	}
	if len(used) > 0 {
		m.into.Name, m.into.Defined = used[0].name, used[0].position()
	}
	return used, m.into
}

// merger collects the properties of sections.
type merger struct {
	into  Section
	keys  map[string]int // where there are too many to look through
	notes *[]Ignored     // nil: nobody asks

	current Property
	open    bool     // current waits for lines that continue it
	more    []string // those lines
	at      section
}

const manyProperties = 24

func (m *merger) add(from section) {
	m.at = from
	if m.into.Properties == nil {
		lines := strings.Count(from.doc.text[from.start:from.end], "\n")
		m.into.Properties = make([]Property, 0, min(lines, manyProperties))
	}
	t := from.tokens()
	var tok token
	t.next(&tok) // the header
	for t.next(&tok) {
		at := Position{from.doc.Path, tok.line}
		switch tok.kind {
		case moreToken:
			m.more = append(m.more, tok.body)
			continue
		case malformedToken:
			m.into.Problems = append(m.into.Problems, tok.fault.problem(at, tok.body))
			continue
		}
		m.flush()
		if !isPlainName(tok.key) {
			m.note(at, tok.key, "invalid_key", "is not a name that a setting can have")
			continue
		}
		m.current, m.open = Property{Key: tok.key, Value: Value{tok.value, at}}, true
	}
	m.flush()
}

// flush stores the property whose lines are complete now.
func (m *merger) flush() {
	if len(m.more) > 0 && m.open {
		m.current.Value.Text += "\n" + strings.Join(m.more, "\n")
	}
	m.more = m.more[:0]
	if !m.open {
		return
	}
	m.open = false
	p := m.current
	if isSecretKey(p.Key) && p.Value.Text != "" {
		p.secret, p.Value.Text = NewSecret(p.Value.Text), hidden
	}
	i := m.index(p.Key)
	if i < 0 {
		m.into.Properties = append(m.into.Properties, p)
		if m.keys != nil {
			m.keys[p.Key] = len(m.into.Properties) - 1
		}
		return
	}
	if before := m.into.Properties[i].Value.Position; before.File == m.at.doc.Path && before.Line > m.at.line {
		m.note(p.Value.Position, p.Key, "repeated_property",
			fmt.Sprintf("is in this section twice, first in line %d: the last one wins; the AWS CLI refuses the file", before.Line))
	}
	m.into.Properties[i] = p
}

func (m *merger) index(key string) int {
	all := m.into.Properties
	if m.keys == nil && len(all) >= manyProperties {
		m.keys = make(map[string]int, 2*len(all))
		for i := range all {
			m.keys[all[i].Key] = i
		}
	}
	if m.keys != nil {
		if i, ok := m.keys[key]; ok {
			return i
		}
		return -1
	}
	for i := range all {
		if all[i].Key == key {
			return i
		}
	}
	return -1
}

func (m *merger) note(at Position, text, reason, detail string) {
	if m.notes == nil {
		return
	}
	*m.notes = append(*m.notes, Ignored{at, m.at.doc.in(), Inert(text), reason, detail})
}

func (d *Document) in() string {
	if d.inCredentials {
		return "credentials"
	}
	return "config"
}
