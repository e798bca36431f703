package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// listScreen is the roles and the field that filters them. While it is open, no row
// changes its place but by what the user does: what is found out later only fills
// cells in.
type listScreen struct {
	overview Overview
	index    *roles.Index
	sections []section // while nothing is typed
	query    roles.Query
	order    order
	grouped  bool // by account
	natural  columns

	lines    []line // drawn, as far as there is room
	found    []int  // indexes into lines: those that are a role
	headings bool   // there is height for the titles of sections
	cursor   int    // index into found
	top      int    // first line drawn
	height   int    // lines drawn last time: what a page is

	filter  field
	details bool   // asked for, where the width does not show them anyway
	always  bool   // the width shows the details anyway
	message string // one line, until the next key
	gone    bool   // the role under the cursor left the files: the next key enters nothing
	meant   roles.Suggestion
	purpose Purpose // of Enter: ForShell, or ForConsole
	bind    listKeys
	acts    []rowAct
}

// line is one line of the list: a role, or the heading of those below it.
type line struct {
	row     int // index into Overview.Rows; -1: a heading
	heading string
}

type listKeys struct {
	Enter, Up, Down, PageUp, PageDown, Home, End, Menu, ReadOnly, Console, Details, Order, Group, Problems, Exit, Help, Back key.Binding
}

// rowAct is a key that does something with the role under the cursor.
type rowAct struct {
	bind key.Binding
	does func(Row) action
}

func newListScreen(overview Overview, query string, by order) *listScreen {
	s := &listScreen{filter: newField(query), order: by, headings: true, bind: listKeys{
		Enter:    bindEnter("switch"),
		Up:       bind("up", "move up (ctrl-p)", "up", "ctrl+p"),
		Down:     bind("down", "move down (ctrl-n)", "down", "ctrl+n"),
		PageUp:   bind("pgup", "page up", "pgup"),
		PageDown: bind("pgdn", "page down", "pgdown"),
		Home:     bind("home", "first", "home"),
		End:      bind("end", "last", "end"),
		Menu:     bind("tab", "actions", "tab"),
		ReadOnly: bind("ctrl-r", "read-only", "ctrl+r"),
		Console:  bind("ctrl-o", "open the console", "ctrl+o"),
		Details:  bind("right", "details", "right"),
		Order:    bind("ctrl-t", "order: by use, by name", "ctrl+t"),
		Group:    bind("ctrl-g", "group by account", "ctrl+g"),
		Problems: bind("ctrl-e", "problems in the files", "ctrl+e"),
		Exit:     bind("ctrl-x", "stack and exit", "ctrl+x"),
		Help:     bind("?", "help, if nothing is typed", "?"),
		Back:     bindEsc("back"),
	}, acts: []rowAct{
		{bind("ctrl-f", "favourite", "ctrl+f"), func(row Row) action { return favouriteAction{row.Role, !row.Favourite} }},
		{bind("ctrl-y", "copy role ARN", "ctrl+y"), func(row Row) action { return copyAction{what: "role ARN", text: row.Role.ARN} }},
	}}
	s.load(overview)
	return s
}

// newIndex makes the rows ready to be searched.
func newIndex(rows []Row) *roles.Index {
	entries := make([]roles.Entry, len(rows))
	for i := range rows {
		entries[i] = roles.Entry{Role: rows[i].Role, Facts: facts(rows[i]), Weight: rows[i].Weight}
	}
	return roles.NewIndex(entries)
}

func facts(row Row) roles.Facts {
	return roles.Facts{Favourite: row.Favourite, Ready: !row.Ready.IsZero()}
}

// load takes new facts in, and keeps the rows and the cursor where they are.
func (s *listScreen) load(overview Overview) {
	old, before := s.sections, s.overview.Rows
	s.overview, s.index = overview, newIndex(overview.Rows)
	s.natural = naturalColumns(overview)
	if old == nil {
		s.sections = sections(overview, s.index.ByName(), s.order)
	} else {
		s.sections = settled(old, before, overview.Rows, s.index.ByName())
	}
	s.staying(before, s.refilter)
}

// staying does what changes the lines, and puts the cursor back on the role it was
// on, which was one of before.
func (s *listScreen) staying(before []Row, change func()) {
	if s.cursor >= len(s.found) {
		change()
		return
	}
	current := before[s.lines[s.found[s.cursor]].row]
	change()
	for i, at := range s.found {
		if rowKey(s.overview.Rows[s.lines[at].row]) == rowKey(current) {
			s.cursor = i
			return
		}
	}
	s.gone = true
	s.message = inert(current.Role.Label()) + " is not here any more: the cursor is on another role now"
}

// ready takes in that the rows' readiness is known now.
func (s *listScreen) ready() {
	for i := range s.overview.Rows {
		s.index.SetFacts(i, facts(s.overview.Rows[i]))
	}
	if s.query.Asks() {
		s.staying(s.overview.Rows, s.refilter)
	}
}

// favoured takes in that a role is a favourite or none any more, or why that could
// not be remembered. The row stays where it is.
func (s *listScreen) favoured(role roles.Role, on bool, err error) {
	name := inert(role.Label())
	switch {
	case err != nil:
		s.message = name + " stays as it is: " + inert(err.Error())
		return
	case on:
		s.message = name + " is a favourite now"
	default:
		s.message = name + " is no favourite any more"
	}
	for i := range s.overview.Rows {
		if row := &s.overview.Rows[i]; rowKey(*row) == rowKey(Row{Role: role}) {
			row.Favourite = on
			s.index.SetFacts(i, facts(*row))
		}
	}
	s.natural.star = 1
}

// refilter finds the rows that the filter wants and puts the cursor on the first.
func (s *listScreen) refilter() {
	s.query = roles.ParseQuery(s.filter.text())
	s.cursor, s.top, s.meant = 0, 0, roles.Suggestion{}
	if s.filter.empty() {
		s.layOut(s.sections)
		return
	}
	found := s.index.Search(s.query, s.order == byUse)
	s.layOut([]section{{rows: found}})
	if len(found) == 0 {
		s.meant = s.index.Suggest(s.filter.text())
	}
}

// layOut makes lines of sections.
func (s *listScreen) layOut(all []section) {
	s.lines, s.found = s.lines[:0], s.found[:0]
	add := func(sec section) {
		if sec.title != "" {
			s.lines = append(s.lines, line{-1, sec.title})
		}
		for _, i := range sec.rows {
			s.found = append(s.found, len(s.lines))
			s.lines = append(s.lines, line{row: i})
		}
	}
	for _, sec := range all {
		apart := sec.title == "RECENT" || sec.title == "FAVOURITE"
		switch {
		case s.grouped && !apart:
			for _, group := range byAccount(s.overview.Rows, sec.rows) {
				group.title = s.accountHeading(group)
				add(group)
			}
		case s.headings && len(all) > 1:
			add(sec)
		default:
			add(section{rows: sec.rows})
		}
	}
}

func (s *listScreen) accountHeading(group section) string {
	role := s.overview.Rows[group.rows[0]].Role
	if role.AccountID == "" {
		return "no account"
	}
	return strings.TrimSpace(inert(role.AccountID) + "  " + inert(role.Account))
}

// current is the row under the cursor.
func (s *listScreen) current() (Row, bool) {
	if s.cursor >= len(s.found) {
		return Row{}, false
	}
	return s.overview.Rows[s.lines[s.found[s.cursor]].row], true
}

func (s *listScreen) keys() keymap {
	k, edit := s.bind, s.filter.keys
	some := len(s.found) > 0
	k.Enter.SetEnabled(some)
	k.Exit.SetEnabled(s.overview.State.Active != nil)
	k.Help.SetEnabled(s.filter.empty())
	k.Details.SetEnabled(s.opensDetails())
	edit.Right.SetEnabled(!s.filter.atEnd())
	k.Problems.SetEnabled(len(s.overview.Problems) > 0)
	if !s.filter.empty() {
		k.Back.SetHelp("esc", "clear")
	}
	k.Menu.SetEnabled(some && s.purpose == ForShell)
	k.ReadOnly.SetEnabled(some)
	k.Console.SetEnabled(some && s.purpose == ForShell)
	if s.purpose == ForConsole {
		k.Enter.SetHelp("enter", "open the console")
	}
	var acts []key.Binding
	for _, act := range s.acts {
		acts = append(acts, when(some, act.bind))
	}
	return keymap{
		foot: []key.Binding{k.Enter, k.Menu, k.ReadOnly, k.Exit, k.Back},
		more: append(append(acts, k.Console, k.Details, k.Up, k.Down, k.PageUp, k.PageDown, k.Home, k.End, k.Order, k.Group, k.Problems, k.Help), edit.all()...),
	}
}

// opensDetails reports whether Right has nothing to do in the filter.
func (s *listScreen) opensDetails() bool {
	return !s.always && len(s.found) > 0 && s.filter.atEnd()
}

func (s *listScreen) beat(f frame) time.Duration { return activeBeat(f, s.overview) }

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
	gone := s.gone
	s.gone = false
	switch {
	case gone && s.actsOnRow(msg):
		s.message = "the role that the cursor was on is gone: press again for the one that it is on now"
		return nil
	case key.Matches(msg, k.Enter):
		return s.enter(Wish{For: s.purpose})
	case key.Matches(msg, k.ReadOnly):
		return s.enter(Wish{For: s.purpose, ReadOnly: true})
	case key.Matches(msg, k.Console):
		return s.enter(Wish{For: ForConsole})
	case key.Matches(msg, k.Menu):
		if s.purpose != ForShell {
			return nil
		}
		if row, ok := s.current(); ok {
			return menuAction{row}
		}
	case s.moved(msg):
	case key.Matches(msg, k.Details) && s.opensDetails():
		s.details = !s.details
	case key.Matches(msg, k.Order):
		s.order = s.order.next()
		s.sections = sections(s.overview, s.index.ByName(), s.order)
		s.refilter()
	case key.Matches(msg, k.Group):
		s.grouped = !s.grouped
		s.staying(s.overview.Rows, s.refilter)
	case key.Matches(msg, k.Exit) && s.overview.State.Active != nil:
		return stackAction{}
	case key.Matches(msg, k.Problems) && len(s.overview.Problems) > 0:
		return problemsAction{}
	case key.Matches(msg, k.Help) && s.filter.empty():
		return helpAction{}
	case key.Matches(msg, k.Back):
		return s.back()
	default:
		return s.actOrType(msg)
	}
	return nil
}

// actsOnRow reports whether a key means the role under the cursor.
func (s *listScreen) actsOnRow(msg tea.KeyPressMsg) bool {
	for _, act := range s.acts {
		if key.Matches(msg, act.bind) {
			return true
		}
	}
	return key.Matches(msg, s.bind.Enter, s.bind.ReadOnly, s.bind.Console, s.bind.Menu)
}

// actOrType takes the keys of the role under the cursor, and those of the filter.
func (s *listScreen) actOrType(msg tea.KeyPressMsg) action {
	row, some := s.current()
	for _, act := range s.acts {
		if key.Matches(msg, act.bind) {
			if !some {
				return nil
			}
			return act.does(row)
		}
	}
	before := s.filter.text()
	if s.filter.edit(msg) && s.filter.text() != before {
		s.refilter()
	}
	return nil
}

// moved takes the keys that move the cursor.
func (s *listScreen) moved(msg tea.KeyPressMsg) bool {
	k := s.bind
	var by int
	switch {
	case key.Matches(msg, k.Up):
		by = -1
	case key.Matches(msg, k.Down):
		by = 1
	case key.Matches(msg, k.PageUp):
		by = -max(s.height-1, 1)
	case key.Matches(msg, k.PageDown):
		by = max(s.height-1, 1)
	case key.Matches(msg, k.Home):
		by = -len(s.found)
	case key.Matches(msg, k.End):
		by = len(s.found)
	default:
		return false
	}
	s.cursor = max(min(s.cursor+by, len(s.found)-1), 0)
	return true
}

// enter gets the role under the cursor for what wish says.
func (s *listScreen) enter(wish Wish) action {
	row, ok := s.current()
	switch {
	case !ok:
		return nil
	case row.Broken != nil:
		s.message = "cannot be entered: " + row.whyBroken()
		if !s.overview.Sealed && row.Role.Defined.File != "" {
			s.message += " (tab, then p, edits it)"
		}
		return nil
	}
	wish.Role = row.Role
	return pickAction{wish}
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

// explain says what the list's own words mean, for the help.
func (s *listScreen) explain() [][2]string {
	return [][2]string{
		{"filter", "all words match: name, alias, role, tag, environment, account (3 digits)"},
		{"acct: role:", "only in that field; so do env: tag: id:"},
		{"is:fav is:ready", "only favourites; only what has a session"},
		{"!word 'word", "must not match; is a whole name"},
		{"[PROD] !!", "production: it asks for a code, or the last four digits of its account"},
		{"*", "a favourite"},
		{"via", "the profile that signs"},
		{"ready 41m", "a session is in the cache: nothing will be asked of AWS"},
		{"MFA", "the role asks for a code"},
	}
}

// isActive reports whether role is the one this shell is in.
func isActive(role roles.Role, active *roles.Role) bool {
	return active != nil && role.ARN == active.ARN && role.Profile == active.Profile
}
