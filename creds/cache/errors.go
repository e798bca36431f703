package cache

import (
	"errors"
	"fmt"
	"strings"
)

// ErrMiss is returned where the cache has no session for a key, or one that was
// sealed with a key that is gone.
var ErrMiss = errors.New("no cached session")

// DamagedError is returned for an entry that is there and cannot be trusted. It
// is never served; [Store.Fetch] sets it aside when it has a new one.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the cached session %q is damaged: %v", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// DeniedError is returned for an entry, or a cache directory, that is not a
// plain file (or directory) that only the user can reach. It wraps a
// *safefile.RefusedError or the system's error.
type DeniedError struct{ Err error }

func (e *DeniedError) Error() string { return fmt.Sprintf("the session cache is not safe: %v", e.Err) }

func (e *DeniedError) Unwrap() error { return e.Err }

// KeyError is returned where the key of the cache cannot be had: there is no
// place for it on this machine, or its place is locked.
type KeyError struct {
	Locked bool // there is a place, but it gives no answer now
	Err    error
}

func (e *KeyError) Error() string {
	return "the key of the session cache is not available: " + strings.ReplaceAll(e.Err.Error(), "\n", "; ")
}

func (e *KeyError) Unwrap() error { return e.Err }
