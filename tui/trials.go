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
	if f.w < narrow {
		for _, t := range s.trials {
			renderTrialNarrow(f, p, t)
		}
		return
	}
	as, tried, word := 0, 0, 0
	for _, t := range s.trials {
		answer, _, _ := outcomeOf(f, t)
		as, tried, word = max(as, cells(inert(t.As))), max(tried, cells(inert(t.Tried))), max(word, cells(answer))
	}
	as = min(as, f.inner()/4)
	tried = min(tried, max(f.inner()-as-2*columnGap-word, f.inner()/3))
	for _, t := range s.trials {
		renderTrial(f, p, t, as, tried)
	}
}

// renderTrial is who tried what and what came back, side by side; what is too
// long for its column goes on below, and so do AWS's reasons.
func renderTrial(f frame, p *page, t Trial, as, tried int) {
	gap := strings.Repeat(" ", columnGap)
	answer, why, style := outcomeOf(f, t)
	rest := max(f.inner()-as-tried-2*columnGap, 1)
	if cells(answer) > rest {
		answer, why = "", answer
	}
	texts := wrap(inert(t.Tried), tried)
	for i, text := range texts {
		who, end := "", ""
		if i == 0 {
			who, end = f.Strong.Render(shorten(inert(t.As), as, f.ellipsis)), gap+style.Render(answer)
		}
		p.text(f, pad(who, as)+gap+pad(text, tried)+end)
	}
	if !f.airy() && answer != "" {
		return
	}
	for _, line := range wrap(why, f.inner()-as-columnGap) {
		p.text(f, strings.Repeat(" ", as)+gap+f.Faint.Render(line))
	}
}

// renderTrialNarrow puts the answer first, so that it is seen in any window.
func renderTrialNarrow(f frame, p *page, t Trial) {
	answer, _, style := outcomeOf(f, t)
	who := inert(t.As)
	p.text(f, f.Strong.Render(who)+"  "+style.Render(shorten(answer, f.inner()-cells(who)-2, f.ellipsis)))
	for _, line := range wrap(inert(t.Tried), f.inner()-2) {
		p.text(f, "  "+line)
	}
}

// outcomeOf is the word of an answer, and the reasons behind it.
func outcomeOf(f frame, t Trial) (answer, why string, style renderer) {
	answer, why, _ = strings.Cut(inert(t.Answer), ": ")
	if strings.ReplaceAll(why, " ", "") == answer { // "AccessDenied: Access Denied" says it twice
		why = ""
	}
	if t.OK {
		return answer, why, f.Good
	}
	return answer, why, f.Warning
}
