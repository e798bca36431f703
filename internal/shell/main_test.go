//go:build unix

package shell_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cameo/internal/shell"
)

// The test binary is also the program that the function calls: under the name
// cameo it answers with what this package writes.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "cameo" {
		os.Exit(fakeProgram())
	}
	os.Exit(m.Run())
}

// The roles that the program knows; the last three never give a good answer.
const (
	roleKey = "ASIA-CANARY-ROLE-KEY"
	secret  = "CANARY'role\\secret$(touch canary)`touch canary`!"
)

func fakeProgram() int {
	call := shell.ReadCall(os.Environ())
	note, _ := json.Marshal(map[string]any{"args": os.Args[1:], "call": call})
	if err := os.WriteFile(os.Getenv("FAKE_LOG"), note, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	if len(os.Args) < 3 || os.Args[1] != "--emit" {
		fmt.Println("plain", strings.Join(os.Args[1:], " "))
		return 42
	}
	dialect, err := shell.Lookup(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	text, code := answer(dialect, call, os.Args[3:])
	os.Stdout.WriteString(text)
	return code
}

func answer(d shell.Dialect, call shell.Call, args []string) (string, int) {
	last := ""
	if len(args) > 0 {
		last = args[len(args)-1]
	}
	full := roleText(d, call, last, slices.Contains(args, "--chain"))
	switch last {
	case "fails":
		return full, 5
	case "misused":
		return "", 2
	case "dies":
		os.Stdout.WriteString(full[:len(full)/2])
		makeRaw()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case "crashes":
		os.Stdout.WriteString(d.TakesTerminal())
		makeRaw()
		go panic("in a goroutine that nobody watches")
		time.Sleep(time.Minute)
	case "waits", "gives-up":
		return waitForInterrupt(last == "gives-up"), 130
	case "refreshes":
		return must(d.Refresh("--config", "it's here")), 0
	case "refreshes-slowly":
		return must(d.Refresh("--config", "slowly")), 0
	case "refresh":
		if slices.Contains(args, "slowly") {
			return waitForInterrupt(true), 130
		}
	case "asks":
		return d.TakesTerminal() + full, 0
	case "cut":
		return strings.Replace(full, shell.Trailer, "", 1), 0
	case "nothing":
		return d.Nothing(), 0
	case "home":
		return d.Exit(shell.All), 0
	case "exit":
		if call.Inherited {
			text, err := d.Clear(shell.Clearing{
				Unset:   append(shell.Displaced(nil), "CAMEO_ROLE", "CAMEO_SHELL"),
				Message: "left the role: home is not known in this shell",
			})
			return must(text, err), 0
		}
		return d.Nothing(), 0
	}
	return full, 0
}

// waitForInterrupt says on stderr that it waits. It dies of the interrupt, or
// comes back after it as a program does that puts the terminal in order first.
func waitForInterrupt(handled bool) string {
	if handled {
		interrupts := make(chan os.Signal, 1)
		signal.Notify(interrupts, os.Interrupt)
		fmt.Fprintln(os.Stderr, "waiting")
		<-interrupts
		return ""
	}
	fmt.Fprintln(os.Stderr, "waiting")
	time.Sleep(time.Minute)
	return ""
}

func roleText(d shell.Dialect, call shell.Call, role string, chain bool) string {
	set := []shell.Assignment{
		{"AWS_ACCESS_KEY_ID", roleKey}, {"AWS_SECRET_ACCESS_KEY", secret},
		{"AWS_SESSION_TOKEN", "CANARY-token"}, {"AWS_CREDENTIAL_EXPIRATION", "2030-01-01T00:00:00Z"},
		{"AWS_REGION", "eu-central-1"},
		{"CAMEO_ROLE", role}, {"CAMEO_ENV", ""}, {"CAMEO_EXPIRES", "2030-01-01T00:00:00Z"}, {"CAMEO_PROMPT", "[" + role + "]"},
	}
	h := shell.Handover{
		Set: set, Unset: shell.Displaced(set), Home: call.Home,
		Stack: call.Stack + ">" + role, Entered: "entered " + role, Left: "left " + role,
	}
	if chain {
		h.Leave = shell.None
	}
	if slices.Contains(os.Args, "refresh") {
		h.Leave = shell.Innermost
	}
	text, err := d.Switch(h)
	return must(text, err)
}

func must(text string, err error) string {
	if err != nil {
		panic(err)
	}
	return text
}

// a shellKind is a real shell, with the few words in which it differs.
type shellKind struct {
	name    string
	program string
	flags   []string
}

func kinds() []shellKind {
	return []shellKind{
		{"bash", "bash", []string{"--norc", "--noprofile"}},
		{"zsh", "zsh", []string{"-f"}},
		{"fish", "fish", nil}, // --no-config would take the universal variables away
	}
}

func inEachShell(t *testing.T, test func(t *testing.T, k shellKind)) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			if _, err := exec.LookPath(k.name); err != nil {
				t.Skipf("%s is not installed", k.name)
			}
			t.Parallel()
			test(t, k)
		})
	}
}

func (k shellKind) dialect() shell.Dialect {
	d, err := shell.Lookup(k.name)
	if err != nil {
		panic(err)
	}
	return d
}

func (k shellKind) quote(value string) string { return must(k.dialect().Quote(value)) }

func (k shellKind) isFish() bool { return k.name == "fish" }

// set is the command that brings a variable into a state.
func (k shellKind) set(s shell.Saved) string {
	quoted := k.quote(s.Value)
	if k.isFish() {
		switch s.State {
		case shell.Exported:
			return "set -gx " + s.Name + " " + quoted
		case shell.Unexported:
			return "set -gu " + s.Name + " " + quoted
		}
		return "set -e " + s.Name
	}
	switch s.State {
	case shell.Exported:
		return "export " + s.Name + "=" + quoted
	case shell.Unexported:
		return s.Name + "=" + quoted
	}
	return "unset " + s.Name
}

// dump is the command that writes everything that can be observed of the
// managed variables: the environment of a child, and the shell's own values.
func (k shellKind) dump(file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s env -0 >%s.env\n", k.word("command"), file)
	fmt.Fprintf(&b, "%s >%s.vars\n", k.own(), file)
	return b.String()
}

// word keeps a command's name from being taken for an alias.
func (k shellKind) word(name string) string {
	if k.isFish() {
		return name
	}
	return `\` + name
}

func (k shellKind) own() string {
	var parts []string
	for _, name := range shell.Managed() {
		if k.isFish() {
			parts = append(parts, fmt.Sprintf(`if set -q %[1]s; builtin printf '%%s\0' (count $%[1]s)=; builtin printf '%%s\0' $%[1]s; else; builtin printf '%%s\0' none; end`, name))
		} else {
			parts = append(parts, fmt.Sprintf(`\builtin printf '%%s\0' "${%[1]s+=}${%[1]s-}"`, name))
		}
	}
	if k.isFish() {
		return "begin\n" + strings.Join(parts, "\n") + "\nend"
	}
	return "{ " + strings.Join(parts, "\n") + "\n}"
}

// a stage is a folder in which shells run with the function and the fake.
type stage struct {
	t   *testing.T
	k   shellKind
	dir string
	env []string
}

func newStage(t *testing.T, k shellKind) *stage {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "bin", "cameo")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "init"), []byte(must(k.dialect().Init(shell.Options{Alias: "cm"}))), 0o600); err != nil {
		t.Fatal(err)
	}
	return &stage{t: t, k: k, dir: dir, env: []string{
		"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TERM=xterm",
		"LANG=C.UTF-8", "FAKE_LOG=" + filepath.Join(dir, "log"), "GOCOVERDIR=" + dir,
		"GORACE=atexit_sleep_ms=0", // the program is this binary, and is called hundreds of times
	}}
}

func (s *stage) load() string {
	if s.k.isFish() {
		return "source init\n"
	}
	return "\\eval \"$(cat init)\"\n"
}

type outcome struct {
	out, err string
	code     int
}

// run writes a script file and runs it in a new session, so without a terminal.
func (s *stage) run(lines ...string) outcome {
	s.t.Helper()
	return s.runWith(s.load(), lines...)
}

func (s *stage) runWith(load string, lines ...string) outcome {
	s.t.Helper()
	file := filepath.Join(s.dir, "script")
	if err := os.WriteFile(file, []byte(load+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(s.k.program, append(slices.Clone(s.k.flags), file)...)
	cmd.Dir, cmd.Env = s.dir, s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "canary")); err == nil {
		s.t.Error("a value was run as a command")
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// dumped reads what dump wrote.
func (s *stage) dumped(name string) (env map[string]string, raw string) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name+".env"))
	if err != nil {
		s.t.Fatal(err)
	}
	env = map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(data), "\x00"), "\x00") {
		key, value, _ := strings.Cut(entry, "=")
		if key != "_" {
			env[key] = value
		}
	}
	vars, err := os.ReadFile(filepath.Join(s.dir, name+".vars"))
	if err != nil {
		s.t.Fatal(err)
	}
	return env, string(vars)
}

// logged reads what the fake was last called with.
func (s *stage) logged() (args []string, call shell.Call) {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		s.t.Fatal(err)
	}
	var note struct {
		Args []string
		Call shell.Call
	}
	if err := json.Unmarshal(data, &note); err != nil {
		s.t.Fatal(err)
	}
	return note.Args, note.Call
}
