package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cameo/internal/term"
	"cameo/profiles"
)

func newRemove(a *app) *cobra.Command {
	var dryRun, yes bool
	c := &cobra.Command{
		Use: "remove PROFILE", Short: "Take a profile out of the AWS files",
		Long: `Take a profile out of the AWS files: its sections, and nothing else. Comments before
a section stay. It asks first, and says which other profiles it signs for. A profile
with an access key is left alone: that may be the only copy.` + editNote() + exits(exitOther, exitUsage, exitConfig, exitNoRole, exitCancelled),
		Args: exactly(1, "the name of a PROFILE"),
		RunE: func(c *cobra.Command, args []string) error { return a.removeProfile(c.Context(), args[0], dryRun, yes) },
	}
	addDryRun(c, &dryRun)
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func (a *app) removeProfile(ctx context.Context, word string, dryRun, yes bool) error {
	set, err := a.profiles()
	if err != nil {
		return err
	}
	name, err := a.profileNamed(set, word)
	if err != nil {
		return err
	}
	e := fileEdit{app: a, verb: "remove", set: set, plan: func(set *profiles.Set) ([]profiles.Change, error) {
		changes, err := set.Remove(name)
		return changes[:], err
	}}
	signedBy := a.dependents(set, name)
	confirm := func() error { return a.confirmRemoval(ctx, name, signedBy) }
	if yes {
		confirm = nil
	}
	if changed, err := e.carryOut(dryRun, confirm); err != nil || dryRun || !changed {
		return err
	}
	a.note("removed profile %s", profiles.Quote(name))
	if len(signedBy) > 0 {
		a.note("now nobody signs for %s", quotedList(signedBy))
	}
	return nil
}

// dependents are the profiles, and the setting, for which a profile signs.
func (a *app) dependents(set *profiles.Set, name string) []string {
	var all []string
	for _, p := range set.Profiles() {
		if source, _ := p.Get("source_profile"); source.Text == name && p.Name != name {
			all = append(all, p.Name)
		}
	}
	return all
}

// quotedList names the first five.
func quotedList(names []string) string {
	const enough = 5
	var quoted []string
	for _, n := range names[:min(len(names), enough)] {
		quoted = append(quoted, profiles.Quote(n))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - enough; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (a *app) confirmRemoval(ctx context.Context, name string, signedBy []string) error {
	flag := "cameo remove " + shellWord(name) + " --yes"
	if a.noInput() {
		return usage(flag, "remove asks first, and --no-input was given: say --yes")
	}
	terminal, err := a.openTerminal()
	if errors.Is(err, term.ErrNoTerminal) {
		return usage(flag, "remove asks first, and there is no terminal to ask on: say --yes")
	}
	if err != nil {
		return err
	}
	defer terminal.Close()
	question := "Remove profile " + profiles.Quote(name) + "?"
	if len(signedBy) > 0 {
		question = fmt.Sprintf("Profile %s signs for %s. Remove it all the same?", profiles.Quote(name), quotedList(signedBy))
	}
	answer, err := terminal.Ask(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errCancelled
}
