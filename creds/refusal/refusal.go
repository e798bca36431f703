// Package refusal says what an error of AWS STS means, and what to do about it.
//
// Call [Explain] with the error of a creds.Broker or creds.STS and with what is
// known besides; the [Explanation] has the causes, best first, each with how sure
// it is, the evidence, what to do, and whom to ask for which policy statement.
//
// The package is pure: it reads nothing, asks nobody, and knows only what a client
// sees. It never turns AWS's short refusal, which is the same whatever is missing,
// into one assertion; and where AWS names a policy type it says that AWS does, since
// AWS names one of perhaps several. No secret is ever in its words.
package refusal

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cameo/creds"
	"cameo/profiles"
)

// Kind is what stood in the way. The list is closed: programs may rely on it.
type Kind string

// The kinds of cause.
const (
	// The caller's side.
	IdentityPolicy      Kind = "identity_policy"      // no policy of the caller allows the call
	IdentityDeny        Kind = "identity_deny"        // a policy of the caller denies it
	PermissionsBoundary Kind = "permissions_boundary" // the boundary of the caller does not let it through
	SessionPolicy       Kind = "session_policy"       // the session that signed was narrowed when it was made
	OrganizationPolicy  Kind = "organization_policy"  // a service or resource control policy
	EndpointPolicy      Kind = "endpoint_policy"      // the policy of the VPC endpoint on the way
	// The role's side.
	TrustPolicy    Kind = "trust_policy"    // no statement of the trust policy lets the caller in with this request; the next three are its special cases
	TrustCondition Kind = "trust_condition" // one does, but for a condition: source address, time, organization, session name, tags
	MFARequired    Kind = "mfa_required"    // one does, but wants MFA
	ExternalID     Kind = "external_id"     // one does, but wants an external ID, or another one
	TrustDeny      Kind = "trust_deny"      // the trust policy denies the caller
	RoleNotFound   Kind = "role_not_found"  // there is no role of that name, case counting
	// What goes with the call.
	SessionTags    Kind = "session_tags"    // sts:TagSession is not allowed
	SourceIdentity Kind = "source_identity" // sts:SetSourceIdentity is not allowed
	Duration       Kind = "duration"        // longer or shorter than allowed
	Request        Kind = "request"         // a value that AWS does not take
	// Who signs.
	MFACode      Kind = "mfa_code"      // the code is wrong or was used before
	MFADevice    Kind = "mfa_device"    // the device is none of the caller's
	CallerType   Kind = "caller_type"   // root, or temporary credentials, where AWS does not take them
	KeysRejected Kind = "keys_rejected" // AWS does not accept the keys: unknown, switched off, or the secret is wrong
	SessionEnded Kind = "session_ended" // the session that signed has ended
	Clock        Kind = "clock"         // this machine's clock is off
	// AWS itself.
	Account     Kind = "account"     // STS is off in the region, or the account is not ready
	Unavailable Kind = "unavailable" // not reached, throttled, down, or not AWS
)

// Certainty is how sure a cause is.
type Certainty string

// The certainties.
const (
	Certain  Certainty = "certain"  // AWS said so, or nothing else can be
	Likely   Certainty = "likely"   // there is evidence for it
	Possible Certainty = "possible" // nothing speaks against it
)

// Cause is one thing that may have stood in the way.
type Cause struct {
	Kind      Kind
	Certainty Certainty
	Why       string   // one sentence, inert
	Evidence  []string // clauses, inert
	Fix       string   // what to do, one sentence, inert
	// Command is what to type; empty: nothing that cameo knows.
	Command string
	// At is the line of a file to look at; zero: none.
	At profiles.Position
	// Ask is who can change it, and what to ask them for; nil: it is the user's own
	// to change.
	Ask *Ask

	clause string // Why in a few words, for a list
	weight int    // how it ranks among those that AWS does not tell apart
}

// Ask is a request to somebody else.
type Ask struct {
	Whom string // "the owner of role Admin in account 444455556666"
	For  string // "to add this statement to the role's trust policy"
	// Policy is a whole identity policy, or a statement of a trust policy, as
	// indented JSON; empty: there is none to send.
	Policy string
}

// Facts are what is known of a call besides its error. Every field may be zero.
type Facts struct {
	Now time.Time
	// Chain is all that the request meant to do, as creds.Exchanges lists it.
	Chain []creds.Exchange
	// Caller is the ARN of the identity that the chain begins with.
	Caller string
	// Role is what the user calls the role, for the commands to type.
	Role string
	// WorkedAt is when the same profile entered the same role before.
	WorkedAt time.Time
	// SeenAt is when any profile entered the role: it exists, or did.
	SeenAt time.Time
	// KnownRoles are the ARNs of other roles that the user knows.
	KnownRoles []string
}

// Explanation is what an error means. It is made to be drawn: What, Summary and
// the first cause's Fix are a line each.
type Explanation struct {
	What    string // "AWS refused Admin in 444455556666 (profile "pay-prod")"
	Summary string // why, hedged where it is inferred; a clause
	Code    string // AWS's error code; empty where AWS did not answer
	Causes  []Cause
	// Step is the exchange that failed, from 1, of Steps; 0: it is not known which.
	Step, Steps int
	Caller      string // ARN of who signed; empty where it is not known
	Role        string // ARN of the role; empty where none was asked for
	RequestID   string
	Host        string
	Message     string // AWS's own words, inert
	Bare        bool   // they say no more than What, Summary and Caller do
	At          time.Time
	sent        []string
}

// Raw is AWS's answer in one line: "AccessDenied, request 1f3c, sts.eu-west-1.amazonaws.com".
func (e Explanation) Raw() string {
	parts := []string{e.Code}
	if e.RequestID != "" {
		parts = append(parts, "request "+e.RequestID)
	}
	parts = append(parts, e.Host)
	return profiles.Inert(strings.TrimPrefix(strings.Join(parts, ", "), ", "))
}

// Explain says what err means; ok is false where it is no answer of AWS, and no
// failure to get one.
func Explain(err error, facts Facts) (e Explanation, ok bool) {
	var refused *creds.RefusedError
	var rejected *creds.CodeRejectedError
	switch {
	case errors.As(err, &refused):
		c := newCall(refused.Answer, refused.Exchange, refused.By, facts)
		return c.explanation("AWS refused "+refused.Target(), c.causes()), true
	case errors.As(err, &rejected):
		c := newCall(rejected.Answer, rejected.Exchange, rejected.By, facts)
		return c.explanation("AWS did not accept the MFA code for profile "+profiles.Quote(rejected.Exchange.Step.Profile), c.causes()), true
	}
	if used, ok := errors.AsType[*creds.CodeUsedError](err); ok {
		cause := Cause{Kind: MFACode, Certainty: Certain, clause: used.Error(), Why: "That code went to AWS before, and each works once.",
			Fix: "Wait for the next code and try again."}
		return Explanation{What: "The code was not sent", Summary: used.Error(), Causes: []Cause{cause}, At: facts.Now, Steps: len(facts.Chain)}, true
	}
	return unreached(err, facts)
}

// explanation puts the causes in order and words.
func (c *call) explanation(what string, causes []Cause) Explanation {
	e := Explanation{
		What: what, Code: profiles.Inert(c.answer.Code), Causes: causes, Caller: profiles.Inert(c.caller.arn), RequestID: profiles.Inert(c.answer.RequestID),
		Host: profiles.Inert(c.answer.Host), Message: strings.TrimSpace(profiles.Inert(c.answer.Message)), At: c.facts.Now, sent: c.sent(),
	}
	if c.exchange.Operation == creds.AssumeRole {
		e.Role = profiles.Inert(c.exchange.Step.RoleARN.Text)
	}
	e.Step, e.Steps = c.place()
	e.Summary, e.Bare = c.summary(causes), c.denial.bare
	return e
}

// place finds the exchange in the chain.
func (c *call) place() (step, steps int) {
	for i, e := range c.facts.Chain {
		if e.Operation == c.exchange.Operation && e.Step.Profile == c.exchange.Step.Profile && e.Key == c.exchange.Key {
			return i + 1, len(c.facts.Chain)
		}
	}
	if c.exchange.Operation == creds.GetCallerIdentity && len(c.facts.Chain) > 0 {
		return 1, len(c.facts.Chain)
	}
	return 0, len(c.facts.Chain)
}

// summary is the short sentence of the two-line error.
func (c *call) summary(causes []Cause) string {
	switch {
	case len(causes) == 0:
		return fmt.Sprintf("AWS answered %s, which cameo does not know; it said: %s", profiles.Inert(c.answer.Code), strings.TrimSpace(profiles.Inert(c.answer.Message)))
	case c.denial.side != "":
		return fmt.Sprintf("AWS reports: %s; there may be more behind it", c.denial.quote())
	case causes[0].Certainty == Certain:
		return causes[0].clause
	case c.denial.action == "" || len(causes) == 1:
		return "likely " + causes[0].clause
	}
	var clauses []string
	for _, cause := range causes[:min(3, len(causes))] {
		clauses = append(clauses, cause.clause)
	}
	last := len(clauses) - 1
	return "AWS gives no reason; likely " + strings.Join(clauses[:last], ", ") + ", or " + clauses[last]
}

// sent says what went with the call, for a report: facts, no values that are the
// user's secret.
func (c *call) sent() []string {
	yes := func(b bool, text string) string {
		if b {
			return text
		}
		return "no " + text
	}
	if c.exchange.Operation != creds.AssumeRole {
		return nil
	}
	step := c.exchange.Step
	return []string{yes(c.mfa(), "MFA"), yes(step.ExternalID.Text != "", "external ID"), yes(len(step.Tags()) > 0, "session tags"),
		yes(step.SourceIdentity.Text != "", "source identity"), yes(step.Policy != "" || len(step.PolicyARNs) > 0, "session policy"),
		fmt.Sprintf("duration %d s", int(c.exchange.Duration/time.Second)), "session name " + profiles.Inert(c.exchange.SessionName)}
}

// unreached explains why there was no answer to go by.
func unreached(err error, facts Facts) (Explanation, bool) {
	var network *creds.UnreachableError
	var unavailable *creds.UnavailableError
	var reply *creds.BadReplyError
	cause := Cause{Kind: Unavailable, Certainty: Certain, Why: sentence(err.Error()), clause: err.Error()}
	e := Explanation{What: "AWS did not answer", Summary: err.Error(), At: facts.Now, Steps: len(facts.Chain)}
	switch {
	case errors.As(err, &network):
		e.Host, cause.Fix = profiles.Inert(network.Host), "Look at the network, the VPN and the proxy."
		cause.Why, cause.clause, cause.Command = sentence(network.Error()), network.Error(), "cameo doctor"
		if network.Proxy != "" {
			cause.Evidence = append(cause.Evidence, network.Proxy+" is set")
		}
	case errors.As(err, &unavailable):
		e.Host, e.Code, e.Message = profiles.Inert(unavailable.Host), profiles.Inert(unavailable.Code), profiles.Inert(unavailable.Message)
		cause.Why, cause.clause, cause.Fix = sentence(unavailable.Error()), unavailable.Error(), "Wait a little and try again; sessions that are there already go on working."
	case errors.As(err, &reply):
		e.Host, cause.Fix = profiles.Inert(reply.Host), "Look at AWS_ENDPOINT_URL and endpoint_url, and whether a web login or a proxy stands between."
		cause.Why, cause.clause, cause.Command = sentence(reply.Error()), reply.Error(), "cameo doctor"
	default:
		return Explanation{}, false
	}
	e.Summary, e.Causes = cause.clause, []Cause{cause}
	return e, true
}

// sentence begins with a capital and ends with a full stop.
func sentence(clause string) string {
	if clause == "" {
		return ""
	}
	return strings.ToUpper(clause[:1]) + strings.TrimSuffix(clause[1:], ".") + "."
}
