package tui

import (
	"context"
	"os/exec"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// Backend is everything the screens may ask of the outside world. Its methods
// may block and are only called from commands; they are safe for concurrent use.
type Backend interface {
	// Now is the clock.
	Now() time.Time
	// Overview reads what is configured and who this shell is. It is what the first
	// frame waits for: what takes longer is asked for by Readiness.
	Overview(ctx context.Context) (Overview, error)
	// Readiness finds out what entering each of the roles would take, in their order.
	Readiness(ctx context.Context, of []roles.Role) ([]Readiness, error)
	// SetFavourite remembers that a role is a favourite, or none any more.
	SetFavourite(ctx context.Context, role roles.Role, on bool) error
	// Plan says what a wish would do.
	Plan(ctx context.Context, wish Wish) (switching.Plan, error)
	// Switch carries the plan of a wish out with what the user answered: the MFA code,
	// or the digits that the guard wants; empty where the plan asks for neither. It tells
	// watch what comes of it meanwhile, and nothing after it has returned.
	Switch(ctx context.Context, wish Wish, plan switching.Plan, answer switching.Answer, watch func(switching.Progress)) (switching.Session, error)
	// Exit leaves the active role, or with one only the innermost of a chain, and
	// returns who the shell is again.
	Exit(ctx context.Context, one bool) (switching.Identity, error)
	// Changed reports whether a file that Overview reads was changed since it did. It
	// only looks at the files' dates and sizes.
	Changed(ctx context.Context) bool
	// Add writes a profile for a role, which an ARN or a Switch Role link names, into
	// the AWS config file. Overview has it then.
	Add(ctx context.Context, role string) error
	// Relabel writes labels into the profile of a role, and returns what that changes as
	// a unified diff, without secrets: empty where they are there already. With dry it
	// writes nothing.
	Relabel(ctx context.Context, role roles.Role, labels Labels, dry bool) (diff string, err error)
	// Editor is the user's editor, not started yet, for a file at a line. A file without
	// a name stands for the settings; where there is none, one is made that shows how
	// roles of many accounts are named.
	Editor(ctx context.Context, at profiles.Position) (*exec.Cmd, error)
	// Link is the Switch Role link of a role; the error says why there is none.
	Link(ctx context.Context, role roles.Role) (string, error)
	// Exports is a session as lines that a shell evaluates. The screens pass them to
	// the clipboard, and show nothing of them.
	Exports(ctx context.Context, session switching.Session) (profiles.Secret, error)
	// ConsoleLink is a link that signs whoever has it in to the console as a session,
	// for 15 minutes. The screens pass it to the clipboard, and show nothing of it.
	ConsoleLink(ctx context.Context, session switching.Session) (profiles.Secret, error)
	// OpenConsole opens the console in a browser as a session, waits until the browser
	// is there, and names it.
	OpenConsole(ctx context.Context, session switching.Session) (browser string, err error)
	// ActiveSession is the session of the active role.
	ActiveSession(ctx context.Context) (switching.Session, error)
	// Copy gives text to the clipboard of the desktop by the desktop's own tool, and
	// names the tool: empty where there is none that could work here. The error is
	// the tool's.
	Copy(ctx context.Context, text profiles.Secret) (tool string, err error)
}

// Wish is a role that was picked on the screens, and what it is wanted for.
type Wish struct {
	Role     roles.Role
	ReadOnly bool // only what reads
	Renew    bool // the role is the active one, which is to be renewed as it was entered
	For      Purpose
	// Device is the MFA device whose code is to go along although no profile asks for
	// one; empty: as the profiles say. An error of Backend.Switch names it by a method
	// Device, where the role may want it.
	Device string
}

// Purpose is what becomes of a session.
type Purpose int

// The purposes. Whatever a session is for, a plan for a production role has to pass
// its guard.
const (
	ForShell       Purpose = iota // this shell becomes the role
	ForSubshell                   // a new shell does
	ForCommand                    // one command runs in it
	ForClipboard                  // its keys are copied
	ForConsole                    // the console is opened as the role
	ForConsoleLink                // a link that does so is copied
)

// Rehearsal is what the demo adds: a Backend that has it shows the code of a
// virtual device beside the field, and stays open on the role after a switch.
type Rehearsal interface {
	// DeviceCode is the current code of the device, and how long it is good for.
	DeviceCode(ctx context.Context, device string) (code string, left time.Duration, err error)
	// Trials does the scenario's requests as home and as the role (nil: none is
	// active) and says what AWS answered.
	Trials(ctx context.Context) ([]Trial, error)
}

// Trial is one request of the demo and its answer.
type Trial struct {
	As     string // who tried: "David", "UpdateApp"
	Tried  string // "write s3://productionapp/hello.txt"
	Answer string // "ok", or AWS's refusal in its own words
	OK     bool
}

// Overview is what the list is drawn from.
type Overview struct {
	State   switching.State
	Region  string // of this shell; empty where none is set
	Rows    []Row
	Looked  []string // files that were read, the config file first
	Missing []string // those of Looked that are not there
	Notices []string // one line each: what is worth knowing and is no Problem
	// Problems are the lines of the files that could not be used. The list counts
	// them, and a screen of their own shows them.
	Problems []profiles.Problem
	Sandbox  bool // the endpoint is a sandbox on loopback
	Sealed   bool // the files are not the user's to edit
	// Advice is what a newcomer may do first; empty: nothing is said.
	Advice string
	// LinearAdvice is the same for who answers line by line.
	LinearAdvice string
	// Undo is what leaving the role for home does to the variables of this shell; nil
	// where that is not known.
	Undo *Undo

	// Renewable is true where a Wish to renew the active role can be carried out, and
	// RenewableAfter where the caller can do so when the program has ended with Refresh.
	Renewable, RenewableAfter bool
	// Renewal says how else the role is renewed, where neither is true; empty: nothing
	// is said.
	Renewal string

	// Integrated is true where a switch reaches the shell: its function runs this
	// program. Where it is false and there is no role yet, ShellSetup is shown: the
	// line to type that sets this shell up, empty where the shell is not known.
	Integrated bool
	ShellSetup string
}

// canRenew reports whether asking for it renews the active role.
func (o Overview) canRenew() bool {
	return o.State.Active != nil && (o.Renewable || o.RenewableAfter)
}

// Undo is what an exit to home does, as far as this program knows it.
type Undo struct {
	Sets    []string // what variables become again: "AWS_PROFILE=work", or a name alone
	Removes int      // how many variables go
}

// Row is one role of the list.
type Row struct {
	Role      roles.Role
	Used      time.Time // last switch; zero: never
	Weight    float64   // frecency, see roles.Visit
	Favourite bool
	Readiness // known later than the rest
}

// Readiness is what entering a role would take.
type Readiness struct {
	Ready time.Time // end of a session in the cache; zero: none
	// Code is the MFA device whose code somebody has to type; empty: nobody has to.
	Code string
	// Broken says why the role cannot be entered (a cycle, a missing source);
	// nil: it can be tried.
	Broken error
}
