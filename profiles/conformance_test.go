package profiles_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

// conformanceCase is one case of the suites profiles, chains and file-locations.
type conformanceCase struct {
	ID                  string
	Config, Credentials *string
	Match               string
	Platform            string
	Env                 map[string]string
	Profile             string
	AbsentProfiles      []string `json:"absent_profiles"`
	Expect              struct {
		Profiles        map[string]map[string]string
		SSOSessions     map[string]map[string]string `json:"sso_sessions"`
		Services        map[string]map[string]string
		Chain           []map[string]any
		Error           *struct{ Code string }
		ConfigFile      string `json:"config_file"`
		CredentialsFile string `json:"credentials_file"`
	}
}

func conformance(t *testing.T, suite string) []conformanceCase {
	t.Helper()
	root := os.Getenv("CAMEO_CONFORMANCE")
	if root == "" {
		t.Skip("CAMEO_CONFORMANCE does not name the folder of the conformance cases")
	}
	raw, err := os.ReadFile(filepath.Join(root, suite, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []conformanceCase }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	return file.Cases
}

func (c conformanceCase) set() *profiles.Set {
	text := func(s *string) []byte {
		if s == nil {
			return nil
		}
		return []byte(*s)
	}
	return profiles.Parse("config", text(c.Config), "credentials", text(c.Credentials))
}

func TestConformanceProfiles(t *testing.T) {
	for _, c := range conformance(t, "profiles") {
		t.Run(c.ID, func(t *testing.T) {
			set := c.set()
			err := set.Strict()
			if c.Expect.Error != nil {
				var parse *profiles.ParseError
				if !errors.As(err, &parse) || parse.Line == 0 || parse.File == "" {
					t.Fatalf("got error %v, want one with a line", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var plain []profiles.Section
			for _, p := range set.Profiles() {
				plain = append(plain, p.Section)
			}
			compareSections(t, "profiles", c.Expect.Profiles, plain, c.Match == "exact")
			compareSections(t, "sso_sessions", c.Expect.SSOSessions, set.SSOSessions(), c.Match == "exact")
			compareSections(t, "services", c.Expect.Services, set.Services(), c.Match == "exact")
			for _, name := range c.AbsentProfiles {
				if _, ok := set.Profile(name); ok || slices.Contains(set.Names(), name) {
					t.Errorf("%q is a profile", name)
				}
			}
		})
	}
}

func compareSections(t *testing.T, what string, want map[string]map[string]string, got []profiles.Section, exact bool) {
	t.Helper()
	if want == nil {
		return
	}
	found := map[string]map[string]string{}
	for _, s := range got {
		if _, twice := found[s.Name]; twice {
			t.Errorf("%s lists %q twice", what, s.Name)
		}
		found[s.Name] = map[string]string{}
		for _, p := range s.Properties {
			text := p.Value.Text
			if secret, ok := p.Secret(); ok {
				if text != "(hidden)" {
					t.Errorf("%s %q shows %s", what, s.Name, p.Key)
				}
				text = secret.Reveal()
			}
			found[s.Name][p.Key] = text
		}
	}
	if !exact {
		for name, properties := range found {
			if _, ok := want[name]; !ok {
				delete(found, name)
				continue
			}
			maps.DeleteFunc(properties, func(key, _ string) bool { _, ok := want[name][key]; return !ok })
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestConformanceChains(t *testing.T) {
	for _, c := range conformance(t, "chains") {
		t.Run(c.ID, func(t *testing.T) {
			set := c.set()
			if err := set.Strict(); err != nil {
				t.Fatal(err)
			}
			chain, err := set.Chain(c.Profile)
			if c.Expect.Error != nil {
				var coded interface{ Code() string }
				if !errors.As(err, &coded) || coded.Code() != c.Expect.Error.Code {
					t.Fatalf("got %v, want %s", err, c.Expect.Error.Code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(chain.Steps) != len(c.Expect.Chain) {
				t.Fatalf("got %d steps, want %d: %+v", len(chain.Steps), len(c.Expect.Chain), chain.Steps)
			}
			for i, want := range c.Expect.Chain {
				got := stepFields(chain.Steps[i])
				for key, v := range want {
					known, ok := got[key]
					if !ok && key != "token_cache_key" && key != "argv" {
						t.Errorf("the test does not know %q", key)
					}
					if ok && known != v {
						t.Errorf("step %d: %s is %v, want %v", i, key, known, v)
					}
				}
			}
		})
	}
}

// stepFields is a step as the cases spell it; what is not set is nil.
func stepFields(s profiles.Step) map[string]any {
	fields := map[string]any{
		"kind": string(s.Kind), "profile": s.Profile, "has_session_token": !s.SessionToken.Empty(), "duration_seconds": nil,
	}
	if s.DurationAt.Line > 0 {
		fields["duration_seconds"] = float64(s.Duration / time.Second)
	}
	for key, v := range map[string]profiles.Value{
		"access_key_id": s.AccessKeyID, "account_id": s.AccountID, "credential_source": s.CredentialSource,
		"role_arn": s.RoleARN, "role_session_name": s.RoleSessionName, "external_id": s.ExternalID, "mfa_serial": s.MFASerial,
		"web_identity_token_file": s.TokenFile, "sso_session": s.SSOSession, "sso_start_url": s.SSOStartURL,
		"sso_region": s.SSORegion, "sso_account_id": s.SSOAccountID, "sso_role_name": s.SSORoleName,
		"command": s.Command, "login_session": s.LoginSession,
	} {
		fields[key] = nil
		if v.Text != "" {
			fields[key] = v.Text
		}
	}
	return fields
}

func TestConformanceFileLocations(t *testing.T) {
	for _, c := range conformance(t, "file-locations") {
		t.Run(c.ID, func(t *testing.T) {
			got := profiles.Locate(func(name string) (string, bool) { v, ok := c.Env[name]; return v, ok }, c.Platform)
			want := profiles.Files{Config: c.Expect.ConfigFile, Credentials: c.Expect.CredentialsFile}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
