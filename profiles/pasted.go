package profiles

import (
	"strings"
	"unicode"
)

// Pasted is the ARN or the web address in a text that was copied out of a mail, a
// page or a program, without what came along: the words around it, line ends within,
// quotes, brackets, the mark at the end of a sentence. A text that has neither is
// only freed of such marks.
func Pasted(text string) string {
	text = strings.TrimSpace(text)
	at := strings.Index(text, "https://")
	if at < 0 {
		at = strings.Index(text, "arn:")
		if at > 0 && isWord(rune(text[at-1])) {
			at = -1 // in the midst of a name
		}
	}
	if at >= 0 {
		lines := strings.FieldsFunc(text[at:], func(r rune) bool { return r == '\n' || r == '\r' })
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i]) // a mail breaks a long line, and may indent the rest
		}
		text = strings.Join(lines, "")
		if end := strings.IndexFunc(text, unicode.IsSpace); end > 0 {
			text = text[:end]
		}
	}
	for {
		bare := strings.TrimLeft(text, `<"'([{`+"`“”‘’«")
		bare = strings.TrimRight(bare, `>"')]},.;:!?`+"`“”‘’»")
		bare = strings.TrimSuffix(strings.TrimSuffix(bare, "&gt"), "&quot")
		bare = strings.TrimPrefix(strings.TrimPrefix(bare, "&lt;"), "&quot;")
		bare = strings.TrimPrefix(strings.TrimPrefix(bare, "URL:"), "url:")
		if bare == text {
			return text
		}
		text = bare
	}
}

// isWord reports whether r belongs to the word that an "arn:" behind it ends.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' }
