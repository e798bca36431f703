package profiles

import (
	"slices"
	"testing"
)

func TestSplitCommandReadsQuotesAsPythonDoes(t *testing.T) {
	for text, want := range map[string][]string{
		``:                   nil,
		`  a  b `:            {"a", "b"},
		`a 'b c' "d e"`:      {"a", "b c", "d e"},
		`a b\ c`:             {"a", "b c"},
		`"a\"b" "c\d" 'e\f'`: {`a"b`, `c\d`, `e\f`},
		`C:\tool ''`:         {`C:tool`, ""},
		`a"b"'c'`:            {"abc"},
		`open "never closed`: {"open", "never closed"},
	} {
		if got := SplitCommand(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
