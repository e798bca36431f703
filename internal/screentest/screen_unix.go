//go:build unix

package screentest

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"
)

// What keys send.
const (
	Enter     = "\r"
	Esc       = "\x1b"
	Tab       = "\t"
	Backspace = "\x7f"
	CtrlC     = "\x03"
	CtrlX     = "\x18"
	Up        = "\x1b[A"
	Down      = "\x1b[B"
	F1        = "\x1bOP"
)

// Patience is how long WaitFor and its kin wait before the test fails.
const Patience = 10 * time.Second

// Screen is a program on a pseudo-terminal and the screen it draws. Its methods
// are for the test's goroutine, except where they say otherwise.
type Screen struct {
	t    testing.TB
	cmd  *exec.Cmd
	pt   *os.File      // our side
	tty  *os.File      // the program's side, kept open so that its state can be read after the end
	done chan struct{} // closed when the program has ended

	readDone chan struct{} // closed when everything it wrote is on the screen

	before *term.State // of the terminal, when the program started
	hidden atomic.Bool // the cursor
	// mu guards what follows: cells are pointers into the live screen, so a
	// picture is copied while nothing is written.
	mu    sync.Mutex
	emu   *vt.Emulator
	raw   []byte
	marks []mark

	keys *link // to the program
	err  error // of cmd.Wait
}

// mark is that so many bytes had come at a time.
type mark struct {
	bytes int
	at    time.Time
}

// Start runs cmd on a terminal of width by height, as the leader of a session of
// its own with the terminal as the controlling one. Its standard streams are the
// terminal where they are nil. The test ends it, if it still runs, by its own
// process ID.
func Start(t testing.TB, cmd *exec.Cmd, width, height int) *Screen {
	t.Helper()
	return StartFar(t, cmd, width, height, 0)
}

// StartFar is Start on a terminal that is far away: what is typed and what the
// terminal answers reach the program, and what the program writes reaches the screen,
// oneWay later, in order.
func StartFar(t testing.TB, cmd *exec.Cmd, width, height int, oneWay time.Duration) *Screen {
	t.Helper()
	pt, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	s := &Screen{t: t, cmd: cmd, pt: pt, tty: tty, emu: vt.NewEmulator(width, height), done: make(chan struct{}), readDone: make(chan struct{})}
	s.emu.SetCallbacks(vt.Callbacks{CursorVisibility: func(visible bool) { s.hidden.Store(!visible) }})
	size := &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}
	if err := pty.Setsize(pt, size); err != nil {
		t.Fatal(err)
	}
	if cmd.Stdin == nil {
		cmd.Stdin = tty
	}
	if cmd.Stdout == nil {
		cmd.Stdout = tty
	}
	if cmd.Stderr == nil {
		cmd.Stderr = tty
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, tty)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2 + len(cmd.ExtraFiles)}
	s.before = s.State()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.keys = newLink(pt, oneWay)
	go func() { _, _ = io.Copy(s.keys, s.emu) }() // a terminal answers questions; without that Write would block
	go s.read(newLink(shown{s}, oneWay))
	go func() {
		s.err = cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(s.close)
	return s
}

// read takes what the program writes to the screen until nobody has the terminal open.
func (s *Screen) read(screen *link) {
	defer close(s.readDone)
	buf := make([]byte, 32<<10)
	for {
		n, err := s.pt.Read(buf)
		_, _ = screen.Write(buf[:n])
		if err != nil {
			screen.end()
			return
		}
	}
}

// shown is the screen as what bytes are written to.
type shown struct{ s *Screen }

func (w shown) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.raw = append(w.s.raw, p...)
	w.s.marks = append(w.s.marks, mark{len(w.s.raw), time.Now()})
	return w.s.emu.Write(p)
}

func (s *Screen) close() {
	select {
	case <-s.done:
	default:
		_ = s.cmd.Process.Kill()
		<-s.done
	}
	_ = s.tty.Close()
	_ = s.pt.Close()
	<-s.readDone
	hangUp(s.emu)
	s.keys.end()
}

// Type sends keys as they would come from a keyboard.
func (s *Screen) Type(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatalf("type %q: %v", keys, err)
	}
}

// Paste sends text as terminals send what is pasted.
func (s *Screen) Paste(text string) { s.Type("\x1b[200~" + text + "\x1b[201~") }

// Resize changes the size of the terminal.
func (s *Screen) Resize(width, height int) {
	s.t.Helper()
	s.mu.Lock()
	s.emu.Resize(width, height)
	s.mu.Unlock()
	if err := pty.Setsize(s.pt, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		s.t.Fatal(err)
	}
}

// Signal sends sig to the program.
func (s *Screen) Signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Picture is the screen as it is now.
func (s *Screen) Picture() Picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := picture(s.emu.CellAt, s.emu.Width(), s.emu.Height())
	at := s.emu.CursorPosition()
	p.CursorX, p.CursorY, p.Cursor = at.X, at.Y, !s.hidden.Load()
	return p
}

// Text is the text of the screen as it is now.
func (s *Screen) Text() string { return s.Picture().Text() }

// AltScreen reports whether the program is on the alternate screen.
func (s *Screen) AltScreen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emu.IsAltScreen()
}

// CursorVisible reports whether the cursor is to be seen.
func (s *Screen) CursorVisible() bool { return !s.hidden.Load() }

// Written is every byte the program has written to the terminal so far.
func (s *Screen) Written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.raw)
}

// Arrived is when the first n bytes that the program wrote had reached the screen; zero
// where there are fewer.
func (s *Screen) Arrived(n int) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.marks, n, func(m mark, n int) int { return cmp.Compare(m.bytes, n) })
	if i == len(s.marks) {
		return time.Time{}
	}
	return s.marks[i].at
}

// Quiet waits until the program has written nothing for so long, and returns how many
// bytes it has written.
func (s *Screen) Quiet(long time.Duration) int {
	for before := len(s.Written()); ; {
		time.Sleep(long)
		now := len(s.Written())
		if now == before {
			return now
		}
		before = now
	}
}

// Cost is how many bytes a key makes the program write, until it has written nothing
// for so long, and how long after the key the first of them came.
func (s *Screen) Cost(key string, quiet time.Duration) (bytes int, first time.Duration) {
	s.t.Helper()
	before, began := len(s.Written()), time.Now()
	s.Type(key)
	s.WaitUntil("for an answer to "+key, func() bool { return len(s.Written()) > before })
	return s.Quiet(quiet) - before, s.Arrived(before + 1).Sub(began)
}

// WaitFor waits until text stands on the screen.
func (s *Screen) WaitFor(text string) {
	s.t.Helper()
	s.WaitUntil("to see "+text, func() bool { return strings.Contains(s.Text(), text) })
}

// WaitGone waits until text does not stand on the screen.
func (s *Screen) WaitGone(text string) {
	s.t.Helper()
	s.WaitUntil("not to see "+text, func() bool { return !strings.Contains(s.Text(), text) })
}

// WaitUntil waits until what is true.
func (s *Screen) WaitUntil(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(Patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited %v %s; the screen is\n%s", Patience, what, s.Text())
		}
	}
}

// Wait waits for the program to end and returns its exit code; 128 and the
// signal's number where a signal ended it, as shells count.
func (s *Screen) Wait() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(Patience):
		s.t.Fatalf("the program did not end in %v; the screen is\n%s", Patience, s.Text())
	}
	if exit, ok := errors.AsType[*exec.ExitError](s.err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal())
		}
		return exit.ExitCode()
	}
	if s.err != nil {
		s.t.Fatal(s.err)
	}
	return 0
}

// Ends waits for the program to end, and fails the test unless its exit code is the
// wanted one.
func (s *Screen) Ends(want int) {
	s.t.Helper()
	if code := s.Wait(); code != want {
		s.t.Errorf("it ended with exit code %d, want %d", code, want)
	}
}

// Restored fails the test unless the terminal's modes are what they were when
// the program started.
func (s *Screen) Restored() {
	s.t.Helper()
	if after := s.State(); !reflect.DeepEqual(s.before, after) {
		s.t.Errorf("the terminal's modes were %v and are %v", s.before, after)
	}
}

// GivenBack fails the test unless the terminal is as it was when the program started:
// its modes, the screen, the cursor, and whatever the program switched on. It must not
// have been asked for its colours, which many answer late or not at all.
func (s *Screen) GivenBack() {
	s.t.Helper()
	s.Restored()
	s.WaitUntil("for the main screen", func() bool { return !s.AltScreen() })
	s.WaitUntil("for the cursor", s.CursorVisible)
	written := s.Written()
	for _, mode := range LeftOn(written) {
		s.t.Errorf("%q was switched on and not off", mode)
	}
	for _, query := range []string{"\x1b]10;?", "\x1b]11;?"} {
		if strings.Contains(written, query) {
			s.t.Errorf("the terminal was asked for its colours: %q", query)
		}
	}
}

// LeftOn lists what written switches on and not off again: the alternate screen, the
// paste brackets, kinds of mouse and scroll reports, and how keys are encoded.
func LeftOn(written string) []string {
	var left []string
	for _, mode := range []struct {
		on  string
		off []string
	}{
		{"\x1b[?1049h", []string{"\x1b[?1049l"}}, {"\x1b[?2004h", []string{"\x1b[?2004l"}}, {"\x1b[?25l", []string{"\x1b[?25h"}},
		{"\x1b[>1u", []string{"\x1b[<1u", "\x1b[<u"}}, {"\x1b[>4;2m", []string{"\x1b[>4m", "\x1b[>4;0m"}},
		{"\x1b[?1000h", []string{"\x1b[?1000l"}}, {"\x1b[?1002h", []string{"\x1b[?1002l"}}, {"\x1b[?1003h", []string{"\x1b[?1003l"}},
		{"\x1b[?1004h", []string{"\x1b[?1004l"}}, {"\x1b[?1006h", []string{"\x1b[?1006l"}}, {"\x1b[?1007h", []string{"\x1b[?1007l", "\x1b[?1007r"}},
	} {
		off := -1
		for _, words := range mode.off {
			off = max(off, strings.LastIndex(written, words))
		}
		if strings.LastIndex(written, mode.on) > off {
			left = append(left, mode.on)
		}
	}
	return left
}

// State is the terminal's modes.
func (s *Screen) State() *term.State {
	s.t.Helper()
	state, err := term.GetState(int(s.tty.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}
