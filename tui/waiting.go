package tui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/profiles"
)

// waitingScreen says what the program waits for. It is drawn only when the wait
// is long enough to be noticed; until then the screen before it stays.
type waitingScreen struct {
	doing   string // "Becoming Deploy in 444455559020"
	step    string // what is being waited for
	promise string // what cancelling leaves
	// cancelled says so when it was cancelled; empty: nothing need be said.
	cancelled string
	began     time.Time
	shown     bool // it is drawn
	back      key.Binding
}

func newWaitingScreen(doing, step, promise string, now time.Time) *waitingScreen {
	s := &waitingScreen{doing: doing, step: step, promise: promise, began: now, back: bindEsc("cancel")}
	if promise == unchangedPromise {
		s.cancelled = stillUnchanged
	}
	return s
}

func (s *waitingScreen) keys() keymap { return keymap{foot: []key.Binding{s.back}} }

func (s *waitingScreen) beat(time.Time) time.Duration { return time.Second }

func (s *waitingScreen) handle(msg tea.Msg) action {
	if press, ok := msg.(tea.KeyPressMsg); ok && key.Matches(press, s.back) {
		return backAction{}
	}
	return nil
}

func (s *waitingScreen) render(f frame) page {
	var p page
	p.room(f)
	waited := ""
	if d := f.now.Sub(s.began); d >= time.Second {
		waited = "  " + profiles.Span(d)
	}
	p.text(f, f.Strong.Render(shorten(s.doing, f.inner()-cells(waited), f.ellipsis))+f.Faint.Render(waited))
	if f.h > 6 {
		p.add("")
	}
	for _, line := range wrap(s.step, f.inner()) {
		p.text(f, line)
	}
	if f.h > 4 {
		for _, line := range wrap(s.promise, f.inner()) {
			p.text(f, f.Faint.Render(line))
		}
	}
	return p
}
