//go:build unix

package cmd_test

import (
	"cameo/internal/shell"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
)

const completedConfig = `
[profile dave]
region = us-east-1
[profile team:admin@prod]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = dave
cameo_env = prod
[profile team:audit]
role_arn = arn:aws:iam::123456789012:role/deep/Audit
source_profile = dave
cameo_alias = audit
[profile "two words"]
role_arn = arn:aws:iam::123456789012:role/Two
source_profile = dave
[profile "it's"]
role_arn = arn:aws:iam::123456789012:role/Quote
source_profile = dave
`

// completer is a user with the roles of completedConfig and no network: whatever
// asked AWS or wrote a cache would leave a trace or fail.
type completer struct {
	dir     string
	environ []string
}

func newCompleter(t *testing.T) completer {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "aws-config")
	if err := os.WriteFile(config, []byte(completedConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return completer{dir, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=xterm", "LANG=C.UTF-8", "USER=tester",
		"GORACE=atexit_sleep_ms=0", // the race detector would wait a second at each end
		"AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "none"),
		"AWS_ENDPOINT_URL=http://127.0.0.1:1", "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
	}}
}

func (c completer) cameo(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	out, err := c.program("cameo", args...).Output()
	return string(out), exitCode(err)
}

func (c completer) program(name string, args ...string) *exec.Cmd {
	program := exec.Command(name, args...)
	program.Env, program.Dir = c.environ, c.dir
	return program
}

func TestCompletionOffers(t *testing.T) {
	c := newCompleter(t)
	roles := []string{
		"team:admin@prod\t[PROD] 123456789012/Admin", "team:audit\t123456789012/Audit", "audit\t123456789012/Audit",
		"two words\t123456789012/Two", "it's\t123456789012/Quote",
	}
	const noFiles, files = ":4", ":0"
	for _, test := range []struct {
		name string
		typed,
		want []string
	}{
		{"switch: roles and aliases", []string{"switch", ""}, append(slices.Clone(roles), noFiles)},
		{"exec: profiles without a role as well", []string{"exec", ""}, append(slices.Clone(roles), "dave", noFiles)},
		{"export: the same", []string{"export", ""}, append(slices.Clone(roles), "dave", noFiles)},
		{"credential-process: the same", []string{"credential-process", ""}, append(slices.Clone(roles), "dave", noFiles)},
		{"explain: the same", []string{"explain", ""}, append(slices.Clone(roles), "dave", noFiles)},
		{"profiles: no files", []string{"profiles", ""}, []string{noFiles}},
		{"add: a file", []string{"add", ""}, []string{files}},
		{"no second role", []string{"switch", "team:audit", ""}, []string{noFiles}},
		{"exec: the command is the shell's to complete", []string{"exec", "team:audit", "--", ""}, []string{files}},
		{"init: shells", []string{"init", ""}, append(shell.Names(), noFiles)},
		{"--source: every profile", []string{"switch", "--source", ""}, []string{"dave", "team:admin@prod", "team:audit", "two words", "it's", noFiles}},
		{"a flag, in words", []string{"export", "--form"}, []string{"--format\tenv, env-no-export, process, powershell, windows-cmd, fish, nushell, dotenv, credentials", noFiles}},
		{"--config, without the marks of its placeholder", []string{"--conf"}, []string{"--config\tread FILE in place of config.toml", noFiles}},
		{"add --env", []string{"add", "--env", ""}, []string{"prod", "staging", "dev", "sandbox", noFiles}},
		{"add --source-profile: every profile", []string{"add", "--source-profile", "team"}, []string{"team:admin@prod", "team:audit", noFiles}},
		{"--color", []string{"--color", ""}, []string{"auto", "always", "never", noFiles}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, code := c.cameo(t, append([]string{"__complete"}, test.typed...)...)
			got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if code != 0 || !slices.Equal(got, test.want) {
				t.Errorf("exit %d: %q, not %q", code, got, test.want)
			}
		})
	}
	t.Run("bare: verbs and roles, nothing hidden", func(t *testing.T) {
		out, _ := c.cameo(t, "__complete", "")
		for _, want := range append([]string{"switch\t", "exec\t"}, roles...) {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in %q", want, out)
			}
		}
		if strings.Contains(out, "completion") || strings.Contains(out, "man\t") {
			t.Errorf("hidden verbs in %q", out)
		}
	})
	if _, err := os.Stat(filepath.Join(c.dir, "cache")); err == nil {
		t.Error("completion wrote to the cache")
	}
}

func TestCompletionLeavesOutNamesThatAreNoText(t *testing.T) {
	c := newCompleter(t)
	hostile := "[profile esc\x1b[31m]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = dave\n" +
		"[profile plain]\nrole_arn = arn:aws:iam::123456789012:role/X\nsource_profile = dave\ncameo_alias = a\x1bb\n"
	if err := os.WriteFile(filepath.Join(c.dir, "aws-config"), []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := c.cameo(t, "__complete", "switch", "")
	if strings.Contains(out, "\x1b") || !strings.HasPrefix(out, "plain\t") {
		t.Errorf("%q", out)
	}
}

func TestCompletionWithoutReadableFilesIsEmpty(t *testing.T) {
	c := newCompleter(t)
	if err := os.WriteFile(filepath.Join(c.dir, "aws-config"), []byte("[profile"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := c.cameo(t, "__complete", "switch", ""); code != 0 || out != ":4\n" {
		t.Errorf("exit %d: %q", code, out)
	}
}

func TestCompletionKnowsFourShells(t *testing.T) {
	c := newCompleter(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, code := c.cameo(t, "completion", shell); code != 0 || !strings.Contains(out, "__complete") {
			t.Errorf("%s: exit %d, %d bytes", shell, code, len(out))
		}
	}
	if out, code := c.cameo(t, "completion", "tcsh"); code != 2 || out != "" {
		t.Errorf("tcsh: exit %d: %q", code, out)
	}
	if help, _ := c.cameo(t, "--help"); strings.Contains(help, "completion") {
		t.Error("the short help shows completion")
	}
}

// completingShell is a way to start an interactive shell that completes cameo.
type completingShell struct{ name, program, flags, load string }

func completingShells() []completingShell {
	const integrated = `eval "$(cameo init %s)"; `
	bash := `eval "$(cameo completion bash)"`
	zsh := `autoload -Uz compinit && compinit -u -D; source <(cameo completion zsh)`
	fish := `cameo completion fish | source`
	return []completingShell{
		{"bash alone", "bash", "--norc", bash},
		{"bash with the function", "bash", "--norc", fmt.Sprintf(integrated, "bash") + bash},
		{"bash with bash-completion", "bash", "--norc", ". /usr/share/bash-completion/bash_completion; " + bash},
		{"zsh", "zsh", "-f", zsh},
		{"zsh as a package installs it", "zsh", "-f", "mkdir -p f; cameo completion zsh >f/_cameo; fpath=($PWD/f $fpath); autoload -Uz compinit && compinit -u -D"},
		{"zsh with the function", "zsh", "-f", fmt.Sprintf(integrated, "zsh") + zsh},
		{"fish", "fish", "--no-config", fish},
		{"fish with the function", "fish", "--no-config", "cameo init fish | source; " + fish},
	}
}

func (s completingShell) inEach(t *testing.T, c completer, do func(t *testing.T, at *prompt)) {
	t.Run(s.name, func(t *testing.T) {
		if _, err := exec.LookPath(s.program); err != nil {
			t.Skipf("%s is not installed", s.program)
		}
		if path := regexp.MustCompile(`^\. (/\S+);`).FindStringSubmatch(s.load); path != nil {
			if _, err := os.Stat(path[1]); err != nil {
				t.Skip("bash-completion is not installed")
			}
		}
		at := newPrompt(t, c, s)
		at.enter(s.load+"; echo load''ed", "loaded\r")
		do(t, at)
	})
}

// prompt is an interactive shell on a terminal.
type prompt struct {
	t     *testing.T
	tty   *os.File
	shown *output
}

func newPrompt(t *testing.T, c completer, s completingShell) *prompt {
	t.Helper()
	shell := c.program(s.program, s.flags, "-i")
	shell.Env = append(shell.Env, "PS1=> ", "fish_greeting=")
	tty, err := pty.StartWithSize(shell, &pty.Winsize{Rows: 30, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	shown := watch(tty)
	t.Cleanup(func() {
		_ = shell.Process.Kill()
		_ = shell.Wait()
		_ = tty.Close()
		shown.end()
	})
	return &prompt{t, tty, shown}
}

// enter types keys and a line end, and waits for text.
func (p *prompt) enter(keys, text string) {
	p.t.Helper()
	if _, err := p.tty.WriteString(keys + "\r"); err != nil {
		p.t.Fatal(err)
	}
	if !p.shown.wait(text) {
		p.t.Fatalf("after %q no %q in %q", keys, text, p.shown.all())
	}
}

// atStart is Ctrl-A and a command that shows the words of the line it stands
// before, so that what Tab made of the line is seen as the shell reads it.
const atStart = "\x01printf '[%s]' "

func TestRealShellsCompleteNamesOfRoles(t *testing.T) {
	c := newCompleter(t)
	for _, s := range completingShells() {
		s.inEach(t, c, func(t *testing.T, at *prompt) {
			for _, test := range []struct{ typed, want string }{
				{"cameo switch team:ad\t", "[cameo][switch][team:admin@prod]"},
				{"cameo export team:admin@p\t", "[cameo][export][team:admin@prod]"},
				{"cameo --color=always exec te\tu\t", "[cameo][--color=always][exec][team:audit]"},
				{"cameo credential-process two\t", "[cameo][credential-process][two words]"},
				{"cameo export it\t", "[cameo][export][it's]"},
				{"cameo aud\t", "[cameo][audit]"},
				{"cameo sw\t", "[cameo][switch]"},
				{"cameo export audit --format nus\t", "[cameo][export][audit][--format][nushell]"},
			} {
				at.enter(test.typed+atStart, test.want)
			}
		})
	}
}

func TestCompletionRunsNothingOfTheLine(t *testing.T) {
	for _, s := range completingShells() {
		c := newCompleter(t)
		s.inEach(t, c, func(t *testing.T, at *prompt) {
			for _, typed := range []string{
				"cameo exec audit -- echo $(touch ran) te\t",
				"cameo exec audit -- echo '; touch ran; ' te\t",
				"cameo export audit > ran te\t",
				"cameo export --x=$(touch ran)= te\t",
			} {
				at.enter(typed+"\x05\x15echo do''ne", "done\r")
				if _, err := os.Stat(filepath.Join(c.dir, "ran")); err == nil {
					t.Fatalf("%q ran its line", typed)
				}
			}
		})
	}
}

func TestManualPage(t *testing.T) {
	c := newCompleter(t)
	page, code := c.cameo(t, "man")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	for _, want := range []string{
		`.TH CAMEO 1 2026-01-02 "cameo 1.2.3" "User Commands"`, `.SS "cameo export ROLE"`, `.B "\-\-mfa\-code CODE"`, `.SH "EXIT STATUS"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	file := filepath.Join(c.dir, "cameo.1")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, program := range [][]string{
		{"groff", "-ww", "-man", "-Tutf8", file},
		{"mandoc", "-T", "lint", "-W", "warning", file},
		{"mandoc", "-T", "utf8", file},
	} {
		t.Run(strings.Join(program[:3], " "), func(t *testing.T) {
			if _, err := exec.LookPath(program[0]); err != nil {
				t.Skipf("%s is not installed", program[0])
			}
			run := c.program(program[0], program[1:]...)
			var warnings strings.Builder
			run.Stderr = &warnings
			out, err := run.Output()
			if program[2] == "lint" {
				warnings.Write(out)
			} else if !strings.Contains(string(out), "eval \"$(cameo init bash)\"") {
				t.Errorf("a command that the page shows cannot be copied")
			}
			if err != nil || warnings.Len() > 0 {
				t.Errorf("%v: %s", err, warnings.String())
			}
		})
	}
}
