package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

func TestTabOpensWhatCanBeDoneWithTheRole(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("tab")
	d.sees("Admin in 444455551234", "switch this shell", "open a new subshell", "copy Switch Role link")
	d.press("esc")
	d.sees("8 roles")
	d.press("tab", "enter")
	d.ended(Switched)
}

func TestTheItemsOfTheMenu(t *testing.T) {
	for _, test := range []struct {
		letter string
		kind   Kind
		wish   Wish
	}{
		{"s", Switched, Wish{}},
		{"r", Switched, Wish{ReadOnly: true}},
		{"n", Subshell, Wish{For: ForSubshell}},
	} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.press("tab", test.letter)
		d.ended(test.kind)
		test.wish.Role = w.overview.Rows[0].Role
		if w.wish != test.wish {
			t.Errorf("%s: wished %+v", test.letter, w.wish)
		}
	}
}

func TestACommandIsAskedForAndHandedOn(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("tab", "c", "enter")
	if d.quit || w.calls["Plan"] != 0 {
		t.Fatal("an empty command was taken")
	}
	d.typeText("aws s3 ls  'a b'")
	d.press("enter")
	d.ended(Command)
	if got := d.m.out.result; got.Line != "aws s3 ls  'a b'" || got.Session.Role.Profile != "payments-dev" || w.wish.For != ForCommand {
		t.Errorf("it came to %q for %q", got.Line, got.Session.Role.Profile)
	}
	if w.overview.State.Active != nil {
		t.Error("the shell switched")
	}
}

func TestReadOnlyFromTheListIsNotGuarded(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("ctrl+r")
	d.ended(Switched)
	if !w.wish.ReadOnly {
		t.Errorf("wished %+v", w.wish)
	}
}

func TestReadOnlyInPlaceOfTheGuard(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.sees("read-only instead")
	d.press("ctrl+r")
	d.ended(Switched)
	if !w.wish.ReadOnly || w.answer != (switching.Answer{}) {
		t.Errorf("wished %+v, answered %+v", w.wish, w.answer)
	}
}

// Whatever gets credentials of a production role passes its guard.
func TestNoItemGoesRoundTheGuard(t *testing.T) {
	for _, keys := range [][]string{{"s"}, {"n"}, {"c", "x", "enter"}, {"v", "enter"}, {"enter"}} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.typeText("payments-prod")
		d.press(append([]string{"tab"}, keys...)...)
		d.sees("!! PRODUCTION !!", "Last 4 digits of the account")
		for range 50 {
			d.press("enter", "y")
		}
		if w.calls["Switch"] != 0 {
			t.Fatalf("%v went round the guard", keys)
		}
		d.typeText("4417")
		if w.calls["Switch"] != 1 {
			t.Errorf("%v: the digits did not pass", keys)
		}
	}
}

func TestABrokenRoleHasNoWayIn(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("loop")
	d.press("tab")
	d.sees("It cannot be entered", "copy role ARN")
	d.seesNo("switch this shell", "subshell", "run one command", "env exports")
}

func TestTheDemoHasNoItemThatOutlivesIt(t *testing.T) {
	w := newWorld(t)
	d := drive(t, rehearsal{w}, w, 100, 30)
	d.press("enter", "tab")
	d.sees("switch this shell", "copy role ARN")
	d.seesNo("subshell", "run one command", "env exports")
}

// sentToClipboard is what the terminal's clipboard was sent.
func (d *driver) sentToClipboard() string {
	var sent []string
	for _, msg := range d.sent {
		if text := fmt.Sprintf("%T", msg); strings.HasSuffix(text, ".setClipboardMsg") {
			sent = append(sent, fmt.Sprint(msg))
		}
	}
	return strings.Join(sent, "\n")
}

func TestCopyingSaysWhatItKnowsAndNoMore(t *testing.T) {
	const arn = "arn:aws:iam::444455551234:role/Admin"
	inTmux := func(o *Options) { o.Environ = append([]string{"TMUX=/tmp/tmux-0/default,1,0"}, o.Environ...) }
	for _, test := range []struct {
		name string
		tool string
		err  error
		opts []func(*Options)
		says string
	}{
		{"no desktop", "", nil, nil, "role ARN sent to terminal clipboard: " + arn},
		{"tmux", "", nil, []func(*Options){inTmux}, "role ARN sent to terminal clipboard (tmux: needs set-clipboard on): " + arn},
		{"a tool", "wl-copy", nil, nil, "role ARN copied with wl-copy: " + arn},
		{"a tool that fails", "wl-copy", errors.New("no compositor"), nil, "role ARN sent to terminal clipboard, as wl-copy did not take it: " + arn},
	} {
		w := newWorld(t)
		w.tool, w.toolErr = test.tool, test.err
		d := drive(t, w, w, 132, 30, test.opts...)
		d.press("ctrl+y")
		d.sees(test.says)
		if d.sentToClipboard() != arn {
			t.Errorf("%s: the terminal was sent %q", test.name, d.sentToClipboard())
		}
		d.press("down")
		d.seesNo("clipboard")
	}
}

func TestTheKeysAreAskedForCopiedAndNeverDrawn(t *testing.T) {
	w := newWorld(t)
	w.tool = "xclip"
	d := drive(t, w, w, 100, 30)
	d.press("tab", "v")
	d.sees("Copy the keys of Admin in 444455551234?")
	if w.total() != 2 { // the overview and the readiness
		t.Errorf("calls before the answer: %v", w.calls)
	}
	d.press("n")
	if w.exported || w.calls["Switch"] != 0 {
		t.Fatal("no copied the keys")
	}
	d.press("tab", "v", "enter")
	d.sees("keys copied with xclip: env exports of payments-dev, which end at 14:05", "8 roles")
	if !strings.Contains(d.sentToClipboard(), canary) || len(w.copied) != 1 || !strings.Contains(w.copied[0], canary) {
		t.Error("the keys did not get to the clipboard")
	}
	if strings.Contains(d.styled(), canary) || d.quit || w.overview.State.Active != nil {
		t.Error("copying did more than copy")
	}
}

func TestALateToolDoesNotDisturb(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("ctrl+y")
	d.press("enter")
	d.ended(Switched)
	d.send(copiedMsg{clip: clipping{what: "role ARN"}})
}

func TestFavouriteAndDetailsFromTheMenu(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 80, 24)
	d.press("tab", "f")
	d.sees("payments-dev is a favourite now")
	d.press("tab")
	d.sees("no favourite any more")
	d.press("d")
	d.sees("defined")
}

func TestTheStack(t *testing.T) {
	w := newWorld(t).inRole("payments-prod", 42*time.Minute)
	w.overview.Undo = &Undo{Sets: []string{"AWS_PROFILE=work"}, Removes: 8}
	d := drive(t, w, w, 100, 30)
	d.press("s")
	d.sees("home", "payments-prod / Admin in 444455554417", "Exit goes home: sets AWS_PROFILE=work; removes 8 variables.")
	d.seesNo("one level")
	d.press("1")
	if w.calls["Exit"] != 0 {
		t.Fatal("1 does something where there is one level")
	}
	d.press("esc")
	d.sees("READ-WRITE")
	d.press("enter", "ctrl+x", "enter")
	d.ended(Exited)
	if w.one {
		t.Error("it left one level")
	}
}

func TestTheStackOfAChain(t *testing.T) {
	w := newWorld(t).inRole("payments-prod", 42*time.Minute)
	w.overview.State.Below = []roles.Role{w.overview.Rows[6].Role}
	d := drive(t, w, w, 100, 30)
	d.press("ctrl+x")
	d.sees("1 ", "legacy-audit / Audit in 222233334444", "exit one level, to legacy-audit")
	d.press("1")
	d.ended(Exited)
	if !w.one || !d.m.out.result.One {
		t.Error("it left all levels")
	}
}

// A key of the list that asks nothing of AWS must not ask the files either.
func TestMovingAsksNobody(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	before := w.total()
	d.press("down", "up", "tab", "down", "esc")
	if w.total() != before {
		t.Errorf("calls: %v", w.calls)
	}
}

func TestLabelsAreShownAsAChangeAndWrittenWhenSo(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("tab", "e")
	d.sees("env=dev alias=pd color=")
	d.press("enter")
	d.sees("The profile says so already")
	d.press("ctrl+u")
	d.typeText("envy=1")
	d.press("enter")
	d.sees("is none of env=")
	d.press("ctrl+u")
	d.typeText("env=prod color=red")
	d.press("enter")
	d.sees("+cameo_env = prod", "Write this")
	if w.labels != (Labels{}) {
		t.Fatal("it was written before the answer")
	}
	d.press("enter")
	d.sees("The profile was changed.", "8 roles")
	if w.labels != (Labels{Env: "prod", Color: "red"}) || w.calls["Overview"] != 2 {
		t.Errorf("wrote %+v, calls %v", w.labels, w.calls)
	}
}

// What keeps a role from being entered is mended where it is written.
func TestABrokenRoleIsMendedInTheEditor(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("loop")
	d.press("enter")
	d.sees("cannot be entered", "tab, then p")
	d.press("tab")
	d.sees("p  edit it in your editor")
	d.press("p")
	if w.edited != w.overview.Rows[7].Role.Defined {
		t.Errorf("opened at %v", w.edited)
	}
	delete(w.readiness, "loop-a")
	d.send(editedMsg{d.m.do.stamp(d.m.turns.turn, nil)})
	d.settle()
	d.press("enter")
	d.ended(Switched)
}
