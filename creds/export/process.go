package export

import (
	"strings"

	"cameo/creds"
)

// process prints the JSON of a credential_process
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
// The object is put together here: encoding/json would first study the type of a
// struct, which takes longer than all else a warm answer needs.
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
		value, err := marshal(m.value)
		if err != nil {
			return "", err
		}
		b.WriteString(`,"` + m.name + `":` + value)
	}
	b.WriteString("}\n")
	return b.String(), nil
}
