package tui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// activeScreen is who this shell is: the role that is on, or home where a
// rehearsal shows both.
type activeScreen struct {
	overview Overview
	rehearse bool
	trials   []Trial // what AWS answers to home and to the role
	trialErr error
	bind     activeKeys
	dialog
}

type activeKeys struct{ Exit, Renew, Stack, Console, Copy, Enter, Close key.Binding }

func newActiveScreen(overview Overview, rehearse bool) *activeScreen {
	does := "switch to another"
	in := overview.State.Active != nil
	if !in {
		does = "choose a role"
	}
	return &activeScreen{overview: overview, rehearse: rehearse, dialog: newDialog(bindEsc("leave")), bind: activeKeys{
		Exit:    when(in, bind("x", "exit role", "x")),
		Renew:   when(overview.canRenew(), bind("r", "refresh", "r")),
		Stack:   when(in, bind("s", "stack", "s", "ctrl+x")),
		Console: when(in && !rehearse, bind("o", "console", "o")),
		Copy:    when(in && overview.State.Active.Role.ARN != "", bind("y", "copy ARN", "y")),
		Enter:   bindEnter(does),
		Close:   bind("q", "close", "q"),
	}}
}

func (s *activeScreen) keys() keymap {
	down, more := s.scroll.bindings()
	return keymap{
		foot: []key.Binding{s.bind.Exit, s.bind.Renew, s.bind.Enter, s.bind.Stack, s.bind.Console, s.bind.Copy, down, s.bind.Close},
		more: append(more, s.help, s.back),
	}
}

func (s *activeScreen) beat(f frame) time.Duration { return activeBeat(f, s.overview) }

func (s *activeScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	switch {
	case done:
		return does
	case key.Matches(press, s.bind.Exit):
		return exitAction{}
	case key.Matches(press, s.bind.Renew) && !s.overview.Renewable:
		return endAction{Refresh}
	case key.Matches(press, s.bind.Renew):
		return pickAction{Wish{Role: s.overview.State.Active.Role, Renew: true}}
	case key.Matches(press, s.bind.Stack):
		return stackAction{}
	case key.Matches(press, s.bind.Console):
		return activeConsoleAction{}
	case key.Matches(press, s.bind.Copy):
		return copyAction{what: "role ARN", text: s.overview.State.Active.Role.ARN}
	case key.Matches(press, s.bind.Enter):
		return listAction{}
	case key.Matches(press, s.bind.Close):
		return endAction{Closed}
	}
	return nil
}

func (s *activeScreen) render(f frame) page {
	var p page
	active := s.overview.State.Active
	if active != nil && active.Role.Env == roles.Production {
		p.add(banner(f)...)
	}
	p.room(f)
	if active != nil {
		s.renderRole(f, &p, *active)
	} else {
		s.renderHome(f, &p)
	}
	if s.rehearse {
		p.room(f)
		s.renderTrials(f, &p)
	}
	s.scroll.cut(f, &p, 0)
	return p
}

func (s *activeScreen) renderRole(f frame, p *page, active switching.Active) {
	if f.w < narrow || active.Role.ARN == "" {
		p.titleAlone(f, "", active.Role, f.Strong.Render(access(active)))
	} else { // the line above names the role and its account already
		p.labelled(f, "role", inert(active.Role.ARN), f.Strong)
		words := access(active)
		if active.ByPolicy && !active.ReadOnly {
			words += " by a policy"
		}
		p.labelled(f, "access", words, f.Strong)
	}
	switch {
	case active.Expires.IsZero():
		p.labelled(f, "ends", "not known here", f.Plain)
	case !active.Expires.After(f.now):
		p.labelled(f, "ended", profiles.Clock(active.Expires, f.now)+", its keys fail now", f.Warning)
	default: // the countdown stands in the first line
		p.labelled(f, "ends", profiles.Clock(active.Expires, f.now), f.Plain)
	}
	if s.overview.Renewal != "" {
		p.labelled(f, "renew", inert(s.overview.Renewal), f.Plain)
	}
	p.labelled(f, "home", who(s.overview.State.Home), f.Plain)
	more := f.h >= 14 && !s.rehearse || f.h >= 24 // the trials matter more
	switch {
	case len(s.overview.State.Below) > 0: // the role's own source did not sign
		p.labelled(f, "from", below(s.overview.State), f.Plain)
	case active.Role.Source != "" && (more || !s.rehearse):
		p.labelled(f, "via", inert(active.Role.Source), f.Plain)
	}
	if active.SessionName != "" && more {
		p.labelled(f, "session", inert(active.SessionName), f.Plain)
	}
	if s.overview.Region != "" && more {
		p.labelled(f, "region", inert(s.overview.Region), f.Plain)
	}
	if active.Inherited {
		p.labelled(f, "note", "this shell was born inside the role: exit clears it, but home is not known here", f.Warning)
	}
	if active.KeysChanged {
		p.labelled(f, "note", "AWS_ACCESS_KEY_ID was changed by hand: it is no longer this role's", f.Warning)
	}
}

const readOnlyAccess = "READ-ONLY"

// access says what the role may do.
func access(active switching.Active) string {
	switch {
	case active.ReadOnly:
		return readOnlyAccess
	case active.ByPolicy:
		return "NARROWED"
	}
	return "READ-WRITE"
}

func (s *activeScreen) renderHome(f frame, p *page) {
	const state = "At home, no role active."
	words := state + f.Faint.Render("  What you do here, you do as yourself.")
	if cells(words) > f.inner() {
		words = state
	}
	p.text(f, words)
	if s.overview.Advice != "" && s.rehearse {
		p.room(f)
		p.add(wrapped(f, inert(s.overview.Advice), f.Plain)...)
	}
}

// who names an identity: its name, and its account where that is known.
func who(id switching.Identity) string {
	name := inert(id.Name)
	if user := inert(arnName(id.ARN)); user != "" && (name == "" || name == "home") {
		name = user
	}
	if name == "" {
		name = "home"
	}
	if id.AccountID != "" {
		name += "  " + inert(id.AccountID)
	}
	return name
}
