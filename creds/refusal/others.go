package refusal

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"cameo/creds"
	"cameo/profiles"
)

// causes goes by the code first, then by the message; nothing for what it does not
// know.
func (c *call) causes() []Cause {
	code, message := c.answer.Code, c.answer.Message
	if c.denial.action != "" {
		return c.denied()
	}
	switch code {
	case "AccessDenied", "AccessDeniedException":
		return c.turnedAway(message)
	case "ValidationError", "ValidationException", "InvalidParameterValue":
		return c.invalid(message)
	case "MalformedPolicyDocument", "MalformedPolicyDocumentException":
		return one(Cause{Kind: Request, Certainty: Certain, clause: "the session policy cannot be read: " + profiles.Inert(message),
			Why: "AWS cannot read the session policy of the request.", Fix: "Mend the policy: JSON, without a Principal, each statement with a Resource."})
	case "PackedPolicyTooLarge", "PackedPolicyTooLargeException":
		return one(Cause{Kind: Request, Certainty: Certain, clause: "session policy and tags are too large together: " + profiles.Inert(message),
			Why: "Session policy and tags share one packed space, which is smaller than what each may have alone.", Fix: "Shorten the policy, or send fewer tags."})
	case "InvalidClientTokenId", "UnrecognizedClientException":
		return c.unknownKeys()
	case "ExpiredToken", "ExpiredTokenException":
		return one(c.ended())
	case "SignatureDoesNotMatch":
		return c.badSignature(message)
	case "RequestExpired":
		return one(c.clock(message))
	case "IncompleteSignature", "IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return one(Cause{Kind: KeysRejected, Certainty: Likely, clause: "no signature of " + c.who() + " arrived whole: a proxy may have changed the request",
			Why: "The signature did not arrive whole: empty or cut keys, or a proxy that changes requests.", Fix: "Look at the keys for spaces and cut ends, and try without the proxy."})
	case "OptInRequired":
		return one(Cause{Kind: Account, Certainty: Likely, clause: "the account is not ready, or suspended",
			Why: "The account is not ready yet, or suspended.", Fix: "Sign in to the account's console and see what it asks for."})
	case "RegionDisabledException":
		return one(c.regionOff(message))
	case "InvalidIdentityToken", "IDPRejectedClaim":
		return one(Cause{Kind: KeysRejected, Certainty: Certain, clause: "AWS does not accept the web identity token: " + profiles.Inert(message),
			Why: "AWS does not accept the web identity token.", Fix: "Sign in again with the identity provider, so that web_identity_token_file holds a new token."})
	case "IDPCommunicationError":
		return one(Cause{Kind: Unavailable, Certainty: Certain, clause: "AWS cannot reach the identity provider", Why: "AWS cannot reach the identity provider.", Fix: "Try again in a while."})
	case "InvalidAction", "UnknownOperationException", "UnknownOperation":
		return one(Cause{Kind: Unavailable, Certainty: Likely, clause: "what answers at " + profiles.Inert(c.answer.Host) + " is not STS, or not all of it",
			Why: "What answers there is not STS, or not all of it.", Fix: "Look at AWS_ENDPOINT_URL and endpoint_url.", Command: "cameo doctor"})
	}
	if strings.Contains(message, "is not subscribed") {
		return one(Cause{Kind: Account, Certainty: Likely, clause: "the account is not ready, or suspended",
			Why: "The account is not ready yet, or suspended.", Fix: "Sign in to the account's console and see what it asks for."})
	}
	return nil
}

func one(c Cause) []Cause { return []Cause{c} }

// turnedAway explains an AccessDenied that speaks of no policy.
func (c *call) turnedAway(message string) []Cause {
	switch {
	case strings.Contains(message, "invalid MFA one time pass code"):
		return one(c.wrongCode())
	case strings.Contains(message, "unable to validate MFA code"):
		return one(c.wrongDevice())
	case strings.Contains(message, "must provide both MFA serial number and one time pass code"):
		return one(Cause{Kind: MFACode, Certainty: Certain, clause: "the device or the code was missing", At: c.exchange.Step.MFASerial.Position,
			Why: "Only one of the device and the code was sent.", Fix: "Try again with a code, and look whether mfa_serial is empty."})
	case strings.Contains(message, "Roles may not be assumed by root accounts"):
		return one(Cause{Kind: CallerType, Certainty: Certain, clause: "the keys are those of the root user, who cannot enter a role",
			Why: "The keys of " + c.who() + " are those of the account's root user, and root cannot enter a role.", Fix: "Make an IAM user, sign with its keys, and delete the root user's."})
	case strings.Contains(message, "with session credentials"):
		return one(Cause{Kind: CallerType, Certainty: Certain, clause: "the keys of " + c.who() + " are a session's already, and AWS opens no session with one",
			Why: "The keys that signed belong to a session, and this call takes long-term keys.", Fix: "Enter the role with them directly, or sign with the long-term keys of a user."})
	}
	return nil
}

func (c *call) wrongCode() Cause {
	cause := Cause{Kind: MFACode, Certainty: Certain, clause: "the code is mistyped, was used before, or a clock is off",
		Why: "AWS did not accept the MFA code: it is mistyped, was used before, or the clock of the device is off.",
		Fix: "Wait for the next code and try again; each works once."}
	if off, known := c.skew(); known && off.Abs() >= 30*time.Second {
		cause.Evidence = append(cause.Evidence, "the clock of this machine is "+offBy(off))
		cause.clause += " (" + cause.Evidence[len(cause.Evidence)-1] + ")"
	}
	return cause
}

func (c *call) wrongDevice() Cause {
	serial := c.exchange.Device
	cause := Cause{Kind: MFADevice, Certainty: Likely, At: c.exchange.Step.MFASerial.Position,
		clause: fmt.Sprintf("%s is no MFA device of %s", profiles.Inert(serial), c.who()),
		Why:    fmt.Sprintf("The device %s is none of %s, or is not switched on for it.", profiles.Inert(serial), c.who()),
		Fix:    "Set mfa_serial to the device of the user who signs; the console shows it under the user's security credentials."}
	device := readIdentity(serial)
	switch {
	case device.kind == "user":
		cause.Certainty = Certain
		cause.Evidence = append(cause.Evidence, "the ARN is that of a user; a device's has :mfa/ in its place")
	case c.caller.kind == "assumed-role":
		cause.Certainty = Certain
		cause.Evidence = append(cause.Evidence, "a role's session signed, and only users have devices")
	case device.account != "" && c.caller.account != "" && device.account != c.caller.account:
		cause.Certainty = Certain
		cause.Evidence = append(cause.Evidence, fmt.Sprintf("the device is of account %s, the caller of %s", profiles.Inert(device.account), profiles.Inert(c.caller.account)))
	}
	return cause
}

// invalidField is STS's word on a value that its model does not allow.
const invalidField = `at '([A-Za-z.0-9]+)' failed to satisfy constraint`

func (c *call) invalid(message string) []Cause {
	step := c.exchange.Step
	switch {
	case strings.Contains(message, "1 hour session limit for roles assumed by role chaining"):
		return one(Cause{Kind: Duration, Certainty: Certain, clause: "AWS limits a role entered from another session to 1 h, whatever the role allows", At: step.DurationAt,
			Why: "A role entered with a session's credentials lasts an hour at most, whatever the role allows.", Fix: "Ask for an hour, or enter it from a user's keys.", Command: c.shorter(time.Hour)})
	case strings.Contains(message, "exceeds the MaxSessionDuration"):
		return one(Cause{Kind: Duration, Certainty: Certain, clause: c.tooLong(), At: step.DurationAt,
			Why: "The role's maximum session duration is shorter than what was asked for; AWS does not say what it is.", Fix: "Ask for less: an hour is always allowed.",
			Command: c.shorter(nextShorter(c.exchange.Duration)), Ask: &Ask{Whom: c.roleOwner(), For: "what MaxSessionDuration the role has, or to raise it"}})
	}
	if m := regexp.MustCompile(invalidField).FindStringSubmatch(message); m != nil {
		return one(c.invalidValue(m[1], message))
	}
	if arn, ok := strings.CutSuffix(strings.TrimSuffix(message, "."), " is invalid"); ok {
		cause := Cause{Kind: Request, Certainty: Certain, clause: profiles.Inert(arn) + " is not the ARN of a role here", At: step.RoleARN.Position,
			Why: "AWS does not take the role's ARN.", Fix: "Compare role_arn with the one that its owner gives."}
		if c.caller.partition != "" && c.role.Partition != "" && c.caller.partition != c.role.Partition {
			cause.Evidence = append(cause.Evidence, fmt.Sprintf("the role is of partition %s, the caller of %s", profiles.Inert(c.role.Partition), profiles.Inert(c.caller.partition)))
		}
		return one(cause)
	}
	return one(Cause{Kind: Request, Certainty: Certain, clause: "AWS does not take a value of the request: " + profiles.Inert(message),
		Why: "AWS does not take a value of the request.", Fix: "Change it as AWS says."})
}

// tooLong says whose wish a duration was that the role does not allow.
func (c *call) tooLong() string {
	limit := creds.FormatDuration(c.exchange.Duration) + " is longer than its maximum session duration, which AWS does not tell"
	if at := c.exchange.Step.DurationAt; !c.exchange.Asked && at.Line > 0 {
		return fmt.Sprintf("the duration_seconds of its profile (%s), %s", profiles.Inert(at.String()), limit)
	}
	return limit
}

// invalidValue leads from a field of STS to a key of the profile.
func (c *call) invalidValue(field, message string) Cause {
	step := c.exchange.Step
	cause := Cause{Kind: Request, Certainty: Certain, Why: "AWS does not take a value of the request."}
	key := field
	switch name, _, _ := strings.Cut(field, "."); name {
	case "durationSeconds":
		cause.Kind, cause.At, key = Duration, step.DurationAt, "duration_seconds"
	case "roleSessionName":
		cause.At, key = step.RoleSessionName.Position, "role_session_name"
	case "roleArn":
		cause.At, key = step.RoleARN.Position, "role_arn"
	case "externalId":
		cause.At, key = step.ExternalID.Position, "external_id"
	case "serialNumber":
		cause.At, key = step.MFASerial.Position, "mfa_serial"
	}
	// What follows names the rule; the value itself may be the user's secret.
	rule := message[strings.Index(message, "failed to satisfy constraint: ")+len("failed to satisfy constraint: "):]
	rule, _, _ = strings.Cut(rule, "; ")
	cause.clause = profiles.Inert(fmt.Sprintf("it does not take this %s: %s", key, strings.ToLower(rule[:min(1, len(rule))])+rule[min(1, len(rule)):]))
	cause.Fix = fmt.Sprintf("Change %s as AWS says.", profiles.Inert(key))
	return cause
}

func (c *call) unknownKeys() []Cause {
	cause := Cause{Kind: KeysRejected, Certainty: Certain, clause: fmt.Sprintf("it does not know the keys of %s: deleted, switched off, or of another partition", c.who()),
		Why: fmt.Sprintf("AWS does not know the keys of %s: they were deleted or switched off, or belong to another partition.", c.who()),
		Fix: "Compare the access key with those that the console lists for the user, and put the right one into the credentials file.", At: c.exchange.Step.AccessKeyID.Position}
	if c.by.KeyKind != "ASIA" {
		return one(cause)
	}
	cause.clause = fmt.Sprintf("it does not accept the session of %s: ended, revoked, or of another partition or region", c.who())
	cause.Why = fmt.Sprintf("AWS does not accept the session of %s: it was revoked, its token is cut, or it belongs to another partition.", c.who())
	cause.Fix = "Get a new session where this one came from."
	ended := c.ended()
	ended.Certainty = Possible
	ended.Evidence = append(ended.Evidence, "AWS sometimes answers this way for a session that has ended")
	region := Cause{Kind: Account, Certainty: Possible, clause: "the session is of the global endpoint, and the region takes none of those",
		Why: "A session of the global endpoint is not valid in regions that an account has to switch on.", Fix: "Get the session from a regional endpoint: sts_regional_endpoints = regional."}
	return []Cause{cause, ended, region}
}

func (c *call) ended() Cause {
	cause := Cause{Kind: SessionEnded, Certainty: Certain, clause: "the credentials of " + c.who() + " have ended",
		Why: fmt.Sprintf("The session that signs, %s, has ended.", c.who()), Fix: "Get a new session where this one came from."}
	switch left := c.by.Expires.Sub(c.facts.Now); {
	case c.by.Expires.IsZero() || c.facts.Now.IsZero():
	case left > 0:
		cause.Evidence = append(cause.Evidence, "by this machine's clock it lives: the clock is off, or the session was revoked")
	default:
		cause.Evidence = append(cause.Evidence, "it ended "+creds.Ago(-left))
	}
	return cause
}

func (c *call) badSignature(message string) []Cause {
	if strings.HasPrefix(message, "Signature expired") || strings.HasPrefix(message, "Signature not yet current") {
		return one(c.clock(message))
	}
	return one(Cause{Kind: KeysRejected, Certainty: Likely, clause: fmt.Sprintf("the secret access key of %s is wrong, or a proxy changed the request", c.who()), At: c.exchange.Step.AccessKeyID.Position,
		Why: fmt.Sprintf("The secret access key of %s is not the one of its access key ID, or a proxy changed the request.", c.who()),
		Fix: "Put the keys into the credentials file once more; a space at the end, or a lost + or /, is enough."})
}

// signatureTimes finds the times in what STS says of a signature's age: the
// request's own, and in the parentheses the server's.
const signatureTimes = `(\d{8}T\d{6}Z) is .* \((\d{8}T\d{6}Z) [-+]`

func (c *call) clock(message string) Cause {
	cause := Cause{Kind: Clock, Certainty: Certain, clause: "the clock of this machine is off",
		Why: "AWS takes a signature for five to fifteen minutes, and by its clock this one is from another time.", Fix: "Set the clock of this machine, and switch time synchronization on."}
	off, known := c.skew()
	if m := regexp.MustCompile(signatureTimes).FindStringSubmatch(message); m != nil {
		asked, errA := time.Parse("20060102T150405Z", m[1])
		there, errB := time.Parse("20060102T150405Z", m[2])
		off, known = asked.Sub(there), errA == nil && errB == nil
	}
	if known && off != 0 {
		cause.clause += ": it is " + offBy(off)
		cause.Evidence = append(cause.Evidence, "it is "+offBy(off))
	}
	return cause
}

// skew is how far this machine's clock is ahead of AWS's.
func (c *call) skew() (time.Duration, bool) {
	if c.answer.At.IsZero() || c.facts.Now.IsZero() {
		return 0, false
	}
	return c.facts.Now.Sub(c.answer.At), true
}

// offBy says how far a clock is from AWS's.
func offBy(d time.Duration) string {
	way := "ahead of"
	if d < 0 {
		way = "behind"
	}
	return creds.FormatDuration(d.Abs().Round(time.Second)) + " " + way + " AWS"
}

// disabledAccount is the account in STS's word on a region.
const disabledAccount = `account:\s*(\d{12})`

func (c *call) regionOff(message string) Cause {
	cause := Cause{Kind: Account, Certainty: Certain, clause: "STS is not switched on in this region for the account: name another one with --region",
		Why: "STS is not switched on in this region for the account.", Fix: "Use another region.", Command: c.again("--region us-east-1"),
		Ask: &Ask{Whom: "an administrator of the account", For: "to switch STS on in the region"}}
	if m := regexp.MustCompile(disabledAccount).FindStringSubmatch(message); m != nil {
		whose := ""
		switch m[1] {
		case c.caller.account:
			whose = ", the caller's"
		case c.role.Account:
			whose = ", the role's"
		}
		cause.Evidence = append(cause.Evidence, "AWS names account "+m[1]+whose)
		cause.Ask.Whom = "an administrator of account " + m[1]
		cause.clause = fmt.Sprintf("STS is not switched on in the region of %s for account %s: name another one with --region", profiles.Inert(c.answer.Host), m[1])
	}
	return cause
}

// shorter is the command that asks for a session of that length.
func (c *call) shorter(d time.Duration) string {
	return c.again("--duration " + creds.FormatDuration(d))
}

// again is the command that tries the role again in another way; empty where its
// name is not known.
func (c *call) again(flag string) string {
	if c.facts.Role == "" || c.exchange.Operation != creds.AssumeRole {
		return ""
	}
	return "cameo switch " + c.facts.Role + " " + flag
}

// nextShorter is the next length down that roles commonly allow.
func nextShorter(d time.Duration) time.Duration {
	for _, step := range []time.Duration{8 * time.Hour, 4 * time.Hour, 2 * time.Hour} {
		if d > step {
			return step
		}
	}
	return time.Hour
}
