package tui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

func TestTheConsoleOpensAndTheShellStays(t *testing.T) {
	for _, keys := range [][]string{{"tab", "o"}, {"ctrl+o"}} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.press(keys...)
		if w.wish.For != ForConsole || w.opened.Role.Profile != "payments-dev" || w.overview.State.Active != nil {
			t.Errorf("%v: %+v, opened %+v", keys, w.wish, w.opened.Role)
		}
		if d.quit || !strings.Contains(d.frame(), "console of Admin in 444455551234 opened with firefox") {
			t.Error(d.frame())
		}
	}
}

// A production role gives its console to nobody who does not pass its guard.
func TestTheGuardOfTheConsole(t *testing.T) {
	for _, keys := range [][]string{{"tab", "o"}, {"ctrl+o"}, {"tab", "u", "enter"}} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.typeText("payments-prod")
		d.press(keys...)
		if w.calls["Switch"]+w.calls["OpenConsole"]+w.calls["ConsoleLink"] > 0 || !strings.Contains(d.frame(), "Last 4 digits") {
			t.Errorf("%v: %v\n%s", keys, w.calls, d.frame())
		}
		d.typeText("4417")
		if w.calls["Switch"] != 1 || w.calls["OpenConsole"]+w.calls["ConsoleLink"] != 1 || w.answer.Digits != "4417" {
			t.Errorf("%v: %v, %+v", keys, w.calls, w.answer)
		}
	}
}

func TestACodeForTheConsole(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("update")
	d.press("ctrl+o")
	if !strings.Contains(d.frame(), "Open the console of UpdateApp") {
		t.Error(d.frame())
	}
	d.typeText("123456")
	if w.opened.Role.Profile != "prod-update" || !w.answer.OnScreen {
		t.Errorf("opened %+v after %+v", w.opened.Role, w.answer)
	}
}

func TestACopiedConsoleLinkIsNotShown(t *testing.T) {
	w := newWorld(t)
	w.tool = "wl-copy"
	d := drive(t, w, w, 100, 30)
	d.press("tab", "u")
	if w.total() != w.calls["Overview"]+w.calls["Readiness"] {
		t.Errorf("before it was confirmed: %v", w.calls)
	}
	d.press("enter")
	if len(w.copied) != 1 || !strings.Contains(w.copied[0], "SigninToken="+canary) {
		t.Errorf("copied %q", w.copied)
	}
	if text := d.styled(); strings.Contains(text, canary) || !strings.Contains(d.frame(), "console link copied with wl-copy: valid 15 min, signs anyone in as") {
		t.Error(d.frame())
	}
	w.consoleErr = errors.New("AWS said no")
	d.press("tab", "u", "enter")
	if len(w.copied) != 1 || !strings.Contains(d.frame(), "Could not get a console link") {
		t.Error(d.frame())
	}
}

// The active role was chosen when it was entered: nothing is asked again.
func TestTheConsoleOfTheActiveRole(t *testing.T) {
	w := newWorld(t).inRole("payments-prod", time.Hour)
	d := drive(t, w, w, 100, 30)
	d.press("o")
	if w.calls["Plan"]+w.calls["Switch"] > 0 || w.opened.Role.Profile != "payments-prod" || !strings.Contains(d.frame(), "opened with firefox") || !d.m.atActive() {
		t.Errorf("%v\n%s", w.calls, d.frame())
	}
	w.activeErr, w.opened = errors.New("the session of payments-prod has ended"), switching.Session{}
	d.press("o")
	if w.opened.Role.Profile != "" || !strings.Contains(d.frame(), "has ended") {
		t.Error(d.frame())
	}
}

func TestNoConsoleOfWhatCannotBeEntered(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("loop")
	d.press("ctrl+o")
	if w.calls["Plan"] > 0 || !strings.Contains(d.frame(), "cannot be entered") {
		t.Error(d.frame())
	}
	for _, facts := range []menuFacts{{}, {rehearsal: true}} {
		row := Row{Role: role("r", "111122223333", "R", roles.Dev, "david", "", 1)}
		var letters string
		for _, item := range menuItems(row, facts) {
			letters += item.letter
		}
		// A link outlives the demo, and its sandbox does not.
		if !strings.Contains(letters, "o") || strings.Contains(letters, "u") == facts.rehearsal {
			t.Errorf("%+v has %s", facts, letters)
		}
	}
}

func TestSteppingBackWhileTheBrowserIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.m.openingConsole(w.overview.Rows[0].Role)
	waited := d.m.turns.turn
	d.press("esc")
	if waited.ctx.Err() == nil {
		t.Error("it is waited for still")
	}
	d.send(consoleMsg{answer: answer{turn: waited.number, now: w.now}, role: w.overview.Rows[0].Role, browser: "firefox"})
	if strings.Contains(d.frame(), "firefox") || d.quit {
		t.Error(d.frame())
	}
}

// Where the list was opened to pick a role for the console, it does nothing else.
func TestPickingForTheConsole(t *testing.T) {
	w := newWorld(t)
	w.overview.Integrated = true
	d := drive(t, w, w, 100, 14, func(o *Options) { o.For, o.Height = ForConsole, 14 })
	d.press("tab", "ctrl+o")
	if w.wish.For == ForShell && w.calls["Switch"] > 0 || strings.Contains(d.frame(), "actions") {
		t.Error(d.frame())
	}
	d = drive(t, w, w, 100, 14, func(o *Options) { o.For, o.Height = ForConsole, 14 })
	d.press("enter")
	if out := d.m.out; !out.done || out.result.Kind != Picked || out.result.Session.Role.Profile != "payments-dev" || w.wish.For != ForConsole || w.calls["OpenConsole"] > 0 {
		t.Errorf("%+v, %+v", d.m.out, w.wish)
	}
	if !slices.ContainsFunc(d.m.list.keys().foot, func(b key.Binding) bool { return b.Help().Desc == "open the console" }) {
		t.Error("Enter says something else")
	}
}

// Line by line, too: and a production role keeps its guard.
func TestPickingForTheConsoleLineByLine(t *testing.T) {
	w := newWorld(t)
	u := &talk{answers: []string{"payments-prod", "1", "0000", "4417"}}
	result, err := converse(t, w, u, func(o *Options) { o.For = ForConsole })
	if err != nil || result.Kind != Picked || result.Session.Role.Profile != "payments-prod" || w.wish.For != ForConsole || w.answer.Digits != "4417" {
		t.Errorf("%+v, %v, wished %+v with %+v", result, err, w.wish, w.answer)
	}
	if !strings.Contains(u.text.String(), "a number to open the console") || w.overview.State.Active != nil {
		t.Error(u.text.String())
	}
}
