package cmd

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"cameo/profiles"
)

// ear takes what would be said on stderr while the screens are drawn on the terminal,
// where nothing else may be written.
type ear struct {
	mu       sync.Mutex
	on       bool      // the screens are drawn
	listener *listener // nil: nobody listens
	kept     []string  // to be said when the screens are gone
}

type listener struct {
	mu   sync.Mutex
	tell func(string) // nil: it went away
}

// drawing reports whether the screens are there; for a nil ear they never are.
func (e *ear) drawing() bool {
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.on
}

// begin says that the screens are going to be drawn.
func (e *ear) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.on = true
}

// listen passes what is said to tell until stop is called, which waits for what is
// being told. Who listens later hears in place of who did before.
func (e *ear) listen(tell func(string)) (stop func()) {
	l := &listener{tell: tell}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listener = l
	return func() {
		l.mu.Lock()
		l.tell = nil
		l.mu.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.listener == l {
			e.listener = nil
		}
	}
}

func (e *ear) hear(sentence string) {
	e.mu.Lock()
	l := e.listener
	e.mu.Unlock()
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tell != nil {
		l.tell(sentence)
	}
}

// keep keeps a sentence for later.
func (e *ear) keep(sentence string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Contains(e.kept, sentence) {
		e.kept = append(e.kept, sentence)
	}
}

// end says that the screens are gone, and returns what was kept.
func (e *ear) end() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := e.kept
	e.on, e.listener, e.kept = false, nil, nil
	return kept
}

// note says something on stderr that is no failure; while the screens are drawn, when
// they are gone.
func (a *app) note(format string, args ...any) {
	text := profiles.Inert(fmt.Sprintf(format, args...))
	switch {
	case a.flags.quiet:
	case a.ear.drawing():
		a.ear.keep(text)
	default:
		fmt.Fprintf(a.world.Stderr, "cameo: %s\n", text)
	}
}

// sayKept says what was kept while the screens were drawn: they are gone, or cannot be.
func (a *app) sayKept() {
	for _, text := range a.ear.end() {
		a.note("%s", text)
	}
}

// tell says what is going on meanwhile: a note, or on the screen that waits for it.
func (a *app) tell(sentence string) {
	if a.ear.drawing() {
		a.ear.hear(profiles.Inert(sentence))
		return
	}
	a.note("%s", sentence)
}

// waiting says what is waited for, and for how long it has been: a screen counts
// itself.
func (a *app) waiting(what string, waited time.Duration) {
	sentence := "waiting for " + what
	if waited >= time.Second && !a.ear.drawing() {
		sentence += fmt.Sprintf(", %d s", int(waited/time.Second))
	}
	a.tell(sentence)
}
