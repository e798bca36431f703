package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cameo/creds/export"
)

func newExport(a *app) *cobra.Command {
	var flags sessionFlags
	var format string
	c := &cobra.Command{
		Use: "export ROLE", Short: "Print a role's credentials",
		Long: "Print a role's credentials, for a shell or a program to read." +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole),
		Args: exactly(1, "one ROLE"),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(export.Formats(), format) {
				return usage("cameo export --help", "%s", &export.UnknownFormatError{Format: format})
			}
			session, err := a.use(c.Context(), flags, args[0], "export")
			if err != nil {
				return err
			}
			return export.Write(a.world.Stdout, format, session.Role.Label(), session.Credentials)
		},
	}
	flags.add(c.Flags())
	c.Flags().StringVar(&format, "format", "env", strings.Join(export.Formats(), ", "))
	return c
}
