//go:build unix

package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"cameo/profiles"
)

// replace turns this process into the command: its exit code, its signals, its
// terminal and its job control are its own, and no cameo stays behind.
func replace(_ context.Context, path string, argv, environ []string) error {
	err := syscall.Exec(path, argv, environ)
	exit := exitNotStarted
	switch {
	case errors.Is(err, fs.ErrNotExist):
		exit = exitNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOEXEC):
		exit = exitNotProgram
	}
	return &codedError{exit: exit, code: "other", message: fmt.Sprintf("%s: %s", profiles.Inert(argv[0]), err)}
}
