package tui

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// helpScreen lists the bindings of the screen below it. It is made from the
// bindings themselves, so it cannot say what is not so.
type helpScreen struct {
	bindings []key.Binding
	top      int
	keymap   struct{ Up, Down, Close key.Binding }
}

func newHelpScreen(bindings []key.Binding) *helpScreen {
	s := &helpScreen{}
	for _, b := range bindings {
		if b.Enabled() && len(b.Keys()) > 0 {
			s.bindings = append(s.bindings, b)
		}
	}
	s.keymap.Up = bind("up", "scroll up", "up", "ctrl+p")
	s.keymap.Down = bind("down", "scroll down", "down", "ctrl+n")
	s.keymap.Close = bind("esc", "close help", "esc", "ctrl+[", "?", "q", "enter")
	return s
}

func (s *helpScreen) keys() keymap {
	return keymap{foot: []key.Binding{s.keymap.Up, s.keymap.Down, s.keymap.Close}}
}

func (s *helpScreen) beat(time.Time) time.Duration { return time.Minute }

func (s *helpScreen) handle(msg tea.Msg) action {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch {
	case key.Matches(press, s.keymap.Up):
		s.top = max(s.top-1, 0)
	case key.Matches(press, s.keymap.Down):
		s.top = min(s.top+1, len(s.bindings)-1)
	case key.Matches(press, s.keymap.Close):
		return backAction{}
	}
	return nil
}

func (s *helpScreen) render(f frame) page {
	var p page
	p.room(f)
	p.text(f, f.Strong.Render("Keys"))
	if f.h > 8 {
		p.add("")
	}
	column := 0
	for _, b := range s.bindings {
		column = max(column, cells(b.Help().Key)+3)
	}
	room := f.h - len(p.lines)
	columns := 1
	if f.w >= 80 && len(s.bindings) > room {
		columns = 2
	}
	perColumn := max((len(s.bindings)+columns-1)/columns, 1)
	s.top = max(min(s.top, perColumn-room), 0)
	for i := s.top; i < perColumn && i < s.top+room; i++ {
		var line string
		for j := i; j < len(s.bindings); j += perColumn {
			h := s.bindings[j].Help()
			line += pad(f.Key.Render(pad(h.Key, column))+f.Plain.Render(h.Desc), f.inner()/columns)
		}
		p.text(f, line)
	}
	if perColumn > room {
		p.status = f.Faint.Render(fmt.Sprintf("%d/%d", min(s.top+room, perColumn), perColumn))
	}
	return p
}
