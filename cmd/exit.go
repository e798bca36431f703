package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"cameo/creds"
	"cameo/creds/refusal"
	"cameo/creds/source"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/switching"
	"cameo/internal/term"
	"cameo/profiles"
	"cameo/tui"
)

// The exit codes, for all commands. exec passes its command's own on.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitConfig      = 3   // a malformed file, a cycle, a missing or conflicting source
	exitCode        = 4   // a code or a sign-in is needed and nobody can give it, or AWS did not accept the code
	exitRefused     = 5   // by AWS, or by the guard
	exitUnavailable = 6   // network or AWS: a retry may help
	exitNoRole      = 7   // no role, or several, match what was typed
	exitCancelled   = 130 // Ctrl-C, Esc
)

// codesHelp is the table for the help of commands.
func codesHelp() map[int]string {
	return map[int]string{
		exitOther: "other failure", exitUsage: "usage", exitConfig: "configuration", exitCode: "a code is needed, or AWS did not accept it",
		exitRefused: "refused by AWS or by the guard", exitUnavailable: "network or AWS unavailable", exitNoRole: "no role, or several, match",
		exitCancelled: "cancelled",
	}
}

// failure is an error as the user meets it.
type failure struct {
	exit    int
	code    string // of the JSON
	message string
	said    string // AWS's own words, which end the message; empty: none
	try     string // a command to type next; empty: none
	profile string
	at      profiles.Position
	silent  bool   // it has been said already
	near    string // a role that may have been meant, as a shell's word; empty: none
	checks  bool   // try asks AWS again, to find out why it refuses
	tooLong bool   // a flag asked for a session that AWS does not give for so long
}

// usageError is a command line that cannot be meant.
type usageError struct{ message, try string }

func (e *usageError) Error() string { return e.message }

// codedError is an error of this package that knows its own code.
type codedError struct {
	exit    int
	code    string
	message string
	try     string
}

func (e *codedError) Error() string { return e.message }

// statusError ends the program with a code and without words: they have been
// said, or there are none to say.
type statusError struct{ exit int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.exit) }

// explain turns any error into what the user is told.
func explain(ctx context.Context, err error) failure {
	if f, ok := explainSignal(ctx, err); ok {
		return f
	}
	f := failure{exit: exitOther, code: "other", message: err.Error()}
	var try interface{ Try() string }
	if errors.As(err, &try) {
		f.try = try.Try()
	}
	for _, rule := range []func(*failure, error) bool{explainOwn, explainCatalogue, explainRole, explainProfiles, explainSettings, explainConsole, explainAWS} {
		if rule(&f, err) {
			break
		}
	}
	if attempt, ok := errors.AsType[*attemptError](err); ok {
		f.attempted(attempt)
	}
	f.message += f.said
	return f
}

// attempted adds what only the command knows that was under way.
func (f *failure) attempted(a *attemptError) {
	switch a.unchanged {
	case "":
	case switching.Nobody:
		f.message += " (shell unchanged)"
	default:
		f.message += fmt.Sprintf(" (shell unchanged: still %s)", profiles.Inert(a.unchanged))
	}
	_, unconfirmed := errors.AsType[*switching.GuardError](a)
	switch {
	case f.near != "":
		f.try = a.verb + " " + f.near + a.flags + a.rest
	case f.checks && a.role != "":
		f.try = "cameo explain " + a.role + " --check" + a.flags
	case f.tooLong && a.role != "":
		f.try = a.verb + " " + a.role + a.shorter + a.rest
	case unconfirmed:
		f.try = a.retry() + " --confirm DIGITS" + a.rest
	case f.code == "interaction_needed":
		f.try = a.retry() + " --mfa-code CODE" + a.rest
	case f.try == "" && slices.Contains([]string{"mfa_rejected", "mfa_used", "network", "throttled", "unavailable"}, f.code):
		f.try = a.retry() + a.rest
	}
}

func explainSignal(ctx context.Context, err error) (failure, bool) {
	for _, e := range []error{err, context.Cause(ctx)} {
		if s, ok := signalIn(e); ok && (errors.Is(e, err) || errors.Is(err, context.Canceled)) {
			return failure{exit: signalExit(s), code: "other", message: "ended by a signal", silent: true}, true
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, errCancelled) || errors.Is(err, term.ErrCancelled) {
		return failure{exit: exitCancelled, code: "other", message: "cancelled", silent: true}, true
	}
	return failure{}, false
}

// signalIn finds the signal that an error is about, wherever it was caught.
func signalIn(err error) (syscall.Signal, bool) {
	if e, ok := errors.AsType[*signalError](err); ok {
		return e.signal, true
	}
	if e, ok := errors.AsType[*term.SignalError](err); ok {
		s, ok := e.Signal.(syscall.Signal)
		return s, ok
	}
	if e, ok := errors.AsType[*tui.SignalError](err); ok {
		s, ok := e.Signal.(syscall.Signal)
		return s, ok
	}
	return 0, false
}

// errCancelled: the user stepped back.
var errCancelled = errors.New("cancelled")

func explainOwn(f *failure, err error) bool {
	var status *statusError
	var usage *usageError
	var coded *codedError
	switch {
	case errors.As(err, &status):
		f.exit, f.silent = status.exit, true
	case errors.As(err, &usage):
		f.exit, f.code, f.message, f.try = exitUsage, "usage", usage.message, usage.try
	case errors.As(err, &coded):
		f.exit, f.code, f.message, f.try = coded.exit, coded.code, coded.message, coded.try
	default:
		return false
	}
	return true
}

func explainCatalogue(f *failure, err error) bool {
	failed, ok := errors.AsType[*catalogueError](err)
	if !ok {
		return false
	}
	why, notFetched := errors.AsType[*fetchError](failed.err)
	_, unreadable := errors.AsType[*profiles.ImportError](failed.err)
	switch {
	case unreadable:
		f.exit, f.code = exitConfig, "parse"
	case !notFetched: // nobody could sign
		return false
	case why.unavailable:
		f.exit, f.code, f.try = exitUnavailable, "network", "cameo sync"
	case why.refused:
		f.exit, f.code = exitRefused, "refused"
	default:
		f.exit, f.code, f.try = exitConfig, "settings", "cameo config edit"
	}
	return true
}

func explainRole(f *failure, err error) bool {
	var notFound *roles.NotFoundError
	var ambiguous *roles.AmbiguousError
	var arn *profiles.ARNError
	var link *profiles.LinkError
	var alias *roles.AccountAliasError
	var noRole *switching.NoRoleError
	var guard *switching.GuardError
	var homeUnknown *switching.HomeUnknownError
	var noHome *switching.NoHomeError
	switch {
	case errors.As(err, &notFound):
		f.exit, f.code, f.try = exitNoRole, "role_not_found", "cameo profiles"
		if len(notFound.Closest) > 0 {
			f.near = shellWord(notFound.Closest[0])
			f.try = "cameo " + f.near
		} else if notFound.NoFiles {
			f.try = "cameo add --help"
		}
	case errors.As(err, &ambiguous):
		f.near = shellWord(ambiguous.Matches[0])
		f.exit, f.code, f.try = exitNoRole, "ambiguous", "cameo "+f.near
	case errors.As(err, &arn), errors.As(err, &link):
		f.exit, f.code, f.try = exitNoRole, "role_not_found", "cameo profiles"
	case errors.As(err, &alias):
		f.exit, f.code, f.try = exitNoRole, "role_not_found", "cameo switch ACCOUNT_ID/"+shellWord(alias.Role)
	case errors.As(err, &noRole):
		f.exit, f.code, f.try = exitNoRole, "role_not_found", "cameo exec "+shellWord(noRole.Profile)+" -- COMMAND"
	case errors.As(err, &guard):
		f.exit, f.code = exitRefused, "guard"
		f.try = "cameo switch " + shellWord(guard.Role.Label()) + " --confirm DIGITS"
	case errors.As(err, &homeUnknown):
		f.exit, f.code, f.try = exitConfig, "missing_source", "cameo exit"
	case errors.As(err, &noHome):
		f.exit, f.code, f.try = exitConfig, "missing_source", "cameo profiles"
	default:
		moved, ok := errors.AsType[*switching.MovedError](err)
		if !ok {
			return false
		}
		f.exit, f.code, f.try = exitConfig, "other", "cameo switch "+shellWord(moved.Role.ID())
	}
	return true
}

func explainProfiles(f *failure, err error) bool {
	if e, ok := errors.AsType[*switching.SourceError](err); ok && e.Said == "source" {
		f.exit, f.code, f.try = exitConfig, profiles.CodeSourceProfileNotFound, "cameo profiles"
		return true
	}
	var coded interface {
		error
		Code() string
	}
	if !errors.As(err, &coded) {
		return false
	}
	f.exit, f.code = exitConfig, coded.Code()
	if f.code == profiles.CodeProfileNotFound {
		f.exit = exitNoRole
	}
	if f.try == "" {
		f.try = "cameo profiles"
	}
	if file, ok := errors.AsType[*profiles.FileError](err); ok {
		f.at.File = file.Path
	}
	var placed interface{ Where() profiles.Position }
	if errors.As(err, &placed) && placed.Where().Line > 0 {
		f.at = placed.Where()
		f.try = editAt(f.at)
	}
	return true
}

func explainSettings(f *failure, err error) bool {
	var wrong *settings.Error
	var unknown *settings.UnknownKeyError
	switch {
	case errors.As(err, &wrong):
		f.at = profiles.Position{File: wrong.File, Line: wrong.Line}
	case errors.As(err, &unknown):
		f.at = profiles.Position{File: unknown.File, Line: unknown.Line}
		if near := profiles.Nearest(unknown.Key, unknown.Known, 1); len(near) > 0 {
			f.message += fmt.Sprintf(": did you mean %q?", near[0])
		}
	default:
		return false
	}
	f.exit, f.code = exitConfig, "settings"
	f.try = editAt(f.at)
	return true
}

func explainAWS(f *failure, err error) bool {
	var needed *creds.CodeNeededError
	var rejected *creds.CodeRejectedError
	var refused *creds.RefusedError
	var unreachable *creds.UnreachableError
	var unavailable *creds.UnavailableError
	var reply *creds.BadReplyError
	var duration *creds.DurationError
	var name *switching.SessionNameError
	var unsupported *creds.UnsupportedError
	var noKeys *creds.NoKeysError
	var process *source.ProcessError
	var used *creds.CodeUsedError
	var locked *creds.LockedError
	switch {
	case errors.As(err, &used):
		f.exit, f.code = exitCode, "mfa_used"
	case errors.As(err, &locked):
		f.exit, f.code = exitOther, "locked"
	case errors.As(err, &needed):
		f.exit, f.code, f.profile = exitCode, "interaction_needed", needed.Profile
	case errors.As(err, &rejected):
		f.exit, f.code = exitCode, "mfa_rejected"
		if rejected.WrongDevice() {
			f.try = checkCommand(rejected.Exchange.Step.Profile)
		}
	case errors.As(err, &refused):
		f.refused(err, refused)
	case errors.As(err, &unreachable):
		f.exit, f.code = exitUnavailable, "network"
	case errors.As(err, &unavailable):
		f.exit, f.code = exitUnavailable, "unavailable"
		if unavailable.Throttled {
			f.code = "throttled"
		}
	case errors.As(err, &reply):
		f.exit, f.code = exitUnavailable, "unavailable"
	case errors.As(err, &duration), errors.As(err, &name), isTerms(err):
		f.exit, f.code = exitUsage, "usage"
		if widens, ok := errors.AsType[*switching.WidensError](err); ok {
			f.try = "cameo explain " + shellWord(widens.Profile)
		}
		if duration != nil {
			f.message = "--duration " + f.message
		}
	case errors.As(err, &unsupported), errors.As(err, &noKeys), errors.As(err, &process):
		f.exit, f.code = exitConfig, "no_credentials"
	default:
		return false
	}
	return true
}

// refused says what AWS refused, why as far as that is known, and AWS's own words
// where they tell more than that. A session that is too long for AWS goes back to who
// wanted it: the flag, or the line of a file.
func (f *failure) refused(err error, refused *creds.RefusedError) {
	f.exit, f.code, f.profile = exitRefused, "refused", refused.Step.Profile
	f.try, f.checks = checkCommand(refused.Step.Profile), true
	e, _ := refusal.Explain(err, refusal.Facts{})
	f.message = e.What + ": " + e.Summary
	if len(e.Causes) > 0 && e.Causes[0].Kind == refusal.Duration {
		switch at := refused.Step.DurationAt; {
		case refused.Asked:
			f.message += "; --duration asked for it"
			f.tooLong, f.checks = true, false
		case at.Line > 0:
			f.at, f.try, f.checks = at, editAt(at), false
		}
	}
	if said := strings.TrimSpace(profiles.Inert(refused.Message)); !e.Bare && !strings.Contains(f.message, said) {
		f.said = "; AWS said: " + said
	}
}

// checkCommand finds out why a role is refused.
func checkCommand(role string) string {
	if role == "" {
		return "cameo profiles"
	}
	return "cameo explain " + shellWord(role) + " --check"
}

// isTerms recognises what was asked for of a session and cannot be had.
func isTerms(err error) bool {
	_, none := errors.AsType[*switching.NoTermsError](err)
	_, more := errors.AsType[*switching.NotReadOnlyError](err)
	_, widens := errors.AsType[*switching.WidensError](err)
	return none || more || widens
}

// editAt is the command that opens a file at a line.
func editAt(p profiles.Position) string {
	if p.Line == 0 {
		return "${EDITOR:-vi} " + shellWord(p.File)
	}
	return fmt.Sprintf("${EDITOR:-vi} +%d %s", p.Line, shellWord(p.File))
}

// signalExit is the code of a process that a signal ended, as shells count.
func signalExit(s syscall.Signal) int { return 128 + int(s) }
