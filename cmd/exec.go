package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	c := &cobra.Command{
		Use: "exec ROLE -- COMMAND [ARGUMENT]...", Short: "Run one command in a role",
		Long: `Run one command in a role. The command gets the role's credentials and nothing of
the identity around it; its exit code and its signals pass through.` +
			exits(exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole) +
			"; 125 cameo could not start the command; 126 it cannot be run; 127 it was not found; then the command's own",
		Args: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); dash != 1 || len(args) < 2 {
				return usage("cameo exec ROLE -- COMMAND", "exec takes one ROLE, then --, then a command")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.exec(c.Context(), flags, args[0], args[1:]) },
	}
	flags.add(c.Flags())
	return c
}

func (a *app) exec(ctx context.Context, flags sessionFlags, word string, argv []string) error {
	session, err := a.use(ctx, flags, word, "exec")
	if err != nil {
		return err
	}
	path, err := a.lookPath(argv[0])
	if err != nil {
		return err
	}
	return replace(ctx, path, argv, sessionEnviron(a.childEnviron(), session))
}

// use gets the session that word names, for a verb that hands it to a program.
func (a *app) use(ctx context.Context, flags sessionFlags, word, verb string) (switching.Session, error) {
	code, err := a.readCode(flags.code)
	if err != nil {
		return switching.Session{}, err
	}
	settings, err := a.settings()
	if err != nil {
		return switching.Session{}, err
	}
	s, err := a.switcher(a.codes(settings))
	if err != nil {
		return switching.Session{}, err
	}
	role, err := s.Book.Resolve(word)
	if err != nil {
		return switching.Session{}, err
	}
	session, err := s.Use(ctx, flags.ask(role, switching.Named), code)
	if err != nil {
		return session, &attemptError{err: err, retry: "cameo " + verb + " " + shellWord(word)}
	}
	return session, nil
}

// sessionEnviron is environ with the session in place of the identity that it
// held.
func sessionEnviron(environ []string, session switching.Session) []string {
	set := session.Variables(time.Local)
	gone := append(shell.Displaced(set), "CAMEO_SHELL")
	for _, v := range set {
		gone = append(gone, v.Name)
	}
	out := without(environ, gone...)
	for _, v := range set {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

// lookPath finds the command as the shell would, in this environment's PATH.
func (a *app) lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil || errors.Is(err, exec.ErrDot) {
		return filepath.Clean(pathOr(path, name)), nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return "", &codedError{exit: exitNotProgram, code: "other", message: fmt.Sprintf("%s: it cannot be run: permission denied", profiles.Inert(name))}
	}
	if info, statErr := os.Stat(name); strings.ContainsRune(name, filepath.Separator) && statErr == nil && info.IsDir() {
		return "", &codedError{exit: exitNotProgram, code: "other", message: fmt.Sprintf("%s: it is a directory", profiles.Inert(name))}
	}
	return "", &codedError{exit: exitNotFound, code: "other", message: fmt.Sprintf("%s: command not found", profiles.Inert(name))}
}

func pathOr(path, name string) string {
	if path == "" {
		return name
	}
	return path
}
