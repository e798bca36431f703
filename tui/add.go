package tui

import tea "charm.land/bubbletea/v2"

// addedMsg: a role was written to the config file, or not.
type addedMsg struct{ answer }

func (c commands) add(t turn, role string) tea.Cmd {
	return safely(func() tea.Msg { return addedMsg{c.stamp(t, c.backend.Add(t.ctx, role))} })
}

// add has the role written. Where that cannot be, what was typed stays to be mended.
func (m *root) add(role string) tea.Cmd { return m.do.add(m.newTurn(), role) }

func (m *root) added(msg addedMsg) tea.Cmd {
	if msg.err != nil {
		return m.stay("Nothing was added: " + inert(msg.err.Error()))
	}
	read := m.perform(reloadAction{})
	m.toast = "Added. This is the list of your roles."
	return read
}
