package policy

import (
	"slices"
	"strings"
)

// PrincipalKind says what made a request.
type PrincipalKind int

// The kinds of principal that IAM knows.
const (
	Anonymous     PrincipalKind = iota
	User                        // an IAM user, with long-term keys or a GetSessionToken session
	Role                        // a session of a role
	Root                        // the root user of an account
	FederatedUser               // a GetFederationToken session
	Service                     // an AWS service
	Federated                   // a SAML or OpenID Connect provider that vouches for someone
)

// Principal is who makes a request.
type Principal struct {
	Kind    PrincipalKind
	Account string // twelve digits; empty for Anonymous, Service and Federated
	// ARN is the user's, the session's (arn:aws:sts::...:assumed-role/R/S), the
	// account's root, the provider's; for a service its name.
	ARN string
	// RoleARN is the role of a session, with its path.
	RoleARN string
	// ID is the unique ID (AIDA... or AROA...) that trust policies are bound to;
	// empty where only names are known.
	ID string
}

// PrincipalOf reads a principal from its ARN, a service name such as
// lambda.amazonaws.com, or "anonymous". A session's role is taken to have no
// path, which its ARN does not tell.
func PrincipalOf(name string) Principal {
	parts := strings.SplitN(name, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		if name == "" || name == "anonymous" || name == "*" {
			return Principal{Kind: Anonymous}
		}
		if strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn") {
			return Principal{Kind: Service, ARN: name}
		}
		if isAccountID(name) {
			return Principal{Kind: Root, Account: name, ARN: "arn:aws:iam::" + name + ":root"}
		}
		return Principal{Kind: Federated, ARN: name}
	}
	p := Principal{Account: parts[4], ARN: name}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		p.Kind = Root
	case parts[2] == "iam" && kind == "user":
		p.Kind = User
	case parts[2] == "iam" && kind == "role":
		p.Kind, p.RoleARN = Role, name
	case parts[2] == "sts" && kind == "assumed-role":
		role, _, _ := strings.Cut(rest, "/")
		p.Kind, p.RoleARN = Role, "arn:"+parts[1]+":iam::"+parts[4]+":role/"+role
	case parts[2] == "sts" && kind == "federated-user":
		p.Kind = FederatedUser
	default:
		p.Kind = Federated
	}
	return p
}

// grant is how directly a resource policy names the principal, weakest first.
// What else is needed for access depends on it.
type grant int

const (
	grantNone grant = iota
	grantAccount
	grantEveryone
	grantRole
	grantUser
	grantSession
	grantService
)

// grantTo returns the strongest way in which the element names the principal.
func (ps *Principals) grantTo(p Principal) grant {
	best := grantNone
	if ps.Everyone {
		best = grantEveryone
	}
	switch p.Kind {
	case Service:
		if slices.Contains(ps.Service, p.ARN) || slices.Contains(ps.Service, "*") {
			return grantService
		}
		return best
	case Federated:
		if slices.Contains(ps.Federated, p.ARN) {
			return grantService
		}
		return best
	}
	for _, name := range ps.AWS {
		best = max(best, awsGrant(name, p))
	}
	return best
}

func awsGrant(name string, p Principal) grant {
	switch {
	case name == "*":
		return grantEveryone
	case p.Kind == Anonymous:
		return grantNone
	case p.Account != "" && accountOf(name) == p.Account:
		return grantAccount
	case p.Kind == User && (name == p.ARN || (p.ID != "" && name == p.ID)):
		return grantUser
	case p.Kind == Role && (name == p.RoleARN || (p.ID != "" && name == p.ID)):
		return grantRole
	case (p.Kind == Role || p.Kind == FederatedUser) && name == p.ARN:
		return grantSession
	}
	return grantNone
}

// exempts reports whether a NotPrincipal element leaves the principal out. IAM
// wants every level of it listed: the account, and the user; or the account, the
// role and the session. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (ps *Principals) exempts(p Principal) bool {
	if ps.Everyone || slices.Contains(ps.AWS, "*") {
		return true
	}
	listed := func(wanted grant) bool {
		return slices.ContainsFunc(ps.AWS, func(name string) bool { return awsGrant(name, p) == wanted })
	}
	switch p.Kind {
	case Anonymous:
		return false
	case Service, Federated:
		return ps.grantTo(p) == grantService
	case Root:
		return listed(grantAccount)
	case User:
		return listed(grantAccount) && listed(grantUser)
	case FederatedUser:
		return listed(grantAccount) && listed(grantSession)
	}
	session := p.ARN == p.RoleARN || listed(grantSession)
	return listed(grantAccount) && listed(grantRole) && session
}

// accountOf returns the account that a principal entry stands for as a whole: an
// account ID, or the ARN of an account's root; otherwise "".
func accountOf(name string) string {
	if isAccountID(name) {
		return name
	}
	parts := strings.SplitN(name, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[3] == "" && parts[5] == "root" && isAccountID(parts[4]) {
		return parts[4]
	}
	return ""
}

func isAccountID(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
