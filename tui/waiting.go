package tui

import (
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/switching"
	"cameo/profiles"
)

// waitingScreen says what the program waits for. It is drawn only when the wait
// is long enough to be noticed; until then the screen before it stays.
type waitingScreen struct {
	doing   string // "Becoming Deploy in 444455559020"
	steps   []waitStep
	promise string // what cancelling leaves
	// cancelled says so when it was cancelled; empty: nothing need be said.
	cancelled string
	since     time.Time // when the step under way began
	shown     bool      // it is drawn
	back      key.Binding
}

// waitStep is one thing that is waited for: the first that is still to come is under
// way.
type waitStep struct {
	what  string
	words string // what it waits for itself, or how it came
	state stepState
}

type stepState int

const (
	stepToCome stepState = iota
	stepDone
	stepNeedless // what came after it was there already
)

func newWaitingScreen(doing, promise string, now time.Time, steps ...waitStep) *waitingScreen {
	s := &waitingScreen{doing: doing, steps: steps, promise: promise, since: now, back: bindEsc("cancel")}
	if promise == unchangedPromise {
		s.cancelled = stillUnchanged
	}
	return s
}

// stepsOf are those of a plan, and then what the wish is for.
func stepsOf(plan switching.Plan, wish Wish) []waitStep {
	var steps []waitStep
	for _, step := range plan.Steps {
		steps = append(steps, waitStep{what: inert(step.What), words: "asking " + inert(plan.Host)})
	}
	return append(steps, waitStep{what: wish.words().then})
}

// heard takes in news of what is waited for.
func (s *waitingScreen) heard(news switching.Progress, now time.Time) {
	switch {
	case news.Words != "":
		if at := slices.IndexFunc(s.steps, func(step waitStep) bool { return step.state == stepToCome }); at >= 0 {
			s.steps[at].words = inert(news.Words)
		}
	case news.Done < len(s.steps):
		for i := range news.Done {
			if s.steps[i].state == stepToCome {
				s.steps[i].state = stepNeedless
			}
		}
		came := ""
		if news.Cached {
			came = "cached, " + profiles.Span(news.Until.Sub(now)) + " left"
		}
		s.steps[news.Done].state, s.steps[news.Done].words, s.since = stepDone, came, now
	}
}

func (s *waitingScreen) keys() keymap { return keymap{foot: []key.Binding{s.back}} }

func (s *waitingScreen) beat(f frame) time.Duration {
	if f.calm {
		return time.Minute
	}
	return time.Second
}

func (s *waitingScreen) handle(msg tea.Msg) action {
	if press, ok := msg.(tea.KeyPressMsg); ok && key.Matches(press, s.back) {
		return backAction{}
	}
	return nil
}

func (s *waitingScreen) render(f frame) page {
	var p page
	p.room(f)
	p.text(f, f.Strong.Render(shorten(s.doing, f.inner(), f.ellipsis)))
	if f.h > 6 {
		p.add("")
	}
	p.add(s.drawn(f)...)
	if f.h > 9 {
		p.add("")
	}
	if f.h > 4 {
		p.add(wrapped(f, s.promise, f.Faint)...)
	}
	return p
}

// drawn is the steps, a line each, and below the one under way what it waits for. Where
// there is little room that one stands alone.
func (s *waitingScreen) drawn(f frame) []string {
	came, underWay, ahead := "ok  ", "..  ", "--  "
	few := f.w < narrow || f.h < 9 || len(s.steps) == 1
	indent := strings.Repeat(" ", cells(underWay))
	if few {
		underWay, indent = "", "  "
	}
	var p page
	line := func(mark, text string, style renderer, rest string) {
		room := f.inner() - cells(mark) - cells(rest)
		p.text(f, f.Faint.Render(mark)+style.Render(shorten(text, room, f.ellipsis))+f.Faint.Render(rest))
	}
	waited := ""
	if d := f.now.Sub(s.since); d >= time.Second && !f.calm {
		waited = "  " + profiles.Span(d)
	}
	current := true
	for _, step := range s.steps {
		switch {
		case step.state == stepDone && !few:
			rest := ""
			if step.words != "" {
				rest = "  " + step.words
			}
			line(came, step.what, f.Plain, rest)
		case step.state == stepToCome && current:
			current = false
			line(underWay, step.what, f.Plain, waited)
			for _, words := range wrap(step.words, f.inner()-len(indent)) {
				if words != "" && f.h > 5 {
					p.text(f, indent+f.Faint.Render(words))
				}
			}
		case step.state == stepToCome && !few:
			line(ahead, step.what, f.Faint, "")
		}
	}
	return p.lines
}
