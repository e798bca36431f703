package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

// beganAt is when a caller began to want what it waits for: the key of a context's
// value, so that the flights inside a flight count from there.
type beganAt struct{}

func (s *Store) begin(ctx context.Context) (context.Context, time.Time) {
	if began, ok := ctx.Value(beganAt{}).(time.Time); ok {
		return ctx, began
	}
	began := s.wall()
	return context.WithValue(ctx, beganAt{}, began), began
}

// Await waits for the session of a flight that the caller cannot fill, because
// nobody can be asked for a code there. found is true as soon as a usable session is
// in the cache. While another process asks (Flight.Asks) it waits for the answer; for
// one to come it waits the moment of Patience.Come. The errors are those of Fetch.
func (s *Store) Await(ctx context.Context, f creds.Flight) (found bool, err error) {
	ctx, began := s.begin(ctx)
	asked := s.path(f.Key.String() + askSuffix)
	look := time.NewTicker(s.patient.Listen)
	defer look.Stop()
	end := time.NewTimer(s.patient.Come)
	defer end.Stop()
	for {
		if c, err := s.Peek(f.Key); err == nil && f.Usable(c) {
			return true, nil
		}
		if err := s.heard(f, began); err != nil {
			return false, err
		}
		if safefile.IsLocked(asked) {
			if err := s.untilFree(ctx, asked); err != nil {
				return false, err
			}
			end.Reset(s.patient.Come) // for the next in line who asks
			continue
		}
		select {
		case <-look.C:
		case <-end.C:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// untilFree waits until nobody has a lock for himself. Those who waited then go on
// at moments of their own: to take the lock one of them has to come when no other one
// looks.
func (s *Store) untilFree(ctx context.Context, path string) error {
	began := time.Now()
	held, err := s.patiently(ctx, path, safefile.LockShared)
	if err != nil {
		return deniedOr(err)
	}
	held.Release()
	if time.Since(began) > time.Millisecond {
		return nil
	}
	pause := time.NewTimer(rand.N(20 * time.Millisecond)) //nolint:gosec // a pause is no secret
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lock waits for a lock of a key, making the directory on the way, and returns what
// gives it up. Where there can be no lock the error is nil as well, and the user was
// told: sessions are then not shared.
func (s *Store) lock(ctx context.Context, key creds.Key, suffix string) (func(), error) {
	unlock, err := s.lockFile(ctx, key.String()+suffix)
	return s.orNone(ctx, unlock, err)
}

// tryLock is lock for the one who fills a key; nil where somebody else does.
func (s *Store) tryLock(ctx context.Context, key creds.Key) (func(), error) {
	err := safefile.PrivateDir(s.dir)
	if err == nil {
		var held *safefile.Held
		held, err = safefile.TryLockAs(s.path(key.String()+lockSuffix), s.program)
		switch {
		case held != nil:
			return held.Release, nil
		case err == nil:
			return nil, nil
		}
	}
	return s.orNone(ctx, nil, deniedOr(err))
}

func (s *Store) orNone(ctx context.Context, unlock func(), err error) (func(), error) {
	var denied *DeniedError
	var stuck *creds.LockedError
	switch {
	case err == nil:
		return unlock, nil
	case errors.As(err, &denied), errors.As(err, &stuck), ctx.Err() != nil:
		return nil, err
	}
	s.warnOnce("keep", fmt.Sprintf("sessions are not shared between commands: %v", err))
	return func() {}, nil
}

func (s *Store) lockFile(ctx context.Context, name string) (func(), error) {
	if err := safefile.PrivateDir(s.dir); err != nil {
		return nil, deniedOr(err)
	}
	held, err := s.patiently(ctx, s.path(name), func(ctx context.Context, path string) (*safefile.Held, error) {
		return safefile.LockAs(ctx, path, s.program)
	})
	if err != nil {
		return nil, deniedOr(err)
	}
	return held.Release, nil
}

// patiently takes a lock, says after a while whom it waits for, and gives up on a
// holder that shows no life.
func (s *Store) patiently(ctx context.Context, path string, take func(context.Context, string) (*safefile.Held, error)) (*safefile.Held, error) {
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watch(path, cancel, ended) })
	held, err := take(waiting, path)
	close(ended)
	watcher.Wait()
	if stuck, ok := errors.AsType[*creds.LockedError](context.Cause(waiting)); ok && err != nil {
		return nil, stuck
	}
	return held, err
}

// watch looks at whether the holder of a lock lives, until the wait for it ended.
func (s *Store) watch(path string, giveUp context.CancelCauseFunc, ended <-chan struct{}) {
	look := time.NewTicker(s.patient.Beat)
	defer look.Stop()
	say := time.NewTimer(s.patient.Say)
	defer say.Stop()
	last, since := safefile.LastBeat(path), time.Now()
	for {
		select {
		case <-ended:
			return
		case <-say.C:
			s.waiting(safefile.HolderOf(path))
		case <-look.C:
			if beat := safefile.LastBeat(path); !beat.Equal(last) {
				last, since = beat, time.Now()
			}
			if still := time.Since(since); still >= s.patient.Stuck {
				h := safefile.HolderOf(path)
				giveUp(&creds.LockedError{PID: h.PID, Program: h.Name, Held: s.wall().Sub(h.From), Waited: still})
				return
			}
		}
	}
}
