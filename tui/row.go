package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// columns is how wide the parts of a row are; zero leaves a part out.
type columns struct {
	star, gap, name, badge, account, role, via, used, ready int
	active                                                  *switching.Active
}

const (
	columnGap = 2
	// gutter is the mark of the cursor, and a space that belongs to the name under it.
	gutter = 2
	// fewRows is how many rows a list has that has to be short in every way: it stands
	// below a prompt, perhaps over a slow line.
	fewRows = 12
	// readyWidth is for "ready 1h 59m".
	readyWidth = 12
)

// naturalColumns is how wide the parts would like to be, from all rows, so that
// nothing moves while one filters, nor when the readiness comes.
func naturalColumns(o Overview) columns {
	c := columns{gap: columnGap, badge: 3 + badgeWidth, account: 12, ready: readyWidth, active: o.State.Active}
	for i := range o.Rows {
		row := &o.Rows[i]
		if c.name < 32 {
			c.name = max(c.name, cells(inert(row.Role.Label())))
		}
		if c.role < 24 {
			c.role = max(c.role, cells(inert(row.Role.Name)))
		}
		if c.via < 24 {
			c.via = max(c.via, cells(via(row.Role)))
		}
		if !row.Used.IsZero() {
			c.used = len("2006-01-02")
		}
		if row.Favourite {
			c.star = 1
		}
	}
	c.name, c.role, c.via = min(c.name, 32), min(c.role, 24), min(c.via, 24)
	return c
}

// within chooses what the rows show at this width. What goes first, as it shrinks:
// the last use, the middle of the account ID, the source, the readiness. Name,
// badge, role and the last four digits stay.
func (c columns) within(f frame) columns {
	w := f.w - f.margin()
	if f.h < fewRows { // below a prompt: only what tells roles apart
		c.used, c.via, c.account, c.gap = 0, 0, min(c.account, 4), 1
	}
	for _, narrower := range []func(){
		func() { c.used = 0 },
		func() { c.account = 4 + cells(f.ellipsis) },
		func() { c.via = 0 },
		func() { // rather a narrow list than none that says what is ready
			tight := c
			if tight.account, tight.gap = 4, 1; tight.width() <= w {
				c = tight
			} else {
				c.ready = 0
			}
		},
		func() { c.badge = badgeWidth },
		func() { c.account = 4 },
		func() { c.gap = 1 },
	} {
		if c.width() <= w {
			break
		}
		narrower()
	}
	if over := c.width() - w; over > 0 { // the names give way, the longer one first
		name := max(c.name-over, min(c.name, (c.name+c.role-over+1)/2), 1)
		c.role = max(c.role-(over-(c.name-name)), 1)
		c.name = name
	}
	return c
}

func (c columns) width() int {
	w := gutter + c.star
	for _, part := range []int{c.name, c.badge, c.account, c.role, c.via, c.used, c.ready} {
		if part > 0 {
			w += part + c.gap
		}
	}
	return w - c.gap
}

// draw is one line of the list, with what q matched underlined.
func (c columns) draw(f frame, row Row, selected bool, q roles.Query) string {
	name, account, role := inert(row.Role.Label()), inert(row.Role.AccountID), inert(row.Role.Name)
	marks := q.Marks(name, role, account)
	gap := strings.Repeat(" ", c.gap)
	var line strings.Builder
	line.WriteString(c.nameOf(f, row, name, marks.Label, selected))
	line.WriteString(gap + c.badgeOf(f, row.Role.Env) + gap)
	if row.Broken != nil {
		room := f.w - f.margin() - gutter - c.star - c.name - c.badge - 2*c.gap
		line.WriteString(f.Faint.Render(breakOff(row.whyBroken(), room, f.ellipsis)))
		return line.String()
	}
	line.WriteString(c.accountOf(f, account, marks.Account) + gap + f.lettered(role, marks.Role, c.role, f.Plain))
	if c.via > 0 {
		line.WriteString(gap + f.cell(via(row.Role), c.via, f.Faint))
	}
	if c.used > 0 {
		line.WriteString(gap + f.cell(ago(row.Used, f.now), c.used, f.Faint))
	}
	if c.ready > 0 {
		text, style := readiness(f, row, c.active)
		line.WriteString(gap + f.cell(text, c.ready, style))
	}
	return line.String()
}

// whyBroken is the reason alone, inert: whatever shows it names the role as well.
func (r Row) whyBroken() string { return inert(profiles.ReasonAlone(r.Broken, r.Role.Profile)) }

// nameOf is the mark of the cursor, the star of a favourite, and the name. Under the
// cursor the name is reversed, with a space on either side that is taken from the
// gutter and the gap.
func (c columns) nameOf(f frame, row Row, name string, marks []bool, selected bool) string {
	style := f.named(row.Role)
	if row.Broken != nil {
		style = f.Faint
	}
	mark, star := " ", strings.Repeat(" ", c.star)
	if row.Favourite && c.star > 0 {
		star = f.Strong.Render("*")
	}
	if !selected {
		return mark + star + " " + f.lettered(name, marks, c.name, style)
	}
	mark = f.Selected.Render(f.mark)
	shown := min(cells(name), c.name)
	text := f.Cursor.Render(" ") + f.lettered(name, marks, shown, f.Cursor)
	if shown == c.name { // no room for the second space
		return mark + star + text
	}
	return mark + star + text + f.Cursor.Render(" ") + strings.Repeat(" ", c.name-shown-1)
}

// accountOf is the account ID, or its end where the column is smaller.
func (c columns) accountOf(f frame, account string, marks []bool) string {
	if c.account >= 12 || len(account) < 4 {
		return f.lettered(account, marks, c.account, f.Plain)
	}
	cut := len(account) - 4
	dots := ""
	if c.account > 4 {
		dots = f.Plain.Render(f.ellipsis)
	}
	return strings.Repeat(" ", max(c.account-4-cells(f.ellipsis), 0)) + dots + f.lettered(account[cut:], marks[min(cut, len(marks)):], 4, f.Plain)
}

func (c columns) badgeOf(f frame, env roles.Env) string {
	if c.badge == badgeWidth {
		return f.badge(env)
	}
	return f.alarm(env) + " " + f.badge(env)
}

// cell is plain text in exactly w columns. The spaces that fill it have no style: a
// space that differs from another has to be written.
func (l look) cell(text string, w int, style renderer) string {
	shown := shorten(text, w, l.ellipsis)
	if shown == "" {
		return strings.Repeat(" ", w)
	}
	return pad(style.Render(shown), w)
}

// lettered is plain text in exactly w columns, with the characters at marks, one for
// each rune, underlined.
func (l look) lettered(text string, marks []bool, w int, style lipgloss.Style) string {
	clusters := graphemes(text)
	head, tail, dots := cutMiddle(clusters, w, l.ellipsis)
	if !anyOf(marks) {
		return pad(style.Render(strings.Join(clusters[:head], "")+dots+strings.Join(clusters[tail:], "")), w)
	}
	var out, run strings.Builder
	under, at, used := false, 0, 0
	flush := func() {
		if run.Len() > 0 {
			out.WriteString(style.Underline(under).Render(run.String()))
			run.Reset()
		}
	}
	put := func(text string, marked bool) {
		if marked != under {
			flush()
			under = marked
		}
		run.WriteString(text)
		used += cells(text)
	}
	for i, cluster := range clusters {
		n := len([]rune(cluster))
		if i == head {
			put(dots, false)
		}
		if i < head || i >= tail {
			put(cluster, at < len(marks) && anyOf(marks[at:min(at+n, len(marks))]))
		}
		at += n
	}
	flush()
	return out.String() + strings.Repeat(" ", max(w-used, 0))
}

func anyOf(claims []bool) bool {
	for _, is := range claims {
		if is {
			return true
		}
	}
	return false
}

// ending is the last digits of an account ID in w columns.
func ending(account string, w int, ellipsis string) string {
	if len(account) < 4 {
		return account
	}
	last := account[len(account)-4:]
	if w >= 4+cells(ellipsis) {
		return ellipsis + last
	}
	return last
}

func via(role roles.Role) string {
	if role.Source == "" {
		return ""
	}
	return "via " + inert(role.Source)
}

type renderer interface{ Render(...string) string }

// readiness says what entering the role would take.
func readiness(f frame, row Row, active *switching.Active) (string, renderer) {
	switch {
	case active != nil && isActive(row.Role, &active.Role):
		return f.dot + " active", f.Good
	case row.Ready.After(f.now):
		return "ready " + profiles.Span(row.Ready.Sub(f.now)), f.Good
	case row.Code != "":
		return "MFA", f.Faint
	}
	return "", f.Plain
}
