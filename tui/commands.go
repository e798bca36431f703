package tui

import (
	"context"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

// commands makes everything that touches the world: each constructor returns a
// command that calls one method of the backend.
type commands struct {
	backend   Backend
	rehearsal Rehearsal // nil: the backend is not one
	// after runs fn after d, with the time it is then.
	after func(d time.Duration, fn func(now time.Time) tea.Msg) tea.Cmd
}

func newCommands(backend Backend) commands {
	rehearsal, _ := backend.(Rehearsal)
	return commands{backend: backend, rehearsal: rehearsal,
		after: func(d time.Duration, fn func(time.Time) tea.Msg) tea.Cmd {
			tick := tea.Tick(d, func(time.Time) tea.Msg { return fn(backend.Now()) })
			return safely(tick)
		}}
}

// turn is one question to the world. A new turn begins whenever the user goes
// somewhere else; what belongs to an older turn is cancelled and dropped.
type turn struct {
	number int
	ctx    context.Context
}

// turns counts them; only the last one is alive.
type turns struct {
	turn
	parent context.Context
	cancel context.CancelFunc // of turn; nil before the first
}

func (t *turns) begin() turn {
	t.stop()
	t.number++
	t.ctx, t.cancel = context.WithCancel(t.parent)
	return t.turn
}

func (t *turns) stop() {
	if t.cancel != nil {
		t.cancel()
	}
}

// answer is what every reply carries.
type answer struct {
	turn int
	now  time.Time
	err  error
}

type (
	overviewMsg struct {
		answer
		overview Overview
		again    bool // the files were read again on request
	}
	// readinessMsg and favouriteMsg belong to no turn: what they say holds wherever
	// the user is by now.
	readinessMsg struct {
		now       time.Time
		err       error
		read      int // the reading of the files that it belongs to
		readiness []Readiness
	}
	favouriteMsg struct {
		err  error
		role roles.Role
		on   bool
	}
	planMsg struct {
		answer
		plan switching.Plan
	}
	sessionMsg struct {
		answer
		session switching.Session
	}
	// progressMsg comes before sessionMsg, any number of times; more is behind it.
	progressMsg struct {
		answer
		news switching.Progress
		more <-chan switching.Progress
	}
	exitedMsg struct {
		answer
		identity switching.Identity
		one      bool
	}
	trialsMsg struct {
		answer
		trials []Trial
	}
	deviceMsg struct {
		answer
		code string
		left time.Duration
	}
	// beatMsg: time has passed.
	beatMsg struct{ answer }
	// revealMsg: the wait is long enough to be shown.
	revealMsg struct{ answer }
	// openMsg: the grace of a screen that opens by itself is over.
	openMsg struct{ answer }
	// crashMsg: a command panicked.
	crashMsg struct{ crash *CrashError }
)

func (c commands) stamp(t turn, err error) answer {
	return answer{turn: t.number, now: c.backend.Now(), err: err}
}

func (c commands) overview(t turn, again bool) tea.Cmd {
	return safely(func() tea.Msg {
		overview, err := c.backend.Overview(t.ctx)
		return overviewMsg{c.stamp(t, err), overview, again}
	})
}

// readiness asks for that of all rows.
func (c commands) readiness(ctx context.Context, read int, rows []Row) tea.Cmd {
	return safely(func() tea.Msg {
		found, err := c.backend.Readiness(ctx, rolesOf(rows))
		return readinessMsg{now: c.backend.Now(), err: err, read: read, readiness: found}
	})
}

// rolesOf reads the roles and nothing else: the rest of the rows is the screens',
// which may change it meanwhile.
func rolesOf(rows []Row) []roles.Role {
	of := make([]roles.Role, len(rows))
	for i := range rows {
		of[i] = rows[i].Role
	}
	return of
}

func (c commands) favourite(ctx context.Context, role roles.Role, on bool) tea.Cmd {
	return safely(func() tea.Msg {
		return favouriteMsg{c.backend.SetFavourite(ctx, role, on), role, on}
	})
}

func (c commands) plan(t turn, wish Wish) tea.Cmd {
	return safely(func() tea.Msg {
		plan, err := c.backend.Plan(t.ctx, wish)
		return planMsg{c.stamp(t, err), plan}
	})
}

func (c commands) carryOut(t turn, wish Wish, plan switching.Plan, a switching.Answer) tea.Cmd {
	news := make(chan switching.Progress, 16) // telling need not wait for the drawing
	return tea.Batch(safely(func() tea.Msg {
		defer close(news)
		session, err := c.backend.Switch(t.ctx, wish, plan, a, tellOf(t.ctx, news))
		return sessionMsg{c.stamp(t, err), session}
	}), c.listen(t, news))
}

// tellOf sends news of what is carried out until ctx ends: nobody listens then.
func tellOf(ctx context.Context, news chan<- switching.Progress) func(switching.Progress) {
	return func(p switching.Progress) {
		select {
		case news <- p:
		case <-ctx.Done():
		}
	}
}

// listen waits for news of what is carried out.
func (c commands) listen(t turn, news <-chan switching.Progress) tea.Cmd {
	return safely(func() tea.Msg {
		if p, more := <-news; more {
			return progressMsg{c.stamp(t, nil), p, news}
		}
		return nil
	})
}

func (c commands) exit(t turn, one bool) tea.Cmd {
	return safely(func() tea.Msg {
		identity, err := c.backend.Exit(t.ctx, one)
		return exitedMsg{c.stamp(t, err), identity, one}
	})
}

func (c commands) trials(t turn) tea.Cmd {
	return safely(func() tea.Msg {
		trials, err := c.rehearsal.Trials(t.ctx)
		return trialsMsg{c.stamp(t, err), trials}
	})
}

func (c commands) device(t turn, serial string) tea.Cmd {
	return safely(func() tea.Msg {
		code, left, err := c.rehearsal.DeviceCode(t.ctx, serial)
		return deviceMsg{c.stamp(t, err), code, left}
	})
}

func (c commands) beat(t turn, d time.Duration) tea.Cmd {
	return c.after(d, func(now time.Time) tea.Msg { return beatMsg{answer{turn: t.number, now: now}} })
}

func (c commands) reveal(t turn, d time.Duration) tea.Cmd {
	return c.after(d, func(now time.Time) tea.Msg { return revealMsg{answer{turn: t.number, now: now}} })
}

func (c commands) open(t turn, d time.Duration) tea.Cmd {
	return c.after(d, func(now time.Time) tea.Msg { return openMsg{answer{turn: t.number, now: now}} })
}

// safely turns a panic in a command into a message, so that the program ends
// with the terminal restored.
func safely(cmd tea.Cmd) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if value := recover(); value != nil {
				msg = crashMsg{&CrashError{Value: value, Stack: debug.Stack()}}
			}
		}()
		return cmd()
	}
}
