package safefile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/gofrs/flock"
)

// Held is a lock that its caller holds until [Held.Release].
type Held struct{ file *flock.Flock }

// Release gives the lock up. The file stays: unlinking it would let two
// processes hold two different files of one name.
func (h *Held) Release() { _ = h.file.Unlock() }

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
	if err := ctx.Err(); err != nil {
		return nil, &BusyError{Path: path, Err: err}
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
	locked, err := file.TryLock()
	if err != nil {
		return nil, openProblem(path, err)
	}
	if !locked {
		if err := wait(ctx, file); err != nil {
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
	writeHolder(path)
	return held, nil
}

// Holder returns the process ID of the process that took the lock on path
// last, 0 where that is not known or it is not alive.
func Holder(path string) int { return readHolder(path) }

func wait(ctx context.Context, file *flock.Flock) error {
	done := make(chan error, 1)
	go func() {
		for {
			err := file.Lock()
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
		return &BusyError{Path: file.Path(), Holder: Holder(file.Path()), Err: context.Cause(ctx)}
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
