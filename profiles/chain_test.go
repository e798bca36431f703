package profiles_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cameo/profiles"
)

const keys = "aws_access_key_id = AKID\naws_secret_access_key = SECRET\n"

// steps is the kinds of a chain with their profiles: "static:base assume_role:dev".
func steps(c profiles.Chain) string {
	var all []string
	for _, s := range c.Steps {
		all = append(all, string(s.Kind)+":"+s.Profile)
	}
	return strings.Join(all, " ")
}

func TestChain(t *testing.T) {
	for _, c := range []struct {
		name                string
		config, credentials string
		profile             string // "a" where empty
		want                string // steps
		code, message, try  string // message: a part of it
		line                int
	}{
		{name: "role_arn beats keys of the profile asked for", config: "[profile a]\nrole_arn = r\nsource_profile = b\n" + keys + "[profile b]\n" + keys, want: "static:b assume_role:a"},
		{name: "keys beat the role of a source", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = c\n" + keys, want: "static:b assume_role:a"},
		{name: "a profile may be its own source when it has keys", config: "[profile a]\nrole_arn = r\nsource_profile = a\n" + keys, want: "static:a assume_role:a"},
		{name: "a profile without keys cannot be its own source", config: "[profile a]\nrole_arn = r\nsource_profile = a\n", code: "loop", line: 3, message: `profile "a" (/h/.aws/config:3): role chain loops: a -> a`},
		{name: "a loop of two", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n", code: "loop", line: 6, message: "role chain loops: a -> b -> a"},
		{name: "a loop behind the profile asked for", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = c\n[profile c]\nrole_arn = r\nsource_profile = b\n", code: "loop", line: 9, message: `profile "c" (/h/.aws/config:9): role chain loops: b -> c -> b`},
		{name: "an unknown profile", config: "[profile prod]\n", profile: "prdo", code: "profile_not_found", message: `profile "prdo": is neither in /h/.aws/config nor in /h/.aws/credentials: did you mean "prod"?`, try: "cameo profiles"},
		{name: "an unknown source names the nearest", config: "[profile a]\nrole_arn = r\nsource_profile = wrk\n[profile work]\n", code: "source_profile_not_found", line: 3, message: `profile "a" (/h/.aws/config:3): source_profile "wrk" does not exist: did you mean "work"?`, try: "cameo profiles"},
		{name: "names that are no plain words are not put into commands", config: "[profile 'a b']\nrole_arn = r\nsource_profile = wrk\n[profile work]\n", profile: "a b", code: "source_profile_not_found", line: 3, message: `profile "a b"`, try: "cameo profiles"},
		{name: "hostile names are inert", config: "[profile a]\nrole_arn = r\nsource_profile = x\x1b[2J\u202ey\n", code: "source_profile_not_found", line: 3, message: `source_profile "x\x1b[2J\u202ey" does not exist`, try: "cameo profiles"},
		{name: "role_arn without a source", config: "[profile a]\nrole_arn = r\n", code: "missing_source", line: 2, message: "role_arn needs a source_profile or a credential_source"},
		{name: "an empty source is none", config: "[profile a]\nrole_arn = r\nsource_profile =\n", code: "missing_source", line: 2, message: "needs a source_profile"},
		{name: "two sources", config: "[profile a]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n", code: "source_conflict", line: 4, message: "has source_profile (line 3) and credential_source"},
		{name: "the profile's own rules come before its source's", config: "[profile a]\nrole_arn = r\nsource_profile = nope\ncredential_source = Environment\n", code: "source_conflict", line: 4, message: "keep one"},
		{name: "an empty role_arn never means the keys beside it", config: "[profile a]\nrole_arn =\n" + keys, code: "missing_role_arn", line: 2, message: "role_arn has no value"},
		{name: "credential_source is spelt exactly", config: "[profile a]\nrole_arn = r\ncredential_source = ec2instancemetadata\n", code: "invalid_credential_source", line: 3, message: `did you mean "Ec2InstanceMetadata"?`},
		{name: "a credential_source", config: "[profile a]\nrole_arn = r\ncredential_source = EcsContainer\n", want: "credential_source:a assume_role:a"},
		{name: "a web identity is a base even with a source", config: "[profile a]\nrole_arn = r\nweb_identity_token_file = /t\nsource_profile = nope\n", want: "web_identity:a"},
		{name: "a web identity without a role", config: "[profile a]\nweb_identity_token_file = /t\n", code: "missing_role_arn", line: 2, message: "needs a role_arn"},
		{name: "a web identity as a source", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nweb_identity_token_file = /t\n", want: "web_identity:b assume_role:a"},
		{name: "web identity comes before SSO", config: "[profile a]\nrole_arn = r\nweb_identity_token_file = /t\nsso_account_id = 1\n", want: "web_identity:a"},
		{name: "SSO comes before keys", config: "[profile a]\nsso_account_id = 1\nsso_role_name = r\nsso_region = x\nsso_start_url = u\n", credentials: "[a]\n" + keys, want: "sso:a"},
		{name: "keys of the credentials file come before login", config: "[profile a]\nlogin_session = s\n", credentials: "[a]\n" + keys, want: "static:a"},
		{name: "login comes before a process", config: "[profile a]\nlogin_session = s\ncredential_process = p\n", want: "login:a"},
		{name: "a process comes before keys of the config file", config: "[profile a]\ncredential_process = p\n" + keys, want: "process:a"},
		{name: "a secret without a key ID", config: "[profile a]\naws_secret_access_key = s\n", code: "partial_static", line: 2, message: "needs an aws_access_key_id"},
		{name: "half a key in a source fails although it has a role", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\naws_access_key_id = k\nrole_arn = r\nsource_profile = c\n[profile c]\n" + keys, code: "partial_static", line: 5, message: `profile "b"`},
		{name: "nothing", config: "[profile a]\nregion = x\n", code: "no_credentials", line: 1, message: "has neither credentials nor a role"},
		{name: "nothing in a source", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\n", code: "no_credentials", line: 4, message: `profile "a" needs credentials from it`},
		{name: "a source without a role", config: "[profile a]\nsource_profile = b\n", code: "no_credentials", line: 2, message: "no role_arn"},
		{name: "an SSO session", config: "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = x\nsso_start_url = u\n", want: "sso:a"},
		{name: "an SSO session with equal values beside it", config: "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nsso_region = x\n[sso-session s]\nsso_region = x\nsso_start_url = u\n", want: "sso:a"},
		{name: "an SSO session with other values beside it", config: "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nsso_region = y\n[sso-session s]\nsso_region = x\nsso_start_url = u\n", code: "invalid_sso", line: 5, message: `differs from sso-session "s" (/h/.aws/config:6)`},
		{name: "an SSO session without account and role is a token", config: "[profile a]\nsso_session = s\n[sso-session s]\nsso_region = x\nsso_start_url = u\n", want: "sso_token:a"},
		{name: "a token's session does not hide keys", config: "[profile a]\nsso_session = s\n" + keys, want: "static:a"},
		{name: "an unknown SSO session", config: "[profile a]\nsso_session = crop\nsso_account_id = 1\nsso_role_name = r\n[sso-session corp]\n", code: "sso_session_not_found", line: 2, message: `sso_session "crop" does not exist: did you mean "corp"?`},
		{name: "an SSO session without its region", config: "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_start_url = u\n", code: "invalid_sso", line: 5, message: `sso-session "s" has no sso_region`},
		{name: "SSO without an account", config: "[profile a]\nsso_role_name = r\nsso_region = x\nsso_start_url = u\n", code: "invalid_sso", line: 1, message: "no sso_account_id"},
		{name: "SSO with a start URL alone", config: "[profile a]\nsso_start_url = u\n", code: "invalid_sso", line: 2, message: "needs sso_account_id"},
		{name: "a malformed line spoils its profile", config: "[profile a]\njunk\n" + keys + "[profile b]\n" + keys, code: "parse", line: 2, message: `profile "a" needs a line that cannot be read: line "junk" (/h/.aws/config:2): has no "="`},
		{name: "a malformed line spoils no other profile", config: "x = 1\n[profile a]\njunk\n[profile b]\n" + keys + "[profile c\nregion = y\n", profile: "b", want: "static:b"},
		{name: "a malformed line in a source spoils the chain", config: "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\n" + keys, credentials: "[b]\njunk\n", code: "parse", line: 2, message: `(/h/.aws/credentials:2)`},
		{name: "a malformed line in the SSO session spoils the chain", config: "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = x\nsso_start_url = u\njunk\n", code: "parse", line: 8, message: "junk"},
		{name: "a malformed line in the services spoils the chain", config: "[profile a]\nservices = s\n" + keys + "[services s]\nsts =\n  endpoint_url\n", code: "parse", line: 7, message: "nested block"},
		{name: "a header that is not closed spoils the profile that it means", config: "[profile a\n" + keys, code: "parse", line: 1, message: `has no "]"`},
		{name: "a second header that is not closed spoils the profile too", config: "[profile a]\n" + keys + "[profile a\nregion = x\n", code: "parse", line: 4, message: `has no "]"`},
		{name: "a header with text behind it spoils the profile that it means", credentials: "[a] x\n" + keys, code: "parse", line: 1, message: `after the "]"`},
		{name: "a file in UTF-16 spoils everything", config: "[profile a]\n" + keys, credentials: "\xff\xfe[\x00", code: "parse", line: 1, message: "/h/.aws/credentials: is UTF-16: convert with iconv -f UTF-16 -t UTF-8"},
		{name: "both default sections", config: "[default]\ncredential_process = p\n[profile default]\n" + keys, profile: "default", want: "static:default"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.profile == "" {
				c.profile = "a"
			}
			chain, err := parse(c.config, c.credentials).Chain(c.profile)
			if c.code == "" {
				if err != nil || steps(chain) != c.want {
					t.Fatalf("got %q, %v; want %q", steps(chain), err, c.want)
				}
				return
			}
			if err == nil {
				t.Fatalf("got %q, want %s", steps(chain), c.code)
			}
			described := err.(interface {
				Code() string
				Where() profiles.Position
			})
			if described.Code() != c.code || described.Where().Line != c.line || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %s at line %d: %v", described.Code(), described.Where().Line, err)
			}
			if strings.Contains(err.Error(), "\n") || err.Error() != profiles.Inert(err.Error()) {
				t.Errorf("not one inert line: %q", err)
			}
			try := ""
			if helpful, ok := err.(interface{ Try() string }); ok {
				try = helpful.Try()
			}
			if try != c.try {
				t.Errorf("try %q, want %q", try, c.try)
			}
		})
	}
}

func TestChainKnowsWhatTheProfileSays(t *testing.T) {
	set := parse(`[profile a]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = b
role_session_name = alice
external_id = ext
mfa_serial = serial
duration_seconds = 1800
region = eu-west-1
sts_regional_endpoints = legacy
[profile b]
region = us-east-1
`, "[b]\n"+keys+"aws_security_token = T\naws_account_id = 111122223333\n")
	chain, err := set.Chain("a")
	if err != nil {
		t.Fatal(err)
	}
	base, role := chain.Steps[0], chain.Steps[1]
	if base.AccessKeyID.Text != "AKID" || base.SecretAccessKey.Reveal() != "SECRET" || base.SessionToken.Reveal() != "T" || base.AccountID.Text != "111122223333" {
		t.Errorf("got base %+v", base)
	}
	if role.RoleARN.Text != "arn:aws:iam::111122223333:role/A" || role.RoleARN.Line != 2 || role.RoleSessionName.Text != "alice" ||
		role.ExternalID.Text != "ext" || role.MFASerial.Text != "serial" || role.Duration != 30*time.Minute || role.DurationAt.Line != 7 {
		t.Errorf("got role %+v", role)
	}
	if chain.Profile != "a" || chain.Region.Text != "eu-west-1" || chain.STSRegionalEndpoints.Text != "legacy" || chain.EndpointURL.Text != "" {
		t.Errorf("got chain %+v", chain)
	}
}

func TestTheCommandForACodeIsTheRolesOwnOrItsSigners(t *testing.T) {
	set := parse(`[profile own]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = base
mfa_process = own-command
[profile inherits]
role_arn = arn:aws:iam::111122223333:role/B
source_profile = base
[profile base]
mfa_process = base-command --account "a b"
[profile other]
mfa_process = other-command
`, "[base]\n"+keys+"[other]\n"+keys)
	for profile, want := range map[string]string{"own": "own-command", "inherits": `base-command --account "a b"`} {
		chain, err := set.Chain(profile)
		if err != nil {
			t.Fatal(err)
		}
		if got := chain.Steps[1].MFAProcess; got.Text != want || got.Line == 0 {
			t.Errorf("%s: %+v", profile, got)
		}
	}
	signer, err := set.SourceChain("other")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := set.ChainFrom(signer, "inherits")
	if err != nil || chain.Steps[1].MFAProcess.Text != "other-command" {
		t.Errorf("signed by another: %+v, %v", chain.Steps[1].MFAProcess, err)
	}
}

func TestEndpointOfSTS(t *testing.T) {
	services := "[services s]\ns3 =\n  endpoint_url = http://s3\nsts =\n  endpoint_url = http://sts # local\n"
	for _, c := range []struct {
		name, config, want string
		line, warnings     int
	}{
		{"of the profile", "endpoint_url = http://all\n", "http://all", 4, 0},
		{"of its services section", "endpoint_url = http://all\nservices = s\n" + services, "http://sts", 10, 0},
		{"of the profile where services has none", "endpoint_url = http://all\nservices = s\n[services s]\ns3 =\n  endpoint_url = http://s3\n", "http://all", 4, 0},
		{"of the profile where there is no such services section", "endpoint_url = http://all\nservices = nope\n", "http://all", 4, 1},
		{"none where the profile ignores them", "ignore_configured_endpoint_urls = true\nendpoint_url = http://all\nservices = s\n" + services, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain, err := parse("[profile a]\n"+keys+c.config, "").Chain("a")
			if err != nil {
				t.Fatal(err)
			}
			if chain.EndpointURL.Text != c.want || chain.EndpointURL.Line != c.line || len(chain.Warnings) != c.warnings {
				t.Errorf("got %q of line %d, warnings %v", chain.EndpointURL.Text, chain.EndpointURL.Line, chain.Warnings)
			}
		})
	}
}

func TestEndpointOfTheSignIn(t *testing.T) {
	services := "services = s\n[services s]\nsts =\n  endpoint_url = http://sts\n"
	for config, want := range map[string]string{
		"":                                       "",
		"endpoint_url = http://all\n":            "http://all",
		"endpoint_url = http://all\n" + services: "http://all",
		"endpoint_url = http://all\n" + services + "signin =\n  endpoint_url = http://in\n":              "http://in",
		"ignore_configured_endpoint_urls = true\n" + services + "signin =\n  endpoint_url = http://in\n": "",
	} {
		chain, err := parse("[profile a]\n"+keys+config, "").Chain("a")
		if err != nil || chain.SigninURL.Text != want {
			t.Errorf("%q: got %q, %v", config, chain.SigninURL.Text, err)
		}
	}
}

// ring is a config file in which n roles are each other's source.
func ring(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[profile p%d]\nrole_arn = r\nsource_profile = p%d\n", i, (i+1)%n)
	}
	return b.String()
}

func TestALoopIsNamed(t *testing.T) {
	for _, n := range []int{2, 3, profiles.MostRoles} {
		_, err := parse(ring(n), "").Chain("p0")
		var loop *profiles.ChainError
		if !errors.As(err, &loop) || loop.Kind != profiles.CodeLoop || len(loop.Path) != n+1 || loop.Path[0] != "p0" || loop.Path[n] != "p0" {
			t.Fatalf("%d: %v", n, err)
		}
		if loop.At.Line != 3*n {
			t.Errorf("%d: at line %d", n, loop.At.Line)
		}
		if len(err.Error()) > 300 {
			t.Errorf("%d: the message has %d bytes", n, len(err.Error()))
		}
	}
}

func TestAChainHasALimit(t *testing.T) {
	text := func(roles int) string {
		var b strings.Builder
		for i := range roles {
			fmt.Fprintf(&b, "[profile p%d]\nrole_arn = r\nsource_profile = p%d\n", i, i+1)
		}
		fmt.Fprintf(&b, "[profile p%d]\n%s", roles, keys)
		return b.String()
	}
	if c, err := parse(text(profiles.MostRoles), "").Chain("p0"); err != nil || len(c.Steps) != profiles.MostRoles+1 {
		t.Errorf("%d steps, %v", len(c.Steps), err)
	}
	_, err := parse(text(profiles.MostRoles+1), "").Chain("p0")
	var long *profiles.ChainError
	if !errors.As(err, &long) || long.Kind != profiles.CodeLoop || !strings.Contains(err.Error(), "more than 100 roles") || len(err.Error()) > 300 {
		t.Errorf("got %v", err)
	}
	// Where each of many is the source of the next, and where they are a ring, no chain is walked for long.
	for _, many := range []string{text(3000), ring(3000)} {
		set := parse(many, "")
		for i := range 3000 {
			if _, err := set.Chain(fmt.Sprint("p", i)); err == nil && i < 3000-profiles.MostRoles {
				t.Fatalf("p%d has a chain", i)
			}
		}
	}
}

func TestASetServesManyAtOnce(t *testing.T) {
	set := parse(manyProfiles(200), "")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 40 {
				if _, err := set.Chain(fmt.Sprintf("account-%06d", i*20+j)); err != nil {
					t.Error(err)
				}
			}
			if len(set.Names()) != 201 || len(set.Profiles()) != 201 {
				t.Error("profiles are missing")
			}
		})
	}
	wait.Wait()
}

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		text           string
		want           time.Duration
		said, warn, ok bool
	}{
		{"900", 900 * time.Second, true, false, true},
		{"43200", 43200 * time.Second, true, false, true},
		{"899", 899 * time.Second, true, false, false},
		{"43201", 43201 * time.Second, true, false, false},
		{"-1", -time.Second, true, false, false},
		{"0", 0, true, false, false},
		{"99999999999999999999", 9223372036 * time.Second, true, false, false},
		{"garbage value", 0, false, true, true},
		{"1h", 0, false, true, true},
		{"", 0, false, false, true},
	} {
		t.Run(c.text, func(t *testing.T) {
			set := parse("[profile a]\nrole_arn = arn:aws:iam::111122223333:role/A\nsource_profile = b\nduration_seconds = "+c.text+"\n[profile b]\n"+keys, "")
			chain, err := set.Chain("a")
			if err != nil {
				t.Fatal(err)
			}
			if role := chain.Steps[1]; role.Duration != c.want || (role.DurationAt.Line == 4) != c.said {
				t.Errorf("got %v at %v", role.Duration, role.DurationAt)
			}
			if (len(chain.Warnings) == 1 && chain.Warnings[0].Line == 4) != c.warn {
				t.Errorf("warnings %v", chain.Warnings)
			}
			err = chain.Check()
			if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "(/h/.aws/config:4)") {
				t.Errorf("check: %v", err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/A"
	for _, c := range []struct{ name, role, more, key, why string }{
		{"a good role", role, "mfa_serial = arn:aws:iam::111122223333:mfa/alice\nexternal_id = a:b/c\nrole_session_name = alice@x\nregion = eu-west-1\n", "", ""},
		{"a hardware token", role, "mfa_serial = GAHT12345678\n", "", ""},
		{"a role in China", "arn:aws-cn:iam::111122223333:role/A", "region = cn-north-1\n", "", ""},
		{"a region of the user's own", role, "region = local\n", "", ""},
		{"11 digits", "arn:aws:iam::11112222333:role/A", "", "role_arn", "the account has 11 digits, not 12"},
		{"a user", "arn:aws:iam::111122223333:user/A", "", "role_arn", `it names "user/...", not role/NAME`},
		{"white space", "arn:aws:iam::111122223333:role/A B", "", "role_arn", "there is white space in it"},
		{"the partition of another region", role, "region = cn-north-1\n", "role_arn", "the partition is aws, and the profile's region cn-north-1 is in aws-cn"},
		{"the commercial region of a role in China", "arn:aws-cn:iam::111122223333:role/A", "region = eu-west-1\n", "role_arn", "the profile's region eu-west-1 is in aws"},
		{"a user as a device", role, "mfa_serial = arn:aws:iam::111122223333:user/x/alice\n", "mfa_serial", "the device may be arn:aws:iam::111122223333:mfa/alice"},
		{"a device of 11 digits", role, "mfa_serial = arn:aws:iam::11112222333:mfa/alice\n", "mfa_serial", "11 digits"},
		{"a security key", role, "mfa_serial = arn:aws:iam::111122223333:u2f/user/alice/key-1\n", "mfa_serial", "it is a security key (FIDO)"},
		{"a session name with a space", role, "role_session_name = a b\n", "role_session_name", `character 2 is " ": AWS takes letters, digits and _+=,.@-`},
		{"a session name of 65 characters", role, "role_session_name = " + strings.Repeat("a", 65) + "\n", "role_session_name", "it has 65 characters: AWS takes 2 to 64"},
		{"a session name that is not ASCII", role, "role_session_name = jürgen\n", "role_session_name", `character 2 is "ü"`},
		{"an external ID with a space", role, "external_id = a b\n", "external_id", `character 2 is " "`},
		{"an external ID of one character", role, "external_id = a\n", "external_id", "it has one character: AWS takes 2 to 1224"},
		{"a device with a character of its own", role, "mfa_serial = GAHT;1234567\n", "mfa_serial", `character 5 is ";"`},
		{"a source identity", role, "source_identity = jon@example\n", "", ""},
		{"a source identity with a slash", role, "source_identity = team/jon\n", "source_identity", `character 5 is "/"`},
		{"a source identity of AWS's", role, "source_identity = aws:jon\n", "source_identity", `begins with "aws:"`},
		{"tags", role, "session_tags = Team = core ,Cost Centre=a=b,Leer=\ntransitive_session_tags = team\n", "", ""},
		{"a tag without a value", role, "session_tags = Team=core,Project\n", "session_tags", `"Project" is no tag: write KEY=VALUE`},
		{"a tag without a key", role, "session_tags = =x\n", "session_tags", `the key "": it is empty`},
		{"a comma at the end", role, "session_tags = a=b,\n", "session_tags", `"" is no tag`},
		{"a tag twice", role, "session_tags = Team=a,TEAM=b\n", "session_tags", `the key "TEAM" is there twice`},
		{"a tag of AWS's", role, "session_tags = AWS:x=b\n", "session_tags", `begins with "aws:"`},
		{"a tag's value with a semicolon", role, "session_tags = a=b,Team=x;y\n", "session_tags", `the value of "Team": character 2 is ";": AWS takes letters, digits, spaces and _.:/=+-@`},
		{"51 tags", role, "session_tags = " + manyTags(51) + "\n", "session_tags", "there are 51 tags: AWS takes 50"},
		{"50 tags", role, "session_tags = " + manyTags(50) + "\n", "", ""},
		{"a key of 129 characters", role, "session_tags = " + strings.Repeat("k", 129) + "=v\n", "session_tags", "it has 129 characters: AWS takes 1 to 128"},
		{"a value of 257 characters", role, "session_tags = k=" + strings.Repeat("v", 257) + "\n", "session_tags", "it has 257 characters: AWS takes 0 to 256"},
		{"a key to pass on that no tag has", role, "session_tags = a=b\ntransitive_session_tags = a, c\n", "transitive_session_tags", `there is no tag "c" to pass on`},
		{"a reason to pass on", role, "cameo_reason_tag = Reason\ntransitive_session_tags = reason\n", "", ""},
		{"a reason's key that is none", role, "cameo_reason_tag = a,b\n", "cameo_reason_tag", `character 2 is ","`},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain, err := parse("[profile a]\nsource_profile = b\nrole_arn = "+c.role+"\n"+c.more+"[profile b]\n"+keys, "").Chain("a")
			if err != nil {
				t.Fatal(err)
			}
			err = chain.Check()
			var value *profiles.ValueError
			switch {
			case c.key == "" && err != nil:
				t.Error(err)
			case c.key != "" && (!errors.As(err, &value) || value.Key != c.key || value.Where().Line < 3 || !strings.Contains(err.Error(), c.why)):
				t.Errorf("got %v", err)
			}
		})
	}
}

func manyTags(n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf("k%d=v", i)
	}
	return strings.Join(tags, ",")
}

func TestParseRoleARN(t *testing.T) {
	for arn, want := range map[string]profiles.RoleARN{
		"arn:aws:iam::111122223333:role/Admin":            {Partition: "aws", Account: "111122223333", Path: "/", Name: "Admin"},
		"arn:aws-us-gov:iam::111122223333:role/a/b/X@y.z": {Partition: "aws-us-gov", Account: "111122223333", Path: "/a/b/", Name: "X@y.z"},
	} {
		got, err := profiles.ParseRoleARN(arn)
		if err != nil || got != want || got.String() != arn {
			t.Errorf("%s: got %+v, %v", arn, got, err)
		}
	}
	for arn, field := range map[string]string{
		"":                                    "",
		"Admin":                               "",
		"arn:aws:iam::111122223333":           "",
		" arn:aws:iam::1:role/A":              "",
		"arn:asw:iam::1:role/A":               "partition",
		"arn:aws-:iam::1:role/A":              "partition",
		"arn:aws:sts::1:role/A":               "service",
		"arn:aws:iam:eu-x-1:1:role/A":         "region",
		"arn:aws:iam:::role/A":                "account",
		"arn:aws:iam::11112222333x:role/A":    "account",
		"arn:aws:iam::1111222233334:role/A":   "account",
		"arn:aws:iam::111122223333:role":      "resource",
		"arn:aws:iam::111122223333:role/":     "resource",
		"arn:aws:iam::111122223333:role/a//b": "resource",
		"arn:aws:iam::111122223333:role/a!":   "resource",
		"arn:aws:iam::111122223333:role/" + strings.Repeat("x", 65): "resource",
		"arn:aws:sts::111122223333:assumed-role/A/alice":            "service",
	} {
		_, err := profiles.ParseRoleARN(arn)
		var wrong *profiles.ARNError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: got %v", arn, err)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"dev", "staging", "work", "prod-admin", "prod", "Prod-Read", "w"}
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"wrk", []string{"work"}},
		{"prdo", []string{"prod"}},
		{"prod", []string{"prod", "Prod-Read"}},
		{"stagign", []string{"staging"}},
		{"admin", []string{"prod-admin"}},
		{"zzzz", nil},
		{"", nil},
	} {
		if got := profiles.Nearest(c.typed, names, 2); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"plain":            "plain",
		"Zürich 東京 🎉 a\\b": "Zürich 東京 🎉 a\\b",
		"\x1b]0;t\a":       `\x1b]0;t\x07`,
		"a\nb\r\tc":        `a\nb\r\tc`,
		"\x7f\u009b":       `\x7f\u009b`,
		"\u202ea\u2066\u200f\u200b\ufeff\u2028\u00ad": `\u202ea\u2066\u200f\u200b\ufeff\u2028\u00ad`,
		"\xff\xc3(":                       `\xff\xc3(`,
		"\U000e0041":                      `\U000e0041`,
		"a\u3164b":                        `a\u3164b`,
		"e\u0301":                         "e\u0301",
		"e" + strings.Repeat("\u0301", 6): "e" + strings.Repeat("\u0301", 4) + `\u0301\u0301`,
		"\ufffd":                          "\ufffd",
	} {
		if got := profiles.Inert(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
