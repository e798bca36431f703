package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"cameo/creds/export"
	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newCredentialProcess(a *app) *cobra.Command {
	var flags sessionFlags
	var active bool
	c := &cobra.Command{
		Use: "credential-process {ROLE | --active}", Short: "Serve a role to every AWS program",
		Long: `Print a role's credentials as AWS programs read them. In ~/.aws/config:

  [profile NAME]
  credential_process = cameo credential-process ROLE

With --active it is the role of $CAMEO_ROLE: what this shell, or the one above it,
has switched to.

stdin is never read. Where a code is needed it is asked for on the terminal.` +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole),
		Args: func(c *cobra.Command, args []string) error {
			if active {
				return exactly(0, "--active, or one ROLE")(c, args)
			}
			return exactly(1, "one ROLE, or --active")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			word := a.get("CAMEO_ROLE")
			switch {
			case !active:
				word = args[0]
			case word == "":
				return &codedError{exit: exitNoRole, code: "role_not_found", message: "no role is active: CAMEO_ROLE is not set", try: "cameo switch"}
			}
			if active {
				terms, err := a.activeTerms()
				if err != nil {
					return err
				}
				flags.terms.ReadOnly = flags.terms.ReadOnly || terms.ReadOnly
			}
			session, err := a.use(c.Context(), flags, word, "credential-process")
			if err != nil {
				return err
			}
			return export.Write(a.world.Stdout, "process", "", session.Credentials)
		},
	}
	flags.add(c.Flags())
	c.Flags().BoolVar(&active, "active", false, "the role of $CAMEO_ROLE")
	return c
}

// activeTerms is how far the active role, that of CAMEO_ROLE, was narrowed. What its
// name and CAMEO_ACCESS do not tell cannot be asked for again: the error is in place of
// a session that may do more, or of another role.
func (a *app) activeTerms() (switching.Terms, error) {
	if err := a.stillActive(a.get("CAMEO_ROLE")); err != nil {
		return switching.Terms{}, err
	}
	switch access := a.get(shell.AccessVariable); access {
	case "", switching.AccessOfProfile: // its name tells: see stillActive
		return switching.Terms{}, nil
	case switching.AccessReadOnly:
		return switching.Terms{ReadOnly: true}, nil
	default:
		return switching.Terms{}, &codedError{exit: exitRefused, code: "guard",
			message: fmt.Sprintf("the active role was narrowed (%s=%s) by policies that its name does not tell: it is not given whole", shell.AccessVariable, profiles.Inert(access)),
			try:     "cameo switch " + shellWord(a.get("CAMEO_ROLE"))}
	}
}

// stillActive fails where the profile of the active role leads to another role, or
// belongs to another environment, than when the shell switched to it: it was edited,
// and what the prompt says is no longer true.
func (a *app) stillActive(word string) error {
	set, book := a.book()
	role, err := book.Resolve(word)
	if err != nil {
		return err
	}
	var changed string
	arn := a.get(shell.ARNVariable)
	said, known := a.env("CAMEO_ENV")
	switch {
	case arn != "" && arn != role.ARN:
		changed = fmt.Sprintf("its role is %s, and this shell switched to %s", profiles.Inert(role.ARN), profiles.Inert(arn))
	case known && roles.Env(said) != role.Env:
		changed = fmt.Sprintf("its environment is %s, and this shell switched to %s", profiles.Quote(string(role.Env)), profiles.Quote(said))
	case a.get(shell.AccessVariable) == switching.AccessOfProfile && !narrows(set, role.Profile):
		changed = "it narrows the role no more, as it did when this shell switched to it"
	default:
		return nil
	}
	return &codedError{exit: exitRefused, code: "guard",
		message: fmt.Sprintf("%s has been edited: %s", profiles.WhoAsks(word), changed), try: "cameo switch " + shellWord(word)}
}

// narrows reports whether a profile has policies for its sessions.
func narrows(set *profiles.Set, profile string) bool {
	p, _ := set.Profile(profile)
	inline, _ := p.Get("cameo_policy")
	managed, _ := p.Get("cameo_policy_arns")
	return inline.Text != "" || managed.Text != ""
}
