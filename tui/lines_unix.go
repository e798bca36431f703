//go:build unix

package tui

import (
	"context"
	"errors"
	"io"
	"os"

	uv "github.com/charmbracelet/ultraviolet"
)

func needsLinear(environ []string) bool {
	name, _ := lookup(environ, "TERM")
	return name == "" || name == "dumb"
}

// terminalLines reads lines from a terminal that edits them itself. It reads only
// while a line is wanted, so that what was typed early can still be forgotten.
type terminalLines struct {
	terminal *os.File
	reader   interface {
		io.Reader
		Cancel() bool
		Close() error
	}
	rest []byte // read and not asked for yet
}

func openLines(terminal *os.File) (lineReader, error) {
	reader, err := uv.NewCancelReader(terminal)
	if err != nil {
		return nil, err
	}
	return &terminalLines{terminal: terminal, reader: reader}, nil
}

func (l *terminalLines) ReadLine(ctx context.Context) (string, error) {
	stop := context.AfterFunc(ctx, func() { l.reader.Cancel() })
	defer stop()
	for {
		if line, rest, found := cutLine(l.rest); found {
			l.rest = rest
			return line, ctx.Err()
		}
		buf := make([]byte, 4096)
		n, err := l.reader.Read(buf)
		l.rest = append(l.rest, buf[:n]...)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case n > 0:
		case err == nil, errors.Is(err, io.EOF): // Ctrl-D, or the terminal hung up
			return "", errGone
		default:
			return "", errors.Join(errGone, err)
		}
	}
}

// Forget waits a moment first, as the screens do before they ask: a paste may
// still be on its way.
func (l *terminalLines) Forget(ctx context.Context) {
	_ = pause(ctx, grace)
	l.rest = nil
	flushInput(int(l.terminal.Fd()))
}

func (l *terminalLines) Close() error { return l.reader.Close() }
