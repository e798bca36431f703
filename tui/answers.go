package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// answered takes a reply of a command. A reply to a question of an older turn is
// dropped: the user is somewhere else by now.
func (m *root) answered(msg tea.Msg) tea.Cmd {
	if cmd, done := m.answeredAnyway(msg); done {
		return cmd
	}
	stamped, ok := msg.(interface{ stamp() answer })
	if !ok || m.out.done {
		return nil
	}
	stamp := stamped.stamp()
	m.later(stamp.now)
	if stamp.turn != m.turns.turn.number {
		return nil
	}
	switch msg := msg.(type) {
	case editorMsg, editedMsg, addedMsg, labelsMsg, labelledMsg:
		return m.fileAnswered(msg)
	case overviewMsg:
		return m.overviewArrived(msg)
	case planMsg:
		if msg.err != nil {
			return m.fail(m.errand.wish.words().failed+roleWords(m.errand.plan.Role), msg.err)
		}
		m.errand.plan = msg.plan
		return m.proceed()
	case progressMsg:
		if m.wait != nil {
			m.wait.heard(msg.news, m.now)
		}
		return m.do.listen(m.turns.turn, msg.more)
	case sessionMsg:
		return m.sessionArrived(msg)
	case consoleMsg:
		return m.consoleOpened(msg)
	case consoleLinkMsg:
		return m.consoleLinkArrived(msg)
	case exitedMsg:
		return m.exited(msg)
	case trialsMsg:
		if s, ok := m.screen.(*activeScreen); ok {
			s.trials, s.trialErr = append([]Trial{}, msg.trials...), msg.err
		}
	case deviceMsg:
		m.deviceArrived(msg)
	case revealMsg:
		if m.wait == nil {
			return nil
		}
		m.wait.shown = true
		return m.do.beat(m.turns.turn, m.wait.beat(m.frame()))
	case openMsg:
		if m.next != nil {
			return m.open(m.next)
		}
	case beatMsg:
		return m.passed()
	}
	return nil
}

// answeredAnyway takes what holds wherever the user is by now.
func (m *root) answeredAnyway(msg tea.Msg) (cmd tea.Cmd, done bool) {
	switch msg := msg.(type) {
	case readinessMsg:
		m.readinessArrived(msg)
		return nil, true
	case favouriteMsg:
		m.favouriteArrived(msg)
		return nil, true
	case changedMsg:
		return m.filesLookedAt(msg), true
	case lookAgainMsg:
		m.looked = false
		return nil, true
	case rereadMsg:
		return m.fresh(msg), true
	case clipMsg:
		if msg.err != nil {
			m.toast = "nothing was copied: " + inert(msg.err.Error())
			return nil, true
		}
		return m.do.copy(m.turns.turn, msg.clip), true
	case copiedMsg:
		m.clipped(msg)
		return nil, true
	}
	return nil, false
}

// fileAnswered takes what came of a change to a file.
func (m *root) fileAnswered(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case editorMsg:
		return m.editorFound(msg)
	case editedMsg:
		return m.edited(msg)
	case addedMsg:
		return m.added(msg)
	case labelsMsg:
		return m.labelsFound(msg)
	case labelledMsg:
		return m.labelled(msg)
	}
	return nil
}

func (a answer) stamp() answer { return a }

// overviewArrived shows what there is at once, and asks for what takes longer.
func (m *root) overviewArrived(msg overviewMsg) tea.Cmd {
	if msg.err != nil {
		m.errand = errand{}
		return m.fail("Could not read your AWS files", msg.err)
	}
	m.reads++
	later := m.do.readiness(m.turns.parent, m.reads, msg.overview.Rows)
	if msg.again {
		return tea.Batch(m.reread(msg.overview), later)
	}
	first := m.base == nil
	m.overview, m.list, m.loaded = msg.overview, nil, true
	return tea.Batch(m.arrive(first), later)
}

// arrive opens the page that comes after the files were read.
func (m *root) arrive(first bool) tea.Cmd {
	if first && !m.startsAtActive() {
		opened := m.openList(m.opts.Filter)
		if len(m.overview.Rows) == 0 && len(m.overview.Problems) > 0 {
			return m.open(newProblemsScreen(m.overview))
		}
		return opened
	}
	m.base = newActiveScreen(m.overview, m.do.rehearsal != nil)
	if first {
		return m.open(m.base)
	}
	if m.errand.given.Code != "" {
		m.errand = errand{}
		return m.holdFor(m.base, afterTyping)
	}
	return m.hold(m.base)
}

// readinessArrived fills in what was not known when the list was drawn.
func (m *root) readinessArrived(msg readinessMsg) {
	if m.out.done || msg.read != m.reads || msg.err != nil || len(msg.readiness) != len(m.overview.Rows) {
		return
	}
	m.later(msg.now)
	for i := range m.overview.Rows {
		m.overview.Rows[i].Readiness = msg.readiness[i]
	}
	if m.list != nil {
		m.list.ready()
	}
}

func (m *root) favouriteArrived(msg favouriteMsg) {
	if m.list != nil {
		m.list.favoured(msg.role, msg.on, msg.err)
	}
}

func (m *root) sessionArrived(msg sessionMsg) tea.Cmd {
	plan := m.errand.plan
	why, another := codeRejected(msg.err)
	switch {
	case another && plan.Code != nil:
		m.errand.given.Code = ""
		m.errand.attempt++
		return m.hold(newCodeScreen(m.errand.wish, plan, m.errand.attempt, why))
	case msg.err != nil:
		return m.fail(m.errand.wish.words().failed+roleWords(plan.Role), msg.err)
	}
	switch m.errand.wish.For {
	case ForSubshell:
		return m.end(Result{Kind: Subshell, Session: msg.session}, nil)
	case ForCommand:
		return m.end(Result{Kind: Command, Session: msg.session, Line: m.errand.line}, nil)
	case ForClipboard:
		return tea.Batch(m.open(m.base), m.do.exports(m.turns.turn, msg.session))
	case ForConsole, ForConsoleLink:
		return m.signIn(m.errand.wish, msg.session)
	}
	if m.stays() {
		return m.reload()
	}
	return m.end(Result{Kind: Switched, Session: msg.session}, nil)
}

func (m *root) exited(msg exitedMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		m.errand = errand{}
		return m.fail("Could not leave the role", msg.err)
	case m.stays():
		return m.reload()
	}
	return m.end(Result{Kind: Exited, Identity: msg.identity, One: msg.one}, nil)
}

func (m *root) deviceArrived(msg deviceMsg) {
	s, ok := m.screen.(*codeScreen)
	if !ok {
		return
	}
	s.device = &deviceCode{code: msg.code, ends: m.now.Add(msg.left)}
	if msg.err != nil { // the field works without; ask again later
		s.device = &deviceCode{ends: m.now.Add(codeWindow)}
	}
}

// passed lets the time that passed show, and waits for the next time it would.
func (m *root) passed() tea.Cmd {
	if m.wait != nil {
		return m.do.beat(m.turns.turn, m.wait.beat(m.frame()))
	}
	if m.screen == nil {
		return nil
	}
	cmds := []tea.Cmd{m.do.beat(m.turns.turn, max(m.screen.beat(m.frame()), 10*time.Millisecond))}
	if s, ok := m.screen.(*codeScreen); ok && s.device != nil && !m.now.Before(s.device.ends) {
		s.device = nil
		cmds = append(cmds, m.do.device(m.turns.turn, s.plan.Code.Device))
	}
	return tea.Batch(cmds...)
}
