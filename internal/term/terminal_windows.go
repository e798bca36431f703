package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/windows"
	xterm "golang.org/x/term"
)

// Terminal is the console of the process.
type Terminal struct {
	in, out *os.File
	options Options
	turn    chan struct{}
	bytes   chan byte // of the one reader, which lives as long as the process
}

// Open opens the console. Without one the error is ErrNoTerminal.
func Open(o Options) (*Terminal, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w (CONIN$: %w)", ErrNoTerminal, err)
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w (CONOUT$: %w)", ErrNoTerminal, err), in.Close())
	}
	return &Terminal{in: in, out: out, options: o, turn: make(chan struct{}, 1)}, nil
}

// Close closes the console.
func (t *Terminal) Close() error { return errors.Join(t.in.Close(), t.out.Close()) }

// CanAsk is true: a console has no background.
func (t *Terminal) CanAsk() bool { return true }

// Name is what messages call it.
func (t *Terminal) Name() string { return "the console" }

// lockName: all consoles of a user take turns.
func (t *Terminal) lockName() string { return "terminal-console.lock" }

// converse shows the question and reads the answer. All ways out restore the
// console.
func (t *Terminal) converse(ctx context.Context, q question) (string, error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	before, err := xterm.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	handle := windows.Handle(t.out.Fd())
	var outMode uint32
	if windows.GetConsoleMode(handle, &outMode) == nil {
		_ = windows.SetConsoleMode(handle, outMode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
		defer func() { _ = windows.SetConsoleMode(handle, outMode) }()
	}
	e := &editor{}
	defer func() {
		t.write(q.erase(string(e.line), t.width()))
		_ = xterm.Restore(int(t.in.Fd()), before)
	}()
	t.startReading()
	t.write(q.show(""))
	for {
		select {
		case s := <-signals:
			if s == os.Interrupt {
				return "", ErrCancelled
			}
			return "", &SignalError{Signal: s}
		case <-ctx.Done():
			return "", unanswered(ctx)
		case b, ok := <-t.bytes:
			if !ok {
				return "", fmt.Errorf("%w: it was closed", ErrNoTerminal)
			}
			if b == escape {
				return "", ErrCancelled // the console sends no sequences in this mode
			}
			echo, what, err := e.feed(b)
			if err != nil {
				return "", err
			}
			if what == done {
				return string(e.line), nil
			}
			t.write(echo)
		}
	}
}

// startReading starts the one goroutine that reads the console: a read of it
// cannot be interrupted, and a second reader would steal the next answer.
func (t *Terminal) startReading() {
	if t.bytes != nil {
		return
	}
	t.bytes = make(chan byte)
	go func() {
		defer close(t.bytes)
		var input [1]byte
		for {
			n, err := t.in.Read(input[:])
			if err != nil {
				return
			}
			if n == 1 {
				t.bytes <- input[0]
			}
		}
	}()
}

func (t *Terminal) width() int {
	width, _, err := xterm.GetSize(int(t.out.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func (t *Terminal) write(text string) { _, _ = t.out.WriteString(text) }
