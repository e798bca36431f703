package roles

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/sahilm/fuzzy"

	"cameo/profiles"
)

// Entry is a role as an [Index] knows it.
type Entry struct {
	Role  Role
	Facts Facts
	// Weight is the frecency of the role, see [Visit.Frecency]; 0: it was never
	// entered.
	Weight float64
}

// Index is roles made ready to be searched while somebody types: make it once with
// [NewIndex], and search it at every key. It is not safe for concurrent use.
type Index struct {
	cards  []card
	byName []int    // positions of cards
	names  []string // see meant; nil until asked for
}

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

// NewIndex makes the index of entries. Searching it answers with their positions.
func NewIndex(entries []Entry) *Index {
	x := &Index{cards: make([]card, len(entries))}
	for i, e := range entries {
		x.cards[i] = newCard(e)
	}
	x.byName = x.sorted()
	return x
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

// SetFacts notes what has been found out about the entry at position i.
func (x *Index) SetFacts(i int, f Facts) { x.cards[i].facts = f }

// ByName is the positions of all entries in the order of their names. It is not to
// be changed.
func (x *Index) ByName() []int { return x.byName }

func (x *Index) sorted() []int {
	all := make([]int, len(x.cards))
	for i := range all {
		all[i] = i
	}
	slices.SortFunc(all, func(a, b int) int {
		return cmp.Or(strings.Compare(x.cards[a].folded, x.cards[b].folded), strings.Compare(x.cards[a].id, x.cards[b].id), cmp.Compare(a, b))
	})
	return all
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

// hit is an entry that matches so far.
type hit struct{ place, tier, score int } // place is in Index.byName

// order is smaller for what comes first. Sorting ten thousand numbers is many times
// faster than sorting by a function.
func (h hit) order() uint64 {
	const most = 1<<23 - 1
	return uint64(h.tier)<<56 | uint64(most-max(min(h.score, most), -most))<<32 | uint64(h.place)
}

// Search is the positions of the entries that match every word of the query, best
// first: an exact alias, name or account ID, then what begins so, then words that
// do, then the rest; among equals by how well the letters fit and, with frecency,
// by how often and how recently the role was entered; then by name. What q.Matches
// finds is always among them.
func (x *Index) Search(q Query, frecency bool) []int {
	hits := make([]hit, len(x.cards))
	for place, i := range x.byName {
		hits[place].place = place
		if frecency {
			hits[place].score = x.cards[i].bonus
		}
	}
	for _, t := range q.terms {
		hits = x.narrow(hits, t)
	}
	if whole := q.plain(); whole != "" {
		for i, h := range hits {
			if strings.HasPrefix(x.card(h).folded[1:], whole) {
				hits[i].tier = tierExact
			}
		}
	}
	orders := make([]uint64, len(hits))
	for i, h := range hits {
		orders[i] = h.order()
	}
	slices.Sort(orders)
	found := make([]int, len(hits))
	for i, order := range orders {
		found[i] = x.byName[uint32(order)]
	}
	return found
}

func (x *Index) card(h hit) *card { return &x.cards[x.byName[h.place]] }

// plain is the whole query with the line feed that ends a field, where it is two
// bare words or more: names can have spaces.
func (q Query) plain() string {
	if len(q.terms) < 2 {
		return ""
	}
	var words []string
	for _, t := range q.terms {
		if t.field != "" || t.not || t.exact {
			return ""
		}
		words = append(words, strings.ToLower(t.text))
	}
	return strings.Join(words, " ") + "\n"
}

// narrow keeps the hits that t fits as well. The fuzzy matches are scored together
// at the end: that is many times faster than one by one.
func (x *Index) narrow(hits []hit, t term) []hit {
	if t.text == "" { // a field, and nothing behind it yet
		return hits
	}
	kept := hits[:0]
	letters := lettersOf(strings.ToLower(t.text))
	var unsure []hit      // has the letters
	var candidates []rest // their fields
	for _, h := range hits {
		c := x.card(h)
		tier, score := c.match(t)
		switch {
		case t.not:
			if tier == noMatch {
				kept = append(kept, h)
			}
		case tier != noMatch:
			kept = append(kept, hit{h.place, max(h.tier, tier), h.score + score})
		case t.field == "" && !t.exact && letters&^c.letters == 0:
			candidates = c.candidates(candidates, t, len(unsure))
			unsure = append(unsure, h)
		}
	}
	if len(candidates) == 0 {
		return kept
	}
	best := make([]int, len(unsure))
	for i := range best {
		best[i] = -1 << 30
	}
	for _, m := range fuzzy.FindFromNoSort(t.text, rests(candidates)) {
		of := candidates[m.Index].of
		best[of] = max(best[of], m.Score)
	}
	for i, h := range unsure {
		if best[i] > -1<<30 {
			kept = append(kept, hit{h.place, tierFuzzy, h.score + best[i]})
		}
	}
	return kept
}

// rest is a field that may match by its letters, and whose it is.
type rest struct {
	text string
	of   int
}

type rests []rest

func (r rests) String(i int) string { return r[i].text }
func (r rests) Len() int            { return len(r) }

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

// Suggestion is a query that finds something, in place of one that does not.
type Suggestion struct {
	Query string // empty: none is near
	Roles int    // how many it finds
}

// Suggest mends the words of a query that match nothing on their own, with the
// words of the names that there are.
func (x *Index) Suggest(query string) Suggestion {
	words := strings.Fields(query)
	for i, word := range words {
		if len(x.Search(ParseQuery(word), false)) > 0 {
			continue
		}
		near := profiles.Nearest(word, x.meant(), 1)
		if len(near) == 0 {
			return Suggestion{}
		}
		words[i] = near[0]
	}
	s := Suggestion{Query: strings.Join(words, " ")}
	if s.Roles = len(x.Search(ParseQuery(s.Query), false)); s.Roles == 0 || s.Query == query {
		return Suggestion{}
	}
	return s
}

// meant is the words that names are made of and the names themselves, each once.
// Words come first, and so win where both are equally near.
func (x *Index) meant() []string {
	if x.names != nil {
		return x.names
	}
	seen := map[string]bool{}
	x.names = []string{}
	add := func(name string) {
		if name = profiles.Inert(name); name != "" && !seen[name] {
			seen[name] = true
			x.names = append(x.names, name)
		}
	}
	for _, c := range x.cards {
		for word := range strings.FieldsFuncSeq(c.typed[:c.called], separatesWords) {
			add(word)
		}
	}
	for _, c := range x.cards {
		name, _, _ := strings.Cut(c.typed[1:], "\n")
		add(name)
	}
	return x.names
}

func separatesWords(r rune) bool { return r == '\n' || separates(r) }

// Marks is which characters of a role's texts a query matched, to be underlined:
// one claim for each rune.
type Marks struct{ Label, Role, Account []bool }

// Marks finds them in the texts as they are shown.
func (q Query) Marks(label, role, account string) Marks {
	m := Marks{make([]bool, len([]rune(label))), make([]bool, len([]rune(role))), make([]bool, len(account))}
	for _, t := range q.terms {
		if t.not || t.text == "" {
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
