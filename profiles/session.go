package profiles

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tag is one session tag.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// rule is what AWS takes for one text: lengths in characters, and which ones
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
type rule struct {
	min, max int
	extra    string // the characters besides letters and digits
	// anywhere is true where letters and digits of every script are taken, and
	// spaces; else they are those of ASCII.
	anywhere bool
}

// The limits of AWS STS for a session.
const (
	MaxSessionTags = 50
	MaxPolicyARNs  = 10
	// MaxPolicySize bounds the characters of an inline session policy and of the
	// ARNs of managed ones, together.
	MaxPolicySize = 2048
)

func nameRule() rule { return rule{min: 2, max: 64, extra: "_+=,.@-"} }

func tagRule(least, most int) rule {
	return rule{min: least, max: most, extra: "_.:/=+-@", anywhere: true}
}

// fault says why AWS would not take text; empty: it would.
func (r rule) fault(text string) string {
	at := 0
	for _, c := range text {
		if at++; !r.takes(c) {
			return fmt.Sprintf("character %d is %s: AWS takes %s", at, Quote(string(c)), r.taken())
		}
	}
	switch {
	case at < r.min && r.min == 1:
		return "it is empty"
	case at == 1 && at < r.min:
		return fmt.Sprintf("it has one character: AWS takes %d to %d", r.min, r.max)
	case at < r.min || at > r.max:
		return fmt.Sprintf("it has %d characters: AWS takes %d to %d", at, r.min, r.max)
	}
	return ""
}

func (r rule) takes(c rune) bool {
	switch {
	case strings.ContainsRune(r.extra, c):
		return true
	case r.anywhere:
		return c != utf8.RuneError && unicode.In(c, unicode.L, unicode.N, unicode.Z)
	}
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (r rule) taken() string {
	if r.anywhere {
		return "letters, digits, spaces and " + r.extra
	}
	return "letters, digits and " + r.extra
}

// SessionNameFault says why AWS would not take text for a role session name, and
// what it would take; empty: it takes it. Its siblings do the same.
func SessionNameFault(text string) string {
	why := nameRule().fault(text)
	if why != "" {
		why += fmt.Sprintf("; %s will do", Quote(CleanSessionName(text)))
	}
	return why
}

// CleanSessionName makes text a role session name that AWS takes: what it does not
// take becomes a hyphen, and what is too long is cut.
func CleanSessionName(text string) string {
	r := nameRule()
	clean := strings.Map(func(c rune) rune {
		if r.takes(c) {
			return c
		}
		return '-'
	}, text)
	if len(clean) < r.min {
		clean = "cameo-" + clean
	}
	return clean[:min(len(clean), r.max)]
}

// SourceIdentityFault is that of a source identity.
func SourceIdentityFault(text string) string {
	if strings.HasPrefix(text, "aws:") {
		return `AWS keeps what begins with "aws:" to itself`
	}
	return nameRule().fault(text)
}

func externalIDFault(text string) string {
	return rule{min: 2, max: 1224, extra: "_+=,.@:/-"}.fault(text)
}

// TagFault is that of a session tag.
func TagFault(t Tag) string {
	if why := tagKeyFault(t.Key); why != "" {
		return why
	}
	if why := tagRule(0, 256).fault(t.Value); why != "" {
		return fmt.Sprintf("the value of %s: %s", Quote(t.Key), why)
	}
	return ""
}

func tagKeyFault(key string) string {
	if len(key) >= 4 && strings.EqualFold(key[:4], "aws:") {
		return fmt.Sprintf(`the key %s: AWS keeps what begins with "aws:" to itself`, Quote(key))
	}
	if why := tagRule(1, 128).fault(key); why != "" {
		return fmt.Sprintf("the key %s: %s", Quote(key), why)
	}
	return ""
}

// CleanTagValue makes text a value that AWS takes for a tag: what it does not take
// becomes a hyphen, or a space where it parts words, and what is too long is cut.
func CleanTagValue(text string) string {
	r := tagRule(0, 256)
	clean := []rune(strings.Map(func(c rune) rune {
		switch {
		case r.takes(c):
			return c
		case unicode.IsSpace(c):
			return ' '
		}
		return '-'
	}, strings.TrimSpace(text)))
	return string(clean[:min(len(clean), r.max)])
}

// PolicyARNFault says why text cannot be the ARN of a managed policy; empty: it
// can. Account and policy are AWS's to know: the account is the role's, or "aws".
func PolicyARNFault(text string) string {
	field := strings.SplitN(text, ":", 6)
	switch {
	case strings.ContainsAny(text, " \t\r\n"):
		return "there is white space in it"
	case len(field) < 6 || field[0] != "arn" || field[2] != "iam" || field[3] != "" || !isPartition(field[1]):
		return "a policy's ARN looks like arn:aws:iam::aws:policy/ReadOnlyAccess"
	case field[4] != "aws" && accountFault(field[4]) != "":
		return accountFault(field[4])
	case !strings.HasPrefix(field[5], "policy/") || strings.HasSuffix(field[5], "/"):
		return fmt.Sprintf("it names %s, not policy/NAME", Quote(field[5]))
	case len(text) > 2048 || !isVisibleASCII(text):
		return "it is longer than 2048 characters, or has one that AWS does not take"
	}
	return ""
}

// ParseTags reads session_tags: KEY=VALUE, KEY=VALUE. A value has no comma, as AWS
// takes none. Why says what is wrong with the first one that is not a tag, or with
// all of them together; the tags before it are returned.
func ParseTags(text string) (tags []Tag, why string) {
	if strings.TrimSpace(text) == "" {
		return nil, ""
	}
	for part := range strings.SplitSeq(text, ",") {
		tag, why := ParseTag(part)
		if why != "" {
			return tags, why
		}
		if hasTag(tags, tag.Key) {
			return tags, fmt.Sprintf("the key %s is there twice: AWS does not tell capitals from small letters", Quote(tag.Key))
		}
		tags = append(tags, tag)
	}
	if len(tags) > MaxSessionTags {
		return tags, fmt.Sprintf("there are %d tags: AWS takes %d", len(tags), MaxSessionTags)
	}
	return tags, ""
}

// ParseTag reads KEY=VALUE, without the spaces around either; why says what is
// wrong with it.
func ParseTag(text string) (t Tag, why string) {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return Tag{}, fmt.Sprintf("%s is no tag: write KEY=VALUE", Quote(strings.TrimSpace(text)))
	}
	t = Tag{strings.TrimSpace(key), strings.TrimSpace(value)}
	return t, TagFault(t)
}

func hasTag(tags []Tag, key string) bool {
	return slices.ContainsFunc(tags, func(t Tag) bool { return strings.EqualFold(t.Key, key) })
}

// MergeTags is tags with those of more: one whose key is there already, case
// ignored, takes its place.
func MergeTags(tags []Tag, more ...Tag) []Tag {
	merged := slices.Clone(tags)
	for _, t := range more {
		i := slices.IndexFunc(merged, func(old Tag) bool { return strings.EqualFold(old.Key, t.Key) })
		if i < 0 {
			merged = append(merged, t)
		} else {
			merged[i] = t
		}
	}
	return merged
}

// Tags are the session tags of an AssumeRole step: those of its profile, and what
// was asked for beyond or in place of them.
func (s *Step) Tags() []Tag {
	own, _ := ParseTags(s.SessionTags.Text)
	return MergeTags(own, s.MoreTags...)
}

// TransitiveTags are the keys of those Tags that AWS passes on to the roles which
// are entered from the session, as Tags spells them.
func (s *Step) TransitiveTags() []string {
	var keys []string
	for _, t := range s.Tags() {
		if slices.ContainsFunc(splitList(s.TransitiveSessionTags.Text), func(key string) bool { return strings.EqualFold(key, t.Key) }) {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// splitList splits at commas, and leaves out what is empty.
func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// checkSession looks for what AWS would refuse of the session that a step asks
// for.
func (s *Step) checkSession() error {
	for _, said := range []struct {
		key   string
		value Value
		fault func(text string) (why string)
	}{
		{"role_session_name", s.RoleSessionName, SessionNameFault},
		{"external_id", s.ExternalID, externalIDFault},
		{"source_identity", s.SourceIdentity, SourceIdentityFault},
		{"session_tags", s.SessionTags, s.tagsFault},
		{"transitive_session_tags", s.TransitiveSessionTags, s.transitiveFault},
		{"cameo_reason_tag", s.ReasonTag, tagKeyFault},
		{"cameo_policy", s.SessionPolicy, s.sessionPolicyFault},
		{"cameo_policy_arns", s.SessionPolicyARNs, s.sessionPolicyARNsFault},
	} {
		if said.value.Text == "" {
			continue
		}
		if why := said.fault(said.value.Text); why != "" {
			return &ValueError{Profile: s.Profile, Key: said.key, Value: said.value, Why: why}
		}
	}
	return nil
}

// tagsFault is that of the tags of the profile, and of how many there are with those
// that were asked for.
func (s *Step) tagsFault(text string) string {
	_, why := ParseTags(text)
	if n := len(s.Tags()); why == "" && n > MaxSessionTags {
		why = fmt.Sprintf("with those of the command line there are %d tags: AWS takes %d", n, MaxSessionTags)
	}
	return why
}

// transitiveFault is a key that no tag has; the reason's may have to wait for a
// reason.
func (s *Step) transitiveFault(text string) string {
	tags := s.Tags()
	for _, key := range splitList(text) {
		if !hasTag(tags, key) && !strings.EqualFold(key, s.ReasonTag.Text) {
			return fmt.Sprintf("there is no tag %s to pass on: session_tags has to set it", Quote(key))
		}
	}
	return ""
}
