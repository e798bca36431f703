package refusal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/refusal"
	"cameo/internal/policy"
	"cameo/internal/sandbox"
	"cameo/profiles"
)

// conditionBlock puts conditions together, each operator once, as AWS wants it.
func conditionBlock(conditions []string) string {
	var operators []string
	keys := map[string][]string{}
	for _, c := range conditions {
		operator, inner, _ := strings.Cut(c, ":{")
		if inner = strings.TrimSuffix(inner, "}"); slices.Contains(keys[operator], inner) {
			continue
		}
		if keys[operator] == nil {
			operators = append(operators, operator)
		}
		keys[operator] = append(keys[operator], inner)
	}
	for i, operator := range operators {
		operators[i] = operator + ":{" + strings.Join(keys[operator], ",") + "}"
	}
	return "{" + strings.Join(operators, ",") + "}"
}

// fault is one thing that is wrong in a world.
type fault struct {
	name string
	kind refusal.Kind
	// side is whose policies it is in, for one that AWS decides by policies.
	side     policy.Side
	explicit bool              // it denies, and does not merely fail to allow
	says     string            // else: a part of "CODE: MESSAGE" by which the sandbox names it
	bySource bool              // it is of sessions and keys, not of what an administrator changes
	gone     func(*scene) bool // another fault took it away again; nil: none can
	apply    func(*scene)
}

// scene is a world in the making, and the request that will be made in it.
type scene struct {
	*rand.Rand
	same bool // the caller's account has the role
	hop  bool // a role session calls
	org  bool // both accounts are of one organization

	// What a sound world says; faults change it.
	allows, denies       []string // identity statements of the caller
	boundary, service    string   // statements; "": none
	resource             string
	principal            string // of the trust policy; CALLER stands for the caller's ARN
	action               string // of the trust policy
	conditions           []string
	trustDenies          bool
	recreate             bool // the user, after the trust policy was saved
	roleName, askedName  string
	longest              time.Duration
	step                 profiles.Step // of the role
	hopStep              profiles.Step
	duration             time.Duration
	code                 string // "": the right one
	keyID, secret        string // "": the right ones
	root, expired, chain bool
	answer               sandbox.Fault
	known                []string
}

const (
	ours            = "111122223333"
	theirs          = "444455556666"
	nobody          = "999988887777"
	allowEverything = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	onlyS3          = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
)

func (s *scene) account() string {
	if s.same {
		return ours
	}
	return theirs
}

// caller is the ARN by which a trust policy names who calls.
func (s *scene) caller() string {
	if s.hop {
		return "arn:aws:iam::" + ours + ":role/Hop"
	}
	return "arn:aws:iam::" + ours + ":user/alice"
}

func (s *scene) arn(name string) string { return "arn:aws:iam::" + s.account() + ":role/" + name }

const wantsMFA = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`

// byHop lets a role's session call, which has no device.
func (s *scene) byHop() {
	s.hop, s.step.MFASerial.Text = true, ""
	s.conditions = slices.DeleteFunc(s.conditions, func(c string) bool { return c == wantsMFA })
}

func (s *scene) oneOf(texts ...string) string { return texts[s.IntN(len(texts))] }

func faults() []fault {
	return []fault{
		{name: "nothing allows", kind: refusal.IdentityPolicy, side: policy.IdentitySide, apply: func(s *scene) {
			s.allows = [][]string{nil, {`{"Effect":"Allow","Action":"sts:*","Resource":"arn:aws:iam::` + s.account() + `:role/Other"}`},
				{`{"Effect":"Allow","Action":["sts:Get*","iam:*"],"Resource":"*"}`},
				{`{"Effect":"Allow","Action":"sts:*","Resource":"` + strings.ToUpper(s.arn(s.roleName)) + `"}`}}[s.IntN(4)]
		}},
		{name: "a policy denies", kind: refusal.IdentityDeny, side: policy.IdentitySide, explicit: true, apply: func(s *scene) {
			s.denies = append(s.denies, s.oneOf(`{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`, `{"Effect":"Deny","NotAction":"sts:Get*","Resource":"*"}`))
		}},
		{name: "a boundary is narrow", kind: refusal.PermissionsBoundary, side: policy.BoundarySide, apply: func(s *scene) { s.boundary = onlyS3 }},
		{name: "a boundary denies", kind: refusal.PermissionsBoundary, side: policy.BoundarySide, explicit: true, apply: func(s *scene) {
			s.boundary = allowEverything + `,{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`
		}},
		{name: "an organization denies", kind: refusal.OrganizationPolicy, side: policy.ServiceControlSide, explicit: true, apply: func(s *scene) {
			s.service = allowEverything + `,{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`
		}},
		{name: "an organization allows little", kind: refusal.OrganizationPolicy, side: policy.ServiceControlSide, apply: func(s *scene) { s.service = onlyS3 }},
		{name: "the role's organization denies", kind: refusal.OrganizationPolicy, side: policy.ResourceControlSide, explicit: true, apply: func(s *scene) {
			s.resource = `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"` + s.arn(s.roleName) + `"}`
		}},
		{name: "somebody else is trusted", kind: refusal.TrustPolicy, side: policy.ResourceSide, apply: func(s *scene) {
			s.principal = s.oneOf(`{"AWS":"`+nobody+`"}`, `{"AWS":"arn:aws:iam::`+ours+`:user/Other"}`, `{"Service":"ec2.amazonaws.com"}`)
		}},
		{name: "a namesake is trusted", kind: refusal.TrustPolicy, side: policy.ResourceSide, apply: func(s *scene) {
			s.principal, s.recreate = `{"AWS":"CALLER"}`, true
		}},
		{name: "the trust denies", kind: refusal.TrustDeny, side: policy.ResourceSide, explicit: true, apply: func(s *scene) { s.trustDenies = true }},
		{name: "MFA is wanted", kind: refusal.MFARequired, side: policy.ResourceSide, gone: func(s *scene) bool { return s.step.MFASerial.Text != "" || !slices.Contains(s.conditions, wantsMFA) }, apply: func(s *scene) {
			s.step.MFASerial = profiles.Value{}
			s.conditions = append(s.conditions, wantsMFA)
		}},
		{name: "an external ID is wanted", kind: refusal.ExternalID, side: policy.ResourceSide, apply: func(s *scene) {
			s.conditions = append(slices.DeleteFunc(s.conditions, func(c string) bool { return strings.Contains(c, "ExternalId") }), `"StringEquals":{"sts:ExternalId":"Wanted-1"}`)
			s.step.ExternalID.Text = s.oneOf("", "wanted-1", "Other-2")
		}},
		{name: "a condition is not met", kind: refusal.TrustCondition, side: policy.ResourceSide, apply: func(s *scene) {
			s.conditions = append(s.conditions, s.oneOf(`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`, `"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`,
				`"StringLike":{"aws:PrincipalOrgID":"o-elsewhere"}`, `"StringLike":{"sts:RoleSessionName":"robot-*"}`, `"StringLike":{"aws:RequestTag/Team":"core"}`))
		}},
		{name: "the name has another case", kind: refusal.RoleNotFound, apply: func(s *scene) {
			s.askedName = strings.ToLower(s.roleName)
			if s.IntN(5) < 2 {
				s.known = append(s.known, s.arn(s.roleName)) // another profile has it right
			}
		}},
		{name: "there is no such role", kind: refusal.RoleNotFound, apply: func(s *scene) { s.askedName = s.oneOf("Nowhere", "path/"+s.roleName, s.roleName+"s") }},
		{name: "the session is narrowed", kind: refusal.SessionPolicy, side: policy.SessionSide, apply: func(s *scene) {
			s.byHop()
			s.hopStep.Policy = `{"Version":"2012-10-17","Statement":` + onlyS3 + `}`
		}},
		{name: "tags are not allowed", kind: refusal.SessionTags, says: "sts:TagSession", apply: func(s *scene) {
			s.action = `"sts:AssumeRole"`
			s.step.MoreTags = []profiles.Tag{{Key: "Team", Value: "x"}}
		}},
		{name: "a source identity is not allowed", kind: refusal.SourceIdentity, says: "sts:SetSourceIdentity", apply: func(s *scene) {
			s.action = `["sts:AssumeRole","sts:TagSession"]`
			s.step.SourceIdentity.Text = "alice"
		}},
		{name: "longer than the role allows", kind: refusal.Duration, says: "MaxSessionDuration", bySource: true, apply: func(s *scene) { s.duration, s.hop, s.chain = 4*time.Hour, false, false }},
		{name: "a long chain", kind: refusal.Duration, says: "role chaining", bySource: true, apply: func(s *scene) { s.byHop(); s.duration, s.chain, s.longest = 2*time.Hour, true, 12*time.Hour }},
		{name: "half a duration", kind: refusal.Duration, says: "durationSeconds", bySource: true, apply: func(s *scene) { s.step.Duration = time.Minute }},
		{name: "a session name", kind: refusal.Request, says: "roleSessionName", bySource: true, apply: func(s *scene) { s.step.RoleSessionName.Text = "a b" }},
		{name: "an external ID with a space", kind: refusal.Request, says: "externalId", bySource: true, apply: func(s *scene) { s.step.ExternalID.Text = "a b" }},
		{name: "a session policy", kind: refusal.Request, says: "MalformedPolicyDocument", bySource: true, apply: func(s *scene) {
			s.step.Policy = s.oneOf("{", `{"Version":"2012-10-17","Statement":{"Effect":"Allow"}}`)
		}},
		{name: "an ARN", kind: refusal.Request, says: "is invalid", bySource: true, apply: func(s *scene) { s.step.RoleARN.Text = "arn:aws::" + s.account() + ":role/UpdateApp" }},
		{name: "a code", kind: refusal.MFACode, says: "invalid MFA one time pass code", bySource: true, apply: func(s *scene) { s.code, s.hop, s.step.MFASerial.Text = "000000", false, "right" }},
		{name: "a device", kind: refusal.MFADevice, says: "unable to validate MFA code", bySource: true, apply: func(s *scene) {
			s.step.MFASerial.Text, s.hop = s.oneOf("arn:aws:iam::"+ours+":mfa/other", "arn:aws:iam::"+ours+":user/alice", "arn:aws:iam::"+nobody+":mfa/alice"), false
		}},
		{name: "root", kind: refusal.CallerType, says: "root accounts", bySource: true, apply: func(s *scene) { s.root, s.hop, s.step.MFASerial.Text = true, false, "" }},
		{name: "unknown keys", kind: refusal.KeysRejected, says: "InvalidClientTokenId", bySource: true, apply: func(s *scene) { s.keyID = "AKIAIOSFODNN7EXAMPLE" }},
		{name: "another secret", kind: refusal.KeysRejected, says: "The request signature we calculated", bySource: true, apply: func(s *scene) { s.secret = "wrong" }},
		{name: "an ended session", kind: refusal.SessionEnded, says: "ExpiredToken", bySource: true, apply: func(s *scene) { s.byHop(); s.chain, s.expired = true, true }},
		{name: "a clock", kind: refusal.Clock, says: "Signature expired", bySource: true, apply: func(s *scene) {
			s.answer = sandbox.Fault{Status: 403, Code: "SignatureDoesNotMatch", Message: "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)"}
		}},
		{name: "a region that is off", kind: refusal.Account, says: "RegionDisabledException", bySource: true, apply: func(s *scene) {
			s.answer = sandbox.Fault{Status: 403, Code: "RegionDisabledException", Message: "STS is not activated in this region for account:" + s.account() + ". Your account administrator can activate STS in this region using the IAM Console."}
		}},
		{name: "AWS is down", kind: refusal.Unavailable, says: "ServiceUnavailable", bySource: true, apply: func(s *scene) { s.answer = sandbox.Fault{Status: 503, Code: "ServiceUnavailable"} }},
	}
}

// inProcess serves requests without a network.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	out := httptest.NewRecorder()
	served := r.Clone(r.Context())
	served.Host, served.RemoteAddr = r.URL.Host, "127.0.0.1:9"
	p.ServeHTTP(out, served)
	response := out.Result()
	response.Request = r
	return response, nil
}

// noCache keeps nothing.
type noCache struct{}

var errNothing = errors.New("nothing is kept")

func (noCache) Peek(creds.Key) (creds.Credentials, error) { return creds.Credentials{}, errNothing }
func (noCache) Fetch(ctx context.Context, f creds.Flight) (creds.Credentials, error) {
	return f.Fill(ctx)
}
func (noCache) Await(context.Context, creds.Flight) (bool, error) { return false, nil }

// trial is a scene that was played.
type trial struct {
	scene  *scene
	world  *sandbox.World
	broker *creds.Broker
	ask    creds.Request
	now    time.Time
	event  sandbox.Event // the last
	trust  []string      // statements
	err    error
}

func (tr *trial) must(err error) {
	if err != nil {
		panic(err) // a scene that cannot be set is a mistake of this test
	}
}

// Code is alice's next one, or the wrong one of the scene.
func (tr *trial) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	if need.Attempt > 1 {
		return "", need.Rejected
	}
	if tr.scene.code != "" {
		return tr.scene.code, nil
	}
	for {
		code, _, wait, err := tr.world.Code("alice")
		if err != nil || code != "" {
			return code, err
		}
		tr.now = tr.now.Add(wait)
	}
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// play makes the world of a scene and asks for the role.
func play(t *testing.T, s *scene, seed [32]byte) *trial {
	tr := &trial{scene: s, now: noon}
	w := sandbox.NewWorld(func() time.Time { return tr.now }, rand.NewChaCha8(seed))
	tr.world = w
	tr.must(w.AddAccount(ours))
	tr.must(w.AddAccount(theirs))
	if s.org {
		tr.must(w.Join(ours, "o-one"))
		tr.must(w.Join(theirs, "o-one"))
	}
	for _, name := range []string{"alice", "Other"} {
		tr.must(w.AddUser(ours, name))
	}
	_, err := w.AddRole(ours, sandbox.RoleSpec{Name: "Hop", Trust: document(`{"Effect":"Allow","Principal":{"AWS":"` + ours + `"},"Action":["sts:AssumeRole","sts:TagSession"]}`)})
	tr.must(err)
	tr.trust = []string{`{"Effect":"Allow","Principal":` + strings.ReplaceAll(s.principal, "CALLER", s.caller()) + `,"Action":` + s.action + `,"Condition":` + conditionBlock(s.conditions) + `}`}
	if s.trustDenies {
		tr.trust = append(tr.trust, `{"Effect":"Deny","Principal":{"AWS":"`+s.caller()+`"},"Action":"sts:AssumeRole"}`)
	}
	_, err = w.AddRole(s.account(), sandbox.RoleSpec{Name: s.roleName, Trust: document(tr.trust...), MaxSession: s.longest})
	tr.must(err)
	if s.recreate && !s.hop {
		tr.must(w.DeleteUser(ours, "alice"))
		tr.must(w.AddUser(ours, "alice"))
	} else if s.recreate {
		tr.must(w.DeleteRole(ours, "Hop"))
		_, err := w.AddRole(ours, sandbox.RoleSpec{Name: "Hop", Trust: document(`{"Effect":"Allow","Principal":{"AWS":"` + ours + `"},"Action":["sts:AssumeRole","sts:TagSession"]}`)})
		tr.must(err)
	}
	tr.permissions()
	key, err := w.AddAccessKey(ours, "alice")
	tr.must(err)
	serial, _, err := w.AddMFADevice(ours, "alice")
	tr.must(err)
	if s.root {
		key, err = w.AddRootKey(ours)
		tr.must(err)
		s.step.MFASerial.Text = ""
	}
	server := sandbox.New(w, sandbox.Options{Observe: func(e sandbox.Event) { tr.event = e }, Fault: func(sandbox.Call) sandbox.Fault { return s.answer }})
	tr.broker = &creds.Broker{
		STS:   creds.STS{HTTP: &http.Client{Transport: inProcess{server}}, MaxAttempts: 1, Clock: &creds.Clock{Now: func() time.Time { return tr.now }}},
		Cache: noCache{}, Codes: tr, Now: func() time.Time { return tr.now }, Env: func(string) (string, bool) { return "", false },
	}
	base := profiles.Step{Kind: profiles.Static, Profile: "work", AccessKeyID: profiles.Value{Text: key.ID}, SecretAccessKey: profiles.NewSecret(key.Secret)}
	if s.keyID != "" {
		base.AccessKeyID.Text = s.keyID
	}
	if s.secret != "" {
		base.SecretAccessKey = profiles.NewSecret(s.secret)
	}
	if s.step.MFASerial.Text == "right" {
		s.step.MFASerial.Text = serial
	}
	if s.step.RoleARN.Text == "" {
		s.step.RoleARN.Text = s.arn(s.askedName)
	}
	tr.ask = creds.Request{Endpoint: creds.Endpoint{Region: "us-east-1", URL: "http://127.0.0.1:1"}, SessionName: "alice", Duration: s.duration,
		Chain: profiles.Chain{Profile: "pay", Steps: []profiles.Step{base}}}
	if s.hop {
		s.hopStep.Kind, s.hopStep.Profile, s.hopStep.RoleARN.Text = profiles.AssumeRole, "hop", "arn:aws:iam::"+ours+":role/Hop"
		tr.ask.Chain.Steps = append(tr.ask.Chain.Steps, s.hopStep)
	}
	if s.chain { // the hop's session comes out of a program
		tr.fromAProgram()
	}
	tr.ask.Chain.Steps = append(tr.ask.Chain.Steps, s.step)
	if _, err := creds.Exchanges(tr.ask, tr.broker.Env); err != nil {
		tr.err = err
	}
	if tr.err == nil {
		_, tr.err = tr.broker.Credentials(t.Context(), tr.ask)
	}
	return tr
}

// permissions gives the caller its policies: a user by its own or by a group.
func (tr *trial) permissions() {
	s, w := tr.scene, tr.world
	if s.service != "" {
		tr.must(w.PutServiceControlPolicy(ours, "limits", document(s.service)))
	}
	if s.resource != "" {
		tr.must(w.PutResourceControlPolicy(s.account(), "limits", document(s.resource)))
	}
	statements := append(slices.Clone(s.allows), s.denies...)
	if s.hop {
		tr.must(w.PutUserPolicy(ours, "alice", "hop", document(`{"Effect":"Allow","Action":"sts:*","Resource":"*"}`)))
	}
	switch {
	case s.boundary == "":
	case s.hop:
		tr.must(w.SetRoleBoundary(ours, "Hop", document(s.boundary)))
	default:
		tr.must(w.SetUserBoundary(ours, "alice", document(s.boundary)))
	}
	switch {
	case len(statements) == 0:
	case s.hop:
		tr.must(w.PutRolePolicy(ours, "Hop", "own", document(statements...)))
	case s.IntN(2) == 0:
		tr.must(w.PutUserPolicy(ours, "alice", "own", document(statements...)))
	default:
		tr.must(w.PutGroupPolicy(ours, "people", "own", document(statements...)))
		tr.must(w.AddUserToGroup(ours, "alice", "people"))
	}
}

// fromAProgram puts a credential_process in front that prints the hop's session.
func (tr *trial) fromAProgram() {
	ask := tr.ask
	ask.Duration = 0
	session, err := tr.broker.Credentials(context.Background(), ask)
	if tr.err = err; err != nil {
		return
	}
	if tr.scene.expired {
		tr.now = tr.now.Add(3 * time.Hour)
	}
	tr.broker.Begin = func(context.Context, profiles.Step) (creds.Credentials, error) { return session, nil }
	tr.ask.Chain.Steps = []profiles.Step{{Kind: profiles.Process, Profile: "hop", Command: profiles.Value{Text: "program"}}}
}

// sound is a scene where nothing is wrong.
func sound(r *rand.Rand) *scene {
	s := &scene{Rand: r, same: r.IntN(10) < 3, hop: r.IntN(10) < 3, roleName: "UpdateApp", askedName: "UpdateApp", longest: time.Hour,
		action: `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`}
	s.org = r.IntN(6) == 0
	s.chain = s.hop && r.IntN(3) == 0
	s.allows = []string{s.oneOf(`{"Effect":"Allow","Action":"sts:*","Resource":"*"}`, `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"arn:aws:iam::*:role/*"}`)}
	s.principal = s.oneOf(`{"AWS":"`+ours+`"}`, `{"AWS":"arn:aws:iam::`+ours+`:root"}`, `{"AWS":"CALLER"}`, `"*"`)
	if r.IntN(4) == 0 {
		s.boundary = allowEverything
	}
	if r.IntN(4) == 0 {
		s.service = allowEverything
	}
	if !s.hop && r.IntN(3) == 0 {
		s.step.MFASerial.Text = "right"
		if r.IntN(2) == 0 {
			s.conditions = append(s.conditions, wantsMFA)
		}
	}
	if r.IntN(5) == 0 {
		s.step.ExternalID.Text = "Agreed-1"
		if r.IntN(2) == 0 {
			s.conditions = append(s.conditions, `"StringEquals":{"sts:ExternalId":"Agreed-1"}`)
		}
	}
	if r.IntN(8) == 0 {
		s.step.MoreTags = []profiles.Tag{{Key: "Cost", Value: "9"}}
	}
	if r.IntN(8) == 0 {
		s.step.SourceIdentity.Text = "alice"
	}
	s.step.Kind, s.step.Profile = profiles.AssumeRole, "pay"
	if r.IntN(2) == 0 { // accounts often have roles of the same names
		s.known = append(s.known, "arn:aws:iam::"+nobody+":role/"+s.roleName)
	}
	for range r.IntN(4) {
		s.known = append(s.known, fmt.Sprintf("arn:aws:iam::%s:role/Other%d", theirs, r.IntN(9)))
	}
	return s
}

// truth is what the sandbox knows to have been the reason: the faults that counted,
// and the types of the policies that denied.
func truth(e sandbox.Event, wrong []fault) (faults, types []refusal.Kind) {
	said := e.Code + ": " + e.Message
	if e.Code == "AccessDenied" && e.Decision != nil && e.Decision.Outcome != policy.Allowed {
		sides, explicit := e.Decision.Silent, false
		if e.Decision.Outcome == policy.ExplicitlyDenied {
			sides, explicit = nil, true
			for _, m := range e.Decision.Matched {
				if m.Effect == policy.Deny {
					sides = append(sides, m.Side)
				}
			}
		}
		for _, side := range sides {
			types = append(types, typeOf(side, explicit))
		}
		for _, f := range wrong {
			if f.side != policy.NoSide && f.explicit == explicit && slices.Contains(sides, f.side) || f.says != "" && strings.Contains(said, f.says) {
				faults = append(faults, f.kind)
			}
		}
		return faults, append(types, faults...)
	}
	bare := e.Code == "AccessDenied" && strings.HasPrefix(e.Message, "User: ") // for a role that is not there
	for _, f := range wrong {
		if f.kind == refusal.RoleNotFound && bare || f.says != "" && strings.Contains(said, f.says) {
			faults = append(faults, f.kind)
		}
	}
	return faults, faults
}

func typeOf(side policy.Side, explicit bool) refusal.Kind {
	switch {
	case side == policy.IdentitySide && explicit:
		return refusal.IdentityDeny
	case side == policy.IdentitySide:
		return refusal.IdentityPolicy
	case side == policy.ResourceSide && explicit:
		return refusal.TrustDeny
	case side == policy.ResourceSide:
		return refusal.TrustPolicy
	case side == policy.BoundarySide:
		return refusal.PermissionsBoundary
	case side == policy.SessionSide:
		return refusal.SessionPolicy
	}
	return refusal.OrganizationPolicy
}

// score counts how well refusals were explained.
type score struct{ all, first, three int }

func (s *score) count(rank int) {
	s.all++
	if rank == 0 {
		s.first++
	}
	if rank >= 0 && rank < 3 {
		s.three++
	}
}

func (s score) String() string {
	percent := func(n int) float64 { return 100 * float64(n) / float64(max(1, s.all)) }
	return fmt.Sprintf("%5d refusals: the reason is named first in %5.1f %%, among the first three in %5.1f %%", s.all, percent(s.first), percent(s.three))
}

func names(wrong []fault) string {
	var all []string
	for _, f := range wrong {
		all = append(all, f.name)
	}
	return strings.Join(all, " + ")
}

// facts are what the client knows besides: what it meant to do, and now and then
// what it did before.
func (tr *trial) facts(wrong []fault) refusal.Facts {
	list, err := creds.Exchanges(tr.ask, tr.broker.Env)
	tr.must(err)
	f := refusal.Facts{Now: tr.now, Chain: list, Role: "pay", KnownRoles: tr.scene.known}
	if tr.scene.IntN(2) == 0 && !tr.scene.root && !tr.scene.chain {
		f.Caller = "arn:aws:iam::" + ours + ":user/alice"
	}
	changed := !slices.ContainsFunc(wrong, func(f fault) bool { return f.bySource || f.says != "" || f.name == "the name has another case" })
	switch tr.scene.IntN(10) {
	case 0, 1, 2:
		if changed {
			f.WorkedAt = tr.now.Add(-time.Hour)
			f.SeenAt = f.WorkedAt
		}
	case 3, 4:
		if tr.scene.askedName == tr.scene.roleName {
			f.SeenAt = tr.now.Add(-time.Hour)
		}
	}
	return f
}

// cure gives the caller and the role what the causes ask for, and tries again.
func (tr *trial) cure(t *testing.T, e refusal.Explanation) error {
	for _, c := range e.Causes {
		switch {
		case c.Ask == nil || c.Ask.Policy == "":
		case c.Kind == refusal.TrustPolicy:
			tr.trust = append(tr.trust, c.Ask.Policy)
			tr.must(tr.world.SetTrust(tr.scene.account(), tr.scene.roleName, document(tr.trust...)))
		case c.Kind == refusal.IdentityPolicy && tr.scene.hop:
			tr.must(tr.world.PutRolePolicy(ours, "Hop", "asked", c.Ask.Policy))
		case c.Kind == refusal.IdentityPolicy:
			tr.must(tr.world.PutUserPolicy(ours, "alice", "asked", c.Ask.Policy))
		}
	}
	_, err := tr.broker.Credentials(t.Context(), tr.ask)
	return err
}

// often is a guess at how often each fault happens to people, for want of figures:
// most of the time a policy that was never written, MFA, a slip of the pen, a code or
// a session that has ended. The others count 1.
func often(f fault) int {
	n := map[string]int{
		"nothing allows": 12, "somebody else is trusted": 12, "MFA is wanted": 8, "an external ID is wanted": 6, "there is no such role": 6,
		"the name has another case": 3, "a policy denies": 3, "a condition is not met": 2, "an organization denies": 2,
		"tags are not allowed": 3, "a source identity is not allowed": 2, "longer than the role allows": 5, "a long chain": 5,
		"a code": 10, "a device": 4, "root": 2, "unknown keys": 6, "another secret": 3, "an ended session": 10, "a clock": 3, "AWS is down": 3,
	}[f.name]
	return max(1, n)
}

// tally is what came of many worlds.
type tally struct {
	total, named, exact, short score
	reasons                    map[refusal.Kind]*score // of the short form
	cured, tried               int
}

func (c *tally) count(tr *trial, rank, typed int, reason []refusal.Kind) {
	c.total.count(rank)
	switch message := tr.event.Message; {
	case strings.Contains(message, " because no ") || strings.Contains(message, " explicit deny "):
		c.named.count(typed)
	case strings.Contains(message, "sts:AssumeRole on resource"):
		c.short.count(rank)
		for _, k := range reason {
			if c.reasons[k] == nil {
				c.reasons[k] = &score{}
			}
			c.reasons[k].count(rank)
		}
	default:
		c.exact.count(rank)
	}
}

func (c *tally) log(t *testing.T) {
	t.Logf("all                        %s", c.total)
	t.Logf("AWS names the type         %s", c.named)
	t.Logf("AWS has a message for it   %s", c.exact)
	t.Logf("AWS gives no reason        %s", c.short)
	for _, k := range kinds() {
		if c.reasons[k] != nil {
			t.Logf("    %-22s %s", k, c.reasons[k])
		}
	}
	t.Logf("proposed statements let the caller in: %d of %d", c.cured, c.tried)
}

// TestRandomWorlds shows the explainer what a client sees of refusals in random
// worlds, whose reasons only the sandbox knows. It must never be certain of what is
// not so; how well it ranks the reasons is measured, with faults drawn as often as
// they may happen, and evenly.
func TestRandomWorlds(t *testing.T) {
	want := 5_000 // of each draw
	if testing.Short() {
		want = 500
	}
	for _, c := range []struct {
		draw  string
		often func(fault) int
		floor int // percent of all refusals with the reason among the first three
	}{
		{"drawn by how often they happen", often, 92},
		{"drawn evenly", func(fault) int { return 1 }, 88},
	} {
		t.Run(c.draw, func(t *testing.T) {
			t.Parallel()
			got := explainWorlds(t, want, c.often)
			got.log(t)
			if got.named.first*100 < got.named.all*99 || got.exact.first*100 < got.exact.all*99 || got.total.three*100 < got.total.all*c.floor {
				t.Errorf("the reasons are ranked worse than they were")
			}
		})
	}
}

func explainWorlds(t *testing.T, want int, often func(fault) int) *tally {
	const seed = 20261122
	var deck []fault
	for _, f := range faults() {
		for range often(f) {
			deck = append(deck, f)
		}
	}
	got := &tally{reasons: map[refusal.Kind]*score{}}
	for i := uint64(0); got.total.all < want; i++ {
		r := rand.New(rand.NewPCG(seed, i))
		s := sound(r)
		wrong := []fault{deck[r.IntN(len(deck))]}
		for len(wrong) < 3 && r.IntN(4) == 0 {
			wrong = append(wrong, deck[r.IntN(len(deck))])
		}
		for _, f := range wrong {
			f.apply(s)
		}
		tr := play(t, s, [32]byte{byte(i), byte(i >> 8), byte(i >> 16), 1})
		if tr.err == nil {
			continue // another way in was open: trust that names the caller, say
		}
		if _, local := errors.AsType[*creds.DurationError](tr.err); local || tr.event.Code == "" {
			continue // cameo itself says no, before AWS is asked
		}
		tr.judge(t, i, wrong, got)
	}
	return got
}

// judge compares what the explainer says with what the sandbox knows.
func (tr *trial) judge(t *testing.T, world uint64, wrong []fault, got *tally) {
	e, ok := refusal.Explain(tr.err, tr.facts(wrong))
	if !ok {
		t.Fatalf("world %d: %v is not explained", world, tr.err)
	}
	wrong = slices.DeleteFunc(wrong, func(f fault) bool { return f.gone != nil && f.gone(tr.scene) })
	reason, allowed := truth(tr.event, wrong)
	context := fmt.Sprintf("world %d: wrong %s; sandbox: %s: %s; because of %v", world, names(wrong), tr.event.Code, tr.event.Message, reason)
	if len(reason) == 0 {
		t.Fatalf("%s: the judge knows no reason; decision %+v", context, tr.event.Decision)
	}
	rank, typed := -1, -1
	for at, c := range e.Causes {
		if c.Certainty == refusal.Certain && !slices.Contains(allowed, c.Kind) {
			t.Errorf("%s: %s is certain, and not so", context, c.Kind)
		}
		if rank < 0 && slices.Contains(reason, c.Kind) {
			rank = at
		}
		if typed < 0 && slices.Contains(allowed, c.Kind) {
			typed = at
		}
	}
	if rank < 0 {
		t.Errorf("%s: not among %v", context, e.Causes)
	}
	whole(t, e)
	got.count(tr, rank, typed, reason)
	if len(wrong) == 1 && (wrong[0].kind == refusal.IdentityPolicy || wrong[0].kind == refusal.TrustPolicy) {
		got.tried++
		if err := tr.cure(t, e); err != nil {
			t.Errorf("%s: with the proposed statements: %v", context, err)
			return
		}
		got.cured++
	}
}
