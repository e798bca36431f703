package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

const codeLength = 6

// codeScreen asks for the MFA code. For a production role it names the account
// under a banner, and typing the code is the confirmation.
type codeScreen struct {
	plan     switching.Plan
	attempt  int    // 1 is the first
	rejected string // why the last code was not accepted
	field    digitField
	device   *deviceCode // what the sandbox's device shows
	back     key.Binding
	help     key.Binding
}

// deviceCode is what a device of the sandbox shows, until it changes.
type deviceCode struct {
	code string
	ends time.Time
}

func newCodeScreen(plan switching.Plan, attempt int, rejected string) *codeScreen {
	return &codeScreen{
		plan: plan, attempt: attempt, rejected: rejected,
		field: newDigitField(codeLength),
		back:  bindEsc("cancel"),
		help:  bind("?", "help", "?"),
	}
}

func (s *codeScreen) keys() keymap {
	return keymap{foot: []key.Binding{s.field.clear, s.back}, more: []key.Binding{s.field.rub, s.help}}
}

func (s *codeScreen) beat(now time.Time) time.Duration {
	return now.Truncate(time.Second).Add(time.Second).Sub(now)
}

func (s *codeScreen) handle(msg tea.Msg) action {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch {
		case key.Matches(press, s.back):
			return backAction{}
		case key.Matches(press, s.help):
			return helpAction{}
		}
	}
	if s.field.take(msg) {
		return codeAction{s.field.typed}
	}
	return nil
}

func (s *codeScreen) render(f frame) page {
	var p page
	production := s.plan.Role.Env == roles.Production
	if production {
		p.banner(f)
	}
	p.room(f)
	p.title(f, "Become ", s.plan.Role, "")
	if f.h > 8 {
		p.add("")
	}
	p.plan(f, s.plan)
	if f.w >= narrow && f.h > 6 {
		p.labelled(f, "device", inert(s.plan.Code.Device), f.Plain)
	}
	if f.h > 6 {
		p.add("")
	}
	s.renderField(f, &p)
	if f.h > 6 {
		p.add("")
	}
	if s.rejected != "" {
		for _, line := range wrap(inert(s.rejected), f.inner()) {
			p.text(f, f.Warning.Render(line))
		}
	}
	if s.device != nil && s.device.code != "" && f.now.Before(s.device.ends) {
		p.text(f, fmt.Sprintf("the sandbox's device shows %s %s", f.Strong.Render(inert(s.device.code)),
			f.Faint.Render(fmt.Sprintf("(%d s left)", seconds(s.device.ends.Sub(f.now))))))
	}
	for _, line := range wrap(serves(s.plan.Code), f.inner()) {
		p.text(f, f.Faint.Render(line))
	}
	if s.attempt > 1 {
		p.status = f.Faint.Render(fmt.Sprintf("attempt %d", s.attempt))
	}
	return p
}

func (s *codeScreen) renderField(f frame, p *page) {
	label := "MFA code  "
	if f.w < narrow {
		label = "code "
	}
	wait := f.Faint.Render(fmt.Sprintf("next code in %d s", seconds(nextCode(f.now))))
	p.text(f, spread(f.Strong.Render(label)+s.field.draw(f)+"   "+wait, "", f.inner()))
	p.cursor = &tea.Position{X: f.margin() + len(label) + 1 + len(s.field.typed), Y: len(p.lines) - 1}
}

// serves says in words what one code is good for.
func serves(need *switching.CodeNeed) string {
	if need.Serves > 0 {
		return fmt.Sprintf("One code signs %s in for %s; other roles will not ask again.", inert(need.Source), span(need.Serves))
	}
	return "This code is for this role alone; the next role will ask again."
}

// banner is the line that only production has.
func (p *page) banner(f frame) {
	const words = "!! PRODUCTION !!"
	p.add(f.Danger.Render(pad(strings.Repeat(" ", f.margin())+words, f.w)))
}

// plan says what is about to happen, in the order one checks it.
func (p *page) plan(f frame, plan switching.Plan) {
	if f.h < 5 {
		return
	}
	if f.w < narrow || f.h < 10 {
		p.text(f, f.Faint.Render("via ")+inert(plan.Source))
		return
	}
	p.labelled(f, "via", inert(plan.Source), f.Plain)
	terms := "for " + span(plan.Session.Duration)
	if plan.Session.Duration <= 0 {
		terms = ""
	}
	if plan.Session.Name != "" {
		terms += "  as " + inert(plan.Session.Name)
	}
	if plan.Session.Region != "" {
		terms += "  in " + inert(plan.Session.Region)
	}
	if terms = strings.TrimSpace(terms); terms != "" {
		p.labelled(f, "session", terms, f.Plain)
	}
	if plan.Session.WhyNotLonger != "" {
		p.labelled(f, "", inert(plan.Session.WhyNotLonger), f.Faint)
	}
}
