package tui

import (
	"cmp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/profiles"
)

// Widths at which the layout changes.
const (
	narrow = 60  // below: no margins, short words
	roomy  = 100 // from here: details below the list
	wide   = 132 // from here: details right of the list
)

// screen is one page of the program. It touches nothing but itself: what it
// wants done it returns as an action.
type screen interface {
	// handle takes a key press or a paste and says what should happen.
	handle(msg tea.Msg) action
	// render draws the page below the line that says who you are and above the
	// line of keys.
	render(f frame) page
	// keys are the bindings that are valid now.
	keys() keymap
	// beat is how long until the page would look different by the passing of
	// time alone.
	beat(f frame) time.Duration
}

// frame is what a screen draws into.
type frame struct {
	look
	w, h int
	now  time.Time
}

// margin is the space left of the text.
func (f frame) margin() int {
	if f.w < narrow {
		return 0
	}
	return 2
}

// inner is the columns between the margins.
func (f frame) inner() int { return max(f.w-2*f.margin(), 0) }

// airy reports whether there is height for empty lines that only give room.
func (f frame) airy() bool { return f.h >= 16 }

// page is a drawn screen.
type page struct {
	lines  []string
	cursor *tea.Position // in lines; nil: no cursor
	status string        // at the end of the last line
}

func (p *page) add(lines ...string) { p.lines = append(p.lines, lines...) }

// room adds an empty line where there is height for it.
func (p *page) room(f frame) {
	if f.airy() {
		p.add("")
	}
}

// text adds one line inside the margins.
func (p *page) text(f frame, s string) {
	p.add(strings.Repeat(" ", f.margin()) + clip(s, f.inner()))
}

// labelColumn is where values stand.
const labelColumn = 10

// labelled adds value under label, wrapped at the label's column. The value is
// plain text.
func (p *page) labelled(f frame, label, value string, style renderer) {
	if f.w < narrow {
		for i, line := range wrap(label+" "+value, f.inner()) {
			head := ""
			if rest, found := strings.CutPrefix(line, label); i == 0 && found {
				head, line = f.Faint.Render(label), rest
			}
			p.text(f, head+style.Render(line))
		}
		return
	}
	p.column(f, label, value, style)
}

// column is labelled with the labels in a column of their own at every width.
func (p *page) column(f frame, label, value string, style renderer) {
	for i, line := range wrap(value, f.inner()-labelColumn) {
		head := strings.Repeat(" ", labelColumn)
		if i == 0 {
			head = f.Faint.Render(fit(label, labelColumn, f.ellipsis))
		}
		p.text(f, head+style.Render(line))
	}
}

// action is what a screen wants done; nil is nothing.
type action any

type (
	backAction     struct{}            // one step back
	listAction     struct{}            // to the list of roles
	endAction      struct{ kind Kind } // leave the program, everything is well
	helpAction     struct{}
	stackAction    struct{} // to who this shell is, and the ways out of its roles
	reloadAction   struct{} // read the files again
	problemsAction struct{} // to what is wrong in the files
	digitsAction   struct{ digits string }
	codeAction     struct{ code string }
	exitAction     struct{ one bool } // exit the active role, or all of them
	menuAction     struct{ row Row }  // to what can be done with a role
	detailsAction  struct{}           // to what is known of the role under the cursor
	pickAction     struct{ wish Wish }
	lineAction     struct{ wish Wish } // ask for the command first
	runAction      struct {
		wish Wish
		line string
	}
	linkAction struct{ role roles.Role }
	// copyAction copies text that is no secret; shown is what the user sees of it where
	// it is too long.
	copyAction      struct{ what, text, shown string }
	retryAction     struct{}                // what failed, again
	withCodeAction  struct{ device string } // the same with an MFA code
	demoAction      struct{}                // leave for the sandbox
	addingAction    struct{}                // ask for a role to add
	addAction       struct{ role string }
	labellingAction struct{ role roles.Role } // ask for other labels
	labelsAction    struct {
		role   roles.Role
		labels Labels
		why    string // they cannot be read
	}
	relabelAction   struct{} // as the last labelsAction says
	editAction      struct{ at profiles.Position }
	askAction       struct{ question *confirmScreen }
	favouriteAction struct {
		role roles.Role
		on   bool
	}
)

// title adds the line that names a role: its name and account, what it may do behind
// them, and the profile where there is room, else below. The account is never cut:
// people check it.
func (p *page) title(f frame, before string, role roles.Role, after string) {
	if known := p.titleAlone(f, before, role, after); !known && knownAs(role) != "" && f.h > 8 {
		p.text(f, f.Faint.Render(shorten(knownAs(role), f.inner(), f.ellipsis)))
	}
}

// titleAlone is one line in any case; known says whether the profile is in it.
func (p *page) titleAlone(f frame, before string, role roles.Role, after string) (known bool) {
	name, account := inert(role.Name), f.Strong.Render(inert(role.AccountID))
	short := f.Strong.Render(name) + " in " + account
	long := short
	if name := knownAs(role); name != "" {
		long += "  " + f.Faint.Render(name)
	}
	for _, tail := range []string{after, ""} {
		behind := cells(tail)
		if behind > 0 {
			behind += 2
		}
		for _, line := range []string{before + long, before + short, short} {
			if cells(line)+behind <= f.inner() {
				p.text(f, spread(line, tail, f.inner()))
				return line == before+long
			}
		}
	}
	room := f.inner() - cells(" in ") - cells(account)
	p.text(f, f.Strong.Render(shorten(name, max(room, 1), f.ellipsis))+" in "+account)
	return false
}

// knownAs is what people call the role, or its account, beside the numbers: its
// profile, else the account's name; empty where it has neither.
func knownAs(role roles.Role) string { return inert(cmp.Or(role.Profile, role.Account)) }

// roleWords names a role in a sentence.
func roleWords(role roles.Role) string {
	return inert(role.Name) + " in " + inert(role.AccountID)
}
