package tui

import (
	"strings"

	"cameo/internal/switching"
)

// columns is how wide the parts of a row are; zero leaves a part out.
type columns struct {
	gutter, gap, name, badge, account, role, via, used, ready int
	active                                                    *switching.Active
}

const columnGap = 2

// naturalColumns is how wide the parts would like to be, from all rows, so that
// nothing moves while one filters.
func naturalColumns(rows []Row, active *switching.Active) columns {
	c := columns{gutter: 2, gap: columnGap, badge: 3 + badgeWidth, account: 12, active: active}
	if active != nil {
		c.ready = len("* active")
	}
	for _, row := range rows {
		c.name = max(c.name, cells(inert(row.Role.Label())))
		c.role = max(c.role, cells(inert(row.Role.Name)))
		c.via = max(c.via, cells(via(row)))
		if !row.Used.IsZero() {
			c.used = len("2006-01-02")
		}
		switch {
		case !row.Ready.IsZero():
			c.ready = max(c.ready, len("ready 1h 59m"))
		case row.Role.MFA != "":
			c.ready = max(c.ready, len("MFA"))
		}
	}
	c.name, c.role, c.via = min(c.name, 32), min(c.role, 24), min(c.via, 24)
	return c
}

// within chooses what the rows show at this width. What goes first, as it
// shrinks: the last use, the middle of the account ID, the readiness, the
// source. Name, badge, role and the last four digits stay.
func (c columns) within(f frame) columns {
	w := f.w - f.margin()
	for _, narrower := range []func(){
		func() { c.used = 0 },
		func() { c.account = 4 + cells(f.ellipsis) },
		func() { c.ready = 0 },
		func() { c.via = 0 },
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
	w := c.gutter
	for _, part := range []int{c.name, c.badge, c.account, c.role, c.via, c.used, c.ready} {
		if part > 0 {
			w += part + c.gap
		}
	}
	return w - c.gap
}

// draw is one line of the list.
func (c columns) draw(f frame, row Row, selected bool) string {
	name, account, role := inert(row.Role.Label()), inert(row.Role.AccountID), f.Plain
	plain, strong, faint := f.Plain, f.Strong, f.Faint
	if row.Broken != nil {
		strong, role = faint, faint
		plain = faint
	}
	gutter := strings.Repeat(" ", c.gutter)
	if selected {
		gutter = f.Selected.Render(f.mark)
		role, plain = strong, strong
	}
	if c.account < 12 {
		account = strings.Repeat(" ", max(c.account-4-cells(f.ellipsis), 0)) + ending(account, c.account, f.ellipsis)
	}
	parts := []string{c.nameOf(f, name, plain, selected), c.badgeOf(f, row)}
	if row.Broken != nil {
		used := c.gutter + c.name + c.badge + 2*c.gap
		why := breakOff(inert(row.Broken.Error()), f.w-f.margin()-used, f.ellipsis)
		return gutter + strings.Join(append(parts, faint.Render(why)), strings.Repeat(" ", c.gap))
	}
	parts = append(parts, plain.Render(fit(account, c.account, f.ellipsis)), role.Render(fit(inert(row.Role.Name), c.role, f.ellipsis)))
	if c.via > 0 {
		parts = append(parts, faint.Render(fit(via(row), c.via, f.ellipsis)))
	}
	if c.used > 0 {
		parts = append(parts, faint.Render(fit(ago(row.Used, f.now), c.used, f.ellipsis)))
	}
	if c.ready > 0 {
		text, style := readiness(f, row, c.active)
		parts = append(parts, style.Render(fit(text, c.ready, f.ellipsis)))
	}
	return gutter + strings.Join(parts, strings.Repeat(" ", c.gap))
}

// nameOf is the first column. Under the cursor it is reversed, with a space on
// either side that is taken from the gutter and the gap.
func (c columns) nameOf(f frame, name string, plain renderer, selected bool) string {
	shown := shorten(name, c.name, f.ellipsis)
	if !selected {
		return plain.Render(pad(shown, c.name))
	}
	rest := max(c.name-cells(shown)-1, 0)
	if cells(shown) == c.name { // no room for the second space
		return f.Cursor.Render(" " + shown)
	}
	return f.Cursor.Render(" "+shown+" ") + strings.Repeat(" ", rest)
}

func (c columns) badgeOf(f frame, row Row) string {
	if c.badge == badgeWidth {
		return f.badge(row.Role.Env)
	}
	return f.alarm(row.Role.Env) + " " + f.badge(row.Role.Env)
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

func via(row Row) string {
	if row.Role.Source == "" {
		return ""
	}
	return "via " + inert(row.Role.Source)
}

type renderer interface{ Render(...string) string }

// readiness says what entering the role would take.
func readiness(f frame, row Row, active *switching.Active) (string, renderer) {
	switch {
	case active != nil && isActive(row.Role, &active.Role):
		return f.dot + " active", f.Good
	case row.Ready.After(f.now):
		return "ready " + span(row.Ready.Sub(f.now)), f.Good
	case row.Role.MFA != "":
		return "MFA", f.Faint
	}
	return "", f.Plain
}
