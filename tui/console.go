package tui

import (
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

// activeConsoleAction opens the console as the active role, which is no new choice.
type activeConsoleAction struct{}

// consoleMsg: a browser has the console, or there is none.
type consoleMsg struct {
	answer
	role    roles.Role
	browser string
}

// consoleLinkMsg: the link is known, or there is none.
type consoleLinkMsg struct {
	answer
	role roles.Role
	clip clipping
}

func (c commands) openConsole(t turn, session switching.Session) tea.Cmd {
	return safely(func() tea.Msg {
		browser, err := c.backend.OpenConsole(t.ctx, session)
		return consoleMsg{c.stamp(t, err), session.Role, browser}
	})
}

func (c commands) openActiveConsole(t turn, role roles.Role) tea.Cmd {
	return safely(func() tea.Msg {
		session, err := c.backend.ActiveSession(t.ctx)
		if err != nil {
			return consoleMsg{c.stamp(t, err), role, ""}
		}
		browser, err := c.backend.OpenConsole(t.ctx, session)
		return consoleMsg{c.stamp(t, err), session.Role, browser}
	})
}

func (c commands) consoleLink(t turn, session switching.Session) tea.Cmd {
	return safely(func() tea.Msg {
		link, err := c.backend.ConsoleLink(t.ctx, session)
		shown := "valid 15 min, signs anyone in as " + roleWords(session.Role)
		return consoleLinkMsg{c.stamp(t, err), session.Role, clipping{"console link", shown, link}}
	})
}

// signIn does with a session what the wish for the console was.
func (m *root) signIn(wish Wish, session switching.Session) tea.Cmd {
	switch {
	case wish.For == ForConsoleLink:
		m.await(wish.words().doing+roleWords(session.Role), otherwisePromise, waitStep{what: "asking AWS's sign-in for it"})
		return tea.Batch(m.do.consoleLink(m.turns.turn, session), m.reveal())
	case m.opts.For == ForConsole:
		return m.end(Result{Kind: Picked, Session: session}, nil)
	}
	m.openingConsole(session.Role)
	return tea.Batch(m.do.openConsole(m.turns.turn, session), m.reveal())
}

const otherwisePromise = "This shell stays who it is."

// openingConsole waits for the browser.
func (m *root) openingConsole(role roles.Role) {
	m.await(Wish{For: ForConsole}.words().doing+roleWords(role), otherwisePromise, waitStep{what: "waiting for the browser to come for the link"})
}

// openActiveConsole begins with the active role.
func (m *root) openActiveConsole() tea.Cmd {
	role := m.overview.State.Active.Role
	m.errand = errand{}
	m.openingConsole(role)
	return tea.Batch(m.do.openActiveConsole(m.turns.turn, role), m.reveal())
}

// consoleOpened goes back to the page that asked.
func (m *root) consoleOpened(msg consoleMsg) tea.Cmd {
	if msg.err != nil {
		return m.fail(Wish{For: ForConsole}.words().failed+roleWords(msg.role), msg.err)
	}
	m.toast = "console of " + roleWords(msg.role) + " opened with " + inert(msg.browser)
	return m.open(m.base)
}

func (m *root) consoleLinkArrived(msg consoleLinkMsg) tea.Cmd {
	if msg.err != nil {
		return m.fail(Wish{For: ForConsoleLink}.words().failed+roleWords(msg.role), msg.err)
	}
	return tea.Batch(m.open(m.base), m.do.copy(m.turns.turn, msg.clip))
}

// askToCopyConsoleLink asks before a secret leaves the program.
func askToCopyConsoleLink(role roles.Role) *confirmScreen {
	return newConfirmScreen("Copy a console link of "+roleWords(role)+"?", role.Env, []string{
		"The link is valid for 15 minutes, and signs anyone who has it in as this role. It goes to the clipboard, which every program of your desktop may read. It is not shown here.",
	}, "copy", pickAction{Wish{Role: role, For: ForConsoleLink}})
}
