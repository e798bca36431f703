package settings

import (
	"io/fs"
	"os"
)

func openToRead(path string) (*os.File, error) { return os.Open(path) }

// distrusted knows nothing here: the folder's access list protects the file.
func distrusted(fs.FileInfo) string { return "" }
