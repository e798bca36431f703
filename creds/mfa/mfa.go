// Package mfa has the places where an MFA code can come from: a command of the
// profile ([Process]) or of the settings ([Command]), a person at the terminal
// ([Terminal]), or nobody ([Nobody]). Each is a [creds.Codes].
//
// A code is never written anywhere, and never appears in an error.
package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"cameo/creds"
	"cameo/internal/term"
	"cameo/profiles"
)

// promptTimeout closes an unanswered prompt before the minute after which the AWS
// SDK for Go gives up on a credential_process.
const promptTimeout = 50 * time.Second

// attempts is how often a person is asked in one go.
const attempts = 3

// Nobody can be asked.
type Nobody struct{ Why string }

// Offer is creds.NoCode.
func (n Nobody) Offer(creds.CodeRequest) creds.Offer { return creds.NoCode }

// Code returns a *creds.CodeNeededError.
func (n Nobody) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	if need.Rejected != nil {
		return "", need.Rejected
	}
	return "", needed(need, n.Why)
}

func needed(need creds.CodeRequest, why string) error {
	return &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Why: why}
}

// noTerminal is who answers where a Terminal cannot ask.
func noTerminal() Nobody {
	return Nobody{Why: "there is no terminal to ask on: supply it with --mfa-code"}
}

// Terminal asks a person on the controlling terminal, wherever stdin and stdout
// lead.
type Terminal struct {
	Open func() (Closer, error)
}

// Closer is an open terminal.
type Closer interface {
	term.Asker
	io.Closer
	CanAsk() bool // false in the background
	Name() string // such as /dev/pts/3
}

// Offer looks whether a question could be asked now.
func (t Terminal) Offer(creds.CodeRequest) creds.Offer {
	asker, err := t.Open()
	if err != nil {
		return creds.NoCode
	}
	defer asker.Close()
	if !asker.CanAsk() {
		return creds.NoCode
	}
	return creds.SomeCode
}

// Code asks for one code of six digits, and after a rejection says why. Without a
// terminal, or without an answer within 50 seconds, the error is a
// *creds.CodeNeededError; a *creds.CancelledError where the user cancelled; after the
// third rejection it is the rejection; else what the terminal returned.
func (t Terminal) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Attempt > attempts {
		return "", need.Rejected
	}
	asker, err := t.Open()
	if err != nil {
		return noTerminal().Code(ctx, need)
	}
	defer asker.Close()
	within, cancel := context.WithTimeout(ctx, promptTimeout)
	defer cancel()
	prompt, problem := promptFor(need), ""
	if need.Why != "" {
		problem = profiles.Inert(need.Why) + "\n"
	}
	if need.Rejected != nil {
		problem = profiles.Inert(need.Rejected.Error()) + "\n"
	}
	for {
		answer, err := asker.Ask(within, problem+prompt)
		switch {
		case errors.Is(err, term.ErrNoTerminal):
			return noTerminal().Code(ctx, need)
		case err != nil && ctx.Err() == nil && within.Err() != nil:
			return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Asked: true,
				Why: fmt.Sprintf("prompt timed out on %s: nobody answered within 50 s", asker.Name())}
		case errors.Is(err, term.ErrCancelled):
			return "", &creds.CancelledError{Device: need.Device, Err: err, Why: "prompt was cancelled on " + asker.Name()}
		case err != nil:
			return "", err
		}
		if code, ok := parse(answer); ok {
			return code, nil
		}
		problem = "a code has six digits\n"
	}
}

func promptFor(need creds.CodeRequest) string {
	var b strings.Builder
	if need.Lasts > 0 {
		fmt.Fprintf(&b, "this role asks for its own code because it lasts %s; the next asks too\n", profiles.Span(need.Lasts))
	}
	b.WriteString("For ")
	if need.Production {
		b.WriteString("PRODUCTION ")
	}
	b.WriteString(profiles.Inert(need.Profile))
	if role, err := profiles.ParseRoleARN(need.RoleARN); err == nil {
		fmt.Fprintf(&b, " (%s in %s)", profiles.Inert(role.Name), role.Account)
	}
	if need.Agent != "" {
		fmt.Fprintf(&b, ", asked by %s", profiles.Inert(need.Agent))
	}
	if need.Host != "" {
		fmt.Fprintf(&b, ", sent to %s", profiles.Inert(need.Host))
	}
	fmt.Fprintf(&b, "\nMFA code of %s: ", profiles.Inert(need.Device))
	return b.String()
}

// parse is the code in what was typed or printed. AWS takes six digits; people and
// programs write spaces and dashes between them.
func parse(text string) (code string, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(text))
	return code, len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

// Command runs a program whose output is a code.
type Command struct {
	Argv    []string // not empty; no shell is involved
	Environ []string
	// Called is what messages call the command; empty: by its program, of [mfa].
	Called string
	// Stderr gets what the program says while it runs ("touch the key"); nil: it is
	// kept for the error.
	Stderr io.Writer
	// Say is told, in one line, what is waited for; nil: nobody is.
	Say func(string)
}

// outputLimit is far more than a code, and than the messages around it.
const outputLimit = 64 << 10

// Code runs the command. Where the code that it gave was used before, it waits for
// the next one and runs the command again, once; a code that AWS refused is not tried
// another time. The error is a *creds.CodeNeededError, the rejection, or the
// context's.
func (c Command) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Rejected != nil {
		used, ok := errors.AsType[*creds.CodeUsedError](need.Rejected)
		if !ok || need.Attempt > 2 {
			return "", need.Rejected
		}
		if err := c.next(ctx, used.Next); err != nil {
			return "", err
		}
	}
	if need.Why != "" && c.Stderr != nil {
		fmt.Fprintf(c.Stderr, "cameo: %s\n", profiles.Inert(need.Why))
	}
	within, cancel := context.WithTimeout(ctx, promptTimeout)
	defer cancel()
	command := exec.CommandContext(within, c.Argv[0], c.Argv[1:]...)
	command.Env = c.Environ
	command.WaitDelay = time.Second
	var out, messages limited
	command.Stdout, command.Stderr = &out, &messages
	if c.Stderr != nil {
		command.Stderr = io.MultiWriter(c.Stderr, &messages)
	}
	err := command.Run()
	var why string
	switch code, ok := parse(string(out.data)); {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case within.Err() != nil:
		why = "did not end within 50 s"
	case err != nil:
		why = "failed: " + profiles.Inert(firstLine(string(messages.data), err.Error()))
	case ok:
		return code, nil
	default:
		why = "did not print six digits"
	}
	called := c.Called
	if called == "" {
		called = fmt.Sprintf("the command %s of [mfa]", profiles.Quote(c.Argv[0]))
	}
	return "", needed(need, called+" "+why)
}

// next waits until the device shows another code.
func (c Command) next(ctx context.Context, wait time.Duration) error {
	if c.Say != nil {
		c.Say(fmt.Sprintf("that MFA code was already used: waiting %d s for the next one", int(wait/time.Second)))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Process runs the command of a profile (mfa_process), as SDKs run its
// credential_process: with the shell, and only where it stands in a file that nobody
// else can write. Of profiles without one it asks Then.
type Process struct {
	Environ []string
	Stderr  io.Writer    // as of Command
	Say     func(string) // as of Command
	Then    creds.Codes
}

// Offer is that of Then where the profile has no command.
func (p Process) Offer(need creds.CodeRequest) creds.Offer {
	if o, ok := p.Then.(creds.Offerer); ok && need.Command.Text == "" {
		return o.Offer(need)
	}
	return creds.SomeCode
}

// Code runs the command as Command does. For one that must not be run the error is a
// *profiles.ValueError.
func (p Process) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Command.Text == "" {
		return p.Then.Code(ctx, need)
	}
	if need.CommandDistrust != "" {
		return "", &profiles.ValueError{Profile: need.Profile, Key: "mfa_process", Value: need.Command, Why: "it is not run, because the file " + need.CommandDistrust}
	}
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C"}
	}
	return Command{Argv: append(shell, need.Command.Text), Environ: p.Environ, Stderr: p.Stderr, Say: p.Say,
		Called: fmt.Sprintf("mfa_process (%s)", need.Command.Position)}.Code(ctx, need)
}

// limited keeps the first outputLimit bytes and drops the rest.
type limited struct{ data []byte }

func (l *limited) Write(p []byte) (int, error) {
	l.data = append(l.data, p[:min(len(p), outputLimit-len(l.data))]...)
	return len(p), nil
}

func firstLine(texts ...string) string {
	for _, text := range texts {
		if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); line != "" {
			return line
		}
	}
	return ""
}
