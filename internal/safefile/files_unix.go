//go:build unix

package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Read returns the contents of a regular file of the user's own that has one
// name and at most limit bytes. It follows no symbolic link in the last element
// of path and never blocks. Anything else that is there gives a *RefusedError;
// nothing there gives an error that is fs.ErrNotExist.
func Read(path string, limit int) ([]byte, error) { return read(path, limit, 0) }

// ReadPrivate is [Read] for a file on which nobody but its owner may have
// rights.
func ReadPrivate(path string, limit int) ([]byte, error) { return read(path, limit, 0o077) }

func read(path string, limit int, forbidden uint32) ([]byte, error) {
	fd, err := open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if reason := objection(uint32(st.Mode), st.Uid, uint64(st.Nlink), forbidden); reason != 0 {
		return nil, &RefusedError{Path: path, Reason: reason}
	}
	if st.Size > int64(limit) {
		return nil, &RefusedError{Path: path, Reason: TooLarge}
	}
	// One byte more than the size: a read that leaves it unused has met the
	// end of the file, and one that fills it has seen the file grow.
	data := make([]byte, st.Size+1)
	filled := 0
	for filled < len(data) {
		var n int
		err := retry(func() (err error) { n, err = unix.Read(fd, data[filled:]); return err })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		filled += n
		if n == 0 || filled == int(st.Size) {
			return data[:filled], nil
		}
	}
	return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("the file grew while it was read")}
}

// objection returns what is wrong with an open file, 0 for nothing.
func objection(mode, uid uint32, links uint64, forbidden uint32) Reason {
	switch {
	case mode&unix.S_IFMT != unix.S_IFREG:
		return NotRegular
	case int(uid) != os.Geteuid():
		return ForeignOwner
	case links > 1: // 0: it was replaced since it was opened, and is whole
		return HardLinked
	case mode&forbidden != 0:
		return TooOpen
	}
	return 0
}

// open opens the last element of path itself, never what a link there leads to.
func open(path string, flags int) (int, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(path, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	switch {
	case err == nil:
		return fd, nil
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EMLINK), errors.Is(err, unix.ENOTDIR) && isLink(path):
		return -1, &RefusedError{Path: path, Reason: Symlink}
	case errors.Is(err, unix.ENXIO): // a socket
		return -1, &RefusedError{Path: path, Reason: NotRegular}
	}
	return -1, &fs.PathError{Op: "open", Path: path, Err: err}
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// PrivateDir makes sure that path is a directory of the user's own with mode
// 0700: it is created with its parents where it is missing, and its mode is
// repaired. A symbolic link, another kind of file or another owner gives a
// *RefusedError and is left alone.
func PrivateDir(path string) error {
	fd, err := open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		fd, err = open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	}
	if errors.Is(err, unix.ENOTDIR) {
		if info, statErr := os.Lstat(path); statErr == nil && !info.IsDir() {
			return &RefusedError{Path: path, Reason: NotDirectory}
		}
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if int(st.Uid) != os.Geteuid() {
		return &RefusedError{Path: path, Reason: ForeignOwner}
	}
	if uint32(st.Mode)&0o777 != 0o700 {
		if err := unix.Fchmod(fd, 0o700); err != nil {
			return &fs.PathError{Op: "chmod", Path: path, Err: err}
		}
	}
	return nil
}

// keepOwner gives a new file the owner of the one it replaces: root's edit of
// a user's file must not lock the user out of it. Where it is not allowed the
// file simply becomes the caller's.
func keepOwner(temp *os.File, target string) {
	old, err := os.Lstat(target)
	if err != nil {
		return
	}
	if st, ok := old.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		_ = temp.Chown(int(st.Uid), int(st.Gid))
	}
}

func replace(temp, target string) error { return os.Rename(temp, target) }

// syncDir makes a rename in dir durable. Some file systems cannot sync a
// directory and say so with EINVAL or ENOTSUP.
func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// openAppend opens a regular file of the user's own for reading and appending; it
// is made, and its mode repaired, with mode 0600.
func openAppend(path string) (*os.File, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDWR|unix.O_APPEND|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0o600)
		return err
	})
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EMLINK):
		return nil, &RefusedError{Path: path, Reason: Symlink}
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.EISDIR):
		return nil, &RefusedError{Path: path, Reason: NotRegular}
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	if err = retry(func() error { return unix.Fstat(fd, &st) }); err != nil {
		err = &fs.PathError{Op: "stat", Path: path, Err: err}
	} else if reason := objection(uint32(st.Mode), st.Uid, uint64(st.Nlink), 0); reason != 0 {
		err = &RefusedError{Path: path, Reason: reason}
	} else if st.Mode&0o077 != 0 {
		err = file.Chmod(0o600)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// openWithoutWaiting opens to read without the other end of a pipe, and without making
// a terminal the controlling one. Not by os.OpenFile, which starts the poller of the
// runtime before it finds that a regular file cannot be polled.
func openWithoutWaiting(path string) (*os.File, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		return err
	})
	if err == nil {
		err = unix.SetNonblock(fd, false)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Distrust says why commands that stand in a file must not be run, as a clause:
// somebody else can write them. It is empty for a file of the user's own, or of
// root's, that not everyone can write.
func Distrust(info fs.FileInfo) string {
	if info.Mode().Perm()&0o002 != 0 {
		return "is writable by everyone"
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (uid %d)", st.Uid)
	}
	return ""
}
