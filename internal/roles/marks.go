package roles

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// Marks is which characters of a role's texts a query matched, to be underlined:
// one claim for each rune.
type Marks struct{ Label, Role, Account []bool }

// Marks finds them in the texts as they are shown. A term of one character marks
// nothing: that nearly every row has it tells nobody anything.
func (q Query) Marks(label, role, account string) Marks {
	m := Marks{make([]bool, len([]rune(label))), make([]bool, len([]rune(role))), make([]bool, len(account))}
	for _, t := range q.terms {
		if t.not || utf8.RuneCountInString(t.text) < 2 {
			continue
		}
		switch t.field {
		case "role":
			t.mark(m.Role, role)
		case "id", "acct":
			t.markID(m.Account, account)
		case "":
			inLabel, inRole := t.mark(m.Label, label), t.mark(m.Role, role)
			inID := digits(t.text) && t.markID(m.Account, account)
			if !inLabel && !inRole && !inID && !t.exact && !t.markLetters(m.Label, label) {
				t.markLetters(m.Role, role)
			}
		}
	}
	return m
}

// mark marks the first occurrence of the term in text.
func (t term) mark(marks []bool, text string) bool {
	if !t.cased {
		text = strings.Map(unicode.ToLower, text)
	}
	at := strings.Index(text, t.text)
	if at < 0 {
		return false
	}
	first := len([]rune(text[:at]))
	for i := range []rune(t.text) {
		if first+i < len(marks) {
			marks[first+i] = true
		}
	}
	return true
}

// markID marks the term at the start or the end of an account ID, else inside it.
func (t term) markID(marks []bool, id string) bool {
	if !strings.HasPrefix(id, t.text) && strings.HasSuffix(id, t.text) {
		return t.mark(marks[len(id)-len(t.text):], t.text)
	}
	return t.mark(marks, id)
}

// markLetters marks the letters of the term where text has them in their order.
func (t term) markLetters(marks []bool, text string) bool {
	found := fuzzy.FindNoSort(t.text, []string{text})
	if len(found) == 0 {
		return false
	}
	for _, at := range found[0].MatchedIndexes {
		if i := len([]rune(text[:at])); i < len(marks) {
			marks[i] = true
		}
	}
	return true
}
