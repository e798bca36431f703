package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

const (
	// What a dead process left, and sessions long over, go after these times.
	tempLife  = time.Hour
	entryLife = 24 * time.Hour // after the session's end
)

// Fetch returns the cached session of a flight's key if it is usable; else one
// caller among all goroutines and processes calls Fill, and the others wait and are
// given what it brought, as far as Usable agrees, or are told of its failure, as far
// as Told makes an error of it. A failure of which nothing is told is not shared: the
// next in line tries for itself.
//
// A session that cannot be kept (no key, a full disk, a read-only home) is
// delivered all the same: Warn is told once, and this Store remembers it in
// memory. The wait ends with ctx, and with a *creds.LockedError where the process
// that fills shows no life for half a minute. A *DeniedError says that the cache's
// directory or a lock in it is not the user's own: then Fill is not called.
func (s *Store) Fetch(ctx context.Context, f creds.Flight) (creds.Credentials, error) {
	if c, err := s.Peek(f.Key); err == nil && f.Usable(c) {
		return c, nil
	}
	ctx, began := s.begin(ctx)
	if err := s.heard(f, began); err != nil {
		return creds.Credentials{}, err
	}
	release, err := s.turns.take(ctx, f.Key)
	if err != nil {
		return creds.Credentials{}, err
	}
	defer release()
	if f.Asks {
		unlock, err := s.lock(ctx, f.Key, askSuffix)
		if err != nil {
			return creds.Credentials{}, err
		}
		defer unlock()
	}
	unlock, c, err := s.lead(ctx, f, began)
	if unlock == nil {
		return c, err
	}
	defer unlock()
	if s.ensureKey(ctx) != nil {
		unlock() // the others gain nothing from waiting: they have no key either
	}
	if c, err = f.Fill(ctx); err != nil {
		s.tell(f, err)
		return creds.Credentials{}, err
	}
	c.Expires = c.Expires.Round(0).UTC() // as it will come back from the disk
	s.keep(f.Key, c)
	return c, nil
}

// lead makes this caller the one that fills, and returns what ends that; or the
// session, or the error, that another one brought meanwhile. Those who wait share
// the lock when it is given up: a thousand then look at the result side by side, and
// not one after the other.
func (s *Store) lead(ctx context.Context, f creds.Flight, began time.Time) (unlock func(), c creds.Credentials, err error) {
	for {
		if unlock, err = s.tryLock(ctx, f.Key); err != nil {
			return nil, c, err
		}
		if c, err := s.Peek(f.Key); err == nil && f.Usable(c) {
			giveUp(unlock)
			return nil, c, nil
		}
		if err := s.heard(f, began); err != nil {
			giveUp(unlock)
			return nil, c, err
		}
		if unlock != nil {
			return unlock, c, nil
		}
		if err := s.untilFree(ctx, s.path(f.Key.String()+lockSuffix)); err != nil {
			return nil, c, err
		}
	}
}

func giveUp(unlock func()) {
	if unlock != nil {
		unlock()
	}
}

// ensureKey makes the cache's key if there is none, and says what is wrong
// where there can be none.
func (s *Store) ensureKey(ctx context.Context) error {
	key, err := s.source.load() // afresh: the key may have ended or changed
	if errors.Is(err, errNoKey) {
		key, err = s.source.create(ctx, s.random)
	}
	s.key.Store(key) // nil after an error
	if err == nil {
		return nil
	}
	s.warnOnce("keep", keyAdvice(err))
	return err
}

func keyAdvice(err error) string {
	return fmt.Sprintf("sessions are not kept: %v; to keep the key in a file, set cache.key = \"file\"", err)
}

func deniedOr(err error) error {
	if _, ok := errors.AsType[*safefile.RefusedError](err); ok {
		return &DeniedError{Err: err}
	}
	return err
}

// keep writes a session to its entry, or remembers it where that fails.
func (s *Store) keep(key creds.Key, c creds.Credentials) {
	sealing := s.key.Load()
	if sealing == nil {
		s.remember(key, c)
		return
	}
	if err := s.write(key, c, sealing); err != nil {
		s.remember(key, c)
		s.warnOnce("keep", fmt.Sprintf("the session is not kept for the next command: %v", err))
		return
	}
	s.dropFromMemory(key)
	s.forgetWords(key)
	now := s.now()
	if !c.Issued.AWS.IsZero() {
		now = c.Issued.AWS // as the ends that are compared with it
	}
	s.swept.Do(func() { s.sweep(now) })
}

func (s *Store) write(key creds.Key, c creds.Credentials, sealing *sealingKey) error {
	name := key.String() + entrySuffix
	entry, err := seal(c, name, sealing, s.random)
	if err != nil {
		return err
	}
	if err := s.setAside(key); err != nil {
		return err
	}
	if err := safefile.Write(s.path(name), entry, 0o600); err != nil {
		return err
	}
	_ = markEnd(s.path(name), c.Expires) // a hint for lists, not worth a warning
	return nil
}

// setAside moves an entry that cannot be trusted out of the way, so that it can
// be looked at; Forget removes it.
func (s *Store) setAside(key creds.Key) error {
	_, found := s.Peek(key)
	var damaged *DamagedError
	var denied *DeniedError
	if !errors.As(found, &damaged) && !errors.As(found, &denied) {
		return nil
	}
	path := s.path(key.String() + entrySuffix)
	aside := path + badMark + s.now().UTC().Format("20060102T150405.000000000")
	if err := os.Rename(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.warnOnce("damage", fmt.Sprintf("%v; it was set aside as %q and replaced", found, aside))
	return nil
}

// sweep removes what processes that died left behind, and sessions long over.
func (s *Store) sweep(now time.Time) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		_, isEntry := parseName(e.Name())
		end := endOf(info)
		over := isEntry && !end.IsZero() && now.Sub(end) > entryLife
		stale := s.wall().Sub(info.ModTime()) > tempLife
		orphan := safefile.IsTemp(e.Name()) && strings.Contains(e.Name(), entrySuffix)
		note := strings.HasSuffix(e.Name(), wordsSuffix) || strings.HasSuffix(e.Name(), codesSuffix)
		if over || (orphan || note) && stale {
			_ = os.Remove(s.path(e.Name()))
		}
	}
}
