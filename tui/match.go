package tui

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/sahilm/fuzzy"

	"cameo/profiles"
)

// The tiers of a match, best first. A row is as good as the worst of its words.
const (
	tierExact = iota
	tierPrefix
	tierWord
	tierInside
	tierFuzzy
	noMatch
)

// haystack is what one row is searched by, in lower case.
type haystack struct {
	names   []string // what can be matched exactly or by prefix: label, alias, role
	text    string   // everything that can be found inside
	account string
}

func newHaystack(row Row) haystack {
	role := row.Role
	names := []string{strings.ToLower(inert(role.Label()))}
	for _, name := range []string{role.Alias, role.Name} {
		if name != "" {
			names = append(names, strings.ToLower(inert(name)))
		}
	}
	words := append(slices.Clone(names), string(role.Env), role.Source, role.Tags, role.Region)
	return haystack{names: names, text: strings.ToLower(inert(strings.Join(words, " "))), account: role.AccountID}
}

// search returns the indexes of the rows that match every word of query, best
// first; equal matches keep their order. An empty query matches all.
func search(rows []haystack, query string) []int {
	words := strings.Fields(strings.ToLower(query))
	whole := strings.Join(words, " ")
	type hit struct{ row, tier, score int }
	hits := make([]hit, 0, len(rows))
	for i := range rows {
		h := hit{row: i}
		for _, word := range words {
			tier, score := rows[i].match(word)
			h.tier, h.score = max(h.tier, tier), h.score+score
			if tier == noMatch {
				break
			}
		}
		if h.tier == noMatch {
			continue
		}
		if len(words) > 1 && slices.Contains(rows[i].names, whole) {
			h.tier = tierExact
		}
		hits = append(hits, h)
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(b.score, a.score))
	})
	found := make([]int, len(hits))
	for i, h := range hits {
		found[i] = h.row
	}
	return found
}

// match says how well one word, in lower case, fits the row. The score orders
// fuzzy matches among themselves, higher is better.
func (h haystack) match(word string) (tier, score int) {
	if isAccountPart(word) && (strings.HasPrefix(h.account, word) || strings.HasSuffix(h.account, word)) {
		if word == h.account {
			return tierExact, 0
		}
		return tierPrefix, 0
	}
	if slices.Contains(h.names, word) {
		return tierExact, 0
	}
	for _, name := range h.names {
		if strings.HasPrefix(name, word) {
			return tierPrefix, 0
		}
	}
	if at := strings.Index(h.text, word); at >= 0 {
		for ; at >= 0; at = nextIndex(h.text, word, at) {
			if at == 0 || !isLetterOrDigit(h.text[at-1]) {
				return tierWord, 0
			}
		}
		return tierInside, 0
	}
	best := noMatch
	for _, name := range h.names {
		if !isSubsequence(word, name) {
			continue
		}
		for _, found := range fuzzy.Find(word, []string{name}) {
			if best == noMatch || found.Score > score {
				best, score = tierFuzzy, found.Score
			}
		}
	}
	return best, score
}

func nextIndex(text, word string, at int) int {
	next := strings.Index(text[at+1:], word)
	if next < 0 {
		return -1
	}
	return at + 1 + next
}

func isLetterOrDigit(b byte) bool {
	return b >= 0x80 || b >= 'a' && b <= 'z' || b >= '0' && b <= '9'
}

// isAccountPart reports whether word can be the start or the end of an account
// ID: three digits or more.
func isAccountPart(word string) bool {
	return len(word) >= 3 && len(word) <= 12 &&
		strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// isSubsequence is the cheap test that spares most rows the scoring.
func isSubsequence(word, text string) bool {
	rest := text
	for _, r := range word {
		at := strings.IndexRune(rest, r)
		if at < 0 {
			return false
		}
		rest = rest[at+1:]
	}
	return true
}

// meant is a query that would find something, in place of one that does not.
type meant struct {
	query string // empty: none is near
	roles int    // how many it finds
}

// nearest mends the words of a query that match nothing on their own, with the
// names of searchable.
func nearest(names []string, hay []haystack, query string) meant {
	words := strings.Fields(query)
	for i, word := range words {
		if len(search(hay, word)) > 0 {
			continue
		}
		near := profiles.Nearest(word, names, 1)
		if len(near) == 0 {
			return meant{}
		}
		words[i] = near[0]
	}
	m := meant{query: strings.Join(words, " ")}
	if m.roles = len(search(hay, m.query)); m.roles == 0 || m.query == query {
		return meant{}
	}
	return m
}

// searchable is the words that names are made of and the names themselves, each
// once: what somebody may have meant. Words come first, and so win where both are
// equally near.
func searchable(rows []Row) []string {
	seen := map[string]bool{}
	var names []string
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, row := range rows {
		for _, name := range []string{inert(row.Role.Label()), inert(row.Role.Name), inert(row.Role.Alias)} {
			for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_/.:@+ ", r) }) {
				add(word)
			}
		}
	}
	for _, row := range rows {
		add(inert(row.Role.Label()))
	}
	return names
}
