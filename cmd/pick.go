package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"cameo/internal/safefile"
	"cameo/internal/settings"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/internal/term"
	"cameo/profiles"
	"cameo/tui"
)

// pick opens the list, filtered, and does in this shell what the user chose there.
func (a *app) pick(ctx context.Context, flags switchFlags, filter string, height int) error {
	if !a.canAsk() {
		return usage("cameo switch ROLE", "nothing was named, and there is no terminal to ask on")
	}
	if err := a.saysChainPlainly(flags); err != nil {
		return err
	}
	if err := flags.settle(ctx); err != nil {
		return err
	}
	if a.integrated() != nil {
		a.note("this shell is not set up to change identity: the role that you choose opens in a subshell")
	}
	b, err := a.backend(flags)
	if err != nil {
		return err
	}
	result, err := a.screens(ctx, b, filter, height, b.now().Settings.UI)
	if err != nil {
		return err
	}
	switch result.Kind {
	case tui.Switched:
		if !a.emitting() {
			a.keepSession("shell", result.Session)
			return a.subshell(b.now(), result.Session)
		}
		a.tellDevice(result.Session)
		return a.handOver(ctx, b.now(), result.Session, b.leave(result.Session))
	case tui.Demo:
		if err := a.demo(ctx); err != nil {
			return err
		}
		return a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil })
	case tui.Subshell:
		a.keepSession("shell", result.Session)
		return a.subshell(b.now(), result.Session)
	case tui.Command:
		a.keepSession("exec", result.Session)
		return a.commandLine(result.Session, result.Line)
	case tui.Exited:
		if result.One {
			return a.exitRole(shell.Innermost)
		}
		return a.exitRole(shell.All)
	case tui.Refresh:
		return a.emit(func(d shell.Dialect) (string, error) { return d.Refresh(a.refreshFlags()...) })
	case tui.Closed:
		return a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil })
	}
	return errCancelled
}

// tellDevice says where a device belongs that no profile names, after its code was what
// a role wanted: the next switch asks for the code at once then.
func (a *app) tellDevice(session switching.Session) {
	if device := session.Asked.Device; device != "" && session.Role.Profile != "" {
		a.note("%s wants MFA; so that it is asked for at once: cameo edit %s mfa_serial=%s",
			profiles.Inert(session.Role.Label()), shellWord(session.Role.Profile), shellWord(device))
	}
}

// screens runs the full-screen program on the controlling terminal.
func (a *app) screens(ctx context.Context, b tui.Backend, filter string, height int, ui settings.UI) (tui.Result, error) {
	return a.screensFor(ctx, tui.ForShell, b, filter, height, ui)
}

// screensFor is screens where Enter gets a role for a purpose.
func (a *app) screensFor(ctx context.Context, purpose tui.Purpose, b tui.Backend, filter string, height int, ui settings.UI) (tui.Result, error) {
	defer a.sayKept()
	in, out, err := term.Files()
	if err != nil {
		return tui.Result{}, err
	}
	defer in.Close()
	defer out.Close()
	if err := a.takeTerminal(); err != nil {
		return tui.Result{}, err
	}
	environ := a.call.Environ
	switch a.flags.color {
	case "never":
		ui.Theme = "mono"
	case "always":
		environ = without(environ, "NO_COLOR")
	}
	run := tui.Run
	if a.linear() {
		run = tui.RunLinear
	}
	result, err := run(ctx, tui.Options{
		Backend: b, Input: in, Output: out, Environ: environ,
		For: purpose, Filter: filter, Height: height, Order: ui.Order, Theme: ui.Theme, CanSuspend: !a.emitting(),
	})
	if crash, ok := errors.AsType[*tui.CrashError](err); ok {
		return result, a.keepTrace(crash)
	}
	return result, err
}

// keepTrace writes where a mistake of the program's own happened into the state folder,
// for a report: names of functions and lines, and the value only as far as it can be
// no secret.
func (a *app) keepTrace(crash *tui.CrashError) error {
	failed := &codedError{exit: exitOther, code: "other", message: crash.Error()}
	dir := a.stateDir()
	if dir == "" || safefile.PrivateDir(dir) != nil {
		return failed
	}
	path := filepath.Join(dir, "crash.txt")
	trace := fmt.Sprintf("%s\ncameo %s\n%s\n\n%s", a.world.Now().UTC().Format(time.RFC3339), a.world.Build.Version, crash.Error(), crash.Stack)
	if safefile.Write(path, []byte(trace), 0o600) == nil {
		failed.message += "; for a report, where it happened is in " + path
	}
	return failed
}

// linear reports whether to ask line by line, in whole sentences, in place of
// drawing: for screen readers, and for terminals that cannot move a cursor.
func (a *app) linear() bool {
	wanted := a.get("CAMEO_ACCESSIBLE")
	return a.flags.accessible || wanted != "" && wanted != "0" || tui.NeedsLinear(a.call.Environ)
}
