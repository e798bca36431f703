package sandbox

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"time"

	"cameo/internal/policy"
)

// AccessKey is a pair of long-term keys of this sandbox. Printing it shows the
// key ID alone.
type AccessKey struct {
	ID     string // AKIA...
	Secret string
}

// String returns the key ID.
func (k AccessKey) String() string { return k.ID }

// GoString returns the key ID.
func (k AccessKey) GoString() string { return k.ID }

// credential is a set of keys and everything AWS knows of who holds them. It
// does not change once it is in the world.
type credential struct {
	id, secret string
	token      string // of temporary credentials; "" for long-term keys
	account    string
	kind       policy.PrincipalKind // User, Role or Root
	user       *user                // for User
	role       *role                // for Role
	session    string               // name of a role session
	issued     time.Time
	expires    time.Time // zero: never
	mfaAt      time.Time // when the code of a GetSessionToken session was accepted; zero: none
	policies   []policy.Named
	tags       []tag
	sourceID   string // source identity
	chained    bool   // a role session that another session entered
}

// tag is a session tag.
type tag struct {
	key, value string
	transitive bool
}

func (c *credential) temporary() bool { return c.token != "" }

// principal is the holder, as policies see it.
func (c *credential) principal() policy.Principal {
	p := policy.Principal{Kind: c.kind, Account: c.account, ARN: c.arn()}
	switch c.kind {
	case policy.User:
		p.ID = c.user.id
	case policy.Role:
		p.ID, p.RoleARN = c.role.id, c.role.arn
	}
	return p
}

// arn is what GetCallerIdentity and AWS's messages show. A session's ARN drops
// the path of its role.
func (c *credential) arn() string {
	switch c.kind {
	case policy.User:
		return c.user.arn
	case policy.Role:
		return "arn:aws:sts::" + c.account + ":assumed-role/" + c.role.name + "/" + c.session
	}
	return "arn:aws:iam::" + c.account + ":root"
}

// userID is the UserId of GetCallerIdentity and the key aws:userid.
func (c *credential) userID() string {
	switch c.kind {
	case policy.User:
		return c.user.id
	case policy.Role:
		return c.role.id + ":" + c.session
	}
	return c.account
}

// expiredFor is how long an expired session is remembered, so that it can be
// told from one that never was.
const expiredFor = 24 * time.Hour

// issue puts new credentials into the world: it fills in the key, the secret and
// for temporary ones the token.
func (w *World) issue(c credential, temporary bool) (*credential, error) {
	prefix := "AKIA"
	c.issued = w.now()
	if temporary {
		prefix = "ASIA"
		raw := make([]byte, 270)
		if _, err := io.ReadFull(w.random, raw); err != nil {
			return nil, fmt.Errorf("no randomness for a session token: %w", err)
		}
		c.token = "IQoJb3JpZ2luX2Vj" + base64.StdEncoding.EncodeToString(raw)
	}
	var err error
	if c.id, err = w.keyID(prefix, c.account); err != nil {
		return nil, err
	}
	raw := make([]byte, 30)
	if _, err := io.ReadFull(w.random, raw); err != nil {
		return nil, fmt.Errorf("no randomness for a secret key: %w", err)
	}
	c.secret = base64.StdEncoding.EncodeToString(raw)
	for id, old := range w.keys {
		if !old.expires.IsZero() && c.issued.Sub(old.expires) > expiredFor {
			delete(w.keys, id)
		}
	}
	w.keys[c.id] = &c
	return &c, nil
}

// AddAccessKey gives a user a pair of long-term keys.
func (w *World) AddAccessKey(accountID, userName string) (AccessKey, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.user(accountID, userName)
	if err != nil {
		return AccessKey{}, err
	}
	c, err := w.issue(credential{account: accountID, kind: policy.User, user: u}, false)
	if err != nil {
		return AccessKey{}, err
	}
	return AccessKey{ID: c.id, Secret: c.secret}, nil
}

// AddRootKey gives the root user of an account a pair of keys.
func (w *World) AddRootKey(accountID string) (AccessKey, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.account(accountID); err != nil {
		return AccessKey{}, err
	}
	c, err := w.issue(credential{account: accountID, kind: policy.Root}, false)
	if err != nil {
		return AccessKey{}, err
	}
	return AccessKey{ID: c.id, Secret: c.secret}, nil
}

// uniqueID makes an ID such as AIDA... or AROA...: 21 characters.
func (w *World) uniqueID(prefix string) (string, error) {
	raw := make([]byte, 11)
	if _, err := io.ReadFull(w.random, raw); err != nil {
		return "", fmt.Errorf("no randomness for a unique ID: %w", err)
	}
	return prefix + base32.StdEncoding.EncodeToString(raw)[:17], nil
}

// keyID makes an access key ID that carries its account, as AWS's do: the forty
// bits after the first one of the base32 part are the account number.
func (w *World) keyID(prefix, accountID string) (string, error) {
	raw := make([]byte, 10)
	if _, err := io.ReadFull(w.random, raw); err != nil {
		return "", fmt.Errorf("no randomness for an access key: %w", err)
	}
	number, err := strconv.ParseUint(accountID, 10, 40)
	if err != nil {
		return "", fmt.Errorf("account %q: %w", accountID, err)
	}
	packed := 1<<47 | number<<7 | uint64(raw[5]&0x7f)
	for i := range 6 {
		raw[i] = byte(packed >> (8 * (5 - i)))
	}
	return prefix + base32.StdEncoding.EncodeToString(raw), nil
}
