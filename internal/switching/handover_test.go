package switching_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

func session(r roles.Role, region string) switching.Session {
	return switching.Session{Role: r, Region: region, Credentials: creds.Credentials{AccessKeyID: "ASIAEXAMPLE",
		SecretAccessKey: profiles.NewSecret("secret"), SessionToken: profiles.NewSecret("token"), Expires: noon.Add(time.Hour)}}
}

func named(profile string, env roles.Env) roles.Role {
	r := roles.FromARN("arn:aws:iam::123456789012:role/team/UpdateApp")
	r.Profile, r.Env = profile, env
	return r
}

var cet = time.FixedZone("CET", 3600)

func TestTheVariablesOfARole(t *testing.T) {
	for _, c := range []struct {
		name    string
		session switching.Session
		want    string
	}{
		{"with a region", session(named("prod-update", roles.Production), "eu-west-1"),
			`AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN=token AWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z ` +
				`AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 CAMEO_ROLE=prod-update CAMEO_ENV=prod CAMEO_EXPIRES=2026-11-22T13:00:00Z CAMEO_PROMPT=[!!PROD prod-update/UpdateApp till 14:00] CAMEO_ROLE_ARN=arn:aws:iam::123456789012:role/team/UpdateApp`},
		{"without one", session(named("", roles.Unknown), ""),
			`AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN=token AWS_CREDENTIAL_EXPIRATION=2026-11-22T13:00:00Z ` +
				`CAMEO_ROLE=123456789012/team/UpdateApp CAMEO_ENV= CAMEO_EXPIRES=2026-11-22T13:00:00Z CAMEO_PROMPT=[123456789012/UpdateApp till 14:00]`},
		{"long-term keys", switching.Session{Role: roles.Role{Profile: "david"}, Credentials: creds.Credentials{AccessKeyID: "AKIA", SecretAccessKey: profiles.NewSecret("s")}},
			`AWS_ACCESS_KEY_ID=AKIA AWS_SECRET_ACCESS_KEY=s CAMEO_ROLE=david CAMEO_ENV= CAMEO_EXPIRES= CAMEO_PROMPT=[david]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, v := range c.session.Variables(switching.ByKeys, cet) {
				got = append(got, v.Name+"="+v.Value)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, " "), c.want)
			}
		})
	}
}

func TestOutsideThePartitionAWSTheRoleIsItsARN(t *testing.T) {
	arn := "arn:aws-cn:iam::123456789012:role/R"
	if got := roles.FromARN(arn).ID(); got != arn {
		t.Errorf("got %q", got)
	}
}

func TestPromptsNameTheEnvironment(t *testing.T) {
	for env, want := range map[roles.Env]string{roles.Production: "[!!PROD x/UpdateApp till 14:00]", roles.Staging: "[STG x/UpdateApp till 14:00]",
		roles.Dev: "[DEV x/UpdateApp till 14:00]", roles.Sandbox: "[SBX x/UpdateApp till 14:00]", roles.Unknown: "[x/UpdateApp till 14:00]"} {
		if got := session(named("x", env), "").Prompt(cet); got != want {
			t.Errorf("%q: %q", env, got)
		}
	}
}

func TestWelcome(t *testing.T) {
	for _, c := range []struct {
		session switching.Session
		now     time.Time
		want    string
	}{
		{session(named("prod-update", roles.Production), ""), noon, "you are now PRODUCTION prod-update (UpdateApp in 123456789012) until 14:00, in 1h. To leave: cameo exit"},
		{session(named("", roles.Dev), ""), noon.Add(59 * time.Minute), "you are now 123456789012/UpdateApp until 14:00, in 1m. To leave: cameo exit"},
	} {
		if got := c.session.Welcome(c.now, cet, "cameo exit"); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestHostileNamesAreInert(t *testing.T) {
	for _, evil := range []string{"\x1b]0;pwned\a", "a\nb", "\u202egnp", "\x9b31m", "\xff", "\x00"} {
		r := named("p"+evil, roles.Production)
		r.Name = evil
		s := session(r, "")
		for what, text := range map[string]string{"prompt": s.Prompt(cet), "welcome": s.Welcome(noon, cet, "cameo exit")} {
			if text != profiles.Inert(text) {
				t.Errorf("%s of %q: %q", what, evil, text)
			}
		}
		for _, err := range []error{&switching.NoRoleError{Profile: evil}, &switching.HomeUnknownError{Role: evil}, &switching.NoHomeError{Role: evil},
			&switching.GuardError{Role: r}, &switching.GuardError{Role: r, Given: evil}, &switching.SessionNameError{Name: evil},
			&switching.SourceError{Said: "home", Profile: evil, Err: fmt.Errorf("why")}} {
			if text := err.Error(); text != profiles.Inert(text) {
				t.Errorf("%T of %q: %q", err, evil, text)
			}
		}
	}
}
