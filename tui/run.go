package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/switching"
)

// Options is what [Run] and [RunLinear] need to know.
type Options struct {
	// Backend is the world. Where it is a [Rehearsal] as well, the program stays
	// open after a switch and after an exit.
	Backend Backend
	// Input and Output are the controlling terminal, never a redirected standard
	// stream: what is drawn must not land in a pipe.
	Input, Output *os.File
	// Environ is the environment as os.Environ gives it. The screens look at TERM,
	// NO_COLOR and their kin, at LC_ALL, LC_CTYPE and LANG for the character set,
	// at HOME, which they write as ~ in the names of files, and at SSH_CONNECTION and
	// its kin: at the other end of a line nothing counts seconds.
	Environ []string

	// For is what Enter gets a role for: ForShell, or ForConsole, which ends the
	// program with Picked.
	For Purpose
	// Height is the lines to use below the cursor; 0 takes the whole terminal, on
	// the alternate screen.
	Height int
	// Filter is the query the list opens with.
	Filter string
	// Order is "frecency" (also the empty string), which puts the roles entered often
	// and lately first, or "name".
	Order string
	// Theme is "auto" (also the empty string) or "mono": no colour, only bold,
	// faint and reverse. NO_COLOR in Environ means mono.
	Theme string
	// CanSuspend lets Ctrl-Z suspend the program. It must be false where the shell
	// waits for the program's output and could not resume it.
	CanSuspend bool
}

// Kind says how the program was left.
type Kind int

// The ways to leave the program.
const (
	Cancelled Kind = iota // Esc at the top, or Ctrl-C: nothing changed, exit code 130
	Closed                // left in order; what was switched or exited before stays
	Switched              // Result.Session is the role
	Exited                // Result.Identity is who the shell is again, Result.One whether only one role was left
	Subshell              // a new shell is wanted, with Result.Session
	Demo                  // the sandbox is wanted
	Refresh               // the verb of that name is to renew the active role
	Command               // Result.Line is to be run with Result.Session
	Picked                // Result.Session is of the role that was picked for Options.For
)

// Result is what the user came to.
type Result struct {
	Kind     Kind
	Session  switching.Session  // of Switched, Subshell, Command and Picked
	Identity switching.Identity // of Exited
	One      bool               // of Exited
	Line     string             // of Command: what was typed, for a shell to read
}

// SignalError says that a signal ended the program. The terminal is restored.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return "stopped by signal: " + e.Signal.String() }

// CrashError is a mistake in the program itself. The terminal is restored.
type CrashError struct {
	Value any
	Stack []byte // of the goroutine that panicked, for a report
}

// Error hides in the value whatever is long enough to be a secret of AWS's.
func (e *CrashError) Error() string {
	secret := regexp.MustCompile(`[A-Za-z0-9/+=_-]{32,}`)
	return "stopped by a mistake of its own: " + inert(secret.ReplaceAllString(fmt.Sprint(e.Value), "(hidden)"))
}

type signalMsg struct{ signal os.Signal }

// Run shows the screens on the terminal and returns what the user came to.
//
// Errors: a [*SignalError] after SIGINT, SIGTERM, SIGHUP or SIGQUIT; a
// [*CrashError] after a panic; ctx's error when it ends; an error of
// Backend.Overview at the start; and what the terminal itself refuses. On every way out the terminal is as it was.
//
// The terminal has to be able to move its cursor: where [NeedsLinear] says that it
// is not, and where the user asks for it, call [RunLinear] in its place.
func Run(ctx context.Context, opts Options) (Result, error) {
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newRoot(ctx, opts)
	crashes := make(chan *CrashError, 1)
	m.crash = func(crash *CrashError) {
		select {
		case crashes <- crash:
		default:
		}
	}
	program := tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(opts.Input), tea.WithOutput(&wheelTerminal{File: opts.Output}),
		tea.WithEnvironment(opts.Environ), tea.WithoutSignalHandler())

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	stopped := make(chan os.Signal, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				select {
				case stopped <- s:
				default:
				}
				program.Send(signalMsg{s})
			case crash := <-crashes:
				program.Send(crashMsg{crash})
			}
		}
	}()

	_, err := program.Run()
	if err == nil && opts.Height > 0 && m.height() > 1 {
		// The last frame is empty lines with the cursor on the last: back to the first.
		fmt.Fprintf(opts.Output, "\r\x1b[%dA\x1b[J", m.height()-1)
	}
	drain(opts.Input, opts.Output, !m.settled && time.Since(began) < answersTake)
	switch {
	case m.out.done:
		return m.out.result, m.out.err
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case err != nil:
		if s := awaited(stopped); s != nil {
			return Result{}, &SignalError{Signal: s}
		}
	}
	if errors.Is(err, tea.ErrProgramPanic) {
		return Result{}, &CrashError{Value: err}
	}
	return Result{}, err
}

// awaited waits a moment for the signal that explains an error: when a terminal
// goes away, reading fails at the same time as SIGHUP comes.
func awaited(stopped <-chan os.Signal) os.Signal {
	select {
	case s := <-stopped:
		return s
	case <-time.After(100 * time.Millisecond):
		return nil
	}
}

func (o Options) order() order {
	if order(o.Order) == byName {
		return byName
	}
	return byUse
}

func (o Options) mono() bool {
	noColour, set := lookup(o.Environ, "NO_COLOR")
	return o.Theme == "mono" || set && noColour != ""
}

// utf8 reports whether the locale says that the terminal shows UTF-8.
func (o Options) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value, _ := lookup(o.Environ, name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows"
}

// remote reports whether the terminal is at the other end of an SSH connection: what
// counts seconds would be sent, and read aloud there, every second.
func (o Options) remote() bool {
	for _, name := range []string{"SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"} {
		if value, _ := lookup(o.Environ, name); value != "" {
			return true
		}
	}
	return false
}

// inTmux reports whether the terminal is one of tmux.
func (o Options) inTmux() bool {
	socket, _ := lookup(o.Environ, "TMUX")
	return socket != ""
}

func (o Options) home() string {
	home, _ := lookup(o.Environ, "HOME")
	return strings.TrimRight(home, "/")
}

// lookup finds a variable; the last one wins, as in a process.
func lookup(environ []string, name string) (string, bool) {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value, true
		}
	}
	return "", false
}
