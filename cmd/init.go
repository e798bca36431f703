package cmd

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cameo/internal/shell"
)

func newInit(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "init SHELL", Short: "Print what lets cameo change this shell",
		Long: `Print the function that lets cameo change this shell: ` + strings.Join(shell.Names(), ", ") + `.
Once in the shell's start-up file:

  eval "$(cameo init bash)"        ~/.bashrc
  eval "$(cameo init zsh)"         ~/.zshrc
  cameo init fish | source         ~/.config/fish/config.fish` + exits(exitUsage),
		Args: exactly(1, "the name of a SHELL"),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := shell.Lookup(args[0])
			if err != nil {
				return usage("cameo init --help", "%s", err)
			}
			text, err := d.Init(shell.Options{})
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.world.Stdout, text)
			return err
		},
	}
}
