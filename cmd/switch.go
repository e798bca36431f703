package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/internal/term"
	"cameo/profiles"
)

// switchFlags are those of switch.
type switchFlags struct {
	sessionFlags
	confirm string
	chain   bool
}

func (f *switchFlags) add(flags *pflag.FlagSet) {
	f.sessionFlags.add(flags)
	flags.StringVar(&f.confirm, "confirm", "", "last four `DIGITS` of the account, which confirm a production role")
	flags.BoolVar(&f.chain, "chain", false, "enter the role from the active one, which signs, and come back to it with exit --one")
}

func (f switchFlags) again() string {
	if f.chain {
		return " --chain" + f.sessionFlags.again()
	}
	return f.sessionFlags.again()
}

// attempt is an error on the way to a role, with the command that would try again.
func (f switchFlags) attempt(err error, role string) *attemptError {
	shorter := f
	shorter.sessionFlags = f.anHour()
	return &attemptError{err: err, verb: "cameo switch", role: shellWord(role), flags: f.again(), shorter: shorter.again()}
}

func newSwitch(a *app) *cobra.Command {
	var flags switchFlags
	c := &cobra.Command{
		Use: "switch [ROLE | -]", Short: "Become a role in this shell",
		Long: `Become a role in this shell. ROLE is a profile, an alias, ACCOUNT/ROLE, a role ARN
or a Switch Role link, in full: switch never guesses; - is the role before the
present one. Without ROLE it opens the list.

  cameo switch prod-update
  cameo switch 123456789012/Auditor --read-only --reason INC-4711

A switch inside a role replaces it: the role's own source signs, as in the AWS
console. With --chain the active role signs, and exit --one comes back to it.` +
			exits(exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole, exitCancelled),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one ROLE")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.pick(c.Context(), flags, "", pickerHeight)
			}
			return a.switchNamed(c.Context(), flags, args[0])
		},
	}
	flags.add(c.Flags())
	return c
}

// pickerHeight is the rows of the picker under the prompt, so that the last output
// stays visible.
const pickerHeight = 14

// runBare is cameo without one of its verbs.
func (a *app) runBare(ctx context.Context, verbs []*cobra.Command, flags switchFlags, args []string) error {
	if len(args) == 0 {
		return a.pick(ctx, flags, "", 0)
	}
	word := strings.Join(args, " ")
	_, book := a.book()
	if _, err := book.Resolve(word); err != nil && word != "-" {
		verb := verbNear(args[0], verbs)
		if a.canAsk() && (verb == "" || finds(book, word)) {
			return a.pick(ctx, flags, word, pickerHeight)
		}
		return orVerb(err, verb, args[1:])
	}
	return a.switchNamed(ctx, flags, word)
}

// verbNear is the one of verbs that word may have been meant to be; empty: none.
func verbNear(word string, verbs []*cobra.Command) string {
	var names []string
	for _, c := range verbs {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	for _, near := range profiles.Nearest(word, names, 1) {
		return near
	}
	return ""
}

// finds reports whether the list, filtered by query, would show anything.
func finds(book *roles.Book, query string) bool {
	var entries []roles.Entry
	for _, role := range book.All() {
		entries = append(entries, roles.Entry{Role: role})
	}
	return len(roles.NewIndex(entries).Search(roles.ParseQuery(query), false)) > 0
}

// orVerb adds to err the verb that was meant, perhaps. More words make that likely:
// then it is the command to try.
func orVerb(err error, verb string, more []string) error {
	if verb == "" {
		return err
	}
	f := explain(context.Background(), err)
	coded := &codedError{exit: f.exit, code: f.code, message: f.message + fmt.Sprintf("; or the verb %q", verb), try: f.try}
	if len(more) > 0 || f.try == "cameo profiles" {
		coded.try = "cameo " + verb
		for _, word := range more {
			coded.try += " " + shellWord(word)
		}
	}
	return coded
}

func (a *app) canAsk() bool { return !a.noInput() && hasTerminal() }

func (a *app) emitting() bool { return a.flags.emit != "" }

// integrated fails where this process cannot change the shell.
func (a *app) integrated() error {
	if a.emitting() {
		return nil
	}
	return usage(a.setupLine(), "this shell is not set up, so it cannot change identity: nothing was requested")
}

// setupLine is what to type in this shell so that cameo can change it.
func (a *app) setupLine() string {
	switch name := a.shellName(); name {
	case "fish":
		return "cameo init fish | source"
	case "powershell":
		return "cameo init powershell | Out-String | Invoke-Expression"
	case "nushell":
		return "cameo init nushell | save -f ~/.config/nushell/autoload/cameo.nu"
	default:
		return fmt.Sprintf(`eval "$(cameo init %s)"`, name)
	}
}

// offerSubshell asks whether a subshell will do where this shell cannot be changed,
// as err says. Nothing has been requested yet.
func (a *app) offerSubshell(ctx context.Context, flags switchFlags, word string, err error) error {
	if a.noInput() || word == "-" || flags.chain {
		return err
	}
	t, openErr := a.openTerminal()
	if openErr != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	_, book := a.book()
	if _, unknown := book.Resolve(word); unknown != nil {
		return unknown
	}
	answer, askErr := t.Ask(ctx, fmt.Sprintf("This shell is not set up, so it cannot change identity. Start a subshell in %s instead? [y/N] ", profiles.Quote(word)))
	if askErr != nil {
		return askErr
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return err
	}
	return a.shell(ctx, flags.sessionFlags, word)
}

func (a *app) shellName() string {
	name := a.get("SHELL")
	name = strings.TrimSuffix(name[strings.LastIndexAny(name, `/\`)+1:], ".exe")
	switch name {
	case "nu":
		return "nushell"
	case "pwsh":
		return "powershell"
	}
	if _, err := shell.Lookup(name); err != nil {
		return "bash"
	}
	return name
}

// switchNamed becomes the role that word names in full.
func (a *app) switchNamed(ctx context.Context, flags switchFlags, word string) error {
	if err := a.integrated(); err != nil {
		return a.offerSubshell(ctx, flags, word, err)
	}
	if err := flags.settle(ctx); err != nil {
		return err
	}
	code, err := a.readCode(ctx, flags.code)
	if err != nil {
		return err
	}
	s, err := a.switcher()
	if err != nil {
		return err
	}
	if err := a.saysChainPlainly(flags); err != nil {
		return err
	}
	ask, err := a.named(s, flags, word)
	if err != nil {
		return flags.attempt(err, word)
	}
	role := ask.Role
	if ask.OnTopOf, err = a.onTopOf(flags); err != nil {
		return err
	}
	ask.CameBack = a.recents().Entered(role, a.call.Shell)
	session, err := a.become(ctx, s, ask, switching.Answer{Code: code, Digits: flags.confirm})
	if err != nil {
		return a.unchanged(s, flags.attempt(err, role.Label()))
	}
	leave := shell.All
	if flags.chain {
		leave = shell.None
	}
	return a.handOver(ctx, s, session, leave)
}

// become is the whole way to a session: plan, guard, exchanges.
func (a *app) become(ctx context.Context, s *switching.Switcher, ask switching.Ask, answer switching.Answer) (switching.Session, error) {
	plan, err := s.Plan(ctx, ask)
	if err != nil {
		return switching.Session{}, err
	}
	if err := a.handoffReady(s, ask); err != nil {
		return switching.Session{}, err
	}
	approved, err := a.approve(ctx, plan, answer)
	if err != nil {
		return switching.Session{}, a.keepFailure(ctx, kindOf(ask.How), plan, err)
	}
	session, err := s.CarryOut(ctx, approved, nil)
	return session, a.keepFailure(ctx, kindOf(ask.How), plan, err)
}

// named asks for the role that word names; "-" is the one entered last, but for the
// active one, and read-only where it was entered so. Under which other policy it was
// is not remembered: then it has to be named, or narrowed anew.
func (a *app) named(s *switching.Switcher, flags switchFlags, word string) (switching.Ask, error) {
	if word != "-" {
		role, err := s.Book.Resolve(word)
		return flags.ask(role, switching.Named), err
	}
	active := a.state(s.Profiles, s.Book).Active
	for _, visit := range a.recents().Visits() {
		role, err := s.Book.Visited(visit)
		if err == nil && (active == nil || !visit.Is(active.Role)) {
			if visit.Narrowed && !flags.terms.Narrowed() {
				return switching.Ask{}, &codedError{exit: exitRefused, code: "guard",
					message: fmt.Sprintf("%s was entered last under a policy, which - does not know: it is not given whole", profiles.Inert(role.Label())),
					try:     "cameo switch " + shellWord(role.Label()) + " --policy FILE"}
			}
			ask := flags.ask(role, switching.Previous)
			ask.ReadOnly = ask.ReadOnly || visit.ReadOnly
			return ask, nil
		}
	}
	return switching.Ask{}, &codedError{exit: exitNoRole, code: "role_not_found", message: "there is no previous role", try: "cameo profiles"}
}

// saysChainPlainly refuses a --chain that the shell's function, which has to know
// in which environment to run this, reads in another way than this program.
func (a *app) saysChainPlainly(flags switchFlags) error {
	words := a.world.Args
	if end := slices.Index(words, "--"); end >= 0 {
		words = words[:end]
	}
	plain := slices.Contains(words, "--chain") || slices.Contains(words, "--chain=true")
	if a.emitting() && plain != flags.chain {
		return usage("cameo switch --help", "--chain has to stand alone, as --chain")
	}
	return nil
}

// onTopOf names the role that signs under --chain; empty without the flag, and
// where no role is active: home signs then, as it would.
func (a *app) onTopOf(flags switchFlags) (string, error) {
	if !flags.chain {
		return "", nil
	}
	if flags.source != "" {
		return "", usage("cameo switch --help", "--chain and --source exclude each other: the active role signs")
	}
	if n := len(a.stack.Roles); n > 0 {
		top := a.stack.Roles[n-1]
		if top.Changed(a.env) {
			return "", &codedError{exit: exitConfig, code: "source_conflict",
				message: fmt.Sprintf("the AWS variables of this shell are no longer those of %s, which should sign", profiles.Inert(top.Label())), try: "cameo exit"}
		}
		return top.Label(), nil
	}
	if a.get("CAMEO_ROLE") != "" {
		return a.get("CAMEO_ROLE"), nil
	}
	return "", nil
}

// approve passes the guard, asking for the digits where somebody is there.
func (a *app) approve(ctx context.Context, plan switching.Plan, answer switching.Answer) (switching.Approved, error) {
	approved, err := switching.Approve(plan, answer)
	var guard *switching.GuardError
	if !errors.As(err, &guard) || guard.Given != "" || a.noInput() {
		return approved, err
	}
	t, openErr := a.openTerminal()
	if openErr != nil {
		return approved, err
	}
	defer t.Close()
	answer.Digits, openErr = t.Ask(ctx, fmt.Sprintf("%s is %s, account %s. Its last four digits: ", profiles.Inert(plan.Role.Label()), strings.ToUpper(plan.Role.Env.Word()), plan.Role.AccountID))
	if openErr != nil {
		return approved, openErr
	}
	answer.Digits = strings.TrimSpace(answer.Digits)
	return switching.Approve(plan, answer)
}

// unchanged says of an error on the way to a role that the shell is who it was.
func (a *app) unchanged(s *switching.Switcher, attempt *attemptError) error {
	if errors.Is(attempt, context.Canceled) || errors.Is(attempt, term.ErrCancelled) {
		return attempt.err
	}
	state := a.state(s.Profiles, s.Book)
	who := state.Home.Name
	if state.Active != nil {
		who = state.Active.Role.Label()
	}
	attempt.unchanged = who
	return attempt
}

// attemptError is an error on the way to a role, with what the user may do next.
type attemptError struct {
	err       error
	verb      string // of the command that tries again: "cameo switch"
	role      string // as a shell's word; empty: there is none in it
	flags     string // each after a space: without them it would ask for something else, or for more
	shorter   string // the flags of the same session for an hour
	rest      string // what stands at its end
	unchanged string // who the shell still is; empty: no shell was to change
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

func (e *attemptError) retry() string {
	if e.role == "" {
		return e.verb + e.flags
	}
	return e.verb + " " + e.role + e.flags
}
