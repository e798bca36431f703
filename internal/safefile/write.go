package safefile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	tempMark     = ".tmp-"
	maxLinkDepth = 40
)

// Write replaces the contents of path, or creates it, with the given mode: a
// reader, and a machine that loses power, has the old bytes or the new ones. A
// symbolic link stays and its target is replaced; an owner other than the
// caller is kept where the system allows it. The data is never, not for a
// moment, in a file with more than mode 0600 and mode. No temporary file is
// left after an error; one that a killed process left answers to [IsTemp].
func Write(path string, data []byte, mode fs.FileMode) (err error) {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	dir, name := filepath.Split(target)
	temp, err := os.CreateTemp(dir, "."+name+tempMark+"*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	keepOwner(temp, target)
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := replace(temp.Name(), target); err != nil {
		return err
	}
	return syncDir(dir)
}

// IsTemp reports whether a file of this name is one that [Write] makes on its
// way. One that is older than a few minutes belongs to a process that died.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, tempMark)
}

// resolve follows the symbolic links of path, the last one dangling or not.
func resolve(path string) (string, error) {
	asked := path
	for range maxLinkDepth {
		dir, name := filepath.Split(path)
		if dir == "" {
			dir = "."
		}
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, name)
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil
		}
		if !filepath.IsAbs(link) {
			// Not Join: it would drop "x/.." although x may be a link.
			link = dir + string(filepath.Separator) + link
		}
		path = link
	}
	return "", fmt.Errorf("%q: too many levels of symbolic links", asked)
}
