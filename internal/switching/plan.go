package switching

import (
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/profiles"
)

// How says in which way the user came to a role. The guard depends on it.
type How int

// The ways to a role.
const (
	Named    How = iota // typed in full, on the command line
	Picked              // chosen from a list
	Previous            // reached by "-"
	Renewed             // the role that is active already
)

// Demand is what the guard wants before a plan may be carried out.
type Demand int

// The demands of the guard.
const (
	NoDemand   Demand = iota
	WantCode          // the MFA code, typed on a screen that names the account, is the confirmation
	WantDigits        // the last four digits of the account
)

// Plan is what a switch would do, as a value: nothing has been requested yet.
type Plan struct {
	Role    roles.Role
	How     How
	Chain   profiles.Chain
	Source  string // who signs the last exchange, as the user names it
	Host    string // of AWS STS, which is asked for each of Steps
	Steps   []Step // the calls it may take, first to last
	Guard   Demand
	Code    *CodeNeed // nil: nobody will be asked for a code
	Session SessionTerms
	// Ready is when a session of this role that is already in the cache ends;
	// zero: AWS has to be asked.
	Ready time.Time

	request creds.Request
	asked   Ask
	demand  Demand     // Guard, as it was when the plan was made
	guarded roles.Role // Role, as it was then
}

// SessionTerms is what AssumeRole is told.
type SessionTerms struct {
	Name     string
	Duration time.Duration
	// WhyNotLonger says in words what limits the duration; empty: nothing does.
	WhyNotLonger string
	Region       string // what AWS_REGION becomes; empty: it is not touched
	ReadOnly     bool   // the session may only read
	Reason       string // why the role is entered, in the user's words; empty: not said
}

// CodeNeed describes a code that a plan will ask for.
type CodeNeed struct {
	Device string // serial or ARN of the MFA device
	Source string // whose device it is, as the user names the source
	// Serves is how long the session lasts that one code opens for the source;
	// zero: the code goes with this one AssumeRole only.
	Serves time.Duration
}

// Session is a role that has been entered.
type Session struct {
	Role        roles.Role
	Credentials creds.Credentials
	// Ends is when they end, by this machine's clock, where that is off; zero: when
	// they themselves say, which is AWS's time.
	Ends   time.Time
	Name   string // role session name
	Region string // empty: not touched
	Source string // who signed, as the user names it
	// Asked is what the user asked for, the reason included: the same again renews
	// the session.
	Asked Ask
	// NarrowedByProfile is true where policies of the role's profile narrow it.
	NarrowedByProfile bool
}

// Identity is somebody: home, or a role.
type Identity struct {
	Name      string // profile, "home", or ACCOUNT/ROLE
	ARN       string // empty where not known offline
	AccountID string // empty where not known offline
}

// Active is the role this shell is in.
type Active struct {
	Role    roles.Role
	Expires time.Time // as this machine's clock is going to show it
	// Ends is the same end by AWS's clock; zero: Expires.
	Ends        time.Time
	SessionName string
	ReadOnly    bool // it was entered with --read-only
	// ByPolicy is true where policies of the user's or of its profile narrow it, beside
	// or in place of ReadOnly.
	ByPolicy bool
	// Inherited is true in a child of the shell that switched: the way home is
	// not known here.
	Inherited bool
	// KeysChanged is true when AWS_ACCESS_KEY_ID is no longer the role's.
	KeysChanged bool
}

// State is who this shell is: home, and the role on top of it, if any.
type State struct {
	Home Identity
	// Below is the roles between home and the active one, outermost first: those
	// that it was chained from.
	Below  []roles.Role
	Active *Active
}
