package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"cameo/creds/export"
	"cameo/creds/mfa"
	"cameo/creds/refusal"
	"cameo/internal/history"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
	"cameo/tui"
)

// backend is the world as the screens see it.
type backend struct {
	app   *app
	flags switchFlags
	// browserKnown is true where `cameo console`, whose list this is, has looked for a
	// browser, or needs none for a link that it prints.
	browserKnown bool

	mu       sync.Mutex
	switcher *switching.Switcher
	fresh    bool // the files were read, and nobody has looked yet
	stamps   []string
	skipped  []settings.Warning // of the settings
}

func (a *app) backend(flags switchFlags) (*backend, error) {
	a.ear.begin()
	b := &backend{app: a, flags: flags}
	err := b.read()
	if err != nil {
		a.sayKept()
	}
	return b, err
}

// read reads the files: at the start, and whenever the user asks for it.
func (b *backend) read() error {
	b.app.read = nil
	stamps := b.app.stamps() // before they are read: what changes meanwhile is noticed
	chosen, err := b.app.settings()
	if err != nil {
		return err
	}
	s, err := b.app.switcherWith(b.app.codesOr(chosen, mfa.Nobody{Why: "the session that was there has ended: choose the role again"}))
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.switcher, b.fresh, b.stamps, b.skipped = s, true, stamps, b.app.read.warnings
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
		Sandbox: b.app.inSandbox(), Problems: append(problemsOf(s.Profiles), b.skippedSettings()...),
		Integrated: b.app.emitting(), Renewable: b.renewable(), ShellSetup: b.app.setupLine(), Undo: b.app.undo(),
	}
	o.RenewableAfter, o.Renewal = b.renewal()
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
		o.Rows[i] = tui.Row{Role: role, Favourite: marked[key], Readiness: tui.Readiness{Code: role.MFA}}
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

// skippedSettings is the tables of the settings that could not be used.
func (b *backend) skippedSettings() []profiles.Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []profiles.Problem
	for _, w := range b.skipped {
		all = append(all, profiles.Problem{Position: profiles.Position{File: w.File, Line: w.Line}, Reason: w.What + ": " + w.Why, Fix: meantKey(w)})
	}
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
		known[i].Ready, known[i].Code, known[i].Broken = s.Ready(role)
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
	if err := b.canOpenConsole(wish); err != nil {
		return switching.Plan{}, forScreen(ctx, err, refusal.Facts{})
	}
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

// renewal says how the active role is renewed where it cannot be from here: the shell's
// function runs the verb in the environment of the role below, whose keys sign. after is
// true where the shell can be told to.
func (b *backend) renewal() (after bool, words string) {
	stack := b.app.stack.Roles
	n := len(stack)
	switch {
	case b.renewable() || !b.app.emitting() || n == 0 && len(b.app.base.Roles) == 0:
		return false, ""
	case n == 0:
		return false, "leave this shell, which was started in the role, and start another"
	case n > 1:
		below := stack[n-2]
		if ends := below.Issued.Shown(below.Expires, b.app.moment()); !ends.After(b.Now()) {
			return false, "enter " + below.Label() + " again first, which signs for it: its session has ended"
		}
	}
	if d, err := shell.Lookup(b.app.flags.emit); err == nil {
		if text, err := d.Refresh(b.app.refreshFlags()...); err == nil && text != "" {
			return true, ""
		}
	}
	return false, "cameo refresh, at the prompt"
}

func (b *backend) Switch(ctx context.Context, wish tui.Wish, plan switching.Plan, answer switching.Answer, watch func(switching.Progress)) (switching.Session, error) {
	event := eventOf(wish)
	approved, err := switching.Approve(plan, answer)
	if err != nil {
		return switching.Session{}, forScreen(ctx, b.app.keepFailure(ctx, event, plan, err), refusal.Facts{})
	}
	defer b.app.ear.listen(func(sentence string) { watch(switching.Progress{Words: sentence}) })()
	session, err := b.now().CarryOut(ctx, approved, watch)
	if err == nil && wish.For == tui.ForClipboard { // what ends the screens keeps its own
		b.app.keepSession(event, session)
	}
	return session, b.withDevice(forScreen(ctx, b.app.keepFailure(ctx, event, plan, err), b.facts(plan.Role)), plan)
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
