package tui

import (
	"time"

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
	scroll   scroll
	accept   key.Binding
	back     key.Binding
	help     key.Binding
}

func newConfirmScreen(question string, env roles.Env, lines []string, does string, yes action) *confirmScreen {
	accept := bind("enter", does, "enter", "ctrl+j", "y")
	return &confirmScreen{question: question, env: env, lines: lines, yes: yes, scroll: newScroll(), accept: accept,
		back: bind("esc", "cancel", "esc", "ctrl+[", "n"), help: bind("?", "help", "?")}
}

func (s *confirmScreen) keys() keymap {
	down, more := s.scroll.bindings()
	return keymap{foot: []key.Binding{s.accept, down, s.back}, more: append(more, s.help)}
}

func (s *confirmScreen) beat(time.Time) time.Duration { return time.Minute }

func (s *confirmScreen) handle(msg tea.Msg) action {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok || s.scroll.take(press):
		return nil
	case key.Matches(press, s.accept):
		return s.yes
	case key.Matches(press, s.help):
		return helpAction{}
	case key.Matches(press, s.back):
		return backAction{}
	}
	return nil
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
