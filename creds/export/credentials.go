package export

import (
	"fmt"
	"strings"

	"cameo/creds"
)

// credentials prints a section of ~/.aws/credentials. Its readers do not agree on
// comments after a value, on quotes and on white space around it: a value with any
// of these is refused.
func credentials(name string, c creds.Credentials) (string, error) {
	if name == "" || name != strings.TrimSpace(name) || strings.ContainsAny(name, "\x00\r\n[]#;\"'") {
		return "", &ValueError{Format: "credentials", Variable: "the section's name"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", name)
	for _, v := range []variable{
		{"aws_access_key_id", c.AccessKeyID}, {"aws_secret_access_key", c.SecretAccessKey.Reveal()}, {"aws_session_token", c.SessionToken.Reveal()},
	} {
		if strings.ContainsAny(v.value, "\x00\r\n#;\"'") || v.value != strings.TrimSpace(v.value) {
			return "", &ValueError{Format: "credentials", Variable: v.name}
		}
		if v.value != "" {
			fmt.Fprintf(&b, "%s = %s\n", v.name, v.value)
		}
	}
	if !c.Expires.IsZero() {
		fmt.Fprintf(&b, "# until %s\n", expiration(c))
	}
	return b.String(), nil
}
