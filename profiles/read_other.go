//go:build !unix

package profiles

import (
	"io/fs"
	"os"
)

// openToRead looks before it opens, so that it does not wait for a pipe.
func openToRead(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if why := unfit(info); why != "" {
		return nil, &FileError{Path: path, Why: why}
	}
	return os.Open(path)
}

// distrust does not look at access control lists: a home directory on Windows
// is its user's alone unless somebody has changed that.
func distrust(fs.FileInfo) string { return "" }
