package shell_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"cameo/internal/shell"
)

// awkward are the values that shells get wrong.
func awkward() []string {
	all := make([]byte, 0, 255)
	for b := 1; b < 256; b++ {
		all = append(all, byte(b))
	}
	return []string{
		"", " ", "a b", "\n", "\na", "a\n", "a\n\n", "\r", "a\r\nb", "\t", "'", "''", "'''", "a'b", `"`, `\`, `\\`, `\'`, `'\`, `a\`, `\n`,
		"$(touch canary)", "`touch canary`", "$HOME", "${HOME}", "!", "!!", "!$", "*", "?", "[a]", "{a,b}", "~", "~root", "-", "-n", "-e", "--", "-rf",
		";touch canary", "a;b", "a&b", "|", "<x", ">x", "#", "a #b", "=ls", "%s", "%1", "^", "(a)", "a=b", "x'$(touch canary)'y",
		"café", "日本語", "\u2028", "\ufdd0", "\uf600", "\uf6ff", "\xff", "\xc3", "a\xc3'b", "\xed\xa0\x80", "\x01", "\x7f", "\x1b[31m", string(all),
		strings.Repeat("long 'value' \\ \n", 4096),
	}
}

func TestNULIsRefused(t *testing.T) {
	for _, name := range shell.Names() {
		d, err := shell.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Quote("a\x00b")
		if _, ok := errors.AsType[*shell.NULError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzQuote reads the quoted words back by the rules of single quotes.
func FuzzQuote(f *testing.F) {
	for _, value := range awkward() {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, name := range []string{"bash", "zsh", "fish"} {
			d, _ := shell.Lookup(name)
			quoted, err := d.Quote(value)
			if (err != nil) != strings.Contains(value, "\x00") {
				t.Fatalf("%s: %v", name, err)
			}
			if err == nil && unquote(quoted, name == "fish") != value {
				t.Fatalf("%s: %q became %q", name, value, quoted)
			}
		}
	})
}

func unquote(word string, escapesInside bool) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(word); i++ {
		escape := word[i] == '\\' && i+1 < len(word)
		switch {
		case escape && !inside, escape && escapesInside && strings.IndexByte(`\'`, word[i+1]) >= 0:
			i++
			b.WriteByte(word[i])
		case word[i] == '\'':
			inside = !inside
		case !inside:
			return "not quoted: " + word[i:]
		default:
			b.WriteByte(word[i])
		}
	}
	return b.String()
}

// readPowerShell reads a quoted string, or (-join @(...)) of strings and characters.
func readPowerShell(text string) string {
	var units []uint16
	rest, list := strings.CutPrefix(text, "(-join @(")
	for rest != "" {
		if number, found := strings.CutPrefix(rest, "[char]"); found {
			end := strings.IndexAny(number, ",)")
			unit, err := strconv.ParseUint(number[:end], 10, 16)
			if err != nil {
				return err.Error()
			}
			units, rest = append(units, uint16(unit)), number[end:]
		} else if rest[0] == '\'' {
			var value strings.Builder
			i := 1
			for ; rest[i] != '\'' || strings.HasPrefix(rest[i:], "''"); i++ {
				if rest[i] == '\'' {
					i++
				}
				value.WriteByte(rest[i])
			}
			units, rest = append(units, utf16.Encode([]rune(value.String()))...), rest[i+1:]
		} else {
			return "not quoted: " + rest
		}
		switch {
		case list && rest == "))", !list && rest == "":
			return string(utf16.Decode(units))
		case list && rest[0] == ',':
			rest = rest[1:]
		default:
			return "not separated: " + rest
		}
	}
	return "not ended"
}

func readNushell(text string) string {
	var b strings.Builder
	for i := 1; i < len(text)-1; i++ {
		switch {
		case text[i] == '"':
			return "ended early"
		case text[i] != '\\':
			b.WriteByte(text[i])
		case text[i+1] == 'u':
			var r rune
			if _, err := fmt.Sscanf(text[i:], `\u{%x}`, &r); err != nil {
				return err.Error()
			}
			b.WriteRune(r)
			i += strings.IndexByte(text[i:], '}')
		default:
			i++
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
