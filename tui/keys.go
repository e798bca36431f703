package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
)

// keymap is the bindings of one screen. The last line shows foot, in this order
// as far as it fits; the help shows both.
type keymap struct {
	foot []key.Binding
	more []key.Binding
}

func (k keymap) all() []key.Binding {
	return append(append([]key.Binding(nil), k.foot...), k.more...)
}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

func when(enabled bool, b key.Binding) key.Binding {
	b.SetEnabled(enabled)
	return b
}

// On terminals with the kitty keyboard protocol Ctrl-[ arrives as itself; it
// means Esc everywhere else.
func bindEsc(does string) key.Binding { return bind("esc", does, "esc", "ctrl+[") }

// What was typed before the terminal was in raw mode has Enter as a line feed,
// which arrives as Ctrl-J.
func bindEnter(does string) key.Binding { return bind("enter", does, "enter", "ctrl+j") }

// globalKeys are the bindings that hold on every screen.
type globalKeys struct {
	Cancel, Help, Redraw, Suspend key.Binding
}

func newGlobalKeys(canSuspend bool) globalKeys {
	return globalKeys{
		Cancel:  bind("ctrl-c", "cancel", "ctrl+c"),
		Help:    bind("f1", "help", "f1"),
		Redraw:  bind("ctrl-l", "redraw", "ctrl+l"),
		Suspend: when(canSuspend, bind("ctrl-z", "suspend", "ctrl+z")),
	}
}

func (g globalKeys) all() []key.Binding {
	return []key.Binding{g.Help, g.Cancel, g.Redraw, g.Suspend}
}

// line writes bindings as the last line of a screen. Where w is too small for
// all of them, one word each has to do, and then those in the middle go. The way out,
// which is the last, stays, and so does the help before it where w is not tiny.
func (l look) line(bindings []key.Binding, w int) string {
	gap := "   "
	if w < narrow {
		gap = "  "
	}
	write := func(say func(does string) string) []string {
		var shown []string
		for _, b := range bindings {
			if b.Enabled() {
				shown = append(shown, l.Key.Render(b.Help().Key)+" "+l.Faint.Render(say(b.Help().Desc)))
			}
		}
		return shown
	}
	shown := write(func(does string) string { return does })
	if cells(strings.Join(shown, gap)) > w {
		shown = write(func(does string) string { word, _, _ := strings.Cut(does, " "); return word })
	}
	stay := 1 // the way out
	if w > 40 {
		stay = 2 // and help
	}
	for len(shown) > 1 && cells(strings.Join(shown, gap)) > w {
		goes := max(len(shown)-1-stay, min(len(shown)-2, 1))
		shown = slices.Delete(shown, goes, goes+1)
	}
	return clip(strings.Join(shown, gap), w)
}
