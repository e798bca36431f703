//go:build unix

package shell_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"cameo/internal/shell"
)

// a terminal is an interactive shell at a pseudo-terminal.
type terminal struct {
	t    *testing.T
	tty  *os.File
	mu   sync.Mutex
	seen bytes.Buffer
	more chan struct{}
}

func (s *stage) interactive() *terminal {
	s.t.Helper()
	cmd := exec.Command(s.k.name, append(s.k.flags, "-i")...)
	cmd.Dir, cmd.Env = s.dir, append(s.env, "PS1=", "fish_greeting=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 200})
	if err != nil {
		s.t.Fatal(err)
	}
	term := &terminal{t: s.t, tty: tty, more: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(term, tty)
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = tty.Close()
		<-done
	})
	return term
}

// loaded is an interactive shell that has the function, and ran more commands then.
func (s *stage) loaded(more ...string) *terminal {
	s.t.Helper()
	term := s.interactive()
	term.load(s, more...)
	return term
}

func (t *terminal) load(s *stage, more ...string) {
	t.t.Helper()
	lines := append([]string{strings.TrimSpace(s.load())}, more...)
	t.enter(strings.Join(append(lines, "echo load''ed"), "; "), `loaded\s`)
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen.Write(p)
	select {
	case t.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

// enter types a line and waits until the screen has shown want; it returns what
// came since the line was typed.
func (t *terminal) enter(line, want string) string {
	t.t.Helper()
	return t.press(line+"\r", want)
}

// press is enter without the Enter key.
func (t *terminal) press(keys, want string) string {
	t.t.Helper()
	t.mu.Lock()
	t.seen.Reset()
	t.mu.Unlock()
	if _, err := t.tty.WriteString(keys); err != nil {
		t.t.Fatal(err)
	}
	pattern := regexp.MustCompile(want)
	deadline := time.After(20 * time.Second)
	for {
		t.mu.Lock()
		shown := t.seen.String()
		t.mu.Unlock()
		if pattern.MatchString(shown) {
			return shown
		}
		select {
		case <-t.more:
		case <-deadline:
			t.t.Fatalf("after %q no %q in %q", keys, want, shown)
		}
	}
}

func TestAtAPromptARoleIsEnteredAndLeft(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		term := s.loaded()
		term.enter(k.set(shell.Saved{Name: "AWS_PROFILE", Value: "ho!me", State: shell.Exported})+"; echo se''t", `set\s`)
		term.enter("cameo dev; printenv CAMEO_ROLE; echo do''ne", `(?s)entered dev\s+dev\s+done\s`)
		term.enter("cameo status; echo do''ne", `(?s)plain status.*done\s`)
		term.enter("cameo exit; printenv AWS_PROFILE; echo do''ne", `(?s)left dev\s+ho!me\s+done\s`)
	})
}

func TestADeathInFullScreenLeavesTheTerminalAsItWas(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		for role, code := range map[string]string{"dies": "137", "crashes": "2"} {
			diesInFullScreen(t, k, role, code)
		}
	})
}

func diesInFullScreen(t *testing.T, k shellKind, role, code string) {
	s := newStage(t, k)
	term := s.loaded()
	shown := term.enter("stty -g >before; cameo "+role+"; echo code "+k.status()+"; stty -g >after; echo do''ne", `done\s`)
	if !strings.Contains(shown, "code "+code) {
		t.Errorf("%q", shown)
	}
	entered, left := strings.LastIndex(shown, "\x1b[?1049h"), strings.LastIndex(shown, "\x1b[?1049l")
	if entered < 0 || left < entered || strings.LastIndex(shown, "\x1b[?25h") < entered || strings.LastIndex(shown, "\x1b[?1007r") < entered {
		t.Errorf("the screen was not given back: %q", shown)
	}
	if said := strings.Index(shown, "code "+code); !strings.Contains(shown[max(left, 0):max(said, left, 0)], "\x1b[J") {
		t.Errorf("what was drawn below the prompt stays: %q", shown)
	}
	if before, after := s.read("before"), s.read("after"); before != after {
		t.Errorf("terminal modes: %s, then %s", before, after)
	}
}

func TestAnInterruptLeavesTheShellsOptionsAlone(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		options, show := "set -u", `case $- in *u*) echo still on;; *) echo turned off;; esac`
		if k.isFish() {
			options, show = "set -g fish_trace ''", `set -q fish_trace; and echo still on`
		}
		for _, role := range []string{"waits", "gives-up"} {
			s := newStage(t, k)
			term := s.loaded(options)
			term.enter("cameo "+role, "waiting")
			term.enter("\x03", ".")
			if shown := term.enter(show+"; echo do''ne", `(still on|turned off)\r?\n(.|\n)*done\s`); strings.Contains(shown, "turned off\r\n") {
				t.Errorf("%s: %q", role, shown)
			}
		}
	})
}

// An answer can be to run the verb refresh: in the environment of the role below, and
// with what the shell keeps of the roles.
func TestAnAnswerThatRefreshes(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		alias := "alias cameo=false"
		if k.isFish() { // there it would be another function of the name
			alias = "true"
		}
		cameo := k.word("cameo")
		term := s.loaded(alias)
		term.enter(cameo+" hub; "+cameo+" --chain far; echo do''ne", `done\s`)
		shown := term.enter(cameo+" refreshes; echo code "+k.status()+"; printenv CAMEO_ROLE; echo do''ne", `done\s`)
		if !strings.Contains(shown, "code 0\r\nrefresh\r\n") {
			t.Errorf("%q", shown)
		}
		args, call := s.logged()
		if want := []string{"--emit", k.name, "--config", "it's here", "refresh"}; !slices.Equal(args, want) || call.Stack != ">hub>far" {
			t.Errorf("called with %q over %q", args, call.Stack)
		}
		if below := slices.IndexFunc(call.Home, func(v shell.Saved) bool { return v.Name == "CAMEO_ROLE" && v.Value == "hub" }); below < 0 {
			t.Errorf("not in the environment of the role below: %+v", call.Home)
		}
		term.enter(cameo+" exit --one; printenv CAMEO_ROLE; echo do''ne", `hub\r?\ndone\s`)
		term.enter(cameo+" exit; echo at-home; printenv CAMEO_ROLE; echo do''ne", `at-home\r?\ndone\s`)
	})
}

// What follows on a line after a call that was interrupted does not run, wherever it
// would not after the verb itself: nobody deploys because a renewal was given up.
func TestAnInterruptOfAnAnswerThatRefreshesEndsTheLine(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		ran := map[string]bool{}
		for _, verb := range []string{"refresh --config slowly refresh", "refreshes-slowly"} {
			s := newStage(t, k)
			term := s.loaded()
			term.enter("cameo "+verb+"; echo >after", "waiting")
			term.enter("\x03", ".")
			term.enter("echo do''ne", `done\s`)
			_, err := os.Stat(filepath.Join(s.dir, "after"))
			ran[verb] = err == nil
		}
		if ran["refreshes-slowly"] != ran["refresh --config slowly refresh"] {
			t.Errorf("what follows on the line: %v", ran)
		}
	})
}

// What stands on the line before the cursor is somebody else's.
func TestAMisuseErasesNothing(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		term := s.loaded()
		shown := term.enter("printf ab''c; cameo misused; echo code "+k.status(), `code \d`)
		if said := strings.LastIndex(shown, "abc"); said < 0 || !strings.HasPrefix(shown[said:], "abccode 2") {
			t.Errorf("%q", shown)
		}
	})
}

func TestAnAnswerAfterTheTerminalWasTaken(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		options := "true"
		if k.name == "bash" {
			options = "shopt -u interactive_comments"
		}
		term := s.loaded(options)
		shown := term.enter("cameo asks; echo code "+k.status()+"; printenv CAMEO_ROLE; echo do''ne", `done\s`)
		if !strings.Contains(shown, "code 0\r\nasks\r\n") {
			t.Errorf("%q", shown)
		}
	})
}

// A job of the background that set the modes of the terminal would be stopped.
func TestAJobOfTheBackgroundEnds(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if k.isFish() {
			t.Skip("fish runs no function in the background")
		}
		s := newStage(t, k)
		term := s.loaded()
		if shown := term.enter("cameo misused & wait $!; echo code $?", `code \d|[Ss]topped|suspended`); !strings.Contains(shown, "code 2") {
			t.Errorf("%q", shown)
		}
	})
}
