package export

import (
	"strings"

	"cameo/creds"
)

// process prints the JSON of a credential_process
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
// The object is put together here, and encoding/json asked only for what needs to be
// escaped: its reflection takes longer, and more memory, than all else of a warm answer.
func process(c creds.Credentials) (string, error) {
	members := []variable{{"AccessKeyId", c.AccessKeyID}, {"SecretAccessKey", c.SecretAccessKey.Reveal()}}
	if !c.SessionToken.Empty() {
		members = append(members, variable{"SessionToken", c.SessionToken.Reveal()})
	}
	if !c.Expires.IsZero() {
		members = append(members, variable{"Expiration", expiration(c)})
	}
	if c.AccountID != "" {
		members = append(members, variable{"AccountId", c.AccountID})
	}
	var b strings.Builder
	b.WriteString(`{"Version":1`)
	for _, m := range members {
		value := `"` + m.value + `"`
		if !isPlain(m.value) {
			var err error
			if value, err = marshal(m.value); err != nil {
				return "", err
			}
		}
		b.WriteString(`,"` + m.name + `":` + value)
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// isPlain reports whether a text is its own JSON, between quotes.
func isPlain(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
