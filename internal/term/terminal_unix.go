//go:build unix

package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	xterm "golang.org/x/term"
)

// stopTakes is how long a signal to stop may take to arrive.
const stopTakes = 200 * time.Millisecond

// Terminal is the controlling terminal of the process.
type Terminal struct {
	fd      int
	options Options
	turn    chan struct{}
}

// Open opens the controlling terminal. Without one the error is ErrNoTerminal.
func Open(o Options) (*Terminal, error) {
	for {
		fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w (/dev/tty: %w)", ErrNoTerminal, err)
		}
		return &Terminal{fd: fd, options: o, turn: make(chan struct{}, 1)}, nil
	}
}

// Close closes the terminal.
func (t *Terminal) Close() error { return unix.Close(t.fd) }

// CanAsk reports whether a question would be asked: not in the background.
func (t *Terminal) CanAsk() bool { return t.inForeground() }

// lockName: a session has one controlling terminal, and a terminal controls one
// session (POSIX, 11.1.3).
func (t *Terminal) lockName() string {
	sid, err := unix.Getsid(0)
	if err != nil {
		sid = 0
	}
	return fmt.Sprintf("terminal-%d.lock", sid)
}

// converse shows the question and reads the answer. All ways out restore the
// terminal; input that came behind the answer (the rest of a paste, a code
// typed twice) is discarded, so that no shell runs it.
func (t *Terminal) converse(ctx context.Context, q question) (string, error) {
	if !t.inForeground() {
		return "", fmt.Errorf("%w: the process is in the background", ErrNoTerminal)
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGCONT)
	defer signal.Stop(signals)
	before, err := unix.IoctlGetTermios(t.fd, getTermios)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	if err := t.goRaw(before); err != nil {
		return "", err
	}
	e := &editor{}
	defer func() {
		t.write(q.erase(string(e.line), t.width()))
		_ = t.set(before)
	}()
	t.write(q.show(""))
	var input [256]byte
	for {
		n, err := unix.Read(t.fd, input[:]) // returns within 100 ms
		if err != nil && !errors.Is(err, unix.EINTR) {
			return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
		}
		if err := t.interrupted(ctx, signals, before, q, e); err != nil {
			return "", err
		}
		if n <= 0 {
			if err := t.stillThere(); err != nil {
				return "", err
			}
			if err := e.idle(); err != nil {
				return "", err
			}
			continue
		}
		for _, b := range input[:n] {
			echo, what, err := e.feed(b)
			switch {
			case err != nil:
				return "", err
			case what == done:
				return string(e.line), nil
			case what == suspend:
				if err := t.suspend(ctx, signals, before, q, e); err != nil {
					return "", err
				}
			default:
				t.write(echo)
			}
		}
	}
}

// interrupted looks for what ends the question from outside, and draws it again
// after the process was stopped and continued.
func (t *Terminal) interrupted(ctx context.Context, signals <-chan os.Signal, before *unix.Termios, q question, e *editor) error {
	select {
	case s := <-signals:
		if s == syscall.SIGCONT {
			return t.resume(before, q, e)
		}
		return ended(s)
	case <-ctx.Done():
		return unanswered(ctx)
	default:
		return nil
	}
}

func ended(s os.Signal) error {
	if s == syscall.SIGINT {
		return ErrCancelled
	}
	return &SignalError{Signal: s}
}

// suspend stops the whole job, as Ctrl-Z does, with the terminal as it was, and
// draws the question again when the job goes on. The kernel does not stop a job
// that no shell could continue: then the question goes on at once.
func (t *Terminal) suspend(ctx context.Context, signals <-chan os.Signal, before *unix.Termios, q question, e *editor) error {
	t.write(q.erase(string(e.line), t.width()))
	if err := t.set(before); err != nil {
		return fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	_ = unix.Kill(0, unix.SIGTSTP)
	notStopped := time.NewTimer(stopTakes)
	defer notStopped.Stop()
	select {
	case s := <-signals:
		if s != syscall.SIGCONT {
			return ended(s)
		}
	case <-notStopped.C:
	case <-ctx.Done():
		return unanswered(ctx)
	}
	return t.resume(before, q, e)
}

func (t *Terminal) resume(before *unix.Termios, q question, e *editor) error {
	if err := t.goRaw(before); err != nil {
		return err
	}
	t.write("\r" + q.show(string(e.line)))
	return nil
}

// goRaw turns off echo, line editing and the keys that send signals: they come
// as bytes, so that a Ctrl-C is ours alone and not also our parent's. Reads
// return after 100 ms without input.
func (t *Terminal) goRaw(before *unix.Termios) error {
	raw := *before
	raw.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 0, 1
	if err := t.set(&raw); err != nil {
		return fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return nil
}

// set applies a state and discards the input that nobody has read.
func (t *Terminal) set(state *unix.Termios) error {
	for {
		if err := unix.IoctlSetTermios(t.fd, setTermiosFlush, state); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// stillThere tells an idle user from a terminal that is gone: both read as
// nothing.
func (t *Terminal) stillThere() error {
	if _, err := unix.IoctlGetTermios(t.fd, getTermios); err != nil {
		return fmt.Errorf("%w: it was closed", ErrNoTerminal)
	}
	return nil
}

func (t *Terminal) inForeground() bool {
	group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (t *Terminal) width() int {
	width, _, err := xterm.GetSize(t.fd)
	if err != nil {
		return 0
	}
	return width
}

func (t *Terminal) write(text string) {
	for len(text) > 0 {
		n, err := unix.Write(t.fd, []byte(text))
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return
		}
		text = text[n:]
	}
}
