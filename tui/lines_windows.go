package tui

import (
	"context"
	"os"

	"golang.org/x/sys/windows"
)

// The console moves its cursor without a TERM; a TERM that says dumb was set by
// somebody who means it.
func needsLinear(environ []string) bool {
	name, _ := lookup(environ, "TERM")
	return name == "dumb"
}

// terminalLines reads lines from the console, which edits them itself.
type terminalLines struct {
	console *os.File
	rest    []byte
}

func openLines(console *os.File) (lineReader, error) { return &terminalLines{console: console}, nil }

// ReadLine leaves a read behind when ctx ends: the console cannot be told to give
// up. The process ends soon after, and the next line is lost with it.
func (l *terminalLines) ReadLine(ctx context.Context) (string, error) {
	type read struct {
		data []byte
		err  error
	}
	for {
		if line, rest, found := cutLine(l.rest); found {
			l.rest = rest
			return line, ctx.Err()
		}
		reads := make(chan read, 1)
		go func() {
			buf := make([]byte, 4096)
			n, err := l.console.Read(buf)
			reads <- read{buf[:n], err}
		}()
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case r := <-reads:
			l.rest = append(l.rest, r.data...)
			if len(r.data) == 0 || r.err != nil {
				return "", errGone
			}
		}
	}
}

// Forget waits a moment first, as the screens do before they ask: a paste may
// still be on its way.
func (l *terminalLines) Forget(ctx context.Context) {
	_ = pause(ctx, grace)
	l.rest = nil
	_ = windows.FlushConsoleInputBuffer(windows.Handle(l.console.Fd()))
}

func (l *terminalLines) Close() error { return nil }
