package switching_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/sandbox"
	"cameo/internal/switching"
	"cameo/profiles"
)

func TestAPlanSaysWhatWouldHappen(t *testing.T) {
	s := newStage()
	p := s.plan(t, "prod-mfa", func(a *switching.Ask) { a.Region = "us-west-2" })
	if p.Source != "david" || p.Code == nil || p.Code.Device != "arn:aws:iam::111122223333:mfa/team/David.K" || p.Code.Source != "david" || p.Code.Serves != 12*time.Hour {
		t.Errorf("got %+v, code %+v", p, p.Code)
	}
	if want := (switching.SessionTerms{Name: "David.K", Duration: time.Hour, Region: "us-west-2"}); p.Session != want {
		t.Errorf("session %+v", p.Session)
	}
	p = s.plan(t, "prod")
	if want := (switching.SessionTerms{Name: "DOMAIN-j-rgen", Duration: time.Hour, Region: "eu-west-1"}); p.Session != want || p.Code != nil || !p.Ready.IsZero() {
		t.Errorf("session %+v", p.Session)
	}
	p = s.plan(t, "prod-mfa-long")
	if p.Session.Duration != 12*time.Hour || p.Code == nil || p.Code.Serves != 0 || p.Session.WhyNotLonger != "" {
		t.Errorf("of a long session: %+v, code %+v", p.Session, p.Code)
	}
	p = s.plan(t, "prod-far")
	if p.Session.Duration != time.Hour || p.Session.WhyNotLonger == "" || p.Source != "prod-mfa" || p.Code.Source != "david" {
		t.Errorf("of a chain: %+v, source %s, code %+v", p.Session, p.Source, p.Code)
	}
	if p = s.plan(t, "stg"); p.Session.Name != "written" || p.Session.Region != "" {
		t.Errorf("of the profile's own name: %+v", p.Session)
	}
	if p = s.plan(t, "stg", func(a *switching.Ask) { a.SessionName, a.Duration = "typed", 2*time.Hour }); p.Session.Name != "typed" || p.Session.Duration != 2*time.Hour {
		t.Errorf("of what was typed: %+v", p.Session)
	}
}

func TestSessionNamesAreOnesThatAWSTakes(t *testing.T) {
	for user, want := range map[string]string{
		"alice": "alice", "DOMAIN\\a b": "DOMAIN-a-b", "é": "cameo--", "": "cameo-", "x": "cameo-x",
		strings.Repeat("a", 70): strings.Repeat("a", 64), "a+b=c,d.e@f-g_h": "a+b=c,d.e@f-g_h",
	} {
		s := newStage(func(s *switching.Switcher) { s.OSUser = func() string { return user } })
		if got := s.plan(t, "prod").Session.Name; got != want {
			t.Errorf("%q: %q, want %q", user, got, want)
		}
	}
	s := newStage()
	for _, name := range []string{"a", "a b", "jürgen", strings.Repeat("a", 65), "a\nb"} {
		_, err := s.Plan(t.Context(), switching.Ask{Role: s.role(t, "prod"), SessionName: name})
		var wrong *switching.SessionNameError
		if !errors.As(err, &wrong) || err.Error() != profiles.Inert(err.Error()) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestWhoSigns(t *testing.T) {
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAHOME", "AWS_SECRET_ACCESS_KEY": "s"}
	for _, c := range []struct {
		name    string
		role    string
		home    switching.Home
		setting string
		typed   string
		env     map[string]string
		signs   string
		key     string // access key ID that the chain begins with
	}{
		{name: "the profile's own source", role: "prod", home: switching.Home{Profile: "work"}, setting: "work", signs: "david", key: "AKIAEXAMPLE"},
		{name: "home's profile", role: "nosource", home: switching.Home{Profile: "work"}, signs: "work", key: "AKIAWORK"},
		{name: "home's keys", role: "nosource", home: switching.Home{Keys: true}, env: keys, signs: "home"},
		{name: "the setting before home", role: "nosource", home: switching.Home{Profile: "work"}, setting: "david", signs: "david", key: "AKIAEXAMPLE"},
		{name: "the setting where home is unknown", role: "nosource", home: switching.Home{Unknown: true}, setting: "david", signs: "david", key: "AKIAEXAMPLE"},
		{name: "--source before all", role: "prod", home: switching.Home{Keys: true}, setting: "david", typed: "work", signs: "work", key: "AKIAWORK"},
		{name: "credential_source", role: "env", env: keys, signs: "Environment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(func(s *switching.Switcher) {
				s.Home = func() switching.Home { return c.home }
				s.Settings.Source, s.Env = c.setting, environment(c.env)
				s.Broker.Env = s.Env
			})
			p := s.plan(t, c.role, func(a *switching.Ask) { a.Source = c.typed })
			if p.Source != c.signs || p.Chain.Steps[0].AccessKeyID.Text != c.key || len(p.Chain.Steps) != 2 {
				t.Errorf("signed by %s, chain %+v", p.Source, p.Chain.Steps)
			}
		})
	}
}

func TestOnTopOfARoleItsKeysSign(t *testing.T) {
	s := newStage(func(s *switching.Switcher) {
		s.Env = environment(map[string]string{"AWS_ACCESS_KEY_ID": "ASIAROLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"})
		s.Broker.Env = s.Env
	})
	p := s.plan(t, "prod-mfa-long", func(a *switching.Ask) { a.OnTopOf = "stg" })
	if p.Source != "stg" || p.Session.Duration != time.Hour || p.Session.WhyNotLonger == "" {
		t.Errorf("got source %s, session %+v", p.Source, p.Session)
	}
}

func TestWhereNobodyCanSign(t *testing.T) {
	type coder interface{ Code() string }
	for _, c := range []struct {
		name    string
		role    string
		home    switching.Home
		setting string
		typed   string
		want    error
		code    string // of the error; "": none
		says    string
	}{
		{"nobody is home", "nosource", switching.Home{}, "", "", &switching.NoHomeError{}, "", "no AWS identity that could sign"},
		{"home is the role's own profile", "nosource", switching.Home{Profile: "nosource"}, "", "", &switching.NoHomeError{}, "", ""},
		{"home is not known inside a role", "nosource", switching.Home{Unknown: true}, "", "", &switching.HomeUnknownError{}, "", "set source in config.toml"},
		{"home's profile does not exist", "nosource", switching.Home{Profile: "gone"}, "", "", &switching.SourceError{}, profiles.CodeSourceProfileNotFound, `home is the profile "gone", which does not exist`},
		{"the setting names a profile that does not exist", "nosource", switching.Home{Profile: "work"}, "wrok", "", &switching.SourceError{}, profiles.CodeSourceProfileNotFound, `the setting source of config.toml names the profile "wrok", which does not exist`},
		{"the setting's profile has no source itself", "nosource", switching.Home{}, "nosource-too", "", &switching.SourceError{}, profiles.CodeMissingSource, "nosource-too"},
		{"--source names a profile that does not exist", "prod", switching.Home{}, "", "gone", &profiles.ChainError{}, profiles.CodeProfileNotFound, `"gone"`},
		{"a loop", "loop", switching.Home{}, "", "", &profiles.ChainError{}, profiles.CodeLoop, ""},
		{"a device that is a user", "badmfa", switching.Home{}, "", "", &profiles.ValueError{}, "parse", "user"},
		{"a profile without a role", "david", switching.Home{}, "", "", &switching.NoRoleError{}, "", `profile "david" has no role`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(func(s *switching.Switcher) {
				s.Home, s.Settings.Source = func() switching.Home { return c.home }, c.setting
			})
			_, err := s.Plan(t.Context(), switching.Ask{Role: s.role(t, c.role), Source: c.typed})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v", err)
			}
			if reflect.TypeOf(err) != reflect.TypeOf(c.want) {
				t.Errorf("got a %T: %v", err, err)
			}
			code := ""
			if e, ok := err.(coder); ok {
				code = e.Code()
			}
			if code != c.code {
				t.Errorf("code %q, want %q", code, c.code)
			}
		})
	}
}

func TestHomeOf(t *testing.T) {
	withDefault := profiles.Parse("config", []byte("[default]\nregion = x\n"), "credentials", nil)
	without := profiles.Parse("config", nil, "credentials", nil)
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "work"}
	for _, c := range []struct {
		name string
		set  *profiles.Set
		env  map[string]string
		want switching.Home
	}{
		{"keys beat AWS_PROFILE", without, keys, switching.Home{Keys: true, KeyID: "AKIA"}},
		{"one key is none", without, map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_PROFILE": "work"}, switching.Home{KeyID: "AKIA", Profile: "work"}},
		{"AWS_PROFILE", withDefault, map[string]string{"AWS_PROFILE": "work", "AWS_DEFAULT_PROFILE": "old"}, switching.Home{Profile: "work"}},
		{"AWS_DEFAULT_PROFILE", withDefault, map[string]string{"AWS_DEFAULT_PROFILE": "old"}, switching.Home{Profile: "old"}},
		{"the default profile", withDefault, nil, switching.Home{Profile: "default"}},
		{"nobody", without, nil, switching.Home{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := switching.HomeOf(c.set, environment(c.env)); got != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestHomesIdentity(t *testing.T) {
	set := profiles.Parse("config", []byte(files), "credentials", nil)
	for _, c := range []struct {
		home switching.Home
		want switching.Identity
	}{
		{switching.Home{Unknown: true, Keys: true}, switching.Identity{Name: "unknown"}},
		{switching.Home{Keys: true, KeyID: "AKIAIOSFODNN7EXAMPLE"}, switching.Identity{Name: "keys …MPLE", AccountID: profiles.AccountOfKey("AKIAIOSFODNN7EXAMPLE")}},
		{switching.Home{}, switching.Identity{Name: "nobody"}},
		{switching.Home{Profile: "prod"}, switching.Identity{Name: "prod", AccountID: "123456789012", ARN: "arn:aws:iam::123456789012:role/Admin"}},
		{switching.Home{Profile: "gone"}, switching.Identity{Name: "gone"}},
	} {
		if got := c.home.Identity(set); got != c.want {
			t.Errorf("%+v: got %+v", c.home, got)
		}
	}
}

func TestReadyLooksAndAsksNobody(t *testing.T) {
	s := newStage()
	if ends, code, err := s.Ready(s.role(t, "prod")); err != nil || !ends.IsZero() || code != "" {
		t.Errorf("nothing cached: %v, %q, %v", ends, code, err)
	}
	s.keep(t, "prod", noon.Add(30*time.Minute))
	if ends, _, err := s.Ready(s.role(t, "prod")); err != nil || !ends.Equal(noon.Add(30*time.Minute)) {
		t.Errorf("cached: %v, %v", ends, err)
	}
	// A code is asked for where the role's own profile names no device, too; and for
	// none where the session that it opens is there, or a program gives it.
	const device = "arn:aws:iam::111122223333:mfa/team/David.K"
	if _, code, err := s.Ready(s.role(t, "prod-far")); err != nil || code != device {
		t.Errorf("the source wants a code: %q, %v", code, err)
	}
	byCommand := newStage(func(s *switching.Switcher) { s.Settings.MFA.Command = []string{"code"} })
	if _, code, err := byCommand.Ready(byCommand.role(t, "prod-far")); err != nil || code != "" {
		t.Errorf("a program gives the code: %q, %v", code, err)
	}
	s.keep(t, "prod-mfa", noon.Add(30*time.Minute))
	if ends, code, err := s.Ready(s.role(t, "prod-far")); err != nil || code != "" || !ends.IsZero() {
		t.Errorf("the source is signed in: %v, %q, %v", ends, code, err)
	}
	if _, _, err := s.Ready(s.role(t, "loop")); err == nil {
		t.Error("a loop can be entered")
	}
}

// inSandbox is a switcher of the sandbox's own profiles.
func inSandbox(t *testing.T) (*switching.Switcher, *sandbox.World) {
	t.Helper()
	world, err := sandbox.Scenario(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sandbox.New(world, sandbox.Options{}))
	t.Cleanup(server.Close)
	david, err := world.Person("david")
	if err != nil {
		t.Fatal(err)
	}
	set := profiles.Parse("config", []byte("[profile david]\naws_access_key_id = "+david.Key.ID+"\naws_secret_access_key = "+david.Key.Secret+
		"\n[profile prod-update]\nregion = us-east-1\ncameo_env = prod\nsource_profile = david\nrole_arn = "+sandbox.UpdateApp+"\nmfa_serial = "+david.MFASerial+"\n"), "credentials", nil)
	s := newStage().Switcher
	client := creds.NewHTTPClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	s.Profiles, s.Book = set, roles.NewBook(set, s.Settings, roles.Catalogues{})
	s.Env = environment(map[string]string{"AWS_ENDPOINT_URL": server.URL})
	s.Now = time.Now
	s.Broker = &creds.Broker{STS: creds.STS{HTTP: client}, Cache: memory{}, Now: time.Now, Env: s.Env}
	return s, world
}

func freshCode(t *testing.T, world *sandbox.World) string {
	t.Helper()
	code, _, _, err := world.Code("david")
	if err != nil || code == "" {
		t.Fatalf("no code: %v", err)
	}
	return code
}

func TestAnApprovedPlanIsCarriedOutWithItsCode(t *testing.T) {
	s, world := inSandbox(t)
	role, err := s.Book.Resolve("prod-update")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan(t.Context(), switching.Ask{Role: role, How: switching.Picked})
	if err != nil {
		t.Fatal(err)
	}
	approved, err := switching.Approve(plan, switching.Answer{Code: freshCode(t, world), OnScreen: true})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	session, err := s.CarryOut(t.Context(), approved, func(p switching.Progress) {
		told = append(told, fmt.Sprint(plan.Steps[p.Done].What, " ", p.Cached))
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"session of david false", "UpdateApp in " + sandbox.Production + " false"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if session.Asked.Role != role || session.Asked.How != switching.Picked || session.Role != role || session.Name != "David" || session.Region != "us-east-1" || session.Source != "david" ||
		session.Credentials.AccountID != sandbox.Production {
		t.Errorf("got %+v", session)
	}
	used, err := s.Use(t.Context(), switching.Ask{Role: role}, "")
	if err != nil || used.Credentials != session.Credentials || used.Name != "David" || used.Region != "us-east-1" || used.Source != "david" {
		t.Errorf("Use: %+v, %v", used, err)
	}
	renewed, err := s.Use(t.Context(), switching.Ask{Role: role, How: switching.Renewed, Replace: session.Credentials.AccessKeyID}, "")
	if err != nil || renewed.Credentials.AccessKeyID == session.Credentials.AccessKeyID {
		t.Errorf("renewed: %+v, %v", renewed, err)
	}
	david, err := s.Book.Resolve("david")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Use(t.Context(), switching.Ask{Role: david}, ""); err != nil || !plain.Credentials.Expires.IsZero() || plain.Name != "" {
		t.Errorf("of a profile without a role: %+v, %v", plain, err)
	}
}

type recorded struct{ asked int }

func (r *recorded) Code(context.Context, creds.CodeRequest) (string, error) {
	r.asked++
	return "", errors.New("asked")
}

func TestARefusedCodeIsTheAnswerAndNobodyIsAsked(t *testing.T) {
	s, _ := inSandbox(t)
	codes := &recorded{}
	s.Broker.Codes = codes
	role, err := s.Book.Resolve("prod-update")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Use(t.Context(), switching.Ask{Role: role}, "000000")
	var rejected *creds.CodeRejectedError
	if !errors.As(err, &rejected) || codes.asked != 0 {
		t.Errorf("got %v, asked %d times", err, codes.asked)
	}
	if _, err = s.Use(t.Context(), switching.Ask{Role: role}, ""); err == nil || codes.asked != 1 {
		t.Errorf("without a code: %v, asked %d times", err, codes.asked)
	}
}
