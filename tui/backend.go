package tui

import (
	"context"
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
	// Plan says what switching to a role picked from the list would do.
	Plan(ctx context.Context, role roles.Role) (switching.Plan, error)
	// Switch carries a plan out with what the user answered: the MFA code, or the
	// digits that the guard wants; empty where the plan asks for neither.
	Switch(ctx context.Context, plan switching.Plan, answer switching.Answer) (switching.Session, error)
	// Exit leaves the active role and returns who the shell is again.
	Exit(ctx context.Context) (switching.Identity, error)
}

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
	Notices []string // one line each: what is worth knowing and is no Problem
	// Problems are the lines of the files that could not be used. The list counts
	// them, and a screen of their own shows them.
	Problems []profiles.Problem
	Sandbox  bool // the endpoint is a sandbox on loopback

	// Integrated is true where a switch reaches the shell: its function runs this
	// program. Where it is false and there is no role yet, ShellSetup is shown: the
	// line to type that sets this shell up, empty where the shell is not known.
	Integrated bool
	ShellSetup string
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
	// Broken says why the role cannot be entered (a cycle, a missing source);
	// nil: it can be tried.
	Broken error
}
