package cmd

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	xterm "golang.org/x/term"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/creds/mfa"
	"cameo/creds/source"
	"cameo/internal/roles"
	"cameo/internal/safefile"
	"cameo/internal/settings"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/internal/term"
	"cameo/profiles"
)

// app is the program wired together for one invocation: what the world and the
// global flags say, read once.
type app struct {
	world *World
	flags globalFlags

	// call is what the shell's function handed over; its environment is the one
	// that other programs of this shell see.
	call  shell.Call
	stack switching.Stack
	read  *readSettings // nil: not read yet
	// base is the stack with which `cameo shell` started this shell; empty in any
	// other.
	base switching.Stack
	// tookTerminal is true once the shell's function was told that the terminal is
	// drawn or asked on: a crash of this program would leave it so.
	tookTerminal *atomic.Bool
	// ear hears what is said while the screens are drawn; nil where none will be.
	ear *ear
	// key is where the key of the cache is in place of what the settings say: the
	// demo keeps it in its process, and leaves nothing behind.
	key *cache.KeySource
	// noHelp is why there is no help of what it was asked of.
	noHelp error
	// serves is true where another program asks for credentials, and not a person.
	serves bool
}

// globalFlags stand before or after every verb.
type globalFlags struct {
	config     string
	noInput    bool
	accessible bool
	color      string
	quiet      bool
	debug      bool
	emit       string // hidden: the shell whose function runs this
}

func newApp(world *World) *app {
	call := shell.ReadCall(world.Environ)
	a := &app{world: world, call: call, stack: switching.ParseStack(call.Stack), tookTerminal: new(atomic.Bool), ear: &ear{}}
	if call.Subshell {
		a.base = switching.ParseStack(call.Base)
	}
	return a
}

// env looks a variable up as other programs of this shell see it.
func (a *app) env(name string) (string, bool) {
	w := World{Environ: a.call.Environ}
	return w.lookup(name)
}

func (a *app) get(name string) string { value, _ := a.env(name); return value }

// settings reads config.toml, once. Warnings are printed unless -q.
func (a *app) settings() (settings.Settings, error) {
	if a.read != nil {
		return a.read.settings, a.read.err
	}
	s, warnings, err := settings.Read(a.settingsPath(), a.flags.config != "" || a.get("CAMEO_CONFIG") != "")
	s.ExpandHome(a.get("HOME"))
	for _, w := range warnings {
		a.note("%s", settingsWarning(w))
	}
	a.read = &readSettings{s, warnings, err}
	return s, err
}

// settingsWarning adds to a warning the key that may have been meant.
func settingsWarning(w settings.Warning) string {
	if meant := meantKey(w); meant != "" {
		return w.String() + "; " + meant
	}
	return w.String()
}

// meantKey asks for the key that may have been meant; empty: none is near.
func meantKey(w settings.Warning) string {
	if near := profiles.Nearest(w.Key, w.Known, 1); len(near) > 0 {
		return fmt.Sprintf("did you mean %q?", near[0])
	}
	return ""
}

// newBook is the roles of set, of the rules and of the catalogues' copies.
func (a *app) newBook(set *profiles.Set, s settings.Settings) *roles.Book {
	return roles.NewBook(set, s, a.catalogues())
}

// readSettings is config.toml as it was read first.
type readSettings struct {
	settings settings.Settings
	warnings []settings.Warning
	err      error
}

// debugging reports whether to say on stderr what is done.
func (a *app) debugging() bool {
	on := a.get("CAMEO_DEBUG")
	return a.flags.debug || on != "" && on != "0"
}

// trace says on stderr what one exchange came to.
func (a *app) trace(e creds.Event) {
	text := string(e.Exchange.Operation)
	if arn := e.Exchange.Step.RoleARN.Text; arn != "" && e.Exchange.Operation == creds.AssumeRole {
		text += " " + arn
	}
	text += fmt.Sprintf(" for %s, signed by %s", profiles.Quote(e.Exchange.Step.Profile), profiles.Quote(e.Exchange.Signer))
	switch {
	case e.Cached && e.Err != nil:
		text += fmt.Sprintf(": not asked for, after what another process was told: %v", e.Err)
	case e.Cached:
		text += ": from the cache, until " + e.Until.Format(time.RFC3339)
	case e.Err != nil:
		text += fmt.Sprintf(" at %s: %v (%s)", e.Host, e.Err, e.Took.Round(time.Millisecond))
	default:
		text += fmt.Sprintf(" at %s: until %s (%s)", e.Host, e.Until.Format(time.RFC3339), e.Took.Round(time.Millisecond))
	}
	fmt.Fprintf(a.world.Stderr, "debug: %s\n", profiles.Inert(text))
}

// profiles reads the AWS files.
func (a *app) profiles() (*profiles.Set, error) {
	return profiles.Read(profiles.Locate(a.env, runtime.GOOS))
}

// switcher wires everything that gets credentials.
func (a *app) switcher() (*switching.Switcher, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	return a.switcherWith(a.codes(s))
}

// switcherWith is switcher where codes is who is asked for MFA codes.
func (a *app) switcherWith(codes creds.Codes) (*switching.Switcher, error) {
	set, err := a.profiles()
	if err != nil {
		return nil, err
	}
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	sts, err := a.sts()
	if err != nil {
		return nil, err
	}
	return a.assemble(set, s, sts, a.cache(s), codes), nil
}

func (a *app) assemble(set *profiles.Set, s settings.Settings, sts creds.STS, store creds.Cache, codes creds.Codes) *switching.Switcher {
	environ := a.childEnviron()
	if a.here().InRole() { // what starts a chain must not take the role for who one is
		environ = without(environ, shell.Identity()...)
	}
	ways := source.Ways{Environ: environ, Stderr: a.world.Stderr, Ancestry: a.get("CAMEO_PROFILE_CHAIN")}
	broker := &creds.Broker{STS: sts, Cache: store, Codes: codes, Unattended: a.unattended(), Now: a.world.Now, Uptime: a.world.Uptime, Env: a.env,
		Begin: ways.Begin, Notes: cache.Notes{Dir: a.cacheDir(), Now: a.world.Now}}
	if memory, ok := store.(creds.CodeMemory); ok {
		broker.Spent = memory
	}
	if a.debugging() {
		broker.Observe = a.trace
	}
	switcher := a.requester(set, s)
	switcher.Book, switcher.Broker = a.newBook(set, s), broker
	return switcher
}

// requester is a Switcher that can tell what getting a session means, and get none.
func (a *app) requester(set *profiles.Set, s settings.Settings) *switching.Switcher {
	return &switching.Switcher{
		Profiles: set, Settings: s,
		Home: sync.OnceValue(func() switching.Home { return a.here().Home(set) }),
		Now:  a.world.Now, Env: a.env, OSUser: func() string { return osUser(a.env) },
	}
}

// here is what tells who this shell is. The shell's function calls the verbs that
// change the shell in the environment below the role.
func (a *app) here() switching.ThisShell {
	return switching.ThisShell{Stack: a.stack, Base: a.base, Env: a.env, BelowRole: a.emitting()}
}

func osUser(env func(string) (string, bool)) string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if value, _ := env(name); value != "" {
			return value
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "cameo"
}

// sts is how AWS is reached, as AWS_CA_BUNDLE, AWS_MAX_ATTEMPTS and the proxies
// say.
func (a *app) sts() (creds.STS, error) {
	s := creds.STS{Clock: &creds.Clock{}}
	if !a.keptByCaller() {
		s.Tell, s.Waiting = a.tell, a.waiting
	}
	roots, err := a.roots()
	if err != nil {
		return s, err
	}
	s.HTTP = creds.NewHTTPClient(roots)
	if n, err := strconv.Atoi(a.get("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
		s.MaxAttempts = n
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if a.get(name) != "" {
			s.Proxy = name
			break
		}
	}
	return s, nil
}

// moment is what the clocks of this machine say.
func (a *app) moment() creds.Moment {
	now := creds.Moment{Wall: a.world.Now()}
	if a.world.Uptime != nil {
		now.Uptime = a.world.Uptime()
	}
	return now
}

// keptByCaller reports whether stderr is that of a credential_process which a program
// keeps: nothing is said there of what is waited for.
func (a *app) keptByCaller() bool {
	return len(a.world.Args) > 0 && a.world.Args[0] == "credential-process" && !xterm.IsTerminal(int(a.world.Stderr.Fd()))
}

// roots are the certificates to trust: those of AWS_CA_BUNDLE, else the system's, which
// are nil.
func (a *app) roots() (*x509.CertPool, error) {
	if path := a.get("AWS_CA_BUNDLE"); path != "" {
		return certificates(path)
	}
	return nil, nil
}

func certificates(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &codedError{exit: exitConfig, code: "other", message: fmt.Sprintf("AWS_CA_BUNDLE: %s cannot be read", profiles.Inert(path))}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, &codedError{exit: exitConfig, code: "other", message: fmt.Sprintf("AWS_CA_BUNDLE: %s holds no certificate", profiles.Inert(path))}
	}
	return roots, nil
}

func (a *app) cache(s settings.Settings) *cache.Store {
	patience := cache.DefaultPatience()
	ending := "; Ctrl-C ends the wait"
	if a.ear.drawing() { // a screen says at once what it waits for, and how to cancel
		patience.Say, ending = 800*time.Millisecond, ""
	}
	return cache.Open(cache.Options{
		Dir: a.cacheDir(), Key: a.keySource(s), Now: a.world.Now, Rand: rand.Reader,
		Warn:    func(text string) { a.note("%s", profiles.Inert(text)) },
		Program: a.program,
		Waiting: func(h safefile.Holder) {
			who := creds.LockedError{PID: h.PID, Program: h.Name, Held: time.Since(h.From)}
			a.tell("waiting for " + who.Who() + ", which is getting the same session" + ending)
		},
		Patience: patience,
	})
}

// program is the one that this process works for: who called credential-process,
// else cameo itself.
func (a *app) program() string {
	if a.serves {
		if name := asker(); name != "" {
			return name
		}
	}
	return "cameo"
}

// unattended reports whether nobody waits for this very call who would try again on
// purpose: another program asks, or there is no terminal. Who switches or renews
// means it.
func (a *app) unattended() bool {
	return a.serves || !a.emitting() && !a.canAsk()
}

// keySource is where the key of the cache is.
func (a *app) keySource(s settings.Settings) cache.KeySource {
	dir := a.cacheDir()
	switch {
	case a.key != nil:
		return *a.key
	case s.Cache.Key == "file":
		return cache.FileKey(filepath.Join(dir, "key"))
	}
	return cache.AutoKey(cache.KeyOptions{Dir: dir, RuntimeDir: a.get("XDG_RUNTIME_DIR"), Env: a.get, Now: a.world.Now})
}

// codes is where codes come from: the command of the profile, that of the settings,
// or a person on the controlling terminal, unless --no-input.
func (a *app) codes(s settings.Settings) creds.Codes {
	if a.noInput() {
		return a.codesOr(s, mfa.Nobody{Why: "--no-input was given: supply it with --mfa-code"})
	}
	return a.codesOr(s, mfa.Terminal{Open: func() (mfa.Closer, error) { return a.openTerminal() }})
}

// codesOr is where codes come from where no command gives them: from last.
func (a *app) codesOr(s settings.Settings, last creds.Codes) creds.Codes {
	var messages io.Writer = a.world.Stderr
	say := func(text string) { a.note("%s", text) }
	if a.ear.drawing() { // they are kept for the error
		messages, say = nil, nil
	}
	if len(s.MFA.Command) > 0 {
		last = mfa.Command{Argv: s.MFA.Command, Environ: a.childEnviron(), Stderr: messages, Say: say}
	}
	return mfa.Process{Environ: a.childEnviron(), Stderr: messages, Say: say, Then: last}
}

func (a *app) noInput() bool {
	return a.flags.noInput || a.get("CAMEO_NO_INPUT") != "" && a.get("CAMEO_NO_INPUT") != "0"
}

// hasTerminal reports whether there is a controlling terminal to draw on.
func hasTerminal() bool {
	in, out, err := term.Files()
	if err != nil {
		return false
	}
	_, _ = in.Close(), out.Close()
	return true
}

// takeTerminal tells the shell's function, once, that the terminal is going to be drawn
// or asked on.
func (a *app) takeTerminal() error {
	if !a.emitting() || a.tookTerminal.Swap(true) {
		return nil
	}
	return a.emit(func(d shell.Dialect) (string, error) { return d.TakesTerminal(), nil })
}

// openTerminal opens the controlling terminal to ask on. Prompts of two processes
// take turns, by a lock that is named after the terminal.
func (a *app) openTerminal() (*term.Terminal, error) {
	dir := a.cacheDir()
	t, err := term.Open(term.Options{Dumb: a.get("TERM") == "dumb", Lock: func(ctx context.Context, name string) (func(), error) {
		if err := safefile.PrivateDir(dir); err != nil {
			return func() {}, nil // a place to take turns is a courtesy: without one both ask
		}
		lock, err := safefile.Lock(ctx, filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		return lock.Release, nil
	}})
	if err != nil {
		return nil, err
	}
	if err := a.takeTerminal(); err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

// childEnviron is the environment for programs that cameo starts: without what is
// between cameo and the shell's function, and without the passphrase.
func (a *app) childEnviron() []string { return without(a.call.Environ, "CAMEO_PASSPHRASE") }

func without(environ []string, names ...string) []string {
	var out []string
next:
	for _, pair := range environ {
		for _, n := range names {
			if len(pair) > len(n) && pair[:len(n)] == n && pair[len(n)] == '=' {
				continue next
			}
		}
		out = append(out, pair)
	}
	return out
}

// usage makes the error of a command line that cannot be meant.
func usage(try, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), try: try}
}
