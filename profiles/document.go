package profiles

import (
	"iter"
	"strings"
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
}

// Text is the file's content, byte for byte.
func (d *Document) Text() string { return d.text }

func newDocument(path, text string, inCredentials bool) Document {
	d := Document{Path: path, text: text, inCredentials: inCredentials}
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

// spans finds the sections by their headers, without a look at what is between
// them where that can be helped.
func (d *Document) spans() iter.Seq[span] {
	return func(yield func(span) bool) {
		whole := d.tokens()
		text := whole.text
		start := nextHeader(text, whole.off, whole.off, false)
		for start >= 0 {
			end := nextHeader(text, start, start+1, true)
			if end < 0 {
				yield(span{start, len(text)})
				return
			}
			if !yield(span{start, end}) {
				return
			}
			start = end
		}
	}
}

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

// finder looks for a byte in a document from its beginning to its end.
type finder struct {
	sign byte
	at   int // the first place at or behind the last question; -1: not looked for yet
}

// in reports whether the byte is between start and end. The questions must come
// in the order of the text.
func (f *finder) in(text string, start, end int) bool {
	if f.at < start {
		n := strings.IndexByte(text[start:], f.sign)
		if n < 0 {
			n = len(text)
		}
		f.at = start + n
	}
	return f.at < end
}
