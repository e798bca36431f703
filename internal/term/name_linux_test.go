package term

import "testing"

func TestTerminalsByTheirNumber(t *testing.T) {
	for number, want := range map[string]string{
		"34819": "/dev/pts/3", "34816": "/dev/pts/0", "35071": "/dev/pts/255", "1025": "/dev/tty1", "1088": "/dev/ttyS0", "0": "", "x": "", "1280": "",
	} {
		if got := controlling("17 (a ) b) S 1 2 3 " + number + " 9 9"); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
	if got := controlling("17 (cut off"); got != "" {
		t.Errorf("got %q", got)
	}
}
