//go:build unix

package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cameo/internal/roles"
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
	if strings.HasSuffix(which, "inline") {
		opts.Height = 14
	}
	if strings.HasPrefix(which, "many") {
		w.overview.Rows = manyRows(10_000)
	}
	if which == "panic-in-view" {
		opts.Backend = bomb{w}
	}
	run := Run
	switch which {
	case "linear-demo":
		opts.Backend = rehearsal{w}
		run = RunLinear
	case "linear":
		run = RunLinear
	}
	result, err := run(context.Background(), opts)
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

func (b bomb) Readiness(ctx context.Context, of []roles.Role) ([]Readiness, error) {
	known, err := b.world.Readiness(ctx, of)
	known[0].Broken = (*brokenError)(nil)
	return known, err
}

type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

func start(t *testing.T, which string, w, h int) *screentest.Screen {
	t.Helper()
	return startFar(t, which, w, h, 0)
}

// startFar is start on a terminal that is so far away.
func startFar(t *testing.T, which string, w, h int, oneWay time.Duration) *screentest.Screen {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	environ := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "SSH_TTY=") }) // empty is set
	cmd.Env = append(environ, program+"="+which, "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=")
	return screentest.StartFar(t, cmd, w, h, oneWay)
}

func TestOnATerminal(t *testing.T) {
	s := start(t, "full", 100, 30)
	s.WaitFor("8 roles")
	s.WaitUntil("for the alternate screen", s.AltScreen)
	if !strings.Contains(s.Written(), "\x1b[?1007s\x1b[?1007h") {
		t.Error("the wheel does not move the cursor")
	}
	for _, capture := range []string{"1000", "1002", "1003", "1006"} {
		if strings.Contains(s.Written(), "\x1b[?"+capture+"h") {
			t.Errorf("the mouse is captured: %s", capture)
		}
	}
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
	s.WaitFor("tab actions")
	s.Type(screentest.CtrlC)
	s.Ends(130)
	s.WaitFor("cancelled")
	s.GivenBack()
}

func TestSwitchOnATerminal(t *testing.T) {
	s := start(t, "full", 80, 24)
	s.WaitFor("8 roles")
	s.Type("update" + screentest.Enter)
	s.WaitFor("MFA code")
	s.Paste("123 456")
	s.Ends(0)
	s.WaitFor("switched to prod-update")
	s.GivenBack()
}

func TestTypeAheadIsTakenByTheFirstScreen(t *testing.T) {
	s := start(t, "full", 80, 24)
	s.Type("analyt" + screentest.Enter) // before anything is drawn
	s.Ends(0)
	s.WaitFor("switched to analytics-dev")
	s.GivenBack()
}

func TestInlineLeavesTheOutputBeforeIt(t *testing.T) {
	s := start(t, "inline", 80, 24)
	s.WaitFor("8 roles")
	if s.AltScreen() {
		t.Error("the picker took the alternate screen")
	}
	s.Type(screentest.Esc)
	s.Ends(130)
	s.WaitFor("cancelled")
	if text := strings.TrimSpace(strings.Replace(s.Text(), "cancelled", "", 1)); text != "" {
		t.Errorf("the picker left its frame behind:\n%s", text)
	}
	s.GivenBack()
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := start(t, "full", 80, 24)
			s.WaitFor("8 roles")
			s.Signal(sig)
			s.Ends(128 + int(sig))
			s.WaitFor("stopped by " + sig.String())
			s.GivenBack()
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
		s.Ends(1)
		s.WaitFor("a mistake of its own: plan fell over")
		s.GivenBack()
	})
	t.Run("in View", func(t *testing.T) {
		s := start(t, "panic-in-view", 80, 24)
		s.Ends(1)
		s.WaitFor("a mistake of its own")
		s.GivenBack()
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

// Behind a slow line the answers come when the program has left already.
func TestAnswersFromAfarDoNotReachThePrompt(t *testing.T) {
	for _, which := range []string{"full", "inline"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			const oneWay = 150 * time.Millisecond
			s := startFar(t, which, 80, 24, oneWay)
			s.WaitFor("8 roles")
			s.Signal(syscall.SIGINT)
			s.Ends(130)
			s.WaitFor("stopped by interrupt")
			s.Quiet(3 * oneWay)
			if text := s.Text(); strings.Contains(text, "2026") || strings.Contains(text, "[?") {
				t.Errorf("the answers stand on the screen:\n%s", text)
			}
			s.GivenBack()
		})
	}
}

const listQuestion = "or an empty line to leave:"

func TestLinearModeOnATerminal(t *testing.T) {
	s := start(t, "linear", 100, 40)
	s.WaitFor(listQuestion)
	s.Type("payments-prod\n")
	s.WaitFor("1 of 8 roles matches")
	s.Type("1\n")
	s.WaitFor("account 4444 5555 4417. Its last 4 digits")
	s.Type("44188\x7f\n") // the terminal's own editing
	s.WaitFor("4418 is not how this account ends")
	s.Type("4417\n")
	s.Ends(0)
	s.WaitFor("switched to payments-prod")
	s.Restored()
	if written := s.Written(); strings.ContainsRune(written, '\x1b') {
		t.Errorf("escape sequences were written: %q", written)
	}
}

func TestALinePastedAheadDoesNotAnswerTheGuard(t *testing.T) {
	s := start(t, "linear", 100, 40)
	s.WaitFor(listQuestion)
	s.Type("payments-prod\n1\n4417\n4417\n")
	s.WaitFor("account 4444 5555 4417. Its last 4 digits")
	s.Type("\n")
	s.WaitFor("Cancelled: nothing was requested.")
	s.Type("q\n")
	s.Ends(130)
}

func TestTheEndsOfLinearMode(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(s *screentest.Screen)
		exit int
		says string
	}{
		{"an empty line", func(s *screentest.Screen) { s.Type("\n") }, 130, "cancelled"},
		{"q", func(s *screentest.Screen) { s.Type("q\n") }, 130, "cancelled"},
		{"Ctrl-C", func(s *screentest.Screen) { s.Type("pay" + screentest.CtrlC) }, 130, "cancelled"},
		{"Ctrl-D", func(s *screentest.Screen) { s.Type("\x04") }, 130, "cancelled"},
		{"SIGTERM", func(s *screentest.Screen) { s.Signal(syscall.SIGTERM) }, 143, "stopped by terminated"},
		{"SIGHUP", func(s *screentest.Screen) { s.Signal(syscall.SIGHUP) }, 129, "stopped by hangup"},
	} {
		t.Run(end.name, func(t *testing.T) {
			s := start(t, "linear", 100, 40)
			s.WaitFor(listQuestion)
			end.do(s)
			s.Ends(end.exit)
			s.WaitFor(end.says)
			s.Restored()
		})
	}
}

func TestTheDemoInLinearMode(t *testing.T) {
	s := start(t, "linear-demo", 120, 60)
	s.WaitFor("AWS answers AccessDenied")
	s.Type("switch\nupdate\n1\n")
	s.WaitFor("The sandbox's device shows 123456")
	s.WaitFor("MFA code, or an empty line to cancel:")
	s.Type("123456\n")
	s.WaitFor("AWS answers ok.")
	s.Type("exit\n")
	s.WaitUntil("to be home again", func() bool { return strings.Count(s.Text(), "Done. You are") == 2 })
	s.Type("\n")
	s.Wait()
	if strings.ContainsRune(s.Written(), '\x1b') {
		t.Error("escape sequences were written")
	}
}
