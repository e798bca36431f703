package roles

import (
	"slices"
	"strings"
	"unicode"
)

// Query chooses roles by words, all of which must match: a bare word anywhere in
// the role's names, tags or environment, and three digits or more anywhere in its
// account ID; `env:prod`, `acct:4417`, `id:4417`, `role:Admin`, `tag:payments` in
// that field; `is:fav` and `is:ready`; `!word` must not match; `'exact` is a whole
// name. Case counts in a word that has a capital letter, and in no other.
//
// [Query.Matches] is for scripts and takes the words as they are; [Index.Search] is
// for people who are still typing: it finds what Matches does, and what has the
// letters of a bare word in their order.
type Query struct{ terms []term }

// Facts is what a query can ask of a role (is:fav, is:ready) that the role itself
// does not say.
type Facts struct {
	Favourite bool
	Ready     bool // a session of it is in the cache
}

type term struct {
	field      string // "": any
	text       string // in lower case, unless cased
	not, exact bool
	cased      bool // case counts
}

// ParseQuery reads a query; it never fails: a word that is no field is text.
func ParseQuery(text string) Query {
	var q Query
	for word := range strings.FieldsSeq(text) {
		var t term
		word, t.not = strings.CutPrefix(word, "!")
		if name, rest, found := strings.Cut(word, ":"); found {
			if t.field = field(name); t.field != "" {
				word = rest
			}
		}
		t.text, t.exact = strings.CutPrefix(word, "'")
		switch t.field {
		case "env":
			t.text = envWord(t.text)
		case "is":
			t.text = isWord(t.text)
		default:
			t.cased = strings.IndexFunc(t.text, unicode.IsUpper) >= 0
		}
		if t.text != "" || t.field != "" {
			q.terms = append(q.terms, t)
		}
	}
	return q
}

// field is the field that a word before a colon names; empty: none.
func field(name string) string {
	switch name = strings.ToLower(name); name {
	case "env", "role", "tag", "is", "acct", "id":
		return name
	case "account":
		return "acct"
	}
	return ""
}

// envWord is the environment as roles have it, for the other ways to write it.
func envWord(text string) string {
	switch text = strings.ToLower(text); text {
	case "production":
		return string(Production)
	case "stg", "stage":
		return string(Staging)
	case "development":
		return string(Dev)
	case "sbx":
		return string(Sandbox)
	}
	return text
}

// isWord is what is asked of a role, for the other ways to write it.
func isWord(text string) string {
	switch text = strings.ToLower(text); text {
	case "favourite", "favorite":
		return "fav"
	}
	return text
}

// Empty reports whether the query asks for nothing: every role matches.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// Names reports whether the query asks for an environment by name.
func (q Query) Names(env Env) bool {
	for _, t := range q.terms {
		if t.field == "env" && !t.not && t.text == string(env) {
			return true
		}
	}
	return false
}

// Asks reports whether the query has an is: word, so that Facts have to be found
// out for it.
func (q Query) Asks() bool {
	return slices.ContainsFunc(q.terms, func(t term) bool { return t.field == "is" })
}

// Hint says what a field takes, where the query has a word there that it never does;
// empty: nothing.
func (q Query) Hint() string {
	for _, t := range q.terms {
		switch {
		case t.field == "is" && t.text != "fav" && t.text != "ready":
			return "is: takes fav or ready."
		case t.field == "env" && !slices.Contains([]Env{Production, Staging, Dev, Sandbox}, Env(t.text)):
			return "env: takes prod, staging, dev or sandbox."
		}
	}
	return ""
}

// Matches reports whether every word of the query fits the role.
func (q Query) Matches(r Role, f Facts) bool {
	for _, t := range q.terms {
		if t.fits(r, f) == t.not {
			return false
		}
	}
	return true
}

func (t term) fits(r Role, f Facts) bool {
	switch t.field {
	case "env":
		return t.text == string(r.Env) && t.text != ""
	case "is":
		return t.text == "ready" && f.Ready || t.text == "fav" && f.Favourite
	case "id", "acct":
		return t.within(r.AccountID)
	case "role":
		return t.within(r.Name)
	case "tag":
		return t.within(r.Tags)
	}
	return t.within(r.names()...) || t.within(r.Tags, string(r.Env)) || (t.exact || isAccountPart(t.text)) && t.within(r.AccountID)
}

// names are what the role is called, what names it alone first.
func (r Role) names() []string { return []string{r.Label(), r.Alias, r.Called, r.Name, r.Account} }

// within reports whether one of texts has the term in it, or is it.
func (t term) within(texts ...string) bool {
	for _, text := range texts {
		if !t.cased {
			text = strings.ToLower(text)
		}
		if t.text != "" && (t.exact && text == t.text || !t.exact && strings.Contains(text, t.text)) {
			return true
		}
	}
	return false
}

// accountPart is how many digits can be a part of an account ID, and not a number in
// a name.
const accountPart = 3

func isAccountPart(text string) bool {
	return len(text) >= accountPart && len(text) <= 12 && digits(text)
}

func digits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
