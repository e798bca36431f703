package source_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/source"
	"cameo/profiles"
)

// TestMain lets the test binary play a credential_process.
func TestMain(m *testing.M) {
	plays, ok := os.LookupEnv("SOURCE_TEST_PRINTS")
	if !ok {
		os.Exit(m.Run())
	}
	switch plays {
	case "environment":
		fmt.Printf(`{"Version":1,"AccessKeyId":%q,"SecretAccessKey":%q}`, os.Getenv("CAMEO_PROFILE_CHAIN"), os.Getenv("OUTER"))
	case "stdin":
		var line string
		n, _ := fmt.Scanln(&line)
		fmt.Printf(`{"Version":1,"AccessKeyId":"read %d %s","SecretAccessKey":"s"}`, n, line)
	case "flood":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 1<<16)); err != nil {
				os.Exit(1)
			}
		}
	case "hang":
		for { // until nobody listens any more: the shell is killed, not what it started
			if _, err := os.Stdout.WriteString(" "); err != nil {
				os.Exit(1)
			}
			time.Sleep(10 * time.Millisecond)
		}
	default:
		fmt.Print(plays)
	}
	fmt.Fprint(os.Stderr, os.Getenv("SOURCE_TEST_SAYS"))
	if os.Getenv("SOURCE_TEST_FAILS") != "" {
		os.Exit(7)
	}
	os.Exit(0)
}

func step(t *testing.T) profiles.Step {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := "'" + strings.ReplaceAll(self, "'", `'\''`) + "'"
	if runtime.GOOS == "windows" {
		command = `"` + self + `"`
	}
	return profiles.Step{Kind: profiles.Process, Profile: "keys",
		Command: profiles.Value{Text: command, Position: profiles.Position{File: "config", Line: 12}}}
}

func printing(text string, more ...string) source.Ways {
	return source.Ways{Environ: append(append(os.Environ(), "SOURCE_TEST_PRINTS="+text, "GORACE=atexit_sleep_ms=0"), more...)}
}

const whole = `{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"CANARY-secret","SessionToken":"CANARY-token","Expiration":"2030-01-02T03:04:05Z","AccountId":"111122223333"}`

func TestAProcessGivesCredentials(t *testing.T) {
	want := creds.Credentials{AccessKeyID: "ASIA", SecretAccessKey: profiles.NewSecret("CANARY-secret"), SessionToken: profiles.NewSecret("CANARY-token"),
		Expires: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), AccountID: "111122223333"}
	for name, text := range map[string]string{
		"whole":       whole,
		"pretty":      "\n" + strings.ReplaceAll(whole, ",", ",\n\t") + "\n",
		"a time zone": strings.Replace(whole, "03:04:05Z", "05:04:05+02:00", 1),
		"UTC":         strings.Replace(whole, "05Z", "05UTC", 1),
		"unknown key": strings.Replace(whole, "{", `{"More":[1],`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := printing(text).Begin(t.Context(), step(t)); err != nil || got != want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAProcessThatGivesNone(t *testing.T) {
	const canary = "CANARY"
	for _, c := range []struct{ name, prints, says string }{
		{"nothing", "", "not the JSON"},
		{"words", canary, "not the JSON"},
		{"half an answer", whole[:len(whole)-1], "not the JSON"},
		{"two answers", whole + whole, "not the JSON"},
		{"a list", "[" + whole + "]", "not the JSON"},
		{"another type", `{"Version":1,"AccessKeyId":{"a":1},"SecretAccessKey":"CANARY"}`, "not the JSON"},
		{"no version", `{"AccessKeyId":"a","SecretAccessKey":"CANARY"}`, "unsupported version 0"},
		{"version 2", strings.Replace(whole, `"Version":1`, `"Version":2`, 1), "unsupported version 2"},
		{"no secret", `{"Version":1,"AccessKeyId":"a"}`, "no AccessKeyId or no SecretAccessKey"},
		{"no ID", `{"Version":1,"SecretAccessKey":"CANARY"}`, "no AccessKeyId or no SecretAccessKey"},
		{"no time", strings.Replace(whole, "2030-01-02T03:04:05Z", "\x1b[31mCANARY", 1), ""},
		{"an end that is none", strings.Replace(whole, "2030-01-02T03:04:05Z", "tomorrow", 1), "Expiration is not a time of RFC 3339"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := printing(c.prints).Begin(t.Context(), step(t))
			if _, ok := errors.AsType[*source.ProcessError](err); !ok {
				t.Fatalf("got %v", err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, `credential_process of profile "keys" (config:12): `) || !strings.Contains(text, c.says) {
				t.Errorf("got %s", text)
			}
			if strings.Contains(text, canary) || text != profiles.Inert(text) {
				t.Errorf("what it printed is in %q", text)
			}
		})
	}
}

func TestAProcessThatFailsSaysSoItself(t *testing.T) {
	var said strings.Builder
	ways := printing(whole, "SOURCE_TEST_FAILS=1", "SOURCE_TEST_SAYS=no vault\n")
	ways.Stderr = &said
	_, err := ways.Begin(t.Context(), step(t))
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 7") || said.String() != "no vault\n" {
		t.Errorf("got %v, %q", err, said.String())
	}
}

func TestAFloodIsCutOff(t *testing.T) {
	_, err := printing("flood").Begin(t.Context(), step(t))
	if err == nil || !strings.HasSuffix(err.Error(), "it printed more than any credentials") {
		t.Errorf("got %v", err)
	}
}

func TestAProcessThatHangsEnds(t *testing.T) {
	ways := printing("hang")
	ways.Timeout = 50 * time.Millisecond
	_, err := ways.Begin(t.Context(), step(t))
	if err == nil || !strings.HasSuffix(err.Error(), "no answer within 50ms") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := printing("hang").Begin(ctx, step(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAProcessLearnsItsAncestryAndKeepsTheEnvironment(t *testing.T) {
	for before, want := range map[string]string{"": "keys", "a,b": "a,b,keys"} {
		ways := printing("environment", "OUTER=kept", "CAMEO_PROFILE_CHAIN=stale")
		ways.Ancestry = before
		c, err := ways.Begin(t.Context(), step(t))
		if err != nil || c.AccessKeyID != want || c.SecretAccessKey.Reveal() != "kept" {
			t.Errorf("after %q: %+v, %v", before, c, err)
		}
	}
}

func TestALoopOfProcessesEnds(t *testing.T) {
	for ancestry, says := range map[string]string{
		"keys":            "it leads back to itself: keys -> keys",
		"a,keys,b":        "it leads back to itself: a -> keys -> b -> keys",
		"1,2,3,4,5,6,7,8": "it leads back to itself: 1 -> 2",
	} {
		ways := printing(whole)
		ways.Ancestry = ancestry
		if _, err := ways.Begin(t.Context(), step(t)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", ancestry, err)
		}
	}
	ways := printing(whole)
	ways.Ancestry = "1,2,3,4,5,6,7"
	if _, err := ways.Begin(t.Context(), step(t)); err != nil {
		t.Errorf("seven before: %v", err)
	}
}

func TestACommandOfADistrustedFileIsNotRun(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "ran")
	distrusted := profiles.Step{Kind: profiles.Process, Profile: "keys", Command: profiles.Value{Text: "echo > " + mark}, CommandDistrust: "is writable by everyone"}
	_, err := printing(whole).Begin(t.Context(), distrusted)
	if err == nil || !strings.Contains(err.Error(), "it is not run, because the file is writable by everyone") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("it was run")
	}
}

func TestAProcessReadsOnlyWhatItIsGiven(t *testing.T) {
	c, err := printing("stdin").Begin(t.Context(), step(t))
	if err != nil || c.AccessKeyID != "read 0 " {
		t.Errorf("got %+v, %v", c, err)
	}
	ways := printing("stdin")
	ways.Stdin = strings.NewReader("line\n")
	if c, err = ways.Begin(t.Context(), step(t)); err != nil || c.AccessKeyID != "read 1 line" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestTheShellRunsTheCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a line for sh")
	}
	piped := profiles.Step{Kind: profiles.Process, Profile: "p", Command: profiles.Value{Text: `printf '%s' '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"}' | cat`}}
	if c, err := (source.Ways{Environ: os.Environ()}).Begin(t.Context(), piped); err != nil || c.AccessKeyID != "a" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestOtherKindsAreUnsupported(t *testing.T) {
	for _, kind := range []profiles.Kind{profiles.SSO, profiles.SSOToken, profiles.WebIdentity, profiles.Login, profiles.CredentialSource} {
		_, err := source.Ways{}.Begin(t.Context(), profiles.Step{Kind: kind, Profile: "p"})
		var unsupported *creds.UnsupportedError
		if !errors.As(err, &unsupported) || unsupported.Step.Kind != kind {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestConformance(t *testing.T) {
	root := os.Getenv("CAMEO_CONFORMANCE")
	if root == "" {
		t.Skip("CAMEO_CONFORMANCE does not name a folder of conformance cases")
	}
	data, err := os.ReadFile(filepath.Join(root, "formats", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			ID, Kind string
			Process  struct {
				Output json.RawMessage `json:"stdout_json"`
				Stderr string
				Exit   int
			}
			Properties map[string]string `json:"profile_properties"`
			Expect     struct {
				Credentials map[string]*string
				Error       *struct {
					Contains string `json:"message_contains"`
				}
			}
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range file.Cases {
		if c.Kind != "credential_process" {
			continue
		}
		ran++
		t.Run(c.ID, func(t *testing.T) {
			ways := printing(string(c.Process.Output), "SOURCE_TEST_SAYS="+c.Process.Stderr)
			if c.Process.Exit != 0 {
				ways.Environ = append(ways.Environ, "SOURCE_TEST_FAILS=1")
			}
			s := step(t)
			s.AccountID.Text = c.Properties["aws_account_id"]
			got, err := ways.Begin(t.Context(), s)
			if c.Expect.Error != nil {
				if err == nil || !strings.Contains(err.Error(), c.Expect.Error.Contains) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			expiration := ""
			if !got.Expires.IsZero() {
				expiration = got.Expires.Format(time.RFC3339)
			}
			have := map[string]string{"access_key_id": got.AccessKeyID, "secret_access_key": got.SecretAccessKey.Reveal(),
				"session_token": got.SessionToken.Reveal(), "account_id": got.AccountID, "expiration": expiration}
			for key, want := range c.Expect.Credentials {
				if want == nil && have[key] != "" || want != nil && have[key] != *want {
					t.Errorf("%s: %q", key, have[key])
				}
			}
		})
	}
	if ran == 0 {
		t.Error("no case of this kind")
	}
}
