//go:build unix

package shell_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

func TestEveryValueSurvivesTheRealShell(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		generated := rapid.SliceOfN(rapid.Map(rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("'\\\"$`!\n\r -~*")))),
			func(b []byte) string { return strings.ReplaceAll(string(b), "\x00", "") }), 300, 300).Example(1)
		checkRoundTrip(t, k, append(awkward(), generated...))
	})
}

func checkRoundTrip(t *testing.T, k shellKind, values []string) {
	t.Helper()
	dir := t.TempDir()
	var script, want bytes.Buffer
	for _, value := range values {
		script.WriteString("builtin printf '%s\\0' " + k.quote(value) + "\n")
		want.WriteString(value + "\x00")
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, script.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"C.UTF-8", "C"} {
		cmd := exec.Command(k.name, append(k.flags, file)...)
		cmd.Dir, cmd.Env = dir, []string{"LC_ALL=" + locale, "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
		got, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		answers := strings.Split(string(got), "\x00")
		for i, value := range values {
			if i >= len(answers) || answers[i] != value {
				t.Fatalf("%s: value %d %.80q came back as %.80q", locale, i, value, answers[min(i, len(answers)-1)])
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "canary")); err == nil {
		t.Error("a value was run as a command")
	}
}

func TestNULIsRefused(t *testing.T) {
	for _, name := range shell.Names() {
		d, err := shell.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Quote("a\x00b")
		var refused *shell.NULError
		if !errors.As(err, &refused) {
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
