package tui

import "strings"

// renderTrials draws what was tried and what came back.
func (s *activeScreen) renderTrials(f frame, p *page) {
	p.text(f, f.Faint.Render(strings.Repeat(f.rule, f.inner())))
	switch {
	case s.trialErr != nil:
		for _, line := range wrap(inert(s.trialErr.Error()), f.inner()) {
			p.text(f, f.Warning.Render(line))
		}
		return
	case s.trials == nil:
		p.text(f, f.Faint.Render("asking the bucket"+f.ellipsis))
		return
	}
	p.text(f, f.Strong.Render("What the bucket answers"))
	p.room(f)
	as, tried := 0, 0
	for _, t := range s.trials {
		as, tried = max(as, cells(inert(t.As))), max(tried, cells(inert(t.Tried)))
	}
	as = min(as, f.inner()/4)
	tried = min(tried, f.inner()/2)
	for _, t := range s.trials {
		renderTrial(f, p, t, as, tried)
	}
}

// renderTrial is one line; where AWS's words are too long for it, their first
// part stands in the line and the rest below.
func renderTrial(f frame, p *page, t Trial, as, tried int) {
	gap := strings.Repeat(" ", columnGap)
	answer, more := inert(t.Answer), ""
	rest := max(f.inner()-as-tried-2*columnGap, 1)
	if cells(answer) > rest {
		answer, more, _ = strings.Cut(answer, ": ")
	}
	style := f.Good
	if !t.OK {
		style = f.Warning
	}
	p.text(f, f.Strong.Render(fit(inert(t.As), as, f.ellipsis))+gap+fit(inert(t.Tried), tried, f.ellipsis)+
		gap+style.Render(shorten(answer, rest, f.ellipsis)))
	if !f.airy() {
		return
	}
	for _, line := range wrap(more, f.inner()-as-columnGap) {
		p.text(f, strings.Repeat(" ", as)+gap+f.Faint.Render(line))
	}
}
