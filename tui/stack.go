package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

// stackScreen is home and the roles on top of it, and the ways out of them.
type stackScreen struct {
	overview Overview
	exit     key.Binding
	one      key.Binding
	dialog
}

func newStackScreen(overview Overview) *stackScreen {
	does := "exit to home"
	if active := overview.State.Active; active != nil && active.Inherited {
		does = "clear the role"
	}
	return &stackScreen{overview: overview, exit: bindEnter(does), dialog: newDialog(bindEsc("stay")),
		one: when(len(overview.State.Below) > 0, bind("1", "exit one level, to "+below(overview.State), "1"))}
}

func (s *stackScreen) keys() keymap { return s.keymap(s.exit, s.one) }

func (s *stackScreen) beat(f frame) time.Duration { return activeBeat(f, s.overview) }

func (s *stackScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	switch {
	case done:
		return does
	case key.Matches(press, s.exit):
		return exitAction{}
	case key.Matches(press, s.one):
		return exitAction{one: true}
	}
	return nil
}

func (s *stackScreen) render(f frame) page {
	var p page
	p.room(f)
	p.text(f, f.Strong.Render("Who this shell is, home first"))
	if f.h > 8 {
		p.add("")
	}
	state := s.overview.State
	beside := strings.Repeat(" ", len("!! ")+badgeWidth+len("  "))
	if f.w < narrow {
		beside = ""
	}
	home := "  0 " + beside + f.Strong.Render("home") + "  "
	p.text(f, home+shorten(who(state.Home), max(f.inner()-cells(home), 1), f.ellipsis))
	level := 1
	for _, role := range state.Below {
		p.add(s.level(f, level, role, "")...)
		level++
	}
	if active := state.Active; active != nil {
		ends := ""
		if !active.Expires.IsZero() {
			ends = f.left(active.Expires.Sub(f.now))
		}
		p.add(s.level(f, level, active.Role, ends)...)
	}
	p.room(f)
	p.add(wrapped(f, s.promise(), f.Plain)...)
	s.scroll.cut(f, &p, 0)
	return p
}

// level is one role of the stack.
func (s *stackScreen) level(f frame, n int, role roles.Role, ends string) []string {
	mark := "  "
	if n == len(s.overview.State.Below)+1 { // who it is now
		mark = f.Selected.Render(f.mark) + " "
	}
	head := mark + strconv.Itoa(n) + " " + f.alarm(role.Env) + " " + f.badge(role.Env) + "  "
	tail := " in " + inert(role.AccountID)
	switch {
	case f.w < narrow:
		tail = " " + switching.LastDigits(role)
	case ends != "":
		tail += "  " + ends
	}
	room := max(f.inner()-cells(head)-cells(tail), 1)
	name := inert(role.Label())
	if role.Profile != "" && role.Name != "" {
		name += " / " + inert(role.Name)
	}
	return inside(f, head+f.Strong.Render(shorten(name, room, f.ellipsis))+tail)
}

// promise says what leaving does, as far as that is known.
func (s *stackScreen) promise() string {
	state := s.overview.State
	if state.Active != nil && state.Active.Inherited {
		return "Another shell entered the role and has the way home. Leaving takes the role's variables away here; who you are then is not known."
	}
	text := "Exit goes home: this shell is again exactly what it was."
	undo := s.overview.Undo
	switch {
	case undo == nil:
		return text
	case len(undo.Sets) > 0:
		text = fmt.Sprintf("Exit goes home: sets %s; removes %s.", inert(strings.Join(undo.Sets, ", ")), counted(undo.Removes, "variable", "variables"))
	default:
		text = fmt.Sprintf("Exit goes home: removes %s, and nothing else changes.", counted(undo.Removes, "variable", "variables"))
	}
	return text
}

// activeBeat is how long the time left, as it is shown, stays true.
func activeBeat(f frame, overview Overview) time.Duration {
	if active := overview.State.Active; active != nil && !active.Expires.IsZero() {
		return f.untilNextStep(active.Expires, f.now)
	}
	return time.Minute
}

// below is who this shell is after leaving one role.
func below(state switching.State) string {
	if n := len(state.Below); n > 0 {
		return inert(state.Below[n-1].Label())
	}
	return who(state.Home)
}
