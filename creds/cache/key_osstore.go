package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// osStore is the operating system's secret store as a place for the key. It
// has this shape so that only the systems that use one link its library.
type osStore struct {
	get  func() ([]byte, error)
	set  func([]byte) error
	lock string
	// absent and missing are the store's errors for "no store" and "no secret".
	absent, missing error
}

func (s osStore) load() (*sealingKey, error) {
	secret, err := s.get()
	switch {
	case errors.Is(err, s.missing):
		return nil, errNoKey
	case errors.Is(err, s.absent):
		return nil, noPlace("the system's secret store", err)
	case err != nil:
		return nil, &KeyError{Locked: true, Err: err}
	case len(secret) != len(sealingKey{}):
		return nil, &KeyError{Locked: true, Err: fmt.Errorf("the item in the system's secret store has %d bytes, not %d (try: remove it)", len(secret), len(sealingKey{}))}
	}
	key := sealingKey(secret)
	return &key, nil
}

func (s osStore) create(ctx context.Context, random io.Reader) (*sealingKey, error) {
	return firstMade(ctx, s.lock, s.load, func() (*sealingKey, error) {
		var key sealingKey
		if _, err := io.ReadFull(random, key[:]); err != nil {
			return nil, err
		}
		if err := s.set(key[:]); err != nil {
			return nil, err
		}
		return s.load()
	})
}
