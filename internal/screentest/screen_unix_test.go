//go:build unix

package screentest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/term"

	"cameo/cmd"
)

func TestMain(m *testing.M) {
	if os.Getenv("CAMEO_SCREENTEST_ECHO") != "" {
		os.Exit(echo())
	}
	if os.Getenv(asCameo) != "" {
		os.Exit(cmd.Main(cmd.Build{Version: "dev"}))
	}
	os.Exit(m.Run())
}

// echo is a program for the tests: it shows the size at every key, hides the
// cursor on h, and ends with code 7 on q.
func echo() int {
	state, err := term.MakeRaw(0)
	if err != nil {
		return 1
	}
	defer term.Restore(0, state)
	fmt.Print("\x1b[?1049hready\r\n")
	for key := make([]byte, 1); ; {
		if _, err := os.Stdin.Read(key); err != nil {
			return 2
		}
		w, h, _ := term.GetSize(1)
		switch key[0] {
		case 'q':
			fmt.Print("\x1b[?1049l\x1b[?25hbye\r\n")
			return 7
		case 'h':
			fmt.Print("\x1b[?25l")
		}
		fmt.Printf("%c %dx%d\r\n", key[0], w, h)
	}
}

func TestScreen(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), "CAMEO_SCREENTEST_ECHO=1")
	s := Start(t, command, 60, 10)
	s.WaitFor("ready")
	if !s.AltScreen() || !s.CursorVisible() {
		t.Errorf("alternate screen %v, cursor %v", s.AltScreen(), s.CursorVisible())
	}
	s.Type("a")
	s.WaitFor("a 60x10")
	s.Resize(30, 5)
	s.Type("h")
	s.WaitFor("h 30x5")
	if s.CursorVisible() {
		t.Error("the cursor is still visible")
	}
	s.Type("q")
	s.Ends(7)
	s.WaitGone("ready")
	s.WaitUntil("for the cursor", s.CursorVisible)
	s.Restored()
	if s.AltScreen() || !strings.Contains(s.Written(), "bye") {
		t.Errorf("alternate screen %v; written %q", s.AltScreen(), s.Written())
	}
}

func TestAFarTerminal(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), "CAMEO_SCREENTEST_ECHO=1")
	const oneWay = 60 * time.Millisecond
	began := time.Now()
	s := StartFar(t, command, 60, 10, oneWay)
	s.WaitFor("ready")
	if came := s.Arrived(1); came.Sub(began) < oneWay || came.After(s.Arrived(len(s.Written()))) {
		t.Errorf("the first byte came after %v", came.Sub(began))
	}
	if !s.Arrived(1 << 20).IsZero() {
		t.Error("what was not written has arrived")
	}
	const keys = "abcdefgh"
	for _, key := range keys {
		s.Type(string(key))
	}
	s.WaitFor("h 60x10")
	var got string
	for line := range strings.Lines(s.Text()) {
		if key, _, found := strings.Cut(line, " 60x10"); found {
			got += key
		}
	}
	if got != keys {
		t.Errorf("%q came as %q", keys, got)
	}
	cost, first := s.Cost("i", 3*oneWay)
	if cost != len("i 60x10\r\n") || first < 2*oneWay {
		t.Errorf("a key costs %d bytes, the first after %v", cost, first)
	}
	s.Type("q")
	s.Ends(7)
	s.WaitFor("bye")
}
