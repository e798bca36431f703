package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/internal/history"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newHistory(a *app) *cobra.Command {
	var asJSON bool
	var limit int
	c := &cobra.Command{
		Use: "history [QUERY]", Short: "List switches, refusals and exits, the newest last",
		Long: `List what was done with roles on this machine, the newest last: switches and exits,
commands that were given a role (exec, shell, export), consoles, and what AWS or the
guard refused. QUERY keeps the roles that it fits, as in profiles. The log is a plain file
of your own, $XDG_STATE_HOME/cameo/history.jsonl, and holds no secret; what
credential-process serves is not in it.` + exits(exitOther, exitUsage),
		RunE: func(_ *cobra.Command, args []string) error {
			if limit < 0 {
				return usage("cameo history --help", "--limit: %d is less than none", limit)
			}
			return a.printHistory(roles.ParseQuery(strings.Join(args, " ")), limit, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().IntVar(&limit, "limit", 0, "only the last `N` (default: all)")
	return c
}

func (a *app) printHistory(query roles.Query, limit int, asJSON bool) error {
	events, err := a.history().Read()
	if wrong, ok := errors.AsType[*history.LineError](err); ok {
		a.note("%s", wrong)
	} else if err != nil {
		return err
	}
	if !query.Empty() {
		events = a.about(query, events)
	}
	if limit > 0 {
		events = events[max(0, len(events)-limit):]
	}
	if asJSON {
		answer := struct {
			Version int             `json:"version"`
			Events  []history.Event `json:"events"`
		}{jsonVersion, append([]history.Event{}, events...)}
		return printJSON(a.world.Stdout, answer)
	}
	if len(events) == 0 {
		return nil
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tEVENT\tROLE\tSOURCE\tRESULT\tREASON")
	for _, e := range events {
		fields := []string{e.Time.Local().Format("2006-01-02 15:04"), string(e.Event), labelOf(e) + readOnlyMark(e.ReadOnly), e.Source, resultOf(e), e.Reason}
		for i := range fields {
			fields[i] = profiles.Inert(fields[i])
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join(fields, "\t"), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := io.WriteString(a.world.Stdout, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// about keeps the events of roles that a query fits, as the files know them today.
func (a *app) about(query roles.Query, events []history.Event) []history.Event {
	_, book := a.book()
	var kept []history.Event
	for _, e := range events {
		role := switching.Entered{Profile: e.Profile, ARN: e.RoleARN, Source: e.Source}.Role(book)
		if query.Matches(role, roles.Facts{}) {
			kept = append(kept, e)
		}
	}
	return kept
}

func readOnlyMark(readOnly bool) string {
	if readOnly {
		return " RO"
	}
	return ""
}

func labelOf(e history.Event) string {
	return switching.Entered{Profile: e.Profile, ARN: e.RoleARN}.Label()
}

// resultOf is the result, of a refusal with AWS's error code.
func resultOf(e history.Event) string {
	if code, _, found := strings.Cut(e.Message, ": "); found && e.Result == "refused" {
		return e.Result + " (" + code + ")"
	}
	return e.Result
}

// keep adds an event to the history. Nothing fails where that does.
func (a *app) keep(e history.Event) {
	e.Time = a.world.Now()
	if err := a.history().Append(e); err != nil {
		a.note("%s", err)
	}
}

// keepSession keeps that a role was entered, or used for a command.
func (a *app) keepSession(kind history.Kind, s switching.Session) {
	if s.Role.ARN != "" {
		a.keep(history.Event{Event: kind, RoleARN: s.Role.ARN, Profile: s.Role.Profile, SessionName: s.Name, ReadOnly: s.Asked.ReadOnly, Source: s.Source, Reason: s.Asked.Reason, Result: history.OK})
	}
}

// keepFailure keeps that somebody said no on the way to a role: AWS, the guard or
// the network. What was mistyped, or is not configured, never got so far. It returns
// err.
func (a *app) keepFailure(ctx context.Context, kind history.Kind, plan switching.Plan, err error) error {
	if err == nil || plan.Role.ARN == "" {
		return err
	}
	f := explain(ctx, err)
	saidNo := f.exit == exitCode && f.code != "interaction_needed" || f.exit == exitRefused || f.exit == exitUnavailable
	if f.silent || !saidNo {
		return err
	}
	e := history.Event{Event: kind, RoleARN: plan.Role.ARN, Profile: plan.Role.Profile, SessionName: plan.Session.Name, ReadOnly: plan.Session.ReadOnly, Source: plan.Source, Reason: plan.Session.Reason, Result: f.code}
	var refused *creds.RefusedError
	var rejected *creds.CodeRejectedError
	switch {
	case errors.As(err, &refused):
		e.RequestID, e.Message = refused.RequestID, refused.Said()
	case errors.As(err, &rejected):
		e.RequestID, e.Message = rejected.RequestID, rejected.Said()
	}
	a.keep(e)
	return err
}

// keepExit keeps that the innermost role of this shell was left.
func (a *app) keepExit() {
	n := len(a.stack.Roles)
	if n == 0 {
		return
	}
	top := a.stack.Roles[n-1]
	a.keep(history.Event{Event: history.Exit, RoleARN: top.ARN, Profile: top.Profile, SessionName: top.SessionName, ReadOnly: top.Terms.ReadOnly, Source: top.Source, Reason: top.Terms.Reason, Result: history.OK})
}

// kindOf is what a way to a role is called in the history.
func kindOf(how switching.How) history.Kind {
	if how == switching.Renewed {
		return history.Refresh
	}
	return history.Switch
}
