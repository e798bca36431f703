package tui

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/profiles"
)

// lineScreen asks for a line of text: a command to run in a role, or a role to add.
type lineScreen struct {
	head  func(frame, *page)
	label string
	hint  string
	run   func(line string) action
	// named is the line that a pasted text means; the error says why it means none. nil:
	// the text itself.
	named   func(text string) (string, error)
	refused string // why the last paste was not taken
	field   field
	enter   key.Binding
	back    key.Binding
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
		named: roleInText,
		field: newField(""), enter: bindEnter("add"), back: bindEsc("cancel"),
	}
}

// roleInText is the ARN or the link in a text, before the field makes one line of it:
// where a line ends tells whether the name of a role does.
func roleInText(text string) (string, error) {
	role := profiles.Pasted(text)
	if !strings.ContainsFunc(role, unicode.IsSpace) {
		return role, nil
	}
	_, err := profiles.ParseRoleARN(role)
	if profiles.IsSwitchLink(role) {
		_, err = profiles.ParseSwitchLink(role)
	}
	return role, err
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
		s.paste(strings.TrimSpace(msg.Content))
	case tea.KeyPressMsg:
		s.refused = ""
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

// paste takes the whole of a text, or nothing: half a command, or half a name, is
// another one.
func (s *lineScreen) paste(text string) {
	var err error
	if s.named != nil {
		text, err = s.named(text)
	}
	switch {
	case err != nil:
		s.refused = inert(err.Error())
	case !s.field.fits(text):
		s.refused = fmt.Sprintf("there is room for %d bytes", maxTyped)
	default:
		s.refused = ""
		s.field.insert(text)
	}
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
	if s.refused != "" {
		p.add(wrapped(f, "Nothing was pasted: "+s.refused+".", f.Warning)...)
	} else {
		p.add(wrapped(f, s.hint, f.Faint)...)
	}
	return p
}
