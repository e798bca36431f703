package switching

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/profiles"
)

// Handoff says how a shell gets a role.
type Handoff string

// The ways to hand a role to a shell.
const (
	ByKeys    Handoff = "keys"    // the keys themselves, in the environment
	ByProfile Handoff = "profile" // AWS_PROFILE names a profile that asks cameo; no secret is set
)

// HandoffProfile is the profile that ByProfile selects. Its credential_process is
// `cameo credential-process --active`.
const HandoffProfile = "cameo"

// Variables are what the role sets in a shell or for a command, in a fixed order.
func (s Session) Variables(by Handoff, local *time.Location) []shell.Assignment {
	set := s.keys()
	if by == ByProfile {
		set = []shell.Assignment{{Name: "AWS_PROFILE", Value: HandoffProfile}}
	}
	if s.Region != "" {
		set = append(set, shell.Assignment{Name: "AWS_REGION", Value: s.Region}, shell.Assignment{Name: "AWS_DEFAULT_REGION", Value: s.Region})
	}
	set = append(set,
		shell.Assignment{Name: "CAMEO_ROLE", Value: s.Role.ID()},
		shell.Assignment{Name: "CAMEO_ENV", Value: string(s.Role.Env)},
		shell.Assignment{Name: "CAMEO_EXPIRES", Value: s.expires()},
		shell.Assignment{Name: "CAMEO_PROMPT", Value: s.Prompt(local)},
	)
	if s.Role.Profile != "" && s.Role.ARN != "" {
		set = append(set, shell.Assignment{Name: shell.ARNVariable, Value: s.Role.ARN})
	}
	if access := s.access(); access != "" {
		set = append(set, shell.Assignment{Name: shell.AccessVariable, Value: access})
	}
	return set
}

// The values of CAMEO_ACCESS, which is set only where session policies narrow the
// role: whoever asks for the role by its name alone would get more.
const (
	AccessReadOnly = "read-only" // nothing but --read-only narrows it
	// AccessOfProfile: nothing but the policies of its profile narrows it, so that
	// whoever asks by its name gets no more, unless the profile was edited.
	AccessOfProfile = accessPolicy + ",profile"
	accessPolicy    = "policy"
)

func (s Session) access() string {
	switch t := s.Asked.Terms; {
	case !t.Narrowed() && s.NarrowedByProfile:
		return AccessOfProfile
	case !t.Narrowed():
		return ""
	case !t.ByPolicy():
		return AccessReadOnly
	case t.ReadOnly:
		return AccessReadOnly + "," + accessPolicy
	}
	return accessPolicy
}

// ReadsOnly reports whether a value of CAMEO_ACCESS is that of a role which was
// entered with --read-only.
func ReadsOnly(access string) bool {
	first, _, _ := strings.Cut(access, ",")
	return first == AccessReadOnly
}

// byPolicy reports whether a value of CAMEO_ACCESS is that of a role which other
// policies narrow.
func byPolicy(access string) bool {
	return slices.Contains(strings.Split(access, ","), accessPolicy)
}

func (s Session) keys() []shell.Assignment {
	c := s.Credentials
	set := []shell.Assignment{
		{Name: "AWS_ACCESS_KEY_ID", Value: c.AccessKeyID},
		{Name: "AWS_SECRET_ACCESS_KEY", Value: c.SecretAccessKey.Reveal()},
	}
	if !c.SessionToken.Empty() {
		set = append(set, shell.Assignment{Name: "AWS_SESSION_TOKEN", Value: c.SessionToken.Reveal()})
	}
	if expires := s.expires(); expires != "" {
		set = append(set, shell.Assignment{Name: "AWS_CREDENTIAL_EXPIRATION", Value: expires})
	}
	return set
}

// expires is the end in RFC 3339, UTC; empty: never.
func (s Session) expires() string {
	if s.Credentials.Expires.IsZero() {
		return ""
	}
	return s.Credentials.Expires.UTC().Format(time.RFC3339)
}

// ends is the end as this machine's clock is going to show it.
func (s Session) ends() time.Time {
	if s.Ends.IsZero() {
		return s.Credentials.Expires
	}
	return s.Ends
}

// Prompt is the text of CAMEO_PROMPT: plain, with the end as a clock time, so that
// showing it needs no clock.
func (s Session) Prompt(local *time.Location) string {
	return PromptText(s.Role, s.Asked.ReadOnly, s.ends(), local)
}

// PromptText is the text of CAMEO_PROMPT for a role that ends at expires.
func PromptText(r roles.Role, readOnly bool, expires time.Time, local *time.Location) string {
	var b strings.Builder
	b.WriteString("[")
	switch r.Env {
	case roles.Production:
		b.WriteString("!!PROD ")
	case roles.Staging:
		b.WriteString("STG ")
	case roles.Dev:
		b.WriteString("DEV ")
	case roles.Sandbox:
		b.WriteString("SBX ")
	}
	b.WriteString(profiles.Inert(r.Label()))
	if r.Name != "" && (r.Profile != "" || !strings.HasSuffix(r.Label(), "/"+r.Name)) {
		b.WriteString("/" + profiles.Inert(r.Name))
	}
	if readOnly {
		b.WriteString(" RO")
	}
	if !expires.IsZero() {
		b.WriteString(" till " + expires.In(local).Format("15:04"))
	}
	b.WriteString("]")
	return b.String()
}

// Describe names a role for people, in text that is inert: "PRODUCTION prod-update
// (UpdateApp in 123456789012)".
func Describe(r roles.Role) string {
	text := profiles.Inert(r.Label())
	if r.Name != "" && !profiles.IsRoleID(r.Label()) {
		text += fmt.Sprintf(" (%s in %s)", profiles.Inert(r.Name), r.AccountID)
	}
	if r.Env == roles.Production {
		text = "PRODUCTION " + text
	}
	return text
}

// Welcome is the sentence after a switch; leave is the command that ends it.
func (s Session) Welcome(now time.Time, local *time.Location, leave string) string {
	who := Describe(s.Role)
	if s.Asked.ReadOnly {
		who += ", read-only,"
		if s.Asked.How != Renewed { // it has been said
			leave += ". Read-only still reads data: S3 objects, tables, parameters"
		}
	}
	if s.Asked.ByPolicy() || !s.Asked.ReadOnly && s.NarrowedByProfile {
		who = strings.TrimSuffix(who, ",") + ", narrowed by a policy,"
	}
	ends := s.ends()
	if ends.IsZero() {
		return fmt.Sprintf("you are now %s. To leave: %s", who, leave)
	}
	now = now.In(local)
	return fmt.Sprintf("you are now %s until %s, in %s. To leave: %s", who, profiles.Clock(ends, now), profiles.Span(ends.Sub(now).Round(time.Minute)), leave)
}
