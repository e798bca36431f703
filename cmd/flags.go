package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// sessionFlags are what AssumeRole is told; every verb that uses a role has them.
type sessionFlags struct {
	duration    time.Duration
	region      string
	source      string
	sessionName string
	code        string

	policy string // a file
	tags   []string
	// terms are complete after settle; what needs no reading is in them from the
	// start.
	terms switching.Terms
}

func (f *sessionFlags) add(flags *pflag.FlagSet) {
	flags.Var((*sessionLength)(&f.duration), "duration", "length of the session, 15m to 12h (default: the profile's, else 1h)")
	flags.BoolVar(&f.terms.ReadOnly, "read-only", false, "only what reads: AWS's ReadOnlyAccess narrows the role")
	flags.StringVar(&f.terms.Reason, "reason", "", "`TEXT` that says why: for the history, and the tag that cameo_reason_tag names")
	flags.StringVar(&f.region, "region", "", "`REGION` of the role and of the STS endpoint")
	flags.Var((*something)(&f.source), "source", "`PROFILE` that signs in place of the role's own source")
	flags.Var((*something)(&f.sessionName), "session-name", "role session `NAME`")
	flags.Var((*something)(&f.policy), "policy", "narrow the role to what the policy in `FILE` allows too")
	flags.StringArrayVar(&f.terms.PolicyARNs, "policy-arn", nil, "narrow it by the managed policy `ARN`; may be repeated")
	flags.StringArrayVar(&f.tags, "tag", nil, "session tag `K=V`, before those of the profile; may be repeated")
	flags.Var((*something)(&f.terms.SourceIdentity), "source-identity", "`NAME` that AWS keeps through every role entered from here")
	flags.StringVar(&f.code, "mfa-code", "", "the MFA `CODE`; - reads it from stdin")
}

// something is the value of a flag that is never empty: where "$POLICY" or "$SOURCE" is
// not set, nobody means the whole role, or another one to sign.
type something string

func (s *something) String() string { return string(*s) }

// Type is the placeholder in the library's own messages.
func (s *something) Type() string { return "string" }

// Set takes what says something.
func (s *something) Set(text string) error {
	if text == "" {
		return fmt.Errorf("it is empty: leave the flag out, or say what is meant")
	}
	*s = something(text)
	return nil
}

// sessionLength is the value of --duration.
type sessionLength time.Duration

func (l *sessionLength) String() string {
	if *l == 0 {
		return ""
	}
	text := strings.TrimSuffix(time.Duration(*l).String(), "m0s")
	if hours, whole := strings.CutSuffix(text, "h0"); whole {
		return hours + "h"
	}
	if strings.HasSuffix(text, "s") {
		return text
	}
	return text + "m"
}

// Type is the placeholder in the library's own messages.
func (l *sessionLength) Type() string { return "D" }

// Set takes what AWS takes.
func (l *sessionLength) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("a length is written like 45m, 4h or 1h30m")
	case d < profiles.ShortestSession || d > profiles.LongestSession:
		return fmt.Errorf("AWS gives 15m to 12h")
	}
	*l = sessionLength(d.Truncate(time.Second))
	return nil
}

// timeLeft is the value of a flag that asks how long a session lasts yet.
type timeLeft time.Duration

func (l *timeLeft) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

// Type is the placeholder in the library's own messages.
func (l *timeLeft) Type() string { return "TIME" }

// Set takes Go's durations that are not negative.
func (l *timeLeft) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("a time is written like 90s, 5m or 1h30m")
	}
	*l = timeLeft(d)
	return nil
}

// longestReason is in characters: a reason is kept with the role.
const longestReason = 500

// settle reads what the flags name, and refuses what no profile would be allowed
// to say. Nothing has been asked of AWS by then.
func (f *sessionFlags) settle(ctx context.Context) error {
	wrong := func(flag, value, why string) error {
		return usage("cameo switch --help", "--%s %s: %s", flag, profiles.Quote(value), why)
	}
	if f.region != "" && !profiles.IsRegion(f.region) {
		return usage("cameo switch --help", "--region: %s is not the name of a region", profiles.Quote(f.region))
	}
	if why := profiles.SessionNameFault(f.sessionName); f.sessionName != "" && why != "" {
		return wrong("session-name", f.sessionName, why)
	}
	if why := profiles.SourceIdentityFault(f.terms.SourceIdentity); f.terms.SourceIdentity != "" && why != "" {
		return wrong("source-identity", f.terms.SourceIdentity, why)
	}
	if n := utf8.RuneCountInString(f.terms.Reason); n > longestReason {
		return usage("cameo switch --help", "--reason: it has %d characters, and a few words will do: at most %d", n, longestReason)
	}
	f.terms.Tags = nil
	for _, text := range f.tags {
		tag, why := profiles.ParseTag(text)
		if why == "" && slices.ContainsFunc(f.terms.Tags, func(t profiles.Tag) bool { return strings.EqualFold(t.Key, tag.Key) }) {
			why = "this key is there twice: AWS does not tell capitals from small letters"
		}
		if why != "" {
			return wrong("tag", text, why)
		}
		f.terms.Tags = append(f.terms.Tags, tag)
	}
	if n := len(f.terms.Tags); n > profiles.MaxSessionTags {
		return usage("cameo switch --help", "--tag: there are %d tags, and AWS takes %d", n, profiles.MaxSessionTags)
	}
	for _, arn := range f.terms.PolicyARNs {
		if why := profiles.PolicyARNFault(arn); why != "" {
			return wrong("policy-arn", arn, why)
		}
	}
	return f.settlePolicy(ctx)
}

func (f *sessionFlags) settlePolicy(ctx context.Context) error {
	if n := len(f.terms.PolicyARNs); n > profiles.MaxPolicyARNs {
		return usage("cameo switch --help", "--policy-arn: there are %d, and AWS takes %d", n, profiles.MaxPolicyARNs)
	}
	if f.policy == "" {
		return nil
	}
	text, err := sessionPolicy(ctx, f.policy)
	if err != nil {
		return err
	}
	if why := profiles.PolicySizeFault(text, f.terms.PolicyARNs); why != "" {
		return usage("cameo switch --help", "--policy %s: %s", profiles.Quote(f.policy), why)
	}
	f.terms.Policy = text
	return nil
}

// again is what of the flags another try must not lose: without it the same command
// would ask for another session, or for more.
func (f sessionFlags) again() string {
	var b strings.Builder
	add := func(flag string, values ...string) {
		for _, value := range values {
			if value != "" {
				b.WriteString(" --" + flag + " " + shellWord(value))
			}
		}
	}
	if f.terms.ReadOnly {
		b.WriteString(" --read-only")
	}
	add("policy", f.policy)
	add("policy-arn", f.terms.PolicyARNs...)
	add("tag", f.tags...)
	add("source-identity", f.terms.SourceIdentity)
	add("session-name", f.sessionName)
	add("reason", f.terms.Reason)
	add("duration", (*sessionLength)(&f.duration).String())
	add("region", f.region)
	add("source", f.source)
	return b.String()
}

// anHour is the same for the length of a session that every role allows.
func (f sessionFlags) anHour() sessionFlags {
	f.duration = time.Hour
	return f
}

func (f sessionFlags) ask(role roles.Role, how switching.How) switching.Ask {
	return switching.Ask{Role: role, How: how, Duration: f.duration, Region: f.region, Source: f.source, SessionName: f.sessionName, Terms: f.terms}
}
