package profiles

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chain says how the profile called name gets its credentials, or returns a
// [*ChainError] or a [*ParseError]. It looks at the two files only: whether AWS
// would accept the values is asked of [Chain.Check].
//
// The rules are botocore's (credentials.py): role_arn leads to the credentials
// of source_profile or credential_source. For the profile asked for, role_arn
// wins over keys that stand beside it, unless source_profile names the profile
// itself; for a profile reached through source_profile its keys win, and its own
// role is not assumed.
func (s *Set) Chain(name string) (Chain, error) {
	if err := s.unreadable(); err != nil {
		return Chain{}, err
	}
	r := resolver{set: s, chain: Chain{Profile: name, Steps: make([]Step, 0, usualSteps)}}
	if err := r.walk(name); err != nil {
		return Chain{}, err
	}
	slices.Reverse(r.chain.Steps)
	return r.chain, nil
}

// MostRoles is how many roles a chain may have. AWS has no such limit; but each is a
// call, nobody enters a hundred, and without a limit a file of long chains would take
// the square of its size to read. A
// longer one is reported as a loop, which it nearly always is.
const MostRoles = 100

// usualSteps is the steps of a role and the keys that sign for it.
const usualSteps = 2

// resolver walks from the profile asked for to its base, so its steps are in
// the wrong order until the end.
type resolver struct {
	set   *Set
	chain Chain
	path  []string // profiles whose role is assumed, first the one asked for
	seen  map[string]bool
	from  Value // the source_profile that led to the current profile
	// asSource is true where even the first profile is only to sign for another.
	asSource bool
}

func (r *resolver) walk(name string) error {
	for {
		p, err := r.visit(name)
		if err != nil {
			return err
		}
		reached := len(r.path) > 0 || r.asSource
		if !reached {
			if err := r.settings(p); err != nil {
				return err
			}
		}
		if !assumesRole(p) {
			if err := narrowsNothing(p); err != nil {
				return err
			}
			return r.base(p)
		}
		if reached && hasKeys(p) {
			return r.base(p)
		}
		source, err := r.link(p)
		switch {
		case err != nil:
			return err
		case source.Text == "": // of a credential_source
			return nil
		case source.Text == name && hasKeys(p):
			return r.base(p)
		}
		r.path, r.from = append(r.path, name), source
		if r.seen == nil {
			r.seen = map[string]bool{}
		}
		r.seen[name] = true
		name = source.Text
	}
}

// visit is the profile called name, when it may be used.
func (r *resolver) visit(name string) (Profile, error) {
	p, ok := r.set.Profile(name)
	if len(p.Problems) > 0 {
		return p, &ParseError{Problem: p.Problems[0], Profile: name}
	}
	if !ok {
		return p, r.notFound(name)
	}
	if r.seen[name] {
		path := append(slices.Clone(r.path[slices.Index(r.path, name):]), name)
		last := path[len(path)-2]
		return p, &ChainError{
			Kind: CodeLoop, Profile: last, At: r.from.Position, Value: name, Path: path,
			why: "role chain loops: " + loopText(path),
		}
	}
	if len(r.path) > MostRoles {
		return p, &ChainError{
			Kind: CodeLoop, Profile: r.path[len(r.path)-1], At: r.from.Position, Value: name, Path: append(slices.Clone(r.path), name),
			why: fmt.Sprintf("role chain loops, or has more than %d roles: %s", MostRoles, loopText(append(slices.Clone(r.path), name))),
		}
	}
	return p, nil
}

// loopText shows a loop, the middle of a long one left out.
func loopText(path []string) string {
	const shown = 12
	var b strings.Builder
	for i, name := range path {
		switch {
		case len(path) > shown && i == shown/2:
			fmt.Fprintf(&b, " -> (%d more)", len(path)-shown)
			continue
		case len(path) > shown && i > shown/2 && i < len(path)-shown/2:
			continue
		case i > 0:
			b.WriteString(" -> ")
		}
		b.WriteString(Inert(name))
	}
	return b.String()
}

func (r *resolver) notFound(name string) error {
	nearest := r.set.nearest(name, profileSection)
	if len(r.path) == 0 {
		return &ChainError{
			Kind: CodeProfileNotFound, Profile: name, Value: name, Nearest: nearest,
			why: fmt.Sprintf("is neither in %s nor in %s%s", Inert(r.set.config.Path), Inert(r.set.credentials.Path), didYouMean(nearest)),
			try: "cameo profiles",
		}
	}
	asks := r.path[len(r.path)-1]
	e := &ChainError{
		Kind: CodeSourceProfileNotFound, Profile: asks, At: r.from.Position, Value: name, Nearest: nearest,
		why: fmt.Sprintf("source_profile %s does not exist%s", Quote(name), didYouMean(nearest)),
		try: "cameo profiles",
	}
	return e
}

// assumesRole tells a link of the chain from a base: a role with a web identity
// is a base. An empty role_arn is a mistake that link reports.
func assumesRole(p Profile) bool {
	_, role := p.Get("role_arn")
	return role && p.value("web_identity_token_file").Text == ""
}

func hasKeys(p Profile) bool {
	return p.value("aws_access_key_id").Text != "" || p.value("aws_secret_access_key").Text != ""
}

// link adds the step of a profile that assumes a role, and where it has a
// credential_source that too; else it returns the source_profile.
func (r *resolver) link(p Profile) (Value, error) {
	role, source, from := p.value("role_arn"), p.value("source_profile"), p.value("credential_source")
	switch {
	case role.Text == "":
		at, _ := p.Get("role_arn")
		return Value{}, mistake(p, CodeMissingRoleARN, at.Position, "role_arn has no value")
	case source.Text != "" && from.Text != "":
		return Value{}, mistake(p, CodeSourceConflict, from.Position,
			fmt.Sprintf("has source_profile (line %d) and credential_source: keep one of them", source.Line))
	case source.Text == "" && from.Text == "":
		e := mistake(p, CodeMissingSource, role.Position, "role_arn needs a source_profile or a credential_source to sign for it")
		return Value{}, e
	case from.Text != "":
		if err := checkCredentialSource(p, from); err != nil {
			return Value{}, err
		}
	}
	r.assume(p, source.Text)
	if from.Text != "" {
		r.add(CredentialSource, p).CredentialSource = from
	}
	return source, nil
}

func checkCredentialSource(p Profile, v Value) error {
	known := []string{"Environment", "Ec2InstanceMetadata", "EcsContainer"}
	if slices.Contains(known, v.Text) {
		return nil
	}
	e := mistake(p, CodeInvalidCredentialSource, v.Position, fmt.Sprintf("credential_source %s is none of %s", Quote(v.Text), strings.Join(known, ", ")))
	e.Value = v.Text
	if e.Nearest = Nearest(v.Text, known, 1); len(e.Nearest) > 0 {
		e.why += didYouMean(e.Nearest)
	}
	return e
}

func mistake(p Profile, code string, at Position, why string) *ChainError {
	return &ChainError{Kind: code, Profile: p.Name, At: at, why: why}
}

// add adds a step, which is to be filled in before the next one is added.
func (r *resolver) add(kind Kind, p Profile) *Step {
	r.chain.Steps = append(r.chain.Steps, make([]Step, 1)...)
	step := &r.chain.Steps[len(r.chain.Steps)-1]
	step.Kind, step.Profile = kind, p.Name
	return step
}

// assume adds the AssumeRole of a profile; signer is the one that signs for it.
func (r *resolver) assume(p Profile, signer string) {
	step := r.addRole(AssumeRole, p)
	step.ExternalID, step.MFASerial = p.value("external_id"), p.value("mfa_serial")
	step.SourceIdentity, step.ReasonTag = p.value("source_identity"), p.value("cameo_reason_tag")
	step.SessionTags, step.TransitiveSessionTags = p.value("session_tags"), p.value("transitive_session_tags")
	step.narrow(p)
	if step.MFAProcess = p.value("mfa_process"); step.MFAProcess.Text == "" {
		if source, ok := r.set.Profile(signer); ok {
			step.MFAProcess = source.value("mfa_process")
		}
	}
	if step.MFAProcess.Text != "" {
		step.MFAProcessDistrust = r.set.distrust(step.MFAProcess.File)
	}
}

// addRole adds a step with what AssumeRole and AssumeRoleWithWebIdentity share.
func (r *resolver) addRole(kind Kind, p Profile) *Step {
	step := r.add(kind, p)
	step.RoleARN, step.RoleSessionName, step.MFAMaxAge = p.value("role_arn"), p.value("role_session_name"), r.maxAge(p)
	v := p.value("duration_seconds")
	if v.Text == "" {
		return step
	}
	seconds, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		r.warn(v, "duration_seconds is not a number and is left out", "write a number of seconds")
		return step
	}
	const most = int64(math.MaxInt64 / time.Second)
	step.Duration = time.Duration(min(max(seconds, -most), most)) * time.Second
	step.DurationAt = v.Position
	return step
}

// maxAge is cameo_mfa_max_age: how old the source's MFA session may be, such as
// "15m" or "1h".
func (r *resolver) maxAge(p Profile) time.Duration {
	v := p.value("cameo_mfa_max_age")
	if v.Text == "" {
		return 0
	}
	age, err := time.ParseDuration(v.Text)
	if err != nil || age < time.Minute {
		r.warn(v, "cameo_mfa_max_age is no length of time of a minute or more and is left out", "write one such as 15m or 1h")
		return 0
	}
	return age
}

func (r *resolver) warn(v Value, reason, fix string) {
	r.chain.Warnings = append(r.chain.Warnings, Problem{v.Position, excerpt(v.Text), reason, fix})
}

// base adds the step of a profile that has credentials of its own, in the order
// in which botocore looks for them.
func (r *resolver) base(p Profile) error {
	if token := p.value("web_identity_token_file"); token.Text != "" {
		step := r.addRole(WebIdentity, p)
		if step.RoleARN.Text == "" {
			return mistake(p, CodeMissingRoleARN, token.Position, "web_identity_token_file needs a role_arn")
		}
		step.TokenFile = token
		return nil
	}
	account, role := p.value("sso_account_id"), p.value("sso_role_name")
	if account.Text != "" || role.Text != "" {
		return r.sso(p, SSO)
	}
	if hasKeys(p) && r.inCredentials(p) {
		return r.static(p)
	}
	if v := p.value("login_session"); v.Text != "" {
		r.add(Login, p).LoginSession = v
		return nil
	}
	if v := p.value("credential_process"); v.Text != "" {
		step := r.add(Process, p)
		step.Command, step.CommandDistrust, step.AccountID = v, r.set.distrust(v.File), p.value("aws_account_id")
		return nil
	}
	if hasKeys(p) {
		return r.static(p)
	}
	if p.value("sso_session").Text != "" {
		return r.sso(p, SSOToken)
	}
	if url := p.value("sso_start_url"); url.Text != "" {
		return mistake(p, CodeInvalidSSO, url.Position, "sso_start_url needs sso_account_id and sso_role_name beside it")
	}
	return r.nothing(p)
}

func (r *resolver) nothing(p Profile) error {
	why, at := "has neither credentials nor a role", p.Defined
	if v := p.value("source_profile"); v.Text != "" {
		why, at = "has a source_profile and no role_arn, so nothing to use it for", v.Position
	}
	if len(r.path) > 0 {
		why += fmt.Sprintf(", and profile %s needs credentials from it", Quote(r.path[len(r.path)-1]))
	}
	return mistake(p, CodeNoCredentials, at, why)
}

// inCredentials tells whether the profile's keys come from the credentials file.
func (r *resolver) inCredentials(p Profile) bool {
	path := r.set.credentials.Path
	return p.value("aws_access_key_id").File == path || p.value("aws_secret_access_key").File == path
}

func (s *Set) distrust(file string) string {
	for _, d := range s.documents() {
		if d.Path == file && d.Distrust != "" {
			return d.Distrust
		}
	}
	return ""
}

func (r *resolver) static(p Profile) error {
	id, secret := p.value("aws_access_key_id"), p.value("aws_secret_access_key")
	switch {
	case id.Text == "":
		return mistake(p, CodePartialStatic, secret.Position, "aws_secret_access_key needs an aws_access_key_id beside it")
	case secret.Text == "":
		return mistake(p, CodePartialStatic, id.Position, "aws_access_key_id needs an aws_secret_access_key beside it")
	}
	token := p.Secret("aws_session_token")
	if token.Empty() {
		token = p.Secret("aws_security_token")
	}
	step := r.add(Static, p)
	step.AccessKeyID, step.SecretAccessKey, step.SessionToken = id, p.Secret("aws_secret_access_key"), token
	step.AccountID = p.value("aws_account_id")
	return nil
}

func (r *resolver) sso(p Profile, kind Kind) error {
	step := r.add(kind, p)
	step.SSOSession, step.SSOStartURL, step.SSORegion = p.value("sso_session"), p.value("sso_start_url"), p.value("sso_region")
	step.SSOAccountID, step.SSORoleName = p.value("sso_account_id"), p.value("sso_role_name")
	at, where := p.Defined, ""
	if step.SSOSession.Text != "" {
		session, err := r.ssoSession(p, step.SSOSession)
		if err != nil {
			return err
		}
		for _, key := range []string{"sso_region", "sso_start_url"} {
			own, shared := p.value(key), session.value(key)
			if own.Text != "" && own.Text != shared.Text {
				return mistake(p, CodeInvalidSSO, own.Position,
					fmt.Sprintf("%s stands beside sso_session and differs from sso-session %s (%s): remove it here", key, Quote(session.Name), session.Defined))
			}
		}
		step.SSORegion, step.SSOStartURL = session.value("sso_region"), session.value("sso_start_url")
		at, where = session.Defined, fmt.Sprintf("sso-session %s has no ", Quote(session.Name))
	}
	need := func(v Value, key string) error {
		if v.Text != "" {
			return nil
		}
		if where != "" {
			return mistake(p, CodeInvalidSSO, at, where+key)
		}
		return mistake(p, CodeInvalidSSO, at, "signs in with IAM Identity Center and has no "+key)
	}
	if err := errorsFirst(need(step.SSOStartURL, "sso_start_url"), need(step.SSORegion, "sso_region")); err != nil {
		return err
	}
	if kind == SSO {
		at, where = p.Defined, ""
		if err := errorsFirst(need(step.SSOAccountID, "sso_account_id"), need(step.SSORoleName, "sso_role_name")); err != nil {
			return err
		}
	}
	return nil
}

func errorsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) ssoSession(p Profile, name Value) (Section, error) {
	session, ok := r.set.SSOSession(name.Text)
	if len(session.Problems) > 0 {
		return session, &ParseError{Problem: session.Problems[0], Profile: p.Name}
	}
	if !ok {
		nearest := r.set.nearest(name.Text, ssoSessionSection)
		e := mistake(p, CodeSSOSessionNotFound, name.Position,
			fmt.Sprintf("sso_session %s does not exist%s", Quote(name.Text), didYouMean(nearest)))
		e.Value, e.Nearest = name.Text, nearest
		return session, e
	}
	return session, nil
}

// settings reads what the profile asked for says about STS, and the sign-in, themselves.
func (r *resolver) settings(p Profile) error {
	r.chain.Region = p.value("region")
	r.chain.STSRegionalEndpoints = p.value("sts_regional_endpoints")
	if strings.EqualFold(p.value("ignore_configured_endpoint_urls").Text, "true") {
		return nil
	}
	r.chain.EndpointURL = p.value("endpoint_url")
	r.chain.SigninURL = r.chain.EndpointURL
	services := p.value("services")
	if services.Text == "" {
		return nil
	}
	used, section := r.set.section(r.set.sections(servicesSection, services.Text))
	if len(section.Problems) > 0 {
		return &ParseError{Problem: section.Problems[0], Profile: p.Name}
	}
	if len(used) == 0 {
		r.warn(services, "services: there is no section of this name", fmt.Sprintf("write [services %s]", Inert(services.Text)))
	}
	for service, url := range map[string]*Value{"sts": &r.chain.EndpointURL, "signin": &r.chain.SigninURL} {
		if v := nestedSetting(used, service, "endpoint_url"); v.Text != "" {
			*url = v
		}
	}
	return nil
}

// nestedSetting is a setting of a nested block; the last block of that name wins.
func nestedSetting(sections []section, block, key string) Value {
	var found Value
	for _, s := range sections {
		inBlock := false
		t := s.tokens()
		for tok := (token{}); t.next(&tok); {
			switch tok.kind {
			case propertyToken:
				if inBlock = tok.key == block; inBlock {
					found, inBlock = Value{}, tok.value == ""
				}
			case moreToken:
				name, value, _ := strings.Cut(cutComment(tok.body), "=")
				if inBlock && strings.EqualFold(trim(name), key) {
					found = Value{trim(value), Position{s.doc.Path, tok.line}}
				}
			}
		}
	}
	return found
}
