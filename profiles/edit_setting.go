package profiles

import (
	"slices"
	"strings"
)

// entry is a setting of a section with its place.
type entry struct {
	key   string // lower case
	value string
	line  span // its own line, with its end
	more  []span
	inner []string // the text of each further line, trimmed
	doc   *Document
}

// end is where its last line ends.
func (e entry) end() int {
	if len(e.more) > 0 {
		return e.more[len(e.more)-1].end
	}
	return e.line.end
}

// isBlock reports whether further settings may stand in it.
func (e entry) isBlock() bool { return e.value == "" }

// nested is the number of the line of the block that sets key, or -1. The last
// one counts.
func (e entry) nested(key string) int {
	for i, body := range slices.Backward(e.inner) {
		if name, _, ok := strings.Cut(body, "="); ok && strings.EqualFold(trim(name), key) {
			return i
		}
	}
	return -1
}

// entries are the settings of a section, in its order.
func (s section) entries() []entry {
	var all []entry
	t := s.tokens()
	tok := token{}
	t.next(&tok) // the header
	open := false
	for t.next(&tok) {
		line := span{tok.start, min(t.off, s.end)}
		switch continues := t.inProperty && len(indentOf(t.text, tok.start)) > t.indent; {
		case tok.kind == propertyToken:
			all = append(all, entry{key: tok.key, value: tok.value, line: line, doc: s.doc})
			open = true
		case continues && open:
			last := &all[len(all)-1]
			last.more, last.inner = append(last.more, line), append(last.inner, tok.body)
		default:
			open = false
		}
	}
	return all
}

// find is the entry of a key that counts, in the sections of one profile.
func find(used []section, key string) (entry, bool) {
	for _, u := range slices.Backward(used) {
		for _, e := range slices.Backward(u.entries()) {
			if e.key == key {
				return e, true
			}
		}
	}
	return entry{}, false
}

func (c *Change) replace(at span, with string) { c.New = c.New[:at.start] + with + c.New[at.end:] }

func (d *Document) of(c *[2]Change) *Change {
	if d.inCredentials {
		return &c[1]
	}
	return &c[0]
}

// set gives a setting its value: s is what c has so far.
func (s *Set) set(name string, set Setting, c *[2]Change) error {
	used := inEffect(s.sections(profileSection, name))
	if e, ok := find(used, set.Key); ok {
		if e.isBlock() && len(e.more) > 0 {
			return &EditError{"the setting " + set.Key, "is a block of settings (" + s.at(e).String() + "): write " + set.Key + ".NAME=VALUE"}
		}
		e.write(set.Value, e.doc.of(c))
		return nil
	}
	key, nested, isNested := strings.Cut(set.Key, ".")
	if isNested {
		if e, ok := find(used, key); ok {
			return s.setNested(e, nested, set.Value, c)
		}
	}
	inConfig := func(u section) bool { return !u.doc.inCredentials }
	if !slices.ContainsFunc(used, inConfig) {
		c[0].New = appendStanza(c[0].New, Stanza{Name: name})
		used = inEffect(s.with(c[0].New, "").sections(profileSection, name))
	}
	for _, u := range slices.Backward(used) {
		if inConfig(u) {
			u.insert(key, nested, set.Value, &c[0])
			break
		}
	}
	return nil
}

func (s *Set) at(e entry) Position {
	return Position{e.doc.Path, 1 + strings.Count(e.doc.text[:e.line.start], "\n")}
}

// write puts value in place of the entry's, and leaves what is around it: its
// key, the space, a comment behind it.
func (e entry) write(value string, c *Change) {
	text := e.doc.text
	equals := e.line.start + strings.IndexByte(text[e.line.start:e.line.end], '=')
	start := equals + 1
	for start < e.line.end && isSpace(text[start]) && text[start] != '\r' {
		start++
	}
	end := start + len(e.value)
	if e.value == "" { // nothing but perhaps a comment behind the "="
		start = equals + 1
		end = start
		if equals > 0 && isSpace(text[equals-1]) {
			value = " " + value
		}
	}
	whole := c.New
	if len(e.more) > 0 {
		c.replace(span{e.line.end, e.end()}, "")
	}
	c.replace(span{start, end}, value)
	c.keepEnd(whole, lineEnd(text[:e.line.end]))
}

func (s *Set) setNested(e entry, key, value string, c *[2]Change) error {
	if !e.isBlock() {
		return &EditError{"the setting " + e.key, "has a value (" + s.at(e).String() + ") and so can have no block"}
	}
	change := e.doc.of(c)
	if i := e.nested(key); i >= 0 {
		inner := entry{key: key, line: e.more[i], doc: e.doc}
		_, after, _ := strings.Cut(e.inner[i], "=")
		inner.value = trim(after)
		inner.write(value, change)
		return nil
	}
	like, indent := e.line, indentOf(e.doc.text, e.line.start)+"    "
	if len(e.more) > 0 {
		like = e.more[len(e.more)-1]
		indent = indentOf(e.doc.text, like.start)
	}
	insertLine(change, e.end(), indent+key+spacing(e.doc.text, like)+value, lineEnd(e.doc.text[:like.end]))
	return nil
}

func indentOf(text string, start int) string {
	end := start
	for end < len(text) && isSpace(text[end]) {
		end++
	}
	return text[start:end]
}

// spacing is the "=" of a line with the space around it.
func spacing(text string, line span) string {
	body := trimRight(strings.TrimSuffix(text[line.start:line.end], "\n"))
	i := strings.IndexByte(body, '=')
	if i < 1 || i == len(body)-1 {
		return " = "
	}
	start, end := i, i+1
	if body[i-1] == ' ' {
		start--
	}
	if body[end] == ' ' {
		end++
	}
	return body[start:end]
}

// insertLine puts a line at the end of another one.
func insertLine(c *Change, at int, line, newline string) {
	if at > 0 && c.New[at-1] == '\n' {
		c.replace(span{at, at}, line+newline)
	} else { // the file ends without the end of a line, and so it stays
		c.replace(span{at, at}, newline+line)
	}
}

// insert adds a setting behind the last one of the section, indented and spaced
// as that one is.
func (s section) insert(key, nested, value string, c *Change) {
	text := s.doc.text
	header := span{s.start, min(s.start+len(lineAt(text, s.start))+1, s.end)}
	newline := lineEnd(text[:header.end])
	switch last := text[header.end-1]; {
	case last == '\r': // so that the same is taken away again with the setting
		newline = "\r\n"
	case last != '\n':
		newline = lineEnd(text)
	}
	indent, equals := indentOf(text, s.start), " = "
	if next := indentOf(text, s.end); len(next) > len(indent) {
		indent = next // else the header there would continue the new line
	}
	t := s.tokens()
	for tok := (token{}); t.next(&tok); {
		// Deeper than the line before, it would continue that one.
		if here := indentOf(text, tok.start); t.inProperty && len(here) == t.indent {
			indent = here
		}
		if tok.kind == propertyToken && tok.value != "" {
			equals = spacing(text, span{tok.start, min(t.off, s.end)})
		}
	}
	line := indent + key + equals + value
	if nested != "" {
		line = indent + key + trimRight(equals) + newline + indent + "    " + nested + equals + value
	}
	insertLine(c, contentEnd(text, s.span), line, newline)
}

// contentEnd is where the last line of a section ends that is neither blank nor
// a comment.
func contentEnd(text string, at span) int {
	end := at.start
	for start := at.start; start < at.end; {
		next := min(start+len(lineAt(text, start))+1, at.end)
		if body := trim(strings.TrimSuffix(text[start:next], "\n")); body != "" && body[0] != '#' && body[0] != ';' {
			end = next
		}
		start = next
	}
	return end
}

// unset takes a setting out of every section of the profile that counts.
func (s *Set) unset(name, key string, c *[2]Change) {
	block, nested, isNested := strings.Cut(key, ".")
	for _, u := range slices.Backward(inEffect(s.sections(profileSection, name))) {
		change := u.doc.of(c)
		newline := lineEnd(u.doc.text[:min(u.start+len(lineAt(u.doc.text, u.start))+1, len(u.doc.text))])
		for _, e := range slices.Backward(u.entries()) {
			switch {
			case e.key == key:
				change.replace(span{e.line.start, e.end()}, "")
			case isNested && e.key == block && e.isBlock():
				e.unsetNested(nested, change)
			}
		}
		change.keepEnd(u.doc.text, newline)
	}
}

func (e entry) unsetNested(key string, c *Change) {
	var gone []int
	for i, body := range e.inner {
		if name, _, ok := strings.Cut(body, "="); ok && strings.EqualFold(trim(name), key) {
			gone = append(gone, i)
		}
	}
	if len(gone) > 0 && len(gone) == len(e.inner) {
		c.replace(span{e.line.start, e.end()}, "")
		return
	}
	for _, i := range slices.Backward(gone) {
		c.replace(e.more[i], "")
	}
}

// keepEnd takes the end of the last line away where the file had none before: the
// lines that went were its last ones.
func (c *Change) keepEnd(before, newline string) {
	if !strings.HasSuffix(before, "\n") {
		c.New = strings.TrimSuffix(c.New, newline)
	}
}
