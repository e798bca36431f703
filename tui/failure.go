package tui

import (
	"errors"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// failureScreen explains one thing that did not work.
type failureScreen struct {
	title     string
	err       error
	unchanged string // who the shell still is
	scroll    scroll
	back      key.Binding
	help      key.Binding
}

func newFailureScreen(title string, err error, unchanged string) *failureScreen {
	return &failureScreen{
		title: title, err: err, unchanged: unchanged, scroll: newScroll(),
		back: bindEsc("back"), help: bind("?", "help", "?"),
	}
}

func (s *failureScreen) keys() keymap {
	down, more := s.scroll.bindings()
	return keymap{foot: []key.Binding{down, s.back}, more: append(more, s.help)}
}

func (s *failureScreen) beat(time.Time) time.Duration { return time.Minute }

func (s *failureScreen) handle(msg tea.Msg) action {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok || s.scroll.take(press):
		return nil
	case key.Matches(press, s.back):
		return backAction{}
	case key.Matches(press, s.help):
		return helpAction{}
	}
	return nil
}

func (s *failureScreen) render(f frame) page {
	var p page
	p.room(f)
	p.add(wrapped(f, s.title, f.Warning)...)
	if f.h > 8 {
		p.add("")
	}
	p.labelled(f, "why", inert(s.err.Error()), f.Plain)
	small := f.w < narrow || f.h < 12 // the raw words come last, as far as they fit
	if !small {
		s.renderSaid(f, &p)
	}
	p.room(f)
	if next := try(s.err); next != "" {
		p.labelled(f, "try", inert(next), f.Strong)
	}
	p.labelled(f, "shell", "unchanged: still "+s.unchanged, f.Plain)
	if small {
		s.renderSaid(f, &p)
	}
	s.scroll.cut(f, &p, 0)
	return p
}

func (s *failureScreen) renderSaid(f frame, p *page) {
	if words := said(s.err); words != "" {
		p.room(f)
		p.labelled(f, "AWS said", inert(words), f.Faint)
	}
}

// try is the command that an error says to type next; empty where it says none.
func try(err error) string {
	var e interface{ Try() string }
	if errors.As(err, &e) {
		return e.Try()
	}
	return ""
}

// said is AWS's own words in an error; empty where AWS was not reached.
func said(err error) string {
	var e interface{ Said() string }
	if errors.As(err, &e) {
		return e.Said()
	}
	return ""
}

// codeRejected reports whether the error says that the MFA code was not
// accepted, so that another one may be asked.
func codeRejected(err error) bool {
	var e interface{ CodeRejected() bool }
	return errors.As(err, &e) && e.CodeRejected()
}
