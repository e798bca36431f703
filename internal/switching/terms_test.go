package switching_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

const readOnlyAccess = "arn:aws:iam::aws:policy/ReadOnlyAccess"

func TestTermsReachTheLastStepAndNoOther(t *testing.T) {
	s := newStage()
	request, err := s.Request(switching.Ask{Role: s.role(t, "prod-far"), Terms: switching.Terms{
		Reason: "why", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::444455556666:policy/Z", readOnlyAccess},
		Tags: []profiles.Tag{{Key: "Team", Value: "core"}}, SourceIdentity: "jon",
	}})
	if err != nil {
		t.Fatal(err)
	}
	steps := request.Chain.Steps
	last := steps[len(steps)-1]
	if want := []string{"arn:aws:iam::444455556666:policy/Z", readOnlyAccess}; !slices.Equal(last.PolicyARNs, want) || last.Policy != "{}" || last.SourceIdentity.Text != "jon" {
		t.Errorf("the last step: %+v", last)
	}
	if diff := cmp.Diff([]profiles.Tag{{Key: "Team", Value: "core"}}, last.Tags()); diff != "" {
		t.Error(diff)
	}
	for _, before := range steps[:len(steps)-1] {
		if before.Policy != "" || before.PolicyARNs != nil || before.MoreTags != nil || before.SourceIdentity.Text != "" {
			t.Errorf("a step before: %+v", before)
		}
	}
}

func TestAReasonFillsTheTagThatTheProfileNames(t *testing.T) {
	s := newStage(func(s *switching.Switcher) {
		s.Profiles = profiles.Parse("config", []byte(files+"[profile tagged]\nrole_arn = arn:aws:iam::333333333333:role/R\nsource_profile = david\nsession_tags = Team=core\ncameo_reason_tag = Why\ntransitive_session_tags = Why\n"), "credentials", nil)
	})
	role := roles.FromARN("arn:aws:iam::333333333333:role/R")
	role.Profile = "tagged"
	for _, c := range []struct {
		reason string
		tags   []profiles.Tag
		want   []profiles.Tag
	}{
		{"", nil, []profiles.Tag{{Key: "Team", Value: "core"}}},
		{"INC 42!", nil, []profiles.Tag{{Key: "Team", Value: "core"}, {Key: "Why", Value: "INC 42-"}}},
		{"INC 42!", []profiles.Tag{{Key: "why", Value: "mine"}}, []profiles.Tag{{Key: "Team", Value: "core"}, {Key: "why", Value: "mine"}}},
		{" \n ", nil, []profiles.Tag{{Key: "Team", Value: "core"}}},
	} {
		request, err := s.Request(switching.Ask{Role: role, Terms: switching.Terms{Reason: c.reason, Tags: c.tags}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, request.Chain.Steps[1].Tags()); diff != "" {
			t.Errorf("%q: %s", c.reason, diff)
		}
	}
}

func TestWhatCannotBeToldIsNotLeftOut(t *testing.T) {
	s := newStage()
	david := roles.Role{Profile: "david"}
	for name, ask := range map[string]switching.Ask{
		"read-only":       {Role: david, Terms: switching.Terms{ReadOnly: true}},
		"policy":          {Role: david, Terms: switching.Terms{Policy: "{}"}},
		"policy ARN":      {Role: david, Terms: switching.Terms{PolicyARNs: []string{readOnlyAccess}}},
		"tag":             {Role: david, Terms: switching.Terms{Tags: []profiles.Tag{{Key: "a", Value: "b"}}}},
		"source identity": {Role: david, Terms: switching.Terms{SourceIdentity: "jon"}},
		"duration":        {Role: david, Duration: time.Hour},
		"session name":    {Role: david, SessionName: "jon"},
	} {
		_, err := s.Request(ask)
		var none *switching.NoTermsError
		if !errors.As(err, &none) || none.Profile != "david" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Request(switching.Ask{Role: david, Terms: switching.Terms{Reason: "for the history"}}); err != nil {
		t.Errorf("a reason: %v", err)
	}
}

func TestReadingIsNeverGuardedAndIsNoWayRoundTheGuard(t *testing.T) {
	readOnly := func(a *switching.Ask) { a.ReadOnly = true }
	for _, mode := range []string{"choose", "always", "off"} {
		s := newStage(withGuard(mode))
		for _, how := range []switching.How{switching.Named, switching.Picked, switching.Previous} {
			p := s.plan(t, "prod", by(how), readOnly)
			if p.Guard != switching.NoDemand || !p.Session.ReadOnly {
				t.Errorf("guard %s, how %d: %+v", mode, how, p)
			}
		}
	}
	s := newStage()
	// AWS adds policies up: beside ReadOnlyAccess another one would give what it allows.
	deny, allow := `{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	for name, terms := range map[string]switching.Terms{
		"managed": {PolicyARNs: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}}, "inline": {Policy: allow}, "both": {Policy: deny, PolicyARNs: []string{readOnlyAccess}},
	} {
		terms.ReadOnly = true
		var more *switching.NotReadOnlyError
		if _, err := s.Plan(t.Context(), switching.Ask{Role: s.role(t, "prod"), Terms: terms}); !errors.As(err, &more) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := s.plan(t, "prod", readOnly, func(a *switching.Ask) { a.Policy = deny }); p.Guard != switching.NoDemand || p.Chain.Steps[1].Policy != deny {
		t.Errorf("what only denies: %+v", p)
	}
	whole, narrow := s.plan(t, "prod"), s.plan(t, "prod", readOnly)
	for _, r := range []switching.Plan{whole, narrow} {
		if (r.Chain.Steps[1].PolicyARNs != nil) != r.Session.ReadOnly {
			t.Errorf("%+v", r)
		}
	}
}

func TestAReadOnlyRoleSaysSo(t *testing.T) {
	s := session(named("prod-update", roles.Production), "")
	s.Asked.ReadOnly = true
	if got := s.Prompt(cet); got != "[!!PROD prod-update/UpdateApp RO till 14:00]" {
		t.Error(got)
	}
	want := "you are now PRODUCTION prod-update (UpdateApp in 123456789012), read-only, until 14:00, in 1h. To leave: exit. Read-only still reads data: S3 objects, tables, parameters"
	if got := s.Welcome(noon, cet, "exit"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s.Asked.How = switching.Renewed
	if got := s.Welcome(noon, cet, "exit"); got != strings.TrimSuffix(want, ". Read-only still reads data: S3 objects, tables, parameters") {
		t.Errorf("renewed: %s", got)
	}
	for access, terms := range map[string]switching.Terms{
		"":                 {Reason: "r", SourceIdentity: "s", Tags: []profiles.Tag{{Key: "a", Value: "b"}}},
		"read-only":        {ReadOnly: true},
		"policy":           {PolicyARNs: []string{readOnlyAccess}},
		"read-only,policy": {ReadOnly: true, Policy: "{}"},
	} {
		s.Asked.Terms = terms
		got := ""
		for _, v := range s.Variables(switching.ByProfile, cet) {
			if v.Name == "CAMEO_ACCESS" {
				got = v.Value
			}
		}
		if got != access || switching.ReadsOnly(got) != terms.ReadOnly {
			t.Errorf("%+v: CAMEO_ACCESS=%s", terms, got)
		}
		if terms.KnownByAccess() != (access == "read-only") {
			t.Errorf("%+v: its name and CAMEO_ACCESS tell all of it: %v", terms, terms.KnownByAccess())
		}
	}
	if !(switching.Terms{Reason: "r"}).KnownByAccess() {
		t.Error("a reason for the history alone is lost with nothing")
	}
}
