package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"cameo/internal/policy"
)

// CompactPolicy is an inline session policy as short as it can be written, which is
// what AWS counts, and in the characters that AWS takes. Why says why AWS would not
// take it; empty: it would, but for its length.
func CompactPolicy(text []byte) (short, why string) {
	if !utf8.Valid(text) {
		return "", "it is not UTF-8"
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	document, err := policy.Parse(text)
	if err == nil {
		err = document.Validate(policy.IdentityUse)
	}
	var compact bytes.Buffer
	if err == nil {
		err = json.Compact(&compact, text)
	}
	if syntax, ok := errors.AsType[*policy.SyntaxError](err); ok {
		if syntax.Line > 0 {
			return "", fmt.Sprintf("line %d, column %d: %s", syntax.Line, syntax.Column, Inert(syntax.What))
		}
		return "", Inert(syntax.What)
	}
	if err != nil {
		return "", Inert(err.Error())
	}
	return escaped(compact.String()), ""
}

// PolicyEffects reports whether a statement of an inline policy allows anything, and
// whether one denies; no policy does neither, and what cannot be read may do both.
func PolicyEffects(text string) (allows, denies bool) {
	if text == "" {
		return false, false
	}
	document, err := policy.Parse([]byte(text))
	if err != nil {
		return true, true
	}
	for _, s := range document.Statements {
		allows, denies = allows || s.Effect != policy.Deny, denies || s.Effect == policy.Deny
	}
	return allows, denies
}

// escaped writes what AWS does not take in a policy, characters above U+00FF, as
// JSON's escapes. They can only be inside of strings.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c <= 0xff:
			b.WriteRune(c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			c -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		}
	}
	return b.String()
}

// PolicySizeFault says why AWS would not take a compact policy for its length,
// together with the ARNs that go with it; empty: it takes it.
func PolicySizeFault(short string, arns []string) string {
	size, with := utf8.RuneCountInString(short), ""
	if len(arns) > 0 {
		size, with = size+len(strings.Join(arns, "")), ", together with the ARNs beside it"
	}
	if short == "" || size <= MaxPolicySize {
		return ""
	}
	return fmt.Sprintf("it has %d characters without its spaces%s, and AWS takes %d", size, with, MaxPolicySize)
}

// narrow puts what a profile says of its own sessions into its step: the policy is
// the JSON itself, so that no profile depends on another file.
func (s *Step) narrow(p Profile) {
	s.SessionPolicy, s.SessionPolicyARNs = p.value("cameo_policy"), p.value("cameo_policy_arns")
	if text := s.SessionPolicy.Text; text != "" {
		s.Policy, _ = CompactPolicy([]byte(text))
	}
	s.PolicyARNs = splitList(s.SessionPolicyARNs.Text)
}

// NarrowedByProfile reports whether cameo_policy or cameo_policy_arns hold, and
// nothing in their place.
func (s *Step) NarrowedByProfile() bool {
	return s.SessionPolicy.Text != "" || s.SessionPolicyARNs.Text != ""
}

// ReplacePolicies puts policies in place of those of the profile: AWS allows what any
// of a session's policies allows, so that together they would narrow less.
func (s *Step) ReplacePolicies(inline string, arns []string) {
	s.SessionPolicy, s.SessionPolicyARNs = Value{}, Value{}
	s.Policy, s.PolicyARNs = inline, arns
}

func (s *Step) sessionPolicyFault(text string) string {
	if text[0] != '{' {
		return `it is the policy itself, beginning with {: for one in a file, cameo edit ` + Inert(s.Profile) + ` cameo_policy="$(jq -c . FILE)"`
	}
	short, why := CompactPolicy([]byte(text))
	if why != "" {
		return why
	}
	return PolicySizeFault(short, s.PolicyARNs)
}

func (s *Step) sessionPolicyARNsFault(text string) string {
	list := splitList(text)
	for _, arn := range list {
		if why := PolicyARNFault(arn); why != "" {
			return fmt.Sprintf("%s: %s", Quote(arn), why)
		}
	}
	switch n := len(list); {
	case n == 0:
		return "there is no ARN in it"
	case n > MaxPolicyARNs:
		return fmt.Sprintf("there are %d: AWS takes %d", n, MaxPolicyARNs)
	}
	return ""
}

// narrowsNothing is the error of a profile whose policies would be left out in
// silence: its credentials come from no AssumeRole.
func narrowsNothing(p Profile) error {
	for _, key := range []string{"cameo_policy", "cameo_policy_arns"} {
		if v := p.value(key); v.Text != "" {
			return &ValueError{Profile: p.Name, Key: key, Value: v, Why: "AWS narrows what AssumeRole gives, and this profile enters no role so"}
		}
	}
	return nil
}
