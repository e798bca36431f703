package profiles

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Set is every profile that the two files define together. It is safe for
// concurrent use and must not be copied.
type Set struct {
	config, credentials *Document

	lookups  atomic.Int32
	compared atomic.Int64 // names that were compared for suggestions
	once     sync.Once
	lazily   *index // by headers
}

// Parse makes a Set of two files' contents; no content is an empty file. It
// cannot fail: what is wrong is in [Set.Problems]. The names appear in messages.
func Parse(configName string, config []byte, credentialsName string, credentials []byte) *Set {
	return &Set{
		config:      newDocument(configName, string(config), false),
		credentials: newDocument(credentialsName, string(credentials), true),
	}
}

// Config is the config file.
func (s *Set) Config() *Document { return s.config }

// Credentials is the credentials file.
func (s *Set) Credentials() *Document { return s.credentials }

func (s *Set) documents() [2]*Document { return [2]*Document{s.config, s.credentials} }

// Names lists the profiles in file order, config first.
func (s *Set) Names() []string { return s.names(profileSection) }

// Profiles returns every profile in file order, config first.
func (s *Set) Profiles() []Profile {
	var all []Profile
	for g := range s.index().groups(profileSection) {
		if p, ok := s.profile(g); ok {
			all = append(all, p)
		}
	}
	return all
}

// Profile returns one profile. With ok false there is none of that name; its
// Problems may say why: a header that is malformed.
func (s *Set) Profile(name string) (p Profile, ok bool) {
	return s.profile(s.sections(profileSection, name))
}

func (s *Set) profile(found []section) (Profile, bool) {
	used, section := s.section(found)
	p := Profile{Section: section}
	for _, u := range used {
		if u.doc.inCredentials {
			p.InCredentials = true
		} else {
			p.InConfig = true
		}
	}
	return p, len(used) > 0
}

// SSOSessions returns the sso-session sections in file order.
func (s *Set) SSOSessions() []Section { return s.all(ssoSessionSection) }

// SSOSession returns one sso-session section.
func (s *Set) SSOSession(name string) (Section, bool) { return s.named(ssoSessionSection, name) }

// Services returns the services sections in file order.
func (s *Set) Services() []Section { return s.all(servicesSection) }

func (s *Set) all(kind sectionKind) []Section {
	var all []Section
	for g := range s.index().groups(kind) {
		if used, section := s.section(g); len(used) > 0 {
			all = append(all, section)
		}
	}
	return all
}

func (s *Set) named(kind sectionKind, name string) (Section, bool) {
	used, section := s.section(s.sections(kind, name))
	return section, len(used) > 0
}

func (s *Set) names(kind sectionKind) []string {
	var names []string
	for g := range s.index().groups(kind) {
		if used := inEffect(g); len(used) > 0 {
			names = append(names, used[0].name)
		}
	}
	return names
}

// mostCompared bounds the work for suggestions: where each of a hundred thousand
// profiles names a source that is not there, the first few get one.
const mostCompared = 1 << 20

// nearest is what somebody who wrote name may have meant.
func (s *Set) nearest(name string, kind sectionKind) []string {
	all := len(s.index().order)
	if s.compared.Add(int64(all)) > int64(all)+mostCompared {
		return nil
	}
	return Nearest(name, s.names(kind), 3)
}

// MostProblems is how many malformed lines are told of: a file with more of them is
// something else than AWS's.
const MostProblems = 1000

// Problems lists the malformed lines of both files, config first; of very many, the
// first [MostProblems].
func (s *Set) Problems() []Problem {
	var all []Problem
	for p := range s.problems() {
		if all = append(all, p); len(all) == MostProblems {
			break
		}
	}
	return all
}

// Strict returns a [*ParseError] for the first malformed line of the two files,
// or nil where there is none.
func (s *Set) Strict() error {
	for p := range s.problems() {
		return &ParseError{Problem: p}
	}
	return nil
}

func (s *Set) problems() iter.Seq[Problem] {
	return func(yield func(Problem) bool) {
		for _, d := range s.documents() {
			if d.unreadable != nil && !yield(*d.unreadable) {
				return
			}
			t := d.tokens()
			for tok := (token{}); t.next(&tok); {
				f := tok.fault
				if tok.kind == headerToken {
					f = parseHeader(tok.body, d.inCredentials).fault
				}
				if f != noFault && !yield(f.problem(Position{d.Path, tok.line}, tok.body)) {
					return
				}
			}
		}
	}
}

// unreadable is an error where one of the files cannot be read as text: then
// nothing is known about any profile.
func (s *Set) unreadable() error {
	for _, d := range s.documents() {
		if d.unreadable != nil {
			return &ParseError{Problem: *d.unreadable}
		}
	}
	return nil
}

// section is a section with its place.
type section struct {
	header
	span
	doc  *Document
	line int // of the header
}

func (s section) position() Position { return Position{s.doc.Path, s.line} }

func (s section) tokens() tokenizer {
	return tokenizer{text: s.doc.text[:s.end], off: s.start, line: s.line}
}

// scansBeforeIndex is how many names are looked up by going through the headers
// before it pays to index them: long chains, and callers that want every chain.
const scansBeforeIndex = 16

// sections finds all sections of a kind and name.
func (s *Set) sections(kind sectionKind, name string) []section {
	if name == "" {
		return nil
	}
	if s.lookups.Load() >= scansBeforeIndex || s.lookups.Add(1) > scansBeforeIndex {
		return s.index().find(kind, name)
	}
	var found []section
	for _, d := range s.documents() {
		line, counted := 1, 0
		for i, start := range d.headers() {
			if !d.mayName(name, int(start)) {
				continue
			}
			at := d.section(i)
			h := parseHeader(d.header(at), d.inCredentials)
			if h.kind == kind && h.name == name {
				line += strings.Count(d.text[counted:at.start], "\n")
				counted = at.start
				found = append(found, section{h, at, d, line})
			}
		}
	}
	return found
}

// inEffect leaves out of the sections of one name those that do not count.
func inEffect(found []section) []section {
	counts := whichCount(found)
	if !slices.ContainsFunc(found, func(f section) bool { return !counts(f) }) {
		return found
	}
	var used []section
	for _, f := range found {
		if counts(f) {
			used = append(used, f)
		}
	}
	return used
}

// whichCount tells which of the sections of one name count. Both [default] and
// [profile default]: the latter wins whole, wherever it stands.
func whichCount(found []section) func(section) bool {
	var inConfig, prefixed bool
	for _, f := range found {
		if f.fault == noFault {
			inConfig = inConfig || !f.doc.inCredentials
			prefixed = prefixed || f.prefixed
		}
	}
	return func(f section) bool {
		switch {
		case f.fault != noFault:
			return false
		case f.doc.inCredentials:
			return !f.tolerated || inConfig
		}
		return f.prefixed || !prefixed
	}
}

// index knows every section by its name.
type index struct {
	sections []section
	first    [sectionKinds]map[string]int32
	order    []int32 // first sections of the names, in file order
	// again has the sections of the names that have several, by the first of them.
	again map[int32][]section
}

func (s *Set) index() *index {
	s.once.Do(func() { s.lazily = newIndex(s.documents()) })
	return s.lazily
}

func newIndex(documents [2]*Document) *index {
	size := 0
	for _, d := range documents {
		size += len(d.headers())
	}
	x := &index{sections: make([]section, 0, size), order: make([]int32, 0, size), again: map[int32][]section{}}
	for kind := range x.first {
		x.first[kind] = map[string]int32{}
	}
	x.first[profileSection] = make(map[string]int32, size)
	for _, d := range documents {
		line, counted := 1, 0
		for i := range d.headers() {
			at := d.section(i)
			line += strings.Count(d.text[counted:at.start], "\n")
			counted = at.start
			x.add(section{parseHeader(d.header(at), d.inCredentials), at, d, line})
		}
	}
	return x
}

func (x *index) add(s section) {
	n := int32(len(x.sections))
	x.sections = append(x.sections, s)
	if s.kind == noSection {
		return
	}
	first, again := x.first[s.kind][s.name]
	if !again {
		x.first[s.kind][s.name] = n
		x.order = append(x.order, n)
		return
	}
	if x.again[first] == nil {
		x.again[first] = []section{x.sections[first]}
	}
	x.again[first] = append(x.again[first], s)
}

func (x *index) find(kind sectionKind, name string) []section {
	if n, ok := x.first[kind][name]; ok {
		return x.named(n)
	}
	return nil
}

// named is the sections of the name whose first is number n.
func (x *index) named(n int32) []section {
	if all := x.again[n]; all != nil {
		return all
	}
	return x.sections[n : n+1 : n+1]
}

// groups yields the sections of each name of a kind.
func (x *index) groups(kind sectionKind) iter.Seq[[]section] {
	return func(yield func([]section) bool) {
		for _, n := range x.order {
			if x.sections[n].kind == kind && !yield(x.named(n)) {
				return
			}
		}
	}
}
