package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cameo/internal/safefile"
)

// KeySource is where the key that seals the entries lives: one of [AutoKey],
// [FileKey] and [MemoryKey].
type KeySource struct{ places []place }

// KeyOptions says where [AutoKey] may look.
type KeyOptions struct {
	// Dir holds the lock under which a key is made: the cache's directory.
	Dir string
	// RuntimeDir is $XDG_RUNTIME_DIR; empty: there is none.
	RuntimeDir string
	// Description names the key in the kernel's keyring; empty:
	// "cameo:cache-key:v1".
	Description string
	// Env looks up variables, for the system's secret store.
	Env func(name string) string
	// Now is the clock by which a key of the kernel's keyring is renewed.
	Now func() time.Time
}

// FileKey keeps the key in a file with mode 0600: the setting cache.key =
// "file". Whoever copies the file and the cache has the sessions.
func FileKey(path string) KeySource { return KeySource{[]place{keyFile{path: path}}} }

// MemoryKey is a new random key that ends with the process.
func MemoryKey() KeySource {
	var key sealingKey
	_, _ = rand.Read(key[:]) // never fails, by its documentation
	return KeySource{[]place{keyInMemory{&key}}}
}

// place is one place for the key.
type place interface {
	// load returns the key, errNoKey where none was made yet, errNoPlace
	// (wrapped) where this place does not exist here, or a *KeyError where it
	// exists and does not answer: then nothing may be written to it.
	load() (*sealingKey, error)
	// create makes a key, or returns the one another process made first.
	create(ctx context.Context, random io.Reader) (*sealingKey, error)
}

var (
	errNoKey   = errors.New("no key has been made yet")
	errNoPlace = errors.New("not usable here")
)

func noPlace(name string, err error) error { return fmt.Errorf("%s: %w (%w)", name, errNoPlace, err) }

// Probe reports whether there is a place for the key, without making one: the
// error is a *KeyError where there is none, or where it does not answer.
func (s KeySource) Probe() error {
	if _, err := s.load(); err != nil && !errors.Is(err, errNoKey) {
		return err
	}
	return nil
}

// load looks for the key in the places in order. It makes none.
func (s KeySource) load() (*sealingKey, error) {
	possible := false
	var absent []error
	for _, p := range s.places {
		key, err := p.load()
		switch {
		case err == nil:
			return key, nil
		case errors.Is(err, errNoKey):
			possible = true
		case errors.Is(err, errNoPlace):
			absent = append(absent, err)
		default:
			return nil, keyError(err)
		}
	}
	if possible {
		return nil, errNoKey
	}
	return nil, noKeyAnywhere(absent)
}

// create makes the key in the first place that takes one.
func (s KeySource) create(ctx context.Context, random io.Reader) (*sealingKey, error) {
	var absent []error
	for _, p := range s.places {
		key, err := p.create(ctx, random)
		switch {
		case err == nil:
			return key, nil
		case errors.Is(err, errNoPlace):
			absent = append(absent, err)
		default:
			return nil, keyError(err)
		}
	}
	return nil, noKeyAnywhere(absent)
}

func keyError(err error) error {
	if known, ok := errors.AsType[*KeyError](err); ok {
		return known
	}
	return &KeyError{Locked: true, Err: err}
}

func noKeyAnywhere(absent []error) error {
	if len(absent) == 0 {
		absent = []error{errors.New("no place for it is known on this system")}
	}
	return &KeyError{Err: errors.Join(absent...)}
}

// firstMade makes a key under a lock, unless another process was first.
func firstMade(ctx context.Context, lockPath string, load, mint func() (*sealingKey, error)) (*sealingKey, error) {
	lock, err := safefile.Lock(ctx, lockPath)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if key, err := load(); !errors.Is(err, errNoKey) {
		return key, err
	}
	return mint()
}

// keyInMemory is the place of [MemoryKey].
type keyInMemory struct{ key *sealingKey }

func (m keyInMemory) load() (*sealingKey, error)                             { return m.key, nil }
func (m keyInMemory) create(context.Context, io.Reader) (*sealingKey, error) { return m.key, nil }

// keyFile is a file that holds the key and nothing else.
type keyFile struct {
	path string
	// under, where not empty, is a directory that has to be there already and
	// be the user's own: $XDG_RUNTIME_DIR outlives a change of user by su.
	under string
}

func (f keyFile) load() (*sealingKey, error) {
	data, err := safefile.ReadPrivate(f.path, len(sealingKey{}))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoKey
	case f.under != "" && errors.Is(err, fs.ErrPermission):
		return nil, noPlace(f.under, err)
	case err != nil:
		return nil, &KeyError{Locked: true, Err: err}
	case len(data) != len(sealingKey{}):
		return nil, &KeyError{Locked: true, Err: fmt.Errorf("%q does not hold a key (try: remove it)", f.path)}
	}
	key := sealingKey(data)
	return &key, nil
}

func (f keyFile) create(ctx context.Context, random io.Reader) (*sealingKey, error) {
	if f.under != "" {
		if _, err := os.Lstat(f.under); err != nil {
			return nil, noPlace(f.under, err)
		}
		if err := safefile.PrivateDir(f.under); err != nil {
			return nil, noPlace(f.under, err)
		}
	}
	if err := safefile.PrivateDir(filepath.Dir(f.path)); err != nil {
		return nil, noPlace(filepath.Dir(f.path), err)
	}
	key, err := firstMade(ctx, f.path+".lock", f.load, func() (*sealingKey, error) {
		var key sealingKey
		if _, err := io.ReadFull(random, key[:]); err != nil {
			return nil, err
		}
		return &key, safefile.Write(f.path, key[:], 0o600)
	})
	if _, ok := errors.AsType[*fs.PathError](err); ok { // read-only, or full
		return nil, noPlace(f.path, err)
	}
	return key, err
}
