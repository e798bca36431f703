package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cameo/internal/policy"
)

// decide evaluates one action of a caller on a resource; nil is a caller without
// keys. The world is locked by the caller.
func (w *World) decide(c *credential, action, resource, owner string, context policy.Context, resourcePolicy *policy.Named) policy.Decision {
	request := policy.Request{Action: action, Resource: resource, ResourceAccount: owner, Context: context}
	policies := policy.Policies{Resource: resourcePolicy}
	if c != nil {
		request.Principal = c.principal()
		policies.Session = c.policies
		policies.Identity, policies.Boundary = w.identityPolicies(c)
		policies.ServiceControl = w.accounts[c.account].serviceControl
	}
	if a := w.accounts[owner]; a != nil {
		policies.ResourceControl = a.resourceControl
	}
	return policy.Evaluate(request, policies)
}

func (w *World) identityPolicies(c *credential) (identity, boundary []policy.Named) {
	var limit *policy.Named
	switch c.kind {
	case policy.User:
		identity = append(identity, c.user.policies...)
		for _, name := range c.user.groups {
			if g := w.accounts[c.account].groups[name]; g != nil {
				identity = append(identity, g.policies...)
			}
		}
		limit = c.user.boundary
	case policy.Role:
		identity = append(identity, c.role.policies...)
		limit = c.role.boundary
	}
	if limit != nil {
		boundary = []policy.Named{*limit}
	}
	return identity, boundary
}

// tells reports whether AWS says to a caller which policy type denied a request: it
// does within one account and one organization; else it names only a policy of the
// caller's own side that denies on purpose. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (w *World) tells(c *credential, owner string, d policy.Decision) bool {
	ours, theirs := w.accounts[c.account], w.accounts[owner]
	if ours == theirs || ours.organization != "" && ours.organization == theirs.organization {
		return true
	}
	return d.Outcome == policy.ExplicitlyDenied && d.Side != policy.ResourceSide && d.Side != policy.ResourceControlSide
}

// contextOf fills in the global condition keys of a request. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func contextOf(c *credential, r *http.Request, region string, now time.Time) policy.Context {
	var context policy.Context
	context.Set("aws:CurrentTime", now.UTC().Format(time.RFC3339))
	context.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	context.Set("aws:SecureTransport", strconv.FormatBool(r.TLS != nil))
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		context.Set("aws:SourceIp", host)
	}
	if agent := r.UserAgent(); agent != "" {
		context.Set("aws:UserAgent", agent)
	}
	if region != "" {
		context.Set("aws:RequestedRegion", region)
	}
	if c == nil {
		context.Set("aws:PrincipalType", "Anonymous")
		return context
	}
	context.Set("aws:PrincipalAccount", c.account)
	context.Set("aws:userid", c.userID())
	context.Set("aws:PrincipalArn", c.arn())
	switch c.kind {
	case policy.User:
		context.Set("aws:PrincipalType", "User")
		context.Set("aws:username", c.user.name)
	case policy.Role:
		context.Set("aws:PrincipalType", "AssumedRole")
		context.Set("aws:PrincipalArn", c.role.arn)
	case policy.Root:
		context.Set("aws:PrincipalType", "Account")
	}
	if c.temporary() {
		context.Set("aws:TokenIssueTime", c.issued.UTC().Format(time.RFC3339))
		context.Set("aws:MultiFactorAuthPresent", strconv.FormatBool(!c.mfaAt.IsZero()))
	}
	if !c.mfaAt.IsZero() {
		context.Set("aws:MultiFactorAuthAge", strconv.Itoa(int(now.Sub(c.mfaAt)/time.Second)))
	}
	if c.sourceID != "" {
		context.Set("aws:SourceIdentity", c.sourceID)
	}
	for _, t := range c.tags {
		context.Set("aws:PrincipalTag/"+t.key, t.value)
	}
	return context
}

// why is the tail of AWS's access denied message: the side that denied. The name
// of the resource's policy is "role trust" or "resource-based".
func why(d policy.Decision, action, resourcePolicy string) string {
	if d.Outcome == policy.Allowed {
		return ""
	}
	kind := map[policy.Side]string{
		policy.ServiceControlSide: "service control policy", policy.ResourceControlSide: "resource control policy",
		policy.IdentitySide: "identity-based policy", policy.BoundarySide: "permissions boundary",
		policy.SessionSide: "session policy", policy.ResourceSide: resourcePolicy + " policy",
	}[d.Side]
	if d.Outcome == policy.ImplicitlyDenied {
		return " because no " + kind + " allows the " + action + " action"
	}
	article := "a "
	switch {
	case d.Side == policy.IdentitySide:
		article = "an "
	case d.Side == policy.ResourceSide && strings.HasPrefix(resourcePolicy, "role"):
		article = "the "
	}
	return " with an explicit deny in " + article + kind
}
