package profiles_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"cameo/profiles"
)

// askBotocore reads AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE as the AWS
// CLI does and prints its merged profiles.
const askBotocore = `
import json, botocore.session
out = botocore.session.get_session().full_config
print(json.dumps({"profiles": {p: {k: v for k, v in s.items() if isinstance(v, str)} for p, s in out["profiles"].items()},
                  "sso_sessions": out.get("sso_sessions", {})}))
`

// TestAgreesWithBotocore compares the reading of files on which no tool is
// known to differ.
func TestAgreesWithBotocore(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on PATH")
	}
	if err := exec.Command(python, "-c", "import botocore").Run(); err != nil {
		t.Skip("python3 has no botocore")
	}
	for name, c := range map[string]struct{ config, credentials string }{
		"an everyday file":     {"[default]\nregion = eu-west-1\n\n# comment\n[profile dev]\nrole_arn=arn:aws:iam::111122223333:role/Dev\nsource_profile = default\nMFA_Serial = arn:aws:iam::111122223333:mfa/alice\n", "[default]\naws_access_key_id = AKID\naws_secret_access_key = S/+=\n"},
		"quoted names":         {"[profile \"my profile\"]\nregion = x\n[profile 'other one']\nregion = y\n[profile o\\ k]\nregion = z\n[profile a b]\nregion = no\n[profile 'x]\nregion = no\n", ""},
		"indented sections":    {"  [profile a]\n  region = x\n  output = json\n[profile b]\n    region = y\n", ""},
		"indented comments":    {"[profile a]\nregion = x\n   # note\noutput = json\n", ""},
		"long values":          {"[profile a]\ncredential_process = one\n   two three\n   four\nregion = x\n", ""},
		"sessions":             {"[sso-session corp]\nsso_region = x\nsso_start_url = https://x/start#/\n[profile a]\nsso_session = corp\n", ""},
		"both files, one name": {"[profile a]\nregion = x\noutput = json\n", "[a]\nregion = y\n"},
		"signs in values":      {"[profile a]\nx = a=b:c[d]\ny = \"quoted\"\nz = v#w;x\n", ""},
		"carriage returns":     {"[profile a]\r\nregion = x\r\n\r\n[profile b]\r\nregion = y\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := writeConfig(t, c.config)
			if err := os.WriteFile(files.Credentials, []byte(c.credentials), 0o600); err != nil {
				t.Fatal(err)
			}
			ask := exec.Command(python, "-c", askBotocore)
			ask.Env = append(os.Environ(), "AWS_CONFIG_FILE="+files.Config, "AWS_SHARED_CREDENTIALS_FILE="+files.Credentials)
			var complaint bytes.Buffer
			ask.Stderr = &complaint
			answer, err := ask.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, complaint.String())
			}
			var want struct {
				Profiles    map[string]map[string]string
				SSOSessions map[string]map[string]string `json:"sso_sessions"`
			}
			if err := json.Unmarshal(answer, &want); err != nil {
				t.Fatal(err)
			}
			set, err := profiles.Read(files)
			if err != nil {
				t.Fatal(err)
			}
			var plain []profiles.Section
			for _, p := range set.Profiles() {
				plain = append(plain, p.Section)
			}
			compareSections(t, "profiles", want.Profiles, plain, true)
			compareSections(t, "sso_sessions", want.SSOSessions, set.SSOSessions(), true)
			if found := set.Problems(); len(found) > 0 {
				t.Errorf("problems: %v", found)
			}
		})
	}
}
