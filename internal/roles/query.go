package roles

import "strings"

// Query chooses roles by words, all of which must match: a bare word anywhere in
// the role's names, account or tags; `env:prod`, `acct:4417`, `role:Admin`,
// `tag:payments` and `id:` in that field; `!word` must not match; `'exact` is a
// whole name. Case is ignored.
type Query struct{ terms []term }

type term struct {
	field, text string
	not, exact  bool
}

// ParseQuery reads a query; it never fails: a word that is no field is text.
func ParseQuery(text string) Query {
	var q Query
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		var t term
		word, t.not = strings.CutPrefix(word, "!")
		if field, rest, found := strings.Cut(word, ":"); found && rest != "" {
			switch field {
			case "env", "role", "tag":
				t.field, word = field, rest
			case "acct", "account", "id":
				t.field, word = "acct", rest
			}
		}
		t.text, t.exact = strings.CutPrefix(word, "'")
		if t.text != "" {
			q.terms = append(q.terms, t)
		}
	}
	return q
}

// Names reports whether the query asks for an environment by name.
func (q Query) Names(env Env) bool {
	for _, t := range q.terms {
		if t.field == "env" && !t.not && t.text == string(env) {
			return true
		}
	}
	return false
}

// Matches reports whether every word of the query fits the role.
func (q Query) Matches(r Role) bool {
	for _, t := range q.terms {
		if t.fits(r) == t.not {
			return false
		}
	}
	return true
}

func (t term) fits(r Role) bool {
	texts := []string{r.Profile, r.AccountID, r.Name, r.Alias, string(r.Env), r.Tags}
	switch t.field {
	case "env":
		return strings.EqualFold(string(r.Env), t.text)
	case "acct":
		texts = []string{r.AccountID}
	case "role":
		texts = []string{r.Name}
	case "tag":
		texts = []string{r.Tags}
	}
	for _, text := range texts {
		text = strings.ToLower(text)
		if t.exact && text == t.text || !t.exact && strings.Contains(text, t.text) {
			return true
		}
	}
	return false
}
