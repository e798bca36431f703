package safefile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// beatEvery is how often a holder shows that it lives, by the modification time
// of the lock file.
const beatEvery = time.Second

// Held is a lock that its caller holds until [Held.Release].
type Held struct {
	file *flock.Flock
	rest func() // ends the beats; nil: there are none
}

// Release gives the lock up. The file stays: unlinking it would let two
// processes hold two different files of one name.
func (h *Held) Release() {
	if h.rest != nil {
		h.rest()
	}
	_ = h.file.Unlock()
}

// live touches the file from now on, as long as the process runs and is not
// stopped.
func (h *Held) live() {
	held, rest := context.WithCancel(context.Background())
	h.rest = rest
	path := h.file.Path()
	go func() {
		beat := time.NewTicker(beatEvery)
		defer beat.Stop()
		for {
			select {
			case <-held.Done():
				return
			case now := <-beat.C:
				_ = os.Chtimes(path, now, now)
			}
		}
	}()
}

// Holder is who holds a lock, in its own words; the zero value is nobody known.
type Holder struct {
	PID  int
	Name string    // the program that it works for, as it came; may be empty
	From time.Time // when it took the lock
}

// Lock takes the exclusive lock on path, a file made for nothing but this (its
// directory has to exist), and waits for it until ctx ends, which gives a
// *BusyError. The kernel releases the lock when the holder dies. A symbolic
// link or a foreign file in its place gives a *RefusedError.
//
// Whoever has to wait sleeps in the kernel: a release wakes exactly one waiter
// at once, however many there are, where polling would have a thousand of them
// compete for the processor with the one that works. The price is a thread per
// waiter, and that a waiter whose ctx ended leaves its thread behind until the
// lock is free (or the process ends); the lock is then released at once.
func Lock(ctx context.Context, path string) (*Held, error) {
	return LockAs(ctx, path, func() string { return "" })
}

// LockAs is [Lock] for a holder that works for a program, whose name is asked for
// once the lock is taken: it is told to those who wait (see [HolderOf]).
func LockAs(ctx context.Context, path string, name func() string) (*Held, error) {
	held, err := lock(ctx, path, (*flock.Flock).TryLock, (*flock.Flock).Lock)
	return held.by(name), err
}

// TryLockAs is [LockAs] that does not wait: nil without an error where somebody else
// has the lock.
func TryLockAs(path string, name func() string) (*Held, error) {
	held, err := lock(context.Background(), path, (*flock.Flock).TryLock, nil)
	return held.by(name), err
}

// by says who holds the lock, and begins to show that it lives.
func (h *Held) by(name func() string) *Held {
	if h != nil {
		writeHolder(h.file.Path(), Holder{PID: os.Getpid(), Name: name(), From: time.Now()})
		h.live()
	}
	return h
}

// LockShared is [Lock] for a lock that any number of holders share, while nobody
// has it for himself.
func LockShared(ctx context.Context, path string) (*Held, error) {
	return lock(ctx, path, (*flock.Flock).TryRLock, (*flock.Flock).RLock)
}

// IsLocked reports whether somebody has the lock on path for himself.
func IsLocked(path string) bool {
	if _, err := os.Lstat(path); err != nil {
		return false
	}
	file := flock.New(path, flock.SetFlag(lockOpenFlags), flock.SetPermissions(0o600))
	free, err := file.TryRLock()
	_ = file.Close() // and gives it up
	return err == nil && !free
}

func lock(ctx context.Context, path string, try func(*flock.Flock) (bool, error), block func(*flock.Flock) error) (*Held, error) {
	if ctx.Err() != nil {
		return nil, &BusyError{Path: path, Err: context.Cause(ctx)}
	}
	if info, err := os.Lstat(path); err == nil {
		if isLink(path) {
			return nil, &RefusedError{Path: path, Reason: Symlink}
		}
		if err := checkLockFile(path, info); err != nil {
			return nil, err
		}
	}
	file := flock.New(path, flock.SetFlag(lockOpenFlags), flock.SetPermissions(0o600))
	locked, err := try(file)
	if err != nil {
		return nil, openProblem(path, err)
	}
	switch {
	case !locked && block == nil:
		_ = file.Close()
		return nil, nil
	case !locked:
		if err := wait(ctx, file, block); err != nil {
			return nil, err
		}
	}
	held := &Held{file: file}
	info, err := file.Stat()
	if err == nil {
		err = checkLockFile(path, info)
	}
	if err != nil {
		held.Release()
		return nil, err
	}
	return held, nil
}

// HolderOf returns who took the lock on path last; the zero Holder where that is
// not known, or its process is not alive.
func HolderOf(path string) Holder { return readHolder(path) }

// LastBeat is when the holder of the lock on path showed last that it lives, which
// it does every second; a process that was stopped does not.
func LastBeat(path string) time.Time {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func wait(ctx context.Context, file *flock.Flock, block func(*flock.Flock) error) error {
	done := make(chan error, 1)
	go func() {
		for {
			err := block(file)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			done <- err
			return
		}
	}()
	select {
	case err := <-done:
		if err != nil {
			return openProblem(file.Path(), err)
		}
		return nil
	case <-ctx.Done():
		go func() {
			if <-done == nil {
				_ = file.Unlock()
			}
		}()
		return &BusyError{Path: file.Path(), Holder: HolderOf(file.Path()), Err: context.Cause(ctx)}
	}
}

func openProblem(path string, err error) error {
	if errors.Is(err, syscall.ELOOP) {
		return &RefusedError{Path: path, Reason: Symlink}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return &fs.PathError{Op: "lock", Path: path, Err: err}
}
