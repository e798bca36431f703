// Package cache keeps sessions on disk, sealed, and sees to it that any number
// of processes make one call for one session.
//
// [Open] gives a [Store]. [Store.Peek] is the warm way: one file, no locks, no
// scan, nothing written. [Store.Fetch] is the whole way: a usable session from
// the cache, else exactly one caller among all processes fetches it and the
// others are given what it brought.
//
// An entry is sealed with XChaCha20-Poly1305 under a key that lives elsewhere
// (see [AutoKey]), bound to its name, in a file with mode 0600 in a directory
// with mode 0700. Missing, damaged, denied and "no key" are four different
// results ([ErrMiss], [DamagedError], [DeniedError], [KeyError]); what is
// damaged is set aside and never served, and where nothing can be kept the
// session is still delivered.
//
// What AWS refused to one process is told, sealed as well, to those that waited for
// it; and the codes of MFA devices that were sent are remembered ([Store.Spend]).
//
// The cache never holds a secret on disk that is not sealed, never asks AWS or
// the user for anything itself, and never deletes a session that can be used,
// unless told to ([Store.Forget]).
package cache

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

const (
	lockSuffix = ".lock"
	askSuffix  = ".ask.lock" // held while somebody is asked for a code
	// What was said of a failure, and the codes of a device. Sealed like entries.
	wordsSuffix = ".words1"
	codesSuffix = ".codes1"
	badMark     = ".bad-"
	keyLock     = "cache-key.lock"
)

// Options of a [Store]. Dir, Key, Now and Rand are needed.
type Options struct {
	Dir  string           // made with mode 0700 when the first session is kept
	Key  KeySource        // seals the entries
	Now  func() time.Time // the clock
	Rand io.Reader        // crypto/rand.Reader, for nonces and new keys
	// Warn is told, once per cause and Store, what the user should know and
	// what no command fails for: one line without a final newline.
	Warn func(string)
	// Waiting is told once per wait, after five seconds, which process is fetching
	// the session that is waited for: the zero Holder where it is not known.
	Waiting func(holder safefile.Holder)
	// Program names the program that this process works for, as others are told who
	// have to wait for it; it is asked once a lock is taken. nil: none.
	Program func() string
	// Wall is the time by which processes tell what was before and what after; nil:
	// time.Now. It is real time even where Now is not.
	Wall func() time.Time
	// Patience is how others are waited for; the zero value is [DefaultPatience].
	Patience Patience
}

// Patience is how long other processes are waited for.
type Patience struct {
	Say    time.Duration // until Waiting is told
	Stuck  time.Duration // without a sign of life of the process that fills
	Come   time.Duration // for somebody to come who can ask for a code
	Beat   time.Duration // between two looks at whether the other lives
	Listen time.Duration // between two looks at whether somebody has come
}

// DefaultPatience leaves who can neither ask nor find somebody who does within a
// second.
func DefaultPatience() Patience {
	return Patience{Say: 5 * time.Second, Stuck: 30 * time.Second, Come: 500 * time.Millisecond, Beat: time.Second, Listen: 40 * time.Millisecond}
}

// Store is the cache. It is safe for concurrent use.
type Store struct {
	dir     string
	source  KeySource
	now     func() time.Time
	random  io.Reader
	warn    func(string)
	waiting func(safefile.Holder)
	program func() string
	wall    func() time.Time
	patient Patience

	key   atomic.Pointer[sealingKey] // as loaded last
	turns turns
	swept sync.Once

	mu     sync.Mutex
	warned map[string]bool
	// unkept holds the sessions that could not be written to disk.
	unkept map[creds.Key]creds.Credentials
	// spent holds the codes of devices that could not be written to disk.
	spent map[string][]spentCode
}

// Open returns the cache of a directory. It touches nothing yet.
func Open(o Options) *Store {
	s := &Store{
		dir: o.Dir, source: o.Key, now: o.Now, random: o.Rand, warn: o.Warn, waiting: o.Waiting,
		program: o.Program, wall: o.Wall, patient: o.Patience,
		warned: map[string]bool{}, unkept: map[creds.Key]creds.Credentials{}, spent: map[string][]spentCode{},
	}
	if s.program == nil {
		s.program = func() string { return "" }
	}
	if s.wall == nil {
		s.wall = time.Now
	}
	if s.patient == (Patience{}) {
		s.patient = DefaultPatience()
	}
	if s.warn == nil {
		s.warn = func(string) {}
	}
	if s.waiting == nil {
		s.waiting = func(safefile.Holder) {}
	}
	return s
}

func (s *Store) path(name string) string { return s.dir + string(filepath.Separator) + name }

// Peek returns the cached session of a key, whether or not it has expired. It
// opens one file and the key's place, takes no lock and writes nothing. Errors:
// ErrMiss, *DamagedError, *DeniedError, *KeyError.
func (s *Store) Peek(key creds.Key) (creds.Credentials, error) {
	if c, ok := s.inMemory(key); ok {
		return c, nil
	}
	name := key.String() + entrySuffix
	for {
		used := s.key.Load()
		entry, err := safefile.ReadPrivate(s.path(name), maxEntry)
		if errors.Is(err, fs.ErrNotExist) {
			return creds.Credentials{}, ErrMiss
		}
		if err != nil {
			return creds.Credentials{}, &DeniedError{Err: err}
		}
		fresh := used == nil
		if fresh {
			if used, err = s.loadKey(); errors.Is(err, errNoKey) {
				return creds.Credentials{}, ErrMiss
			} else if err != nil {
				return creds.Credentials{}, err
			}
		}
		c, err := open(entry, name, used)
		switch {
		case err == nil:
			return c, nil
		case !errors.Is(err, errOtherKey):
			return creds.Credentials{}, &DamagedError{Path: s.path(name), Err: err}
		case fresh:
			return creds.Credentials{}, ErrMiss
		}
		s.key.Store(nil) // another process may have made a new key: look again
	}
}

func (s *Store) loadKey() (*sealingKey, error) {
	key, err := s.source.load()
	if err != nil {
		return nil, err
	}
	s.key.Store(key)
	return key, nil
}

// inMemory returns a session that could not be written, while it lives.
func (s *Store) inMemory(key creds.Key) (creds.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.unkept[key]
	if _, most := c.Left(creds.Moment{Wall: s.now()}); ok && most < time.Second {
		delete(s.unkept, key)
		return creds.Credentials{}, false
	}
	return c, ok
}

func (s *Store) remember(key creds.Key, c creds.Credentials) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unkept[key] = c
}

func (s *Store) dropFromMemory(key creds.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unkept, key)
}

// warnOnce says a message, once for its cause.
func (s *Store) warnOnce(cause, message string) {
	s.mu.Lock()
	said := s.warned[cause]
	s.warned[cause] = true
	s.mu.Unlock()
	if !said {
		s.warn(message)
	}
}

// List returns the keys that have an entry, each with the time its session
// ends (zero: never): one read of the directory, no entry is opened. The time
// is a hint for lists: only [Store.Peek] tells what an entry is worth.
func (s *Store) List() (map[creds.Key]time.Time, error) {
	found := map[creds.Key]time.Time{}
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return found, fmt.Errorf("session cache: %w", err)
	}
	for _, e := range entries {
		key, ok := parseName(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		found[key] = endOf(info)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, c := range s.unkept {
		found[key] = c.Expires
	}
	return found, nil
}

// An entry's modification time is the end of its session, for lists; the
// truth is inside. The epoch stands for "never".
func markEnd(path string, end time.Time) error {
	if end.IsZero() {
		end = time.Unix(0, 0)
	}
	return os.Chtimes(path, end, end)
}

func endOf(info fs.FileInfo) time.Time {
	if end := info.ModTime(); end.Unix() != 0 {
		return end.UTC()
	}
	return time.Time{}
}

func parseName(name string) (creds.Key, bool) {
	digits, ok := strings.CutSuffix(name, entrySuffix)
	var key creds.Key
	if !ok || len(digits) != hex.EncodedLen(len(key)) {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(digits))
	return key, err == nil && key.String() == digits
}

// Forget removes the session of a key from the cache, with copies of it that
// were set aside. AWS honours the session until it ends. Nothing there is not
// an error.
func (s *Store) Forget(key creds.Key) error {
	return s.forget(func(name string) bool { return strings.HasPrefix(name, key.String()+entrySuffix) })
}

// ForgetAll is [Store.Forget] for every key.
func (s *Store) ForgetAll() error {
	return s.forget(func(name string) bool {
		name, _, _ = strings.Cut(name, badMark)
		_, ok := parseName(name)
		return ok
	})
}

func (s *Store) forget(meant func(name string) bool) error {
	s.mu.Lock()
	for key := range s.unkept {
		if meant(key.String() + entrySuffix) {
			delete(s.unkept, key)
		}
	}
	s.mu.Unlock()
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	problems := []error{err}
	for _, e := range entries {
		if meant(e.Name()) {
			if err := os.Remove(s.path(e.Name())); !errors.Is(err, fs.ErrNotExist) {
				problems = append(problems, err)
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("a session could not be forgotten: %w", err)
	}
	return nil
}
