package switching_test

import (
	"testing"

	"cameo/internal/switching"
	"cameo/profiles"
)

const people = `
[profile david]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = s
mfa_serial = arn:aws:iam::111122223333:mfa/David
[profile alice]
aws_access_key_id = AKIAALICE
aws_secret_access_key = s
[profile carol]
aws_access_key_id = AKIACAROL
aws_secret_access_key = s
[profile visitor]
aws_access_key_id = ASIAVISITOR
aws_secret_access_key = s
aws_session_token = t
mfa_serial = arn:aws:iam::111122223333:mfa/Visitor
[profile davids]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = david
[profile davids-far]
role_arn = arn:aws:iam::444455556666:role/Far
source_profile = davids
[profile alices]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = alice
[profile alices-other]
role_arn = arn:aws:iam::123456789012:role/Other
source_profile = alice
mfa_serial = arn:aws:iam::111122223333:mfa/Alice
[profile carols]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = carol
[profile carols-one]
role_arn = arn:aws:iam::123456789012:role/One
source_profile = carol
mfa_serial = arn:aws:iam::111122223333:mfa/phone
[profile carols-two]
role_arn = arn:aws:iam::123456789012:role/Two
source_profile = carol
mfa_serial = arn:aws:iam::111122223333:mfa/key
[profile visitors]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = visitor
[profile env]
role_arn = arn:aws:iam::123456789012:role/Admin
credential_source = Environment
`

func withPeople(s *switching.Switcher) {
	s.Profiles = profiles.Parse("config", []byte(people), "credentials", nil)
}

const admin = "arn:aws:iam::123456789012:role/Admin"

func TestTheDeviceThatARefusedPlanMayHaveWanted(t *testing.T) {
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAHOME", "AWS_SECRET_ACCESS_KEY": "s"}
	s := newStage(withPeople, func(s *switching.Switcher) { s.Env, s.Broker.Env = environment(keys), environment(keys) })
	for _, c := range []struct{ profile, refused, want, why string }{
		{"davids", admin, "arn:aws:iam::111122223333:mfa/David", "its source names one"},
		{"davids-far", admin, "arn:aws:iam::111122223333:mfa/David", "the first role of a chain is what a user enters"},
		{"davids-far", "arn:aws:iam::444455556666:role/Far", "", "the second is entered by a role, which has no device"},
		{"alices", admin, "arn:aws:iam::111122223333:mfa/Alice", "her other role names one"},
		{"alices-other", "arn:aws:iam::123456789012:role/Other", "", "a code went along"},
		{"carols", admin, "", "her other roles name two"},
		{"visitors", admin, "", "a session has no device"},
		{"env", admin, "", "nobody knows whose keys these are"},
	} {
		if got := s.Device(s.plan(t, c.profile), c.refused); got != c.want {
			t.Errorf("%s refused by %s: %q, want %q: %s", c.profile, c.refused, got, c.want, c.why)
		}
	}
	s.Settings.Handoff = string(switching.ByProfile)
	if got := s.Device(s.plan(t, "davids"), admin); got != "" {
		t.Errorf("with handoff = \"profile\", which renews by the role's name alone: %q", got)
	}
}

func TestAPlanWithADeviceAsksForItsCode(t *testing.T) {
	s := newStage(withPeople)
	const device = "arn:aws:iam::111122223333:mfa/David"
	for _, c := range []struct{ profile, with, want, why string }{
		{"davids", device, device, "his keys sign"},
		{"davids-far", device, device, "the first role of a chain is what a user enters"},
		{"davids", "", "", "nobody asks for a code"},
		{"davids-far", "", "", "nobody asks for a code"},
		{"alices-other", device, "arn:aws:iam::111122223333:mfa/Alice", "the profile's own device stays"},
	} {
		p := s.plan(t, c.profile, func(a *switching.Ask) { a.Device = c.with })
		if p.Code == nil {
			p.Code = &switching.CodeNeed{}
		}
		if p.Code.Device != c.want || c.want == device && (p.Code.Source != "david" || p.Code.Serves == 0) {
			t.Errorf("%s with %q: %+v, want %q: %s", c.profile, c.with, p.Code, c.want, c.why)
		}
	}
	if (switching.Terms{Device: device}).KnownByAccess() {
		t.Error("a renewal by name alone would ask for another session")
	}
}
