package tui

import (
	"errors"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/creds/refusal"
)

// failureScreen explains one thing that did not work.
type failureScreen struct {
	title     string
	err       error
	why       refusal.Explanation // of an answer of AWS; its zero value is none
	device    string              // whose code may be what was missing; empty: none
	tried     string              // whose code did not help; empty: none was tried
	unchanged string              // who the shell still is
	raw       bool                // AWS's own words are shown
	bind      failureKeys
	dialog
}

type failureKeys struct{ Code, Retry, Copy, Raw key.Binding }

// newFailureScreen explains err. wish can be asked for again, unless it is of no role.
func newFailureScreen(title string, err error, unchanged string, wish Wish) *failureScreen {
	why, _ := explanation(err)
	device, retry := missingDevice(err), wish.Role.ARN != ""
	return &failureScreen{
		title: title, err: err, why: why, device: device, tried: triedDevice(err, wish), unchanged: unchanged, dialog: newDialog(bindEsc("back")), bind: failureKeys{
			Code:  when(retry && device != "", bind("m", "retry with MFA", "m")),
			Retry: when(retry && passing(why), bind("r", "retry", "r")),
			Copy:  when(why.Role != "" && why.Code != "", bind("y", "copy report (no secrets)", "y")),
			Raw:   when(why.Message != "", bindEnter("all of AWS's words")),
		},
	}
}

// passing reports whether what stood in the way may be gone at the next try.
func passing(why refusal.Explanation) bool {
	for _, c := range why.Causes {
		if c.Kind == refusal.Unavailable {
			return true
		}
	}
	return false
}

func (s *failureScreen) keys() keymap {
	k := s.bind
	if s.raw {
		k.Raw.SetHelp("enter", "less")
	}
	return s.keymap(k.Code, k.Retry, k.Copy, k.Raw)
}

func (s *failureScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	switch k := s.bind; {
	case done:
		return does
	case key.Matches(press, k.Code):
		return withCodeAction{s.device}
	case key.Matches(press, k.Retry):
		return retryAction{}
	case key.Matches(press, k.Copy):
		return copyAction{what: "report", text: s.why.Report(), shown: "for " + whomToAsk(s.why)}
	case key.Matches(press, k.Raw):
		s.raw = !s.raw
	}
	return nil
}

// whomToAsk is who can let the user in.
func whomToAsk(why refusal.Explanation) string {
	for _, c := range why.Causes {
		if c.Ask != nil {
			return inert(c.Ask.Whom)
		}
	}
	return "whoever owns the role"
}

// brevity is how much of the reasons is said before what can be done about it.
type brevity int

const (
	everyCause    brevity = iota
	summaryAndFix         // of the first cause
	summaryAlone
	summaryLast // behind what can be done, which has to be seen
)

// render says as much as leaves who the shell is in view; with AWS's own words, all.
func (s *failureScreen) render(f frame) page {
	var p page
	for b := everyCause; b <= summaryLast; b++ {
		var shell int
		p, shell = s.draw(f, b)
		if s.raw || shell <= f.h {
			break
		}
	}
	s.scroll.cut(f, &p, 0)
	return p
}

// draw draws the page, and returns behind which line it says who the shell is.
func (s *failureScreen) draw(f frame, b brevity) (p page, shell int) {
	p.room(f)
	p.add(wrapped(f, s.title, f.Warning)...)
	if f.h > 8 {
		p.add("")
	}
	if s.why.What != "" {
		p.labelled(f, "what", inert(s.why.What), f.Plain)
	}
	if b != summaryLast {
		s.renderWhy(f, &p, b)
		p.room(f)
	}
	switch {
	case s.bind.Code.Enabled():
		p.labelled(f, "mfa", "m tries it with a code of "+inert(s.device), f.Strong)
	case s.tried != "":
		p.labelled(f, "mfa", "refused with MFA as well, of "+inert(s.tried), f.Plain)
	}
	if next := try(s.err); next != "" {
		p.labelled(f, "try", inert(next), f.Strong)
	}
	p.labelled(f, "shell", "unchanged: still "+s.unchanged, f.Plain)
	shell = len(p.lines)
	if b == summaryLast {
		s.renderWhy(f, &p, b)
	}
	if raw := s.why.Raw(); raw != "" {
		p.labelled(f, "raw", raw, f.Faint)
		if s.raw {
			p.room(f)
			p.labelled(f, "AWS said", s.why.Message, f.Faint)
		}
	} else if words := said(s.err); words != "" {
		p.labelled(f, "AWS said", inert(words), f.Faint)
	}
	return p, shell
}

// mostCauses is how many causes are named: the others stand in the report.
const mostCauses = 3

// renderWhy says why, as far as AWS's answer tells, and what helps.
func (s *failureScreen) renderWhy(f frame, p *page, b brevity) {
	causes := s.why.Causes
	switch {
	case s.why.What == "":
		p.labelled(f, "why", inert(s.err.Error()), f.Plain)
		return
	case b != everyCause || len(causes) == 1:
		p.labelled(f, "why", inert(s.why.Summary), f.Plain)
		if len(causes) > 0 && b <= summaryAndFix {
			p.labelled(f, "fix", inert(causes[0].Fix), f.Plain)
		}
		return
	}
	label := "why"
	for _, c := range causes[:min(len(causes), mostCauses)] {
		p.labelled(f, label, string(c.Certainty)+": "+inert(c.Why), f.Plain)
		if c.Fix != "" {
			p.labelled(f, "", inert(c.Fix), f.Faint)
		}
		label = ""
	}
}

// explanation is what an error says of AWS's answer, where it knows.
func explanation(err error) (refusal.Explanation, bool) {
	var e interface{ Explanation() refusal.Explanation }
	if errors.As(err, &e) {
		return e.Explanation(), true
	}
	return refusal.Explanation{}, false
}

// try is the command that an error says to type next; empty where it says none.
func try(err error) string {
	var e interface{ Try() string }
	if errors.As(err, &e) {
		return e.Try()
	}
	return ""
}

// missingDevice is the MFA device whose code may be what a refused request lacked;
// empty where none is known, or would not help.
func missingDevice(err error) string {
	var e interface{ Device() string }
	if errors.As(err, &e) {
		return e.Device()
	}
	return ""
}

// triedDevice is the MFA device of a wish that AWS refused although a code of it, or
// the session that one had opened before, went along; empty: there was none.
func triedDevice(err error, wish Wish) string {
	if why, ok := explanation(err); !ok || passing(why) {
		return ""
	}
	return wish.Device
}

// said is AWS's own words in an error; empty where AWS was not reached.
func said(err error) string {
	var e interface{ Said() string }
	if errors.As(err, &e) {
		return strings.TrimSpace(e.Said())
	}
	return ""
}

// codeRejected reports whether the error says that the MFA code was not accepted, so
// that another one may be asked, and why.
func codeRejected(err error) (why string, another bool) {
	var e interface{ CodeRejected() (string, bool) }
	if !errors.As(err, &e) {
		return "", false
	}
	return e.CodeRejected()
}
