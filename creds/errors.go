package creds

import (
	"fmt"
	"strings"
	"time"

	"cameo/profiles"
)

// NoKeysError: the chain begins with credentials that are not there.
type NoKeysError struct {
	Profile     string
	Environment bool // AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY were looked for
}

func (e *NoKeysError) Error() string {
	if e.Environment {
		return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set: nobody can sign the request"
	}
	return fmt.Sprintf("profile %s has no credentials to begin with", profiles.Quote(e.Profile))
}

// UnsupportedError: a step of a kind that this version cannot carry out.
type UnsupportedError struct{ Step profiles.Step }

func (e *UnsupportedError) Error() string {
	what := string(e.Step.Kind)
	if e.Step.Kind == profiles.CredentialSource {
		what = "credential_source = " + profiles.Inert(e.Step.CredentialSource.Text)
	}
	return fmt.Sprintf("profile %s gets its credentials by %s: this version of cameo cannot do that yet", profiles.Quote(e.Step.Profile), what)
}

// DurationError: a session was asked for that is longer or shorter than AWS
// gives.
type DurationError struct {
	Asked, Limit time.Duration
	Chained      bool // the limit is the hour of a role entered with temporary credentials
}

func (e *DurationError) Error() string {
	if e.Chained {
		return fmt.Sprintf("%q is too long here: AWS limits a role entered from another session to %s", FormatDuration(e.Asked), FormatDuration(e.Limit))
	}
	return fmt.Sprintf("%q is no length for a session: AWS gives %s to %s", FormatDuration(e.Asked), FormatDuration(profiles.ShortestSession), FormatDuration(profiles.LongestSession))
}

// CodeNeededError: an MFA code is needed and nobody can give it.
type CodeNeededError struct {
	Device  string
	Profile string // whose request it is
	Why     string // "there is no terminal to ask on", "--no-input was given"
	// Asked is true where somebody was asked and gave none.
	Asked bool
}

func (e *CodeNeededError) Error() string {
	return fmt.Sprintf("%s needs an MFA code of %s: %s", profiles.WhoAsks(e.Profile), profiles.Inert(e.Device), e.Why)
}

// CancelledError: the user cancelled the question for a code.
type CancelledError struct {
	Device string
	Why    string // "prompt was cancelled on /dev/pts/3"
	Err    error  // of the terminal
}

func (e *CancelledError) Error() string { return e.Why }

// Unwrap is what the terminal said.
func (e *CancelledError) Unwrap() error { return e.Err }

// What AWS says of a code: trailing text may follow.
const (
	saysWrongCode   = "MultiFactorAuthentication failed with invalid MFA one time pass code"
	saysWrongDevice = "MultiFactorAuthentication failed, unable to validate MFA code"
)

// Caller is what is known of the credentials that signed a call, without asking.
type Caller struct {
	// KeyKind is the first four letters of the access key ID: "AKIA" of long-term
	// keys, "ASIA" of a session.
	KeyKind   string
	ARN       string // of a role session; empty where it is not known
	AccountID string // empty where it is not known
	Expires   time.Time
}

func callerOf(c Credentials) Caller {
	return Caller{KeyKind: c.AccessKeyID[:min(4, len(c.AccessKeyID))], ARN: c.ARN, AccountID: c.AccountID, Expires: c.Expires}
}

// Answer is an error that AWS answered with.
type Answer struct {
	Code      string // AWS's error code, "AccessDenied"
	Message   string // AWS's own words, as they came
	RequestID string
	Status    int    // of HTTP
	Host      string // that answered
	// At is the time that the answer carries; zero: it has none.
	At time.Time
}

// Said is AWS's answer, as it came.
func (a Answer) Said() string { return a.Code + ": " + a.Message }

// CodeRejectedError: AWS did not accept the code.
type CodeRejectedError struct {
	Answer
	Exchange Exchange
	By       Caller
	Device   string
	// Next is how long until the device shows another code.
	Next time.Duration
}

func (e *CodeRejectedError) Error() string {
	if e.WrongDevice() {
		return fmt.Sprintf("AWS does not know %s as an MFA device of this user: check mfa_serial", profiles.Inert(e.Device))
	}
	return fmt.Sprintf("%s; next code in %d s", rejectedCode, int(e.Next/time.Second))
}

const rejectedCode = "AWS did not accept that MFA code: mistyped, used before, or the clock is off"

// WrongDevice reports whether AWS refused the device and not the code.
func (e *CodeRejectedError) WrongDevice() bool {
	return strings.Contains(e.Message, saysWrongDevice)
}

// CodeRejected reports whether another code may be accepted, and why this one was not,
// for who counts to the next code anyway.
func (e *CodeRejectedError) CodeRejected() (why string, another bool) {
	return rejectedCode, !e.WrongDevice()
}

// RefusedError: AWS answered and said no. What that means, and what to do, is for
// creds/refusal to say.
type RefusedError struct {
	Answer
	Exchange // what was refused
	By       Caller
}

func (e *RefusedError) Error() string {
	said := strings.TrimSpace(profiles.Inert(e.Message))
	if said == "" {
		said = profiles.Inert(e.Code)
	}
	return fmt.Sprintf("AWS refused %s: %s", e.Target(), said)
}

// Target is what was refused, in words that continue "AWS refused".
func (e *RefusedError) Target() string {
	switch e.Operation {
	case GetSessionToken:
		return fmt.Sprintf("a session for %s", profiles.Quote(e.Signer))
	case GetCallerIdentity:
		return fmt.Sprintf("to say who %s is", profiles.Quote(e.Signer))
	}
	if role, err := profiles.ParseRoleARN(e.Step.RoleARN.Text); err == nil {
		name := fmt.Sprintf("%s in %s", profiles.Inert(role.Name), role.Account)
		if profiles.IsRoleID(e.Step.Profile) {
			return name
		}
		return fmt.Sprintf("%s (profile %s)", name, profiles.Quote(e.Step.Profile))
	}
	return fmt.Sprintf("the role of profile %s", profiles.Quote(e.Step.Profile))
}

// UnreachableError: no answer came from AWS.
type UnreachableError struct {
	Host string
	Why  string // in a few words, inert
	// Proxy is the variable that names a proxy, where one is set.
	Proxy string
}

func (e *UnreachableError) Error() string {
	proxy := ""
	if e.Proxy != "" {
		proxy = " (" + e.Proxy + " is set)"
	}
	return fmt.Sprintf("cannot reach %s%s: %s", profiles.Inert(e.Host), proxy, e.Why)
}

// BadURL is the error of a host whose endpoint no request can be made of: its URL has
// another form.
func BadURL(host string) error {
	return &UnreachableError{Host: host, Why: "its URL cannot be used: it has to look like https://HOST"}
}

// UnavailableError: AWS answered, but could not serve the request; a retry may
// help.
type UnavailableError struct {
	Host      string
	Code      string
	Message   string
	Throttled bool
}

func (e *UnavailableError) Error() string {
	if e.Throttled {
		return fmt.Sprintf("%s asks to slow down: too many requests of this account", profiles.Inert(e.Host))
	}
	return fmt.Sprintf("%s could not answer: %s", profiles.Inert(e.Host), strings.TrimSpace(profiles.Inert(e.Code+" "+e.Message)))
}

// Said is AWS's answer, as it came.
func (e *UnavailableError) Said() string { return e.Code + ": " + e.Message }

// BadReplyError: something answered that is not AWS, or an answer that cannot be
// used.
type BadReplyError struct {
	Host string
	Why  string
}

func (e *BadReplyError) Error() string {
	return fmt.Sprintf("the reply of %s is not one of AWS: %s", profiles.Inert(e.Host), e.Why)
}
