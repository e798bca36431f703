package switching

import (
	"encoding/json"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/shell"
)

// Stack is what the shell keeps for cameo between calls, in CAMEO_STACK: who is
// home, and the roles entered on top. It holds no secret. The zero Stack is that of
// a shell in no role.
type Stack struct {
	Home  *StackHome `json:"home,omitempty"`
	Roles []Entered  `json:"roles,omitempty"` // outermost first
}

// StackHome is who the shell was before any switch.
type StackHome struct {
	Name      string `json:"name"`
	Profile   string `json:"profile,omitempty"` // empty: home's keys were in the environment, or there were none
	AccountID string `json:"account_id,omitempty"`
	ARN       string `json:"arn,omitempty"`
}

// Entered is one role that the shell entered.
type Entered struct {
	Profile     string    `json:"profile,omitempty"`
	ARN         string    `json:"arn"`
	Env         roles.Env `json:"env,omitempty"`
	Source      string    `json:"source,omitempty"`
	SessionName string    `json:"session_name,omitempty"`
	Region      string    `json:"region,omitempty"`
	KeyID       string    `json:"key_id"`               // of the session
	ByProfile   bool      `json:"by_profile,omitempty"` // the shell has AWS_PROFILE, and no keys
	Expires     time.Time `json:"expires"`              // by AWS's clock
	// Issued tells what AWS's clock is, where this machine's is off.
	Issued creds.Issued `json:"issued,omitzero"`
	// What was asked for with flags, so that refresh asks for the same.
	Duration time.Duration `json:"duration,omitempty"`
	By       string        `json:"by,omitempty"` // --source

	Terms Terms `json:"terms,omitzero"`
	// NarrowedByProfile is true where policies of its profile narrowed it.
	NarrowedByProfile bool `json:"narrowed_by_profile,omitempty"`
}

// ParseStack reads CAMEO_STACK. What cannot be read counts as nothing: the shell's
// own undo does not depend on it.
func ParseStack(text string) Stack {
	var s Stack
	if json.Unmarshal([]byte(text), &s) != nil {
		return Stack{}
	}
	return s
}

// String is the JSON that [ParseStack] reads.
func (s Stack) String() string {
	data, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(data)
}

// With is the stack after session was entered. Home is read from the environment
// where no role was active.
func (s Stack) With(sw *Switcher, session Session, by Handoff, leave shell.Leaving) Stack {
	next := Stack{Home: s.Home}
	if next.Home == nil || leave == shell.All { // the user may have changed it since
		home := sw.Home()
		identity := home.Identity(sw.Profiles)
		next.Home = &StackHome{Name: identity.Name, Profile: home.Profile, AccountID: identity.AccountID, ARN: identity.ARN}
	}
	switch below := s.Roles; {
	case leave == shell.None:
		next.Roles = append(next.Roles, below...)
	case leave == shell.Innermost && len(below) > 0:
		next.Roles = append(next.Roles, below[:len(below)-1]...)
	}
	next.Roles = append(next.Roles, Entered{
		Profile: session.Role.Profile, ARN: session.Role.ARN, Env: session.Role.Env, Source: session.Source,
		SessionName: session.Name, Region: session.Region, KeyID: session.Credentials.AccessKeyID, ByProfile: by == ByProfile,
		Expires: session.Credentials.Expires, Issued: session.Credentials.Issued,
		Duration: session.Asked.Duration, By: session.Asked.Source, Terms: session.Asked.Terms,
		NarrowedByProfile: session.NarrowedByProfile,
	})
	return next
}

// Again asks for the session of the innermost role once more, as it was asked for: the
// cache has it while it lasts. The stack has to have a role.
func (s Stack) Again(book *roles.Book) Ask {
	n := len(s.Roles)
	top := s.Roles[n-1]
	ask := Ask{Role: top.Role(book), How: Renewed, SessionName: top.SessionName, Region: top.Region, Duration: top.Duration, Source: top.By, Terms: top.Terms}
	if n > 1 {
		ask.OnTopOf = s.Roles[n-2].Label()
	}
	return ask
}

// Changed reports whether a shell's variables no longer are what the switch to the
// role made them.
func (r Entered) Changed(env func(string) (string, bool)) bool {
	key, _ := env("AWS_ACCESS_KEY_ID")
	profile, _ := env("AWS_PROFILE")
	if r.ByProfile {
		return key != "" || profile != HandoffProfile
	}
	return key != r.KeyID || profile != ""
}

// Label is what people call the role: its profile, else ACCOUNT/ROLE.
func (r Entered) Label() string {
	if r.Profile != "" {
		return r.Profile
	}
	return roles.FromARN(r.ARN).Label()
}

// Role is the record as the rest of the program knows roles. What the files say
// today about its profile is added where it still is the same role.
func (r Entered) Role(book *roles.Book) roles.Role {
	if r.Profile != "" {
		if known, err := book.Resolve(r.Profile); err == nil && known.ARN == r.ARN {
			return known
		}
	}
	role := roles.FromARN(r.ARN)
	if r.Profile == "" {
		if known, err := book.Resolve(r.ARN); err == nil && known.Profile == "" {
			role = known
		}
	}
	role.Profile, role.Env, role.Source = r.Profile, r.Env, r.Source
	return role
}
