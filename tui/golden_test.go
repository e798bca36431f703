package tui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/screentest"
	"cameo/profiles"
)

var (
	update = flag.Bool("update", false, "write the golden frames anew")
	shots  = flag.String("shots", "", "write an SVG of every screen into this directory")
)

// scene is one screen, brought about by pressing keys.
type scene struct {
	name  string
	enter func(t testing.TB, w, h int, change ...func(*Options)) *driver
}

func scenes() []scene {
	plain := func(name string, then func(d *driver), prepare ...func(w *world)) scene {
		return scene{name, func(t testing.TB, w, h int, change ...func(*Options)) *driver {
			world := newWorld(t)
			for _, p := range prepare {
				p(world)
			}
			d := drive(t, world, world, w, h, change...)
			then(d)
			return d
		}}
	}
	demo := func(name string, then func(d *driver), prepare ...func(w *world)) scene {
		return scene{name, func(t testing.TB, w, h int, change ...func(*Options)) *driver {
			world := newWorld(t)
			world.overview.Sandbox = true
			for _, p := range prepare {
				p(world)
			}
			d := drive(t, rehearsal{world}, world, w, h, change...)
			then(d)
			return d
		}}
	}
	nothing := func(*driver) {}
	denied := refusal{what: "AWS refused UpdateApp in 123456789012: the role may not trust david, or wants MFA that was not given",
		next:  "cameo explain prod-update --check",
		words: "User: arn:aws:iam::111122223333:user/david is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/UpdateApp"}
	return []scene{
		plain("list", nothing),
		plain("list-production", func(d *driver) { d.press("down") }),
		plain("list-filtered", func(d *driver) { d.typeText("pay adm") }),
		plain("list-nothing-found", func(d *driver) { d.typeText("paymetns") }),
		plain("list-broken", func(d *driver) { d.typeText("loop"); d.press("enter") }),
		plain("list-details", func(d *driver) { d.press("tab") }),
		plain("list-active", func(d *driver) { d.press("enter") }, func(w *world) { w.inRole("payments-stg", 42*time.Minute) }),
		plain("list-notices", nothing, func(w *world) {
			w.overview.Notices = []string{"config.toml:17: unknown key \"acounts\"", "the cache cannot be written"}
		}),
		plain("list-problems", nothing, func(w *world) { w.overview.Problems = someProblems() }),
		plain("problems", func(d *driver) { d.press("ctrl+e") }, func(w *world) { w.overview.Problems = someProblems() }),
		plain("problems-first", nothing, func(w *world) { w.overview.Problems, w.overview.Rows = someProblems(), nil }),
		plain("first-run", nothing, func(w *world) {
			w.overview.Rows, w.overview.ShellSetup = nil, `eval "$(cameo init zsh)"`
		}),
		plain("first-run-problems", func(d *driver) { d.press("esc") }, func(w *world) {
			w.overview.Problems, w.overview.Rows, w.overview.Integrated = someProblems(), nil, true
		}),
		plain("code", func(d *driver) { d.typeText("stg"); d.press("enter"); d.typeText("123") }),
		plain("code-production", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("12") }),
		plain("code-rejected", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("111111") }, func(w *world) {
			w.refuse = []error{refusal{what: "AWS did not accept that MFA code: mistyped, or the clock is off", badCode: true}}
		}),
		plain("code-for-an-hour", func(d *driver) { d.typeText("update"); d.press("enter") }, func(w *world) {
			plan := w.plans["prod-update"]
			plan.Session.WhyNotLonger = "AWS limits a role entered from another session to 1 hour"
			plan.Session.Region = "eu-west-1"
			w.plans["prod-update"] = plan
		}),
		plain("code-of-its-own", func(d *driver) { d.typeText("update"); d.press("enter") }, func(w *world) {
			plan := w.plans["prod-update"]
			plan.Session.Duration, plan.Code.Serves = 4*time.Hour, 0
			w.plans["prod-update"] = plan
		}),
		demo("code-sandbox", func(d *driver) { d.press("enter"); d.typeText("update"); d.press("enter") }),
		plain("guard", func(d *driver) { d.typeText("payments-prod"); d.press("enter"); d.typeText("44") }),
		plain("guard-wrong", func(d *driver) { d.typeText("payments-prod"); d.press("enter"); d.typeText("4418") }),
		plain("waiting", func(d *driver) {
			d.w.slow = true
			d.press("enter")
			d.pass(2300 * time.Millisecond)
		}),
		plain("active", nothing, func(w *world) { w.inRole("prod-update", 42*time.Minute) }),
		plain("active-ending", nothing, func(w *world) { w.inRole("payments-dev", 4*time.Minute+10*time.Second) }),
		plain("active-inherited", nothing, func(w *world) {
			w.inRole("payments-dev", 42*time.Minute)
			w.overview.State.Active.Inherited, w.overview.State.Active.KeysChanged = true, true
		}),
		demo("demo-home", nothing),
		demo("demo-active", nothing, func(w *world) { w.inRole("prod-update", 58*time.Minute) }),
		plain("failure", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("123456") }, func(w *world) {
			w.refuse = []error{denied}
		}),
		plain("failure-plain", func(d *driver) { d.press("enter") }, func(w *world) { w.planErr = errors.New("cannot reach the network") }),
		plain("help", func(d *driver) { d.press("f1") }),
		plain("help-end", func(d *driver) { d.press("f1", "end") }),
	}
}

func someProblems() []profiles.Problem {
	at := func(line int) profiles.Position {
		return profiles.Position{File: "/home/david/.aws/config", Line: line}
	}
	return []profiles.Problem{
		{Position: at(17), Text: "[profile payments", Reason: "the header does not end", Fix: `close it with "]"`},
		{Position: at(88), Text: "role_arn arn:aws:iam::444455551234:role/Admin", Reason: `has no "="`, Fix: "write role_arn = arn:aws:iam::444455551234:role/Admin"},
	}
}

var sizes = []struct{ w, h int }{{100, 30}, {80, 24}, {40, 12}, {140, 40}, {20, 5}}

// Every screen at every size, once as one reads it and once with its styles, in
// both themes.
func TestGoldenFrames(t *testing.T) {
	for _, s := range scenes() {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				auto := s.enter(t, size.w, size.h)
				mono := s.enter(t, size.w, size.h, func(o *Options) { o.Theme = "mono" })
				if auto.frame() != mono.frame() {
					t.Errorf("the themes differ in words:\n%s\n%s", auto.frame(), mono.frame())
				}
				if colour.MatchString(mono.styled()) {
					t.Errorf("mono has colours: %q", mono.styled())
				}
				golden(t, name+".txt", auto.frame()+"\n")
				if size.w == 80 {
					golden(t, name+".auto.ansi", visible(auto.styled()))
					golden(t, name+".mono.ansi", visible(mono.styled()))
				}
				if *shots != "" {
					shoot(t, filepath.Join(*shots, name), auto)
				}
			})
		}
	}
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*\b(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)\b`)

// visible makes escape sequences readable in a diff.
func visible(s string) string { return strings.ReplaceAll(s, "\x1b", "^") + "\n" }

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.ReplaceAll(string(want), "\r\n", "\n"), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

func shoot(t *testing.T, path string, d *driver) {
	t.Helper()
	x, y := -1, -1
	if c := d.m.View().Cursor; c != nil {
		x, y = c.X, c.Y
	}
	p := screentest.Draw(d.styled(), d.m.w, d.m.h, x, y)
	for name, palette := range map[string]screentest.Palette{"dark": screentest.Dark(), "light": screentest.Light()} {
		if err := os.WriteFile(path+"-"+name+".svg", p.SVG(palette), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutUTF8TheGlyphsAreASCII(t *testing.T) {
	for _, s := range scenes() {
		d := s.enter(t, 100, 30, func(o *Options) { o.Environ = []string{"LANG=C", "TERM=vt100"} })
		for _, r := range d.frame() {
			if r > 0x7e {
				t.Errorf("%s: %q is not ASCII in\n%s", s.name, r, d.frame())
				break
			}
		}
	}
}
