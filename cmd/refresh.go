package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newRefresh(a *app) *cobra.Command {
	var under time.Duration
	var code string
	c := &cobra.Command{
		Use: "refresh", Short: "Renew the active role in place",
		Long: `Renew the session of the active role in place: the same role, new keys, a new end.
Home stays what it was.` + exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return a.refresh(c.Context(), under, code) },
	}
	c.Flags().Var((*timeLeft)(&under), "if-under", "only where less than `TIME` is left, such as 10m")
	c.Flags().StringVar(&code, "mfa-code", "", "the MFA `CODE`; - reads it from stdin")
	return c
}

// refresh runs in the environment of the frame below the active role: home's, or
// that of the role it was chained from.
func (a *app) refresh(ctx context.Context, under time.Duration, codeFlag string) error {
	if err := a.integrated(); err != nil {
		return err
	}
	n := len(a.stack.Roles)
	if n == 0 && len(a.base.Roles) > 0 {
		return &codedError{exit: exitOther, code: "other", message: "this shell was started in its role: leave it, and start another", try: "exit"}
	}
	if n == 0 {
		return &codedError{exit: exitOther, code: "other", message: "no role is active here: there is nothing to renew", try: "cameo status"}
	}
	top := a.stack.Roles[n-1]
	if left := top.Issued.Shown(top.Expires, a.moment()).Sub(a.world.Now()); under > 0 && left >= under {
		a.note("%s lasts another %s: nothing to renew", top.Label(), profiles.Span(left))
		return a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil })
	}
	code, err := a.readCode(ctx, codeFlag)
	if err != nil {
		return err
	}
	s, err := a.switcher()
	if err != nil {
		return err
	}
	session, err := a.become(ctx, s, a.renewal(s.Book), switching.Answer{Code: code})
	if err != nil {
		return a.unchanged(s, &attemptError{err: err, verb: "cameo refresh"})
	}
	return a.handOver(ctx, s, session, shell.Innermost)
}

// refreshFlags are those of this call that the verb takes too.
func (a *app) refreshFlags() (flags []string) {
	if a.flags.quiet {
		flags = append(flags, "-q")
	}
	if a.flags.debug {
		flags = append(flags, "--debug")
	}
	if a.flags.config != "" {
		flags = append(flags, "--config", a.flags.config)
	}
	return flags
}

// renewal asks for the active role again, as it was entered. There has to be one.
func (a *app) renewal(book *roles.Book) switching.Ask {
	ask := a.stack.Again(book)
	ask.Replace = a.stack.Roles[len(a.stack.Roles)-1].KeyID
	return ask
}
