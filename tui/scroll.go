package tui

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// scroll lets a page be longer than the screen. Its keys are enabled only while
// there is something to scroll to.
type scroll struct {
	top, lines, room int // as drawn last

	up, down, pageUp, pageDown, home, end key.Binding
}

func newScroll() scroll {
	return scroll{
		up:       bind("up", "scroll up (ctrl-p)", "up", "ctrl+p"),
		down:     bind("down", "scroll down (ctrl-n)", "down", "ctrl+n"),
		pageUp:   bind("pgup", "page up", "pgup"),
		pageDown: bind("pgdn", "page down", "pgdown"),
		home:     bind("home", "first line", "home"),
		end:      bind("end", "last line", "end"),
	}
}

// bindings are for the help; the last line of a screen has down alone.
func (s *scroll) bindings() (foot key.Binding, more []key.Binding) {
	all := []key.Binding{s.down, s.up, s.pageUp, s.pageDown, s.home, s.end}
	for i := range all {
		all[i].SetEnabled(s.lines > s.room)
	}
	all[0].SetHelp("down", "scroll")
	return all[0], all[1:]
}

// take moves by a key and reports whether it was one of these.
func (s *scroll) take(msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, s.up):
		s.top--
	case key.Matches(msg, s.down):
		s.top++
	case key.Matches(msg, s.pageUp):
		s.top -= max(s.room-1, 1)
	case key.Matches(msg, s.pageDown):
		s.top += max(s.room-1, 1)
	case key.Matches(msg, s.home):
		s.top = 0
	case key.Matches(msg, s.end):
		s.top = s.lines
	default:
		return false
	}
	s.clamp()
	return true
}

func (s *scroll) clamp() { s.top = max(min(s.top, s.lines-s.room), 0) }

// cut leaves of the page what is to be seen below its first fixed lines.
func (s *scroll) cut(f frame, p *page, fixed int) {
	fixed = min(fixed, len(p.lines))
	s.lines, s.room = len(p.lines)-fixed, max(f.h-fixed, 0)
	s.clamp()
	last := min(s.top+s.room, s.lines)
	if s.lines > s.room {
		p.status = f.Faint.Render(fmt.Sprintf("%d/%d", last, s.lines))
	}
	p.lines = append(p.lines[:fixed:fixed], p.lines[fixed+s.top:fixed+last]...)
}
