//go:build unix

package tui

import (
	"fmt"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// Over a slow line a key must not be felt: what it writes is counted on a real
// terminal, with ten thousand roles.
func TestBytesForOneKey(t *testing.T) {
	for _, c := range []struct {
		which                     string
		w, h                      int
		perLetter, perStep, steps int
	}{
		{"many", 100, 30, 2000, 200, 18},
		{"many-inline", 100, 30, 700, 200, 12},
		{"many", 40, 12, 350, 200, 10},
	} {
		t.Run(fmt.Sprintf("%s-%dx%d", c.which, c.w, c.h), func(t *testing.T) {
			t.Parallel()
			s := start(t, c.which, c.w, c.h)
			s.WaitFor("10000")
			quiet(s)
			for _, r := range "pay adm" {
				if n := cost(s, string(r)); n > c.perLetter {
					t.Errorf("%q costs %d bytes, more than %d", r, n, c.perLetter)
				} else {
					t.Logf("%q costs %d bytes", r, n)
				}
			}
			turned := false // half a page goes by, once
			for range c.steps {
				n := cost(s, screentest.Down)
				t.Logf("a step down costs %d bytes", n)
				if n > c.perStep && (turned || n > c.perLetter) {
					t.Errorf("a step down costs %d bytes, more than %d", n, c.perStep)
				}
				turned = turned || n > c.perStep
			}
			s.Type(screentest.CtrlC)
			s.Wait()
		})
	}
}

// cost is how many bytes a key makes the program write.
func cost(s *screentest.Screen, key string) int {
	before := len(s.Written())
	s.Type(key)
	s.WaitUntil("for an answer to "+key, func() bool { return len(s.Written()) > before })
	return quiet(s) - before
}

// quiet waits until nothing more is written, and returns how much was.
func quiet(s *screentest.Screen) int {
	for before := len(s.Written()); ; {
		time.Sleep(120 * time.Millisecond)
		now := len(s.Written())
		if now == before {
			return now
		}
		before = now
	}
}
