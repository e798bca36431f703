package roles_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

func bookOf(config string, edit ...func(*settings.Settings)) *roles.Book {
	s := settings.Default()
	for _, e := range edit {
		e(&s)
	}
	return roles.NewBook(profiles.Parse("config", []byte(config), "credentials", nil), s, roles.Catalogues{})
}

func roleProfile(name string, lines ...string) string {
	return fmt.Sprintf("[profile %s]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = base\n%s\n", name, strings.Join(lines, "\n"))
}

func TestTheEnvironmentOfARole(t *testing.T) {
	for _, c := range []struct {
		name, said string
		want       roles.Env
		problem    bool
	}{
		{"x", "prod", roles.Production, false},
		{"x", " PROD ", roles.Production, false},
		{"x", "production", roles.Production, false},
		{"x", "live", roles.Production, false},
		{"x", "prod-eu", roles.Production, false},
		{"x", "staging", roles.Staging, false},
		{"x", "stage", roles.Staging, false},
		{"x", "development", roles.Dev, false},
		{"x", "sandbox", roles.Sandbox, false},
		{"admin-prod", "dev", roles.Dev, false}, // said beats the name
		{"x", "prodd", roles.Production, true},
		{"x", "prod!", roles.Production, true},
		{"x", "qa", roles.Unknown, true},
		{"admin-prod", "qa", roles.Production, true}, // a slip never takes the guard away
		{"admin-prod", "", roles.Production, false},
		{"prod", "", roles.Production, false},
		{"PRD_admin", "", roles.Production, false},
		{"eu.live/admin", "", roles.Production, false},
		{"acme-prod1", "", roles.Production, false},
		{"stg-admin", "", roles.Staging, false},
		{"dev", "", roles.Dev, false},
		{"sbx@me", "", roles.Sandbox, false},
		{"prod-dev", "", roles.Production, false}, // the strictest wins
		{"non-prod-admin", "", roles.Unknown, false},
		{"pre-prod", "", roles.Unknown, false},
		{"product", "", roles.Unknown, false},
		{"delivery", "", roles.Unknown, false},
		{"nonprod", "", roles.Unknown, false},
	} {
		t.Run(c.name+"="+c.said, func(t *testing.T) {
			line := ""
			if c.said != "" {
				line = "cameo_env = " + c.said
			}
			r, err := bookOf(roleProfile(c.name, line)).Resolve(c.name)
			if err != nil {
				t.Fatal(err)
			}
			if r.Env != c.want || (r.Problem != "") != c.problem {
				t.Errorf("got %q, problem %q", r.Env, r.Problem)
			}
			if c.problem && !strings.Contains(r.Problem, "config:4") {
				t.Errorf("no place in %q", r.Problem)
			}
		})
	}
}

func TestThePatternsOfTheSettings(t *testing.T) {
	patterns := func(s *settings.Settings) { s.Env["prod"] = []string{"Core"} }
	for name, want := range map[string]roles.Env{"core-admin": roles.Production, "prod-admin": roles.Unknown, "dev": roles.Dev} {
		r, err := bookOf(roleProfile(name), patterns).Resolve(name)
		if err != nil || r.Env != want {
			t.Errorf("%s: %q, %v", name, r.Env, err)
		}
	}
}

const book = `
[profile base]
aws_access_key_id = AKIA
aws_secret_access_key = s
[profile one]
role_arn = arn:aws:iam::111122223333:role/team/Admin
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/me
region = eu-west-1
cameo_alias = boss
cameo_color = red
cameo_tags = a, b
[profile two]
role_arn = arn:aws:iam::111122223333:role/Reader
credential_source = Environment
cameo_alias = two-alias
[profile boss-of-two]
role_arn = arn:aws:iam::444455556666:role/Reader
cameo_alias = 111122223333/Reader
[profile twin-a]
role_arn = arn:aws:iam::555566667777:role/Twin
cameo_alias = twin
[profile twin-b]
role_arn = arn:aws:iam::555566667777:role/Twin
cameo_alias = twin
[profile two-alias]
role_arn = arn:aws:iam::888899990000:role/Named
[profile web]
role_arn = arn:aws:iam::888899990000:role/Web
web_identity_token_file = /token
[profile bad-arn]
role_arn = nonsense
[profile broken
region = x
`

func TestResolve(t *testing.T) {
	b := bookOf(book)
	for word, want := range map[string]string{
		"one":                     "one",
		"base":                    "base",        // a profile without a role
		"two-alias":               "two-alias",   // a profile before an alias
		"boss":                    "one",         // an alias
		"111122223333/Reader":     "boss-of-two", // an alias before ACCOUNT/ROLE
		"111122223333/Admin":      "one",
		"111122223333/team/Admin": "one",
		"444455556666/Reader":     "boss-of-two",
		"arn:aws:iam::111122223333:role/team/Admin": "one",
		"arn:aws:iam::111122223333:role/Reader":     "two",
	} {
		if r, err := b.Resolve(word); err != nil || r.Profile != want {
			t.Errorf("%q: %q, %v", word, r.Profile, err)
		}
	}
	for _, word := range []string{"", "on", "ONE", "BOSS", "111122223333", "111122223333/", "111122223333/a b", "11112222333/Admin", "/Reader", "other/Reader",
		"one two"} {
		_, err := b.Resolve(word)
		if _, ok := errors.AsType[*roles.NotFoundError](err); !ok {
			t.Errorf("%q: %v", word, err)
		}
	}
	for _, word := range []string{"twin", "555566667777/Twin", "arn:aws:iam::555566667777:role/Twin"} {
		_, err := b.Resolve(word)
		var ambiguous *roles.AmbiguousError
		if !errors.As(err, &ambiguous) || strings.Join(ambiguous.Matches, " ") != "twin-a twin-b" ||
			err.Error() != fmt.Sprintf("%q matches 2 roles: twin-a, twin-b", word) {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func TestAProfileThatCannotBeReadIsNotCalledMissing(t *testing.T) {
	_, err := bookOf("[profile p]\nrole_arn\n").Resolve("p")
	if err != nil { // the header is whole: its problems are the chain's to tell
		t.Errorf("got %v", err)
	}
	_, err = bookOf(book).Resolve("broken")
	var parse *profiles.ParseError
	if !errors.As(err, &parse) || parse.Line == 0 {
		t.Errorf("got %v", err)
	}
}

func TestWhatARoleSays(t *testing.T) {
	r, err := bookOf(book).Resolve("one")
	if err != nil {
		t.Fatal(err)
	}
	want := roles.Role{Profile: "one", ARN: "arn:aws:iam::111122223333:role/team/Admin", Partition: "aws", AccountID: "111122223333", Path: "/team/", Name: "Admin",
		Alias: "boss", Tags: "a, b", Source: "base", MFA: "arn:aws:iam::111122223333:mfa/me", Region: "eu-west-1", Color: "red",
		Defined: profiles.Position{File: "config", Line: 5}}
	if r != want {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	for profile, source := range map[string]string{"two": "Environment", "twin-a": roles.Home, "web": "/token"} {
		if r, err := bookOf(book).Resolve(profile); err != nil || r.Source != source {
			t.Errorf("%s: source %q, %v", profile, r.Source, err)
		}
	}
	if r, err := bookOf(book, func(s *settings.Settings) { s.Source = "work" }).Resolve("twin-a"); err != nil || r.Source != "work" {
		t.Errorf("of the setting: %q, %v", r.Source, err)
	}
}

func TestAllAreTheProfilesWithARoleInTheOrderOfTheFile(t *testing.T) {
	var names []string
	for _, r := range bookOf(book).All() {
		names = append(names, r.Profile)
	}
	if got := strings.Join(names, " "); got != "one two boss-of-two twin-a twin-b two-alias web bad-arn" {
		t.Errorf("got %s", got)
	}
}

func TestNotFoundNamesTheClosest(t *testing.T) {
	for _, c := range []struct{ config, word, says string }{
		{book, "bos", `no role matches "bos": the closest are boss, `},
		{book, "twni-a", `no role matches "twni-a": the closest are twin-a, twin-b`},
		{book, "zzzzzz", `no role matches "zzzzzz"`},
		{"", "prod", `no role matches "prod": there are no profiles in config and credentials`},
		{roleProfile("prod-eu"), "prod-eo", `the closest is prod-eu`},
		{roleProfile("x"), "\x1b[31m\u202e", `\x1b[31m`},
	} {
		_, err := bookOf(c.config).Resolve(c.word)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.word, err)
		}
	}
	e := &roles.AmbiguousError{Word: "\x1b", Matches: []string{"\x1b", "b", "c", "d"}}
	if text := e.Error(); text != profiles.Inert(text) || !strings.HasSuffix(text, "b, c, ...") {
		t.Errorf("got %q", text)
	}
}

func TestFromARN(t *testing.T) {
	r := roles.FromARN("arn:aws-cn:iam::111122223333:role/a/b/C")
	if r.Partition != "aws-cn" || r.AccountID != "111122223333" || r.Path != "/a/b/" || r.Name != "C" || r.Label() != "111122223333/C" || r.Source != roles.Home {
		t.Errorf("got %+v", r)
	}
	if r := roles.FromARN("nonsense"); r.ARN != "nonsense" || r.Name != "" {
		t.Errorf("got %+v", r)
	}
}

func many(n int) string {
	var b strings.Builder
	b.WriteString("[profile base]\naws_access_key_id = AKIA\naws_secret_access_key = s\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile team-%d-prod]\nrole_arn = arn:aws:iam::%012d:role/Admin\nsource_profile = base\nregion = eu-west-1\n", i, i)
	}
	return b.String()
}

// An exact profile is found without looking at the others: the work does not grow
// with what each of them says.
func TestAnExactProfileDoesNotTouchTheOthers(t *testing.T) {
	config := []byte(many(10_000))
	allocations := testing.AllocsPerRun(5, func() {
		b := roles.NewBook(profiles.Parse("config", config, "credentials", nil), settings.Default(), roles.Catalogues{})
		if r, err := b.Resolve("team-9999-prod"); err != nil || r.AccountID != "000000009999" {
			t.Fatalf("%+v, %v", r, err)
		}
	})
	if allocations > 1000 {
		t.Errorf("%.0f allocations for one of 10,000 profiles", allocations)
	}
}

func BenchmarkAll10000(b *testing.B) {
	config := []byte(many(10_000))
	for b.Loop() {
		roles.NewBook(profiles.Parse("config", config, "credentials", nil), settings.Default(), roles.Catalogues{}).All()
	}
}

func BenchmarkResolve10000(b *testing.B) {
	config := []byte(many(10_000))
	for name, word := range map[string]string{"profile": "team-9999-prod", "account": "000000009999/Admin", "none": "team-9999-prdo"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = roles.NewBook(profiles.Parse("config", config, "credentials", nil), settings.Default(), roles.Catalogues{}).Resolve(word)
			}
		})
	}
}

// A section that only looks like the profile is not called missing.
func TestAProfileThatIsWrittenAsNoneIsNamed(t *testing.T) {
	b := bookOf("[profile my prod]\nrole_arn = arn:aws:iam::111122223333:role/A\n[profile a&b]\nrole_arn = x\n[prod]\nrole_arn = arn:aws:iam::111122223333:role/A\n")
	for word, line := range map[string]int{"my prod": 1, "a&b": 3, "prod": 5} {
		var parse *profiles.ParseError
		if _, err := b.Resolve(word); !errors.As(err, &parse) || parse.Line != line || parse.Profile != word {
			t.Errorf("%s: %v", word, err)
		}
	}
	var none *roles.NotFoundError
	if _, err := b.Resolve("my"); !errors.As(err, &none) {
		t.Error(err)
	}
}
