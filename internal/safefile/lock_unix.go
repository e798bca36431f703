//go:build unix

package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

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

// writeHolder leaves who the holder is in the lock file, for those who wait: its
// process ID, the second of 1970 since which it holds the lock, and its name. It is a courtesy: a full disk must not cost the lock.
func writeHolder(path string, h Holder) {
	fd, err := open(path, unix.O_WRONLY|unix.O_TRUNC|unix.O_NONBLOCK)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_, _ = unix.Write(fd, fmt.Appendf(nil, "%d %d %s", h.PID, h.From.Unix(), h.Name[:min(len(h.Name), maxHolder/2)]))
}

// maxHolder is far more than what writeHolder writes of a usual name.
const maxHolder = 512

func readHolder(path string) Holder {
	text, err := ReadPrivate(path, maxHolder)
	if err != nil {
		return Holder{}
	}
	id, rest, _ := strings.Cut(string(text), " ")
	since, name, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(id)
	if err != nil || pid <= 0 || errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return Holder{}
	}
	h := Holder{PID: pid, Name: name}
	if seconds, err := strconv.ParseInt(since, 10, 64); err == nil {
		h.From = time.Unix(seconds, 0)
	}
	return h
}
