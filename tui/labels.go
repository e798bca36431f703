package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// Labels is what a profile says of its role for people: its environment, alias and
// colour. An empty one is not said.
type Labels struct{ Env, Alias, Color string }

type (
	// labelsMsg: what the change would do to the file is known.
	labelsMsg struct {
		answer
		diff string
	}
	// labelledMsg: the change was made, or not.
	labelledMsg struct{ answer }
)

// newLabelsScreen asks for the labels of a role, as they are now.
func newLabelsScreen(role roles.Role) *lineScreen {
	s := &lineScreen{
		head: func(f frame, p *page) {
			p.room(f)
			p.title(f, "Label ", role, "")
		},
		label: "Labels  ",
		hint:  "env is prod, staging, dev or sandbox; color a word like red or purple; what is empty is taken out. You see the change to the file before it is made.",
		run: func(line string) action {
			labels, why := parseLabels(line)
			return labelsAction{role, labels, why}
		},
		field: newField(fmt.Sprintf("env=%s alias=%s color=%s", role.Env, role.Alias, role.Color)), enter: bindEnter("show the change"), back: bindEsc("cancel"),
	}
	return s
}

// parseLabels reads "env=prod alias=pp color=red"; what is not named is empty.
func parseLabels(line string) (labels Labels, why string) {
	for word := range strings.FieldsSeq(line) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "env":
			labels.Env = value
		case "alias":
			labels.Alias = value
		case "color", "colour":
			labels.Color = value
		default:
			return Labels{}, fmt.Sprintf("%q is none of env=, alias= and color=", word)
		}
	}
	return labels, ""
}

func (c commands) previewLabels(t turn, role roles.Role, labels Labels) tea.Cmd {
	return safely(func() tea.Msg {
		diff, err := c.backend.Relabel(t.ctx, role, labels, true)
		return labelsMsg{c.stamp(t, err), diff}
	})
}

func (c commands) relabel(t turn, role roles.Role, labels Labels) tea.Cmd {
	return safely(func() tea.Msg {
		_, err := c.backend.Relabel(t.ctx, role, labels, false)
		return labelledMsg{c.stamp(t, err)}
	})
}

// label shows what a change of labels does to the file.
func (m *root) label(a labelsAction) tea.Cmd {
	if a.why != "" {
		m.toast = a.why
		return nil
	}
	m.labels = a
	return m.do.previewLabels(m.newTurn(), a.role, a.labels)
}

func (m *root) labelsFound(msg labelsMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		return m.stay("Nothing was changed: " + inert(msg.err.Error()))
	case msg.diff == "":
		return m.stay("The profile says so already: nothing was changed.")
	}
	lines := strings.Split(strings.TrimRight(msg.diff, "\n"), "\n")
	question := newConfirmScreen("Write this into the AWS config file?", roles.Unknown, lines, "write", relabelAction{})
	question.diff = true
	return m.open(question)
}

func (m *root) labelled(msg labelledMsg) tea.Cmd {
	if msg.err != nil {
		return m.stay("Nothing was changed: " + inert(msg.err.Error()))
	}
	read := m.perform(reloadAction{})
	m.toast = "The profile was changed."
	return read
}
