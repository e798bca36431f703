package tui

import (
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// drain throws away what the console still has to be read.
func drain(terminal *os.File, wait time.Duration) {
	time.Sleep(wait)
	_ = windows.FlushConsoleInputBuffer(windows.Handle(terminal.Fd()))
}
