package profiles_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

const onlyGet = `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`

func TestAProfileNarrowsItsRole(t *testing.T) {
	set := parse(`[profile a]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = b
cameo_policy = { "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} }
cameo_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess , arn:aws:iam::111122223333:policy/team/own
[profile lines]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = a
cameo_policy = {
    "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    }
[profile b]
aws_access_key_id = AKIA
aws_secret_access_key = x
`, "")
	chain, err := set.Chain("a")
	if err != nil || chain.Check() != nil {
		t.Fatal(err, chain.Check())
	}
	step := chain.Steps[1]
	if step.Policy != onlyGet || step.SessionPolicy.Line != 4 || step.SessionPolicyARNs.Line != 5 || !step.NarrowedByProfile() {
		t.Errorf("%q %+v", step.Policy, step)
	}
	if diff := cmp.Diff([]string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::111122223333:policy/team/own"}, step.PolicyARNs); diff != "" {
		t.Error(diff)
	}
	step.ReplacePolicies("{}", nil)
	if step.NarrowedByProfile() || step.Policy != "{}" || step.PolicyARNs != nil {
		t.Errorf("%+v", step)
	}
	// Every role of a chain is narrowed by its own profile.
	chain, err = set.Chain("lines")
	if err != nil || chain.Check() != nil || chain.Steps[2].Policy != onlyGet || chain.Steps[1].Policy != onlyGet || len(chain.Steps[2].PolicyARNs) != 0 {
		t.Errorf("%v %v %+v", err, chain.Check(), chain.Steps)
	}
}

func TestAPolicyThatCannotBeMeantIsRefusedByItsLine(t *testing.T) {
	long := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"` + strings.Repeat("r", 2048) + `"}}`
	for line, why := range map[string]string{
		"cameo_policy = policy.json":         "it is the policy itself",
		"cameo_policy = {":                   "not JSON",
		"cameo_policy = {}":                  "Statement",
		`cameo_policy = {"Statement":[]}`:    "no statement",
		"cameo_policy = " + long:             "AWS takes 2048",
		"cameo_policy_arns = ,":              "there is no ARN in it",
		"cameo_policy_arns = ReadOnlyAccess": "a policy's ARN looks like",
		"cameo_policy_arns = " + arns(11):    "there are 11: AWS takes 10",
		"cameo_policy_arns = a, " + arns(1):  `"a": a policy's ARN looks like`,
		"cameo_policy =\n    {\n    }":       "nested",
		"cameo_policy = \"" + onlyGet + "\"": "it is the policy itself",
	} {
		set := parse("[profile a]\nrole_arn = arn:aws:iam::111122223333:role/A\nsource_profile = b\n"+line+"\n[profile b]\naws_access_key_id = AKIA\naws_secret_access_key = x\n", "")
		chain, err := set.Chain("a")
		if err == nil {
			err = chain.Check()
		}
		var at interface{ Where() profiles.Position }
		if err == nil || !strings.Contains(err.Error(), why) || !errors.As(err, &at) || at.Where().Line < 4 {
			t.Errorf("%.60s: %v, not %s", line, err, why)
		}
	}
	if chain, err := parse("[profile a]\nrole_arn = arn:aws:iam::111122223333:role/A\nsource_profile = b\ncameo_policy_arns = "+arns(10)+"\n[profile b]\naws_access_key_id = AKIA\naws_secret_access_key = x\n", "").Chain("a"); err != nil || chain.Check() != nil {
		t.Error(err, chain.Check())
	}
}

func arns(n int) string { return strings.Repeat("arn:aws:iam::aws:policy/ReadOnlyAccess,", n) }

// A profile whose credentials nothing could narrow does not hand them out whole.
func TestAPolicyOfNoRoleIsRefused(t *testing.T) {
	for _, rest := range []string{"aws_access_key_id = AKIA\naws_secret_access_key = x", "credential_process = true",
		"role_arn = arn:aws:iam::111122223333:role/A\nweb_identity_token_file = token"} {
		_, err := parse("[profile a]\ncameo_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess\n"+rest+"\n", "").Chain("a")
		wrong, ok := errors.AsType[*profiles.ValueError](err)
		if !ok || wrong.Key != "cameo_policy_arns" || wrong.Where().Line != 2 {
			t.Errorf("%s: %v", rest, err)
		}
	}
}

func TestWhetherAPolicyAllowsAndDenies(t *testing.T) {
	type effects struct{ allows, denies bool }
	deny := `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`
	for text, want := range map[string]effects{
		"": {}, `{"Statement":` + deny + `}`: {denies: true}, `{"Statement":[` + deny + `,` + deny + `]}`: {denies: true},
		onlyGet: {allows: true}, `{"Statement":[` + deny + `,{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}]}`: {true, true},
		"nonsense": {true, true},
	} {
		if allows, denies := profiles.PolicyEffects(text); allows != want.allows || denies != want.denies {
			t.Errorf("%s: allows %v, denies %v", text, allows, denies)
		}
	}
}

// What AWS does not take is written otherwise, and means the same.
func FuzzCompactPolicy(f *testing.F) {
	for _, seed := range []string{"plain", "größer", "日本", "\U0001F600", "\u2028", "a\"b", "\u00ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		type statement struct{ Sid, Effect, Action, Resource string }
		written, err := json.Marshal(map[string]any{"Statement": statement{text, "Deny", "s3:*", text}})
		if err != nil {
			t.Fatal(err)
		}
		short, why := profiles.CompactPolicy(written)
		for _, c := range short {
			if c > 0xff {
				t.Fatalf("%q is in %q", c, short)
			}
		}
		var back struct{ Statement statement }
		if err := json.Unmarshal([]byte(short), &back); why == "" && (err != nil || back.Statement.Resource != text) {
			t.Fatalf("%q became %q, %v", text, back.Statement.Resource, err)
		}
	})
}
