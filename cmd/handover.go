package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
)

// handOver prints what the shell evaluates to have the session, and remembers the
// role. leave says which roles are left before.
func (a *app) handOver(ctx context.Context, s *switching.Switcher, session switching.Session, leave shell.Leaving) error {
	dialect, err := shell.Lookup(a.flags.emit)
	if err != nil {
		return usage("cameo init --help", "%s", err)
	}
	by := switching.Handoff(s.Settings.Handoff)
	stack := a.stack.With(s, session, by, leave)
	set := session.Variables(by, time.Local)
	text, err := dialect.Switch(shell.Handover{
		Set: set, Unset: shell.Displaced(set), Home: a.call.Home, Leave: leave, Stack: stack.String(),
		Entered: a.unlessQuiet("cameo: " + session.Welcome(a.world.Now(), time.Local, "cameo exit")),
		Left:    a.unlessQuiet("cameo: you are " + profiles.Inert(a.here().Below(stack)) + " again"),
	})
	if err != nil {
		return err
	}
	if leave != shell.Innermost { // a renewal is no visit
		if err := a.recents().Record(ctx, session.Role, roles.Stay{Shell: a.call.Shell, Until: session.Credentials.Expires, ReadOnly: session.Asked.ReadOnly, Narrowed: session.Asked.ByPolicy()}); err != nil {
			a.note("%s", err)
		}
	}
	if _, err = io.WriteString(a.world.Stdout, text); err == nil {
		a.keepSession(kindOf(session.Asked.How), session)
	}
	return err
}

// handoffReady fails, before anything is requested, where AWS programs could not get
// the session by the profile that is going to be named to them.
func (a *app) handoffReady(s *switching.Switcher, ask switching.Ask) error {
	if !a.emitting() || switching.Handoff(s.Settings.Handoff) != switching.ByProfile {
		return nil
	}
	if err := handoffProfile(s.Profiles); err != nil {
		return err
	}
	role := profiles.Inert(ask.Role.Label())
	if ask.Role.Source == roles.Home || ask.Role.Source == "Environment" {
		return &codedError{exit: exitConfig, code: "missing_source",
			message: fmt.Sprintf("handoff = \"profile\" cannot renew %s later, because %s", role, whoIsToSign(ask.Role)),
			try:     "cameo profiles"}
	}
	if ask.How == switching.Renewed { // that was looked at when it was entered
		return nil
	}
	tagged := ask.Reason != "" && reasonTag(s.Profiles, ask.Role.Profile)
	if ask.OnTopOf != "" || ask.Source != "" || ask.SessionName != "" || ask.Duration != 0 || tagged || !ask.KnownByAccess() {
		return usage("cameo exec "+shellWord(ask.Role.Label())+" -- COMMAND",
			"handoff = \"profile\" renews %s by its name alone: what flags say of the session would be lost", role)
	}
	return nil
}

// reasonTag reports whether a reason becomes a tag of the profile's sessions.
func reasonTag(set *profiles.Set, profile string) bool {
	p, _ := set.Profile(profile)
	key, _ := p.Get("cameo_reason_tag")
	return key.Text != ""
}

// whoIsToSign says where a source can be named for a role that has none.
func whoIsToSign(r roles.Role) string {
	if r.Profile == "" {
		return "nothing says who signs but this shell: set source in config.toml"
	}
	return "its profile does not say who signs: set source_profile there, or source in config.toml"
}

// handoffProfile fails where the profile is not there that handoff = "profile"
// needs.
func handoffProfile(set *profiles.Set) error {
	p, ok := set.Profile(switching.HandoffProfile)
	if command, _ := p.Get("credential_process"); ok && strings.HasSuffix(strings.TrimSpace(command.Text), "credential-process --active") {
		return nil
	}
	return &codedError{exit: exitConfig, code: "settings",
		message: fmt.Sprintf("handoff = \"profile\" needs the profile %q, whose credential_process asks cameo: nothing was requested", switching.HandoffProfile),
		try:     `printf '\n[profile cameo]\ncredential_process = cameo credential-process --active\n' >> ` + shellWord(set.Config().Path)}
}

func (a *app) unlessQuiet(text string) string {
	if a.flags.quiet {
		return ""
	}
	return text
}
