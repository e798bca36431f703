package profiles

import (
	"fmt"
	"strings"
)

// Problem is something wrong in a file. Its texts are safe to print.
type Problem struct {
	Position
	// Text is the line, shortened; what may be a secret is left out.
	Text string
	// Reason says what is wrong with it: `has no "="`.
	Reason string
	// Fix says what to write instead, or is empty.
	Fix string
}

// String is the problem on one line: TEXT (FILE:LINE): REASON: FIX.
func (p Problem) String() string {
	s := fmt.Sprintf("line %s (%s): %s", Quote(p.Text), p.Position, p.Reason)
	if p.Fix != "" {
		s += ": " + p.Fix
	}
	return s
}

// String is the text, without its place. It is not made inert.
func (v Value) String() string { return v.Text }

// String is FILE:LINE, safe to print.
func (p Position) String() string { return fmt.Sprintf("%s:%d", Inert(p.File), p.Line) }

type fault uint8

const (
	noFault fault = iota
	outsideSection
	withoutEquals
	withoutKey
	continuesNothing
	nestedWithoutEquals
	nestedWithoutKey
	unclosedHeader
	textAfterHeader
	notUTF8
	hasNUL
)

func (f fault) problem(at Position, body string) Problem {
	p := Problem{Position: at, Text: excerpt(body)}
	switch f {
	case outsideSection:
		p.Reason, p.Fix = "stands before the first section", "put it under [default] or [profile NAME]"
	case withoutEquals:
		p.Reason, p.Fix = `has no "="`, `write KEY = VALUE, or begin the line with "#"`
	case withoutKey:
		p.Reason, p.Fix = `has nothing before the "="`, "write KEY = VALUE"
	case continuesNothing:
		p.Reason, p.Fix = "is indented, and there is no setting above that it could continue", "write KEY = VALUE"
	case nestedWithoutEquals:
		p.Reason, p.Fix = `stands in a nested block and has no "="`, "write KEY = VALUE"
	case nestedWithoutKey:
		p.Reason, p.Fix = `stands in a nested block and has nothing before the "="`, "write KEY = VALUE"
	case unclosedHeader:
		p.Reason, p.Fix = `opens a section and has no "]"`, "write [profile NAME]"
	case textAfterHeader:
		p.Reason, p.Fix = `has text after the "]"`, `begin that text with "#"`
	case notUTF8:
		p.Reason, p.Fix = "is not UTF-8", "save the file as UTF-8"
	case hasNUL:
		p.Reason, p.Fix = "has a NUL byte", "save the file as plain text"
	}
	return p
}

const (
	longestExcerpt = 80 // bytes
	longestPlain   = 24 // a longer run of key characters may be a secret
)

// excerpt is a line as it may be shown: inert, short, and without anything that
// could be a secret. Secret keys have 40 characters and may stand on a line of
// their own, so long runs of their alphabet are hidden, whatever they are.
func excerpt(body string) string {
	const enough = 4096 // more than is shown, so that no run is cut to an innocent length
	whole := hideRuns(body[:min(len(body), enough)])
	low := strings.ToLower(whole)
	if strings.Contains(low, "secret") || strings.Contains(low, "token") || strings.Contains(low, "passw") {
		if end := strings.IndexAny(whole, "=: \t"); end >= 0 {
			whole = trim(whole[:end]) + " " + hidden
		}
	}
	if len(whole) <= longestExcerpt {
		return Inert(whole)
	}
	return Inert(whole[:longestExcerpt]) + "..."
}

// hideRuns puts "(hidden)" in place of every long run of key characters.
func hideRuns(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && isKeyByte(s[j]) {
			j++
		}
		switch {
		case j-i > longestPlain:
			b.WriteString(hidden)
		case j > i:
			b.WriteString(s[i:j])
		default:
			b.WriteByte(s[i])
			j++
		}
		i = j
	}
	return b.String()
}

func isKeyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '='
}

// Ignored is something in a file that is well formed and has no effect, or not
// the effect that other tools give it. Its texts are safe to print.
type Ignored struct {
	Position
	In   string // "config" or "credentials"
	Text string // the header, or the key
	// Reason is a word for programs: not_a_profile_section, invalid_name,
	// default_section, overridden_default, profile_prefix_in_credentials,
	// config_section_in_credentials, invalid_key, repeated_section,
	// repeated_property.
	Reason string
	Detail string // a clause for people
}

// String is the note on one line.
func (i Ignored) String() string { return fmt.Sprintf("%s (%s): %s", i.Text, i.Position, i.Detail) }
