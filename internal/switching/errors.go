package switching

import (
	"errors"
	"fmt"

	"cameo/internal/roles"
	"cameo/profiles"
)

// SourceError: the profile that has to sign, and that nobody typed now, has no
// credentials to sign with.
type SourceError struct {
	Said    string            // "home", or "source" for the setting of config.toml
	At      profiles.Position // of a source that stands in a [[roles]] rule
	Profile string
	Err     error // of profiles.Set.SourceChain
}

func (e *SourceError) Error() string {
	who := "home is the profile"
	if e.Said != "home" {
		who = "the setting " + e.Said + " of config.toml names the profile"
	}
	if e.At.Line > 0 {
		who = fmt.Sprintf("the source of a [[roles]] rule (%s) is the profile", e.At)
	}
	if e.missing() {
		return fmt.Sprintf("%s %s, which does not exist", who, profiles.Quote(e.Profile))
	}
	return fmt.Sprintf("%s %s: %s", who, profiles.Quote(e.Profile), e.Err)
}

// Unwrap is the error of the profile.
func (e *SourceError) Unwrap() error { return e.Err }

// Code is that of Err, but for a profile that does not exist: that is a mistake of
// the configuration here, not of what was typed.
func (e *SourceError) Code() string {
	var coded interface{ Code() string }
	if !e.missing() && errors.As(e.Err, &coded) {
		return coded.Code()
	}
	return profiles.CodeSourceProfileNotFound
}

func (e *SourceError) missing() bool {
	var chain *profiles.ChainError
	return errors.As(e.Err, &chain) && chain.Kind == profiles.CodeProfileNotFound
}

// SessionNameError: AWS would refuse the session name that was asked for.
type SessionNameError struct{ Name string }

func (e *SessionNameError) Error() string {
	return fmt.Sprintf("session name %s: %s", profiles.Quote(e.Name), profiles.SessionNameFault(e.Name))
}

// NotReadOnlyError: the policies beside ReadOnly could allow more than reading. AWS
// allows a session what any of its policies allows ("Session policies" in the IAM User
// Guide), and nobody is asked before a production role is entered read-only.
type NotReadOnlyError struct {
	Managed bool // one of them is a managed policy, whose text is not known here
}

func (e *NotReadOnlyError) Error() string {
	what := "a policy that allows something"
	if e.Managed {
		what = "managed policies"
	}
	return "with " + what + " it would not be read-only: AWS allows what any of a session's policies allows. Beside read-only, an inline policy may only deny"
}

// WidensError: ReadOnly would take the place of a policy of the role's profile, and
// could allow what that does not. AWS allows a session what any of its policies allows,
// so that it cannot be told both.
type WidensError struct {
	Profile string
	Key     string // "cameo_policy" or "cameo_policy_arns"
	At      profiles.Position
}

func (e *WidensError) Error() string {
	return fmt.Sprintf("profile %s (%s): read-only would take the place of its %s, and could allow more: AWS adds the policies of a session up",
		profiles.Quote(e.Profile), e.At, e.Key)
}

// NoTermsError: something was asked for of the session, and the profile's
// credentials come from no AssumeRole that could be told: its own would be had,
// whole.
type NoTermsError struct{ Profile string }

func (e *NoTermsError) Error() string {
	return fmt.Sprintf("profile %s gets its credentials without AssumeRole: they cannot be narrowed, tagged, named or shortened", profiles.Quote(e.Profile))
}

// MovedError: the profile of a role leads to another role by now.
type MovedError struct {
	Role roles.Role
	Now  profiles.Value // role_arn of the profile, or nothing
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("profile %s leads to another role by now, %s (%s): it was %s", profiles.Quote(e.Role.Profile),
		profiles.Inert(e.Now.Text), e.Now.Position, profiles.Inert(e.Role.ARN))
}

// NoRoleError: the profile exists and has no role to switch to.
type NoRoleError struct{ Profile string }

func (e *NoRoleError) Error() string {
	return fmt.Sprintf("profile %s has no role to switch to: it has no role_arn", profiles.Quote(e.Profile))
}

// HomeUnknownError: home has to sign, and this process runs inside a role without
// knowing what was before it.
type HomeUnknownError struct {
	Role string // its profile, or its ID; empty: it is not about a role
	// Anything is true where home would sign what is no role.
	Anything bool
}

func (e *HomeUnknownError) Error() string {
	switch {
	case e.Anything:
		return "the home that would sign is not known inside this role: set source in config.toml"
	case e.Role == "":
		return "the home of this shell is not known inside this role"
	}
	return fmt.Sprintf("%s names no source, and the home that would sign is not known inside this role: set source in config.toml%s", profiles.WhoAsks(e.Role), orInProfile(e.Role))
}

// orInProfile is the other place where a source can be named: a role that no profile
// has, has no such place.
func orInProfile(role string) string {
	if profiles.IsRoleID(role) {
		return ""
	}
	return ", or source_profile in the profile"
}

// NoHomeError: home has to sign, and there is nobody.
type NoHomeError struct{ Role string }

func (e *NoHomeError) Error() string {
	if e.Role == "" {
		return "this shell has no AWS identity: neither keys nor a profile"
	}
	return fmt.Sprintf("%s names no source, and this shell has no AWS identity that could sign: set source in config.toml%s", profiles.WhoAsks(e.Role), orInProfile(e.Role))
}
