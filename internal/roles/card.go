package roles

import (
	"slices"
	"strings"
)

// card is one role of an index.
type card struct {
	typed, folded string // the fields, each between line feeds; folded in lower case
	named         int    // where the fields end that name the role alone
	called        int    // where all its names end
	id            string
	env           Env
	facts         Facts
	bonus         int
	letters       uint64 // that folded has
}

func newCard(e Entry) card {
	r := e.Role
	var text strings.Builder
	text.WriteByte('\n')
	add := func(field string) {
		if field != "" {
			text.WriteString(strings.ReplaceAll(field, "\n", " "))
			text.WriteByte('\n')
		}
	}
	add(r.Label())
	add(r.Alias)
	if r.Profile != "" {
		add(r.Called)
	}
	named := text.Len()
	add(r.Name)
	add(r.Account)
	called := text.Len()
	add(r.Tags)
	add(string(r.Env))
	c := card{typed: text.String(), named: named, called: called, id: r.AccountID, env: r.Env, facts: e.Facts, bonus: bonus(e.Weight)}
	c.folded = strings.ToLower(c.typed)
	if len(c.folded) != len(c.typed) { // letters whose lower case is longer: no capitals then
		c.typed = c.folded
		c.named = len(strings.ToLower(text.String()[:named]))
		c.called = len(strings.ToLower(text.String()[:called]))
	}
	c.letters = lettersOf(c.folded)
	return c
}

// bonus is what a role's frecency adds to its score: as much as a few letters in
// the right place, and never more, so that a role entered every day does not hide
// what fits much better.
func bonus(weight float64) int { return int(8 * min(weight, 4)) }

// lettersOf is a set of the bytes of text, some bytes sharing an element.
func lettersOf(text string) uint64 {
	var set uint64
	for i := range len(text) {
		set |= 1 << (text[i] & 63)
	}
	return set
}

// The tiers of a match, best first. A role is as good as the worst of its words.
const (
	tierExact  = iota // an alias, the role's own name in lists, or an account ID
	tierPrefix        // a name begins so, or an account ID begins or ends so
	tierWord          // a word of a name begins so
	tierInside
	tierFuzzy // the letters are there, in this order
	noMatch
)

// candidates adds the fields of c that have the letters of t in their order.
func (c *card) candidates(to []rest, t term, of int) []rest {
	text := c.folded
	if t.cased {
		text = c.typed
	}
	for at := 1; at < len(text); {
		end := at + strings.IndexByte(text[at:], '\n')
		if isSubsequence(t.text, text[at:end]) {
			to = append(to, rest{c.typed[at:end], of})
		}
		at = end + 1
	}
	return to
}

// isSubsequence reports whether text has the characters of word in their order.
func isSubsequence(word, text string) bool {
	for _, r := range word {
		at := strings.IndexRune(text, r)
		if at < 0 {
			return false
		}
		text = text[at+1:]
	}
	return true
}

// match says how well a term fits as it is; the score is higher where less is left
// over.
func (c *card) match(t term) (tier, score int) {
	yes := func(fits bool) (int, int) {
		if fits {
			return tierExact, 0
		}
		return noMatch, 0
	}
	switch t.field {
	case "env":
		return yes(t.completes(string(c.env)))
	case "is":
		return yes(c.facts.Favourite && t.completes("fav", "favourite", "favorite") || c.facts.Ready && t.completes("ready"))
	case "id", "acct":
		return c.matchID(t)
	case "role":
		return c.matchText(t, c.named, c.called)
	case "tag":
		return c.matchText(t, c.called, len(c.folded))
	}
	tier, score = c.matchText(t, 1, len(c.folded))
	if tier == tierExact || !t.exact && !digits(t.text) {
		return tier, score
	}
	byID, of := c.matchID(t)
	if len(t.text) < accountPart && byID < noMatch && !t.exact { // on the way to a part of an ID
		byID = tierInside
		if t.not {
			byID = noMatch
		}
	}
	if byID < tier {
		return byID, of
	}
	return tier, score
}

// completes reports whether the term is one of words, or on the way to one. What is
// left out goes by whole words only.
func (t term) completes(words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		return word == t.text || !t.not && strings.HasPrefix(word, t.text)
	})
}

func (c *card) matchID(t term) (tier, score int) {
	switch {
	case t.text == c.id:
		return tierExact, 0
	case t.exact:
		return noMatch, 0
	case strings.HasPrefix(c.id, t.text), strings.HasSuffix(c.id, t.text):
		return tierPrefix, 0
	case strings.Contains(c.id, t.text):
		return tierInside, 0
	}
	return noMatch, 0
}

// matchText looks for the term in the fields between from and to.
func (c *card) matchText(t term, from, to int) (tier, score int) {
	text := c.folded
	if t.cased {
		text = c.typed
	}
	tier = noMatch
	for at := from; ; at++ {
		next := strings.Index(text[at:to], t.text)
		if next < 0 {
			return tier, score
		}
		at += next
		end := at + len(t.text)
		starts, ends := text[at-1] == '\n', text[end] == '\n'
		if t.exact && (!starts || !ends) {
			continue
		}
		found := tierInside
		switch {
		case starts && ends && at < c.named:
			return tierExact, 0
		case starts && at < c.called:
			found = tierPrefix
		case c.beginsWord(at):
			found = tierWord
		}
		if found < tier {
			tier = found
			score = len(t.text) - c.fieldLength(at)
		}
	}
}

// fieldLength is the length of the field around at.
func (c *card) fieldLength(at int) int {
	return at + strings.IndexByte(c.folded[at:], '\n') - strings.LastIndexByte(c.folded[:at], '\n') - 1
}

// beginsWord reports whether a word begins at a byte of the text: behind what is no
// letter and no digit, or with a capital behind a small letter, as in ReadOnly.
func (c *card) beginsWord(at int) bool {
	before, first := c.typed[at-1], c.typed[at]
	alnum := before >= 0x80 || before >= 'a' && before <= 'z' || before >= 'A' && before <= 'Z' || before >= '0' && before <= '9'
	return !alnum || before >= 'a' && before <= 'z' && first >= 'A' && first <= 'Z'
}
