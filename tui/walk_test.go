package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"cameo/creds/refusal"
	"cameo/internal/roles"
)

var walkKeys = []string{"enter", "esc", "tab", "up", "down", "left", "right", "pgup", "pgdown", "home", "end",
	"backspace", "delete", "f1", "space", "?", "x", "q", "a", "p", "0", "1", "2", "4", "4", "7", "9", "é", "漢", "👩🏽",
	"tab", "tab", "m", "m", "p", "n", "c", "o", "o", "u", "e", "r", "v", "y", "i", "l", "f", "d", "s", "ctrl+r", "ctrl+y", "ctrl+o", "ctrl+x", "ctrl+e", "ctrl+f", "ctrl+g", "ctrl+t", "!", "'", ":", "ctrl+u", "ctrl+w", "ctrl+l", "ctrl+n", "ctrl+p", "ctrl+z"}

var walkPastes = []string{"4417", "123456", "12 34-56", "444455554417", "", "\x1b[31mred\x07\u202e", "prod\nupdate", "漢字漢字漢字", strings.Repeat("payments ", 500)}

// Whatever one does, in whatever window: nothing panics, no frame outgrows the
// window (see driver.check), and no production role is entered without its guard
// (see world.judge).
func TestRandomWalks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		wild := role("漢字-👩🏽-\u202eevil\x1b", "12", "R\u0301ole 漢", roles.Production, "ho\nme", device, 1)
		w.overview.Rows = append(w.overview.Rows, Row{Role: wild})
		if rapid.Bool().Draw(rt, "in a role") {
			w.overview.Renewable = rapid.Bool().Draw(rt, "renewable")
			w.inRole("payments-prod", time.Duration(rapid.IntRange(-10, 90).Draw(rt, "minutes"))*time.Minute)
		}
		for range rapid.IntRange(0, 3).Draw(rt, "refusals") {
			no := refused{what: "no " + strings.Repeat("x", 90), words: "漢字", badCode: rapid.Bool().Draw(rt, "code")}
			w.refuse = append(w.refuse, no)
			if rapid.Bool().Draw(rt, "for want of a code") {
				w.refuse = append(w.refuse, deviceError{explainedError{no, refusal.Explanation{What: "AWS refused"}}, device})
			}
		}
		var backend Backend = w
		if rapid.Bool().Draw(rt, "demo") {
			backend = rehearsal{w}
		}
		size := func() (int, int) {
			return rapid.IntRange(1, 150).Draw(rt, "w"), rapid.IntRange(1, 45).Draw(rt, "h")
		}
		for i := range rapid.IntRange(0, 60).Draw(rt, "more roles") {
			w.overview.Rows = append(w.overview.Rows, Row{Role: role(fmt.Sprintf("more-%d", i), fmt.Sprintf("%012d", i/3), "R", roles.Env(rapid.SampledFrom([]string{"", "dev"}).Draw(rt, "env")), "david", "", i)})
		}
		w.overview.Problems = someProblems()
		width, height := size()
		d := startOnly(t, backend, w, width, height, func(o *Options) {
			o.Height = rapid.SampledFrom([]int{0, 0, 14}).Draw(rt, "height")
			o.CanSuspend = rapid.Bool().Draw(rt, "suspend")
		})
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			switch rapid.IntRange(0, 12).Draw(rt, "step") {
			case 10: // the files are not what they were
				rapid.SampledFrom([]func(){
					func() { w.overview.Rows = slices.Clone(w.overview.Rows[:len(w.overview.Rows)/2]) },
					func() {
						w.overview.Rows = append([]Row{{Role: role("new", "999988887777", "New", roles.Dev, "david", "", 1)}}, w.overview.Rows...)
					},
					func() { w.overview.Problems = nil },
				}).Draw(rt, "change")()
				d.press("ctrl+e", "r")
			case 11: // what was asked for long ago
				known := make([]Readiness, rapid.IntRange(0, 9).Draw(rt, "known"))
				for i := range known {
					known[i].Ready = noon.Add(time.Duration(i-2) * time.Minute)
				}
				d.send(readinessMsg{now: w.now, read: rapid.IntRange(0, 3).Draw(rt, "read"), readiness: known})
			case 12:
				d.send(favouriteMsg{role: roles.Role{Profile: rapid.SampledFrom([]string{"payments-dev", "gone"}).Draw(rt, "favourite")}, on: rapid.Bool().Draw(rt, "on")})
			case 0:
				d.resize(size())
			case 1:
				d.paste(rapid.SampledFrom(walkPastes).Draw(rt, "paste"))
			case 2:
				w.slow = rapid.Bool().Draw(rt, "slow")
			case 3:
				if len(d.late) > 0 {
					d.send(d.late[0])
					d.late = d.late[1:]
				}
			case 4:
				d.pass(time.Duration(rapid.IntRange(0, 40000).Draw(rt, "ms")) * time.Millisecond)
			case 5: // keys without a pause
				for range 4 {
					d.send(d.key(rapid.SampledFrom(walkKeys).Draw(rt, "key")))
				}
			default:
				d.press(rapid.SampledFrom(walkKeys).Draw(rt, "key"))
			}
		}
		if text := d.styled(); strings.Contains(text, canary) {
			rt.Fatalf("a secret is drawn:\n%s", text)
		}
		if d.m.out.err != nil {
			rt.Fatalf("ended with %v", d.m.out.err)
		}
	})
}

// A held Enter, from anywhere, enters no production role.
func TestHeldEnterEntersNoProductionRole(t *testing.T) {
	for _, filter := range []string{"update", "payments-prod"} {
		w := newWorld(t)
		d := drive(t, rehearsal{w}, w, 80, 24, func(o *Options) { o.Filter = filter })
		for range 200 {
			d.send(d.key("enter"))
			d.pass(30 * time.Millisecond)
		}
		if w.calls["Switch"] != 0 {
			t.Errorf("%s was entered", filter)
		}
	}
}

// On every screen: no two enabled bindings share a key, and each stands in the
// help.
func TestBindings(t *testing.T) {
	for _, s := range scenes() {
		d := s.enter(t, 80, 24, func(o *Options) { o.CanSuspend = true })
		drawn := d.m.drawn()
		bindings := append(drawn.keys().all(), d.m.keys.all()...)
		owner := map[string]string{}
		for _, b := range bindings {
			if !b.Enabled() {
				continue
			}
			for _, k := range b.Keys() {
				if first, taken := owner[k]; taken {
					t.Errorf("%s: %s means %q and %q", s.name, k, first, b.Help().Desc)
				}
				owner[k] = b.Help().Desc
			}
		}
		help := newHelpScreen(bindings, nil)
		text := strings.Join(help.render(frame{look: d.m.look, w: 79, h: 100}).lines, "\n")
		for _, b := range bindings {
			if b.Enabled() && (b.Help().Desc == "" || !strings.Contains(text, b.Help().Desc)) {
				t.Errorf("%s: %v is not in the help", s.name, b.Keys())
			}
		}
	}
}

// What the last line and the help promise is taken: every enabled binding is
// one that the screen or the root matches.
func TestEveryBindingOfTheListDoesSomething(t *testing.T) {
	for _, b := range newListScreen(newWorld(t).overview, "", byUse).keys().all() {
		for _, k := range b.Keys() {
			if !b.Enabled() {
				continue
			}
			w := newWorld(t)
			d := drive(t, w, w, 80, 24)
			d.typeText("pa")
			d.press("down", "left")
			if k == "?" {
				d.press("ctrl+u")
			}
			if k == "end" || k == "pgdown" {
				d.press("home")
			}
			if k == "home" || k == "pgup" {
				d.press("down")
			}
			before, calls := snapshot(d), w.total()
			d.send(keyNamed(d, k))
			d.settle()
			if snapshot(d) == before && w.total() == calls && !d.quit {
				t.Errorf("%q (%s) does nothing", k, b.Help().Desc)
			}
		}
	}
}

func snapshot(d *driver) string {
	at := ""
	if c := d.m.View().Cursor; c != nil {
		at = fmt.Sprint(c.X, c.Y)
	}
	return d.frame() + at
}

func keyNamed(d *driver, name string) tea.KeyPressMsg {
	msg := d.key(name)
	if msg.String() != name {
		panic(fmt.Sprintf("%q arrives as %q", name, msg.String()))
	}
	return msg
}

// On a terminal with the kitty keyboard protocol Ctrl-[ is not Esc.
func TestCtrlBracketIsEsc(t *testing.T) {
	for _, s := range scenes() {
		d := s.enter(t, 80, 24)
		all := d.m.drawn().keys().all()
		if !slices.ContainsFunc(all, func(b key.Binding) bool {
			return key.Matches(tea.KeyPressMsg{Code: '[', Mod: tea.ModCtrl}, b)
		}) {
			t.Errorf("%s: ctrl-[ does nothing", s.name)
		}
	}
}
