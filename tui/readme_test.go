package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The README's table of keys is made from the bindings that the list and its help
// have; -update writes it anew.
func TestReadmeKeys(t *testing.T) {
	w := newWorld(t).inRole("payments-stg", time.Hour)
	w.overview.Problems = someProblems()
	s := newListScreen(w.overview, "", byUse)
	var table strings.Builder
	table.WriteString("| key | in the list |\n| --- | --- |\n")
	for _, b := range append(s.keys().all(), newGlobalKeys(true).all()...) {
		fmt.Fprintf(&table, "| `%s` | %s |\n", b.Help().Key, b.Help().Desc)
	}
	const begin, end = "<!-- the keys of the list -->\n", "\n<!-- end of the keys -->"
	path := filepath.Join("..", "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	before, rest, found := strings.Cut(text, begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the keys", path)
	}
	want := strings.TrimSuffix(table.String(), "\n")
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != want {
		t.Errorf("the keys of %s are\n%s\nand should be (-update writes them)\n%s", path, old, want)
	}
}
