package tui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// dialog is what the pages have in common that take no text: they scroll, they have a
// help, and a key leaves them.
type dialog struct {
	scroll scroll
	help   key.Binding
	back   key.Binding
}

func newDialog(back key.Binding) dialog {
	return dialog{scroll: newScroll(), help: bind("?", "help", "?"), back: back}
}

// keymap is the page's own keys, and those of every dialog.
func (d *dialog) keymap(own ...key.Binding) keymap {
	down, more := d.scroll.bindings()
	return keymap{foot: append(own, down, d.back), more: append(more, d.help)}
}

// common takes what means the same in every dialog, and what is no key. Where it does
// not (done is false), press is for the page.
func (d *dialog) common(msg tea.Msg) (press tea.KeyPressMsg, does action, done bool) {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok || d.scroll.take(press):
		return press, nil, true
	case key.Matches(press, d.help):
		return press, helpAction{}, true
	case key.Matches(press, d.back):
		return press, backAction{}, true
	}
	return press, nil, false
}

// beat is that of a page that shows no time.
func (d *dialog) beat(frame) time.Duration { return time.Minute }
