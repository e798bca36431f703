package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
)

// menuScreen is everything that can be done with one role. Letters are safe here: no
// field has the focus.
type menuScreen struct {
	row    Row
	items  []menuItem
	at     int // the item that Enter runs
	tall   int // items in a column, as drawn last
	top    int // first line drawn
	bind   menuKeys
	letter []key.Binding // of items
}

// menuItem is one of them, with the letter that runs it at once.
type menuItem struct {
	letter string
	words  string
	does   action
}

type menuKeys struct{ Enter, Up, Down, Left, Right, Exit, Help, Back key.Binding }

// menuFacts is what decides which items there are.
type menuFacts struct {
	active    bool // a role is on
	rehearsal bool // sessions end with the program
	editable  bool // the files are the user's
	details   bool // they are not to be seen anyway
}

func newMenuScreen(row Row, facts menuFacts) *menuScreen {
	s := &menuScreen{row: row, items: menuItems(row, facts), bind: menuKeys{
		Enter: bindEnter("do it"),
		Up:    bind("up", "move up (ctrl-p)", "up", "ctrl+p"),
		Down:  bind("down", "move down (ctrl-n)", "down", "ctrl+n"),
		Left:  bind("left", "move left", "left"),
		Right: bind("right", "move right", "right"),
		Exit:  when(facts.active, bind("ctrl-x", "stack and exit", "ctrl+x")),
		Help:  bind("?", "help", "?"),
		Back:  bind("esc", "back", "esc", "ctrl+[", "tab"),
	}}
	for _, item := range s.items {
		s.letter = append(s.letter, bind(item.letter, item.words, item.letter))
	}
	return s
}

func menuItems(row Row, facts menuFacts) []menuItem {
	role := row.Role
	wish := func(does Purpose) Wish { return Wish{Role: role, For: does} }
	var items []menuItem
	add := func(there bool, letter, words string, does action) {
		if there {
			items = append(items, menuItem{letter, words, does})
		}
	}
	works := row.Broken == nil
	outside := works && !facts.rehearsal // what lives on when the program has ended
	favourite := "make a favourite"
	if row.Favourite {
		favourite = "no favourite any more"
	}
	add(works, "s", "switch this shell", pickAction{wish(ForShell)})
	add(works, "r", "switch read-only", pickAction{Wish{Role: role, ReadOnly: true}})
	add(outside, "n", "open a new subshell", pickAction{wish(ForSubshell)})
	add(outside, "c", "run one command", lineAction{wish(ForCommand)})
	add(works, "o", "open the console", pickAction{wish(ForConsole)})
	add(outside, "v", "copy env exports", askAction{askToCopyKeys(role)})
	add(outside, "u", "copy a console link", askAction{askToCopyConsoleLink(role)})
	add(role.ARN != "", "y", "copy role ARN", copyAction{what: "role ARN", text: role.ARN})
	add(role.AccountID != "", "i", "copy account ID", copyAction{what: "account ID", text: role.AccountID})
	add(role.ARN != "", "l", "copy Switch Role link", linkAction{role})
	add(true, "f", favourite, favouriteAction{role, !row.Favourite})
	add(facts.editable && role.Profile != "", "e", "environment, alias, colour", labellingAction{role})
	add(facts.editable && role.Defined.File != "", "p", "edit it in your editor", editAction{role.Defined})
	add(facts.details, "d", "details", detailsAction{})
	add(facts.active, "x", "exit role", exitAction{})
	return items
}

// askToCopyKeys asks before a secret leaves the program.
func askToCopyKeys(role roles.Role) *confirmScreen {
	return newConfirmScreen("Copy the keys of "+roleWords(role)+"?", role.Env, []string{
		"The lines that set them go to the clipboard, which every program of your desktop may read. They are not shown here.",
	}, "copy", pickAction{Wish{Role: role, For: ForClipboard}})
}

func (s *menuScreen) keys() keymap {
	k := s.bind
	return keymap{
		foot: []key.Binding{k.Enter, k.Exit, k.Back},
		more: append([]key.Binding{k.Up, k.Down, k.Left, k.Right, k.Help}, s.letter...),
	}
}

func (s *menuScreen) beat(frame) time.Duration { return time.Minute }

func (s *menuScreen) handle(msg tea.Msg) action {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	for i, b := range s.letter {
		if key.Matches(press, b) {
			return s.items[i].does
		}
	}
	move := func(by int) { s.at = max(min(s.at+by, len(s.items)-1), 0) }
	switch k := s.bind; {
	case key.Matches(press, k.Enter):
		return s.items[s.at].does
	case key.Matches(press, k.Up):
		move(-1)
	case key.Matches(press, k.Down):
		move(1)
	case key.Matches(press, k.Left):
		move(-s.tall)
	case key.Matches(press, k.Right):
		move(s.tall)
	case key.Matches(press, k.Exit):
		return stackAction{}
	case key.Matches(press, k.Help):
		return helpAction{}
	case key.Matches(press, k.Back):
		return backAction{}
	}
	return nil
}

// menuColumn is the width of an item, its letter and the gap behind it included.
const menuColumn = 30

func (s *menuScreen) render(f frame) page {
	var p page
	p.room(f)
	p.title(f, f.label(s.row.Role.Env), s.row.Role, "")
	if s.row.Broken != nil {
		p.add(wrapped(f, "It cannot be entered: "+s.row.whyBroken(), f.Warning)...)
	}
	if f.h > 8 {
		p.add("")
	}
	columns := max(min(f.inner()/menuColumn, 3), 1)
	s.tall = (len(s.items) + columns - 1) / columns
	room := max(f.h-len(p.lines), 1)
	line := s.at % s.tall
	s.top = max(min(s.top, line, s.tall-room), line-room+1, 0)
	for i := s.top; i < min(s.top+room, s.tall); i++ {
		var drawn strings.Builder
		for at := i; at < len(s.items); at += s.tall {
			drawn.WriteString(s.item(f, at))
		}
		p.text(f, strings.TrimRight(drawn.String(), " "))
		if i == line {
			p.cursor = &tea.Position{X: min(f.margin()+s.at/s.tall*menuColumn, f.w-1), Y: len(p.lines) - 1}
		}
	}
	return p
}

func (s *menuScreen) item(f frame, at int) string {
	item := s.items[at]
	mark, words := " ", f.Plain.Render(item.words)
	if at == s.at {
		mark, words = f.Selected.Render(f.mark), f.Cursor.Render(item.words)
	}
	return pad(mark+" "+f.Key.Render(item.letter)+"  "+words, menuColumn)
}
