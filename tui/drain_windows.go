package tui

import (
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// answersTake is how long the console may take to answer what it was asked.
const answersTake = 200 * time.Millisecond

// drain waits, where answers may be due, and throws away what the console still has to
// be read.
func drain(in, _ *os.File, due bool) {
	if due {
		time.Sleep(answersTake)
	}
	_ = windows.FlushConsoleInputBuffer(windows.Handle(in.Fd()))
}
