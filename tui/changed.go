package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// lookAgain is how long the files are left alone after they were looked at. Only a key
// has them looked at: an idle program does nothing.
const lookAgain = 2 * time.Second

type (
	// changedMsg: the files were looked at.
	changedMsg struct{ changed bool }
	// lookAgainMsg: they may be looked at again.
	lookAgainMsg struct{}
	// rereadMsg is what they say now. It belongs to no turn: the user may be anywhere.
	rereadMsg struct {
		now      time.Time
		err      error
		overview Overview
	}
)

func (c commands) changed(t turn) tea.Cmd {
	return safely(func() tea.Msg { return changedMsg{c.backend.Changed(t.ctx)} })
}

func (c commands) reread(t turn) tea.Cmd {
	return safely(func() tea.Msg {
		overview, err := c.backend.Overview(t.ctx)
		return rereadMsg{c.backend.Now(), err, overview}
	})
}

// lookAtFiles asks whether the files have changed, where the user is on a page that is
// made of them.
func (m *root) lookAtFiles() tea.Cmd {
	if m.looked || !m.loaded || m.out.done || m.wait != nil || m.next != nil || m.screen != m.base {
		return nil
	}
	m.looked = true
	return m.do.changed(turn{ctx: m.turns.parent})
}

func (m *root) filesLookedAt(msg changedMsg) tea.Cmd {
	again := m.do.after(lookAgain, func(time.Time) tea.Msg { return lookAgainMsg{} })
	if !msg.changed || m.out.done {
		return again
	}
	return tea.Batch(again, m.do.reread(turn{ctx: m.turns.parent}))
}

// fresh takes in what the files say now: no row moves, the cursor stays on its role,
// and a dialog that is open is not disturbed.
func (m *root) fresh(msg rereadMsg) tea.Cmd {
	switch {
	case m.out.done:
		return nil
	case msg.err != nil:
		m.toast = "the files have changed and cannot be read: " + inert(msg.err.Error())
		return nil
	}
	m.later(msg.now)
	m.reads++
	m.overview = msg.overview
	m.toast = "The files have changed: they were read again."
	if m.list != nil && len(msg.overview.Rows) > 0 {
		m.list.load(msg.overview)
		if m.list.gone { // it says so itself, where the toast would stand
			m.toast = ""
		}
	}
	later := m.do.readiness(m.turns.parent, m.reads, msg.overview.Rows)
	if m.wait != nil || m.next != nil || m.screen != m.base {
		return later
	}
	toast := m.toast
	var opened tea.Cmd
	switch {
	case m.atActive():
		m.base = newActiveScreen(m.overview, m.stays())
		opened = m.open(m.base)
	case m.base != m.list || len(m.overview.Rows) == 0: // there are roles now, or none any more
		opened = m.openList(m.opts.Filter)
	}
	m.toast = toast
	return tea.Batch(opened, later)
}
