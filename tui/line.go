package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// lineScreen asks for a line of text: a command to run in a role, or a role to add.
type lineScreen struct {
	head  func(frame, *page)
	label string
	hint  string
	run   func(line string) action
	field field
	enter key.Binding
	back  key.Binding
}

func newLineScreen(wish Wish) *lineScreen {
	return &lineScreen{
		head: func(f frame, p *page) {
			if wish.Role.Env == roles.Production {
				p.add(banner(f)...)
			}
			p.room(f)
			p.title(f, "Run a command as ", wish.Role, "")
		},
		label: "Command  ",
		hint:  "Your shell reads it and runs it with the role's keys; then this program has ended, and this shell is unchanged.",
		run:   func(line string) action { return runAction{wish, line} },
		field: newField(""), enter: bindEnter("run"), back: bindEsc("cancel"),
	}
}

// newAddScreen asks for a role that is in no file yet.
func newAddScreen(file string) *lineScreen {
	return &lineScreen{
		head: func(f frame, p *page) {
			p.room(f)
			p.text(f, f.Strong.Render("Add a role"))
		},
		label: "Role  ",
		hint:  "Paste its ARN (arn:aws:iam::123456789012:role/Deploy) or a Switch Role link of the console. It becomes a profile in " + file + "; nothing else there changes.",
		run:   func(line string) action { return addAction{line} },
		field: newField(""), enter: bindEnter("add"), back: bindEsc("cancel"),
	}
}

func (s *lineScreen) line() string { return strings.TrimSpace(s.field.text()) }

func (s *lineScreen) keys() keymap {
	s.enter.SetEnabled(s.line() != "")
	return keymap{foot: []key.Binding{s.enter, s.back}, more: s.field.keys.all()}
}

func (s *lineScreen) beat(frame) time.Duration { return time.Minute }

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
				return s.run(s.line())
			}
		default:
			s.field.edit(msg)
		}
	}
	return nil
}

func (s *lineScreen) render(f frame) page {
	var p page
	s.head(f, &p)
	if f.h > 6 {
		p.add("")
	}
	text, at := s.field.draw(f.inner() - len(s.label))
	p.text(f, f.Strong.Render(s.label)+text)
	p.cursor = &tea.Position{X: min(f.margin()+len(s.label)+at, f.w-1), Y: len(p.lines) - 1}
	p.room(f)
	p.add(wrapped(f, s.hint, f.Faint)...)
	return p
}
