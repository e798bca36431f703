//go:build unix

package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// program is the environment variable that makes the test binary a program with
// the screens; its value says which.
const program = "CAMEO_TUI_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if which := os.Getenv(program); which != "" {
		os.Exit(testProgram(which))
	}
	os.Exit(m.Run())
}

// testProgram shows the screens over the tests' world and says how they were
// left.
func testProgram(which string) int {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	w := newWorld(&testing.T{})
	w.panics = which == "panic"
	opts := Options{Backend: w, Input: tty, Output: tty, Environ: os.Environ()}
	if which == "inline" {
		opts.Height = 14
	}
	if which == "panic-in-view" {
		opts.Backend = bomb{w}
	}
	result, err := Run(context.Background(), opts)
	var stopped *SignalError
	var crash *CrashError
	switch {
	case errors.As(err, &stopped):
		fmt.Println("stopped by", stopped.Signal)
		return 128 + int(stopped.Signal.(syscall.Signal))
	case errors.As(err, &crash):
		fmt.Println(crash)
		return 1
	case err != nil:
		fmt.Println("error:", err)
		return 2
	case result.Kind == Cancelled:
		fmt.Println("cancelled")
		return 130
	}
	fmt.Println("switched to", result.Session.Role.Profile)
	return 0
}

// bomb makes the drawing of the list panic.
type bomb struct{ *world }

func (b bomb) Overview(ctx context.Context) (Overview, error) {
	overview, err := b.world.Overview(ctx)
	overview.Rows[0].Broken = (*brokenError)(nil)
	return overview, err
}

type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

func start(t *testing.T, which string, w, h int) *screentest.Screen {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), program+"="+which, "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=", "SSH_TTY=")
	return screentest.Start(t, cmd, w, h)
}

// restored fails unless the terminal is as it was, and nothing was left in it.
func restored(t *testing.T, s *screentest.Screen) {
	t.Helper()
	s.Restored()
	if s.AltScreen() {
		t.Error("the alternate screen was not left")
	}
	s.WaitUntil("for the cursor", s.CursorVisible)
	written := s.Written()
	for on, off := range map[string]string{
		"\x1b[?2004h": "\x1b[?2004l", "\x1b[>1u": "\x1b[<1u", "\x1b[>4;2m": "\x1b[>4m",
	} {
		if strings.Contains(written, on) && strings.LastIndex(written, off) < strings.LastIndex(written, on) {
			t.Errorf("%q was switched on and not off", on)
		}
	}
	for _, query := range []string{"\x1b]10;?", "\x1b]11;?"} {
		if strings.Contains(written, query) {
			t.Errorf("the terminal was asked for its colours: %q", query)
		}
	}
}

func TestOnATerminal(t *testing.T) {
	s := start(t, "full", 100, 30)
	s.WaitFor("8 roles")
	s.WaitUntil("for the alternate screen", s.AltScreen)
	s.Type("stg")
	s.WaitFor("1 of 8")
	s.WaitUntil("for the cursor in the field", func() bool {
		p := s.Picture()
		return p.Cursor && p.CursorY == 2 && p.CursorX == len("  Find  stg")
	})
	s.Resize(40, 12)
	s.WaitUntil("for the small layout", func() bool {
		lines := strings.Split(s.Text(), "\n")
		return len(lines) == 12 && strings.HasPrefix(lines[11], "enter switch") && strings.Contains(lines[1], "stg")
	})
	s.Resize(20, 5)
	s.WaitUntil("for the smallest layout", func() bool {
		lines := strings.Split(s.Text(), "\n")
		return len(lines) == 5 && strings.Contains(lines[2], "[STG ]") && strings.HasPrefix(lines[4], "esc clear")
	})
	s.Resize(80, 24)
	s.WaitFor("tab details")
	s.Type(screentest.CtrlC)
	if code := s.Wait(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	s.WaitFor("cancelled")
	restored(t, s)
}

func TestSwitchOnATerminal(t *testing.T) {
	s := start(t, "full", 80, 24)
	s.WaitFor("8 roles")
	s.Type("update" + screentest.Enter)
	s.WaitFor("MFA code")
	s.Paste("123 456")
	if code := s.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.WaitFor("switched to prod-update")
	restored(t, s)
}

func TestTypeAheadIsTakenByTheFirstScreen(t *testing.T) {
	s := start(t, "full", 80, 24)
	s.Type("analyt" + screentest.Enter) // before anything is drawn
	if code := s.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.WaitFor("switched to analytics-dev")
	restored(t, s)
}

func TestInlineLeavesTheOutputBeforeIt(t *testing.T) {
	s := start(t, "inline", 80, 24)
	s.WaitFor("8 roles")
	if s.AltScreen() {
		t.Error("the picker took the alternate screen")
	}
	s.Type(screentest.Esc)
	if code := s.Wait(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	s.WaitFor("cancelled")
	if text := s.Text(); strings.Contains(text, "roles") {
		t.Errorf("the picker left its frame behind:\n%s", text)
	}
	restored(t, s)
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := start(t, "full", 80, 24)
			s.WaitFor("8 roles")
			s.Signal(sig)
			if code := s.Wait(); code != 128+int(sig) {
				t.Errorf("exit code %d", code)
			}
			s.WaitFor("stopped by " + sig.String())
			restored(t, s)
		})
	}
}

func TestNoColourKeepsBoldAndReverse(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), program+"=full", "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=1")
	s := screentest.Start(t, cmd, 80, 24)
	s.WaitFor("8 roles")
	if written := s.Written(); colour.MatchString(written) || !strings.Contains(written, "\x1b[1;7m") && !strings.Contains(written, "\x1b[7;1m") {
		t.Errorf("written: %q", written)
	}
	s.Type(screentest.CtrlC)
	s.Wait()
}

func TestPanicsRestoreTheTerminal(t *testing.T) {
	t.Run("in a command", func(t *testing.T) {
		s := start(t, "panic", 80, 24)
		s.WaitFor("8 roles")
		s.Type(screentest.Enter)
		if code := s.Wait(); code != 1 {
			t.Errorf("exit code %d", code)
		}
		s.WaitFor("a mistake of its own: plan fell over")
		restored(t, s)
	})
	t.Run("in View", func(t *testing.T) {
		s := start(t, "panic-in-view", 80, 24)
		if code := s.Wait(); code != 1 {
			t.Errorf("exit code %d", code)
		}
		s.WaitFor("a mistake of its own")
		restored(t, s)
	})
}

// An answer of the terminal that comes late must not stand on the prompt.
func TestLateAnswersDoNotReachThePrompt(t *testing.T) {
	s := start(t, "full", 80, 24)
	s.WaitFor("8 roles")
	began := time.Now()
	s.Type(screentest.CtrlC + "\x1b[?0u\x1b[?2026;2$y")
	s.Wait()
	if time.Since(began) > screentest.Patience {
		t.Error("leaving took too long")
	}
	if text := s.Text(); strings.Contains(text, "2026") || strings.Contains(text, "[?0u") {
		t.Errorf("the answers stand on the screen:\n%s", text)
	}
}
