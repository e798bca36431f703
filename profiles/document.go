package profiles

import (
	"strings"
	"sync"
)

const byteOrderMark = "\ufeff"

// Document is one of the two files as it was read: every byte is kept.
type Document struct {
	// Path is the file's name as it was opened; empty in a Set that has none.
	Path string
	// Missing is true where there is no such file, which is like an empty one.
	Missing bool
	// Distrust says why commands that stand in the file must not be run, in
	// words: "is writable by everyone". Empty where nothing speaks against it.
	Distrust string

	text          string
	inCredentials bool
	unreadable    *Problem // the whole file is in another encoding

	found  sync.Once
	where  []int32 // the offset of each section's header
	quotes bool    // there is a quote or a backslash in the text
}

// Text is the file's content, byte for byte.
func (d *Document) Text() string { return d.text }

func newDocument(path, text string, inCredentials bool) *Document {
	d := &Document{Path: path, text: text, inCredentials: inCredentials}
	if name := foreignEncoding(text); name != "" {
		d.unreadable = &Problem{
			Position: Position{path, 1},
			Reason:   "is " + name,
			Fix:      "convert with iconv -f " + name + " -t UTF-8",
		}
	}
	return d
}

// foreignEncoding names the encoding of text that cannot be UTF-8 because of how
// it begins; empty: none.
func foreignEncoding(text string) string {
	switch {
	case strings.HasPrefix(text, "\xff\xfe\x00\x00"), strings.HasPrefix(text, "\x00\x00\xfe\xff"):
		return "UTF-32"
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return "UTF-16"
	case len(text) >= 4 && text[0] != 0 && text[1] == 0 && text[2] != 0 && text[3] == 0:
		return "UTF-16LE"
	case len(text) >= 4 && text[0] == 0 && text[1] != 0 && text[2] == 0 && text[3] != 0:
		return "UTF-16BE"
	}
	return ""
}

func (d *Document) tokens() tokenizer {
	t := tokenizer{text: d.text, line: 1}
	if d.unreadable != nil {
		t.text = ""
	}
	if strings.HasPrefix(t.text, byteOrderMark) {
		t.off = len(byteOrderMark)
	}
	return t
}

// span is a section's place in its document, the header first.
type span struct{ start, end int }

// headers is where the sections begin. They are found by their first lines, without
// a look at what is between those where that can be helped.
func (d *Document) headers() []int32 {
	d.found.Do(d.findHeaders)
	return d.where
}

// section is the place of the section with the number i.
func (d *Document) section(i int) span {
	if i+1 < len(d.where) {
		return span{int(d.where[i]), int(d.where[i+1])}
	}
	return span{int(d.where[i]), len(d.text)}
}

func (d *Document) findHeaders() {
	whole := d.tokens()
	for _, sign := range []byte{'\'', '"', '\\'} {
		d.quotes = d.quotes || strings.IndexByte(whole.text, sign) >= 0
	}
	for at := nextHeader(whole.text, whole.off, whole.off, false); at >= 0; at = nextHeader(whole.text, at, at+1, true) {
		if d.where == nil {
			d.where = make([]int32, 0, 4+len(d.text)/usualSection)
		}
		d.where = append(d.where, int32(at))
	}
}

// usualSection is about how many bytes a section has.
const usualSection = 128

// nextHeader is the offset of the first line with a bracket at from or behind it
// that opens a section, or -1. The line at off is the section's header with
// inSection, else the first line of all.
func nextHeader(text string, off, from int, inSection bool) int {
	for i := from; ; i++ {
		n := strings.IndexByte(text[i:], '[')
		if n < 0 {
			return -1
		}
		i += n
		start := i
		for start > off && isSpace(text[start-1]) {
			start--
		}
		switch {
		case start > off && text[start-1] != '\n', start == off && inSection:
			// in the middle of a line
		case start == i:
			return start
		default: // what an indented bracket is depends on the lines before it
			return headerByTokens(text, off, inSection)
		}
	}
}

func headerByTokens(text string, off int, skipFirst bool) int {
	t := tokenizer{text: text, off: off}
	tok := token{}
	if skipFirst {
		t.next(&tok)
	}
	for t.next(&tok) {
		if tok.kind == headerToken {
			return tok.start
		}
	}
	return -1
}

// header is the line that opens a section.
func (d *Document) header(s span) string { return trim(lineAt(d.text, s.start)) }

// mayName reports whether the section at start can be the one of this name. It is
// asked of every section for every name that is looked for, so it looks at few bytes
// of the usual ones.
func (d *Document) mayName(name string, start int) bool {
	if d.quotes { // a name can be spelt in many ways
		return true
	}
	const usual = "[profile "
	rest, found := strings.CutPrefix(d.text[start:], usual)
	if d.inCredentials {
		rest, found = strings.CutPrefix(d.text[start:], "[")
	}
	return !found || rest == "" || isSpace(rest[0]) || strings.HasPrefix(rest, name)
}
