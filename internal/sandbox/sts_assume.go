package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cameo/internal/policy"
)

type assumedRole struct {
	Credentials      stsCredentials
	AssumedRoleUser  assumedRoleUser
	PackedPolicySize *int
	SourceIdentity   string `xml:",omitempty"`
}

type assumedRoleUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

// assumeRole checks in AWS's order: parameters, who may call at all, the MFA
// code, the session policy, permission on both sides, the duration.
func (w *World) assumeRole(x *exchange, caller *credential, form url.Values) (any, error) {
	in, err := readAssumeRole(form)
	if err != nil {
		return nil, err
	}
	x.event.Resource = in.roleARN
	if caller.kind == policy.Root {
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := x.now()
	mfa, err := in.mfa.check(caller, now)
	if err != nil {
		return nil, err
	}
	policies, packed, err := w.sessionPolicies(in)
	if err != nil {
		return nil, err
	}
	tags, err := inheritTags(caller, in.tags)
	if err != nil {
		return nil, err
	}
	sourceID := in.sourceID
	if caller.sourceID != "" {
		sourceID = caller.sourceID
	}
	target := w.roleByARN(in.roleARN)
	context := assumeContext(x, caller, in, tags, sourceID, mfa, now)
	if org := w.accounts[caller.account].organization; org != "" {
		context.Set("aws:PrincipalOrgID", org)
	}
	if err := w.mayAssume(x, caller, target, in, context, len(tags) > 0, sourceID != "", sourceID != in.sourceID && in.sourceID != ""); err != nil {
		return nil, err
	}
	if caller.temporary() && in.duration > time.Hour {
		return nil, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if in.duration > target.maxSession {
		return nil, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	session, err := w.issue(credential{
		account: target.account, kind: policy.Role, role: target, session: in.sessionName,
		expires: now.Add(in.duration), policies: policies, tags: tags, sourceID: sourceID,
		chained: caller.temporary(),
	}, true)
	if err != nil {
		return nil, err
	}
	return assumedRole{
		Credentials:      credentialsOf(session),
		AssumedRoleUser:  assumedRoleUser{AssumedRoleID: session.userID(), Arn: session.arn()},
		PackedPolicySize: packed, SourceIdentity: sourceID,
	}, nil
}

func assumeContext(x *exchange, caller *credential, in assumeRoleInput, tags []tag, sourceID string, mfa bool, now time.Time) policy.Context {
	context := contextOf(caller, x.r, x.event.Region, now)
	if mfa {
		context.Set("aws:MultiFactorAuthPresent", "true")
		context.Set("aws:MultiFactorAuthAge", "0")
	}
	context.Set("sts:RoleSessionName", in.sessionName)
	context.Set("sts:DurationSeconds", strconv.Itoa(int(in.duration/time.Second)))
	if in.hasExternalID {
		context.Set("sts:ExternalId", in.externalID)
	}
	if sourceID != "" {
		context.Set("sts:SourceIdentity", sourceID)
	}
	var keys, transitive []string
	for _, t := range tags {
		context.Set("aws:RequestTag/"+t.key, t.value)
		keys = append(keys, t.key)
		if t.transitive {
			transitive = append(transitive, t.key)
		}
	}
	if keys != nil {
		context.Set("aws:TagKeys", keys...)
	}
	if transitive != nil {
		context.Set("sts:TransitiveTagKeys", transitive...)
	}
	return context
}

// mayAssume decides the call and, where it carries tags or a source identity,
// the permissions for those. A role that does not exist is refused in the words
// for one that may not be assumed.
func (w *World) mayAssume(x *exchange, caller *credential, target *role, in assumeRoleInput, context policy.Context, tagged, sourced, changesSource bool) error {
	actions := []string{"sts:AssumeRole"}
	if tagged {
		actions = append(actions, "sts:TagSession")
	}
	if sourced {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		bare := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", caller.arn(), action, in.roleARN)
		if target == nil {
			return denied(bare)
		}
		d := w.decide(caller, action, target.arn, target.account, context, &policy.Named{Name: "trust", Document: target.trust})
		if x.event.Decision == nil || d.Outcome != policy.Allowed {
			x.event.Decision = &d
		}
		if d.Outcome == policy.Allowed {
			continue
		}
		if w.tells(caller, target.account, d) {
			bare += why(d, action, "role trust")
		}
		return denied(bare)
	}
	if changesSource {
		return denied(fmt.Sprintf("User: %s is not authorized to perform: sts:SetSourceIdentity on resource: %s", caller.arn(), in.roleARN))
	}
	return nil
}

// inheritTags adds the transitive tags of the calling session, which cannot be
// overridden.
func inheritTags(caller *credential, asked []tag) ([]tag, error) {
	var tags []tag
	for _, inherited := range caller.tags {
		if !inherited.transitive {
			continue
		}
		for _, t := range asked {
			if strings.EqualFold(t.key, inherited.key) {
				return nil, &apiError{http.StatusBadRequest, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."}
			}
		}
		tags = append(tags, inherited)
	}
	return append(tags, asked...), nil
}

// sessionPolicies reads the policies that narrow a session. packed is the part
// of the space that they and the tags take, in percent; nil without any. AWS's
// packed format is its own; this one counts characters.
func (w *World) sessionPolicies(in assumeRoleInput) (policies []policy.Named, packed *int, err error) {
	size := len(in.policyText)
	if in.policyText != "" {
		doc, err := policy.Parse([]byte(in.policyText))
		if err == nil {
			err = doc.Validate(policy.IdentityUse)
		}
		if err != nil {
			return nil, nil, &apiError{http.StatusBadRequest, "MalformedPolicyDocument", malformedPolicy(err)}
		}
		policies = append(policies, policy.Named{Name: "session policy", Document: doc})
	}
	for _, arn := range in.policyARNs {
		size += len(arn)
		doc, known := w.managed[arn]
		ours := strings.HasPrefix(arn, "arn:aws:iam::aws:policy/") || strings.HasPrefix(arn, "arn:aws:iam::"+in.account+":policy/")
		if !known || !ours {
			return nil, nil, &apiError{http.StatusBadRequest, "MalformedPolicyDocument", "Policy " + arn + " does not exist or is not attachable."}
		}
		policies = append(policies, policy.Named{Name: arn, Document: doc})
	}
	for _, t := range in.tags {
		size += len(t.key) + len(t.value)
	}
	if policies == nil && in.tags == nil {
		return nil, nil, nil
	}
	percent := max(1, size*100/maxPacked)
	if percent > 100 {
		return nil, nil, &apiError{http.StatusBadRequest, "PackedPolicyTooLarge", fmt.Sprintf("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)}
	}
	return policies, &percent, nil
}
