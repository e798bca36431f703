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
			const quiet = 120 * time.Millisecond
			s.Quiet(quiet)
			for _, r := range "pay adm" {
				if n, _ := s.Cost(string(r), quiet); n > c.perLetter {
					t.Errorf("%q costs %d bytes, more than %d", r, n, c.perLetter)
				} else {
					t.Logf("%q costs %d bytes", r, n)
				}
			}
			turned := false // half a page goes by, once
			for range c.steps {
				n, _ := s.Cost(screentest.Down, quiet)
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
