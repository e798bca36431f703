// Package secrets keeps small secrets in the operating system's own store: the
// Keychain on macOS, the Credential Manager on Windows, the Secret Service on
// Linux.
//
// [OS] gives the store. It never starts a D-Bus daemon, never waits longer than
// its timeout, and never falls back to a place of its own: what to do without a
// store is the caller's decision.
//
// On macOS items are made through /usr/bin/security, so any process of the same
// user can read them.
package secrets

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// Store keeps secrets by name.
type Store interface {
	// Get returns a secret; [ErrNotFound] where there is none of this name.
	Get(name string) ([]byte, error)
	// Set keeps a secret of at most 1 KiB, replacing one of the same name.
	Set(name string, secret []byte) error
}

// ErrNotFound is returned for a name under which nothing is kept.
var ErrNotFound = errors.New("no such secret in the system's store")

// ErrNoStore is returned where the system has no store that can be reached.
var ErrNoStore = errors.New("this system has no secret store that can be reached")

// LockedError is returned by a store that is there but gives no answer: it is
// locked, its prompt was dismissed, or it hangs. Nothing must be written then.
type LockedError struct{ Err error }

func (e *LockedError) Error() string {
	return fmt.Sprintf("the system's secret store is locked or does not answer: %v", e.Err)
}

func (e *LockedError) Unwrap() error { return e.Err }

// Limits of the narrowest store: macOS takes a command line of 4096 bytes,
// Windows an item of 2560.
const maxSecret = 1024

// service is the name under which all of cameo's items stand.
const service = "cameo"

// patience is how long a store may take. One that waits for the user to type a
// password in a window takes longer, and is found unlocked the next time.
const patience = 3 * time.Second

// OS returns the operating system's store. getenv reads the environment.
func OS(getenv func(string) string) Store {
	return osStore{getenv: getenv, goos: runtime.GOOS, patience: patience}
}

type osStore struct {
	getenv   func(string) string
	goos     string
	patience time.Duration
}

func (s osStore) Get(name string) ([]byte, error) {
	text, err := s.ask(func() (string, error) { return keyring.Get(service, name) })
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("the item %q of %q in the system's secret store is not cameo's: %w", name, service, err)
	}
	return secret, nil
}

func (s osStore) Set(name string, secret []byte) error {
	if len(secret) > maxSecret {
		return fmt.Errorf("a secret of %d bytes does not fit the system's store (limit %d)", len(secret), maxSecret)
	}
	text := base64.StdEncoding.EncodeToString(secret)
	_, err := s.ask(func() (string, error) { return "", keyring.Set(service, name, text) })
	return err
}

// ask runs one call of the library, which knows no deadline.
func (s osStore) ask(call func() (string, error)) (string, error) {
	if !s.reachable() {
		return "", ErrNoStore
	}
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := call()
		answered <- answer{text, err}
	}()
	late := time.NewTimer(s.patience)
	defer late.Stop()
	select {
	case a := <-answered:
		switch {
		case a.err == nil:
			return a.text, nil
		case errors.Is(a.err, keyring.ErrNotFound):
			return "", ErrNotFound
		case errors.Is(a.err, keyring.ErrUnsupportedPlatform):
			return "", ErrNoStore
		}
		return "", &LockedError{Err: a.err}
	case <-late.C:
		return "", &LockedError{Err: fmt.Errorf("no answer within %v", s.patience)}
	}
}

// reachable keeps the library from starting a dbus-daemon of its own, which
// would stay for ever (github.com/godbus/dbus/issues/268): it is called only
// where a session bus is known.
func (s osStore) reachable() bool {
	if s.goos == "darwin" || s.goos == "windows" {
		return true
	}
	if s.getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := s.getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}
