package tui

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want string
	}{
		{"payments-production", 19, "payments-production"},
		{"payments-production", 10, "payme…tion"},
		{"payments", 3, "p…s"},
		{"payments", 2, "pa"},
		{"payments", 0, ""},
		{"漢字漢字漢字", 7, "漢…漢字"},
		{"e\u0301e\u0301e\u0301e\u0301", 3, "e\u0301…e\u0301"},
	} {
		if got := shorten(c.text, c.w, "…"); cells(got) > c.w || c.w > 2 && !strings.Contains(c.text, "漢") && got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("payments-production", 7)
	f.Add("漢字👩🏽‍🚀e\u0301", 5)
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = min(max(w, 0), 200)
		s = inert(s)
		if got := shorten(s, w, "…"); cells(got) > w {
			t.Errorf("shorten(%q, %d) = %q is %d wide", s, w, got, cells(got))
		}
		if got := clip(s, w); cells(got) > w {
			t.Errorf("clip(%q, %d) = %q is %d wide", s, w, got, cells(got))
		}
		for _, line := range wrap(s, w) {
			if cells(line) > w {
				t.Errorf("wrap(%q, %d) has %q, %d wide", s, w, line, cells(line))
			}
		}
	})
}

func FuzzInert(f *testing.F) {
	f.Add("a\x1b[31m\u202e\u0085\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := inert(s)
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("inert(%q) = %q keeps %q", s, got, r)
			}
		}
		if inert(got) != got {
			t.Errorf("inert is not stable on %q", s)
		}
	})
}

func TestWordsForTime(t *testing.T) {
	for _, c := range []struct {
		look look
		want []string
	}{
		{look{}, []string{"ended", "40s left", "1m 30s left", "5m left", "59m left", "1h 30m left"}},
		{look{calm: true}, []string{"ended", "under 1m left", "1m left", "5m left", "59m left", "1h 30m left"}},
	} {
		var got []string
		for _, d := range []time.Duration{0, 45 * time.Second, 99 * time.Second, 5 * time.Minute, 59 * time.Minute, 90 * time.Minute} {
			got = append(got, c.look.left(d))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("calm %v: %s", c.look.calm, diff)
		}
	}
}

func TestTheNextStepOfTheCountdownIsNeverMissed(t *testing.T) {
	for _, l := range []look{{}, {calm: true}} {
		end := noon.Add(6 * time.Minute)
		for now := noon; now.Before(end); {
			next := now.Add(l.untilNextStep(end, now))
			if before, after := l.left(end.Sub(now)), l.left(end.Sub(next)); before == after {
				t.Fatalf("at %v it woke %v later for nothing (%s)", end.Sub(now), next.Sub(now), after)
			}
			now = next
		}
	}
}

func TestUTF8AndMonoComeFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		environ    []string
		utf8, mono bool
	}{
		{[]string{"LANG=C"}, false, false},
		{[]string{"LANG=de_DE.UTF-8"}, true, false},
		{[]string{"LANG=de_DE.utf8", "LC_ALL=C"}, false, false},
		{[]string{"LANG=C", "LC_CTYPE=C.UTF-8", "NO_COLOR=1"}, true, true},
		{[]string{"LANG=C", "LANG=C.UTF-8", "NO_COLOR="}, true, false},
	} {
		o := Options{Environ: c.environ}
		if o.utf8() != c.utf8 || o.mono() != c.mono {
			t.Errorf("%v: utf8 %v, mono %v", c.environ, o.utf8(), o.mono())
		}
	}
}
