//go:build unix

package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// seat is a person's place: an interactive shell that has the function, on a terminal
// and over a sandbox, with a home of its own.
type seat struct {
	*screentest.Screen
	t     testing.TB
	shell string // bash, zsh or fish
	dir   string // its HOME and TMPDIR, and the folder it is in
	typed int    // lines, so that each has its own answer
	from  int    // where what says looks at begins, in what was written
}

// seatOptions are what differs between seats.
type seatOptions struct {
	shell         string
	program       string   // the path of cameo
	init          string   // flags of cameo init
	environ       []string // more variables
	width, height int
	oneWay        time.Duration // how far the terminal is away
}

// chord is the key to which a seat's init binds the list, where it says bindChord.
const (
	chord     = "\x07"
	bindChord = "--name cm --bind ctrl-g"
)

// takeSeat starts the shell, as david, and has it load the function.
func takeSeat(t testing.TB, b *box, o seatOptions) *seat {
	t.Helper()
	shell, err := exec.LookPath(o.shell)
	if err != nil {
		t.Skipf("there is no %s here", o.shell)
	}
	dir := t.TempDir()
	flags := map[string][]string{"bash": {"--norc", "--noprofile"}, "zsh": {"-f"}}[o.shell]
	command := exec.Command(shell, append(flags, "-i")...)
	command.Dir = dir
	command.Env = append(b.environ(), "PATH="+filepath.Dir(o.program)+":"+os.Getenv("PATH"), "HOME="+dir, "TMPDIR="+dir, "SHELL="+shell,
		"AWS_PROFILE=david", "USER=david", "TERM=xterm-256color", "LANG=C.UTF-8", "PS1=ready> ")
	command.Env = append(command.Env, o.environ...)
	s := &seat{t: t, shell: o.shell, dir: dir, Screen: screentest.StartFar(t, command, o.width, o.height, o.oneWay)}
	load := `eval "$(cameo init ` + o.shell + " " + o.init + `)"`
	if o.shell == "fish" {
		load = `function fish_prompt; echo -n "ready> "; end; set -g fish_greeting; cameo init fish ` + o.init + ` | source`
	}
	s.run(load)
	return s
}

// environ is what a program needs to know of the sandbox.
func (b *box) environ() []string {
	return []string{
		"AWS_CONFIG_FILE=" + filepath.Join(b.home, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(b.home, "credentials"),
		"AWS_ENDPOINT_URL=" + b.endpoint, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// run has the shell run a line, and waits until it has.
func (s *seat) run(line string) {
	s.t.Helper()
	s.typed++
	s.since()
	s.Type(fmt.Sprintf("%s; echo do''ne-%d"+screentest.Enter, line, s.typed))
	s.says(fmt.Sprintf("done-%d", s.typed))
	s.prompted()
}

// since makes says look at what is written from now on.
func (s *seat) since() { s.from = len(s.Written()) }

// says waits for text in what has been written since.
func (s *seat) says(text string) {
	s.t.Helper()
	s.WaitUntil("for "+text, func() bool { return strings.Contains(s.Written()[s.from:], text) })
}

// prompted waits until the shell asks for a line, and there is nothing in it.
func (s *seat) prompted() {
	s.t.Helper()
	s.WaitUntil("for an empty prompt", s.atPrompt)
}

func (s *seat) atPrompt() bool {
	p := s.Picture()
	lines := strings.Split(p.Text(), "\n")
	return !s.AltScreen() && p.CursorY < len(lines) && strings.TrimSpace(lines[p.CursorY]) == "ready>" && p.CursorX == len("ready> ")
}

// environment is the environment of a child of the shell, sorted, each variable
// ended by a zero byte.
func (s *seat) environment() string {
	s.t.Helper()
	s.run("env -0 | sort -z >environment")
	return s.read("environment")
}

// role is CAMEO_ROLE of a child of the shell.
func (s *seat) role() string {
	s.t.Helper()
	s.run("printenv CAMEO_ROLE >role")
	return strings.TrimSuffix(s.read("role"), "\n")
}

func (s *seat) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
