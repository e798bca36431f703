package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cameo/internal/policy"
)

// validator reads the parameters of a call and collects what the service's model
// does not allow, in AWS's words.
type validator struct {
	form   url.Values
	faults []string
}

func (v *validator) fault(shown, field, rule string) {
	v.faults = append(v.faults, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", shown, field, rule))
}

// err is the ValidationError for all faults together.
func (v *validator) err() error {
	if len(v.faults) == 0 {
		return nil
	}
	plural := "s"
	if len(v.faults) == 1 {
		plural = ""
	}
	return invalid(fmt.Sprintf("%d validation error%s detected: %s", len(v.faults), plural, strings.Join(v.faults, "; ")))
}

func invalid(message string) *apiError {
	return &apiError{http.StatusBadRequest, "ValidationError", message}
}

// text is one parameter's rules: lengths in characters, and the characters
// besides letters, digits and underscore that it may have.
type text struct {
	parameter string
	required  bool
	min, max  int
	extra     string
	pattern   string // as AWS shows it
	accepts   func(rune) bool
}

func (v *validator) text(t text) string {
	field := strings.ToLower(t.parameter[:1]) + t.parameter[1:]
	if !v.form.Has(t.parameter) {
		if t.required {
			v.fault("null", field, "not be null")
		}
		return ""
	}
	value := v.form.Get(t.parameter)
	v.check(value, field, t)
	return value
}

func (v *validator) check(value, field string, t text) {
	shown := "'" + value + "'"
	length := utf8.RuneCountInString(value)
	accepts := t.accepts
	if accepts == nil {
		accepts = func(r rune) bool {
			return r < utf8.RuneSelf && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(t.extra, r))
		}
	}
	if t.pattern != "" && strings.ContainsFunc(value, func(r rune) bool { return !accepts(r) }) {
		v.fault(shown, field, "satisfy regular expression pattern: "+t.pattern)
	}
	if length < t.min {
		v.fault(shown, field, "have length greater than or equal to "+strconv.Itoa(t.min))
	}
	if t.max > 0 && length > t.max {
		v.fault(shown, field, "have length less than or equal to "+strconv.Itoa(t.max))
	}
}

const wordPattern = `[\w+=,.@-]*`

func (v *validator) duration(fallback time.Duration, most int) time.Duration {
	if !v.form.Has("DurationSeconds") {
		return fallback
	}
	value := v.form.Get("DurationSeconds")
	seconds, err := strconv.ParseInt(value, 10, 32)
	switch {
	case err != nil:
		v.fault("'"+value+"'", "durationSeconds", "be a number")
	case seconds < 900:
		v.fault("'"+value+"'", "durationSeconds", "have value greater than or equal to 900")
	case seconds > int64(most):
		v.fault("'"+value+"'", "durationSeconds", "have value less than or equal to "+strconv.Itoa(most))
	}
	return time.Duration(seconds) * time.Second
}

// mfaProof is what a call says about a device.
type mfaProof struct {
	serial, code       string
	hasSerial, hasCode bool
}

func (v *validator) mfa() mfaProof {
	return mfaProof{
		hasSerial: v.form.Has("SerialNumber"), hasCode: v.form.Has("TokenCode"),
		serial: v.text(text{parameter: "SerialNumber", min: 9, max: 256, extra: "+=/:,.@-", pattern: `[\w+=/:,.@-]*`}),
		code:   v.text(text{parameter: "TokenCode", min: 6, max: 6, pattern: `[\d]*`, accepts: func(r rune) bool { return '0' <= r && r <= '9' }}),
	}
}

// check verifies the code if there is one; it counts as used from then on,
// whatever becomes of the call. The world is locked by the caller.
func (m mfaProof) check(caller *credential, now time.Time) (present bool, err error) {
	if !m.hasSerial && !m.hasCode {
		return false, nil
	}
	if m.hasSerial != m.hasCode {
		return false, denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	var d *device
	if caller.kind == policy.User {
		d = caller.user.devices[m.serial]
	}
	if d == nil {
		return false, denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	if !d.accept(m.code, now) {
		// The space at the end is AWS's.
		return false, denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return true, nil
}

// assumeRoleInput is a valid AssumeRole call.
type assumeRoleInput struct {
	roleARN, account, sessionName string
	duration                      time.Duration
	externalID                    string
	hasExternalID                 bool
	sourceID                      string
	mfa                           mfaProof
	policyText                    string
	policyARNs                    []string
	tags                          []tag
	transitive                    []string
}

const maxPacked = 2048 // characters of session policy and ARNs

func readAssumeRole(form url.Values) (in assumeRoleInput, err error) {
	v := validator{form: form}
	in.roleARN = v.text(text{parameter: "RoleArn", required: true, min: 20, max: 2048})
	in.sessionName = v.text(text{parameter: "RoleSessionName", required: true, min: 2, max: 64, extra: "+=,.@-", pattern: wordPattern})
	in.policyARNs = v.members("PolicyArns", ".arn", text{min: 20, max: 2048}, 10)
	in.policyText = v.text(text{parameter: "Policy", min: 1})
	in.duration = v.duration(time.Hour, 43200)
	in.readTags(&v)
	in.hasExternalID = form.Has("ExternalId")
	in.externalID = v.text(text{parameter: "ExternalId", min: 2, max: 1224, extra: `+=,.@:/-\`, pattern: `[\w+=,.@:\/-]*`})
	in.mfa = v.mfa()
	in.sourceID = v.text(text{parameter: "SourceIdentity", min: 2, max: 64, extra: "+=,.@-", pattern: wordPattern})
	if err := v.err(); err != nil {
		return in, err
	}
	parts := strings.SplitN(in.roleARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return in, invalid(in.roleARN + " is invalid")
	}
	in.account = parts[4]
	return in, in.checkTags()
}

// members reads a list such as PolicyArns.member.1.arn, .2.arn, ...
func (v *validator) members(parameter, suffix string, t text, most int) (list []string) {
	field := strings.ToLower(parameter[:1]) + parameter[1:]
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s.member.%d%s", parameter, i, suffix)
		if !v.form.Has(name) {
			break
		}
		if i > most {
			v.fault("'"+strconv.Itoa(i)+" members'", field, "have length less than or equal to "+strconv.Itoa(most))
			break
		}
		value := v.form.Get(name)
		v.check(value, fmt.Sprintf("%s.%d.member%s", field, i, suffix), t)
		list = append(list, value)
	}
	return list
}

func (in *assumeRoleInput) readTags(v *validator) {
	const pattern = `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
	accepts := func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
	}
	keys := v.members("Tags", ".Key", text{min: 1, max: 128, pattern: pattern + "+", accepts: accepts}, 50)
	for i, key := range keys {
		value := v.form.Get(fmt.Sprintf("Tags.member.%d.Value", i+1))
		v.check(value, fmt.Sprintf("tags.%d.member.value", i+1), text{max: 256, pattern: pattern + "*", accepts: accepts})
		in.tags = append(in.tags, tag{key: key, value: value})
	}
	in.transitive = v.members("TransitiveTagKeys", "", text{min: 1, max: 128, pattern: pattern + "+", accepts: accepts}, 50)
}

func (in *assumeRoleInput) checkTags() error {
	seen := map[string]bool{}
	for i, t := range in.tags {
		if seen[strings.ToLower(t.key)] {
			return &apiError{http.StatusBadRequest, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."}
		}
		seen[strings.ToLower(t.key)] = true
		in.tags[i].transitive = slices.ContainsFunc(in.transitive, func(key string) bool { return strings.EqualFold(key, t.key) })
	}
	for _, key := range in.transitive {
		if !seen[strings.ToLower(key)] {
			return &apiError{http.StatusBadRequest, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."}
		}
	}
	return nil
}

// malformedPolicy is AWS's word on a session policy that cannot be used.
func malformedPolicy(err error) string {
	var syntax *policy.SyntaxError
	if errors.As(err, &syntax) && syntax.NotJSON {
		return "This policy contains invalid Json"
	}
	if errors.As(err, &syntax) && syntax.What != "" {
		return "Syntax errors in policy. (" + syntax.What + ")"
	}
	return "Syntax errors in policy."
}
