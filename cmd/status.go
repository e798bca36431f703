package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// statusFlags are those of status.
type statusFlags struct {
	json, short, verify bool
	check               time.Duration
}

func newStatus(a *app) *cobra.Command {
	var flags statusFlags
	c := &cobra.Command{
		Use: "status", Short: "Say who this shell is, the stack and the time left",
		Long: "Say who this shell is, which role it is in and how long that lasts.\nNothing is asked of AWS, but with --verify." +
			exits(exitUsage, exitCode, exitRefused, exitUnavailable) + "\n4 is also: --check found less time than asked for, or no role",
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.status(c.Context(), flags, c.Flags().Changed("check"))
		},
	}
	c.Flags().BoolVar(&flags.json, "json", false, "print one JSON object")
	c.Flags().BoolVar(&flags.short, "short", false, "print only the text of CAMEO_PROMPT, nothing without a role")
	c.Flags().BoolVar(&flags.verify, "verify", false, "ask AWS who it takes this shell for")
	c.Flags().Var((*timeLeft)(&flags.check), "check", "fail with 4 unless the role lasts `TIME` more, such as 5m")
	return c
}

func (a *app) status(ctx context.Context, flags statusFlags, check bool) error {
	set, book := a.book()
	state := a.state(set, book)
	now := a.world.Now()
	var who *verifiedJSON
	if flags.verify {
		var err error
		if who, err = a.verify(ctx, set); err != nil {
			return err
		}
	}
	if err := a.printStatus(flags, state, who, now); err != nil {
		return err
	}
	if _, said := a.missingProfile(); said != "" && state.Active == nil && !flags.short {
		a.note("%s", said)
	}
	if check && (state.Active == nil || state.Active.Expires.Sub(now) < flags.check) {
		return &statusError{exit: exitCode}
	}
	return nil
}

func (a *app) printStatus(flags statusFlags, state switching.State, who *verifiedJSON, now time.Time) error {
	switch {
	case flags.short && state.Active == nil:
		return nil
	case flags.short:
		_, err := fmt.Fprintln(a.world.Stdout, switching.PromptText(state.Active.Role, state.Active.ReadOnly, state.Active.Expires, time.Local))
		return err
	case flags.json:
		answer := statusOf(state, now)
		answer.Verified = who
		return printJSON(a.world.Stdout, answer)
	}
	text := statusText(state, now)
	if who != nil {
		text += fmt.Sprintf("AWS says  %s\n", profiles.Inert(who.ARN))
	}
	_, err := io.WriteString(a.world.Stdout, text)
	return err
}

// verify asks AWS who the identity of this shell is: the keys of the environment,
// else those of its profile.
func (a *app) verify(ctx context.Context, set *profiles.Set) (*verifiedJSON, error) {
	sts, err := a.sts()
	if err != nil {
		return nil, err
	}
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	home := switching.HomeOf(set, a.env) // of the environment as it is, a role's keys included
	s := a.assemble(set, settings, sts, a.cache(settings), a.codes(settings))
	s.Home = func() switching.Home { return home }
	c, at, err := s.Current(ctx)
	if err != nil {
		return nil, err
	}
	arn, account, err := sts.Identity(ctx, at, c, home.Identity(set).Name)
	return &verifiedJSON{ARN: arn, AccountID: account}, err
}

// book is the roles that the files name; files and settings that cannot be read
// leave it empty: status goes on without them.
func (a *app) book() (*profiles.Set, *roles.Book) {
	set, err := a.profiles()
	if err != nil {
		a.note("%s", err)
		set = profiles.Parse("", nil, "", nil)
	}
	return set, a.bookOf(set)
}

// bookOf is the book of set; settings that cannot be read are said, and left out.
func (a *app) bookOf(set *profiles.Set) *roles.Book {
	s, err := a.settings()
	if err != nil {
		a.note("%s", err)
	}
	return a.newBook(set, s)
}

// state is who this shell is.
func (a *app) state(set *profiles.Set, book *roles.Book) switching.State {
	return a.here().State(set, book, a.moment())
}

type statusJSON struct {
	Version int          `json:"version"`
	Active  *activeJSON  `json:"active"`
	Stack   []memberJSON `json:"stack"`
	// Verified is what AWS says, under --verify.
	Verified *verifiedJSON `json:"verified,omitempty"`
}

type verifiedJSON struct {
	ARN       string `json:"arn"`
	AccountID string `json:"account_id"`
}

type activeJSON struct {
	RoleARN     string `json:"role_arn"`
	Profile     string `json:"profile"`
	AccountID   string `json:"account_id"`
	Env         string `json:"env"`
	ReadOnly    bool   `json:"read_only"`
	ByPolicy    bool   `json:"by_policy"` // other session policies narrow it
	ExpiresAt   string `json:"expires_at"`
	SecondsLeft int64  `json:"seconds_left"`
	SessionName string `json:"session_name"`
}

type memberJSON struct {
	Kind      string `json:"kind"` // "home" or "role"
	Name      string `json:"name"`
	ARN       string `json:"arn"`
	AccountID string `json:"account_id"`
}

func statusOf(state switching.State, now time.Time) statusJSON {
	answer := statusJSON{Version: jsonVersion, Stack: []memberJSON{
		{Kind: "home", Name: state.Home.Name, ARN: state.Home.ARN, AccountID: state.Home.AccountID}}}
	for _, r := range state.Below {
		answer.Stack = append(answer.Stack, memberJSON{Kind: "role", Name: r.Label(), ARN: r.ARN, AccountID: r.AccountID})
	}
	if active := state.Active; active != nil {
		r := active.Role
		answer.Active = &activeJSON{RoleARN: r.ARN, Profile: r.Profile, AccountID: r.AccountID, Env: string(r.Env), SessionName: active.SessionName, ReadOnly: active.ReadOnly, ByPolicy: active.ByPolicy}
		if !active.Expires.IsZero() {
			answer.Active.ExpiresAt = cmp.Or(active.Ends, active.Expires).UTC().Format(time.RFC3339)
			answer.Active.SecondsLeft = max(0, int64(active.Expires.Sub(now)/time.Second))
		}
		answer.Stack = append(answer.Stack, memberJSON{Kind: "role", Name: r.Label(), ARN: r.ARN, AccountID: r.AccountID})
	}
	return answer
}

func statusText(state switching.State, now time.Time) string {
	now = now.Local()
	home := profiles.Inert(state.Home.Name)
	if state.Home.AccountID != "" {
		home += " " + state.Home.AccountID
	}
	if state.Home.Name == switching.Nobody {
		home = "nobody: this shell has no AWS identity"
	}
	active := state.Active
	if active == nil {
		return fmt.Sprintf("you are   %s\nrole      none\n", home)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "you are   %s\n", switching.Describe(active.Role))
	switch {
	case active.ReadOnly && active.ByPolicy:
		text.WriteString("access    read-only, and narrowed by a policy\n")
	case active.ReadOnly:
		text.WriteString("access    read-only: it reads, data included, and changes nothing\n")
	case active.ByPolicy:
		text.WriteString("access    narrowed by a policy: it may do less than the role\n")
	}
	switch left := active.Expires.Sub(now); {
	case active.Expires.IsZero():
	case left <= 0:
		fmt.Fprintf(&text, "ended     %s: the keys fail until you switch again or exit\n", profiles.Clock(active.Expires, now))
	default:
		fmt.Fprintf(&text, "until     %s, %s left\n", profiles.Clock(active.Expires, now), profiles.Span(left))
	}
	for _, below := range slices.Backward(state.Below) {
		fmt.Fprintf(&text, "from      %s\n", switching.Describe(below))
	}
	switch {
	case active.Inherited:
		text.WriteString("home      unknown: this shell inherited the role from another; cameo exit clears it\n")
	default:
		fmt.Fprintf(&text, "home      %s\n", home)
	}
	if active.KeysChanged {
		text.WriteString("warning   the AWS variables of this shell are no longer the role's: [cameo? keys changed]\n")
	}
	return text.String()
}
