package creds

import (
	"encoding/hex"
	"time"

	"cameo/profiles"
)

// Credentials is one set of AWS keys with its end and the identity it speaks
// for. Printing it shows no secret.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey profiles.Secret
	SessionToken    profiles.Secret // empty for long-term keys
	Expires         time.Time       // UTC, by AWS's clock; zero: never
	AccountID       string          // 12 digits; empty where not known
	ARN             string          // of the identity; empty where not known
	Issued          Issued          // when AWS handed them out
}

// Key identifies a session: a digest of everything that shaped the request for
// it, so that an edited profile never meets an old session.
type Key [32]byte

// String is the key in hexadecimal, as the cache names its files.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
