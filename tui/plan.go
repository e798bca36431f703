package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// block is a few lines of a page that stand or go together.
type block struct {
	// rank is which block goes first where there is no room for all: the highest.
	// Those of rank 0 stay.
	rank   int
	lines  []string
	cursor int // its column in the last line; 0: none
}

// The ranks of what stands before a question.
const (
	rankVia = iota + 1
	rankHint
	rankLasts
	rankDevice
	rankServes
	rankWhyNotLonger
	rankSession
	gapBeforeField
	gapAfterTitle
	gapAfterField
	gapOnTop
)

// stack makes a page of h lines, at the most, of blocks.
func stack(blocks []block, h int) page {
	height := func() (n int) {
		for _, b := range blocks {
			n += len(b.lines)
		}
		return n
	}
	for height() > h {
		last := -1
		for i, b := range blocks {
			if b.rank > 0 && len(b.lines) > 0 && (last < 0 || b.rank > blocks[last].rank) {
				last = i
			}
		}
		if last < 0 {
			break
		}
		blocks = slices.Delete(blocks, last, last+1)
	}
	var p page
	for _, b := range blocks {
		p.add(b.lines...)
		if b.cursor > 0 {
			p.cursor = &tea.Position{X: b.cursor, Y: len(p.lines) - 1}
		}
	}
	return p
}

// inside is one line inside the margins.
func inside(f frame, s string) []string {
	var p page
	p.text(f, s)
	return p.lines
}

// wrapped is plain text inside the margins; none where it is empty.
func wrapped(f frame, text string, style renderer) []string {
	var p page
	for _, line := range wrap(text, f.inner()) {
		p.text(f, style.Render(line))
	}
	return p.lines
}

// planBlocks says what is about to happen, in the order one checks it: which
// account, who signs, with which device, for how long and why not longer.
func planBlocks(f frame, wish Wish, plan switching.Plan) []block {
	fact := func(rank int, label, value string, style renderer) block {
		var p page
		if value != "" {
			p.labelled(f, label, value, style)
		}
		return block{rank: rank, lines: p.lines}
	}
	var blocks []block
	if plan.Role.Env == roles.Production {
		blocks = append(blocks, block{lines: banner(f)})
	}
	if f.airy() {
		blocks = append(blocks, block{rank: gapOnTop, lines: []string{""}})
	}
	var title page
	only := ""
	if plan.Session.ReadOnly {
		only = f.Strong.Render(readOnlyAccess)
	}
	title.title(f, wish.words().does, plan.Role, only)
	blocks = append(blocks, block{lines: title.lines}, block{rank: gapAfterTitle, lines: []string{""}})

	device := ""
	if plan.Code != nil {
		device = inert(plan.Code.Device)
	}
	terms := plan.Session
	lasts, notLonger := "", inert(terms.WhyNotLonger)
	switch {
	case plan.Ready.After(f.now): // that session is what the user is going to get
		lasts, notLonger = profiles.Span(plan.Ready.Sub(f.now)), ""
		if f.w >= narrow {
			lasts += ", until " + profiles.Clock(plan.Ready, f.now) + ": a session is in the cache"
		}
	case terms.Duration > 0:
		lasts = profiles.Span(terms.Duration)
	}
	if notLonger != "" {
		notLonger = "not longer: " + notLonger
	}
	if f.w < narrow {
		signs := inert(plan.Source)
		if lasts != "" {
			signs += ", for " + lasts
		}
		if device != "" {
			device = shorten(device, f.inner()-len("device "), f.ellipsis)
		}
		return append(blocks, fact(rankVia, "via", signs, f.Plain), fact(rankDevice, "device", device, f.Plain),
			block{rank: rankWhyNotLonger, lines: wrapped(f, notLonger, f.Faint)})
	}
	session := inert(terms.Name)
	if terms.Region != "" {
		session = strings.TrimSpace(session + "  in " + inert(terms.Region))
	}
	signs := inside(f, f.Faint.Render(pad("via", labelColumn))+inert(plan.Source)+f.Faint.Render("  signs the request"))
	return append(blocks, block{rank: rankVia, lines: signs},
		fact(rankDevice, "device", device, f.Plain), fact(rankLasts, "lasts", lasts, f.Plain),
		fact(rankWhyNotLonger, "", notLonger, f.Faint), fact(rankSession, "session", session, f.Plain))
}

// banner is the line that only production has.
func banner(f frame) []string {
	const words = "!! PRODUCTION !!"
	return []string{f.Danger.Render(pad(strings.Repeat(" ", f.margin())+words, f.w))}
}
