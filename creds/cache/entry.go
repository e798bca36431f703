package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"cameo/creds"
	"cameo/profiles"
)

// An entry is
//
//	magic (5 bytes) | version (1) | fingerprint of the key (8) | nonce (24) | sealed content
//
// sealed with XChaCha20-Poly1305; the associated data is the file's name and
// the version, so an entry cannot take another one's place. A format that older
// programs cannot read gets another suffix, not only another version: then no
// program ever rewrites the entry of a newer one.
const (
	magic           = "cameo"
	version         = 1
	entrySuffix     = ".v1"
	fingerprintSize = 8
	nonceAt         = len(magic) + 1 + fingerprintSize
	sealedAt        = nonceAt + chacha20poly1305.NonceSizeX
	maxEntry        = 4 << 20 // STS promises no limit for the size of a token
)

// sealingKey seals the entries. It refuses to print.
type sealingKey [chacha20poly1305.KeySize]byte

func (sealingKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(hidden)") }

// fingerprint names the key without giving it away.
func (k *sealingKey) fingerprint() []byte {
	sum := sha256.Sum256(k[:])
	return sum[:fingerprintSize]
}

// errOtherKey: the entry was sealed with a key that is lost or was replaced.
var errOtherKey = errors.New("sealed with another key")

// contentOf writes the fields of a session, each as its length and its bytes.
// It is no JSON, since the reflection that reads it would take as long as all else
// that a warm credential-process does.
func contentOf(c creds.Credentials) ([]byte, error) {
	var to []byte
	for _, text := range []string{c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), c.AccountID, c.ARN} {
		to = append(binary.AppendUvarint(to, uint64(len(text))), text...)
	}
	for _, at := range []time.Time{c.Expires, c.Issued.AWS, c.Issued.Local} {
		field, err := at.MarshalBinary()
		if err != nil {
			return nil, err
		}
		to = append(binary.AppendUvarint(to, uint64(len(field))), field...)
	}
	return binary.AppendVarint(to, int64(c.Issued.Uptime)), nil
}

// readContent is the session that contentOf wrote.
func readContent(from []byte) (c creds.Credentials, ok bool) {
	var secret, token string
	for _, text := range []*string{&c.AccessKeyID, &secret, &token, &c.AccountID, &c.ARN} {
		field, rest, ok := nextField(from)
		if !ok {
			return creds.Credentials{}, false
		}
		*text, from = string(field), rest
	}
	c.SecretAccessKey, c.SessionToken = profiles.NewSecret(secret), profiles.NewSecret(token)
	for _, at := range []*time.Time{&c.Expires, &c.Issued.AWS, &c.Issued.Local} {
		field, rest, ok := nextField(from)
		if !ok || at.UnmarshalBinary(field) != nil {
			return creds.Credentials{}, false
		}
		from = rest
	}
	uptime, size := binary.Varint(from)
	c.Issued.Uptime = time.Duration(uptime)
	return c, size > 0 && size == len(from)
}

func nextField(from []byte) (field, rest []byte, ok bool) {
	length, size := binary.Uvarint(from)
	if size <= 0 || length > uint64(len(from)-size) {
		return nil, nil, false
	}
	return from[size : size+int(length)], from[size+int(length):], true
}

func header(key *sealingKey) []byte {
	h := append(make([]byte, 0, sealedAt), magic...)
	h = append(h, version)
	return append(h, key.fingerprint()...)
}

func associated(name string) []byte { return append([]byte(name), version) }

// seal returns the entry of the file of this name.
func seal(c creds.Credentials, name string, key *sealingKey, random io.Reader) ([]byte, error) {
	plain, err := contentOf(c)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return sealBytes(plain, name, key, random)
}

func sealBytes(plain []byte, name string, key *sealingKey, random io.Reader) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, err
	}
	entry := header(key)[:sealedAt]
	if _, err := io.ReadFull(random, entry[nonceAt:]); err != nil {
		return nil, err
	}
	return aead.Seal(entry, entry[nonceAt:sealedAt], plain, associated(name)), nil
}

// open returns the credentials in an entry, errOtherKey, or what is wrong with
// the entry. It overwrites the entry.
func open(entry []byte, name string, key *sealingKey) (creds.Credentials, error) {
	plain, err := openBytes(entry, name, key)
	if err != nil {
		return creds.Credentials{}, err
	}
	defer clear(plain)
	c, ok := readContent(plain)
	if !ok {
		return creds.Credentials{}, errors.New("it holds something else than a session")
	}
	return c, nil
}

func openBytes(entry []byte, name string, key *sealingKey) ([]byte, error) {
	switch {
	case len(entry) < sealedAt:
		return nil, errors.New("it is cut off")
	case string(entry[:len(magic)]) != magic || entry[len(magic)] != version:
		return nil, errors.New("it does not begin as an entry does")
	case !bytes.Equal(entry[len(magic)+1:nonceAt], key.fingerprint()):
		return nil, errOtherKey
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, err
	}
	sealed := entry[sealedAt:]
	plain, err := aead.Open(sealed[:0], entry[nonceAt:sealedAt], sealed, associated(name))
	if err != nil {
		return nil, errors.New("it was changed, or moved here from another entry")
	}
	return plain, nil
}
