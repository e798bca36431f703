//go:build unix

package safefile

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const lockOpenFlags = os.O_CREATE | os.O_RDWR | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY

func checkLockFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return &RefusedError{Path: path, Reason: NotRegular}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return &RefusedError{Path: path, Reason: ForeignOwner}
	}
	return nil
}

// writeHolder leaves the holder's process ID in the lock file, for those who
// wait. It is a courtesy: a full disk must not cost the lock.
func writeHolder(path string) {
	fd, err := open(path, unix.O_WRONLY|unix.O_TRUNC|unix.O_NONBLOCK)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_, _ = unix.Write(fd, strconv.AppendInt(nil, int64(os.Getpid()), 10))
}

func readHolder(path string) int {
	text, err := ReadPrivate(path, 32)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 || errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return 0
	}
	return pid
}
