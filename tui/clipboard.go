package tui

import (
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// clipping is text on its way to the clipboard.
type clipping struct {
	what  string // "role ARN"
	shown string // what the user may see of it
	text  profiles.Secret
}

type (
	// clipMsg: the text is known.
	clipMsg struct {
		err  error
		clip clipping
	}
	// copiedMsg: the desktop's tool had its turn.
	copiedMsg struct {
		err  error
		clip clipping
		tool string
	}
)

func (c commands) link(t turn, role roles.Role) tea.Cmd {
	return safely(func() tea.Msg {
		link, err := c.backend.Link(t.ctx, role)
		return clipMsg{err, clipping{"Switch Role link", link, profiles.NewSecret(link)}}
	})
}

func (c commands) exports(t turn, session switching.Session) tea.Cmd {
	return safely(func() tea.Msg {
		text, err := c.backend.Exports(t.ctx, session)
		shown := "env exports of " + inert(session.Role.Label())
		if ends := session.Credentials.Expires; !ends.IsZero() {
			shown += ", which end at " + profiles.Clock(ends, c.backend.Now())
		}
		return clipMsg{err, clipping{"keys", shown, text}}
	})
}

// copy sends text to the terminal's clipboard by OSC 52, and to the desktop's. Inside
// tmux it goes as it is: tmux passes it on where set-clipboard is on.
func (c commands) copy(t turn, text clipping) tea.Cmd {
	return tea.Batch(tea.SetClipboard(text.text.Reveal()), safely(func() tea.Msg {
		tool, err := c.backend.Copy(t.ctx, text.text)
		return copiedMsg{err, text, tool}
	}))
}

// clipped says where the text went: never more than is known.
func (m *root) clipped(msg copiedMsg) {
	switch {
	case msg.tool != "" && msg.err == nil:
		m.toast = msg.clip.what + " copied with " + msg.tool
	case m.opts.inTmux():
		m.toast = msg.clip.what + " sent to terminal clipboard (tmux: needs set-clipboard on)"
	default:
		m.toast = msg.clip.what + " sent to terminal clipboard"
	}
	if msg.tool != "" && msg.err != nil {
		m.toast += ", as " + msg.tool + " did not take it"
	}
	m.toast += ": " + inert(msg.clip.shown)
}
