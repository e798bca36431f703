package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/history"
	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
)

// The codes of exec where the command did not start, as shells have them.
const (
	exitNotStarted = 125
	exitNotProgram = 126
	exitNotFound   = 127
)

func newExec(a *app) *cobra.Command {
	var flags sessionFlags
	var each string
	var parallel int
	c := &cobra.Command{
		Use: "exec {ROLE | --each QUERY} -- COMMAND [ARGUMENT]...", Short: "Run one command in a role, or in many",
		Long: `Run one command in a role. The command gets the role's credentials and nothing of
the identity around it; its exit code and its signals pass through.

  cameo exec deploy -- terraform plan
  cameo exec --each 'env:dev role:audit' --parallel 4 -- aws s3 ls

With --each it runs in every role that QUERY matches, and every line of output is
prefixed with the role. Production roles are left out unless QUERY says env:prod.` +
			exits(exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole) +
			"; 125 cameo could not start the command; 126 it cannot be run; 127 it was not found; then the command's own, with --each the worst",
		Args: func(c *cobra.Command, args []string) error {
			before := 1
			if c.Flags().Changed("each") {
				before = 0
			}
			if dash := c.ArgsLenAtDash(); dash != before || len(args) <= before {
				return usage("cameo exec ROLE -- COMMAND", "exec takes one ROLE or --each QUERY, then --, then a command")
			}
			if args[before] == "" {
				return usage("cameo exec ROLE -- COMMAND", "the command after -- is empty")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("each") {
				return a.each(c.Context(), flags, each, parallel, args)
			}
			return a.exec(c.Context(), flags, args[0], args[1:])
		},
	}
	flags.add(c.Flags())
	c.Flags().StringVar(&each, "each", "", "run in every role that `QUERY` matches")
	c.Flags().IntVar(&parallel, "parallel", 1, "with --each: run `N` commands at a time")
	return c
}

func (a *app) exec(ctx context.Context, flags sessionFlags, word string, argv []string) error {
	session, err := a.use(ctx, flags, word, "exec")
	if err != nil {
		return err
	}
	path, err := lookPath(argv[0])
	if err != nil {
		return err
	}
	return replace(path, argv, sessionEnviron(a.childEnviron(), session))
}

// sessions gets sessions for verbs that hand them to a program.
type sessions struct {
	app      *app
	switcher *switching.Switcher
	flags    sessionFlags
	verb     string
	code     string // of --mfa-code, until it has been used
}

func (a *app) sessions(ctx context.Context, flags sessionFlags, verb string) (*sessions, error) {
	if err := flags.settle(ctx); err != nil {
		return nil, err
	}
	code, err := a.readCode(ctx, flags.code)
	if err != nil {
		return nil, err
	}
	a.serves = verb == "credential-process"
	s, err := a.switcher()
	if err != nil {
		return nil, err
	}
	if a.serves {
		s.Agent = asker()
	}
	return &sessions{app: a, switcher: s, flags: flags, verb: verb, code: code}, nil
}

// of gets the session of a role, or the credentials of a profile without one.
func (u *sessions) of(ctx context.Context, role roles.Role) (switching.Session, error) {
	ask := u.flags.ask(role, switching.Named)
	code := ""
	plan, err := u.switcher.Plan(ctx, ask)
	if u.code != "" && err == nil && mayTakeCode(plan) {
		code, u.code = u.code, ""
	}
	session, err := u.switcher.Use(ctx, ask, code)
	u.keep(ctx, plan, session, err)
	if err != nil {
		return session, u.attempt(err, role.Label())
	}
	return session, nil
}

// resolve finds the role that word names.
func (u *sessions) resolve(word string) (roles.Role, error) {
	role, err := u.switcher.Book.Resolve(word)
	if err != nil {
		err = u.attempt(err, word)
	}
	return role, err
}

// attempt is an error on the way to a role, with the command that would try again.
func (u *sessions) attempt(err error, role string) error {
	attempt := &attemptError{err: err, verb: "cameo " + u.verb, role: shellWord(role), flags: u.flags.again(), shorter: u.flags.anHour().again()}
	if u.verb == "exec" {
		attempt.rest = " -- COMMAND"
	}
	return attempt
}

// keep puts into the history what came of a role. Programs that ask all day are left
// out: they would fill it.
func (u *sessions) keep(ctx context.Context, plan switching.Plan, session switching.Session, err error) {
	switch {
	case u.verb == "credential-process":
	case err != nil:
		_ = u.app.keepFailure(ctx, history.Kind(u.verb), plan, err)
	case u.verb == "console": // it is not there yet
	default:
		u.app.keepSession(history.Kind(u.verb), session)
	}
}

// mayTakeCode reports whether a code may be used up on the way: where the plan says
// so, and where a role that AWS is going to be asked for may want a newer code than
// the one that opened its source's session.
func mayTakeCode(plan switching.Plan) bool {
	return plan.Code != nil || plan.Ready.IsZero() &&
		slices.ContainsFunc(plan.Chain.Steps, func(s profiles.Step) bool { return s.MFASerial.Text != "" })
}

// use gets the session that word names.
func (a *app) use(ctx context.Context, flags sessionFlags, word, verb string) (switching.Session, error) {
	u, err := a.sessions(ctx, flags, verb)
	if err != nil {
		return switching.Session{}, err
	}
	role, err := u.resolve(word)
	if err != nil {
		return switching.Session{}, err
	}
	return u.of(ctx, role)
}

// sessionEnviron is environ with the session in place of the identity that it
// held.
func sessionEnviron(environ []string, session switching.Session) []string {
	set := session.Variables(switching.ByKeys, time.Local)
	gone := append(shell.Displaced(set), shell.Marks()...)
	for _, v := range set {
		gone = append(gone, v.Name)
	}
	out := without(environ, gone...)
	for _, v := range set {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

// lookPath finds the command as the shell would.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil || errors.Is(err, exec.ErrDot) {
		return path, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return "", &codedError{exit: exitNotProgram, code: "other", message: fmt.Sprintf("%s: it cannot be run: permission denied", profiles.Inert(name))}
	}
	if info, statErr := os.Stat(name); strings.ContainsRune(name, filepath.Separator) && statErr == nil && info.IsDir() {
		return "", &codedError{exit: exitNotProgram, code: "other", message: fmt.Sprintf("%s: it is a directory", profiles.Inert(name))}
	}
	return "", &codedError{exit: exitNotFound, code: "other", message: fmt.Sprintf("%s: command not found", profiles.Inert(name))}
}
