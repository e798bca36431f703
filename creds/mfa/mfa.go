// Package mfa has the places where an MFA code can come from: a person at the
// terminal, a command of the settings, or nobody. Each is a [creds.Codes].
//
// A code is never written anywhere, and never appears in an error.
package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
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
}

// Code asks for one code of six digits, and after a rejection says why. Without a
// terminal, or without an answer within 50 seconds, the error is a
// *creds.CodeNeededError; after the third rejection it is the rejection; else what
// the terminal returned, such as term.ErrCancelled.
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
			return "", needed(need, "nobody answered the prompt within 50 s")
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
		fmt.Fprintf(&b, "this role asks for its own code because it lasts %s; the next role will ask again\n", length(need.Lasts))
	}
	fmt.Fprintf(&b, "MFA code of %s for ", profiles.Inert(need.Device))
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
	b.WriteString(": ")
	return b.String()
}

// length prints a time as people say it: "4 h", "1 h 30 min".
func length(d time.Duration) string {
	hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
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
	// Stderr gets what the program says while it runs ("touch the key"); nil: it is
	// kept for the error.
	Stderr io.Writer
}

// outputLimit is far more than a code, and than the messages around it.
const outputLimit = 64 << 10

// Code runs the command, once: a device that gave a refused code gives the same
// one again until its 30 seconds are over. The error is a *creds.CodeNeededError,
// the rejection, or the context's.
func (c Command) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Rejected != nil {
		return "", need.Rejected
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
	return "", needed(need, fmt.Sprintf("the command %s of [mfa] %s", profiles.Quote(c.Argv[0]), why))
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
