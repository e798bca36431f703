// Package switching is the product's verb: become a role.
//
// The way is always the same: [Switcher.Plan] says what would happen, as a value;
// [Approve] is the guard that a plan has to pass; [Switcher.CarryOut] does it;
// [Session.Variables] is then what a shell gets, or the environment of a command.
// [ThisShell] is where a shell stands before that: who it is, and what it entered.
//
// Only an [Approved] plan can be carried out, and only [Approve] makes one: the
// guard is on every way by which a shell is changed. [Switcher.Use] is for a command
// that runs in a role named in full: the guard protects choosing, not using. The
// package reads no file and no environment variable by itself.
package switching

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

// Switcher plans and carries out. Its fields are set before first use; it is safe
// for concurrent use.
type Switcher struct {
	Profiles *profiles.Set
	Book     *roles.Book
	Settings settings.Settings
	Broker   *creds.Broker
	// Home is asked for only where a role names no source.
	Home func() Home
	Now  func() time.Time
	// Env looks up variables as this shell had them at home.
	Env func(name string) (string, bool)
	// OSUser names a session where neither the profile nor the device does; it is
	// asked only then.
	OSUser func() string
	// Agent is the program that asks for credentials; empty: cameo itself.
	Agent string
}

// Ask is what the user wants.
type Ask struct {
	Role        roles.Role
	How         How
	Duration    time.Duration // 0: the profile's, else an hour
	Region      string        // empty: the profile's
	Source      string        // profile that signs in place of the role's own source
	SessionName string        // empty: the profile's, else the user's name
	// OnTopOf names the active role, whose keys stand in the environment, where it
	// signs in place of the role's own source; empty: it does not.
	OnTopOf string
	Terms
	// CameBack is true where this shell has been in the role before: while that
	// session lives, coming back to it is no new choice.
	CameBack bool
	// Replace is the access key ID of the active session that is to be renewed;
	// empty: one in the cache will do.
	Replace string
}

// Terms is what the user says of one session beyond its profile. Its JSON form is
// what a shell keeps, so that a renewal asks for the same; it holds no secret.
type Terms struct {
	// ReadOnly narrows the session by AWS's managed policy ReadOnlyAccess.
	ReadOnly bool `json:"read_only,omitempty"`
	// Reason is why the role is entered, in the user's words: for the history, and
	// for the session tag that cameo_reason_tag of the profile names.
	Reason         string         `json:"reason,omitempty"`
	Policy         string         `json:"policy,omitempty"`      // inline session policy, JSON
	PolicyARNs     []string       `json:"policy_arns,omitempty"` // managed session policies
	Tags           []profiles.Tag `json:"tags,omitempty"`        // beside, and before, those of the profile
	SourceIdentity string         `json:"source_identity,omitempty"`
	// Device is the MFA device whose code opens the session of who signs first, where
	// no profile names one; empty: as the profiles say.
	Device string `json:"mfa_device,omitempty"`
}

// Narrowed reports whether session policies take rights away from the role.
func (t Terms) Narrowed() bool { return t.ReadOnly || t.ByPolicy() }

// ByPolicy reports whether policies of the user's do, beside or in place of ReadOnly.
func (t Terms) ByPolicy() bool { return t.Policy != "" || len(t.PolicyARNs) > 0 }

// KnownByAccess reports whether a role's name and CAMEO_ACCESS tell all of it.
func (t Terms) KnownByAccess() bool {
	t.ReadOnly = false
	return !t.shapes()
}

// shapes reports whether AWS would be told anything: a reason may be for the
// history alone.
func (t Terms) shapes() bool {
	return t.Narrowed() || len(t.Tags) > 0 || t.SourceIdentity != "" || t.Device != ""
}

// Plan says what would happen. Errors are those of profiles.Set.Chain and
// creds.Exchanges, and *NoRoleError, *NoTermsError, *SessionNameError,
// *NotReadOnlyError, *WidensError, *SourceError, *HomeUnknownError and *NoHomeError.
func (s *Switcher) Plan(_ context.Context, ask Ask) (Plan, error) {
	if ask.Role.ARN == "" {
		return Plan{}, &NoRoleError{Profile: ask.Role.Profile}
	}
	request, err := s.Request(ask)
	if err != nil {
		return Plan{}, err
	}
	forecast, err := s.Broker.Forecast(request)
	if err != nil {
		return Plan{}, err
	}
	last := forecast.Exchanges[len(forecast.Exchanges)-1]
	p := Plan{
		Role: ask.Role, How: ask.How, Chain: request.Chain, Source: sourceName(request.Chain), Host: request.Endpoint.Host(), Steps: stepsOf(forecast.Exchanges),
		Session: SessionTerms{Name: last.SessionName, Duration: last.Duration, Region: region(ask, request), ReadOnly: ask.ReadOnly, Reason: ask.Reason},
		Ready:   forecast.Cached.Shown(s.Broker.Moment()), request: request, asked: ask,
	}
	if last.Capped > 0 {
		p.Session.WhyNotLonger = "AWS limits a role entered from another session to 1 hour"
	}
	if forecast.Code != nil && !s.codeByCommand(*forecast.Code) {
		p.Code = &CodeNeed{Device: forecast.Code.Device, Source: signerName(forecast.Code.Signer)}
		if forecast.Code.Operation == creds.GetSessionToken {
			p.Code.Serves = forecast.Code.Duration
		}
	}
	p.Guard = s.guard(p)
	p.demand, p.guarded = p.Guard, p.Role
	return p, nil
}

// codeByCommand reports whether a program gives the code of an exchange, so that
// nobody types it.
func (s *Switcher) codeByCommand(e creds.Exchange) bool {
	return len(s.Settings.MFA.Command) > 0 || e.Step.MFAProcess.Text != ""
}

// Request is what getting the session means: the chain of the role, completed with
// the source that signs where its profile names none. Nothing is asked of anybody.
func (s *Switcher) Request(ask Ask) (creds.Request, error) {
	chain, err := s.chain(ask)
	if err != nil {
		return creds.Request{}, err
	}
	if err := tell(&chain, ask); err != nil {
		return creds.Request{}, err
	}
	if ask.Device != "" && takesDevice(chain) {
		chain.Steps[1].MFASerial = profiles.Value{Text: ask.Device}
	}
	if err := chain.Check(); err != nil {
		return creds.Request{}, err
	}
	if err := s.sameRole(ask, chain); err != nil {
		return creds.Request{}, err
	}
	if err := s.signedByHome(ask, chain); err != nil {
		return creds.Request{}, err
	}
	return creds.Request{
		Chain: chain, Duration: ask.Duration, Replace: ask.Replace, Production: ask.Role.Env == roles.Production, Agent: s.Agent,
		SessionName: s.sessionName(chain),
		Endpoint:    creds.FindEndpoint(chain, ask.Region, s.Env),
	}, nil
}

// tell puts what was asked for into the last step of the chain, in place of or
// beside what its profile says. Where that is no AssumeRole nobody can be told, and
// the whole of the credentials would be had in place of what was asked for.
func tell(chain *profiles.Chain, ask Ask) error {
	last := &chain.Steps[len(chain.Steps)-1]
	named := last.Kind == profiles.AssumeRole || last.Kind == profiles.WebIdentity
	switch {
	case ask.SessionName != "" && !named, last.Kind != profiles.AssumeRole && (ask.shapes() || ask.Duration != 0):
		return &NoTermsError{Profile: last.Profile}
	case !named:
		return nil
	}
	if ask.SessionName != "" {
		if profiles.SessionNameFault(ask.SessionName) != "" {
			return &SessionNameError{Name: ask.SessionName}
		}
		last.RoleSessionName = profiles.Value{Text: ask.SessionName}
	}
	if ask.SourceIdentity != "" {
		last.SourceIdentity = profiles.Value{Text: ask.SourceIdentity}
	}
	if key := last.ReasonTag.Text; key != "" && ask.Reason != "" {
		if value := profiles.CleanTagValue(ask.Reason); value != "" {
			last.MoreTags = append(last.MoreTags, profiles.Tag{Key: key, Value: value})
		}
	}
	last.MoreTags = profiles.MergeTags(last.MoreTags, ask.Tags...)
	switch {
	case ask.ReadOnly:
		return readOnly(chain, ask)
	case ask.ByPolicy():
		last.ReplacePolicies(ask.Policy, slices.Clone(ask.PolicyARNs))
	}
	slices.Sort(last.PolicyARNs)
	last.PolicyARNs = slices.Compact(last.PolicyARNs)
	return nil
}

// readOnly puts ReadOnlyAccess in the place of what the profile of the last step says.
// It takes rights away and gives none: where the profile allows less than
// ReadOnlyAccess, as far as that can be told, nothing is requested, because AWS adds
// the policies of a session up. What only denies holds beside it.
func readOnly(chain *profiles.Chain, ask Ask) error {
	if err := chain.Check(); err != nil { // before the policies that it finds wrong are replaced
		return err
	}
	last := &chain.Steps[len(chain.Steps)-1]
	only := readOnlyAccess(last.RoleARN.Text)
	if allows, _ := profiles.PolicyEffects(ask.Policy); allows || len(ask.PolicyARNs) > 0 {
		return &NotReadOnlyError{Managed: len(ask.PolicyARNs) > 0}
	}
	others := slices.ContainsFunc(last.PolicyARNs, func(arn string) bool { return arn != only }) // which may deny
	already := slices.Contains(last.PolicyARNs, only)
	allows, denies := profiles.PolicyEffects(last.Policy)
	inline := ask.Policy
	switch {
	case others:
		return &WidensError{Profile: last.Profile, Key: "cameo_policy_arns", At: last.SessionPolicyARNs.Position}
	case allows && (denies || !already), denies && inline != "":
		return &WidensError{Profile: last.Profile, Key: "cameo_policy", At: last.SessionPolicy.Position}
	case denies:
		inline = last.Policy
	}
	last.ReplacePolicies(inline, []string{only})
	return nil
}

// readOnlyAccess is AWS's managed policy of this name, in the partition of a role.
// See "AWS managed policies for job functions" in the IAM User Guide.
func readOnlyAccess(roleARN string) string {
	partition := "aws"
	if role, err := profiles.ParseRoleARN(roleARN); err == nil {
		partition = role.Partition
	}
	return "arn:" + partition + ":iam::aws:policy/ReadOnlyAccess"
}

// sameRole fails where the profile leads to another role by now than the one that
// is asked for: it was edited since the role was shown, or entered.
func (s *Switcher) sameRole(ask Ask, c profiles.Chain) error {
	if n := len(c.Steps); ask.Role.ARN != "" && n > 0 && c.Steps[n-1].RoleARN.Text != ask.Role.ARN {
		return &MovedError{Role: ask.Role, Now: c.Steps[n-1].RoleARN}
	}
	return nil
}

// signedByHome fails where the keys of the environment would sign that are not
// home's but those of the active role: it never signs unless --chain says so.
func (s *Switcher) signedByHome(ask Ask, c profiles.Chain) error {
	if len(c.Steps) == 0 || ask.OnTopOf != "" || c.Steps[0].Kind != profiles.CredentialSource || c.Steps[0].CredentialSource.Text != "Environment" {
		return nil
	}
	if home := s.Home(); home.Unknown || home.Profile != "" {
		if key, _ := s.Env("AWS_ACCESS_KEY_ID"); key != "" {
			return &HomeUnknownError{Role: ask.Role.ID()}
		}
	}
	return nil
}

// sessionName is the name of the role session where its profile says nothing: the
// user's, as the MFA device is called after them, else the operating system's, which
// is looked up only where it is wanted.
func (s *Switcher) sessionName(c profiles.Chain) string {
	wanted, name := false, ""
	for i := range c.Steps {
		step := &c.Steps[i]
		wanted = wanted || step.Kind == profiles.AssumeRole && step.RoleSessionName.Text == ""
		if _, device, found := strings.Cut(step.MFASerial.Text, ":mfa/"); found {
			name = device[strings.LastIndex(device, "/")+1:]
		}
	}
	if !wanted {
		return ""
	}
	if name == "" {
		name = s.OSUser()
	}
	return profiles.CleanSessionName(name)
}

func sourceName(c profiles.Chain) string { return signerName(creds.SourceOf(c)) }

func signerName(signer string) string {
	if signer == "" {
		return roles.Home
	}
	return signer
}

// region is what AWS_REGION becomes; empty: it is not touched.
func region(ask Ask, r creds.Request) string {
	if ask.Region != "" {
		return ask.Region
	}
	return r.Chain.Region.Text
}

// CarryOut gets the session of an approved plan, and tells watch of each step that is
// done; nil: nobody. The answer's code is used for the exchange that needs one; where
// another is needed than the plan foresaw, the Broker's Codes is asked. The error is
// ErrNotApproved or one of creds.Broker.Credentials.
func (s *Switcher) CarryOut(ctx context.Context, a Approved, watch func(Progress)) (Session, error) {
	if len(a.plan.request.Chain.Steps) == 0 {
		return Session{}, ErrNotApproved
	}
	c, err := watched(s.brokerWith(a.code), a.plan.Steps, watch).Credentials(ctx, a.plan.request)
	if err != nil {
		return Session{}, err
	}
	return Session{Role: a.plan.Role, Credentials: c, Ends: c.Shown(s.Broker.Moment()), Name: a.plan.Session.Name, Region: a.plan.Session.Region,
		Source: a.plan.Source, Asked: a.plan.asked, NarrowedByProfile: narrowedByProfile(a.plan.request)}, nil
}

// Use gets the session of a role, or the credentials of a profile without one,
// for a single command: nothing is handed to a shell, so the guard is not asked.
func (s *Switcher) Use(ctx context.Context, ask Ask, code string) (Session, error) {
	request, err := s.Request(ask)
	if err != nil {
		return Session{}, err
	}
	c, err := s.brokerWith(code).Credentials(ctx, request)
	if err != nil {
		return Session{}, err
	}
	session := Session{Role: ask.Role, Credentials: c, Ends: c.Shown(s.Broker.Moment()), Region: region(ask, request), Source: sourceName(request.Chain), Asked: ask,
		NarrowedByProfile: narrowedByProfile(request)}
	if last := request.Chain.Steps[len(request.Chain.Steps)-1]; last.Kind == profiles.AssumeRole {
		if session.Name = last.RoleSessionName.Text; session.Name == "" {
			session.Name = request.SessionName
		}
	}
	return session, nil
}

func narrowedByProfile(r creds.Request) bool {
	return r.Chain.Steps[len(r.Chain.Steps)-1].NarrowedByProfile()
}

// brokerWith is the Broker with a code that the user typed beforehand; "": none.
func (s *Switcher) brokerWith(code string) *creds.Broker {
	if code == "" {
		return s.Broker
	}
	broker := *s.Broker
	broker.Codes = &givenCode{code: code, then: s.Broker.Codes}
	return &broker
}

// Current is the credentials of home, and where STS is reached for them. Errors are
// those of Plan.
func (s *Switcher) Current(ctx context.Context) (creds.Credentials, creds.Endpoint, error) {
	chain, err := s.Home().chain(s.Profiles, "")
	if err != nil {
		return creds.Credentials{}, creds.Endpoint{}, err
	}
	return s.of(ctx, chain)
}

// Signing is the credentials of who signs where nothing is said, the setting source,
// else home, with their region. Errors are those of Plan.
func (s *Switcher) Signing(ctx context.Context) (creds.Credentials, creds.Endpoint, error) {
	chain, err := s.signer()
	if _, ok := errors.AsType[*HomeUnknownError](err); ok {
		err = &HomeUnknownError{Anything: true}
	}
	if err != nil {
		return creds.Credentials{}, creds.Endpoint{}, err
	}
	return s.of(ctx, chain)
}

func (s *Switcher) of(ctx context.Context, chain profiles.Chain) (creds.Credentials, creds.Endpoint, error) {
	if err := chain.Check(); err != nil {
		return creds.Credentials{}, creds.Endpoint{}, err
	}
	request := creds.Request{Chain: chain, SessionName: s.sessionName(chain), Endpoint: creds.FindEndpoint(chain, "", s.Env)}
	c, err := s.Broker.Credentials(ctx, request)
	return c, request.Endpoint, err
}

// ConsoleTerms is what AWS's sign-in to the console is told of the session that ask asks
// for: how long the console's own may last, 0 where only as long as the credentials,
// because another session entered the role; and where the sign-in is, empty: at AWS's
// own address; with the line of the profile that says so, where one does.
func (s *Switcher) ConsoleTerms(ask Ask) (length time.Duration, endpoint string, in profiles.Position) {
	request, err := s.Request(ask) // without it how it was asked for is not known any more
	endpoint, in = creds.FindSignin(request.Chain, s.Env)
	if err != nil {
		return 0, endpoint, in
	}
	if list, err := creds.Exchanges(request, s.Env); err == nil && list[len(list)-1].Direct {
		length = list[len(list)-1].Duration
	}
	return length, endpoint, in
}

// Ready tells when the session of a role that is already in the cache ends, else of
// which MFA device somebody has to type the code first (empty: of none), and why the
// role cannot be entered. It asks nobody.
func (s *Switcher) Ready(role roles.Role) (ends time.Time, device string, broken error) {
	request, err := s.Request(Ask{Role: role})
	if err != nil {
		return time.Time{}, "", err
	}
	forecast, err := s.Broker.Forecast(request)
	if forecast.Code != nil && !s.codeByCommand(*forecast.Code) {
		device = forecast.Code.Device
	}
	return forecast.Cached.Shown(s.Broker.Moment()), device, err
}

// givenCode is a code that the user typed beforehand: good for the first exchange
// that needs one. Where AWS refuses it, that is the answer; another exchange's code
// is asked for.
type givenCode struct {
	code  string
	spent bool
	then  creds.Codes // nil: nobody can be asked
	asked bool        // then has been asked
}

// Offer is the code at hand, until it is spent.
func (g *givenCode) Offer(need creds.CodeRequest) creds.Offer {
	if !g.spent {
		return creds.OwnCode
	}
	if o, ok := g.then.(creds.Offerer); ok {
		return o.Offer(need)
	}
	if g.then == nil {
		return creds.NoCode
	}
	return creds.SomeCode
}

func (g *givenCode) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	switch {
	case !g.spent:
		g.spent = true
		return g.code, nil
	case need.Rejected != nil && !g.asked:
		return "", need.Rejected
	case g.then == nil:
		return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Why: "the code that was given is used"}
	}
	g.asked = true
	return g.then.Code(ctx, need)
}
