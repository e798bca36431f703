package cmd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"cameo/profiles"
)

// replace runs the command and ends as it does. Windows has no exec: Ctrl-C reaches
// the command by the console, and cameo waits for what it makes of it.
func replace(path string, argv, environ []string) error {
	signal.Ignore(os.Interrupt)
	command := &exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := command.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return &statusError{exit: ended.ExitCode()}
	}
	if err != nil {
		return &codedError{exit: exitNotStarted, code: "other", message: fmt.Sprintf("%s: %s", profiles.Inert(argv[0]), err)}
	}
	return nil
}

// terminate ends a command: Windows has no way to ask.
func terminate(p *os.Process) error { return p.Kill() }

// detach lets a command outlive the Ctrl-C of its console.
func detach(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// exitOf is a command's exit code.
func exitOf(e *exec.ExitError) int { return e.ExitCode() }

// withoutSuspension has nothing to do: a console knows no suspension.
func withoutSuspension() func() { return func() {} }
