package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// confirmScreen asks one question that takes yes or no. It never stands in the place
// of the guard.
type confirmScreen struct {
	question string
	env      roles.Env // a banner says where it is production
	lines    []string
	diff     bool // lines are a diff, which is not wrapped
	yes      action
	accept   key.Binding
	dialog
}

func newConfirmScreen(question string, env roles.Env, lines []string, does string, yes action) *confirmScreen {
	accept := bind("enter", does, "enter", "ctrl+j", "y")
	return &confirmScreen{question: question, env: env, lines: lines, yes: yes, accept: accept,
		dialog: newDialog(bind("esc", "cancel", "esc", "ctrl+[", "n"))}
}

func (s *confirmScreen) keys() keymap { return s.keymap(s.accept) }

func (s *confirmScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	if !done && key.Matches(press, s.accept) {
		return s.yes
	}
	return does
}

func (s *confirmScreen) render(f frame) page {
	var p page
	if s.env == roles.Production {
		p.add(banner(f)...)
	}
	p.room(f)
	p.add(wrapped(f, s.question, f.Strong)...)
	if f.h > 8 {
		p.add("")
	}
	for _, line := range s.lines {
		if s.diff {
			style := map[byte]renderer{'+': f.Good, '-': f.Warning}[(line + " ")[0]]
			if style == nil {
				style = f.Plain
			}
			p.text(f, style.Render(breakOff(inert(line), f.inner(), f.ellipsis)))
			continue
		}
		p.add(wrapped(f, inert(line), f.Plain)...)
	}
	s.scroll.cut(f, &p, 0)
	return p
}
