package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// digitField takes a fixed number of digits and nothing else.
type digitField struct {
	typed string
	size  int
	rub   key.Binding
	clear key.Binding
}

func newDigitField(size int) digitField {
	return digitField{
		size:  size,
		rub:   bind("backspace", "delete back", "backspace", "ctrl+h"),
		clear: bind("ctrl-u", "clear", "ctrl+u"),
	}
}

// take feeds a key or a paste in and reports whether the field just became full.
// A paste counts only as a whole: digits, with spaces and dashes between them,
// exactly as many as are still missing.
func (d *digitField) take(msg tea.Msg) bool {
	before := len(d.typed)
	switch msg := msg.(type) {
	case tea.PasteMsg:
		text := strings.NewReplacer(" ", "", "-", "", "\n", "", "\r", "", "\t", "").Replace(msg.Content)
		if len(text) == d.size && digitsOnly(text) {
			d.typed = text
			return true
		}
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, d.rub):
			d.typed = d.typed[:max(before-1, 0)]
		case key.Matches(msg, d.clear):
			d.typed = ""
		case len(msg.Text) == 1 && digitsOnly(msg.Text) && before < d.size:
			d.typed += msg.Text
		}
	}
	return before < d.size && len(d.typed) == d.size
}

// draw shows what was typed and what is missing.
func (d *digitField) draw(f frame) string {
	return f.Faint.Render("[") + f.Strong.Render(d.typed) + f.Faint.Render(strings.Repeat("_", d.size-len(d.typed))+"]")
}

// line is the field behind its label, and the column of the cursor.
func (d *digitField) line(f frame, label, short string) (line string, cursor int) {
	if f.w < narrow {
		label = short
	}
	return f.Strong.Render(label) + d.draw(f), f.margin() + len(label) + 1 + len(d.typed)
}

func digitsOnly(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
