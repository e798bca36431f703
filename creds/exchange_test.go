package creds_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/profiles"

	"pgregory.net/rapid"
)

const exchangeConfig = `
[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = s
[profile session]
aws_access_key_id = ASIAEXAMPLE
aws_secret_access_key = s
aws_session_token = t
[profile process]
credential_process = get-keys
[profile sso]
sso_start_url = https://example.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Dev

[profile plain]
role_arn = arn:aws:iam::111122223333:role/Plain
source_profile = keys
[profile plain-long]
role_arn = arn:aws:iam::111122223333:role/Plain
source_profile = keys
duration_seconds = 43200
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/Mfa
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile mfa-sibling]
role_arn = arn:aws:iam::111122223333:role/Other
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
role_session_name = mine
[profile mfa-long]
role_arn = arn:aws:iam::111122223333:role/Mfa
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
duration_seconds = 7200
[profile from-session]
role_arn = arn:aws:iam::111122223333:role/Plain
source_profile = session
duration_seconds = 7200
[profile mfa-from-session]
role_arn = arn:aws:iam::111122223333:role/Mfa
source_profile = session
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile from-process]
role_arn = arn:aws:iam::111122223333:role/Plain
source_profile = process
duration_seconds = 7200
[profile mfa-from-process]
role_arn = arn:aws:iam::111122223333:role/Mfa
source_profile = process
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile from-environment]
role_arn = arn:aws:iam::111122223333:role/Mfa
credential_source = Environment
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile from-instance]
role_arn = arn:aws:iam::111122223333:role/Plain
credential_source = Ec2InstanceMetadata
[profile from-sso]
role_arn = arn:aws:iam::111122223333:role/Plain
source_profile = sso
[profile chained]
role_arn = arn:aws:iam::444455556666:role/Far
source_profile = mfa
duration_seconds = 43200
[profile chained-mfa-first-long]
role_arn = arn:aws:iam::444455556666:role/Far
source_profile = mfa-long
`

// show writes an exchange as a line: who signs what, for how long.
func show(e creds.Exchange) string {
	if e.Operation == creds.UseKeys {
		return "keys of " + e.Step.Profile
	}
	text := fmt.Sprintf("%s by %s %s", e.Operation, e.Signer, e.Duration)
	if e.Device != "" {
		text += " code"
	}
	if e.Capped > 0 {
		text += fmt.Sprintf(" capped from %s", e.Capped)
	}
	if e.MayCap {
		text += " or an hour"
	}
	return text
}

func TestExchanges(t *testing.T) {
	keys := environment(map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"})
	session := environment(map[string]string{"AWS_ACCESS_KEY_ID": "ASIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SECURITY_TOKEN": "old name"})
	for _, c := range []struct {
		profile  string
		duration time.Duration
		env      func(string) (string, bool)
		want     []string
	}{
		{profile: "keys", want: []string{"keys of keys"}},
		{profile: "plain", want: []string{"keys of keys", "AssumeRole by keys 1h0m0s"}},
		{profile: "plain-long", want: []string{"keys of keys", "AssumeRole by keys 12h0m0s"}},
		{profile: "plain-long", duration: 15 * time.Minute, want: []string{"keys of keys", "AssumeRole by keys 15m0s"}},
		{profile: "mfa", want: []string{"keys of keys", "GetSessionToken by keys 12h0m0s code", "AssumeRole by keys 1h0m0s"}},
		{profile: "mfa", duration: 2 * time.Hour, want: []string{"keys of keys", "AssumeRole by keys 2h0m0s code"}},
		{profile: "mfa-long", want: []string{"keys of keys", "AssumeRole by keys 2h0m0s code"}},
		{profile: "mfa-long", duration: time.Hour, want: []string{"keys of keys", "GetSessionToken by keys 12h0m0s code", "AssumeRole by keys 1h0m0s"}},
		{profile: "from-session", want: []string{"keys of session", "AssumeRole by session 1h0m0s capped from 2h0m0s"}},
		{profile: "mfa-from-session", want: []string{"keys of session", "AssumeRole by session 1h0m0s code"}},
		{profile: "from-process", want: []string{"keys of process", "AssumeRole by process 2h0m0s or an hour"}},
		{profile: "from-process", duration: 2 * time.Hour, want: []string{"keys of process", "AssumeRole by process 2h0m0s"}},
		{profile: "mfa-from-process", want: []string{"keys of process", "AssumeRole by process 1h0m0s code"}},
		{profile: "from-environment", env: keys, want: []string{"keys of from-environment", "GetSessionToken by Environment 12h0m0s code", "AssumeRole by Environment 1h0m0s"}},
		{profile: "from-environment", env: session, want: []string{"keys of from-environment", "AssumeRole by Environment 1h0m0s code"}},
		{profile: "chained", want: []string{"keys of keys", "GetSessionToken by keys 12h0m0s code", "AssumeRole by keys 1h0m0s",
			"AssumeRole by mfa 1h0m0s capped from 12h0m0s"}},
		{profile: "chained-mfa-first-long", want: []string{"keys of keys", "AssumeRole by keys 2h0m0s code", "AssumeRole by mfa-long 1h0m0s"}},
	} {
		t.Run(fmt.Sprintf("%s %s", c.profile, c.duration), func(t *testing.T) {
			if c.env == nil {
				c.env = never
			}
			request := creds.Request{Chain: chainOf(t, exchangeConfig, c.profile), Duration: c.duration, SessionName: "me"}
			list, err := creds.Exchanges(request, c.env)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range list {
				got = append(got, show(e))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// Only a role that long-term keys enter themselves is not chained, as far as is known.
func TestWhatIsEnteredDirectly(t *testing.T) {
	for profile, want := range map[string]bool{"plain": true, "plain-long": true, "mfa": false, "mfa-long": true,
		"from-session": false, "from-process": false, "mfa-from-process": false, "chained": false, "chained-mfa-first-long": false} {
		list, err := creds.Exchanges(creds.Request{Chain: chainOf(t, exchangeConfig, profile), SessionName: "me"}, never)
		if err != nil || list[len(list)-1].Direct != want {
			t.Errorf("%s: direct is not %v, %v", profile, want, err)
		}
	}
}

func TestExchangesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		profile  string
		duration time.Duration
		want     error
		text     string
	}{
		{"chained", 2 * time.Hour, &creds.DurationError{}, `"2h" is too long here: AWS limits a role entered from another session to 1h`},
		{"from-session", 90 * time.Minute, &creds.DurationError{}, `"1h30m" is too long here`},
		{"plain", 14 * time.Minute, &creds.DurationError{}, `"14m" is no length for a session: AWS gives 15m to 12h`},
		{"plain", 13 * time.Hour, &creds.DurationError{}, `"13h" is no length`},
		{"from-environment", 0, &creds.NoKeysError{}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"},
		{"from-instance", 0, &creds.UnsupportedError{}, `profile "from-instance" gets its credentials by credential_source = Ec2InstanceMetadata`},
		{"from-sso", 0, &creds.UnsupportedError{}, `profile "sso" gets its credentials by sso`},
	} {
		t.Run(c.profile+" "+c.duration.String(), func(t *testing.T) {
			_, err := creds.Exchanges(creds.Request{Chain: chainOf(t, exchangeConfig, c.profile), Duration: c.duration}, never)
			if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %T: %v", err, err)
			}
		})
	}
	var none *creds.NoKeysError
	if _, err := creds.Exchanges(creds.Request{Chain: profiles.Chain{Profile: "p"}}, never); !errors.As(err, &none) || none.Profile != "p" {
		t.Errorf("of an empty chain: %v", err)
	}
}

func TestSourceOf(t *testing.T) {
	for profile, want := range map[string]string{"plain": "keys", "mfa": "keys", "chained": "mfa", "from-environment": "Environment", "keys": ""} {
		if got := creds.SourceOf(chainOf(t, exchangeConfig, profile)); got != want {
			t.Errorf("%s: %q, want %q", profile, got, want)
		}
	}
}

func keysOf(t interface{ Fatal(...any) }, r creds.Request) []creds.Key {
	list, err := creds.Exchanges(r, never)
	if err != nil {
		t.Fatal(err)
	}
	var keys []creds.Key
	for _, e := range list {
		keys = append(keys, e.Key)
	}
	return keys
}

func TestSiblingsShareTheSessionOfTheirSource(t *testing.T) {
	one := keysOf(t, creds.Request{Chain: chainOf(t, exchangeConfig, "mfa"), SessionName: "me"})
	other := keysOf(t, creds.Request{Chain: chainOf(t, exchangeConfig, "mfa-sibling"), SessionName: "me"})
	if one[1] != other[1] {
		t.Error("the GetSessionToken session is not shared")
	}
	if one[2] == other[2] {
		t.Error("two roles share a key")
	}
}

// anyRequest is a chain of keys and one to three roles.
func anyRequest(t *rapid.T) creds.Request {
	word := rapid.StringMatching(`[a-c]{1,3}`)
	text := func(label string) profiles.Value { return profiles.Value{Text: word.Draw(t, label)} }
	r := creds.Request{SessionName: word.Draw(t, "session name"), Endpoint: creds.Endpoint{URL: word.Draw(t, "url")}}
	r.Chain.Steps = []profiles.Step{{Kind: profiles.Static, AccessKeyID: text("id"), SecretAccessKey: profiles.NewSecret("s"),
		SessionToken: profiles.NewSecret(rapid.StringMatching(`[a-c]{0,2}`).Draw(t, "token"))}}
	for range rapid.IntRange(1, 3).Draw(t, "roles") {
		r.Chain.Steps = append(r.Chain.Steps, profiles.Step{Kind: profiles.AssumeRole, RoleARN: text("role"), ExternalID: text("external"),
			SourceIdentity: text("source identity"), Policy: word.Draw(t, "policy"), PolicyARNs: []string{word.Draw(t, "ARN"), word.Draw(t, "ARN")},
			SessionTags: profiles.Value{Text: "Team=core,other=o"}, TransitiveSessionTags: profiles.Value{Text: "team"},
			MFASerial: profiles.Value{Text: rapid.StringMatching(`[a-c]{0,2}`).Draw(t, "mfa")},
			Duration:  time.Duration(rapid.IntRange(900, 3600).Draw(t, "seconds")) * time.Second})
	}
	return r
}

func clone(r creds.Request) creds.Request {
	r.Chain.Steps = slices.Clone(r.Chain.Steps)
	for i := range r.Chain.Steps {
		r.Chain.Steps[i].PolicyARNs = slices.Clone(r.Chain.Steps[i].PolicyARNs)
	}
	return r
}

func TestWhateverShapesTheRequestIsInTheKey(t *testing.T) {
	changes := map[string]func(r *creds.Request, step int){
		"access key": func(r *creds.Request, _ int) { r.Chain.Steps[0].AccessKeyID.Text += "x" },
		"token": func(r *creds.Request, _ int) {
			r.Chain.Steps[0].SessionToken = profiles.NewSecret(r.Chain.Steps[0].SessionToken.Reveal() + "x")
		},
		"endpoint":        func(r *creds.Request, _ int) { r.Endpoint.URL += "x" },
		"session name":    func(r *creds.Request, _ int) { r.SessionName += "x" },
		"role":            func(r *creds.Request, i int) { r.Chain.Steps[i].RoleARN.Text += "x" },
		"external ID":     func(r *creds.Request, i int) { r.Chain.Steps[i].ExternalID.Text += "x" },
		"own name":        func(r *creds.Request, i int) { r.Chain.Steps[i].RoleSessionName.Text = r.SessionName + "x" },
		"source identity": func(r *creds.Request, i int) { r.Chain.Steps[i].SourceIdentity.Text += "x" },
		"policy":          func(r *creds.Request, i int) { r.Chain.Steps[i].Policy += "x" },
		"policy ARN":      func(r *creds.Request, i int) { r.Chain.Steps[i].PolicyARNs = append(r.Chain.Steps[i].PolicyARNs, "x") },
		"policy as ARN": func(r *creds.Request, i int) {
			r.Chain.Steps[i].Policy, r.Chain.Steps[i].PolicyARNs = "", []string{"x" + r.Chain.Steps[i].Policy}
		},
		"tag":                   func(r *creds.Request, i int) { r.Chain.Steps[i].SessionTags.Text = "new=tag" },
		"tag that is asked for": func(r *creds.Request, i int) { r.Chain.Steps[i].MoreTags = []profiles.Tag{{Key: "Team", Value: "new"}} },
		"tag passed on":         func(r *creds.Request, i int) { r.Chain.Steps[i].TransitiveSessionTags.Text = "other" },
		"duration":              func(r *creds.Request, i int) { r.Chain.Steps[i].Duration -= time.Second },
		"no device":             func(r *creds.Request, _ int) { toggleDevice(&r.Chain.Steps[1]) },
		"asked for": func(r *creds.Request, _ int) {
			r.Duration = 901 * time.Second
			r.Chain.Steps[len(r.Chain.Steps)-1].Duration = 900 * time.Second
		},
		"one step less": func(r *creds.Request, _ int) { r.Chain.Steps = r.Chain.Steps[:len(r.Chain.Steps)-1] },
	}
	rapid.Check(t, func(t *rapid.T) {
		r := anyRequest(t)
		before := keysOf(t, r)
		if fmt.Sprint(keysOf(t, clone(r))) != fmt.Sprint(before) {
			t.Fatal("the same request has another key")
		}
		same := clone(r)
		same.Agent, same.Production, same.Endpoint.Region, same.Chain.Region.Text = "terraform", true, "eu-west-1", "eu-west-1"
		same.Chain.Steps[len(same.Chain.Steps)-1].Profile = "called otherwise"
		last := &same.Chain.Steps[len(same.Chain.Steps)-1]
		last.SessionTags.Text = "other=o, Team=core" // in another order
		slices.Reverse(last.PolicyARNs)
		if k := keysOf(t, same); k[len(k)-1] != before[len(before)-1] {
			t.Fatal("what AWS is not told changes the key")
		}
		name := rapid.SampledFrom([]string{"access key", "token", "endpoint", "session name", "role", "external ID", "own name",
			"source identity", "policy", "policy ARN", "policy as ARN", "tag", "tag that is asked for", "tag passed on", "duration", "no device", "asked for", "one step less"}).Draw(t, "change")
		changed := clone(r)
		changes[name](&changed, rapid.IntRange(1, len(r.Chain.Steps)-1).Draw(t, "step"))
		if name == "asked for" {
			r.Chain.Steps[len(r.Chain.Steps)-1].Duration = 900 * time.Second
			before = keysOf(t, r)
		}
		after := keysOf(t, changed)
		if after[len(after)-1] == before[len(before)-1] {
			t.Fatalf("%s changed and the key did not", name)
		}
	})
}

func toggleDevice(s *profiles.Step) {
	if s.MFASerial.Text == "" {
		s.MFASerial.Text = "device"
	} else {
		s.MFASerial.Text = ""
	}
}

func TestProcessesAreToldApartByTheirCommand(t *testing.T) {
	request := func(profile, command string) creds.Request {
		return creds.Request{Chain: profiles.Chain{Steps: []profiles.Step{
			{Kind: profiles.Process, Profile: profile, Command: profiles.Value{Text: command}}, {Kind: profiles.AssumeRole}}}}
	}
	one := keysOf(t, request("p", "a"))[1]
	if one == keysOf(t, request("p", "b"))[1] || one == keysOf(t, request("q", "a"))[1] || one != keysOf(t, request("p", "a"))[1] {
		t.Error("the keys do not follow the command")
	}
}
