package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// lineScreen asks for the command that is to run in a role.
type lineScreen struct {
	wish  Wish
	field field
	enter key.Binding
	back  key.Binding
}

func newLineScreen(wish Wish) *lineScreen {
	return &lineScreen{wish: wish, field: newField(""), enter: bindEnter("run"), back: bindEsc("cancel")}
}

func (s *lineScreen) line() string { return strings.TrimSpace(s.field.text()) }

func (s *lineScreen) keys() keymap {
	s.enter.SetEnabled(s.line() != "")
	return keymap{foot: []key.Binding{s.enter, s.back}, more: s.field.keys.all()}
}

func (s *lineScreen) beat(time.Time) time.Duration { return time.Minute }

func (s *lineScreen) handle(msg tea.Msg) action {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		s.field.insert(strings.TrimSpace(msg.Content))
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, s.back):
			return backAction{}
		case key.Matches(msg, s.enter):
			if s.line() != "" {
				return runAction{s.wish, s.line()}
			}
		default:
			s.field.edit(msg)
		}
	}
	return nil
}

func (s *lineScreen) render(f frame) page {
	var p page
	if s.wish.Role.Env == roles.Production {
		p.add(banner(f)...)
	}
	p.room(f)
	p.title(f, "Run a command as ", s.wish.Role, "")
	if f.h > 6 {
		p.add("")
	}
	const label = "Command  "
	text, at := s.field.draw(f.inner() - len(label))
	p.text(f, f.Strong.Render(label)+text)
	p.cursor = &tea.Position{X: min(f.margin()+len(label)+at, f.w-1), Y: len(p.lines) - 1}
	p.room(f)
	p.add(wrapped(f, "Your shell reads it and runs it with the role's keys; then this program has ended, and this shell is unchanged.", f.Faint)...)
	return p
}
