package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

func (s *listScreen) render(f frame) page {
	var p page
	p.room(f)
	s.renderFilter(f, &p)
	s.always = f.w >= wide && f.h >= 12 || f.w >= roomy && f.h >= 20
	notices := s.notices(f)
	room := s.natural.within(f).name
	if cut := room < s.natural.name && !s.always && !s.details; cut && s.message == "" {
		notices = append(notices, s.wholeName(f, room))
	} else if f.h > 8 && !cut {
		p.add("")
	}
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
	if len(s.found) > 0 && f.h >= fewRows { // where it has to be short, the count alone
		p.status = f.Faint.Render(fmt.Sprintf("%d/%d", s.cursor+1, len(s.found)))
	}
	return p
}

// wholeName is the name under the cursor where its row has only a part of it, else an
// empty line: the rows keep their place.
func (s *listScreen) wholeName(f frame, room int) string {
	row, ok := s.current()
	name := inert(row.Role.Label())
	if !ok || cells(name) <= room {
		return ""
	}
	return strings.Repeat(" ", f.margin()) + f.named(row.Role).Render(shorten(name, f.inner(), f.ellipsis))
}

func (s *listScreen) renderFilter(f frame, p *page) {
	const label = "Find  "
	count := s.count(f)
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

// count is how many roles there are, how many are found, and in which order where
// that is not the usual one.
func (s *listScreen) count(f frame) string {
	count := countRoles(len(s.overview.Rows))
	if !s.filter.empty() {
		count = fmt.Sprintf("%d of %d", len(s.found), len(s.overview.Rows))
	}
	if f.w < narrow {
		return count
	}
	if s.order == byName {
		count = "by name  " + count
	}
	if s.grouped {
		count = "grouped  " + count
	}
	return count
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
	text := "No role matches \"" + shorten(inert(s.filter.text()), max(f.inner()-20, 16), f.ellipsis) + "\"."
	if s.meant.Query != "" {
		text += fmt.Sprintf(" Did you mean %s (%d)?", s.meant.Query, s.meant.Roles)
	} else if hint := s.query.Hint(); hint != "" {
		text += " " + hint
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

// rows draws the part of the list around the cursor, f.h lines of it.
func (s *listScreen) rows(f frame) []string {
	if headings := f.h >= fewRows; headings != s.headings && s.filter.empty() {
		s.headings = headings
		cursor := s.cursor
		s.layOut(s.sections)
		s.cursor = cursor
	}
	s.height = max(f.h, 1)
	at := s.found[s.cursor]
	above := at
	if above > 0 && s.lines[above-1].row < 0 && s.height > 1 { // with its heading
		above--
	}
	s.scroll(above, at)
	shown := s.natural.within(f)
	var drawn []string
	for i := s.top; i < len(s.lines) && i < s.top+s.height; i++ {
		if l := s.lines[i]; l.row < 0 {
			drawn = append(drawn, heading(f, l.heading))
		} else {
			drawn = append(drawn, shown.draw(f, s.overview.Rows[l.row], i == at, s.query))
		}
	}
	return drawn
}

// scroll brings the lines from above to at into view, by half a page at once: rows
// that move by one line at every step would be drawn anew at every step.
func (s *listScreen) scroll(above, at int) {
	switch last := s.top + s.height - 1; {
	case above < s.top:
		s.top = above - s.height/2
	case at > last:
		s.top = at - s.height + 1 + s.height/2
	}
	s.top = max(min(s.top, len(s.lines)-s.height), 0)
}

// heading is the title of the rows below it.
func heading(f frame, title string) string {
	return clip(strings.Repeat(" ", f.margin())+f.Faint.Render(title), f.w)
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
