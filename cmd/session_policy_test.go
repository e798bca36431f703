package cmd

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// What AWS does not take is written otherwise, and means the same.
func FuzzEscaped(f *testing.F) {
	for _, seed := range []string{"plain", "größer", "日本", "\U0001F600", "\u2028", "a\"b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		plain, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		short := escaped(string(plain))
		for _, c := range short {
			if c > 0xff {
				t.Fatalf("%q is in %q", c, short)
			}
		}
		var back string
		if err := json.Unmarshal([]byte(short), &back); err != nil || back != text {
			t.Fatalf("%q became %q, %v", text, back, err)
		}
	})
}
