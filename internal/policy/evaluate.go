package policy

import (
	"fmt"
	"strings"
)

// Request is one call that wants a decision.
type Request struct {
	Principal       Principal
	Action          string // such as "sts:AssumeRole"
	Resource        string // an ARN, or "*" for an action without one
	ResourceAccount string // the account that owns it; empty: the principal's
	Context         Context
}

// Named is a policy with the name that a trace shows for it.
type Named struct {
	Name     string // empty: its place, such as "identity[0]"
	Document Document
}

// Policies are all that apply to a request.
type Policies struct {
	// Identity are the policies of the user and its groups, or of the role.
	Identity []Named
	// Boundary is the permissions boundary; nil: there is none.
	Boundary []Named
	// Session are the session policies, which only narrow; nil: there are none.
	Session []Named
	// Resource is the policy of the resource, for sts: actions on a role its trust
	// policy; nil: it has none.
	Resource *Named
	// ServiceControl are the service control policies of the principal's account, one
	// of which has to allow; nil: the account is in no organization that has any.
	ServiceControl []Named
	// ResourceControl are the resource control policies of the resource's account;
	// only their denials count, since AWS keeps one beside them that allows all.
	ResourceControl []Named
}

// Outcome is a decision in AWS's words.
type Outcome int

// The outcomes. The zero value denies.
const (
	ImplicitlyDenied Outcome = iota
	ExplicitlyDenied
	Allowed
)

// String returns "Allowed", "ImplicitlyDenied" or "ExplicitlyDenied".
func (o Outcome) String() string {
	switch o {
	case Allowed:
		return "Allowed"
	case ExplicitlyDenied:
		return "ExplicitlyDenied"
	}
	return "ImplicitlyDenied"
}

// Side is a kind of policy, as AWS's messages tell them apart.
type Side int

// The sides of a decision.
const (
	NoSide Side = iota
	IdentitySide
	BoundarySide
	SessionSide
	ResourceSide // for sts: actions on a role, its trust policy
	ServiceControlSide
	ResourceControlSide
)

// String names the side as a trace does: "identity", "boundary", "session",
// "resource", "service control", "resource control".
func (s Side) String() string {
	return [...]string{"none", "identity", "boundary", "session", "resource", "service control", "resource control"}[s]
}

// Match is a statement that matched the request.
type Match struct {
	Side      Side
	Policy    string // its name, else its place, such as "identity[0]"
	Statement int    // its index in the policy, from 0
	Sid       string
	Effect    Effect
}

// Decision is an outcome with the statements that led to it.
type Decision struct {
	Outcome Outcome
	// Side decided: the side that granted, the side that denied, or the first that
	// stayed silent where its word was needed.
	Side Side
	// Silent are all sides whose permission was needed and missing; empty unless
	// the request was implicitly denied.
	Silent []Side
	// Matched are the matching statements of all policies, whatever their effect.
	Matched []Match
}

// Evaluate decides a request. An explicit Deny in any policy wins. Otherwise,
// across accounts both the resource policy and the identity policies must allow;
// within one account either may, except that a trust policy must always speak,
// and one that names only the account leaves the word to the identity policies.
// Boundaries and session policies narrow what identity policies give, and the
// control policies of organizations what anybody gives.
func Evaluate(r Request, p Policies) Decision {
	e := evaluation{request: r, boundary: p.Boundary != nil}
	controlled := e.allows(ServiceControlSide, p.ServiceControl) || p.ServiceControl == nil
	e.resourceControl(p.ResourceControl)
	identity := e.allows(IdentitySide, p.Identity) || r.Principal.Kind == Root
	boundary := e.allows(BoundarySide, p.Boundary) || p.Boundary == nil
	session := e.allows(SessionSide, p.Session) || (p.Session == nil && r.Principal.Kind != FederatedUser)
	granted := grantNone
	if p.Resource != nil {
		granted = e.grant(*p.Resource)
	}
	if e.denied != NoSide {
		return Decision{Outcome: ExplicitlyDenied, Side: e.denied, Matched: e.matched}
	}
	d := Decision{Matched: e.matched}
	silent := func(needed bool, side Side) {
		if needed {
			d.Silent = append(d.Silent, side)
		}
	}
	silent(!controlled, ServiceControlSide)
	switch ask := e.needs(granted, p.Resource != nil); ask {
	case onlyResource:
		silent(granted == grantNone, ResourceSide)
	case resourceNarrowed:
		silent(!boundary, BoundarySide)
		silent(!session, SessionSide)
	default:
		silent(!identity, IdentitySide)
		silent(ask == bothSides && granted == grantNone, ResourceSide)
		silent(!boundary, BoundarySide)
		silent(!session, SessionSide)
	}
	if len(d.Silent) > 0 {
		d.Side = d.Silent[0]
		return d
	}
	d.Outcome, d.Side = Allowed, IdentitySide
	if granted > grantAccount || r.Principal.Kind == Service || r.Principal.Kind == Federated {
		d.Side = ResourceSide
	}
	return d
}

// need is whose permission a request takes.
type need int

const (
	identityOnly     need = iota // identity, within boundary and session
	bothSides                    // identity within boundary and session, and the resource policy
	onlyResource                 // the resource policy alone
	resourceNarrowed             // the resource policy, within boundary and session
)

func (e *evaluation) needs(granted grant, hasResourcePolicy bool) need {
	r := e.request
	switch r.Principal.Kind {
	case Anonymous, Service, Federated:
		return onlyResource
	}
	sameAccount := r.ResourceAccount == "" || r.ResourceAccount == r.Principal.Account
	trust := hasResourcePolicy && strings.HasPrefix(strings.ToLower(r.Action), "sts:")
	switch {
	case !sameAccount:
		return bothSides
	case r.Principal.Kind == Root:
		return identityOnly
	case granted == grantSession || granted == grantUser || granted == grantEveryone:
		return onlyResource
	case granted == grantRole:
		return resourceNarrowed
	case trust:
		return bothSides
	}
	return identityOnly
}

// evaluation collects what the policies say about one request.
type evaluation struct {
	request  Request
	boundary bool // the principal has a permissions boundary
	matched  []Match
	denied   Side // first side with an explicit Deny
}

// allows runs identity-style policies: they have no Principal.
func (e *evaluation) allows(side Side, policies []Named) bool {
	allowed := false
	for i, policy := range policies {
		name := policy.Name
		if name == "" {
			name = fmt.Sprintf("%s[%d]", side, i)
		}
		for j, s := range policy.Document.Statements {
			if s.applies(e.request, policy.Document.Version, false) {
				e.note(side, name, j, s)
				allowed = allowed || s.Effect == Allow
			}
		}
	}
	return allowed
}

// resourceControl notes what resource control policies deny.
func (e *evaluation) resourceControl(policies []Named) {
	for i, policy := range policies {
		name := policy.Name
		if name == "" {
			name = fmt.Sprintf("%s[%d]", ResourceControlSide, i)
		}
		for j, s := range policy.Document.Statements {
			if s.Effect == Deny && e.principalGrant(s) != grantNone && s.applies(e.request, policy.Document.Version, false) {
				e.note(ResourceControlSide, name, j, s)
			}
		}
	}
}

// grant runs a resource policy and returns the most direct Allow.
func (e *evaluation) grant(policy Named) grant {
	best := grantNone
	name := policy.Name
	if name == "" {
		name = ResourceSide.String()
	}
	for i, s := range policy.Document.Statements {
		g := e.principalGrant(s)
		if g == grantNone || !s.applies(e.request, policy.Document.Version, true) {
			continue
		}
		e.note(ResourceSide, name, i, s)
		if s.Effect == Allow {
			best = max(best, g)
		}
	}
	return best
}

func (e *evaluation) principalGrant(s Statement) grant {
	switch {
	case s.Principal != nil:
		return s.Principal.grantTo(e.request.Principal)
	case s.NotPrincipal == nil:
		return grantNone
	case s.Effect == Deny && e.boundary:
		// AWS: such a Deny always denies a principal that has a boundary.
		return grantEveryone
	case s.Effect == Deny && s.NotPrincipal.exempts(e.request.Principal),
		s.Effect == Allow && s.NotPrincipal.grantTo(e.request.Principal) != grantNone:
		return grantNone
	}
	return grantEveryone
}

func (e *evaluation) note(side Side, policy string, index int, s Statement) {
	e.matched = append(e.matched, Match{Side: side, Policy: policy, Statement: index, Sid: s.Sid, Effect: s.Effect})
	if s.Effect == Deny && e.denied == NoSide {
		e.denied = side
	}
}
