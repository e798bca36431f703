package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// listScreen is the roles and the field that filters them. The order of the rows
// is the backend's and never changes while the list is open.
type listScreen struct {
	overview Overview
	hay      []haystack
	natural  columns
	found    []int // indexes into overview.Rows, best first
	cursor   int   // index into found
	top      int   // first row drawn
	height   int   // rows drawn last time: what a page is
	filter   field
	details  bool     // asked for, where the width does not show them anyway
	always   bool     // the width shows the details anyway
	message  string   // one line, until the next key
	names    []string // what may have been meant; nil until something is not found
	meant    meant    // where nothing was found
	bind     listKeys
}

type listKeys struct {
	Enter, Up, Down, PageUp, PageDown, Home, End, Details, Problems, Exit, Help, Back key.Binding
}

func newListScreen(overview Overview, query string) *listScreen {
	s := &listScreen{filter: newField(query), bind: listKeys{
		Enter:    bindEnter("switch"),
		Up:       bind("up", "move up (ctrl-p)", "up", "ctrl+p"),
		Down:     bind("down", "move down (ctrl-n)", "down", "ctrl+n"),
		PageUp:   bind("pgup", "page up", "pgup"),
		PageDown: bind("pgdn", "page down", "pgdown"),
		Home:     bind("home", "first", "home"),
		End:      bind("end", "last", "end"),
		Details:  bind("tab", "details", "tab"),
		Problems: bind("ctrl-e", "problems in the files", "ctrl+e"),
		Exit:     bind("ctrl-x", "exit role", "ctrl+x"),
		Help:     bind("?", "help, while the filter is empty", "?"),
		Back:     bindEsc("back"),
	}}
	s.load(overview)
	return s
}

// load takes new facts in and keeps the cursor on the role it is on.
func (s *listScreen) load(overview Overview) {
	current, had := s.current()
	s.overview, s.names = overview, nil
	s.hay = make([]haystack, len(overview.Rows))
	for i, row := range overview.Rows {
		s.hay[i] = newHaystack(row)
	}
	s.natural = naturalColumns(overview.Rows, overview.State.Active)
	s.refilter()
	if !had {
		return
	}
	for i, row := range s.found {
		if overview.Rows[row].Role.Label() == current.Role.Label() {
			s.cursor = i
			return
		}
	}
}

func (s *listScreen) refilter() {
	s.found = search(s.hay, s.filter.text())
	s.cursor, s.top = 0, 0
	s.meant = meant{}
	if len(s.found) == 0 {
		if s.names == nil {
			s.names = searchable(s.overview.Rows)
		}
		s.meant = nearest(s.names, s.hay, s.filter.text())
	}
}

// current is the row under the cursor.
func (s *listScreen) current() (Row, bool) {
	if s.cursor >= len(s.found) {
		return Row{}, false
	}
	return s.overview.Rows[s.found[s.cursor]], true
}

func (s *listScreen) keys() keymap {
	k := s.bind
	k.Enter.SetEnabled(len(s.found) > 0)
	k.Exit.SetEnabled(s.overview.State.Active != nil)
	k.Help.SetEnabled(s.filter.empty())
	k.Details.SetEnabled(!s.always && len(s.found) > 0)
	k.Problems.SetEnabled(len(s.overview.Problems) > 0)
	if !s.filter.empty() {
		k.Back.SetHelp("esc", "clear")
	}
	return keymap{
		foot: []key.Binding{k.Enter, k.Exit, k.Details, k.Back},
		more: append([]key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End, k.Problems, k.Help}, s.filter.keys.all()...),
	}
}

func (s *listScreen) beat(time.Time) time.Duration { return time.Minute }

func (s *listScreen) handle(msg tea.Msg) action {
	s.message = ""
	switch msg := msg.(type) {
	case tea.PasteMsg:
		s.filter.insert(strings.TrimSpace(msg.Content))
		s.refilter()
	case tea.KeyPressMsg:
		return s.press(msg)
	}
	return nil
}

func (s *listScreen) press(msg tea.KeyPressMsg) action {
	k := s.bind
	switch {
	case key.Matches(msg, k.Enter):
		return s.enter()
	case key.Matches(msg, k.Up):
		s.move(-1)
	case key.Matches(msg, k.Down):
		s.move(1)
	case key.Matches(msg, k.PageUp):
		s.move(-max(s.height-1, 1))
	case key.Matches(msg, k.PageDown):
		s.move(max(s.height-1, 1))
	case key.Matches(msg, k.Home):
		s.move(-len(s.found))
	case key.Matches(msg, k.End):
		s.move(len(s.found))
	case key.Matches(msg, k.Details) && !s.always:
		s.details = !s.details
	case key.Matches(msg, k.Exit) && s.overview.State.Active != nil:
		return exitAction{}
	case key.Matches(msg, k.Problems) && len(s.overview.Problems) > 0:
		return problemsAction{}
	case key.Matches(msg, k.Help) && s.filter.empty():
		return helpAction{}
	case key.Matches(msg, k.Back):
		return s.back()
	default:
		before := s.filter.text()
		if s.filter.edit(msg) && s.filter.text() != before {
			s.refilter()
		}
	}
	return nil
}

func (s *listScreen) enter() action {
	row, ok := s.current()
	switch {
	case !ok:
		return nil
	case row.Broken != nil:
		s.message = "cannot be entered: " + inert(row.Broken.Error())
		return nil
	}
	return pickAction{row.Role}
}

func (s *listScreen) back() action {
	switch {
	case s.details && !s.always:
		s.details = false
		return nil
	case !s.filter.empty():
		s.filter.set("")
		s.refilter()
		return nil
	}
	return backAction{}
}

func (s *listScreen) move(by int) {
	s.cursor = max(min(s.cursor+by, len(s.found)-1), 0)
}

func (s *listScreen) render(f frame) page {
	var p page
	p.room(f)
	s.renderFilter(f, &p)
	if f.h > 8 {
		p.add("")
	}
	notices := s.notices(f)
	s.always = f.w >= wide && f.h >= 12 || f.w >= roomy && f.h >= 20
	body := frame{look: f.look, w: f.w, h: f.h - len(p.lines) - len(notices), now: f.now}
	switch row, ok := s.current(); {
	case !ok:
		s.renderNothingFound(f, &p)
	case f.w >= wide && f.h >= 12:
		s.renderBeside(body, &p, row)
	case (s.always || s.details) && body.h >= detailsHeight+2:
		s.renderAbove(body, &p, row)
	case s.details:
		p.add(detailLines(body, row, true)...)
	default:
		p.add(s.rows(body)...)
	}
	for len(p.lines) < f.h-len(notices) {
		p.add("")
	}
	p.lines = append(p.lines[:max(min(len(p.lines), f.h-len(notices)), 0)], notices...)
	if len(s.found) > 0 {
		p.status = f.Faint.Render(fmt.Sprintf("%d/%d", s.cursor+1, len(s.found)))
	}
	return p
}

func (s *listScreen) renderFilter(f frame, p *page) {
	const label = "Find  "
	count := fmt.Sprintf("%d roles", len(s.overview.Rows))
	if len(s.overview.Rows) == 1 {
		count = "1 role"
	}
	if !s.filter.empty() {
		count = fmt.Sprintf("%d of %d", len(s.found), len(s.overview.Rows))
	}
	room := f.inner() - cells(label) - cells(count) - 2
	text, at := s.filter.draw(max(room, 2))
	if s.filter.empty() {
		hint := "type a name, a role or an account"
		if cells(hint) > room {
			hint = "type to filter"
		}
		text = f.Faint.Render(clip(hint, room))
	}
	p.text(f, spread(f.Strong.Render(label)+text, f.Faint.Render(count), f.inner()))
	p.cursor = &tea.Position{X: min(f.margin()+cells(label)+at, f.w-1), Y: len(p.lines) - 1}
}

// notices are the lines above the keys: what the last key came to, and what is
// wrong in a file.
func (s *listScreen) notices(f frame) []string {
	var p page
	if s.message != "" {
		lines := wrapped(f, s.message, f.Warning)
		return lines[:min(len(lines), max(f.h/3, 1))]
	}
	if f.h < 6 {
		return nil
	}
	if len(s.overview.Problems) > 0 {
		text := problemsLine(s.overview.Problems, f.file)
		shows := f.Strong.Render(s.bind.Problems.Help().Key) + f.Faint.Render(" shows")
		p.text(f, f.Warning.Render(shorten(text, f.inner()-cells(shows)-2, f.ellipsis))+"  "+shows)
	}
	if n := len(s.overview.Notices); n > 0 {
		text := inert(s.overview.Notices[0])
		if n > 1 {
			text = fmt.Sprintf("%s  (and %d more)", text, n-1)
		}
		p.text(f, f.Faint.Render(breakOff(text, f.inner(), f.ellipsis)))
	}
	if len(p.lines) > 0 && f.airy() {
		p.lines = append([]string{""}, p.lines...)
	}
	return p.lines
}

// renderNothingFound says what may have been meant.
func (s *listScreen) renderNothingFound(f frame, p *page) {
	text := fmt.Sprintf("No role matches %q.", s.filter.text())
	if s.meant.query != "" {
		text += fmt.Sprintf(" Did you mean %s (%d)?", s.meant.query, s.meant.roles)
	}
	clears := f.Strong.Render("ctrl-u") + f.Faint.Render(" clears")
	if cells(text)+2+cells(clears) <= f.inner() {
		p.text(f, text+"  "+clears)
		return
	}
	for _, line := range wrap(text, f.inner()) {
		p.text(f, line)
	}
	p.text(f, clears)
}

// explain says what the list's own words mean, for the help.
func (s *listScreen) explain() [][2]string {
	return [][2]string{
		{"filter", "every word has to match: a name, alias, role, tag or environment; three digits or more also match the start or end of an account"},
		{"[PROD] !!", "production: entering it asks for a code, or for the last four digits of its account"},
		{"via", "the profile that signs"},
		{"ready 41m", "a session is in the cache: nothing will be asked of AWS"},
		{"MFA", "the role asks for a code"},
	}
}

// rows draws the part of the list around the cursor, f.h lines of it.
func (s *listScreen) rows(f frame) []string {
	s.height = max(f.h, 1)
	s.top = min(s.top, s.cursor)
	s.top = max(s.top, s.cursor-s.height+1, 0)
	shown := s.natural.within(f)
	var lines []string
	for i := s.top; i < len(s.found) && i < s.top+s.height; i++ {
		lines = append(lines, shown.draw(f, s.overview.Rows[s.found[i]], i == s.cursor))
	}
	return lines
}

// renderAbove puts the list above the details of its current row.
func (s *listScreen) renderAbove(f frame, p *page, row Row) {
	above := f
	above.h = f.h - detailsHeight - 1
	lines := s.rows(above)
	for len(lines) < above.h {
		lines = append(lines, "")
	}
	p.add(lines...)
	p.add("")
	p.text(f, f.Faint.Render(strings.Repeat(f.rule, f.inner())))
	p.add(detailLines(f, row, false)...)
}

// renderBeside puts the details right of the list.
func (s *listScreen) renderBeside(f frame, p *page, row Row) {
	list, side := f, f
	list.w = f.w * 62 / 100
	side.w = f.w - list.w - 3
	rows, details := s.rows(list), detailLines(side, row, true)
	for i := range f.h {
		var l, r string
		if i < len(rows) {
			l = rows[i]
		}
		if i < len(details) {
			r = details[i]
		}
		p.add(pad(clip(l, list.w), list.w) + f.Faint.Render(f.bar) + "  " + clip(r, side.w))
	}
}

// isActive reports whether role is the one this shell is in.
func isActive(role roles.Role, active *roles.Role) bool {
	return active != nil && role.ARN == active.ARN && role.Profile == active.Profile
}
