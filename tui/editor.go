package tui

import (
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"cameo/profiles"
)

type (
	// editorMsg: the editor is known.
	editorMsg struct {
		answer
		command *exec.Cmd
	}
	// editedMsg: it has been closed.
	editedMsg struct{ answer }
)

func (c commands) editor(t turn, at profiles.Position) tea.Cmd {
	return safely(func() tea.Msg {
		command, err := c.backend.Editor(t.ctx, at)
		return editorMsg{c.stamp(t, err), command}
	})
}

// edit opens a file in the user's editor.
func (m *root) edit(at profiles.Position) tea.Cmd {
	return m.do.editor(m.newTurn(), at)
}

// stay leaves the screen open, says why, and lets its time go on.
func (m *root) stay(why string) tea.Cmd {
	m.toast = why
	if m.screen == nil {
		return nil
	}
	return m.do.beat(m.turns.turn, m.screen.beat(m.frame()))
}

// editorFound gives the terminal to the editor until it is closed.
func (m *root) editorFound(msg editorMsg) tea.Cmd {
	if msg.err != nil {
		return m.stay("No editor: " + inert(msg.err.Error()))
	}
	t := m.turns.turn
	return tea.ExecProcess(msg.command, func(err error) tea.Msg { return editedMsg{m.do.stamp(t, err)} })
}

// edited reads the files again, whatever the editor came to: it may have written them.
func (m *root) edited(msg editedMsg) tea.Cmd {
	read := m.perform(reloadAction{})
	if msg.err != nil {
		m.toast = "the editor did not end well: " + inert(msg.err.Error())
	}
	return read
}
