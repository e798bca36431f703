package shell_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/shell"
)

var update = flag.Bool("update", false, "write the golden files")

// goldenAnswers are the answers that show everything a dialect can say.
func goldenAnswers(t *testing.T, d shell.Dialect) string {
	t.Helper()
	home := shell.HomeFrom([]string{"AWS_PROFILE=it's home", "AWS_REGION=", "CAMEO_SHELL=12"})
	set := []shell.Assignment{
		{"AWS_ACCESS_KEY_ID", "ASIA"}, {"AWS_REGION", "a'b$(x)`y \u2018\u2019\r\n\té日\U0001F511\\\""}, {"CAMEO_ROLE", "r"}, {"CAMEO_ENV", ""},
	}
	var b strings.Builder
	section := func(name string) func(string, error) {
		return func(text string, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(name, err)
			}
			b.WriteString("## " + name + "\n" + text + "\n")
		}
	}
	section("switch")(d.Switch(shell.Handover{Set: set, Unset: []string{"AWS_PROFILE"}, Home: home, Stack: `{"s":1}`, Entered: "hello", Left: "you're home"}))
	section("refresh, saying nothing")(d.Switch(shell.Handover{Set: set[:1], Home: home, Leave: shell.Innermost, Stack: "s"}))
	section("clear")(d.Clear(shell.Clearing{Unset: []string{"AWS_PROFILE", "CAMEO_ROLE"}, Message: "gone"}))
	section("exit")(d.Exit(shell.All), nil)
	section("nothing")(d.Nothing(), nil)
	section("refresh, by the function")(d.Refresh("-q", "--config", "it's"))
	return b.String()
}

// These shells are often not there to try a text in, so what was judged by their
// documentation, or in them elsewhere, is kept to the letter.
func TestTheTextsOfPowerShellAndNushellAreThoseThatWereJudged(t *testing.T) {
	for name, file := range map[string]string{"powershell": "powershell.ps1", "nushell": "nushell.nu"} {
		d, err := shell.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := d.Init(shell.Options{Binary: "/opt/it's cameo", Alias: "cm", Bind: "ctrl-g", Prompt: true})
		if err != nil {
			t.Fatal(err)
		}
		for path, got := range map[string]string{"init." + file: text, "answers." + file: goldenAnswers(t, d)} {
			path = filepath.Join("testdata", path)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
	}
}

func TestPowerShellAndNushellRefuseWhatIsNoText(t *testing.T) {
	for _, name := range []string{"powershell", "nushell"} {
		d, _ := shell.Lookup(name)
		home := shell.HomeFrom([]string{"AWS_PROFILE=\xff"})
		var refused *shell.EncodingError
		if _, err := d.Quote("a\xff"); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := d.Switch(shell.Handover{Unset: []string{"AWS_PROFILE"}, Home: home}); !errors.As(err, &refused) || refused.Name != "AWS_PROFILE" || text != "" {
			t.Errorf("%s: %v, and %q", name, err, text)
		}
		if _, err := d.Clear(shell.Clearing{Message: "\xff"}); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPowerShellQuote reads the words back by PowerShell's rules.
func FuzzPowerShellQuote(f *testing.F) {
	for _, value := range awkward() {
		f.Add(value)
	}
	d, _ := shell.Lookup("powershell")
	f.Fuzz(func(t *testing.T, value string) {
		quoted, err := d.Quote(value)
		if err != nil {
			return
		}
		if i := strings.IndexFunc(quoted, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Fatalf("%q has a character that the console could change", quoted)
		}
		if got := readPowerShell(quoted); got != value {
			t.Fatalf("%q became %q, read as %q", value, quoted, got)
		}
	})
}

// FuzzNushellQuote reads the word back by nushell's rules.
func FuzzNushellQuote(f *testing.F) {
	for _, value := range awkward() {
		f.Add(value)
	}
	d, _ := shell.Lookup("nushell")
	f.Fuzz(func(t *testing.T, value string) {
		quoted, err := d.Quote(value)
		if err != nil {
			return
		}
		if got := readNushell(quoted); got != value {
			t.Fatalf("%q became %q, read as %q", value, quoted, got)
		}
	})
}

func TestPowerShellReadsEveryText(t *testing.T) {
	if _, err := exec.LookPath("pwsh"); err != nil {
		t.Skip("pwsh (PowerShell 7) is not installed")
	}
	d, _ := shell.Lookup("powershell")
	script := []string{"$out = [Console]::OpenStandardOutput()", "$utf8 = New-Object Text.UTF8Encoding $false"}
	var want strings.Builder
	for _, value := range awkward() {
		quoted, err := d.Quote(value)
		if err != nil {
			continue
		}
		script = append(script, "$bytes = $utf8.GetBytes("+quoted+" + [char]0)", "$out.Write($bytes, 0, $bytes.Length)")
		want.WriteString(value + "\x00")
	}
	file := filepath.Join(t.TempDir(), "script.ps1")
	if err := os.WriteFile(file, []byte(strings.Join(script, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("pwsh", "-NoProfile", "-NonInteractive", "-File", file).Output()
	if err != nil || string(got) != want.String() {
		t.Errorf("%v: got %.500q, want %.500q", err, got, want.String())
	}
}
