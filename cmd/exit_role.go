package cmd

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

func newExit(a *app) *cobra.Command {
	var one, left bool
	c := &cobra.Command{
		Use: "exit", Short: "Exit the role: be exactly who you were",
		Long: `Exit the role: this shell is again exactly who it was before the first switch. The
sessions that AWS issued stay valid until they end.` + exits(exitOther, exitUsage),
		Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case left:
				a.flags.quiet = true
				a.keepExit()
				return nil
			case one:
				return a.exitRole(shell.Innermost)
			}
			return a.exitRole(shell.All)
		},
	}
	c.Flags().BoolVar(&one, "one", false, "leave only the innermost role of a chain")
	c.Flags().BoolVar(&left, "left", false, "the shell has left the role by itself: keep that in the history")
	hideFlag(c.Flags(), "left")
	return c
}

// exitRole answers `cameo exit` where the shell's own undo did not: there is none
// in this shell, or the function is not there to have it.
func (a *app) exitRole(leave shell.Leaving) error {
	set, book := a.book()
	state := a.state(set, book)
	if state.Active == nil {
		a.note("no role is active: you are %s", profiles.Inert(state.Home.Name))
		return a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil })
	}
	if a.call.Subshell && len(a.stack.Roles) == 0 {
		return &codedError{exit: exitOther, code: "other",
			message: "this shell was started in " + profiles.Inert(state.Active.Role.Label()) + ": to leave the role, leave the shell", try: "exit"}
	}
	if err := a.integrated(); err != nil {
		return err
	}
	if !state.Active.Inherited {
		a.keepExit()
		return a.emit(func(d shell.Dialect) (string, error) { return d.Exit(leave), nil })
	}
	return a.emit(func(d shell.Dialect) (string, error) {
		return d.Clear(shell.Clearing{Unset: a.inheritedVariables(),
			Message: a.unlessQuiet("cameo: the role is gone from this shell; its home is unknown here, because another shell switched")})
	})
}

// undo is what leaving every role does to the variables of this shell, as its
// function handed them over; nil where no role was entered in it. Values are named
// where they are no secret.
func (a *app) undo() *tui.Undo {
	if !a.emitting() || len(a.stack.Roles) == 0 {
		return nil
	}
	set, touched := map[string]bool{"CAMEO_SHELL": true}, map[string]bool{}
	for _, r := range a.stack.Roles {
		by := switching.ByKeys
		if r.ByProfile {
			by = switching.ByProfile
		}
		session := switching.Session{Region: r.Region, Asked: switching.Ask{Terms: r.Terms},
			Credentials: creds.Credentials{SessionToken: profiles.NewSecret("-"), Expires: r.Expires}}
		variables := session.Variables(by, time.UTC)
		for _, v := range variables {
			set[v.Name] = true
		}
		for _, name := range shell.Displaced(variables) {
			touched[name] = true
		}
	}
	undo := &tui.Undo{}
	for _, v := range a.call.Home {
		switch {
		case v.State == shell.Unset && set[v.Name]:
			undo.Removes++
		case v.State == shell.Unset, !set[v.Name] && !touched[v.Name], strings.HasPrefix(v.Name, "CAMEO_"):
		case slices.Contains([]string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"}, v.Name):
			undo.Sets = append(undo.Sets, v.Name+"="+v.Value)
		default:
			undo.Sets = append(undo.Sets, v.Name)
		}
	}
	return undo
}

// inheritedVariables are those of a role that stand in the environment of a child
// shell.
func (a *app) inheritedVariables() []string {
	var names []string
	for _, v := range (switching.Session{}).Variables(switching.ByKeys, time.UTC) {
		names = append(names, v.Name)
	}
	names = append(names, "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SECURITY_TOKEN", shell.ARNVariable, shell.AccessVariable, "CAMEO_SHELL")
	if a.get("AWS_PROFILE") == switching.HandoffProfile {
		names = append(names, "AWS_PROFILE")
	}
	return slices.DeleteFunc(names, func(name string) bool { _, set := a.env(name); return !set })
}

// emit prints what the shell's function evaluates; nothing where no function asked.
func (a *app) emit(write func(shell.Dialect) (string, error)) error {
	if !a.emitting() {
		return nil
	}
	d, err := shell.Lookup(a.flags.emit)
	if err != nil {
		return usage("cameo init --help", "%s", err)
	}
	text, err := write(d)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.world.Stdout, text)
	return err
}
