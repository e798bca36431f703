package profiles_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

func TestWhatARoleStepSaysOfItsSession(t *testing.T) {
	set := parse(`[profile a]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = b
source_identity = jon
session_tags = Team=core, Cost Centre = 4=2
transitive_session_tags = TEAM , Reason
cameo_reason_tag = Reason
[profile b]
`+keys, "")
	for name, chain := range map[string]func() (profiles.Chain, error){
		"of itself": func() (profiles.Chain, error) { return set.Chain("a") },
		"from another source": func() (profiles.Chain, error) {
			source, err := set.SourceChain("b")
			if err != nil {
				return source, err
			}
			return set.ChainFrom(source, "a")
		},
	} {
		c, err := chain()
		if err != nil {
			t.Fatal(err)
		}
		role := c.Steps[1]
		if role.SourceIdentity.Text != "jon" || role.SourceIdentity.Line != 4 || role.SessionTags.Line != 5 || role.TransitiveSessionTags.Line != 6 || role.ReasonTag.Text != "Reason" {
			t.Errorf("%s: %+v", name, role)
		}
		if diff := cmp.Diff([]profiles.Tag{{Key: "Team", Value: "core"}, {Key: "Cost Centre", Value: "4=2"}}, role.Tags()); diff != "" {
			t.Error(name, diff)
		}
		if got := role.TransitiveTags(); !slices.Equal(got, []string{"Team"}) {
			t.Errorf("%s: passes on %q", name, got)
		}
		role.MoreTags = []profiles.Tag{{Key: "team", Value: "edge"}, {Key: "Reason", Value: "why"}}
		if diff := cmp.Diff([]profiles.Tag{{Key: "team", Value: "edge"}, {Key: "Cost Centre", Value: "4=2"}, {Key: "Reason", Value: "why"}}, role.Tags()); diff != "" {
			t.Error(name, diff)
		}
		if got := role.TransitiveTags(); !slices.Equal(got, []string{"team", "Reason"}) {
			t.Errorf("%s: with more it passes on %q", name, got)
		}
		if own := c.Steps[1].Tags(); len(own) != 2 || own[0].Value != "core" {
			t.Errorf("%s: the chain's own tags became %v", name, own)
		}
	}
}

func TestPolicyARNFault(t *testing.T) {
	for arn, why := range map[string]string{
		"arn:aws:iam::aws:policy/ReadOnlyAccess":         "",
		"arn:aws-cn:iam::aws:policy/job-function/Viewer": "",
		"arn:aws:iam::111122223333:policy/team/Deny":     "",
		"ReadOnlyAccess":                                       "looks like",
		"arn:aws:iam::11112222333:policy/X":                    "11 digits",
		"arn:aws:iam::111122223333:role/X":                     `it names "role/X", not policy/NAME`,
		"arn:aws:iam::aws:policy/":                             "not policy/NAME",
		"arn:aws:s3:::bucket":                                  "looks like",
		"arn:aws:iam::aws:policy/a b":                          "white space",
		"arn:aws:iam::aws:policy/é":                            "does not take",
		"arn:aws:iam::aws:policy/" + strings.Repeat("x", 2048): "longer",
	} {
		got := profiles.PolicyARNFault(arn)
		if (got == "") != (why == "") || !strings.Contains(got, why) {
			t.Errorf("%s: %q, want %q", arn, got, why)
		}
	}
}

func TestSessionNames(t *testing.T) {
	for text, want := range map[string]string{
		"alice": "alice", "DOMAIN\\a b": "DOMAIN-a-b", "é": "cameo--", "": "cameo-", "x": "cameo-x", "a\nb": "a-b",
		strings.Repeat("a", 70): strings.Repeat("a", 64), "a+b=c,d.e@f-g_h": "a+b=c,d.e@f-g_h",
	} {
		clean, why := profiles.CleanSessionName(text), profiles.SessionNameFault(text)
		if clean != want || profiles.SessionNameFault(clean) != "" || (why == "") != (clean == text) {
			t.Errorf("%q: %q, %q", text, clean, why)
		}
		if why != "" && !strings.Contains(why, profiles.Quote(want)+" will do") {
			t.Errorf("%q: %s", text, why)
		}
	}
}

func TestCleanTagValue(t *testing.T) {
	for text, want := range map[string]string{
		"INC-42: fix, then check!": "INC-42: fix- then check-",
		"  a\nb\tc  ":              "a b c",
		"größer":                   "größer",
		"\x1b[31m\u202e":           "--31m-",
		"":                         "",
		strings.Repeat("é", 300):   strings.Repeat("é", 256),
	} {
		if got := profiles.CleanTagValue(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseTags(f *testing.F) {
	for _, seed := range []string{"", "a=b", "a=b,c=d", "a=b,", "=,", "a=b,A=c", "Team = x = y", "k=\xff", "aws:a=b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tags, why := profiles.ParseTags(text)
		if why != profiles.Inert(why) {
			t.Fatalf("%q", why)
		}
		var again []string
		for _, tag := range tags {
			if why := profiles.TagFault(tag); why != "" {
				t.Fatalf("%q gave the tag %q: %s", text, tag, why)
			}
			again = append(again, tag.Key+"="+tag.Value)
		}
		if len(tags) > profiles.MaxSessionTags {
			if why == "" {
				t.Fatalf("%d tags", len(tags))
			}
			return
		}
		back, fault := profiles.ParseTags(strings.Join(again, ","))
		if diff := cmp.Diff(tags, back); diff != "" || fault != "" {
			t.Fatalf("%q: %s %s", again, fault, diff)
		}
	})
}

func FuzzCleanTagValue(f *testing.F) {
	f.Add("INC-42: fix, then check!")
	f.Fuzz(func(t *testing.T, text string) {
		value := profiles.CleanTagValue(text)
		if why := profiles.TagFault(profiles.Tag{Key: "k", Value: value}); why != "" || utf8.RuneCountInString(value) > 256 {
			t.Fatalf("%q became %q: %s", text, value, why)
		}
	})
}
