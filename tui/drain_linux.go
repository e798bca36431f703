package tui

import "golang.org/x/sys/unix"

func flushInput(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
