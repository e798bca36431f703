package profiles_test

import (
	"errors"
	"testing"

	"cameo/profiles"
)

func TestTheReasonAlone(t *testing.T) {
	for text, want := range map[string]string{
		`profile "pay" (/home/a/.aws/config:39): source_profile "davd" does not exist`: `source_profile "davd" does not exist`,
		`profile "pay": role_arn "x" is no ARN`:                                        `role_arn "x" is no ARN`,
		`profile "pay" names no source, and nobody else could sign: set source`:        `names no source, and nobody else could sign: set source`,
		`profile "pay" and "hub" name each other: neither has keys`:                    `profile "pay" and "hub" name each other: neither has keys`,
		`profile "hub" (config:3): no keys`:                                            `profile "hub" (config:3): no keys`,
	} {
		if got := profiles.ReasonAlone(errors.New(text), "pay"); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
