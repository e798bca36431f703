package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cameo/profiles"
)

func newWire(a *app) *cobra.Command {
	var dryRun bool
	var as string
	c := &cobra.Command{
		Use: "wire ROLE", Short: "Let AWS programs have a role by a profile of its own",
		Long: `Append a profile to the AWS config file by which the AWS CLI, the SDKs and Terraform
get a role through cameo, from its cache and with its codes:

  [profile ROLE-cameo]
  credential_process = cameo credential-process ROLE

The role's own profile stays as it is. cameo unwire takes the new one out again.` + editNote() + exits(exitOther, exitUsage, exitConfig, exitNoRole),
		Args: exactly(1, "one ROLE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.wire(args[0], as, dryRun) },
	}
	c.Flags().StringVar(&as, "as", "", "the `NAME` of the new profile (default: ROLE-cameo)")
	addDryRun(c, &dryRun)
	return c
}

func newUnwire(a *app) *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use: "unwire NAME", Short: "Take out a profile that wire made",
		Long: `Take out of the AWS config file a profile that cameo wire made, and nothing else. One
that has anything in it but what wire writes is left alone.` + editNote() + exits(exitOther, exitUsage, exitConfig, exitNoRole),
		Args: exactly(1, "the NAME of a profile"),
		RunE: func(_ *cobra.Command, args []string) error { return a.unwire(args[0], dryRun) },
	}
	addDryRun(c, &dryRun)
	return c
}

// wiring is how the command of a wired profile begins.
const wiring = "cameo credential-process "

func (a *app) wire(word, as string, dryRun bool) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	role, err := a.bookOf(set).Resolve(word)
	if err != nil {
		return err
	}
	name := role.Label()
	argument, err := commandArgument(name)
	if err != nil {
		return err
	}
	if p, ok := set.Profile(role.Profile); ok {
		if command, ok := p.Get("credential_process"); ok && strings.HasPrefix(command.Text, wiring) {
			return usage("cameo profiles", "profile %s (%s) is wired already: it gets its credentials from cameo", profiles.Quote(name), command.Position)
		}
	}
	if as == "" {
		as = name + "-cameo"
	}
	stanza := profiles.Stanza{Name: as, Settings: []profiles.Setting{{Key: "credential_process", Value: wiring + argument}}}
	e := fileEdit{app: a, verb: "wire", set: set, plan: func(set *profiles.Set) ([]profiles.Change, error) {
		if p, ok := set.Profile(as); ok && !isWiring(p, stanza.Settings[0].Value) {
			return nil, &codedError{
				exit: exitConfig, code: "other", message: fmt.Sprintf("profile %s (%s): is there already, and is not the same", profiles.Quote(as), p.Defined),
				try: "cameo wire " + shellWord(word) + " --as " + shellWord(set.FreeName(as)),
			}
		}
		change, err := set.Add(stanza)
		return []profiles.Change{change}, err
	}}
	changed, err := e.carryOut(dryRun, nil)
	switch {
	case err != nil || dryRun:
		return err
	case !changed:
		a.note("profile %s is wired to it already: nothing was changed", profiles.Quote(as))
	default:
		a.note("added profile %s: AWS programs get %s by --profile %s or AWS_PROFILE=%s", profiles.Quote(as), profiles.Quote(name), shellWord(as), shellWord(as))
	}
	return nil
}

// commandArgument is a role's name as one word of a command that AWS's tools run
// by a shell, by Python's shlex or by Windows: double quotes hold for all.
func commandArgument(name string) (string, error) {
	if strings.ContainsAny(name, "\"\\$`%!'\r\n") {
		return "", usage("cameo edit PROFILE cameo_alias=NAME", "the name %s has characters that AWS's tools would not all pass on to a command as they are: give the role an alias", profiles.Quote(name))
	}
	if plain := shellWord(name); plain == name && !strings.HasPrefix(name, "-") {
		return name, nil
	}
	if strings.HasPrefix(name, "-") {
		return `-- "` + name + `"`, nil
	}
	return `"` + name + `"`, nil
}

// isWiring reports whether a profile is what wire writes, for any role where
// command is empty.
func isWiring(p profiles.Profile, command string) bool {
	if len(p.Properties) != 1 || len(p.Problems) > 0 || p.InCredentials {
		return false
	}
	said, _ := p.Get("credential_process")
	return strings.HasPrefix(said.Text, wiring) && (command == "" || said.Text == command)
}

func (a *app) unwire(name string, dryRun bool) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	if name, err = a.profileNamed(set, name); err != nil {
		return err
	}
	e := fileEdit{app: a, verb: "unwire", set: set, plan: func(set *profiles.Set) ([]profiles.Change, error) {
		p, _ := set.Profile(name)
		if !isWiring(p, "") {
			failure := &codedError{exit: exitConfig, code: "other", message: fmt.Sprintf("profile %s (%s): is not what cameo wire writes", profiles.Quote(name), p.Defined), try: "cameo profiles"}
			if p, ok := set.Profile(name + "-cameo"); ok && isWiring(p, "") { // the role was named, not its wiring
				failure.try = "cameo unwire " + shellWord(p.Name)
			}
			return nil, failure
		}
		changes, err := set.Remove(name)
		return changes[:], err
	}}
	changed, err := e.carryOut(dryRun, nil)
	if err == nil && changed && !dryRun {
		a.note("removed profile %s", profiles.Quote(name))
	}
	return err
}
