package creds

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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
	// MinDuration and MaxDuration bound DurationSeconds of AssumeRole.
	MinDuration = 15 * time.Minute
	MaxDuration = 12 * time.Hour
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
}

// Operation is what an Exchange does.
type Operation string

// The operations.
const (
	UseKeys         Operation = "UseKeys" // credentials that need no exchange
	GetSessionToken Operation = "GetSessionToken"
	AssumeRole      Operation = "AssumeRole"
)

// Exchange is one thing that a Broker does for a Request, as a value.
type Exchange struct {
	Operation   Operation
	Step        profiles.Step
	SessionName string        // AssumeRole
	Duration    time.Duration // AssumeRole and GetSessionToken
	// Device is the serial of the MFA device whose code goes with this call; empty:
	// no code.
	Device string
	// Capped is the duration that the profile asks for where AWS's one-hour rule
	// shortens it; 0: it is not shortened.
	Capped time.Duration
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
	base, temporary, err := baseKey(r.Chain.Steps[0], r.Endpoint, env)
	if err != nil {
		return nil, err
	}
	list := []Exchange{{Operation: UseKeys, Step: r.Chain.Steps[0], Key: base}}
	for i, step := range r.Chain.Steps[1:] {
		if step.Kind != profiles.AssumeRole {
			return nil, &UnsupportedError{Step: step}
		}
		last := i == len(r.Chain.Steps)-2
		want, err := wantedDuration(r, step, last)
		if err != nil {
			return nil, err
		}
		role := Exchange{Operation: AssumeRole, Step: step, SessionName: step.RoleSessionName.Text, Duration: want}
		if role.SessionName == "" {
			role.SessionName = r.SessionName
		}
		signer := list[len(list)-1].Key
		switch serial := step.MFASerial.Text; {
		case serial == "":
		case !temporary && want <= ChainedLimit:
			session := Exchange{Operation: GetSessionToken, Step: step, Duration: SourceSessionDuration, Device: serial,
				Key: digest("session-token", signer.String(), serial)}
			list = append(list, session)
			signer, temporary = session.Key, true
		default:
			role.Device = serial
		}
		if temporary && want > ChainedLimit {
			if last && r.Duration > 0 {
				return nil, &DurationError{Asked: r.Duration, Limit: ChainedLimit, Chained: true}
			}
			role.Duration, role.Capped = ChainedLimit, want
		}
		role.Key = roleKey(signer, role)
		list = append(list, role)
		temporary = true
	}
	return list, nil
}

// wantedDuration is what the last role is asked for, and every other step's own.
func wantedDuration(r Request, step profiles.Step, last bool) (time.Duration, error) {
	want := step.Duration
	if last && r.Duration > 0 {
		if r.Duration < MinDuration || r.Duration > MaxDuration {
			return 0, &DurationError{Asked: r.Duration, Limit: MaxDuration}
		}
		want = r.Duration
	}
	if want == 0 {
		want = DefaultDuration
	}
	return want, nil
}

// baseKey identifies what a chain begins with, and says whether it is known to be
// temporary: such credentials cannot call GetSessionToken.
func baseKey(step profiles.Step, at Endpoint, env func(string) (string, bool)) (key Key, temporary bool, err error) {
	switch {
	case step.Kind == profiles.Process:
		return digest("process", step.Profile, step.Command.Text, at.URL), true, nil
	case inline(step):
		c, err := inlineCredentials(step, env)
		return digest("keys", c.AccessKeyID, tokenDigest(c), at.URL), !c.SessionToken.Empty(), err
	}
	return Key{}, false, &UnsupportedError{Step: step}
}

// inline reports whether a step's credentials are at hand without asking anybody.
func inline(step profiles.Step) bool {
	return step.Kind == profiles.Static || step.Kind == profiles.CredentialSource && step.CredentialSource.Text == "Environment"
}

func inlineCredentials(step profiles.Step, env func(string) (string, bool)) (Credentials, error) {
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

func roleKey(signer Key, e Exchange) Key {
	return digest("assume-role", signer.String(), e.Step.RoleARN.Text, e.SessionName, e.Step.ExternalID.Text, e.Device,
		fmt.Sprint(int64(e.Duration/time.Second)))
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
