package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/creds/console"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

// consoleFlags are those of console.
type consoleFlags struct {
	sessionFlags
	print   bool
	service string
}

func newConsole(a *app) *cobra.Command {
	var flags consoleFlags
	c := &cobra.Command{
		Use: "console [ROLE]", Short: "Open the AWS console in a browser, as a role",
		Long: `Open the AWS console in a browser, signed in as a role. Without ROLE it is the active
role; where none is, the list opens. The setting browser names the program, and may
put each role into a container of its own.

  cameo console prod-update --service s3
  cameo console deploy --print

The browser gets an address on this machine, good for one visit within a minute, that
leads to AWS's link: so the link is in nobody's arguments. --print prints the link
itself. It is valid for 15 minutes, and signs in whoever has it.` +
			exits(exitOther, exitUsage, exitConfig, exitCode, exitRefused, exitUnavailable, exitNoRole, exitCancelled),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one ROLE")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.console(c.Context(), flags, args) },
	}
	flags.add(c.Flags())
	c.Flags().BoolVar(&flags.print, "print", false, "print the link in place of opening it")
	c.Flags().Var((*something)(&flags.service), "service", "open the page of `SERVICE`, such as s3, ec2 or lambda")
	return c
}

func (a *app) console(ctx context.Context, flags consoleFlags, args []string) error {
	if flags.service != "" && !console.IsService(flags.service) {
		return usage("cameo console --service s3", "--service: %s is not how addresses of the console call a service", profiles.Quote(flags.service))
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	if len(args) == 0 && !a.here().InRole() && !a.canAsk() {
		return usage("cameo console ROLE", "no role is active, none was named, and there is no terminal to ask on")
	}
	var b browser
	if !flags.print { // before a code is used up
		if b, err = a.browser(s); err != nil {
			return toPrint(err, flags, args)
		}
	}
	switcher, session, err := a.consoleSession(ctx, flags, args)
	if err != nil {
		return err
	}
	link, err := a.consoleLink(ctx, switcher, session, flags.region, flags.service)
	if err != nil {
		return a.consoleFailed(ctx, flags, args, session, err)
	}
	name := profiles.Inert(session.Role.Label())
	if flags.print {
		a.keepSession("console", session)
		a.note("this link is valid for %s, and signs anyone who has it in as %s", profiles.Span(console.Lasts), name)
		return a.say("%s\n", link.Reveal())
	}
	a.note("opening the console of %s with %s", name, b.name())
	if err := b.open(ctx, link, session.Role); err != nil {
		return toPrint(err, flags, args)
	}
	a.keepSession("console", session)
	return nil
}

// toPrint is an error of the browser, with the command that needs none.
func toPrint(err error, flags consoleFlags, args []string) error {
	none, ok := errors.AsType[*noBrowserError](err)
	if !ok {
		return err
	}
	flags.print = true
	return &codedError{exit: exitOther, code: "other", message: none.why, try: flags.again(args)}
}

// again is the command with its flags.
func (f consoleFlags) again(args []string) string {
	words := []string{"cameo console"}
	for _, word := range args {
		words = append(words, shellWord(word))
	}
	command := strings.Join(words, " ") + f.sessionFlags.again()
	if f.service != "" {
		command += " --service " + shellWord(f.service)
	}
	if f.print {
		command += " --print"
	}
	return command
}

// consoleSession gets the session of the role that is named, else of the active one,
// else of the one that is picked.
func (a *app) consoleSession(ctx context.Context, flags consoleFlags, args []string) (*switching.Switcher, switching.Session, error) {
	if len(args) == 0 && !a.here().InRole() {
		return a.pickConsole(ctx, flags)
	}
	u, err := a.sessions(ctx, flags.sessionFlags, "console")
	if err != nil {
		return nil, switching.Session{}, err
	}
	if len(args) == 0 {
		session, err := a.activeSession(ctx, u.switcher, flags.sessionFlags, u.code)
		return u.switcher, session, err
	}
	role, err := u.resolve(args[0])
	if err != nil {
		return nil, switching.Session{}, err
	}
	session, err := u.of(ctx, role)
	return u.switcher, session, err
}

// pickConsole opens the list, in which Enter gets a role for the console.
func (a *app) pickConsole(ctx context.Context, flags consoleFlags) (*switching.Switcher, switching.Session, error) {
	if err := flags.settle(ctx); err != nil {
		return nil, switching.Session{}, err
	}
	b, err := a.backend(switchFlags{sessionFlags: flags.sessionFlags})
	if err != nil {
		return nil, switching.Session{}, err
	}
	b.browserKnown = true
	result, err := a.screensFor(ctx, tui.ForConsole, b, "", pickerHeight, b.now().Settings.UI)
	switch {
	case err == nil && result.Kind == tui.Demo: // there is no role yet
		return nil, switching.Session{}, cmp.Or(a.demo(ctx), errCancelled)
	case err != nil:
		return nil, switching.Session{}, err
	case result.Kind != tui.Picked:
		return nil, switching.Session{}, errCancelled
	}
	return b.now(), result.Session, nil
}

// activeSession is the session that this shell is in: its own keys, where they are in
// the environment. Else it is had as it was asked for, or, in a child of the shell that
// did, by the role's name.
func (a *app) activeSession(ctx context.Context, s *switching.Switcher, flags sessionFlags, code string) (switching.Session, error) {
	shaping := flags
	if shaping.region = ""; shaping.again() != "" {
		return switching.Session{}, usage("cameo console ROLE"+shaping.again(), "without a ROLE it is the console of the active role as it is: name the role to have another session of it")
	}
	stack := a.stack
	if len(stack.Roles) == 0 {
		stack = a.base
	}
	if len(stack.Roles) == 0 {
		return a.inheritedSession(ctx, s, code)
	}
	top, ask := stack.Roles[len(stack.Roles)-1], stack.Again(s.Book)
	name := profiles.Inert(top.Label())
	switch {
	case !a.emitting() && top.Changed(a.env):
		return switching.Session{}, otherKeys(top.Label())
	case !a.emitting() && !top.ByProfile:
		return a.environmentSession(top, ask)
	case !a.emitting():
		if err := a.stillActive(a.get("CAMEO_ROLE")); err != nil {
			return switching.Session{}, err
		}
	case ask.OnTopOf != "": // its keys are not in this process's environment
		return switching.Session{}, &codedError{exit: exitOther, code: "other",
			message: fmt.Sprintf("%s was entered from another role: from here its session cannot be seen", name), try: "cameo console"}
	}
	if plan, err := s.Plan(ctx, ask); !top.ByProfile && err == nil && plan.Ready.IsZero() {
		// Another one is not who this shell is; and its keys are out of reach here.
		return switching.Session{}, &codedError{exit: exitOther, code: "other",
			message: fmt.Sprintf("the session of %s has ended, or is not kept on this machine", name), try: "cameo console"}
	}
	return useForConsole(ctx, s, ask, code)
}

// environmentSession is the session whose keys are in the environment, of the role that
// ask asks for again.
func (a *app) environmentSession(role switching.Entered, ask switching.Ask) (switching.Session, error) {
	c, err := creds.FromEnvironment(a.env)
	if err == nil && !role.Issued.Shown(role.Expires, a.moment()).After(a.world.Now()) {
		err = &codedError{exit: exitCode, code: "interaction_needed", message: fmt.Sprintf("the session of %s has ended", profiles.Inert(role.Label())), try: "cameo refresh"}
	}
	c.Expires, c.Issued = role.Expires, role.Issued
	return switching.Session{Role: ask.Role, Credentials: c, Name: role.SessionName, Region: role.Region, Source: role.Source, Asked: ask}, err
}

// inheritedSession is that of the role which CAMEO_ROLE names: of the keys that came
// with it, where there are some.
func (a *app) inheritedSession(ctx context.Context, s *switching.Switcher, code string) (switching.Session, error) {
	if c, err := creds.FromEnvironment(a.env); err == nil {
		return a.sessionOfKeys(ctx, s, a.get("CAMEO_ROLE"), c)
	}
	terms, err := a.activeTerms()
	if err != nil {
		return switching.Session{}, err
	}
	role, err := s.Book.Resolve(a.get("CAMEO_ROLE"))
	if err != nil {
		return switching.Session{}, err
	}
	return useForConsole(ctx, s, switching.Ask{Role: role, Terms: terms}, code)
}

func useForConsole(ctx context.Context, s *switching.Switcher, ask switching.Ask, code string) (switching.Session, error) {
	session, err := s.Use(ctx, ask, code)
	if err != nil {
		err = &attemptError{err: err, verb: "cameo console"}
	}
	return session, err
}

// sessionOfKeys is the session of the role called word that c are the keys of. What
// shaped it is not known here, so AWS is asked whose they are.
func (a *app) sessionOfKeys(ctx context.Context, s *switching.Switcher, word string, c creds.Credentials) (switching.Session, error) {
	role, err := s.Book.Resolve(word)
	if err != nil {
		return switching.Session{}, err
	}
	at := creds.FindEndpoint(profiles.Chain{Steps: []profiles.Step{{RoleARN: profiles.Value{Text: role.ARN}}}}, "", a.env)
	ask := switching.Ask{Role: role}
	if request, err := s.Request(ask); err == nil {
		at = request.Endpoint
	}
	arn, _, err := s.Broker.STS.Identity(ctx, at, c, role.Label())
	switch {
	case err != nil:
		return switching.Session{}, &attemptError{err: err, verb: "cameo console"}
	case !isSessionOf(arn, role):
		return switching.Session{}, otherKeys(role.Label())
	}
	_, name := roleOfSession(arn)
	return switching.Session{Role: role, Credentials: c, Name: name, Source: role.Source, Asked: ask}, nil
}

// otherKeys is the error of a shell whose keys were changed since it switched to the
// role called label.
func otherKeys(label string) error {
	return &codedError{exit: exitConfig, code: "source_conflict",
		message: fmt.Sprintf("the AWS variables of this shell are no longer those of %s: no console is opened", profiles.Inert(label)), try: "cameo status"}
}

// consoleLink asks AWS for the link that signs in as a session.
func (a *app) consoleLink(ctx context.Context, s *switching.Switcher, session switching.Session, region, service string) (profiles.Secret, error) {
	length, endpoint, in := s.ConsoleTerms(session.Asked)
	partition := session.Role.Partition
	if partition == "" { // a profile without a role
		partition, _ = profiles.PartitionOf(cmp.Or(region, session.Region))
	}
	return console.Request{
		Name: session.Role.Label(), Credentials: session.Credentials, Partition: partition, Service: service, Length: length, Endpoint: endpoint, EndpointIn: in,
		Region: console.Region(partition, region, session.Region, a.get("AWS_REGION"), a.get("AWS_DEFAULT_REGION")),
	}.SignIn(ctx, s.Broker.STS)
}

// consoleFailed keeps in the history that there was no link, and adds what to try.
func (a *app) consoleFailed(ctx context.Context, flags consoleFlags, args []string, session switching.Session, err error) error {
	plan := switching.Plan{Role: session.Role, Source: session.Source,
		Session: switching.SessionTerms{Name: session.Name, ReadOnly: session.Asked.ReadOnly, Reason: session.Asked.Reason}}
	err = a.keepFailure(ctx, "console", plan, err)
	if _, refused := errors.AsType[*console.RefusedError](err); refused && session.Asked.How == switching.Renewed {
		return &codedError{exit: exitRefused, code: "refused", message: err.Error(), try: "cameo refresh"}
	}
	return &attemptError{err: err, verb: flags.again(args)}
}

// explainConsole is the part of explain for what AWS's sign-in to the console says.
func explainConsole(f *failure, err error) bool {
	var refused *console.RefusedError
	var keys *console.NoSessionError
	var unknown *console.NoConsoleError
	var strange *console.EndpointError
	switch {
	case errors.As(err, &refused):
		f.exit, f.code, f.try = exitRefused, "refused", "cameo logout "+shellWord(refused.Name)
	case errors.As(err, &keys):
		f.exit, f.code, f.try = exitRefused, "refused", "cameo profiles"
	case errors.As(err, &strange):
		f.exit, f.code, f.at, f.try = exitConfig, "other", strange.In, "cameo doctor"
		if strange.In.Line > 0 {
			f.try = editAt(strange.In)
		}
	case errors.As(err, &unknown):
		f.exit, f.code, f.try = exitConfig, "other", "cameo profiles"
	default:
		return false
	}
	return true
}
