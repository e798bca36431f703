package profiles

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// valueFault says why a value cannot be written as one line of the files, so
// that every tool reads it back as it was: a clause, or nothing.
func valueFault(value string) string {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	switch {
	case !utf8.ValidString(value):
		return "is not UTF-8"
	case strings.ContainsAny(value, "\n\r"):
		return "runs over several lines"
	case value != Inert(value):
		return "has characters that are not to be seen"
	case unicode.IsSpace(first), unicode.IsSpace(last):
		return "begins or ends with white space, which the format does not keep"
	case strings.HasPrefix(value, "#"), strings.HasPrefix(value, ";"), cutComment(value) != value:
		return `has a "#" or ";" after white space, where a comment begins`
	}
	return ""
}
