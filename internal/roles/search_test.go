package roles

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func someEntries() []Entry {
	entry := func(profile, account, name string, env Env, alias, tags string) Entry {
		return Entry{Role: Role{Profile: profile, AccountID: account, Name: name, Env: env, Alias: alias, Tags: tags}}
	}
	return []Entry{
		entry("payments-dev", "444455551234", "Admin", Dev, "pd", "team=payments"),
		entry("prod-update", "123456789012", "UpdateApp", Production, "", ""),
		entry("payments-prod", "444455554417", "Admin", Production, "", ""),
		entry("payments-stg", "444455559020", "Deploy", Staging, "", ""),
		entry("analytics-dev", "444455550007", "ReadOnly", Dev, "", "owner=kim"),
		entry("payments-sandbox", "444455557730", "AdminLite", Sandbox, "", ""),
		entry("update", "222233334444", "Audit", Unknown, "", ""),
	}
}

func labels(entries []Entry, found []int) []string {
	var names []string
	for _, i := range found {
		names = append(names, entries[i].Role.Label())
	}
	return names
}

func TestSearch(t *testing.T) {
	entries := someEntries()
	entries[4].Facts.Favourite, entries[0].Facts.Ready = true, true
	x := NewIndex(entries)
	for _, c := range []struct {
		fact, query string
		want        []string
	}{
		{"an empty query finds all, by name", "", []string{"analytics-dev", "payments-dev", "payments-prod", "payments-sandbox", "payments-stg", "prod-update", "update"}},
		{"words are ANDed", "pay adm", []string{"payments-dev", "payments-prod", "payments-sandbox"}},
		{"an account's end finds it", "4417", []string{"payments-prod"}},
		{"an account's start and another's end do", "1234", []string{"payments-dev", "prod-update"}},
		{"an account's middle comes last", "555", []string{"analytics-dev", "payments-dev", "payments-prod", "payments-sandbox", "payments-stg"}},
		{"two digits are on the way to an account", "44", []string{"analytics-dev", "payments-dev", "payments-prod", "payments-sandbox", "payments-stg", "update"}},
		{"they leave nothing out", "update !44", []string{"update", "prod-update"}},
		{"an exact alias comes before a prefix", "pd", []string{"payments-dev", "update", "prod-update", "payments-prod", "payments-sandbox"}},
		{"an exact name comes before a prefix", "update", []string{"update", "prod-update"}},
		{"a prefix comes before a word", "prod", []string{"prod-update", "payments-prod"}},
		{"a capital begins a word", "only", []string{"analytics-dev"}},
		{"case is ignored where none is typed", "readonly", []string{"analytics-dev"}},
		{"a capital is meant", "Admin", []string{"payments-dev", "payments-prod", "payments-sandbox"}},
		{"and finds nothing else", "PAY", nil},
		{"letters in order are enough", "pystg", []string{"payments-stg"}},
		{"a tag is found by its letters", "ownrkim", []string{"analytics-dev"}},
		{"env: goes as far as it is typed", "env:pro", []string{"payments-prod", "prod-update"}},
		{"a field with nothing behind it asks for nothing yet", "update env:", []string{"update", "prod-update"}},
		{"env: knows what stands on the badge", "env:stg", []string{"payments-stg"}},
		{"! leaves out what is there", "pay !prod", []string{"payments-dev", "payments-stg", "payments-sandbox"}},
		{"! does not go by letters", "pay !pd !sbx", []string{"payments-stg", "payments-prod", "payments-sandbox"}},
		{"! of a field", "pay !env:prod !role:lite", []string{"payments-dev", "payments-stg"}},
		{"' is a whole name", "'admin", []string{"payments-dev", "payments-prod"}},
		{"role: looks only there", "role:up", []string{"prod-update"}},
		{"tag: looks only there", "tag:kim", []string{"analytics-dev"}},
		{"id: takes any part", "id:77", []string{"payments-sandbox"}},
		{"is:fav", "is:fav", []string{"analytics-dev"}},
		{"is:ready, half typed", "is:re", []string{"payments-dev"}},
		{"nothing is nothing", "zzz", nil},
	} {
		if diff := cmp.Diff(c.want, labels(entries, x.Search(ParseQuery(c.query), true))); diff != "" {
			t.Errorf("%s: %q (-want +got)\n%s", c.fact, c.query, diff)
		}
	}
	x.SetFacts(3, Facts{Ready: true})
	if diff := cmp.Diff([]string{"payments-dev", "payments-stg"}, labels(entries, x.Search(ParseQuery("is:ready"), true))); diff != "" {
		t.Error(diff)
	}
}

func TestANameWithSpacesCanBeTyped(t *testing.T) {
	entries := []Entry{{Role: Role{Profile: "ops team two"}}, {Role: Role{Profile: "ops team"}}}
	if diff := cmp.Diff([]string{"ops team", "ops team two"}, labels(entries, NewIndex(entries).Search(ParseQuery("ops team"), true))); diff != "" {
		t.Error(diff)
	}
}

// What is entered often comes first among equals, and never before a better match.
func TestFrecencyIsCapped(t *testing.T) {
	entries := someEntries()
	entries[2].Weight, entries[3].Weight = 1, 9
	x := NewIndex(entries)
	for query, want := range map[string][]string{
		"pay":      {"payments-stg", "payments-prod", "payments-dev", "payments-sandbox"},
		"pd":       {"payments-dev", "update", "prod-update", "payments-prod", "payments-sandbox"},
		"payments": {"payments-stg", "payments-prod", "payments-dev", "payments-sandbox"},
	} {
		if diff := cmp.Diff(want, labels(entries, x.Search(ParseQuery(query), true))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", query, diff)
		}
	}
	if diff := cmp.Diff([]string{"payments-dev", "payments-stg", "payments-prod", "payments-sandbox"}, labels(entries, x.Search(ParseQuery("pay"), false))); diff != "" {
		t.Error(diff)
	}
	if bonus(4) != bonus(10) || bonus(0) != 0 {
		t.Error("the bonus has no cap")
	}
}

// One language: what a script finds with a query, a picker finds as well; and equal
// input gives equal order.
func TestSearchFindsWhatMatches(t *testing.T) {
	word := rapid.SampledFrom([]string{"pay", "Pay", "prod", "dev", "admin", "Admin", "4417", "444", "44", "pd", "p", "read", "Only", "team=",
		"env:prod", "env:pro", "env:", "!env:dev", "!env:", "acct:44", "id:7730", "role:admin", "role:", "tag:team", "is:fav", "is:ready", "!is:fav", "!pay", "'admin", "'payments-dev", "'", "!", "!!x", ":", "x:y", "é"})
	rapid.Check(t, func(t *rapid.T) {
		entries := someEntries()
		for i := range entries {
			entries[i].Facts = Facts{Favourite: rapid.Bool().Draw(t, "fav"), Ready: rapid.Bool().Draw(t, "ready")}
		}
		text := strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), " ")
		q, x := ParseQuery(text), NewIndex(entries)
		found := x.Search(q, true)
		for i, e := range entries {
			if q.Matches(e.Role, e.Facts) && !slices.Contains(found, i) {
				t.Errorf("%q matches %s, and is not found", text, e.Role.Label())
			}
		}
		if !slices.Equal(found, NewIndex(entries).Search(q, true)) {
			t.Errorf("%q is answered in two orders", text)
		}
	})
}

func FuzzSearch(f *testing.F) {
	f.Add("payments-prod", "pay 'x !y env:z", "İstanbul\n")
	f.Add("漢字", "é is:", "\x00")
	f.Fuzz(func(t *testing.T, name, query, tags string) {
		q := ParseQuery(query)
		x := NewIndex([]Entry{{Role: Role{Profile: name, Name: tags, AccountID: "444455554417", Tags: tags}}, {Role: Role{Profile: tags, Alias: name}}})
		x.Search(q, true)
		x.Suggest(query)
		if m := q.Marks(name, tags, "444455554417"); len(m.Label) != utf8.RuneCountInString(name) || len(m.Account) != 12 {
			t.Errorf("marks of %q: %v", name, m)
		}
	})
}

func TestSuggest(t *testing.T) {
	x := NewIndex(someEntries())
	for query, want := range map[string]Suggestion{
		"paymnets":     {"payments", 4},
		"paymnets stg": {"payments stg", 1},
		"READONLY":     {"ReadOnly", 1},
		"qqqqqqqq":     {},
		"payments":     {},
	} {
		if got := x.Suggest(query); got != want {
			t.Errorf("%q suggests %+v, want %+v", query, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	shown := func(text string, marks []bool) string {
		var b strings.Builder
		for i, r := range []rune(text) {
			if marks[i] {
				fmt.Fprintf(&b, "(%c)", r)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	for _, c := range [][2]string{
		{"pay adm", "(p)(a)(y)ments-prod (A)(d)(m)in 444455554417"},
		{"44", "payments-prod Admin (4)(4)4455554417"},
		{"17", "payments-prod Admin 4444555544(1)(7)"},
		{"4417", "payments-prod Admin 44445555(4)(4)(1)(7)"},
		{"pystg", "payments-prod Admin 444455554417"},
		{"pprod", "(p)ayments-(p)(r)(o)(d) Admin 444455554417"},
		{"role:mi !pay", "payments-prod Ad(m)(i)n 444455554417"},
		{"id:5555", "payments-prod Admin 4444(5)(5)(5)(5)4417"},
		{"'admin", "payments-prod (A)(d)(m)(i)(n) 444455554417"},
		{"env:prod", "payments-prod Admin 444455554417"},
	} {
		m := ParseQuery(c[0]).Marks("payments-prod", "Admin", "444455554417")
		if got := shown("payments-prod", m.Label) + " " + shown("Admin", m.Role) + " " + shown("444455554417", m.Account); got != c[1] {
			t.Errorf("%q marks %s, want %s", c[0], got, c[1])
		}
	}
}

// manyEntries are n roles as a large organisation has them.
func manyEntries(n int) []Entry {
	teams := []string{"payments", "analytics", "identity", "search", "billing", "catalog", "shipping", "platform", "data-lake", "ml-ops"}
	envs := []Env{Dev, Staging, Production, Sandbox}
	names := []string{"Admin", "ReadOnly", "Deploy", "Developer", "Audit"}
	entries := make([]Entry, n)
	for i := range entries {
		env := envs[i%len(envs)]
		entries[i].Role = Role{Profile: fmt.Sprintf("%s-%04d-%s", teams[i%len(teams)], i, env), AccountID: fmt.Sprintf("%012d", 100000000000+i*7919),
			Name: names[i%len(names)], Env: env, Tags: "team=" + teams[i%len(teams)]}
		if i%100 == 0 {
			entries[i].Weight = float64(i % 7)
		}
	}
	return entries
}

// One key among ten thousand roles is to take 5 ms at most, drawing included.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		x := NewIndex(manyEntries(n))
		for _, query := range []string{"a", "pay", "pay adm", "pyprd", "ae", "4417", "env:prod !audit", "paymetns"} {
			q := ParseQuery(query)
			b.Run(fmt.Sprintf("%d/%s", n, query), func(b *testing.B) {
				for b.Loop() {
					x.Search(q, true)
				}
			})
		}
	}
}

func BenchmarkNewIndex(b *testing.B) {
	entries := manyEntries(10_000)
	for b.Loop() {
		NewIndex(entries)
	}
}

func BenchmarkSuggest(b *testing.B) {
	x := NewIndex(manyEntries(10_000))
	for b.Loop() {
		x.Suggest("paymetns")
	}
}
