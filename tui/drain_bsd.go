//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package tui

import "golang.org/x/sys/unix"

// 1 is FREAD: the queue of what was typed.
func flushInput(fd int) { _ = unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, 1) }

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
