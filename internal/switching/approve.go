package switching

import (
	"errors"
	"fmt"

	"cameo/internal/roles"
	"cameo/profiles"
)

// Answer is what the user gave on the way to a role.
type Answer struct {
	Code   string // the MFA code
	Digits string // the last four digits of the account
	// OnScreen is true where the code was typed on a screen that names the
	// account: only then it counts as the confirmation of a production role.
	OnScreen bool
}

// Approved is a plan that has passed the guard. Its zero value is none.
type Approved struct {
	plan Plan
	code string
}

// GuardError: the guard was not satisfied; nothing was requested.
type GuardError struct {
	Role roles.Role
	// Given is what was typed in place of the digits; empty: nothing.
	Given string
}

func (e *GuardError) Error() string {
	name := profiles.Inert(e.Role.Label())
	if e.Given != "" {
		return fmt.Sprintf("%s is %s: %s are not the last four digits of its account %s", name, e.Role.Env.Word(), profiles.Quote(e.Given), e.Role.AccountID)
	}
	return fmt.Sprintf("%s is %s: choosing it has to be confirmed with the last four digits of account %s", name, e.Role.Env.Word(), e.Role.AccountID)
}

// ErrNotApproved is returned for an Approved that Approve did not make of a plan
// of Switcher.Plan.
var ErrNotApproved = errors.New("this plan has not passed the guard")

// guard says what a plan has to be confirmed with.
func (s *Switcher) guard(p Plan) Demand {
	if p.How == Renewed || p.asked.ReadOnly || p.asked.CameBack && !p.Ready.IsZero() {
		return NoDemand
	}
	switch s.Settings.Guard.Of(string(p.Role.Env)) {
	case "off":
		return NoDemand
	case "always":
		return WantDigits
	}
	switch {
	case p.How == Named:
		return NoDemand
	case p.Code != nil:
		return WantCode
	}
	return WantDigits
}

// GuardDigits is how many digits of its account confirm a production role.
const GuardDigits = 4

// LastDigits are the last digits of a role's account, which confirm it.
func LastDigits(r roles.Role) string { return r.AccountID[max(0, len(r.AccountID)-GuardDigits):] }

// Approve lets a plan pass where the answer confirms it. The error is a
// *GuardError. What a plan demands was settled when it was made: changing its
// fields since does not weaken it.
func Approve(p Plan, a Answer) (Approved, error) {
	demand, role := max(p.Guard, p.demand), p.Role
	if p.demand != NoDemand {
		role = p.guarded
	}
	digits := a.Digits != "" && a.Digits == LastDigits(role)
	switch {
	case a.Digits != "" && !digits:
		return Approved{}, &GuardError{Role: role, Given: a.Digits}
	case digits, demand == NoDemand:
	case demand == WantCode && a.Code != "" && a.OnScreen:
	default:
		return Approved{}, &GuardError{Role: role}
	}
	return Approved{plan: p, code: a.Code}, nil
}
