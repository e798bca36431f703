package cmd

import (
	"github.com/spf13/cobra"

	"cameo/creds/export"
)

func newCredentialProcess(a *app) *cobra.Command {
	var flags sessionFlags
	c := &cobra.Command{
		Use: "credential-process ROLE", Short: "Serve a role to every AWS program",
		Long: `Print a role's credentials as AWS programs read them. In ~/.aws/config:

  [profile NAME]
  credential_process = cameo credential-process ROLE

stdin is never read. Where a code is needed it is asked for on the terminal.` +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole),
		Args: exactly(1, "one ROLE"),
		RunE: func(c *cobra.Command, args []string) error {
			session, err := a.use(c.Context(), flags, args[0], "credential-process")
			if err != nil {
				return err
			}
			return export.Write(a.world.Stdout, "process", "", session.Credentials)
		},
	}
	flags.add(c.Flags())
	return c
}
