//go:build unix

package settings

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openToRead opens without waiting for the other end of a pipe.
func openToRead(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

func distrusted(info fs.FileInfo) string {
	if info.Mode().Perm()&0o002 != 0 {
		return "is writable by everyone"
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (uid %d)", st.Uid)
	}
	return ""
}
