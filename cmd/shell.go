package cmd

import (
	"context"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/shell"
	"cameo/internal/switching"
)

func newShell(a *app) *cobra.Command {
	var flags sessionFlags
	c := &cobra.Command{
		Use: "shell ROLE", Short: "Start a shell of your own in a role",
		Long: `Start your own shell, with its own start-up files, in a role. Leaving that shell is
exiting the role; the shell you came from is never touched.` +
			exits(exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole) + "; then the shell's own",
		Args: exactly(1, "one ROLE"),
		RunE: func(c *cobra.Command, args []string) error { return a.shell(c.Context(), flags, args[0]) },
	}
	flags.add(c.Flags())
	return c
}

func (a *app) shell(ctx context.Context, flags sessionFlags, word string) error {
	u, err := a.sessions(ctx, flags, "shell")
	if err != nil {
		return err
	}
	role, err := u.resolve(word)
	if err != nil {
		return err
	}
	session, err := u.of(ctx, role)
	if err != nil {
		return err
	}
	return a.subshell(u.switcher, session)
}

// subshell turns this process into the user's shell, in the role.
func (a *app) subshell(s *switching.Switcher, session switching.Session) error {
	path, err := lookPath(a.userShell())
	if err != nil {
		return err
	}
	a.note("%s", session.Welcome(a.world.Now(), time.Local, "exit"))
	environ := sessionEnviron(a.childEnviron(), session)
	stack := switching.Stack{}.With(s, session, switching.ByKeys, shell.All)
	for _, v := range shell.Subshell(stack.String()) {
		environ = append(environ, v.Name+"="+v.Value)
	}
	return a.takeOver(path, []string{path}, environ)
}

// userShell is the program that the user types in.
func (a *app) userShell() string {
	switch {
	case a.get("SHELL") != "":
		return a.get("SHELL")
	case runtime.GOOS == "windows" && a.get("COMSPEC") != "":
		return a.get("COMSPEC")
	}
	return "/bin/sh"
}
