package tui

import (
	"bytes"
	"os"
	"sync"
)

// What the terminal is told, after "Alternate Scroll Mode" and "Save and restore
// private modes" of https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: on the
// alternate screen the wheel is to send arrows, as most terminals have it anyway. It
// is put back to what it was, and not off: pagers need it.
const (
	enterAlternate = "\x1b[?1049h"
	leaveAlternate = "\x1b[?1049l"
	wheelToArrows  = "\x1b[?1007s\x1b[?1007h"
	wheelAsBefore  = "\x1b[?1007r"
)

// wheelTerminal is a terminal whose wheel moves the cursor while, and only while, the
// alternate screen is shown: also when an editor has the terminal, or the program is
// suspended, it is as it was.
type wheelTerminal struct {
	*os.File
	mu sync.Mutex
	on bool
}

// Write writes b with what the wheel needs around the alternate screen.
func (t *wheelTerminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := b
	if !t.on && bytes.Contains(out, []byte(enterAlternate)) {
		out = bytes.Replace(out, []byte(enterAlternate), []byte(wheelToArrows+enterAlternate), 1)
		t.on = true
	}
	if at := bytes.LastIndex(out, []byte(leaveAlternate)); t.on && at > bytes.LastIndex(out, []byte(enterAlternate)) {
		at += len(leaveAlternate)
		out = append(append(bytes.Clone(out[:at]), wheelAsBefore...), out[at:]...)
		t.on = false
	}
	n, err := t.File.Write(out)
	if err == nil || n > len(b) {
		n = len(b)
	}
	return n, err
}
