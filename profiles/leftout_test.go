package profiles_test

import (
	"strings"
	"testing"

	"cameo/profiles"
)

// What the fix says makes a profile of the section.
func TestRolesThatAreLeftOutSayWhatToWrite(t *testing.T) {
	const role = "\nrole_arn = arn:aws:iam::123456789012:role/Admin\nregion = eu-west-1\n"
	for _, c := range []struct{ header, reason, fix, name string }{
		{"[profile two words]", "has a name that needs quotes: it is no profile", "write [profile 'two words']", "two words"},
		{"[profile caf\u00e9]", "has a name that needs quotes: it is no profile", "write [profile 'caf\u00e9']", "caf\u00e9"},
		{"[payments]", "is not a profile", "write [profile payments]", "payments"},
		{"[team pay]", "is not a profile", "write [profile 'team pay']", "team pay"},
		{"[profil pay]", "is not a profile", "write [profile pay]", "pay"},
		{"[Profiles team pay]", "is not a profile", "write [profile 'team pay']", "team pay"},
		{"[profil]", "is not a profile", "write [profile profil]", "profil"},
		{"[DEFAULT]", "is not a profile", "write [default]", "default"},
		{"[profile ]", "has a name with characters that profile names cannot have", "", ""},
	} {
		set := parse(c.header+role, "")
		left := set.LeftOut()
		if len(left) != 1 || left[0].Line != 1 || left[0].Text != strings.TrimSpace(c.header) || left[0].Reason != c.reason || left[0].Fix != c.fix {
			t.Errorf("%s: %+v", c.header, left)
			continue
		}
		if c.fix == "" {
			continue
		}
		mended := parse(strings.TrimPrefix(c.fix, "write ")+role, "")
		if _, there := mended.Profile(c.name); !there || len(mended.LeftOut()) > 0 {
			t.Errorf("%s: %s does not make a profile %q", c.header, c.fix, c.name)
		}
	}
}

func TestWhatIsNoRoleIsNotMissed(t *testing.T) {
	for _, text := range []string{
		"[preview]\ncloudfront = true\n", "[plugins]\ncli = x\n", "[profile two words]\nregion = eu-west-1\n",
		"[profile a]\nrole_arn = arn:aws:iam::123456789012:role/Admin\n", "[profile 'two words']\nrole_arn = x\n",
	} {
		if left := parse(text, "").LeftOut(); len(left) > 0 {
			t.Errorf("%q: %v", text, left)
		}
	}
	left := parse("", "[profile x]\nrole_arn = arn:aws:iam::123456789012:role/Admin\n").LeftOut()
	if len(left) != 1 || left[0].Fix != "write [x]" {
		t.Errorf("in the credentials file: %+v", left)
	}
	for _, p := range parse("[profile \u202e\x1b[2J]\nrole_arn = x\n[\x1b]\nrole_arn = x\n", "").LeftOut() {
		if p.String() != profiles.Inert(p.String()) {
			t.Errorf("%q is not inert", p)
		}
	}
}
