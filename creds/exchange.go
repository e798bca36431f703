package creds

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"cameo/profiles"
)

// Limits of AWS STS
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and
// API_GetSessionToken.html).
const (
	// DefaultDuration is how long a role session lasts where nobody says.
	DefaultDuration = time.Hour
	// ChainedLimit is the longest session of a role that was entered with
	// temporary credentials, those of GetSessionToken included.
	ChainedLimit = time.Hour
	// SourceSessionDuration is the GetSessionToken session that one code opens:
	// AWS's own default.
	SourceSessionDuration = 12 * time.Hour
)

// Request is a chain with what its exchanges are told.
type Request struct {
	Chain    profiles.Chain
	Endpoint Endpoint
	// SessionName is the role session name of steps whose profile names none.
	SessionName string
	// Duration of the last role; 0: as its profile says, else DefaultDuration.
	Duration time.Duration
	// Agent is the program that asks, as a prompt for a code names it; empty: cameo
	// itself.
	Agent string
	// Replace is the access key ID of a session of this chain that is to be renewed
	// although it still lasts; empty: none.
	Replace string
	// Production tells the prompt for a code that the role is a production one.
	Production bool
}

// Operation is what an Exchange does.
type Operation string

// The operations.
const (
	UseKeys           Operation = "UseKeys" // credentials that need no exchange
	GetSessionToken   Operation = "GetSessionToken"
	AssumeRole        Operation = "AssumeRole"
	GetCallerIdentity Operation = "GetCallerIdentity" // of STS.Identity only
)

// Exchange is one thing that a Broker does for a Request, as a value.
type Exchange struct {
	Operation Operation
	Step      profiles.Step
	// Signer is who signs, as the user names it: the profile of the step before;
	// "Environment" and its kin where the profile's own credential_source signs.
	// Empty for UseKeys.
	Signer      string
	SessionName string        // AssumeRole
	Duration    time.Duration // AssumeRole and GetSessionToken
	// Device is the serial of the MFA device whose code goes with this call; empty:
	// no code.
	Device string
	// Direct is true where long-term keys sign an AssumeRole: what it gives is not
	// chained. Where a process gives the keys nobody knows, and it is false.
	Direct bool
	// Capped is the duration that the profile asks for where AWS's one-hour rule
	// shortens it; 0: it is not shortened.
	Capped time.Duration
	// Longest is how long AWS lets this role's session be, whatever the role itself
	// allows: an hour where a session signs. 0: it is not known what signs.
	Longest time.Duration
	// Asked is true where Duration is the request's and not the profile's.
	Asked bool
	// MayCap is true where only AWS can tell whether the one-hour rule holds: the
	// chain begins with credentials that may be temporary or not. Where it does, a
	// Broker asks again for the hour.
	MayCap bool
	// MaxAge is how old a session of GetSessionToken may be that is taken from the
	// cache for this role; 0: as old as it lasts.
	MaxAge time.Duration
	// Key names the resulting session in the cache.
	Key Key
}

// Exchanges lists what carrying the request out means, first to last. Keys that
// stand in the environment are looked up with env. The error is a
// *UnsupportedError, a *NoKeysError or a *DurationError.
func Exchanges(r Request, env func(string) (string, bool)) ([]Exchange, error) {
	if len(r.Chain.Steps) == 0 {
		return nil, &NoKeysError{Profile: r.Chain.Profile}
	}
	base, signs, err := baseKey(&r.Chain.Steps[0], r.Endpoint, env)
	if err != nil {
		return nil, err
	}
	list := make([]Exchange, 0, len(r.Chain.Steps)+1) // a session of GetSessionToken at most
	list = append(list, Exchange{Operation: UseKeys, Step: r.Chain.Steps[0], Key: base})
	for i := range r.Chain.Steps[1:] {
		before, step := &r.Chain.Steps[i], &r.Chain.Steps[i+1]
		if step.Kind != profiles.AssumeRole {
			return nil, &UnsupportedError{Step: *step}
		}
		explicit := r.Duration > 0 && i == len(r.Chain.Steps)-2
		want, err := wantedDuration(r, step, explicit)
		if err != nil {
			return nil, err
		}
		signer := list[len(list)-1].Key
		role := Exchange{Operation: AssumeRole, Step: *step, Signer: signerOf(before, step),
			SessionName: step.RoleSessionName.Text, Duration: want, Asked: explicit}
		if role.SessionName == "" {
			role.SessionName = r.SessionName
		}
		role.Longest = signs.longest()
		switch serial := step.MFASerial.Text; {
		case serial == "":
		case signs == longTerm && want <= ChainedLimit:
			session := Exchange{Operation: GetSessionToken, Step: *step, Signer: role.Signer, Duration: SourceSessionDuration,
				Device: serial, MaxAge: step.MFAMaxAge, Key: digest("session-token", signer.String(), serial)}
			list = append(list, session)
			signer, signs = session.Key, temporary
		default:
			role.Device = serial
		}
		switch {
		case want <= ChainedLimit || signs == longTerm:
		case signs == unknown:
			role.MayCap = !explicit && role.Device == ""
		case explicit:
			return nil, &DurationError{Asked: r.Duration, Limit: ChainedLimit, Chained: true}
		default:
			role.Duration, role.Capped = ChainedLimit, want
		}
		role.Direct = signs == longTerm
		role.Key = roleKey(signer, role)
		list = append(list, role)
		signs = temporary
	}
	return list, nil
}

// lifetime is what kind of credentials sign: AWS treats them differently.
type lifetime int

const (
	longTerm  lifetime = iota
	temporary          // cannot call GetSessionToken, and enter a role for an hour at most
	unknown            // a process gives them, and has not been asked yet
)

// longest is how long a role's session can be that such credentials ask for.
func (l lifetime) longest() time.Duration {
	switch l {
	case longTerm:
		return profiles.LongestSession
	case temporary:
		return ChainedLimit
	}
	return 0
}

func signerOf(before, step *profiles.Step) string {
	if before.Kind == profiles.CredentialSource && before.Profile == step.Profile {
		return before.CredentialSource.Text
	}
	return before.Profile
}

// wantedDuration is what the request says where it speaks of this step, else what
// the profile says.
func wantedDuration(r Request, step *profiles.Step, explicit bool) (time.Duration, error) {
	want := step.Duration
	if explicit {
		if r.Duration < profiles.ShortestSession || r.Duration > profiles.LongestSession {
			return 0, &DurationError{Asked: r.Duration, Limit: profiles.LongestSession}
		}
		want = r.Duration
	}
	if want == 0 {
		want = DefaultDuration
	}
	return want, nil
}

// baseKey identifies what a chain begins with, and says what kind it is.
func baseKey(step *profiles.Step, at Endpoint, env func(string) (string, bool)) (Key, lifetime, error) {
	if step.Kind == profiles.Process {
		return digest("process", step.Profile, step.Command.Text, at.URL), unknown, nil
	}
	if !inline(step) {
		return Key{}, unknown, &UnsupportedError{Step: *step}
	}
	c, err := inlineCredentials(step, env)
	if err != nil {
		return Key{}, unknown, err
	}
	key := digest("keys", c.AccessKeyID, tokenDigest(c), at.URL)
	if c.SessionToken.Empty() {
		return key, longTerm, nil
	}
	return key, temporary, nil
}

// inline reports whether a step's credentials are at hand without asking anybody.
func inline(step *profiles.Step) bool {
	return step.Kind == profiles.Static || step.Kind == profiles.CredentialSource && step.CredentialSource.Text == "Environment"
}

func inlineCredentials(step *profiles.Step, env func(string) (string, bool)) (Credentials, error) {
	if step.Kind == profiles.Static {
		return Credentials{AccessKeyID: step.AccessKeyID.Text, SecretAccessKey: step.SecretAccessKey,
			SessionToken: step.SessionToken, AccountID: step.AccountID.Text}, nil
	}
	return FromEnvironment(env)
}

// FromEnvironment reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN (or its old name AWS_SECURITY_TOKEN). The error is a
// *NoKeysError.
func FromEnvironment(env func(string) (string, bool)) (Credentials, error) {
	get := func(name string) string { value, _ := env(name); return value }
	c := Credentials{AccessKeyID: get("AWS_ACCESS_KEY_ID"), SecretAccessKey: profiles.NewSecret(get("AWS_SECRET_ACCESS_KEY")),
		AccountID: get("AWS_ACCOUNT_ID")}
	if token := get("AWS_SESSION_TOKEN"); token != "" {
		c.SessionToken = profiles.NewSecret(token)
	} else {
		c.SessionToken = profiles.NewSecret(get("AWS_SECURITY_TOKEN"))
	}
	if c.AccessKeyID == "" || c.SecretAccessKey.Empty() {
		return Credentials{}, &NoKeysError{Environment: true}
	}
	return c, nil
}

// roleKey digests everything that AssumeRole is told, and who tells it. The order
// of tags and of managed policies means nothing to AWS.
func roleKey(signer Key, e Exchange) Key {
	step := &e.Step
	parts := []string{"assume-role", signer.String(), step.RoleARN.Text, e.SessionName, step.ExternalID.Text, e.Device,
		strconv.FormatInt(int64(e.Duration/time.Second), 10), step.SourceIdentity.Text, step.Policy}
	parts = append(parts, strconv.Itoa(len(step.PolicyARNs)))
	parts = append(parts, slices.Sorted(slices.Values(step.PolicyARNs))...)
	passedOn := step.TransitiveTags()
	tags := step.Tags()
	slices.SortFunc(tags, func(a, b profiles.Tag) int { return strings.Compare(a.Key, b.Key) })
	for _, t := range tags {
		parts = append(parts, t.Key, t.Value, strconv.FormatBool(slices.Contains(passedOn, t.Key)))
	}
	return digest(parts...)
}

// tokenDigest tells two sessions apart that share an access key ID, which AWS
// never hands out but a test double may.
func tokenDigest(c Credentials) string {
	if c.SessionToken.Empty() {
		return ""
	}
	sum := sha256.Sum256([]byte(c.SessionToken.Reveal()))
	return string(sum[:])
}

// digest hashes parts so that no two lists of parts give the same input: each
// part goes in with its length. The first byte is the version of the scheme.
func digest(parts ...string) Key {
	h := sha256.New()
	h.Write([]byte{1})
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return Key(h.Sum(nil))
}
