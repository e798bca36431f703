package roles

import (
	"cmp"
	"slices"
	"strings"

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

// NewIndex makes the index of entries. Searching it answers with their positions.
func NewIndex(entries []Entry) *Index {
	x := &Index{cards: make([]card, len(entries))}
	for i, e := range entries {
		x.cards[i] = newCard(e)
	}
	x.byName = x.sorted()
	return x
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
