package profiles

import (
	"strings"
	"unicode"
)

// Pasted is the ARN or the web address in a text that was copied out of a mail, a
// page or a program, without what came along: the words around it, line ends within,
// quotes, brackets, the mark at the end of a sentence. A text that has neither is
// only freed of such marks; one with several roles is left from the first of them on,
// which is no ARN and no address: nobody chooses among them. So is one that names a
// whole role before a line's end, and another with what follows: a mail may have broken
// the name, or somebody signed below it.
func Pasted(text string) string {
	text = strings.TrimSpace(text)
	at, arn := strings.Index(text, "https://"), strings.Index(text, "arn:")
	if at < 0 || arn >= 0 && arn < at && strings.HasPrefix(text[arn:], "arn:aws") {
		at = arn
		if at > 0 && isWord(rune(text[at-1])) {
			at = -1 // in the midst of a name
		}
	}
	if at < 0 {
		return bare(text)
	}
	first, rest, unclear := firstWord(text[at:])
	if unclear {
		return text[at:]
	}
	first = bare(first)
	other := Pasted(rest)
	if _, err := ParseSwitchLink(other); (err == nil || strings.HasPrefix(other, "arn:")) && other != first {
		return text[at:]
	}
	return first
}

// firstWord is the beginning of text up to a space or an empty line, and what comes
// behind it: a mail breaks a long line, and may indent the rest. It is unclear where
// that would make another role of one that is there already.
func firstWord(text string) (word, rest string, unclear bool) {
	rest = strings.Map(func(r rune) rune {
		if strings.ContainsRune(lineEnds, r) {
			return '\n'
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		more := line
		if end := strings.IndexFunc(line, unicode.IsSpace); end > 0 {
			more = line[:end]
		}
		whole, joined := roleNamed(word), roleNamed(word+more)
		switch {
		case line == "":
			return word, after, false
		case word != "" && (strings.HasPrefix(line, "arn:") || strings.HasPrefix(line, "https://")):
			return word, rest, false
		case whole != "" && joined != whole:
			return word, rest, joined != "" || goesOn(word, whole, more)
		case more != line:
			return word + more, line[len(more):] + "\n" + after, false
		}
		word, rest = word+line, after
	}
	return word, "", false
}

// goesOn reports whether text that names a whole role would name another one with
// the beginning of more, whatever stands behind that.
func goesOn(text, whole, more string) bool {
	for i := range min(len(more), longestRoleName) {
		if named := roleNamed(text + more[:i+1]); named != "" && named != whole {
			return true
		}
	}
	return false
}

// roleNamed is the role that an ARN or a link names; empty: it names none.
func roleNamed(text string) string {
	text = bare(text)
	if arn, err := ParseRoleARN(text); err == nil {
		return arn.String()
	}
	if link, err := ParseSwitchLink(text); err == nil {
		return link.Account + link.Alias + link.Path + link.Name
	}
	return ""
}

// bare is text without the marks around it.
func bare(text string) string {
	for {
		within := strings.TrimLeft(text, `<"'([{`+"`“”‘’«")
		within = strings.TrimRight(within, `>"')]},.;:!?`+"`“”‘’»")
		within = strings.TrimSuffix(strings.TrimSuffix(within, "&gt"), "&quot")
		within = strings.TrimPrefix(strings.TrimPrefix(within, "&lt;"), "&quot;")
		within = strings.TrimPrefix(strings.TrimPrefix(within, "URL:"), "url:")
		if within == text {
			return text
		}
		text = within
	}
}

// isWord reports whether r belongs to the word that an "arn:" behind it ends.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' }
