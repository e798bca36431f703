//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package tui

import (
	"os"
	"time"

	"golang.org/x/term"
)

// drain throws away what the terminal still answers to questions asked at the
// start: an answer that came a moment late would stand on the shell's prompt as
// if it had been typed. Echo is off while it waits.
func drain(terminal *os.File, wait time.Duration) {
	fd := int(terminal.Fd())
	if wait > 0 {
		if state, err := term.MakeRaw(fd); err == nil {
			defer func() { _ = term.Restore(fd, state) }()
			time.Sleep(wait)
		}
	}
	flushInput(fd)
}
