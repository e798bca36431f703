package tui

import (
	"io"
	"os"
	"testing"
)

func TestTheWheelBelongsToTheAlternateScreen(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"in and out", []string{"a\x1b[?1049hb", "c", "d\x1b[?1049le"}, "a\x1b[?1007s\x1b[?1007h\x1b[?1049hbcd\x1b[?1049l\x1b[?1007re"},
		{"inline", []string{"a", "b"}, "ab"},
		{"twice in: what was saved stays", []string{"\x1b[?1049h", "\x1b[?1049h", "\x1b[?1049l"}, "\x1b[?1007s\x1b[?1007h\x1b[?1049h\x1b[?1049h\x1b[?1049l\x1b[?1007r"},
		{"out without in", []string{"\x1b[?1049l"}, "\x1b[?1049l"},
		{"an editor between", []string{"\x1b[?1049h", "\x1b[?1049l", "\x1b[?1049h", "\x1b[?1049l"},
			"\x1b[?1007s\x1b[?1007h\x1b[?1049h\x1b[?1049l\x1b[?1007r\x1b[?1007s\x1b[?1007h\x1b[?1049h\x1b[?1049l\x1b[?1007r"},
		{"all at once", []string{"\x1b[?1049hx\x1b[?1049l"}, "\x1b[?1007s\x1b[?1007h\x1b[?1049hx\x1b[?1049l\x1b[?1007r"},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		terminal := &wheelTerminal{File: w}
		for _, part := range c.in {
			if n, err := terminal.Write([]byte(part)); n != len(part) || err != nil {
				t.Errorf("%s: %d, %v", c.name, n, err)
			}
		}
		w.Close()
		got, err := io.ReadAll(r)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}
