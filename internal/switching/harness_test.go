package switching_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/switching"
	"cameo/profiles"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const files = `
[profile david]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = s
[profile work]
aws_access_key_id = AKIAWORK
aws_secret_access_key = s
[profile prod]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = david
region = eu-west-1
[profile prod-mfa]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = david
mfa_serial = arn:aws:iam::111122223333:mfa/team/David.K
[profile prod-mfa-long]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = david
mfa_serial = arn:aws:iam::111122223333:mfa/David
duration_seconds = 43200
[profile prod-far]
role_arn = arn:aws:iam::444455556666:role/Far
source_profile = prod-mfa
duration_seconds = 43200
[profile stg]
role_arn = arn:aws:iam::222222222222:role/Dev
source_profile = david
role_session_name = written
[profile nosource]
role_arn = arn:aws:iam::333333333333:role/Orphan
[profile nosource-too]
role_arn = arn:aws:iam::333333333333:role/Other
[profile env]
role_arn = arn:aws:iam::333333333333:role/Env
credential_source = Environment
[profile badmfa]
role_arn = arn:aws:iam::333333333333:role/R
source_profile = david
mfa_serial = arn:aws:iam::111122223333:user/David
[profile loop]
role_arn = arn:aws:iam::333333333333:role/R
source_profile = loop
`

// memory is a cache that never asks anybody.
type memory map[creds.Key]creds.Credentials

func (m memory) Peek(key creds.Key) (creds.Credentials, error) {
	if c, ok := m[key]; ok {
		return c, nil
	}
	return creds.Credentials{}, errors.New("nothing")
}

func (m memory) Fetch(ctx context.Context, f creds.Flight) (creds.Credentials, error) {
	if c, ok := m[f.Key]; ok && f.Usable(c) {
		return c, nil
	}
	c, err := f.Fill(ctx)
	if err == nil {
		m[f.Key] = c
	}
	return c, err
}

func (m memory) Await(context.Context, creds.Flight) (bool, error) { return false, nil }

func never(string) (string, bool) { return "", false }

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := pairs[name]; return v, ok }
}

type stage struct {
	*switching.Switcher
	cache memory
}

func newStage(edit ...func(*switching.Switcher)) stage {
	set := profiles.Parse("config", []byte(files), "credentials", nil)
	cache := memory{}
	s := &switching.Switcher{
		Profiles: set, Settings: settings.Default(),
		Broker: &creds.Broker{Cache: cache, Now: func() time.Time { return noon }, Env: never},
		Home:   func() switching.Home { return switching.Home{} },
		Now:    func() time.Time { return noon }, Env: never, OSUser: func() string { return "DOMAIN\\jürgen" },
	}
	for _, e := range edit {
		e(s)
	}
	s.Book = roles.NewBook(s.Profiles, s.Settings, roles.Catalogues{})
	return stage{s, cache}
}

func (s stage) role(t testing.TB, name string) roles.Role {
	t.Helper()
	role, err := s.Book.Resolve(name)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func (s stage) plan(t testing.TB, name string, edit ...func(*switching.Ask)) switching.Plan {
	t.Helper()
	ask := switching.Ask{Role: s.role(t, name)}
	for _, e := range edit {
		e(&ask)
	}
	p, err := s.Plan(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// keep puts a session of every exchange of a request into the cache.
func (s stage) keep(t testing.TB, name string, until time.Time) {
	t.Helper()
	request, err := s.Request(switching.Ask{Role: s.role(t, name)})
	if err != nil {
		t.Fatal(err)
	}
	list, err := creds.Exchanges(request, s.Broker.Env)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list[1:] {
		s.cache[e.Key] = creds.Credentials{AccessKeyID: "ASIA", SecretAccessKey: profiles.NewSecret("s"), SessionToken: profiles.NewSecret("t"), Expires: until}
	}
}
