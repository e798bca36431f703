package cmd

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/internal/term"
	"cameo/profiles"
)

// commandLine has the user's shell run a line in a session.
func (a *app) commandLine(session switching.Session, line string) error {
	path, err := lookPath(a.userShell())
	if err != nil {
		return err
	}
	flag := "-c"
	if strings.EqualFold(filepath.Base(path), "cmd.exe") {
		flag = "/c"
	}
	return a.takeOver(path, []string{path, flag, line}, sessionEnviron(a.childEnviron(), session))
}

// takeOver turns this process into the command, where its streams are the user's. The
// shell's function reads stdout, and waits: there the command gets the terminal, and
// this process ends with its code.
func (a *app) takeOver(path string, argv, environ []string) error {
	if !a.emitting() {
		return replace(path, argv, environ)
	}
	in, out, err := term.Files()
	if err != nil {
		return err
	}
	defer func() { _, _ = in.Close(), out.Close() }()
	// The shell that waits could not resume what Ctrl-Z stops; what the command
	// ignores is its own to change, and a shell does. Ctrl-C is the command's.
	defer withoutSuspension()()
	command := &exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: in, Stdout: out, Stderr: out}
	err = command.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return &statusError{exit: exitOf(ended)}
	}
	if err != nil {
		return &codedError{exit: exitNotStarted, code: "other", message: fmt.Sprintf("%s: %s", profiles.Inert(argv[0]), err)}
	}
	return a.emit(func(d shell.Dialect) (string, error) { return d.Nothing(), nil })
}
