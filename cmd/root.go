package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cameo/internal/shell"
	"cameo/profiles"
)

// execute builds the command tree, runs it and returns the exit code.
func execute(ctx context.Context, world *World) int {
	a := newApp(world)
	if asksVersion(world.Args) {
		return report(ctx, world, a.printVersion(), false)
	}
	root := newRoot(a)
	if completesWords(world.Args) {
		plainUsages(root)
	}
	root.SetArgs(world.Args)
	command, err := root.ExecuteContextC(ctx)
	err = cmp.Or(err, a.noHelp)
	asJSON := false
	if flag := command.Flags().Lookup("json"); flag != nil {
		asJSON = flag.Value.String() == "true"
	}
	if _, wrong := errors.AsType[*usageError](err); wrong { // the flag may not have been read yet
		asJSON = asJSON || slices.Contains(world.Args, "--json")
	}
	return report(ctx, world, err, asJSON)
}

// asksVersion reports whether --version stands anywhere among cameo's own
// arguments: like --help it wins over what else is there.
func asksVersion(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--version":
			return true
		}
	}
	return false
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "cameo [ROLE | - | QUERY]",
		Short: "Switch this shell into AWS IAM roles, and back",
		Long: `cameo switches this shell into an AWS IAM role, and back to exactly who you were.

Without an argument it opens the list of your roles. With the name of a role it
switches to it; with anything else it opens the list, filtered.

To let cameo change this shell, once in its start-up file:
  eval "$(cameo init bash)"        bash
  eval "$(cameo init zsh)"         zsh
  cameo init fish | source         fish` +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole, exitCancelled),
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(a.world.Stdout)
	root.SetErr(a.world.Stderr)
	groups := verbGroups(a)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if a.noHelp = a.helpOfNothing(c, c.Flags().Args()); a.noHelp != nil {
			return
		}
		out := a.world.Stdout
		if a.emitting() { // the function did not see that help was asked for: stdout is the shell's
			out = a.world.Stderr
			defer func() { _ = a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil }) }()
		}
		writeHelp(out, c, groups)
	})
	root.SetHelpCommand(newHelp(root))
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		message := err.Error()
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
			message += flagNear(c, unknown.GetSpecifiedName())
		}
		return usage(c.CommandPath()+" --help", "%s", message)
	})
	global := root.PersistentFlags()
	global.StringVar(&a.flags.config, "config", "", "read `FILE` in place of config.toml")
	global.BoolVar(&a.flags.noInput, "no-input", false, "never ask; fail where an answer is needed")
	global.StringVar(&a.flags.color, "color", "auto", "`WHEN` to use colour: auto, always or never")
	global.BoolVar(&a.flags.accessible, "accessible", false, "ask in whole sentences, line by line, for a screen reader")
	global.BoolVarP(&a.flags.quiet, "quiet", "q", false, "no messages but errors")
	global.BoolVar(&a.flags.debug, "debug", false, "say on stderr what is done; never a secret")
	global.Bool("version", false, "say which version this is")
	global.StringVar(&a.flags.emit, "emit", "", "")
	hideFlag(global, "emit")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.checkFlags() }
	bare := switchFlags{}
	bare.add(root.Flags())
	root.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = true })
	root.RunE = func(c *cobra.Command, args []string) error { return a.runBare(c.Context(), c.Commands(), bare, args) }
	for _, g := range groups {
		root.AddCommand(g.verbs...)
	}
	completeNames(a, root)
	return root
}

func (a *app) checkFlags() error {
	if !slices.Contains([]string{"auto", "always", "never"}, a.flags.color) {
		return usage("cameo --help", "--color: %q is none of auto, always, never", a.flags.color)
	}
	return nil
}

// flagNear asks whether a flag of c was meant by name; empty: none is like it.
func flagNear(c *cobra.Command, name string) string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	for _, near := range profiles.Nearest(name, names, 1) {
		return fmt.Sprintf(": did you mean --%s?", near)
	}
	return ""
}

func hideFlag(flags *pflag.FlagSet, name string) {
	if f := flags.Lookup(name); f != nil {
		f.Hidden = true
	}
}

// exactly is a cobra.PositionalArgs that names what is missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return usage(c.CommandPath()+" --help", "%s needs %s", c.CommandPath(), what)
		}
		if len(args) > n {
			only := ""
			if n > 0 {
				only = "only "
			}
			return usage(c.CommandPath()+" --help", "%s takes %s%s: %q is too much", c.CommandPath(), only, what, args[n])
		}
		return nil
	}
}
