//go:build unix

package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"cameo/internal/safefile"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("TERM_TEST_ROLE"); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play asks in a process of its own and says on stdout, a pipe, what came.
func play(role string) {
	var lock LockFunc
	if dir := os.Getenv("TERM_TEST_LOCKS"); dir != "" {
		lock = func(ctx context.Context, name string) (func(), error) {
			held, err := safefile.Lock(ctx, filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
			return held.Release, nil
		}
	}
	switch role {
	case "background":
		child := actor("ask")
		child.Stdout = os.Stdout
		child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		fmt.Fprintln(os.Stderr, child.Run())
		return
	case "two at once":
		var all sync.WaitGroup
		for range 2 {
			child := actor("ask")
			child.Stdout = os.Stdout
			all.Go(func() { fmt.Fprintln(os.Stderr, child.Run()) })
		}
		all.Wait()
		return
	}
	ctx := context.Background()
	if role == "deadline" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
	}
	terminal, err := Open(Options{Lock: lock})
	if err != nil {
		say("", err)
		return
	}
	defer terminal.Close()
	if role == "name" {
		fmt.Println(terminal.Name(), terminal.CanAsk())
		return
	}
	say(terminal.Ask(ctx, "MFA code: "))
}

func say(answer string, err error) {
	var stopped *SignalError
	switch {
	case err == nil:
		fmt.Printf("answer %q\n", answer)
	case errors.Is(err, ErrCancelled):
		fmt.Println("cancelled")
	case errors.Is(err, ErrNoTerminal):
		fmt.Println("no terminal")
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("deadline")
	case errors.As(err, &stopped):
		fmt.Println("signal", stopped.Signal)
	default:
		fmt.Println("error", err)
	}
}

func actor(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TERM_TEST_ROLE="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// stage is a terminal with one process that asks on it.
type stage struct {
	t           *testing.T
	keyboard    *os.File
	tty         *os.File
	before      unix.Termios
	cmd         *exec.Cmd
	said        strings.Builder
	mu          sync.Mutex
	screen      strings.Builder
	screenGrown *sync.Cond
}

func raise(t *testing.T, role string, env ...string) *stage {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here:", err)
	}
	keyboard = interruptible(t, keyboard)
	s := &stage{t: t, keyboard: keyboard, tty: tty, before: termios(t, tty), cmd: actor(role)}
	s.screenGrown = sync.NewCond(&s.mu)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdin, s.cmd.Stdout = nil, &s.said
	s.cmd.ExtraFiles = []*os.File{tty}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	go s.watch()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		_ = tty.Close()
		_ = keyboard.Close()
	})
	return s
}

// interruptible returns a file whose Close ends a Read that waits.
func interruptible(t *testing.T, blocking *os.File) *os.File {
	t.Helper()
	defer blocking.Close()
	fd, err := unix.Dup(int(blocking.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), blocking.Name())
}

func (s *stage) watch() {
	var chunk [1024]byte
	for {
		n, err := s.keyboard.Read(chunk[:])
		s.mu.Lock()
		s.screen.Write(chunk[:n])
		s.screenGrown.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// waitFor waits until the screen was sent a text n times.
func (s *stage) waitFor(text string, n int) {
	s.t.Helper()
	late := time.AfterFunc(10*time.Second, s.screenGrown.Broadcast)
	defer late.Stop()
	end := time.Now().Add(10 * time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	for strings.Count(s.screen.String(), text) < n {
		if time.Now().After(end) {
			s.t.Fatalf("the screen shows %q, not %d times %q", s.screen.String(), n, text)
		}
		s.screenGrown.Wait()
	}
}

// shown returns all that the screen was sent.
func (s *stage) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *stage) press(keys string) {
	s.t.Helper()
	if _, err := s.keyboard.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the process and checks what it said, and that the terminal is
// as it was.
func (s *stage) ends(want string) {
	s.t.Helper()
	if err := s.cmd.Wait(); err != nil {
		s.t.Error(err)
	}
	if got := s.said.String(); got != want+"\n" {
		s.t.Errorf("it said %q, want %q", got, want)
	}
	if after := termios(s.t, s.tty); after != s.before {
		s.t.Errorf("the terminal is not as it was: %+v, before %+v", after, s.before)
	}
}

func termios(t *testing.T, tty *os.File) unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return *state
}

func TestAskWorksWhileTheStandardStreamsAreElsewhere(t *testing.T) {
	s := raise(t, "ask")
	s.waitFor("MFA code: ", 1)
	s.press("12345\x7f567\r")
	s.waitFor("12345\b \b567", 1)
	s.waitFor("\r\x1b[J", 1)
	s.ends(`answer "1234567"`)
}

func TestATerminalHasTheNameThatPsShows(t *testing.T) {
	s := raise(t, "name")
	s.ends(s.tty.Name() + " true")
}

func TestKeysAndSignalsEndTheQuestionAndRestoreTheTerminal(t *testing.T) {
	tests := map[string]struct {
		key    string
		signal syscall.Signal
		want   string
	}{
		"ctrl-c":  {key: "12\x03", want: "cancelled"},
		"esc":     {key: "12\x1b", want: "cancelled"},
		"ctrl-d":  {key: "\x04", want: "cancelled"},
		"ctrl-\\": {key: "\x1c", want: "signal quit"},
		"SIGINT":  {signal: syscall.SIGINT, want: "cancelled"},
		"SIGTERM": {signal: syscall.SIGTERM, want: "signal terminated"},
		"SIGHUP":  {signal: syscall.SIGHUP, want: "signal hangup"},
		"SIGQUIT": {signal: syscall.SIGQUIT, want: "signal quit"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := raise(t, "ask")
			s.waitFor("MFA code: ", 1)
			if test.key != "" {
				s.press(test.key)
			} else if err := s.cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			s.ends(test.want)
			s.waitFor("\r\x1b[J", 1)
		})
	}
}

func TestADeadlineClosesTheQuestion(t *testing.T) {
	s := raise(t, "deadline")
	s.ends("deadline")
	s.waitFor("\r\x1b[J", 1)
}

func TestAStoppedAndContinuedQuestionIsDrawnAgain(t *testing.T) {
	s := raise(t, "ask")
	s.waitFor("MFA code: ", 1)
	s.press("12")
	s.waitFor("12", 1)
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := s.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	s.waitFor("MFA code: 12", 2)
	s.press("3456\r")
	s.ends(`answer "123456"`)
}

func TestCtrlZWithoutAShellGoesOn(t *testing.T) {
	s := raise(t, "ask")
	s.waitFor("MFA code: ", 1)
	s.press("12\x1a")
	s.waitFor("MFA code: ", 2)
	s.press("3456\r")
	s.ends(`answer "123456"`)
}

func TestWithoutATerminalNothingIsAsked(t *testing.T) {
	cmd := actor("ask")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil || string(out) != "no terminal\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestInTheBackgroundNothingIsAsked(t *testing.T) {
	s := raise(t, "background")
	s.ends("no terminal")
	if s.shown() != "" {
		t.Errorf("the screen shows %q", s.shown())
	}
}

func TestTwoProcessesAskOneAfterTheOther(t *testing.T) {
	s := raise(t, "two at once", "TERM_TEST_LOCKS="+t.TempDir())
	s.waitFor("MFA code: ", 1)
	s.press("111")
	s.waitFor("111", 1)
	if n := strings.Count(s.shown(), "MFA"); n != 1 {
		t.Errorf("%d prompts at once", n)
	}
	s.press("\r")
	s.waitFor("MFA code: ", 2)
	s.press("222\r")
	s.ends("answer \"111\"\nanswer \"222\"")
}

func TestTheTerminalHangsUp(t *testing.T) {
	s := raise(t, "ask")
	s.waitFor("MFA code: ", 1)
	_ = s.tty.Close()
	_ = s.keyboard.Close()
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if got := s.said.String(); got != "no terminal\n" && got != "signal hangup\n" {
		t.Errorf("it said %q", got)
	}
}
