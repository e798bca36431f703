package tui

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

const (
	// noticeable is how long something may take before it is worth a screen.
	noticeable = 150 * time.Millisecond
	// grace is how long a screen that opens by itself waits before it is drawn
	// and takes keys: what the user typed for the screen before is dropped, and
	// cannot answer a question that was not seen yet.
	grace = 150 * time.Millisecond
	// afterTyping is the grace of the page that follows a typed code: many people
	// end six digits with Enter, which would already choose something there.
	afterTyping = 400 * time.Millisecond
)

// root routes: messages to the screen that is open, actions of screens to the
// steps of flow.go.
type root struct {
	do   commands
	opts Options
	look look
	keys globalKeys

	turns turns

	w, h     int
	now      time.Time
	overview Overview
	loaded   bool // there is an overview
	reads    int  // how often there was a new one

	list    *listScreen    // kept, with its filter, while a dialog is open
	base    screen         // list or active: where a dialog goes back to
	screen  screen         // open; nil before the first overview
	next    screen         // opens when its grace is over
	wait    *waitingScreen // an answer is awaited
	help    *helpScreen
	errand  errand
	labels  labelsAction // what is to be written, if the user says yes
	early   []tea.Msg    // typed before there was a screen
	looked  bool         // at the files, a moment ago
	settled bool         // the terminal has answered the last of what it was asked at the start
	toast   string       // what the last key came to, until the next one

	out   outcome
	crash func(*CrashError) // ends the program from View
}

// outcome is how the program was left.
type outcome struct {
	done   bool
	result Result
	err    error
}

func newRoot(ctx context.Context, opts Options) *root {
	m := &root{
		do:    newCommands(opts.Backend),
		opts:  opts,
		look:  look{Styles: newStyles(opts.mono()), glyphs: newGlyphs(opts.utf8()), home: opts.home(), calm: opts.remote()},
		keys:  newGlobalKeys(opts.CanSuspend),
		turns: turns{parent: ctx},
	}
	return m
}

// Init asks for the overview.
func (m *root) Init() tea.Cmd { return m.reload() }

// Update routes one message.
func (m *root) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if value := recover(); value != nil {
			cmd = m.end(Result{}, &CrashError{Value: value, Stack: debug.Stack()})
		}
	}()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = max(msg.Width, 0), max(msg.Height, 0)
	case tea.KeyPressMsg:
		cmd = m.press(msg)
	case tea.PasteMsg:
		cmd = m.typed(msg)
	case tea.KeyboardEnhancementsMsg:
		m.settled = true
	case tea.ResumeMsg:
		cmd = m.do.beat(m.turns.turn, 0)
	case signalMsg:
		cmd = m.end(Result{}, &SignalError{Signal: msg.signal})
	case crashMsg:
		cmd = m.end(Result{}, msg.crash)
	default:
		cmd = m.answered(msg)
	}
	return m, cmd
}

// press takes the keys that mean the same everywhere, and routes the others.
func (m *root) press(msg tea.KeyPressMsg) tea.Cmd {
	behind := msg
	behind.Mod &^= tea.ModAlt
	switch {
	case msg.Mod != behind.Mod && (behind.Code == tea.KeyEscape || key.Matches(behind, m.keys.Cancel)):
		// Esc and the key behind it: one read brought both, which looks like Alt.
		return tea.Batch(m.press(tea.KeyPressMsg{Code: tea.KeyEscape}), m.press(behind))
	case key.Matches(msg, m.keys.Cancel):
		return m.end(Result{Kind: Cancelled}, nil)
	case key.Matches(msg, m.keys.Redraw):
		return tea.ClearScreen
	case key.Matches(msg, m.keys.Suspend):
		return tea.Suspend
	case key.Matches(msg, m.keys.Help):
		return m.toggleHelp()
	}
	return m.typed(msg)
}

// typed gives a key or a paste to the screen that has the focus.
func (m *root) typed(msg tea.Msg) tea.Cmd {
	m.toast = ""
	look := m.lookAtFiles()
	return tea.Batch(m.route(msg), look)
}

// route gives a key or a paste to what is open.
func (m *root) route(msg tea.Msg) tea.Cmd {
	switch {
	case m.out.done:
		return nil
	case m.help != nil:
		return m.perform(m.help.handle(msg))
	case m.wait != nil && m.screen == nil:
		if a := m.wait.handle(msg); a != nil {
			return m.perform(a)
		}
		m.early = append(m.early, msg)
		return nil
	case m.wait != nil:
		return m.perform(m.wait.handle(msg))
	case m.next != nil:
		if press, ok := msg.(tea.KeyPressMsg); ok && key.Matches(press, bindEsc("")) {
			return m.back()
		}
		return nil
	case m.screen != nil:
		return m.perform(m.screen.handle(msg))
	}
	return nil
}

func (m *root) toggleHelp() tea.Cmd {
	if m.help != nil {
		m.help = nil
	} else if m.screen != nil && m.next == nil && m.wait == nil {
		var words [][2]string
		if s, ok := m.screen.(explainer); ok {
			words = s.explain()
		}
		m.help = newHelpScreen(append(m.screen.keys().all(), m.keys.all()...), words)
	}
	return nil
}

// drawn is the screen that is to be seen.
func (m *root) drawn() screen {
	switch {
	case m.help != nil:
		return m.help
	case m.wait != nil && m.wait.shown:
		return m.wait
	case m.screen != nil:
		return m.screen
	}
	return nil
}

// height is the lines the program has: the window's, or less where it draws
// below what was there.
func (m *root) height() int {
	if m.opts.Height > 0 {
		return min(m.opts.Height, m.h)
	}
	return m.h
}

// View draws the screen between the line that says who you are and the line of
// keys.
func (m *root) View() (view tea.View) {
	defer func() {
		if value := recover(); value != nil {
			m.crash(&CrashError{Value: value, Stack: debug.Stack()})
		}
	}()
	view.AltScreen = m.opts.Height == 0
	if m.out.done {
		if m.opts.Height > 0 { // as many lines as there are to wipe: fewer would stay behind
			view.Content = strings.Repeat("\n", max(m.height()-1, 0))
		}
		return view
	}
	p := m.compose()
	view.Content = strings.Join(p.lines, "\n")
	if p.cursor != nil {
		view.Cursor = tea.NewCursor(p.cursor.X, p.cursor.Y)
		view.Cursor.Blink = false
	}
	return view
}

// foot is the bindings of the last line: the screen's, help, and the way out.
func (m *root) foot(s screen) []key.Binding {
	foot := s.keys().foot
	if _, waiting := s.(*waitingScreen); waiting || m.help != nil {
		return foot
	}
	last := len(foot) - 1
	return append(slices.Clone(foot[:last]), m.keys.Help, foot[last])
}

// frame is what there is for a screen, if nothing stands above its line of keys.
func (m *root) frame() frame {
	return frame{look: m.look, w: m.w, h: max(m.height()-2, 0), now: m.now}
}

func (m *root) compose() page {
	var whole page
	w, h := m.w, m.height()
	s := m.drawn()
	if w <= 0 || h <= 0 {
		return whole
	}
	if s == nil {
		whole.lines = make([]string, h)
		return whole
	}
	f := m.frame()
	apart := h >= 14 // room above the line of keys
	if apart {
		f.h--
	}
	body := s.render(f)
	if m.loaded {
		whole.text(f, header(f, m.overview))
	} else {
		whole.add("")
	}
	m.overlay(f, &body)
	for i := range f.h {
		line := ""
		if i < len(body.lines) {
			line = clip(body.lines[i], w)
		}
		whole.add(line)
	}
	if apart {
		whole.add("")
	}
	room := f.inner()
	if body.status != "" {
		room -= cells(body.status) + 2
	}
	whole.text(f, spread(m.look.line(m.foot(s), room), body.status, f.inner()))
	whole.lines = whole.lines[:min(len(whole.lines), h)]
	if c := body.cursor; c != nil && c.Y+1 < h-1 && c.X < w {
		whole.cursor = &tea.Position{X: c.X, Y: c.Y + 1}
	}
	return whole
}

// overlay puts the toast above the line of keys.
func (m *root) overlay(f frame, body *page) {
	lines := wrapped(f, m.toast, f.Strong)
	if lines = lines[:min(len(lines), max(f.h/2, 1), f.h)]; len(lines) == 0 {
		return
	}
	room := f.h - len(lines)
	for len(body.lines) < f.h {
		body.add("")
	}
	body.lines = append(body.lines[:room:room], lines...)
	if body.cursor != nil && body.cursor.Y >= room {
		body.cursor = nil
	}
}
