//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package tui

import (
	"errors"
	"os"
	"regexp"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// answersTake is how long the terminal may take to answer what it was asked: one behind
// a slow line does so late.
const answersTake = time.Second

// drain throws away what the terminal still answers to questions asked at the
// start: an answer that came a moment late would stand on the shell's prompt as
// if it had been typed. Where answers may be due it asks one more question, which every
// terminal answers, and waits for that: answers come in the order of the questions.
// Echo is off meanwhile.
func drain(in, out *os.File, due bool) {
	fd := int(in.Fd())
	if due {
		if state, err := term.MakeRaw(fd); err == nil {
			defer func() { _ = term.Restore(fd, state) }()
			if readsWithoutWaiting(fd) == nil {
				awaitAnswer(fd, out)
			}
		}
	}
	flushInput(fd)
}

// readsWithoutWaiting makes a read of a terminal end at once where there is nothing
// (VMIN and VTIME of termios(3)). What select saw may be gone: the reader of the
// screens can still be there, and take it.
func readsWithoutWaiting(fd int) error {
	modes, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 0, 0
	return unix.IoctlSetTermios(fd, setTermios, modes)
}

// awaitAnswer asks for the terminal's primary device attributes (DA1 of ECMA-48) and
// reads until they have come.
func awaitAnswer(fd int, out *os.File) {
	deadline := time.Now().Add(answersTake)
	if _, err := out.WriteString("\x1b[c"); err != nil {
		return
	}
	attributes := regexp.MustCompile(`\x1b\[\?[0-9;]*c`)
	var read []byte
	for buf := make([]byte, 256); !attributes.Match(read); {
		left := unix.NsecToTimeval(int64(max(time.Until(deadline), 0)))
		var ready unix.FdSet // not poll, which macOS has for no terminal
		ready.Set(fd)
		switch n, err := unix.Select(fd+1, &ready, nil, nil, &left); {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n == 0:
			return
		}
		n, err := unix.Read(fd, buf)
		if err != nil {
			return
		}
		if n <= 0 { // taken by another, or the terminal is gone
			time.Sleep(5 * time.Millisecond)
			if time.Now().After(deadline) {
				return
			}
			continue
		}
		read = append(read, buf[:n]...)
	}
}
