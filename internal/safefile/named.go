package safefile

import (
	"io/fs"
	"os"
)

// Open opens to read what the user named, whatever is there: links are followed,
// and it waits for no other end of a pipe. Read it only where info says that it is
// a file.
func Open(path string) (file *os.File, info fs.FileInfo, err error) {
	if file, err = openWithoutWaiting(path); err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}
