package profiles_test

import (
	"strings"
	"testing"

	"cameo/profiles"
)

func TestProfileName(t *testing.T) {
	for text, want := range map[string]string{
		"prod": "prod", "My 'prod' (EU)": "My-prod-EU", "a/b@c": "a/b@c", "\x1b[31mx\u202e": "31mx", "default": "", "Default ": "", "": "", "é": "", "--a--": "a",
	} {
		if got := profiles.ProfileName(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestHideSecrets(t *testing.T) {
	const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
	text := "[a]\r\naws_access_key_id = AKIA\r\nAWS_Secret_Access_Key=" + secret + "\r\nregion = x\n# aws_session_token = " + secret + "\n  aws_session_token = \n   " + secret + "\n\n   " + secret + "\n  x = y\n;aws_secret_access_key=" + secret
	want := "[a]\r\naws_access_key_id = AKIA\r\nAWS_Secret_Access_Key= (hidden)\r\nregion = x\n# aws_session_token = (hidden)\n  aws_session_token = (hidden) \n   (hidden)\n\n   (hidden)\n  x = y\n;aws_secret_access_key= (hidden)"
	got := profiles.HideSecrets(text)
	if got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if strings.Count(got, "\n") != strings.Count(text, "\n") {
		t.Error("lines are gone")
	}
	for _, plain := range []string{"", "[a]\nx = y\n", "# aws\n\r\n  role_arn = x"} {
		if got := profiles.HideSecrets(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
}
