package tui

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/switching"
	"cameo/profiles"
)

const codeLength = 6

// codeScreen asks for the MFA code. For a production role it names the account
// under a banner, and typing the code is the confirmation.
type codeScreen struct {
	wish     Wish
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

func newCodeScreen(wish Wish, plan switching.Plan, attempt int, rejected string) *codeScreen {
	return &codeScreen{
		wish: wish, plan: plan, attempt: attempt, rejected: rejected,
		field: newDigitField(codeLength),
		back:  bindEsc("cancel"),
		help:  bind("?", "help", "?"),
	}
}

func (s *codeScreen) keys() keymap {
	return keymap{foot: []key.Binding{s.field.clear, s.back}, more: []key.Binding{s.field.rub, s.help}}
}

func (s *codeScreen) beat(f frame) time.Duration {
	if f.calm && s.device == nil {
		return time.Minute
	}
	return f.now.Truncate(time.Second).Add(time.Second).Sub(f.now)
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
	field, cursor := s.field.line(f, "MFA code  ", "code ")
	wait := fmt.Sprintf("   next code in %ds", seconds(nextCode(f.now)))
	if f.calm { // what is true without counting (RFC 6238: steps of 30 s)
		wait = "   a new code at :00 and :30"
	}
	if cells(field)+cells(wait) <= f.inner() {
		field += f.Faint.Render(wait)
	}
	blocks := planBlocks(f, s.wish, s.plan)
	blocks = append(blocks,
		block{rank: gapBeforeField, lines: []string{""}},
		block{lines: inside(f, field), cursor: cursor},
		block{rank: gapAfterField, lines: []string{""}},
		block{lines: wrapped(f, inert(s.rejected), f.Warning)},
	)
	if s.device != nil && s.device.code != "" && f.now.Before(s.device.ends) {
		says := "the sandbox's device shows "
		if f.w < narrow {
			says = "device shows "
		}
		left := fmt.Sprintf(" (%ds left)", seconds(s.device.ends.Sub(f.now)))
		blocks = append(blocks, block{rank: rankHint, lines: inside(f, says+f.Strong.Render(inert(s.device.code))+f.Faint.Render(left))})
	}
	blocks = append(blocks, block{rank: rankServes, lines: wrapped(f, serves(s.plan, profiles.Span), f.Faint)})
	p := stack(blocks, f.h)
	if s.attempt > 1 {
		p.status = f.Faint.Render(fmt.Sprintf("attempt %d", s.attempt))
	}
	return p
}

// serves says in words what one code is good for. It goes with the role itself
// where the role lasts longer than AWS lets a role live that is entered from the
// session of a code, which is an hour
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html, role chaining).
func serves(plan switching.Plan, span func(time.Duration) string) string {
	switch need := plan.Code; {
	case need.Serves > 0:
		return fmt.Sprintf("One code signs %s in for %s; other roles will not ask again.", inert(need.Source), span(need.Serves))
	case plan.Session.Duration > time.Hour:
		return fmt.Sprintf("This role asks for its own code because it lasts %s; the next asks too.", span(plan.Session.Duration))
	}
	return "This code is for this role alone; the next role will ask again."
}
