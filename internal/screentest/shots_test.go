//go:build unix

package screentest

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the pictures of the documents anew")

// asCameo is the environment variable that makes the test binary cameo itself.
// Because the program is part of this binary, the test runs again whenever the
// program changed.
const asCameo = "CAMEO_SCREENTEST_AS_CAMEO"

// The pictures of the documents are frames of the demo, and fail the test when
// the demo looks different now. What differs from run to run, the code of the
// device and the name of the demo's folder, is masked.
func TestThePicturesOfTheDocumentsAreOfThisProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	command := exec.Command(self, "demo")
	command.Dir = home
	command.Env = []string{asCameo + "=1", "HOME=" + home, "TMPDIR=" + home, "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC",
		"CAMEO_NOW=2026-11-22T13:05:12Z", "GORACE=atexit_sleep_ms=0"}
	s := Start(t, command, 100, 30)
	s.WaitFor("AccessDenied")
	s.Type(Enter)
	s.WaitFor("role/UpdateApp")
	s.WaitFor("esc back")
	draw(t, s, "demo-list")
	s.Type(Enter)
	s.WaitFor("device shows ")
	code := deviceCode.FindStringSubmatch(s.Text())
	if code == nil {
		t.Fatalf("no code in\n%s", s.Text())
	}
	draw(t, s, "demo-code")
	s.Type(code[1])
	s.WaitFor("READ-WRITE")
	s.WaitFor("dev-scratch")
	draw(t, s, "demo-role")
	s.Type("q")
	s.Ends(0)
}

var (
	deviceCode = regexp.MustCompile(`device shows (\d{6})`)
	demoFolder = regexp.MustCompile(`(\S*cameo-demo)-\d+`)
)

// draw waits until the screen is the picture of that name, or writes it anew.
func draw(t *testing.T, s *Screen, name string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name+".svg")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, settled(s), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if bytes.Equal(masked(s), want) {
			return
		}
	}
	diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(masked(s)), "\n"))
	t.Errorf("%s is not what the demo shows (-update draws it anew; look at it):\n%s\nThe screen is\n%s", path, diff, s.Text())
}

func masked(s *Screen) []byte {
	p := s.Picture()
	for _, row := range p.Cells {
		mask(row, deviceCode, "device shows 123456")
		mask(row, demoFolder, "~/cameo-demo")
	}
	return p.SVG(Dark())
}

// settled is the picture once nothing changed for a while.
func settled(s *Screen) []byte {
	for before := masked(s); ; {
		time.Sleep(300 * time.Millisecond)
		now := masked(s)
		if bytes.Equal(now, before) {
			return now
		}
		before = now
	}
}
