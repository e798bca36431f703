package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// maxTyped is the most that a field takes, in bytes: a paste of a whole file
// must not slow the screen.
const maxTyped = 256

// field is one line of text being edited, with a real cursor.
type field struct {
	clusters []string
	at       int // the cursor stands before this cluster
	keys     fieldKeys
}

type fieldKeys struct {
	Left, Right, Rub, Delete, RubWord, Clear key.Binding
}

func newField(text string) field {
	f := field{keys: fieldKeys{
		Left:    bind("left", "cursor left", "left"),
		Right:   bind("right", "cursor right, inside the text", "right"),
		Rub:     bind("backspace", "delete back", "backspace", "ctrl+h"),
		Delete:  bind("del", "delete", "delete"),
		RubWord: bind("ctrl-w", "delete word", "ctrl+w"),
		Clear:   bind("ctrl-u", "clear", "ctrl+u"),
	}}
	f.insert(text)
	return f
}

func (k fieldKeys) all() []key.Binding {
	return []key.Binding{k.Left, k.Right, k.Rub, k.Delete, k.RubWord, k.Clear}
}

func (f *field) text() string { return strings.Join(f.clusters, "") }

func (f *field) empty() bool { return len(f.clusters) == 0 }

// atEnd reports whether the cursor stands behind the text.
func (f *field) atEnd() bool { return f.at == len(f.clusters) }

// set replaces the text and puts the cursor at its end.
func (f *field) set(text string) {
	f.clusters, f.at = nil, 0
	f.insert(text)
}

// fits reports whether there is room for the whole of text.
func (f *field) fits(text string) bool { return len(f.text())+len(inert(text)) <= maxTyped }

// insert puts text at the cursor, made inert, as far as there is room.
func (f *field) insert(text string) {
	room := maxTyped - len(f.text())
	head := strings.Join(f.clusters[:f.at], "")
	tail := strings.Join(f.clusters[f.at:], "")
	var taken strings.Builder
	for _, cluster := range graphemes(inert(text)) {
		if taken.Len()+len(cluster) > room {
			break
		}
		taken.WriteString(cluster)
	}
	before := head + taken.String()
	f.clusters = graphemes(before + tail)
	f.at = min(len(graphemes(before)), len(f.clusters))
}

// edit takes a key and reports whether it was one of the field's.
func (f *field) edit(msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, f.keys.Left):
		f.at = max(f.at-1, 0)
	case key.Matches(msg, f.keys.Right):
		f.at = min(f.at+1, len(f.clusters))
	case key.Matches(msg, f.keys.Rub):
		f.cut(f.at-1, f.at)
	case key.Matches(msg, f.keys.Delete):
		f.cut(f.at, f.at+1)
	case key.Matches(msg, f.keys.RubWord):
		start := f.at
		for start > 0 && f.clusters[start-1] == " " {
			start--
		}
		for start > 0 && f.clusters[start-1] != " " {
			start--
		}
		f.cut(start, f.at)
	case key.Matches(msg, f.keys.Clear):
		f.set("")
	case msg.Text != "":
		f.insert(msg.Text)
	default:
		return false
	}
	return true
}

func (f *field) cut(from, to int) {
	if from < 0 || to > len(f.clusters) || from >= to {
		return
	}
	f.clusters = append(f.clusters[:from:from], f.clusters[to:]...)
	f.at = from
}

// draw returns the part of the text around the cursor that fits w columns, and
// the cursor's column in it.
func (f *field) draw(w int) (string, int) {
	if w <= 1 {
		return "", 0
	}
	start := f.at
	used := 0
	for start > 0 && used+cells(f.clusters[start-1]) < w {
		start--
		used += cells(f.clusters[start])
	}
	return clip(strings.Join(f.clusters[start:], ""), w), used
}
