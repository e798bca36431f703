package refusal_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/refusal"
	"cameo/internal/policy"
	"cameo/profiles"
)

const (
	alice    = "arn:aws:iam::111122223333:user/team/alice"
	admin    = "arn:aws:iam::444455556666:role/eng/Admin"
	external = "EXTERNAL-7"
	denied   = "User: " + alice + " is not authorized to perform: sts:AssumeRole on resource: " + admin
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// vector is one answer of AWS and what has to be made of it.
type vector struct {
	name          string
	code, message string
	change        func(*creds.RefusedError, *refusal.Facts)
	first         refusal.Kind
	certainty     refusal.Certainty
	says          string // a part of the summary
}

func at(line int) profiles.Position { return profiles.Position{File: "config", Line: line} }

func assume() *creds.RefusedError {
	return &creds.RefusedError{
		Exchange: creds.Exchange{Operation: creds.AssumeRole, Signer: "work", SessionName: "alice", Duration: time.Hour,
			Step: profiles.Step{Kind: profiles.AssumeRole, Profile: "pay", RoleARN: profiles.Value{Text: admin, Position: at(7)}}},
		By:     creds.Caller{KeyKind: "AKIA"},
		Answer: creds.Answer{Status: 403, RequestID: "1f3c", Host: "sts.eu-west-1.amazonaws.com", At: noon},
	}
}

func byRole(r *creds.RefusedError, _ *refusal.Facts) {
	r.By.KeyKind, r.By.ARN = "ASIA", "arn:aws:sts::111122223333:assumed-role/Hop/alice"
}

func withDevice(serial string) func(*creds.RefusedError, *refusal.Facts) {
	return func(r *creds.RefusedError, f *refusal.Facts) {
		r.Device, r.Step.MFASerial.Text = serial, serial
		f.Caller = alice
		f.Chain = []creds.Exchange{{Operation: creds.UseKeys}, r.Exchange}
	}
}

func because(policy string) string {
	return denied + " because no " + policy + " allows the sts:AssumeRole action"
}
func deny(policy string) string { return denied + " with an explicit deny in " + policy }

func vectors() []vector {
	const accessDenied, invalid, signature = "AccessDenied", "ValidationError", "SignatureDoesNotMatch"
	return []vector{
		{"the short form", accessDenied, denied, nil, refusal.TrustPolicy, refusal.Possible, "AWS gives no reason; likely the role does not trust alice, alice may not"},
		{"within one account the short form means another thing", accessDenied, "User: arn:aws:iam::444455556666:user/bob is not authorized to perform: sts:AssumeRole on resource: " + admin, nil,
			refusal.RoleNotFound, refusal.Likely, "there is no such role"},
		{"a role of another case is known", accessDenied, denied, func(_ *creds.RefusedError, f *refusal.Facts) {
			f.KnownRoles = []string{"arn:aws:iam::444455556666:role/eng/ADMIN"}
		}, refusal.RoleNotFound, refusal.Likely, "there is no such role"},
		{"identity", accessDenied, because("identity-based policy"), nil, refusal.IdentityPolicy, refusal.Certain,
			"AWS reports: no identity-based policy allows sts:AssumeRole; there may be more behind it"},
		{"trust", accessDenied, because("role trust policy"), nil, refusal.TrustPolicy, refusal.Certain, "AWS reports: no role trust policy allows"},
		{"trust, in other words", accessDenied, because("resource-based policy"), nil, refusal.TrustPolicy, refusal.Certain, "no resource-based policy"},
		{"trust, without the resource", accessDenied, "User: " + alice + " is not authorized to perform: sts:AssumeRole because no role trust policy allows the sts:AssumeRole action", nil,
			refusal.TrustPolicy, refusal.Certain, "no role trust policy"},
		{"trust denies", accessDenied, deny("the role trust policy"), nil, refusal.TrustDeny, refusal.Certain, "an explicit deny of sts:AssumeRole in a role trust policy"},
		{"resource-based denies", accessDenied, deny("a resource-based policy"), nil, refusal.TrustDeny, refusal.Certain, "AWS reports"},
		{"identity denies", accessDenied, deny("an identity-based policy"), nil, refusal.IdentityDeny, refusal.Certain, "in an identity-based policy"},
		{"organization denies, and is named", accessDenied, deny("a service control policy: arn:aws:organizations::9:policy/o-1/service_control_policy/p-2"), nil,
			refusal.OrganizationPolicy, refusal.Certain, "in a service control policy"},
		{"organization allows nothing", accessDenied, because("service control policy"), nil, refusal.OrganizationPolicy, refusal.Certain, "no service control policy"},
		{"resource control policy", accessDenied, deny("a resource control policy"), nil, refusal.OrganizationPolicy, refusal.Certain, "resource control policy"},
		{"boundary", accessDenied, because("permissions boundary"), nil, refusal.PermissionsBoundary, refusal.Certain, "no permissions boundary"},
		{"boundary denies", accessDenied, deny("a permissions boundary"), nil, refusal.PermissionsBoundary, refusal.Certain, "permissions boundary"},
		{"session policy", accessDenied, because("session policy"), byRole, refusal.SessionPolicy, refusal.Certain, "no session policy"},
		{"endpoint policy", accessDenied, because("VPC endpoint policy"), nil, refusal.EndpointPolicy, refusal.Certain, "no VPC endpoint policy"},
		{"a type that is new", accessDenied, because("moonlight policy"), nil, refusal.TrustPolicy, refusal.Possible, "AWS reports: no moonlight policy"},
		{"tags", accessDenied, strings.Replace(denied, "AssumeRole", "TagSession", 1), nil, refusal.SessionTags, refusal.Certain, "sts:TagSession"},
		{"source identity", accessDenied, strings.Replace(denied, "AssumeRole", "SetSourceIdentity", 1), nil, refusal.SourceIdentity, refusal.Certain, "sts:SetSourceIdentity"},
		{"a code", accessDenied, "MultiFactorAuthentication failed with invalid MFA one time pass code. ", withDevice("arn:aws:iam::111122223333:mfa/alice"),
			refusal.MFACode, refusal.Certain, "mistyped, was used before, or a clock is off"},
		{"a device", accessDenied, "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
			withDevice("arn:aws:iam::111122223333:mfa/alicia"), refusal.MFADevice, refusal.Likely, "mfa/alicia is no MFA device of alice"},
		{"a user for a device", accessDenied, "MultiFactorAuthentication failed, unable to validate MFA code.", withDevice("arn:aws:iam::111122223333:user/alice"),
			refusal.MFADevice, refusal.Certain, "is no MFA device"},
		{"a device of another account", accessDenied, "MultiFactorAuthentication failed, unable to validate MFA code.", withDevice("arn:aws:iam::999988887777:mfa/alice"),
			refusal.MFADevice, refusal.Certain, "is no MFA device"},
		{"half of a code", accessDenied, "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.", nil, refusal.MFACode, refusal.Certain, "missing"},
		{"root", accessDenied, "Roles may not be assumed by root accounts.", nil, refusal.CallerType, refusal.Certain, "root user"},
		{"session for a session", accessDenied, "Cannot call GetSessionToken with session credentials", nil, refusal.CallerType, refusal.Certain, "a session's already"},
		{"federation for a session", accessDenied, "Cannot call GetFederationToken with session credentials", nil, refusal.CallerType, refusal.Certain, "a session's already"},
		{"chained for long", invalid, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.", nil, refusal.Duration, refusal.Certain, "1 h"},
		{"too long", invalid, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", func(r *creds.RefusedError, _ *refusal.Facts) { r.Duration = 12 * time.Hour },
			refusal.Duration, refusal.Certain, "12h is longer than its maximum session duration"},
		{"no duration", invalid, "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900", nil,
			refusal.Duration, refusal.Certain, "duration_seconds: member must have value"},
		{"a session name", invalid, "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", nil,
			refusal.Request, refusal.Certain, "role_session_name"},
		{"an external ID", invalid, "2 validation errors detected: Value '" + external + "' at 'externalId' failed to satisfy constraint: Member must have length less than or equal to 1224; Value", nil,
			refusal.Request, refusal.Certain, "external_id"},
		{"an ARN", invalid, "arn:aws::x is invalid", nil, refusal.Request, refusal.Certain, "is not the ARN of a role"},
		{"some other value", "InvalidParameterValue", "Duplicate tag keys found.", nil, refusal.Request, refusal.Certain, "Duplicate tag keys"},
		{"long-term keys", "InvalidClientTokenId", "The security token included in the request is invalid.", nil, refusal.KeysRejected, refusal.Certain, "does not know the keys of work"},
		{"temporary keys", "InvalidClientTokenId", "The security token included in the request is invalid.", byRole, refusal.KeysRejected, refusal.Certain, "the session of Hop"},
		{"the end", "ExpiredToken", "The security token included in the request is expired", byRole, refusal.SessionEnded, refusal.Certain, "have ended"},
		{"a clock", signature, "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)", nil, refusal.Clock, refusal.Certain, "1h45m1s behind AWS"},
		{"a clock ahead", signature, "Signature not yet current: 20220127T020000Z is still later than 20220127T013000Z (20220127T011500Z + 15 min.)", nil, refusal.Clock, refusal.Certain, "45m ahead of AWS"},
		{"a request of old", "RequestExpired", "Request has expired.", nil, refusal.Clock, refusal.Certain, "clock"},
		{"a secret", signature, "The request signature we calculated does not match the signature you provided.", nil, refusal.KeysRejected, refusal.Likely, "likely the secret access key of work is wrong"},
		{"no signature", "MissingAuthenticationToken", "Request is missing Authentication Token", nil, refusal.KeysRejected, refusal.Likely, "proxy"},
		{"half a signature", "IncompleteSignature", "Authorization header requires 'Credential' parameter.", nil, refusal.KeysRejected, refusal.Likely, "proxy"},
		{"not subscribed", "OptInRequired", "You are not subscribed to this service", nil, refusal.Account, refusal.Likely, "not ready"},
		{"region off", "RegionDisabledException", "STS is not activated in this region for account:444455556666. Your account administrator can activate STS in this region using the IAM Console.", nil,
			refusal.Account, refusal.Certain, "the region of sts.eu-west-1.amazonaws.com for account 444455556666"},
		{"a policy", "MalformedPolicyDocument", "Syntax errors in policy.", nil, refusal.Request, refusal.Certain, "session policy"},
		{"a large policy", "PackedPolicyTooLarge", "Packed policy consumes 157% of allotted space, please use smaller policy.", nil, refusal.Request, refusal.Certain, "157%"},
		{"not STS", "InvalidAction", "Could not find operation AssumeRole for version 2011-06-15", nil, refusal.Unavailable, refusal.Likely, "not STS"},
		{"web identity", "InvalidIdentityToken", "Incorrect token audience", nil, refusal.KeysRejected, refusal.Certain, "Incorrect token audience"},
		{"no identity provider", "IDPCommunicationError", "", nil, refusal.Unavailable, refusal.Certain, "identity provider"},
	}
}

func explained(t *testing.T, v vector) refusal.Explanation {
	t.Helper()
	r, facts := assume(), refusal.Facts{Now: noon, Role: "pay"}
	r.Code, r.Message = v.code, v.message
	if v.change != nil {
		v.change(r, &facts)
	}
	e, ok := refusal.Explain(fmt.Errorf("on the way: %w", r), facts)
	if !ok {
		t.Fatal("not explained")
	}
	return e
}

func TestEachAnswerOfAWSIsExplained(t *testing.T) {
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			e := explained(t, v)
			if len(e.Causes) == 0 || e.Causes[0].Kind != v.first || e.Causes[0].Certainty != v.certainty {
				t.Fatalf("causes %+v", e.Causes)
			}
			if !strings.Contains(e.Summary, v.says) {
				t.Errorf("summary %q lacks %q", e.Summary, v.says)
			}
			if e.What != `AWS refused Admin in 444455556666 (profile "pay")` || e.Raw() != v.code+", request 1f3c, sts.eu-west-1.amazonaws.com" {
				t.Errorf("what %q, raw %q", e.What, e.Raw())
			}
			whole(t, e)
		})
	}
}

// whole checks what holds for every explanation.
func whole(t *testing.T, e refusal.Explanation) {
	t.Helper()
	for _, c := range e.Causes {
		if c.Why == "" || c.Fix == "" || !slices.Contains(kinds(), c.Kind) || !strings.HasSuffix(c.Why, ".") || !strings.HasSuffix(c.Fix, ".") {
			t.Errorf("cause %+v", c)
		}
		if c.Ask != nil && (c.Ask.Whom == "" || c.Ask.For == "") {
			t.Errorf("ask %+v", c.Ask)
		}
		if c.Ask != nil && c.Ask.Policy != "" {
			valid(t, c.Ask.Policy)
		}
	}
	for _, text := range []string{e.What, e.Summary, e.Raw(), e.Message} {
		if strings.ContainsAny(text, "\n\x1b") {
			t.Errorf("not one plain line: %q", text)
		}
	}
}

// valid checks that IAM would take a proposed policy, or statement of a trust
// policy.
func valid(t *testing.T, text string) policy.Document {
	t.Helper()
	use := policy.IdentityUse
	if strings.Contains(text, `"Principal"`) {
		use, text = policy.TrustUse, `{"Version":"2012-10-17","Statement":[`+text+`]}`
	}
	doc, err := policy.Parse([]byte(text))
	if err == nil {
		err = doc.Validate(use)
	}
	if err != nil {
		t.Errorf("%v in %s", err, text)
	}
	return doc
}

// kinds lists every kind.
func kinds() []refusal.Kind {
	return []refusal.Kind{
		refusal.IdentityPolicy, refusal.IdentityDeny, refusal.PermissionsBoundary, refusal.SessionPolicy, refusal.OrganizationPolicy, refusal.EndpointPolicy,
		refusal.TrustPolicy, refusal.TrustCondition, refusal.MFARequired, refusal.ExternalID, refusal.TrustDeny, refusal.RoleNotFound,
		refusal.SessionTags, refusal.SourceIdentity, refusal.Duration, refusal.Request,
		refusal.MFACode, refusal.MFADevice, refusal.CallerType, refusal.KeysRejected, refusal.SessionEnded, refusal.Clock,
		refusal.Account, refusal.Unavailable,
	}
}

func TestEveryKindHasAVector(t *testing.T) {
	seen := map[refusal.Kind]bool{}
	for _, v := range vectors() {
		for _, c := range explained(t, v).Causes {
			seen[c.Kind] = true
		}
	}
	for _, k := range kinds() {
		if !seen[k] {
			t.Errorf("no vector leads to %s", k)
		}
	}
	if len(kinds()) > 24 {
		t.Errorf("%d kinds", len(kinds()))
	}
}

// Whatever evidence there is, the short form never becomes an assertion.
func TestTheShortFormIsNeverOneAssertion(t *testing.T) {
	for _, change := range []func(*creds.RefusedError, *refusal.Facts){
		nil, byRole, withDevice("arn:aws:iam::111122223333:mfa/alice"),
		func(r *creds.RefusedError, _ *refusal.Facts) { r.Step.ExternalID.Text = external },
		func(_ *creds.RefusedError, f *refusal.Facts) { f.WorkedAt = noon.Add(-3 * time.Hour) },
		func(_ *creds.RefusedError, f *refusal.Facts) { f.SeenAt = noon.Add(-3 * time.Hour) },
		func(_ *creds.RefusedError, f *refusal.Facts) {
			f.KnownRoles = []string{"arn:aws:iam::444455556666:role/admin"}
		},
	} {
		e := explained(t, vector{code: "AccessDenied", message: denied, change: change})
		if len(e.Causes) < 3 || !strings.Contains(e.Summary, "likely") || !strings.Contains(e.Summary, ", or ") {
			t.Errorf("%q of %d causes", e.Summary, len(e.Causes))
		}
		for _, c := range e.Causes {
			if c.Certainty == refusal.Certain {
				t.Errorf("%s is certain", c.Kind)
			}
		}
	}
}

func TestEvidenceCounts(t *testing.T) {
	kinds := func(change func(*creds.RefusedError, *refusal.Facts)) (all []refusal.Kind, e refusal.Explanation) {
		e = explained(t, vector{code: "AccessDenied", message: denied, change: change})
		for _, c := range e.Causes {
			all = append(all, c.Kind)
		}
		return all, e
	}
	if all, _ := kinds(nil); !slices.Contains(all, refusal.MFARequired) || slices.Contains(all, refusal.SessionPolicy) {
		t.Errorf("long-term keys without a code: %v", all)
	}
	if all, _ := kinds(withDevice("arn:aws:iam::111122223333:mfa/alice")); slices.Contains(all, refusal.MFARequired) {
		t.Errorf("a code went with it: %v", all)
	}
	if _, e := kinds(func(_ *creds.RefusedError, f *refusal.Facts) { f.WorkedAt = noon.Add(-3 * time.Hour) }); !strings.Contains(strings.Join(e.Causes[0].Evidence, " "), "3h ago: something has changed since") {
		t.Errorf("evidence %v", e.Causes[0].Evidence)
	}
}

// Both sides have to allow across accounts, so both statements are there, as
// strict as the caller comes.
func TestTheStatementsToAskFor(t *testing.T) {
	e := explained(t, vector{code: "AccessDenied", message: denied, change: func(r *creds.RefusedError, f *refusal.Facts) {
		withDevice("arn:aws:iam::111122223333:mfa/alice")(r, f)
		r.Step.ExternalID.Text = external
	}})
	asks := map[refusal.Kind]*refusal.Ask{}
	for _, c := range e.Causes {
		asks[c.Kind] = c.Ask
	}
	own, theirs := asks[refusal.IdentityPolicy], asks[refusal.TrustPolicy]
	if own.Whom != "an administrator of account 111122223333" || theirs.Whom != "the owner of role Admin in account 444455556666" {
		t.Errorf("ask %q and %q", own.Whom, theirs.Whom)
	}
	var statement struct {
		Principal struct{ AWS string }
		Condition map[string]map[string]string
	}
	if err := json.Unmarshal([]byte(theirs.Policy), &statement); err != nil || statement.Principal.AWS != alice ||
		statement.Condition["Bool"]["aws:MultiFactorAuthPresent"] != "true" || statement.Condition["StringEquals"]["sts:ExternalId"] != external {
		t.Errorf("%v: %s", err, theirs.Policy)
	}
	if doc := valid(t, own.Policy); doc.Statements[0].Resource[0] != admin || doc.Statements[0].Action[0] != "sts:AssumeRole" {
		t.Errorf("%s", own.Policy)
	}
}

// A session is trusted by its role, whose path only the chain knows.
func TestASessionIsTrustedByItsRole(t *testing.T) {
	message := strings.Replace(denied, alice, "arn:aws:sts::111122223333:assumed-role/Hop/alice", 1)
	e := explained(t, vector{code: "AccessDenied", message: message, change: func(r *creds.RefusedError, f *refusal.Facts) {
		byRole(r, f)
		hop := creds.Exchange{Operation: creds.AssumeRole, Step: profiles.Step{RoleARN: profiles.Value{Text: "arn:aws:iam::111122223333:role/deep/Hop"}}, Key: creds.Key{1}}
		r.Key = creds.Key{2}
		f.Chain = []creds.Exchange{{Operation: creds.UseKeys}, hop, r.Exchange}
	}})
	if e.Step != 3 || e.Steps != 3 {
		t.Errorf("step %d of %d", e.Step, e.Steps)
	}
	if ask := e.Causes[0].Ask; !strings.Contains(ask.Policy, `"arn:aws:iam::111122223333:role/deep/Hop"`) {
		t.Errorf("%s", ask.Policy)
	}
}

func TestReportsHoldNoSecret(t *testing.T) {
	for _, v := range vectors() {
		change := v.change
		v.change = func(r *creds.RefusedError, f *refusal.Facts) {
			r.Step.SecretAccessKey, r.Step.SessionToken = profiles.NewSecret("CANARY-secret"), profiles.NewSecret("CANARY-token")
			r.Step.AccessKeyID.Text = "AKIACANARY-0000000"
			if change != nil {
				change(r, f)
			}
		}
		e := explained(t, v)
		text := e.Report() + fmt.Sprintf("%+v", e)
		if strings.Contains(text, "CANARY") {
			t.Errorf("%s: a secret in %s", v.name, text)
		}
		if !strings.Contains(e.Report(), admin) || !strings.Contains(e.Report(), "1f3c") {
			t.Errorf("%s: %s", v.name, e.Report())
		}
	}
}

// What nobody knows is shown and not guessed at, and can do no harm.
// Whatever answers in AWS's place does not write policies: a caller that is none, or
// everybody, is not proposed to anybody.
func TestACallerThatIsNoneIsNotProposed(t *testing.T) {
	for _, caller := range []string{"*", "arn:aws:iam::111122223333:user/*", "arn:aws:iam::*:root", "arn:aws:iam::111122223333:user/a\u202eb", "arn:aws:iam::111122223333:user/\u009b31m", "AROA"} {
		r := assume()
		r.Code, r.Message = "AccessDenied", strings.Replace(denied, alice, caller, 1)
		e, ok := refusal.Explain(r, refusal.Facts{Now: noon})
		if !ok || len(e.Causes) == 0 || e.Caller != "" {
			t.Fatalf("%q: %+v", caller, e)
		}
		for _, c := range e.Causes {
			if c.Ask != nil && strings.Contains(c.Ask.Policy, `"AWS": "`+caller+`"`) {
				t.Errorf("%q is to be let in: %s", caller, c.Ask.Policy)
			}
		}
	}
}

func TestAnUnknownAnswerIsNotGuessedAt(t *testing.T) {
	e := explained(t, vector{code: "Unheard\x1b[31m", message: "of\nthis \u202e"})
	if len(e.Causes) != 0 || !strings.Contains(e.Summary, "which cameo does not know") {
		t.Errorf("%+v", e)
	}
	whole(t, e)
	if text := e.Report(); strings.Contains(text, "\x1b") || strings.Contains(text, "\u202e") {
		t.Errorf("%q", text)
	}
}

func TestACodeTellsOfTheClock(t *testing.T) {
	err := &creds.CodeRejectedError{Answer: creds.Answer{Code: "AccessDenied", Message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ", At: noon.Add(-94 * time.Second)},
		Exchange: creds.Exchange{Operation: creds.GetSessionToken, Step: profiles.Step{Profile: "pay"}}, Device: "d"}
	e, ok := refusal.Explain(err, refusal.Facts{Now: noon})
	if !ok || e.Causes[0].Kind != refusal.MFACode || !strings.Contains(e.Summary, "1m34s ahead of AWS") {
		t.Errorf("%+v", e)
	}
}

func TestNoAnswerIsExplainedToo(t *testing.T) {
	for _, err := range []error{
		&creds.UnreachableError{Host: "h", Why: "w", Proxy: "HTTPS_PROXY"}, &creds.UnavailableError{Host: "h", Throttled: true, Code: "Throttling"},
		&creds.UnavailableError{Host: "h", Code: "InternalFailure"}, &creds.BadReplyError{Host: "h", Why: "w"},
	} {
		e, ok := refusal.Explain(err, refusal.Facts{})
		if !ok || len(e.Causes) != 1 || e.Causes[0].Kind != refusal.Unavailable || e.Host != "h" {
			t.Errorf("%v: %+v", err, e)
		}
		whole(t, e)
	}
	if e, ok := refusal.Explain(&creds.CodeUsedError{Next: 18 * time.Second}, refusal.Facts{}); !ok || e.Causes[0].Kind != refusal.MFACode || !strings.Contains(e.Summary, "next code in 18 s") {
		t.Errorf("a code that was used: %+v", e)
	}
	if _, ok := refusal.Explain(&creds.CodeNeededError{}, refusal.Facts{}); ok {
		t.Error("a code that nobody gave is no answer of AWS")
	}
}

// Hostile words of AWS, or of what stands in its place, stay words.
func FuzzExplain(f *testing.F) {
	for _, v := range vectors() {
		f.Add(v.code, v.message, alice, admin)
	}
	f.Fuzz(func(t *testing.T, code, message, caller, role string) {
		r := assume()
		r.Code, r.Message, r.By.ARN, r.Step.RoleARN.Text = code, message, caller, role
		e, ok := refusal.Explain(r, refusal.Facts{Now: noon, Caller: caller, KnownRoles: []string{role}})
		if !ok {
			t.Fatal("not explained")
		}
		var all strings.Builder
		for _, c := range e.Causes {
			all.WriteString(c.Why + c.Fix + strings.Join(c.Evidence, ""))
			if c.Ask != nil {
				all.WriteString(c.Ask.Whom + c.Ask.For)
			}
		}
		for _, text := range []string{e.What, e.Summary, e.Raw(), e.Message, all.String(), e.Caller, e.Role} {
			if text != profiles.Inert(text) {
				t.Errorf("not inert: %q", text)
			}
		}
	})
}

func TestWordsOfAWSThatTellNothingMore(t *testing.T) {
	for message, bare := range map[string]bool{
		denied:       true,
		denied + ".": true,
		"User: " + alice + " is not authorized to perform: sts:AssumeRole":                                          true,
		because("identity-based policy"):                                                                            true,
		deny("a service control policy"):                                                                            true,
		deny("a service control policy: arn:aws:organizations::9:policy/o-1/service_control_policy/p-2"):            false,
		because("identity-based policy") + "; ask security@example.com":                                             false,
		denied + "; ask security@example.com":                                                                       false,
		"User: " + alice + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/Another": false,
		"User: somebody is not authorized to perform: sts:AssumeRole":                                               false,
		"MultiFactorAuthentication failed with invalid MFA one time pass code. ":                                    false,
	} {
		e := explained(t, vector{"", "AccessDenied", message, nil, "", "", ""})
		if e.Bare != bare {
			t.Errorf("%q: bare %v", message, e.Bare)
		}
	}
}
