package tui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// driver is a user and a clock: it presses, types, pastes and resizes, lets time
// pass, and looks at the frame. Commands run when it settles, timers when their
// time has come.
type driver struct {
	t      testing.TB
	m      *root
	w      *world
	queue  []tea.Cmd
	timers []timer
	late   []tea.Msg // answers that a slow world keeps back
	quit   bool
	sent   []tea.Msg       // everything that was sent
	digits strings.Builder // every digit pressed or pasted
}

type timer struct {
	at time.Time
	fn func(time.Time) tea.Msg
}

var utf8Environ = []string{"LANG=en_GB.UTF-8", "TERM=xterm-256color", "HOME=/home/david"}

// drive starts the screens over backend, whose world is w, at a size, and
// settles.
func drive(t testing.TB, backend Backend, w *world, width, height int, change ...func(*Options)) *driver {
	t.Helper()
	d := startOnly(t, backend, w, width, height, change...)
	d.settle()
	return d
}

func startOnly(t testing.TB, backend Backend, w *world, width, height int, change ...func(*Options)) *driver {
	t.Helper()
	opts := Options{Backend: backend, Environ: utf8Environ}
	for _, c := range change {
		c(&opts)
	}
	d := &driver{t: t, w: w, m: newRoot(context.Background(), opts)}
	d.m.crash = func(crash *CrashError) { t.Errorf("View panicked: %v\n%s", crash.Value, crash.Stack) }
	d.m.do.after = func(delay time.Duration, fn func(time.Time) tea.Msg) tea.Cmd {
		d.timers = append(d.timers, timer{d.w.now.Add(max(delay, time.Millisecond)), fn})
		return nil
	}
	w.typed = d.digits.String
	d.push(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	return d
}

func (d *driver) push(cmd tea.Cmd) {
	if cmd != nil {
		d.queue = append(d.queue, cmd)
	}
}

// send updates the model, and looks at what it draws.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.sent = append(d.sent, msg)
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.quit = true
		return
	case tea.BatchMsg:
		d.queue = append(d.queue, msg...)
		return
	}
	_, cmd := d.m.Update(msg)
	d.push(cmd)
	d.check()
}

// run runs the commands that wait, and those that follow from them.
func (d *driver) run() {
	d.t.Helper()
	for len(d.queue) > 0 {
		cmd := d.queue[0]
		d.queue = d.queue[1:]
		if cmd == nil {
			continue
		}
		msg := cmd()
		if _, ok := msg.(sessionMsg); ok && d.w.slow {
			d.late = append(d.late, msg)
			continue
		}
		d.send(msg)
	}
}

// pass lets time pass: timers fire in their order.
func (d *driver) pass(span time.Duration) {
	d.t.Helper()
	end := d.w.now.Add(span)
	for {
		d.run()
		slices.SortStableFunc(d.timers, func(a, b timer) int { return a.at.Compare(b.at) })
		if len(d.timers) == 0 || d.timers[0].at.After(end) {
			break
		}
		next := d.timers[0]
		d.timers = d.timers[1:]
		if next.at.After(d.w.now) {
			d.w.now = next.at
		}
		d.send(next.fn(d.w.now))
	}
	d.w.now = end
}

// settle lets everything that is under way come to its end.
func (d *driver) settle() { d.t.Helper(); d.pass(afterTyping + noticeable) }

// press presses keys one after the other and settles after each.
func (d *driver) press(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.send(d.key(name))
		d.settle()
	}
}

// typeText types characters without a pause.
func (d *driver) typeText(text string) {
	d.t.Helper()
	for _, r := range text {
		d.send(d.key(string(r)))
	}
	d.settle()
}

func (d *driver) paste(text string) {
	d.t.Helper()
	for _, r := range text {
		d.note(r)
	}
	d.send(tea.PasteMsg{Content: text})
	d.settle()
}

func (d *driver) resize(w, h int) { d.t.Helper(); d.send(tea.WindowSizeMsg{Width: w, Height: h}) }

func (d *driver) note(r rune) {
	if r >= '0' && r <= '9' {
		d.digits.WriteRune(r)
	}
}

var specialKeys = map[string]tea.Key{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"backspace": {Code: tea.KeyBackspace}, "delete": {Code: tea.KeyDelete}, "f1": {Code: tea.KeyF1},
	"space": {Code: tea.KeySpace, Text: " "}, "alt+ctrl+c": {Code: 'c', Mod: tea.ModAlt | tea.ModCtrl}, "alt+esc": {Code: tea.KeyEscape, Mod: tea.ModAlt},
}

func (d *driver) key(name string) tea.KeyPressMsg {
	if k, ok := specialKeys[name]; ok {
		return tea.KeyPressMsg(k)
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	r := []rune(name)[0]
	d.note(r)
	return tea.KeyPressMsg{Code: r, Text: name}
}

// styled is the frame as it goes to the terminal.
func (d *driver) styled() string { return d.m.View().Content }

// frame is what one reads.
func (d *driver) frame() string {
	lines := strings.Split(ansi.Strip(d.styled()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// check holds for every frame there is: nothing is wider or higher than the
// window, and the cursor is inside.
func (d *driver) check() {
	d.t.Helper()
	view := d.m.View()
	if d.m.out.done {
		return
	}
	lines := strings.Split(view.Content, "\n")
	if len(lines) > max(d.m.height(), 1) {
		d.t.Errorf("%d lines in a window of %d:\n%s", len(lines), d.m.height(), view.Content)
	}
	for _, line := range lines {
		if cells(line) > d.m.w {
			d.t.Errorf("%d columns in a window of %d: %q", cells(line), d.m.w, line)
		}
	}
	if c := view.Cursor; c != nil && (c.X < 0 || c.X >= d.m.w || c.Y < 0 || c.Y >= d.m.height()) {
		d.t.Errorf("the cursor is at %d,%d in a window of %dx%d", c.X, c.Y, d.m.w, d.m.height())
	}
}

func (d *driver) sees(want ...string) {
	d.t.Helper()
	frame := d.frame()
	for _, text := range want {
		if !strings.Contains(frame, text) {
			d.t.Errorf("%q is not to be seen in\n%s", text, frame)
		}
	}
}

func (d *driver) seesNo(unwanted ...string) {
	d.t.Helper()
	frame := d.frame()
	for _, text := range unwanted {
		if strings.Contains(frame, text) {
			d.t.Errorf("%q is to be seen in\n%s", text, frame)
		}
	}
}

// ended fails unless the program ended this way.
func (d *driver) ended(kind Kind) {
	d.t.Helper()
	if !d.quit || d.m.out.err != nil || d.m.out.result.Kind != kind {
		d.t.Errorf("quit %v, error %v, kind %v; want %v", d.quit, d.m.out.err, d.m.out.result.Kind, kind)
	}
}
