//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_NOFOLLOW, 0)
}

// names is how many names a file has.
func names(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// likeness gives a new file the owner, the mode and the extended attributes of
// the one that it is to replace. The owner has to be kept, for nobody is to be
// locked out of a file by an edit; a group or an attribute that the system does
// not let the caller set is not.
func likeness(temp *os.File, target string, old fs.FileInfo) error {
	was, ok := old.Sys().(*syscall.Stat_t)
	info, err := temp.Stat()
	if err != nil {
		return err
	}
	is, alsoOK := info.Sys().(*syscall.Stat_t)
	if ok && alsoOK {
		if was.Uid != is.Uid && temp.Chown(int(was.Uid), -1) != nil {
			return &RefusedError{Path: target, Reason: ForeignOwner}
		}
		if was.Gid != is.Gid {
			_ = temp.Chown(-1, int(was.Gid))
		}
	}
	if err := temp.Chmod(old.Mode()); err != nil {
		return err
	}
	return copyAttributes(temp, target)
}

// copyAttributes copies what of the extended attributes can be read and set.
func copyAttributes(temp *os.File, target string) error {
	size, err := unix.Llistxattr(target, nil)
	if err != nil || size == 0 {
		return nil //nolint:nilerr // a file system without attributes has none to copy
	}
	list := make([]byte, size)
	if size, err = unix.Llistxattr(target, list); err != nil {
		return nil //nolint:nilerr // as above
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list[:size]), "\x00"), "\x00") {
		length, err := unix.Lgetxattr(target, name, nil)
		if err != nil {
			continue
		}
		value := make([]byte, length)
		if length, err = unix.Lgetxattr(target, name, value); err != nil {
			continue
		}
		err = unix.Fsetxattr(int(temp.Fd()), name, value[:length], 0)
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EIO) {
			return &fs.PathError{Op: "setxattr", Path: temp.Name(), Err: err}
		}
	}
	return nil
}

// link is what creates a file under a name that nobody has taken, where the
// system has no rename for it.
func link(temp, target string) error {
	if err := os.Link(temp, target); err != nil {
		return err
	}
	return os.Remove(temp)
}
