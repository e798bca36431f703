// Package cmd is the command line: one file per verb, and around them app.go,
// which wires the program together, exit.go, which turns errors into exit codes
// and sentences, and out.go, which owns the streams.
//
// [Main] is the only entry. The package is the only one that reads os.Args and the
// environment, and the only one that ends the process.
package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
)

// Build says which program this is; the release build sets it.
type Build struct{ Version, Commit, Date string }

// Main runs the program with the process's own arguments, environment and
// streams, and returns its exit code.
func Main(build Build) int {
	leaveNoCore()
	world := World{
		Args: os.Args[1:], Environ: os.Environ(), Build: build,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now, Uptime: creds.Uptime,
	}
	if now, ok := world.lookup("CAMEO_NOW"); ok && now != "" {
		fixed, err := time.Parse(time.RFC3339, now)
		if err != nil {
			fmt.Fprintf(os.Stderr, "cameo: CAMEO_NOW: %q is not a time of RFC 3339\n", now)
			return exitUsage
		}
		world.Now = func() time.Time { return fixed }
		world.Uptime = nil // it stands for every clock of this machine
	}
	if code, done := warm(world); done {
		return code
	}
	// Most commands end before there is much to collect: with ten thousand profiles
	// the collector would take a third of the time. Completion, at every Tab, does
	// without it; all up to a bound.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(512 << 20)
	if len(world.Args) > 0 && world.Args[0] == cobra.ShellCompRequestCmd {
		debug.SetGCPercent(-1)
	}
	return run(world)
}

// run is everything but the warm path. The first signal cancels what is under way,
// so that the terminal is restored and locks are released; the exit code says
// which it was.
func run(world World) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	go func() {
		if s, ok := (<-signals).(syscall.Signal); ok {
			cancel(&signalError{s})
			// A second one ends the process as the system does. But for SIGHUP: a terminal
			// that closes and its shell send one each, and what was begun is to be tidied up.
			signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
		}
	}()
	return execute(ctx, &world)
}

// mortal leaves signals to the system from here on, for verbs that have nothing to tidy
// up: they end at once, in the middle of whatever they work out. The error is that of a
// signal that came before. SIGQUIT is not among them, at which Go would print stacks.
func mortal(ctx context.Context) error {
	signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return ctx.Err()
}

// signalError is the cause of a context that a signal cancelled.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// World is everything the process was started with.
type World struct {
	Args, Environ         []string
	Stdin, Stdout, Stderr *os.File
	Now                   func() time.Time
	Uptime                func() time.Duration // nil: not known
	Build                 Build
}

// lookup finds a variable; the first of two with one name wins, as in execve's
// readers.
func (w *World) lookup(name string) (string, bool) {
	for _, pair := range w.Environ {
		if value, found := strings.CutPrefix(pair, name); found && strings.HasPrefix(value, "=") {
			return value[1:], true
		}
	}
	return "", false
}

func (w *World) get(name string) string {
	value, _ := w.lookup(name)
	return value
}
