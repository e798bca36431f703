package profiles

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inert makes text of others safe for a terminal and for one line: control
// characters (C0, DEL, C1), line ends, bidirectional controls, zero-width and
// other invisible characters, and bytes that are not UTF-8 are written as escapes
// (\n, \x1b, \u202e). So are combining marks beyond the fourth on one letter.
// Everything else, backslashes too, stays as it is. Inert(Inert(s)) == Inert(s).
func Inert(s string) string {
	i := 0
	for i < len(s) && ' ' <= s[i] && s[i] < 0x7f {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteString(s[:i])
	marks := 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsGraphic(r) && !isFiller(r) && marks <= 4:
			b.WriteString(s[i : i+size])
		default:
			b.WriteString(escape(r))
		}
		i += size
	}
	return b.String()
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// isFiller reports whether r is invisible although Unicode calls it a letter or
// a mark.
func isFiller(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0:
		return true
	}
	return false
}

// quote is s in double quotes, inert.
// Quote is [Inert] text in double quotes, as errors show what somebody typed.
func Quote(s string) string { return `"` + strings.ReplaceAll(Inert(s), `"`, `\"`) + `"` }
