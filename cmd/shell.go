package cmd

import (
	"context"
	"runtime"
	"time"

	"github.com/spf13/cobra"
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
	session, err := a.use(ctx, flags, word, "shell")
	if err != nil {
		return err
	}
	path, err := a.lookPath(a.userShell())
	if err != nil {
		return err
	}
	a.note("%s", session.Welcome(a.world.Now(), time.Local, "exit"))
	return replace(ctx, path, []string{path}, append(sessionEnviron(a.childEnviron(), session), "CAMEO_SUBSHELL=1"))
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
