package tui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/switching"
)

// guardScreen stands before a production role that asks for no code: the last
// four digits of the account have to be typed. No other key passes it.
type guardScreen struct {
	wish  Wish
	plan  switching.Plan
	field digitField
	wrong string // digits that were not the account's
	only  key.Binding
	back  key.Binding
	help  key.Binding
}

func newGuardScreen(wish Wish, plan switching.Plan) *guardScreen {
	return &guardScreen{wish: wish, plan: plan, field: newDigitField(switching.GuardDigits), only: insteadReadOnly(wish), back: bindEsc("cancel"), help: bind("?", "help", "?")}
}

// insteadReadOnly offers what no guard stands before.
func insteadReadOnly(wish Wish) key.Binding {
	return when(!wish.ReadOnly && wish.For == ForShell, bind("ctrl-r", "read-only instead", "ctrl+r"))
}

func (s *guardScreen) keys() keymap {
	return keymap{foot: []key.Binding{s.only, s.field.clear, s.back}, more: []key.Binding{s.field.rub, s.help}}
}

func (s *guardScreen) beat(frame) time.Duration { return time.Minute }

func (s *guardScreen) handle(msg tea.Msg) action {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch {
		case key.Matches(press, s.back):
			return backAction{}
		case key.Matches(press, s.help):
			return helpAction{}
		case key.Matches(press, s.only):
			return pickAction{s.wish.readOnly()}
		}
	}
	if !s.field.take(msg) {
		return nil
	}
	digits := s.field.typed
	if digits == switching.LastDigits(s.plan.Role) {
		return digitsAction{digits}
	}
	s.wrong = digits
	s.field.typed = ""
	return nil
}

func (s *guardScreen) render(f frame) page {
	field, cursor := s.field.line(f, "Last 4 digits of the account  ", "last 4 digits ")
	below := block{rank: rankServes, lines: wrapped(f, "Nothing has been requested yet.", f.Faint)}
	if s.wrong != "" {
		below = block{lines: wrapped(f, s.wrong+" is not how this account ends. Nothing was requested.", f.Warning)}
	}
	p := stack(append(planBlocks(f, s.wish, s.plan),
		block{rank: gapBeforeField, lines: []string{""}},
		block{lines: inside(f, field), cursor: cursor},
		block{rank: gapAfterField, lines: []string{""}},
		below), f.h)
	if s.wrong != "" && len(p.lines) > f.h { // no room for the sentence
		p.status = f.Warning.Render("not " + s.wrong)
	}
	return p
}
