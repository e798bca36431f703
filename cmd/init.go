package cmd

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cameo/internal/shell"
)

func newInit(a *app) *cobra.Command {
	var options shell.Options
	c := &cobra.Command{
		Use: "init SHELL", Short: "Print what lets cameo change this shell",
		Long: `Print the function that lets cameo change this shell: ` + strings.Join(shell.Names(), ", ") + `.
Once in the shell's start-up file:

  eval "$(cameo init bash)"        ~/.bashrc
  eval "$(cameo init zsh)"         ~/.zshrc
  cameo init fish | source         ~/.config/fish/config.fish
  cameo init powershell | Out-String | Invoke-Expression
  cameo init nushell | save -f ~/.config/nushell/autoload/cameo.nu` + exits(exitUsage),
		Args: exactly(1, "the name of a SHELL"),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := shell.Lookup(args[0])
			if err != nil {
				return usage("cameo init --help", "%s", err)
			}
			text, err := d.Init(options)
			if err != nil {
				return usage("cameo init --help", "%s", err)
			}
			_, err = io.WriteString(a.world.Stdout, text)
			return err
		},
	}
	c.Flags().StringVar(&options.Alias, "name", "", "define `NAME` as well, such as cm")
	c.Flags().StringVar(&options.Bind, "bind", "", "`KEY` that opens the list at a prompt, such as ctrl-g or alt-r")
	c.Flags().BoolVar(&options.Prompt, "prompt", false, "show the role in the prompt, and warn before it ends")
	return c
}
