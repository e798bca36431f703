package term

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestInputBehindTheAnswerIsDiscarded(t *testing.T) {
	s := raise(t, "ask")
	s.waitFor("MFA code: ", 1)
	s.press("123456\rrm -rf x\r")
	s.ends(`answer "123456"`)
	if waiting, err := unix.IoctlGetInt(int(s.tty.Fd()), unix.TIOCINQ); err == nil && waiting != 0 {
		t.Errorf("%d bytes wait for the shell", waiting)
	}
}
