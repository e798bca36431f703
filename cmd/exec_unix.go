//go:build unix

package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"cameo/profiles"
)

// replace turns this process into the command: its exit code, its signals, its
// terminal and its job control are its own, and no cameo stays behind.
func replace(path string, argv, environ []string) error {
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

// terminate asks a command to end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// detach lets a command outlive this process, and the Ctrl-C of its terminal.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// exitOf is a command's exit code; one that a signal ended counts as in shells.
func exitOf(e *exec.ExitError) int {
	if status, ok := e.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalExit(status.Signal())
	}
	return e.ExitCode()
}

// withoutSuspension lets commands that are started from now on ignore Ctrl-Z, until
// the function that it returns is called.
func withoutSuspension() func() {
	signal.Ignore(syscall.SIGTSTP)
	return func() { signal.Reset(syscall.SIGTSTP) }
}
