package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Use says where a document is to be saved; the elements it may have depend on it.
type Use int

// The uses of a policy document.
const (
	IdentityUse Use = iota // attached to a user, group or role; also boundaries and session policies
	TrustUse               // a role's trust policy
	BucketUse              // a bucket's policy
)

// Validate reports the first fault for which IAM refuses to save the document
// (MalformedPolicyDocument): a missing or prohibited element, an unknown or empty
// condition operator, a principal that cannot be one. It does not look whether
// users and roles exist.
func (d Document) Validate(use Use) error {
	if len(d.Statements) == 0 {
		return &SyntaxError{What: "there is no statement"}
	}
	for i, s := range d.Statements {
		if what := s.fault(use); what != "" {
			return &SyntaxError{What: fmt.Sprintf("statement %d: %s", i+1, what)}
		}
	}
	return nil
}

func (s Statement) fault(use Use) string {
	if len(s.Action) == 0 && len(s.NotAction) == 0 {
		return "Missing required field Action"
	}
	if what := s.elementFault(use); what != "" {
		return what
	}
	for _, c := range s.Conditions {
		if _, ok := parseOperator(c.Operator); !ok {
			return fmt.Sprintf("Invalid Condition type : %s", c.Operator)
		}
	}
	for _, action := range append(slices.Clone(s.Action), s.NotAction...) {
		if action != "*" && !strings.Contains(action, ":") {
			return fmt.Sprintf("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: %s", action)
		}
	}
	return ""
}

func (s Statement) elementFault(use Use) string {
	hasResource := len(s.Resource) > 0 || len(s.NotResource) > 0
	switch use {
	case IdentityUse:
		if s.Principal != nil || s.NotPrincipal != nil {
			return "Policy document should not specify a principal."
		}
		if !hasResource {
			return "Policy statement must contain resources."
		}
		return ""
	case TrustUse:
		if s.NotPrincipal != nil {
			return "Has prohibited field NotPrincipal"
		}
		if hasResource {
			return "Has prohibited field Resource"
		}
	case BucketUse:
		if !hasResource {
			return "Missing required field Resource"
		}
	}
	if s.Principal == nil && s.NotPrincipal == nil {
		return "Missing required field Principal"
	}
	for _, ps := range []*Principals{s.Principal, s.NotPrincipal} {
		if ps == nil {
			continue
		}
		for _, name := range ps.AWS {
			if !canBePrincipal(name) {
				return fmt.Sprintf(`Invalid principal in policy: "AWS":"%s"`, name)
			}
		}
	}
	return ""
}

// canBePrincipal refuses what no principal looks like: wildcards inside an ARN,
// groups, and text of another form.
func canBePrincipal(name string) bool {
	if name == "*" || isAccountID(name) {
		return true
	}
	if strings.HasPrefix(name, "AIDA") || strings.HasPrefix(name, "AROA") {
		return !strings.ContainsAny(name, "*?:/")
	}
	parts := strings.SplitN(name, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || strings.ContainsAny(name, "*?") || !isAccountID(parts[4]) {
		return false
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch parts[2] {
	case "iam":
		return parts[5] == "root" || ((kind == "user" || kind == "role") && rest != "")
	case "sts":
		return (kind == "assumed-role" && strings.Count(rest, "/") == 1) || (kind == "federated-user" && rest != "")
	}
	return false
}
