package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// explainer is a screen that has something to say in the help besides its keys.
type explainer interface {
	// explain is pairs of a word that the screen shows and what it means.
	explain() [][2]string
}

// helpScreen lists the bindings of the screen below it. It is made from the
// bindings themselves, so it cannot say what is not so.
type helpScreen struct {
	bindings []key.Binding
	words    [][2]string
	scroll   scroll
	close    key.Binding
}

func newHelpScreen(bindings []key.Binding, words [][2]string) *helpScreen {
	s := &helpScreen{words: words, scroll: newScroll(), close: bind("esc", "close help", "esc", "ctrl+[", "?", "q", "enter")}
	for _, b := range bindings {
		if b.Enabled() && len(b.Keys()) > 0 {
			s.bindings = append(s.bindings, b)
		}
	}
	return s
}

func (s *helpScreen) keys() keymap {
	down, more := s.scroll.bindings()
	return keymap{foot: []key.Binding{down, s.close}, more: more}
}

func (s *helpScreen) beat(frame) time.Duration { return time.Minute }

func (s *helpScreen) handle(msg tea.Msg) action {
	press, ok := msg.(tea.KeyPressMsg)
	if ok && !s.scroll.take(press) && key.Matches(press, s.close) {
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
	fixed := len(p.lines)
	var keys [][2]string
	for _, b := range s.bindings {
		keys = append(keys, [2]string{b.Help().Key, b.Help().Desc})
	}
	p.keyColumns(f, keys)
	if len(s.words) > 0 {
		p.add("")
		p.text(f, f.Strong.Render("Words"))
		if f.h > 8 {
			p.add("")
		}
		p.meanings(f, s.words)
	}
	s.scroll.cut(f, &p, fixed)
	return p
}

// keyColumns draws keys and what they do, downwards in as many columns as there is room
// for.
func (p *page) keyColumns(f frame, pairs [][2]string) {
	keys, does := 0, 0
	for _, pair := range pairs {
		keys, does = max(keys, cells(pair[0])+columnGap), max(does, cells(pair[1])+columnGap)
	}
	columns := (f.inner() + columnGap) / max(keys+does, 1)
	if columns < 2 {
		p.meanings(f, pairs)
		return
	}
	rows := (len(pairs) + columns - 1) / columns
	for row := range rows {
		var line strings.Builder
		for i := row; i < len(pairs); i += rows {
			line.WriteString(f.Key.Render(pad(pairs[i][0], keys)) + f.Plain.Render(pad(pairs[i][1], does)))
		}
		p.text(f, line.String())
	}
}

// meanings draws pairs in two columns, the second wrapped.
func (p *page) meanings(f frame, pairs [][2]string) {
	column := 0
	for _, pair := range pairs {
		column = max(column, cells(pair[0])+columnGap)
	}
	column = min(column, f.inner()/2)
	for _, pair := range pairs {
		head := f.Key.Render(fit(pair[0], column, f.ellipsis))
		for _, line := range wrap(pair[1], f.inner()-column) {
			p.text(f, head+f.Plain.Render(line))
			head = pad("", column)
		}
	}
}
