//go:build unix

package shell_test

import (
	"os"

	"golang.org/x/term"
)

// makeRaw does to the terminal, if there is one, what a full-screen program does.
func makeRaw() {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return
	}
	_, _ = term.MakeRaw(int(tty.Fd()))
	_, _ = tty.WriteString("\x1b[?1049h\x1b[?25l")
}
