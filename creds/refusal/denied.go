package refusal

import (
	"fmt"
	"slices"
	"strings"

	"cameo/creds"
	"cameo/internal/policy"
	"cameo/profiles"
)

// denied explains "User: X is not authorized to perform: ...".
func (c *call) denied() []Cause {
	switch c.denial.action {
	case "sts:TagSession":
		return c.alsoNamed(Cause{
			Kind: SessionTags, Certainty: Certain, At: c.exchange.Step.SessionTags.Position, clause: "the session tags need sts:TagSession, and that is not allowed",
			Why: "The request carries session tags, or inherits those of the session that signed, and sts:TagSession is not allowed for it.",
			Fix: "Leave the tags out, or have sts:TagSession allowed: in the role's trust policy and, across accounts, in your own policies too.",
			Ask: c.askTrust(),
		})
	case "sts:SetSourceIdentity":
		return c.alsoNamed(Cause{
			Kind: SourceIdentity, Certainty: Certain, At: c.exchange.Step.SourceIdentity.Position, clause: "the source identity needs sts:SetSourceIdentity, and that is not allowed",
			Why:      "The request carries a source identity, its own or that of the session that signed, and sts:SetSourceIdentity is not allowed for it.",
			Evidence: []string{"a source identity stays through a chain of roles and cannot be changed or dropped in it"},
			Fix:      "Leave it out at the first role of the chain, or have sts:SetSourceIdentity allowed: in the role's trust policy and, across accounts, in your own policies too.",
			Ask:      c.askTrust(),
		})
	}
	if cause, ok := c.named(); ok {
		return append([]Cause{cause}, c.behind(cause)...)
	}
	return c.unnamed()
}

// alsoNamed puts the policy type that AWS names, if any, behind a cause.
func (c *call) alsoNamed(first Cause) []Cause {
	if named, ok := c.named(); ok {
		return []Cause{first, named}
	}
	return []Cause{first}
}

// named is the cause that AWS's own words give: the type of the policy is certain,
// which of its statements is not said.
func (c *call) named() (Cause, bool) {
	d := c.denial
	cause := Cause{Certainty: Certain, Evidence: []string{"AWS reports: " + d.quote()}, clause: d.quote()}
	if d.policy != "" {
		cause.Evidence = append(cause.Evidence, "the policy is "+profiles.Inert(d.policy))
	}
	who := c.who()
	switch side := strings.ToLower(d.side); {
	case strings.HasPrefix(side, "identity-based") && !d.explicit:
		c.identityWords(&cause)
		cause.Why = fmt.Sprintf("No policy of %s allows %s on the role.", who, d.action)
	case strings.HasPrefix(side, "identity-based"):
		cause.Kind = IdentityDeny
		cause.Why = fmt.Sprintf("A policy of %s, of a group or of its own, denies %s on purpose.", who, d.action)
		cause.Fix = "Find out what the Deny waits for; it cannot be outweighed by an Allow."
		cause.Ask = &Ask{Whom: c.ownAdministrator(), For: "which Deny holds here, and what it wants"}
	case (strings.HasPrefix(side, "role trust") || strings.HasPrefix(side, "resource-based")) && !d.explicit:
		cause.Kind = TrustPolicy
		cause.Why = fmt.Sprintf("The role's trust policy has no statement that lets %s in with this request.", who)
		cause.Fix = "Have the trust policy name the caller, or meet its conditions."
		cause.Ask = c.askTrust()
	case strings.HasPrefix(side, "role trust") || strings.HasPrefix(side, "resource-based"):
		c.trustDenyWords(&cause)
		cause.Why = fmt.Sprintf("The role's trust policy denies %s on purpose.", who)
	case strings.HasPrefix(side, "service control"), strings.HasPrefix(side, "resource control"):
		c.organizationWords(&cause)
		cause.Why = fmt.Sprintf("A %s of an organization does not let this through.", side)
	case strings.Contains(side, "permissions boundary"):
		cause.Kind = PermissionsBoundary
		cause.Why = fmt.Sprintf("The permissions boundary of %s does not let %s through.", who, d.action)
		cause.Fix = "Have the boundary allow it; a policy of your own cannot go beyond it."
		cause.Ask = &Ask{Whom: c.ownAdministrator(), For: "to let the permissions boundary allow this", Policy: identityPolicy(c.roleARN(), c.actions())}
	case strings.HasPrefix(side, "session policy"):
		c.sessionWords(&cause)
		cause.Why = "The session that signed was narrowed by a session policy when it was made."
	case strings.HasPrefix(side, "vpc endpoint"):
		cause.Kind = EndpointPolicy
		cause.Why = "The policy of the VPC endpoint on the way to AWS does not let this through: the network, not you."
		cause.Fix = "Try another network or region, or have the endpoint's policy changed."
		cause.Ask = &Ask{Whom: "whoever runs the VPC", For: "to let the STS endpoint's policy allow this"}
	default:
		return Cause{}, false
	}
	return cause, true
}

// behind is what may be the reason within the policy that AWS named.
func (c *call) behind(first Cause) []Cause {
	var more []Cause
	switch first.Kind {
	case TrustPolicy:
		for _, cause := range []Cause{c.mfaCause(), c.externalCause(), c.conditionCause()} {
			if cause.weight > 0 {
				more = append(more, cause)
			}
		}
		rank(more)
	case IdentityDeny:
		if mfa := c.mfaCause(); mfa.weight > 0 {
			mfa.Evidence = append(mfa.Evidence, "a Deny of everything without MFA is a common one")
			mfa.Why, mfa.clause = "The Deny may be one that holds as long as there is no MFA.", "a Deny that holds without MFA"
			more = append(more, mfa)
		}
	}
	return more
}

// unnamed explains the short form: it is the same whatever is missing. What speaks
// for and against each cause decides the order.
func (c *call) unnamed() []Cause {
	all := []Cause{c.trustCause(), c.identityCause(), c.notFoundCause(), c.mfaCause(), c.externalCause(), c.conditionCause(),
		c.trustDenyCause(), c.organizationCause(), c.sessionCause(), c.boundaryCause()}
	all = slices.DeleteFunc(all, func(cause Cause) bool { return cause.weight <= 0 })
	rank(all)
	return all
}

func rank(causes []Cause) {
	slices.SortStableFunc(causes, func(a, b Cause) int { return b.weight - a.weight })
}

// changed is evidence that something became different since it worked; the second
// result is 0 where there is none.
func (c *call) changed() []string {
	if c.facts.WorkedAt.IsZero() {
		return nil
	}
	return []string{"you entered this role by this profile " + creds.Ago(c.facts.Now.Sub(c.facts.WorkedAt)) + ": something has changed since"}
}

// either picks a weight by whether the same call worked before.
func (c *call) either(before, never int) int {
	if c.facts.WorkedAt.IsZero() {
		return never
	}
	return before
}

func (c *call) trustCause() Cause {
	cause := Cause{
		Kind: TrustPolicy, Certainty: Possible, weight: c.either(34, 32), Evidence: c.changed(), clause: "the role does not trust " + c.who(),
		Why: fmt.Sprintf("The role's trust policy may not name %s.", c.who()),
		Fix: "Have the trust policy name the caller.", Ask: c.askTrust(),
	}
	if same, known := c.sameAccount(); known && !same {
		cause.Evidence = append(cause.Evidence, fmt.Sprintf("the role is in account %s, the caller in %s: both sides must allow it", c.role.Account, c.caller.account))
	}
	return cause
}

func (c *call) identityWords(cause *Cause) {
	cause.Kind = IdentityPolicy
	cause.Fix = "Ask for a policy that allows it."
	cause.Ask = &Ask{Whom: c.ownAdministrator(), For: fmt.Sprintf("to give %s this policy", c.who()), Policy: identityPolicy(c.roleARN(), c.actions())}
}

func (c *call) identityCause() Cause {
	cause := Cause{Certainty: Possible, weight: c.either(32, 30), clause: c.who() + " may not call sts:AssumeRole on it",
		Why: fmt.Sprintf("No policy of %s may allow sts:AssumeRole on this role.", c.who())}
	c.identityWords(&cause)
	return cause
}

func (c *call) notFoundCause() Cause {
	cause := Cause{
		Kind: RoleNotFound, Certainty: Possible, weight: c.either(14, 20), clause: "there is no such role", At: c.exchange.Step.RoleARN.Position,
		Why:      "There may be no role of this name: AWS answers the same for one that does not exist.",
		Evidence: []string{"upper and lower case count in a role's name, and so does its path"},
		Fix:      "Compare the role's ARN with the one that its owner gives.",
	}
	if same, known := c.sameAccount(); known && same && c.denial.side == "" {
		cause.weight, cause.Certainty = 60, Likely
		cause.Evidence = append(cause.Evidence, "within one account AWS names the policy that denies, and here it named none")
	}
	if !c.facts.SeenAt.IsZero() && c.facts.WorkedAt.IsZero() {
		cause.weight, cause.Certainty = 4, Possible
		cause.Evidence = append(cause.Evidence, "another profile entered it "+creds.Ago(c.facts.Now.Sub(c.facts.SeenAt)))
	}
	c.compareNames(&cause)
	return cause
}

// compareNames weighs the role's name by those of other roles that the user knows:
// one of the account that differs in case alone makes a slip of the pen likely, one
// that differs in little moves it up, the same name elsewhere moves it down.
func (c *call) compareNames(cause *Cause) {
	var names []string
	asked := pathAndName(c.roleARN())
	for _, known := range c.facts.KnownRoles {
		name := pathAndName(known)
		switch there := strings.Contains(known, ":"+c.role.Account+":"); {
		case known == c.roleARN():
		case there && strings.EqualFold(lastName(name), c.role.Name):
			cause.weight, cause.Certainty = 80, Likely
			cause.Evidence = append(cause.Evidence, "another profile has "+profiles.Inert(known))
			cause.Fix = "Try the other spelling: " + profiles.Inert(known) + "."
			return
		default:
			names = append(names, name)
		}
	}
	if slices.Contains(names, asked) {
		cause.weight /= 2
		cause.Evidence = append(cause.Evidence, "other accounts have a role of this name")
		return
	}
	if near := profiles.Nearest(asked, names, 1); len(near) > 0 && cause.weight > 4 {
		cause.weight = max(cause.weight, 40)
		cause.Evidence = append(cause.Evidence, "another role you know is called "+profiles.Inert(near[0]))
	}
}

// pathAndName is what stands behind ":role/" of an ARN.
func pathAndName(arn string) string {
	_, name, _ := strings.Cut(arn, ":role/")
	return name
}

func lastName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// mfaCause weighs nothing where a code went with the call.
func (c *call) mfaCause() Cause {
	if c.mfa() {
		return Cause{}
	}
	cause := Cause{
		Kind: MFARequired, Certainty: Possible, weight: c.either(22, 24), clause: "it wants MFA", Evidence: []string{"no MFA code went with the request"},
		Why: "The role may want MFA, and none was given.", At: c.exchange.Step.RoleARN.Position,
		Fix: "Set mfa_serial in the profile to the ARN of your MFA device, and try again.",
	}
	switch {
	case c.caller.kind == "assumed-role":
		cause.Evidence = append(cause.Evidence, "a role's session carries no MFA, even where a code opened it")
		cause.Fix = "Enter the role from your user, with mfa_serial in its profile: a role's session has no MFA device."
		cause.weight -= 4
	case c.by.KeyKind == "ASIA":
		cause.Evidence = append(cause.Evidence, "the session that signed may have been opened with one")
		cause.weight -= 6
	}
	return cause
}

func (c *call) externalCause() Cause {
	external := c.exchange.Step.ExternalID
	if external.Text != "" {
		return Cause{
			Kind: ExternalID, Certainty: Possible, weight: c.either(14, 16), clause: "the external ID is another one", At: external.Position,
			Why:      "The role may want another external ID than the one that was sent.",
			Evidence: []string{fmt.Sprintf("an external ID of %d characters was sent; upper and lower case count", len(external.Text))},
			Fix:      "Compare external_id of the profile with what the role's owner gave you.",
		}
	}
	cause := Cause{
		Kind: ExternalID, Certainty: Possible, weight: c.either(8, 12), clause: "it wants an external ID", At: c.exchange.Step.RoleARN.Position,
		Why: "The role may want an external ID, and none was sent.", Evidence: []string{"the profile has no external_id"},
		Fix: "Ask the role's owner for it, and set external_id in the profile.",
	}
	if same, known := c.sameAccount(); known && same {
		cause.weight = 4 // it is meant for third parties
	}
	return cause
}

func (c *call) conditionCause() Cause {
	return Cause{
		Kind: TrustCondition, Certainty: Possible, weight: c.either(26, 10), clause: "it sets a condition that this request does not meet",
		Why:      "The trust policy may set a condition that this request does not meet: source address, time, organization, session name, tags.",
		Evidence: c.changed(), Fix: "Ask which conditions the trust policy sets, and whether the network or the time matter.",
		Ask: &Ask{Whom: c.roleOwner(), For: "which conditions the role's trust policy sets"},
	}
}

func (c *call) trustDenyWords(cause *Cause) {
	cause.Kind = TrustDeny
	cause.Fix = "Ask why; an Allow cannot outweigh it."
	cause.Ask = &Ask{Whom: c.roleOwner(), For: "which Deny of the role's trust policy holds here"}
}

func (c *call) trustDenyCause() Cause {
	cause := Cause{Certainty: Possible, weight: c.either(12, 8), clause: "the role denies " + c.who(), Evidence: c.changed(),
		Why: fmt.Sprintf("The role's trust policy may deny %s on purpose.", c.who())}
	c.trustDenyWords(&cause)
	return cause
}

func (c *call) organizationWords(cause *Cause) {
	cause.Kind = OrganizationPolicy
	cause.Fix = "Only the administrators of the organization can change it; a rule on regions or on the root user is common."
	cause.Ask = &Ask{Whom: "the administrators of your organization", For: fmt.Sprintf("whether a control policy should keep %s from %s", c.who(), c.action())}
}

func (c *call) organizationCause() Cause {
	cause := Cause{Certainty: Possible, weight: c.either(12, 8), clause: "an organization forbids it", Evidence: c.changed(),
		Why: "A control policy of your organization or of the role's may forbid it."}
	c.organizationWords(&cause)
	return cause
}

func (c *call) sessionWords(cause *Cause) {
	cause.Kind = SessionPolicy
	cause.Fix = "Switch from the identity that opened the session, not from the session."
}

// sessionCause weighs nothing for long-term keys, and for a session that this chain
// made without a policy.
func (c *call) sessionCause() Cause {
	if c.by.KeyKind != "ASIA" || c.caller.kind == "user" {
		return Cause{}
	}
	cause := Cause{Certainty: Possible, weight: 9, clause: "the session that signed was narrowed",
		Why: "The session that signed may have been narrowed by a session policy when it was made."}
	c.sessionWords(&cause)
	before := c.before()
	if len(before) == 0 || before[len(before)-1].Operation != creds.AssumeRole {
		return cause
	}
	switch step := before[len(before)-1].Step; {
	case step.Policy == "" && len(step.PolicyARNs) == 0:
		return Cause{}
	case !c.letsThrough(step.Policy):
		cause.weight, cause.Certainty = 90, Likely
		cause.Evidence = append(cause.Evidence, "the session policy that it was made with does not allow "+c.action()+" on this role")
	case len(step.PolicyARNs) > 0:
		cause.weight, cause.Certainty = 50, Likely
		cause.Evidence = append(cause.Evidence, "it was made with "+profiles.Inert(strings.Join(step.PolicyARNs, ", ")))
	default:
		return Cause{}
	}
	return cause
}

// letsThrough reports whether a session policy allows the call; one that cannot be
// read, and none at all, are not known to stop it.
func (c *call) letsThrough(text string) bool {
	doc, err := policy.Parse([]byte(text))
	if text == "" || err != nil {
		return true
	}
	request := policy.Request{Principal: policy.PrincipalOf(c.caller.arn), Action: c.action(), Resource: c.roleARN()}
	return policy.Evaluate(request, policy.Policies{Identity: []policy.Named{{Document: doc}}}).Outcome == policy.Allowed
}

func (c *call) boundaryCause() Cause {
	return Cause{
		Kind: PermissionsBoundary, Certainty: Possible, weight: c.either(7, 6), clause: "a permissions boundary does not let it through",
		Why: fmt.Sprintf("A permissions boundary of %s may not let sts:AssumeRole through.", c.who()),
		Fix: "Ask whether a boundary is set, and to have it allow this.",
		Ask: &Ask{Whom: c.ownAdministrator(), For: "to let the permissions boundary allow this", Policy: identityPolicy(c.roleARN(), c.actions())},
	}
}

func (c *call) action() string {
	if c.denial.action != "" {
		return c.denial.action
	}
	return string("sts:" + c.exchange.Operation)
}

// actions are what has to be allowed for a call with all that goes with it: tags
// and source identity of its own, or handed on by the roles before.
func (c *call) actions() []string {
	step := c.exchange.Step
	tags, source := len(step.Tags()) > 0, step.SourceIdentity.Text != ""
	for _, e := range c.before() {
		tags, source = tags || len(e.Step.TransitiveTags()) > 0, source || e.Step.SourceIdentity.Text != ""
	}
	actions := []string{"sts:AssumeRole"}
	if tags || c.denial.action == "sts:TagSession" {
		actions = append(actions, "sts:TagSession")
	}
	if source || c.denial.action == "sts:SetSourceIdentity" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	return actions
}

// before are the exchanges of the chain that lead to this one.
func (c *call) before() []creds.Exchange {
	step, _ := c.place()
	if step == 0 {
		return nil
	}
	return c.facts.Chain[:step-1]
}

func (c *call) roleARN() string { return c.exchange.Step.RoleARN.Text }

func (c *call) ownAdministrator() string {
	if c.caller.account != "" {
		return "an administrator of account " + profiles.Inert(c.caller.account)
	}
	return "an administrator of your account"
}

func (c *call) roleOwner() string {
	if c.role.Name == "" {
		return "the owner of the role"
	}
	return fmt.Sprintf("the owner of role %s in account %s", profiles.Inert(c.role.Name), profiles.Inert(c.role.Account))
}

// askTrust asks the role's owner to let the caller in.
func (c *call) askTrust() *Ask {
	a := &Ask{Whom: c.roleOwner(), For: "to add this statement to the role's trust policy"}
	if principal := c.principal(); principal != "" {
		a.Policy = trustStatement(principal, c.mfa(), c.exchange.Step.ExternalID.Text, c.actions())
	} else {
		a.For = "to name the caller in the role's trust policy"
	}
	return a
}

// principal is how a trust policy names the caller: a session by its role. A
// session's ARN drops the role's path, so the chain's own word goes before.
func (c *call) principal() string {
	if c.caller.kind != "assumed-role" {
		return c.caller.arn
	}
	for i := len(c.facts.Chain) - 1; i > 0; i-- {
		e := c.facts.Chain[i]
		if role, err := profiles.ParseRoleARN(e.Step.RoleARN.Text); err == nil && e.Operation == creds.AssumeRole &&
			role.Name == c.caller.name && role.Account == c.caller.account {
			return role.String()
		}
	}
	return profiles.RoleARN{Partition: c.caller.partition, Account: c.caller.account, Path: "/", Name: c.caller.name}.String()
}
