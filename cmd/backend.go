package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/creds/export"
	"cameo/creds/mfa"
	"cameo/creds/refusal"
	"cameo/internal/history"
	"cameo/internal/roles"
	"cameo/internal/safefile"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

// backend is the world as the screens see it.
type backend struct {
	app   *app
	flags switchFlags

	mu       sync.Mutex
	switcher *switching.Switcher
	fresh    bool // the files were read, and nobody has looked yet
	stamps   []string
}

func (a *app) backend(flags switchFlags) (*backend, error) {
	a.drawing = true
	b := &backend{app: a, flags: flags}
	return b, b.read()
}

// read reads the files: at the start, and whenever the user asks for it.
func (b *backend) read() error {
	b.app.read = nil
	stamps := b.app.stamps() // before they are read: what changes meanwhile is noticed
	settings, err := b.app.settings()
	if err != nil {
		return err
	}
	s, err := b.app.switcherWith(b.app.codesOr(settings, mfa.Nobody{Why: "the session that was there has ended: choose the role again"}))
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.switcher, b.fresh, b.stamps = s, true, stamps
	return nil
}

// freshen reads the files, unless they have just been read.
func (b *backend) freshen() error {
	b.mu.Lock()
	fresh := b.fresh
	b.fresh = false
	b.mu.Unlock()
	if fresh {
		return nil
	}
	if err := b.read(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fresh = false
	return nil
}

// now is the switcher of the files as they were read last.
func (b *backend) now() *switching.Switcher {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.switcher
}

func (b *backend) Now() time.Time { return b.app.world.Now() }

// Overview lists the roles; nothing is asked of AWS, and no session is looked at.
func (b *backend) Overview(context.Context) (tui.Overview, error) {
	if err := b.freshen(); err != nil {
		return tui.Overview{}, err
	}
	s := b.now()
	files := []string{s.Profiles.Config().Path, s.Profiles.Credentials().Path}
	o := tui.Overview{
		State: b.app.state(s.Profiles, s.Book), Region: b.app.region(), Looked: files,
		Sandbox: b.app.inSandbox(), Problems: problemsOf(s.Profiles),
		Integrated: b.app.emitting(), Renewable: b.renewable(), ShellSetup: b.app.setupLine(), Undo: b.app.undo(),
	}
	for _, d := range []*profiles.Document{s.Profiles.Config(), s.Profiles.Credentials()} {
		if d.Missing {
			o.Missing = append(o.Missing, d.Path)
		}
	}
	visits, now, marked := map[roles.Favourite]roles.Visit{}, b.Now(), b.app.marked()
	for _, v := range b.app.recents().Visits() {
		visits[roles.Favourite{Profile: v.Profile, ARN: v.ARN}] = v
	}
	all := s.Book.All()
	o.Rows = make([]tui.Row, len(all))
	for i, role := range all {
		if role.Problem != "" {
			o.Notices = append(o.Notices, profiles.Inert(role.Label())+": "+role.Problem)
		}
		key := roles.FavouriteOf(role)
		o.Rows[i] = tui.Row{Role: role, Favourite: marked[key]}
		if v, ok := visits[key]; ok {
			o.Rows[i].Used, o.Rows[i].Weight = v.Used[0], v.Frecency(now)
		}
	}
	for _, p := range s.Book.Problems() {
		o.Notices = append(o.Notices, p.String())
	}
	return o, nil
}

// problemsOf is the lines that could not be read, and the roles that are left out for
// their headers, in the order of the files.
func problemsOf(set *profiles.Set) []profiles.Problem {
	all := append(set.Problems(), set.LeftOut()...)
	slices.SortStableFunc(all, func(a, b profiles.Problem) int {
		switch {
		case a.File == b.File:
			return a.Line - b.Line
		case a.File == set.Config().Path:
			return -1
		}
		return 1
	})
	return all
}

// Readiness looks into the cache once, and goes through every role's chain.
func (b *backend) Readiness(ctx context.Context, of []roles.Role) ([]tui.Readiness, error) {
	s := glancing(b.now())
	known := make([]tui.Readiness, len(of))
	for i, role := range of {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		known[i].Ready, known[i].Broken = s.Ready(role)
	}
	return known, nil
}

func (b *backend) SetFavourite(ctx context.Context, role roles.Role, on bool) error {
	return b.app.favourites().Set(ctx, role, on)
}

// leave says which roles are left when the one chosen is entered.
func (b *backend) leave(session switching.Session) shell.Leaving {
	switch {
	case session.Asked.How == switching.Renewed:
		return shell.Innermost
	case b.flags.chain:
		return shell.None
	}
	return shell.All
}

func (a *app) region() string {
	if region := a.get("AWS_REGION"); region != "" {
		return region
	}
	return a.get("AWS_DEFAULT_REGION")
}

func (b *backend) Plan(ctx context.Context, wish tui.Wish) (switching.Plan, error) {
	s := b.now()
	ask, err := b.asked(s, wish)
	if err != nil {
		return switching.Plan{}, err
	}
	plan, err := s.Plan(ctx, ask)
	if err == nil && wish.For == tui.ForShell {
		err = b.app.handoffReady(s, ask)
	}
	return plan, forScreen(ctx, err, refusal.Facts{})
}

// asked is a wish in the words of a switch.
func (b *backend) asked(s *switching.Switcher, wish tui.Wish) (ask switching.Ask, err error) {
	if wish.Renew && b.renewable() {
		ask = b.app.renewal(s.Book)
		ask.Device = cmp.Or(wish.Device, ask.Device)
		return ask, nil
	}
	ask = b.flags.ask(wish.Role, switching.Picked)
	ask.ReadOnly, ask.Device = ask.ReadOnly || wish.ReadOnly, wish.Device
	ask.OnTopOf, err = b.app.onTopOf(b.flags)
	ask.CameBack = wish.For == tui.ForShell && b.app.recents().Entered(wish.Role, b.app.call.Shell)
	return ask, err
}

// renewable reports whether the active role can be renewed from here: this process runs
// in the environment below all roles of the shell, and a role that was chained from
// another is renewed by that one.
func (b *backend) renewable() bool {
	return b.app.emitting() && len(b.app.stack.Roles) == 1 && !b.flags.chain
}

func (b *backend) Switch(ctx context.Context, wish tui.Wish, plan switching.Plan, answer switching.Answer) (switching.Session, error) {
	event := eventOf(wish)
	approved, err := switching.Approve(plan, answer)
	if err != nil {
		return switching.Session{}, forScreen(ctx, b.app.keepFailure(ctx, event, plan, err), refusal.Facts{})
	}
	session, err := b.now().CarryOut(ctx, approved)
	if err == nil && wish.For == tui.ForClipboard { // what ends the screens keeps its own
		b.app.keepSession(event, session)
	}
	return session, b.withDevice(forScreen(ctx, b.app.keepFailure(ctx, event, plan, err), b.facts(plan.Role)), plan)
}

// withDevice adds to a refusal the device whose code may be what was missing.
func (b *backend) withDevice(err error, plan switching.Plan) error {
	explained, ok := errors.AsType[*explainedError](err)
	if ok && slices.ContainsFunc(explained.why.Causes, func(c refusal.Cause) bool { return c.Kind == refusal.MFARequired }) {
		explained.device = b.now().Device(plan, explained.why.Role)
	}
	return err
}

// eventOf is what the history calls a wish: the verb that does the same.
func eventOf(wish tui.Wish) history.Kind {
	switch {
	case wish.Renew:
		return history.Refresh
	case wish.For == tui.ForSubshell:
		return "shell"
	case wish.For == tui.ForCommand:
		return "exec"
	case wish.For == tui.ForClipboard:
		return "export"
	case wish.For == tui.ForConsole, wish.For == tui.ForConsoleLink:
		return "console"
	}
	return history.Switch
}

// facts is what this machine remembers of a role.
func (b *backend) facts(role roles.Role) refusal.Facts {
	facts := refusal.Facts{Now: b.Now(), Role: shellWord(role.Label())}
	facts.WorkedAt, facts.SeenAt = b.app.entered(role)
	for _, known := range b.now().Book.All() {
		facts.KnownRoles = append(facts.KnownRoles, known.ARN)
	}
	return facts
}

// Exit names who the shell is again; the shell's own undo does the rest, when the
// screens are closed.
func (b *backend) Exit(context.Context, bool) (switching.Identity, error) {
	s := b.now()
	return b.app.state(s.Profiles, s.Book).Home, nil
}

// Link is the console's own, for a role that the console can switch to.
func (b *backend) Link(_ context.Context, role roles.Role) (string, error) {
	if p, ok := b.now().Profiles.Profile(role.Profile); ok {
		if id, _ := p.Get("external_id"); id.Text != "" {
			return "", errors.New("the role asks for an external ID, which the console cannot give")
		}
	}
	if n := len(strings.TrimPrefix(role.Path, "/") + role.Name); n > profiles.LongestConsoleRole {
		return "", fmt.Errorf("the console takes %d characters of path and name, and this role has %d", profiles.LongestConsoleRole, n)
	}
	link := profiles.SwitchLink{Partition: role.Partition, Account: role.AccountID, Path: role.Path, Name: role.Name, DisplayName: role.Label()}.String()
	if link == "" {
		return "", errors.New("its partition has no console that is known")
	}
	return link, nil
}

// Exports is what `cameo export` prints.
func (b *backend) Exports(_ context.Context, session switching.Session) (profiles.Secret, error) {
	var text strings.Builder
	err := export.Write(&text, "env", session.Role.Label(), session.Credentials)
	return profiles.NewSecret(text.String()), err
}

func (b *backend) Copy(ctx context.Context, text profiles.Secret) (string, error) {
	return clipboard{env: b.app.get, goos: runtime.GOOS, look: exec.LookPath}.copy(ctx, text)
}

// Changed compares the files with what they were when they were read.
func (b *backend) Changed(context.Context) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stamps != nil && !slices.Equal(b.stamps, b.app.stamps())
}

// stamps tell one state of the files that the list is made of from another.
func (a *app) stamps() []string {
	where := profiles.Locate(a.env, runtime.GOOS)
	var all []string
	for _, path := range []string{where.Config, where.Credentials, a.settingsPath()} {
		stamp := "none"
		if info, err := os.Stat(path); err == nil {
			stamp = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
		}
		all = append(all, stamp)
	}
	return all
}

// Add is `cameo add`, without a word on the terminal.
func (b *backend) Add(ctx context.Context, role string) error {
	if role = profiles.Pasted(role); !strings.HasPrefix(role, "arn:") && !profiles.IsSwitchLink(role) {
		return errors.New("that is neither the ARN of a role (arn:aws:iam::123456789012:role/NAME) nor a Switch Role link")
	}
	a := *b.app
	a.flags.quiet = true
	return forScreen(ctx, a.add(role, addFlags{}), refusal.Facts{})
}

// Editor is $VISUAL, else $EDITOR, at the line of a file.
func (b *backend) Editor(_ context.Context, at profiles.Position) (*exec.Cmd, error) {
	if at.File == "" {
		path, err := b.app.settingsFile()
		if err != nil {
			return nil, err
		}
		if err := writeExample(path); err != nil {
			return nil, err
		}
		at.File = path
	}
	argv := b.app.editor(at.File, at.Line)
	program, err := lookPath(argv[0])
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, argv[1:]...)
	command.Env = b.app.childEnviron()
	return command, nil
}

// writeExample writes settings that show what a rule looks like, where there are none.
func writeExample(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return safefile.Write(path, []byte(exampleSettings), 0o600)
}

const exampleSettings = `# Roles of many accounts, without a profile each. Take the marks away, and put your
# own in: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html

# [[roles]]
# accounts = ["111122223333", "444455556666"]   # or a file: first line id,alias,env
# roles    = ["Admin", "ReadOnly"]
# source   = "default"                          # the profile that signs
# env      = "dev"
`

// screenError is an error in the words of the command line, with the command to
// type next.
type screenError struct {
	err     error
	message string
	try     string
	why     refusal.Explanation // its zero value: it is no answer of AWS
}

func (e *screenError) Error() string { return e.message }
func (e *screenError) Unwrap() error { return e.err }

// Try is the command to type next.
func (e *screenError) Try() string { return e.try }

// explainedError is one of which more is known than its sentence.
type explainedError struct {
	*screenError
	device string
}

// Explanation is what AWS's answer means.
func (e *explainedError) Explanation() refusal.Explanation { return e.why }

// Device is the MFA device whose code may be what was missing; empty: none is known.
func (e *explainedError) Device() string { return e.device }

func (e *explainedError) Unwrap() error { return e.screenError }

// forScreen is an error as the screens show it; facts is what is known of the way that
// failed.
func forScreen(ctx context.Context, err error, facts refusal.Facts) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	f := explain(ctx, err)
	if why, ok := refusal.Explain(err, facts); ok && !codeIsWrong(err) {
		if f.exit == exitRefused { // AWS's own words stand in a place of their own there
			f.message = why.What + ": " + why.Summary
		}
		// What is only possible is looked into first: explain --check says more.
		for i, cause := range why.Causes {
			known := i == 0 && cause.Certainty != refusal.Possible
			if command := commandOf(cause); command != "" && (known || f.try == "") {
				f.try = command
				break
			}
		}
		return &explainedError{screenError: &screenError{err, f.message, f.try, why}}
	}
	if f.try == "" && f.message == err.Error() {
		return err
	}
	return &screenError{err, f.message, f.try, refusal.Explanation{}}
}

// codeIsWrong reports whether another code may do: then it is asked for again.
func codeIsWrong(err error) bool {
	_, rejected := errors.AsType[*creds.CodeRejectedError](err)
	return rejected
}

// glancing is s with a cache that has looked once which sessions it holds: a list of
// ten thousand roles must not open as many files to find that they are not there.
func glancing(s *switching.Switcher) *switching.Switcher {
	store, ok := s.Broker.Cache.(*cache.Store)
	if !ok {
		return s
	}
	kept, err := store.List()
	if err != nil {
		return s
	}
	broker, quick := *s.Broker, *s
	broker.Cache = glance{store, kept}
	quick.Broker = &broker
	return &quick
}

// glance is a cache that opens only what was there when it was listed.
type glance struct {
	*cache.Store
	kept map[creds.Key]time.Time
}

// Peek is that of the store, for what it holds.
func (g glance) Peek(key creds.Key) (creds.Credentials, error) {
	if _, ok := g.kept[key]; !ok {
		return creds.Credentials{}, cache.ErrMiss
	}
	return g.Store.Peek(key)
}

// Relabel is `cameo edit` for the keys that are cameo's own.
func (b *backend) Relabel(ctx context.Context, role roles.Role, labels tui.Labels, dry bool) (string, error) {
	if labels.Env != "" && !slices.Contains(environments(), labels.Env) {
		return "", fmt.Errorf("env: %s is none of %s", profiles.Quote(labels.Env), strings.Join(environments(), ", "))
	}
	wanted := []profiles.Setting{{Key: "cameo_env", Value: labels.Env}, {Key: "cameo_alias", Value: labels.Alias}, {Key: "cameo_color", Value: labels.Color}}
	set, err := b.app.profiles()
	if err != nil {
		return "", forScreen(ctx, err, refusal.Facts{})
	}
	p, _ := set.Profile(role.Profile)
	var settings []profiles.Setting
	var pairs []string
	for _, s := range wanted {
		if now, _ := p.Get(s.Key); now.Text != s.Value {
			settings, pairs = append(settings, s), append(pairs, s.Key+"="+s.Value)
		}
	}
	if len(settings) == 0 {
		return "", nil
	}
	changes, err := set.Edit(role.Profile, settings...)
	if err != nil {
		return "", forScreen(ctx, err, refusal.Facts{})
	}
	diff := unifiedDiff(slices.DeleteFunc(changes[:], func(c profiles.Change) bool { return !c.Changed() }))
	if dry {
		return diff, nil
	}
	a := *b.app
	a.flags.quiet = true
	return diff, forScreen(ctx, a.editProfile(role.Profile, pairs, false), refusal.Facts{})
}
