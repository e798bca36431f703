package tui

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/roles"
)

func TestSearch(t *testing.T) {
	rows := newWorld(t).overview.Rows
	hay := make([]haystack, len(rows))
	for i, row := range rows {
		hay[i] = newHaystack(row)
	}
	for _, c := range []struct {
		fact, query string
		want        []string
	}{
		{"words are ANDed", "pay adm", []string{"payments-dev", "payments-prod", "payments-sandbox"}},
		{"an account's end finds it", "4417", []string{"payments-prod"}},
		{"an account's start and another's end do", "1234", []string{"payments-dev", "prod-update"}},
		{"two digits are no account", "44", nil},
		{"exact comes before prefix", "pd", []string{"payments-dev", "prod-update", "payments-sandbox", "payments-prod"}},
		{"a prefix comes before the inside", "prod", []string{"prod-update", "payments-prod"}},
		{"case is ignored", "READONLY", []string{"analytics-dev"}},
		{"letters in order are enough", "pystg", []string{"payments-stg"}},
		{"nothing is nothing", "zzz", nil},
	} {
		var got []string
		for _, i := range search(hay, c.query) {
			got = append(got, rows[i].Role.Profile)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got)\n%s", c.fact, c.query, diff)
		}
	}
}

func TestAnEmptyQueryKeepsTheOrder(t *testing.T) {
	hay := make([]haystack, 100)
	for i, at := range search(hay, "  ") {
		if i != at {
			t.Fatalf("row %d stands at %d", at, i)
		}
	}
}

func BenchmarkSearch10000(b *testing.B) {
	hay := make([]haystack, 10000)
	for i := range hay {
		hay[i] = newHaystack(Row{Role: roles.Role{Profile: fmt.Sprintf("team%d-service%d-dev", i%97, i), Name: "Administrator", AccountID: fmt.Sprintf("%012d", i*7919)}})
	}
	for _, query := range []string{"a", "team1", "srv9 adm"} {
		b.Run(query, func(b *testing.B) {
			for range b.N {
				search(hay, query)
			}
		})
	}
}
