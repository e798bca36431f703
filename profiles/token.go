package profiles

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	headerToken    tokenKind = iota // a line that opens a section, well formed or not
	propertyToken                   // key = value
	moreToken                       // a further line of the property before it
	malformedToken                  // a line that is none of these
)

// token is one line that says something.
type token struct {
	kind  tokenKind
	line  int    // 1 is the first of the document
	start int    // offset of the line's first byte
	body  string // the line without the white space around it
	key   string // propertyToken: lower case
	value string // propertyToken: trimmed, comment cut off
	fault fault  // malformedToken
}

// tokenizer walks over the lines of a document. Every header puts it back into
// the same state, so it may be started at any header and gives the same tokens
// as from the first byte.
type tokenizer struct {
	text string
	off  int // of the next line
	line int // number of the next line

	inSection  bool
	inProperty bool
	spoiled    bool // the lines that continue a malformed line go with it
	nested     bool // the property's own line has no value: the lines under it are settings too
	indent     int  // of the property's line
}

// next stores the next token in tok. It returns false at the end.
func (t *tokenizer) next(tok *token) bool {
	for t.off < len(t.text) {
		start, line := t.off, t.line
		raw := lineAt(t.text, start)
		t.off += len(raw) + 1
		t.line++
		body := trimRight(raw)
		indent := 0
		for indent < len(body) && isSpace(body[indent]) {
			indent++
		}
		body = body[indent:]
		if body == "" || body[0] == '#' || body[0] == ';' {
			continue
		}
		tok.line, tok.start, tok.body = line, start, body
		switch {
		case t.inProperty && indent > t.indent:
			if t.spoiled {
				continue
			}
			t.more(tok)
		case body[0] == '[':
			t.inSection, t.inProperty = true, false
			tok.kind = headerToken
		default:
			t.property(tok, indent)
		}
		return true
	}
	return false
}

func (t *tokenizer) more(tok *token) {
	tok.kind, tok.fault = moreToken, textFault(tok.body)
	if tok.fault == noFault && t.nested {
		key, _, found := strings.Cut(tok.body, "=")
		switch {
		case !found:
			tok.fault = nestedWithoutEquals
		case trim(key) == "":
			tok.fault = nestedWithoutKey
		}
	}
	if tok.fault != noFault {
		tok.kind = malformedToken
	}
}

func (t *tokenizer) property(tok *token, indent int) {
	tok.kind, tok.fault = malformedToken, textFault(tok.body)
	key, value, found := strings.Cut(cutComment(tok.body), "=")
	key, value = trim(key), trim(value)
	switch {
	case tok.fault != noFault:
	case !t.inSection:
		tok.fault = outsideSection
	case !found && indent > 0:
		tok.fault = continuesNothing
	case !found:
		tok.fault = withoutEquals
	case key == "":
		tok.fault = withoutKey
	default:
		tok.kind, tok.key, tok.value = propertyToken, strings.ToLower(key), value
	}
	t.inProperty, t.indent = t.inSection, indent
	t.nested = value == ""
	t.spoiled = tok.kind == malformedToken
}

// lineAt is the line that begins at offset start, without its line feed.
func lineAt(text string, start int) string {
	if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
		return text[start : start+n]
	}
	return text[start:]
}

// cutComment removes a comment from the end of a setting: white space and then
// "#" or ";". Without the white space they belong to the value.
func cutComment(s string) string {
	if strings.IndexByte(s, '#') < 0 && strings.IndexByte(s, ';') < 0 {
		return s
	}
	for i := 1; i < len(s); i++ {
		if (s[i] == '#' || s[i] == ';') && isSpace(s[i-1]) {
			return trimRight(s[:i])
		}
	}
	return s
}

// textFault tells whether a line is text at all.
func textFault(s string) fault {
	if !utf8.ValidString(s) {
		return notUTF8
	}
	if strings.IndexByte(s, 0) >= 0 {
		return hasNUL
	}
	return noFault
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\f' || b == '\v' }

func trimRight(s string) string {
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func trim(s string) string {
	s = trimRight(s)
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}
