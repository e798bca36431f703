package profiles

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The durations that AssumeRole takes
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
const (
	ShortestSession = 900 * time.Second
	LongestSession  = 43200 * time.Second
)

// Check looks for what AWS would refuse, or cameo does: a malformed role ARN, an
// mfa_serial that is a user's, durations and names out of range, a partition
// that the profile's region is not in, a command from a file that others can
// write. It returns a [*ValueError] for the first, in the order of the steps, or
// nil. Call it before the chain is carried out; nothing is asked of AWS.
func (c Chain) Check() error {
	if v := c.Region; v.Text != "" && !IsRegion(v.Text) {
		return &ValueError{Profile: c.Profile, Key: "region", Value: v, Why: "a region is letters, digits and hyphens, such as eu-west-1"}
	}
	for i := range c.Steps {
		if err := c.checkStep(&c.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// IsRegion reports whether text can be the name of a region: it becomes part of a
// host name.
func IsRegion(text string) bool {
	return len(text) <= 40 && text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		text[0] != '-' && text[len(text)-1] != '-'
}

func (c Chain) checkStep(s *Step) error {
	refuse := func(key string, v Value, why string) error {
		return &ValueError{Profile: s.Profile, Key: key, Value: v, Why: why}
	}
	if s.Kind == Process && s.CommandDistrust != "" {
		return refuse("credential_process", s.Command, "is not run, because the file "+s.CommandDistrust)
	}
	if s.Kind != AssumeRole && s.Kind != WebIdentity {
		return nil
	}
	role, err := ParseRoleARN(s.RoleARN.Text)
	if arnErr := (*ARNError)(nil); errors.As(err, &arnErr) {
		return refuse("role_arn", s.RoleARN, arnErr.Why)
	}
	if home, certain := PartitionOf(c.Region.Text); s.Profile == c.Profile && certain && home != role.Partition {
		return refuse("role_arn", s.RoleARN, fmt.Sprintf("the partition is %s, and the profile's region %s is in %s", role.Partition, c.Region.Text, home))
	}
	if why := mfaFault(s.MFASerial.Text); why != "" {
		return refuse("mfa_serial", s.MFASerial, why)
	}
	if s.DurationAt != (Position{}) && (s.Duration < ShortestSession || s.Duration > LongestSession) {
		text := strconv.FormatInt(int64(s.Duration/time.Second), 10)
		return refuse("duration_seconds", Value{text, s.DurationAt}, "AWS takes 900 to 43200 seconds")
	}
	return s.checkSession()
}

// mfaFault says what is wrong with an MFA device's ARN. What is no ARN is the
// serial number of a hardware token.
func mfaFault(serial string) string {
	if !strings.HasPrefix(serial, "arn:") {
		if serial == "" {
			return ""
		}
		return rule{min: 9, max: 256, extra: "_+=/:,.@-"}.fault(serial)
	}
	field := strings.SplitN(serial, ":", 6)
	if len(field) < 6 {
		return "a device's ARN looks like arn:aws:iam::111122223333:mfa/NAME"
	}
	if name, isUser := strings.CutPrefix(field[5], "user/"); isUser {
		return "it names a user, not a device: the device may be " + strings.Join(field[:5], ":") + ":mfa/" + name[strings.LastIndexByte(name, '/')+1:]
	}
	if why := accountFault(field[4]); why != "" {
		return why
	}
	kind, name, _ := strings.Cut(field[5], "/")
	if kind == "u2f" {
		return "it is a security key (FIDO), and AWS takes only the six-digit codes of virtual and hardware TOTP devices for roles: " +
			"add a virtual device to this user beside the key (IAM console, Security credentials), and write its ARN here"
	}
	if kind != "mfa" || name == "" {
		return fmt.Sprintf("it names %s, not mfa/NAME", Quote(kind+"/..."))
	}
	return ""
}
