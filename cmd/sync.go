package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

func newSync(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "sync", Short: "Refresh the catalogues, and say what came and went",
		Long: `Fetch every [[catalogue]] of the settings, and say which roles came, went or
changed. Where one cannot be fetched, its last copy stays in use.

From a catalogue come names, accounts, roles, environments, colours and regions, and
nothing else: no command, no endpoint, no file. No other verb fetches one.` +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable),
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return a.sync(c.Context()) },
	}
}

// syncDeadline bounds the fetching of one catalogue.
const syncDeadline = 30 * time.Second

// sync fetches the catalogues one after the other. The error is that of the last that
// failed; the others are fetched all the same.
func (a *app) sync(ctx context.Context) error {
	s, err := a.settings()
	if err != nil {
		return err
	}
	if len(s.Catalogues) == 0 {
		a.note("the settings name no catalogue, so there is nothing to fetch; one is two lines of %s: [[catalogue]] and from = \"https://...\"", a.settingsPath())
		return nil
	}
	fetch, err := a.fetcher()
	if err != nil {
		return err
	}
	var failed []error
	for _, c := range s.Catalogues {
		err := a.syncOne(ctx, fetch, c)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	for _, err := range failed[:len(failed)-1] {
		a.note("%s", err)
	}
	return failed[len(failed)-1]
}

// syncOne fetches one catalogue and says what is new in it.
func (a *app) syncOne(ctx context.Context, f *fetcher, c settings.Catalogue) error {
	ctx, cancel := context.WithTimeoutCause(ctx, syncDeadline, errFetchTooSlow)
	defer cancel()
	name := roles.CatalogueName(c)
	before, err := a.catalogues().Read(c)
	kept := err == nil
	got, err := f.fetch(ctx, c.From, before.ETag)
	if err != nil {
		return catalogueFailed(ctx, name, before, kept, a.world.Now(), err)
	}
	now := a.world.Now().UTC().Truncate(time.Second)
	if got.unchanged {
		before.Fetched = now
		if err := a.catalogues().Write(c, before); err != nil {
			return fmt.Errorf("catalogue %s: %w", name, err)
		}
		return a.say("catalogue %s: %s, nothing new\n", name, count(len(before.Roles), "role"))
	}
	listed, leftOut, err := roles.ReadCatalogue(name, got.data)
	if err != nil {
		return catalogueFailed(ctx, name, before, kept, a.world.Now(), err)
	}
	if err := a.catalogues().Write(c, roles.Copy{ETag: got.etag, Fetched: now, Roles: listed}); err != nil {
		return fmt.Errorf("catalogue %s: %w", name, err)
	}
	a.noteLeftOut(name, leftOut)
	return a.sayChanges(name, len(listed), roles.Compare(before.Roles, listed))
}

// shownChanges is how many names of a kind sync prints, and shownLeftOut how many
// lines of what a catalogue may not say.
const (
	shownChanges = 20
	shownLeftOut = 5
)

func (a *app) sayChanges(name string, n int, c roles.Changes) error {
	var b strings.Builder
	fmt.Fprintf(&b, "catalogue %s: %s", name, count(n, "role"))
	if c.None() {
		b.WriteString(", nothing new")
	}
	b.WriteString("\n")
	for _, kind := range []struct {
		sign, word string
		names      []string
	}{{"+", "came", c.Came}, {"-", "went", c.Went}, {"~", "changed", c.Changed}} {
		for _, role := range kind.names[:min(len(kind.names), shownChanges)] {
			fmt.Fprintf(&b, "  %s %s\n", kind.sign, profiles.Inert(role))
		}
		if more := len(kind.names) - shownChanges; more > 0 {
			fmt.Fprintf(&b, "  %s %d more %s\n", kind.sign, more, kind.word)
		}
	}
	return a.say("%s", b.String())
}

// noteLeftOut says what a catalogue may not say: each kind once.
func (a *app) noteLeftOut(name string, leftOut []profiles.LeftOut) {
	var lines []string
	for _, l := range leftOut {
		if line := fmt.Sprintf("%s (line %d): %s", l.What, l.Line, l.Why); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for _, line := range lines[:min(len(lines), shownLeftOut)] {
		a.note("catalogue %s: left out: %s", name, line)
	}
	if more := len(lines) - shownLeftOut; more > 0 {
		a.note("catalogue %s: %s left out", name, count(more, "more line"))
	}
}

func (a *app) say(format string, args ...any) error {
	_, err := fmt.Fprintf(a.world.Stdout, format, args...)
	return err
}

// catalogueError: a catalogue could not be fetched, or is none.
type catalogueError struct {
	name string
	kept string // what is used in its place; empty: nothing is
	err  error
}

func (e *catalogueError) Error() string {
	why := e.err.Error()
	if text, ok := errors.AsType[*profiles.ImportError](e.err); ok {
		why = fmt.Sprintf("line %d: %s", text.Line, text.Why)
	}
	return fmt.Sprintf("catalogue %s: %s%s", e.name, why, e.kept)
}

func (e *catalogueError) Unwrap() error { return e.err }

func catalogueFailed(ctx context.Context, name string, before roles.Copy, kept bool, now time.Time, err error) error {
	if errors.Is(context.Cause(ctx), errFetchTooSlow) {
		err = &fetchError{unavailable: true, why: errFetchTooSlow.Error()}
	}
	e := &catalogueError{name: name, err: err}
	if kept {
		e.kept = fmt.Sprintf(" (its last copy stays in use: %s, %s)", count(len(before.Roles), "role"), before.Age(now))
	}
	return e
}
