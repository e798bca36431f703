// Package mfa has the places where an MFA code can come from: a person at the
// terminal, a command of the settings, or nobody. Each is a [creds.Codes].
//
// A code is never written anywhere, and never appears in an error.
package mfa

import (
	"bytes"
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

// attempts is how often a person or a command is asked in one go.
const attempts = 3

// Nobody can be asked.
type Nobody struct{ Why string }

// Code returns a *creds.CodeNeededError.
func (n Nobody) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	if need.Rejected != nil {
		return "", need.Rejected
	}
	return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Why: n.Why}
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

// Code asks for one code of six digits. Without a terminal, or without an answer
// within 50 seconds, the error is a *creds.CodeNeededError; term.ErrCancelled
// where the person pressed Ctrl-C.
func (t Terminal) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Attempt > attempts {
		return "", need.Rejected
	}
	asker, err := t.Open()
	if err != nil {
		if need.Rejected != nil {
			return "", need.Rejected
		}
		return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile,
			Why: "there is no terminal to ask on: supply it with --mfa-code"}
	}
	defer asker.Close()
	ctx, cancel := context.WithTimeout(ctx, promptTimeout)
	defer cancel()
	prompt := promptFor(need)
	for {
		answer, err := asker.Ask(ctx, prompt)
		if errors.Is(err, context.DeadlineExceeded) {
			return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Why: "nobody answered the prompt within 50 s"}
		}
		if err != nil {
			return "", err
		}
		code := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(answer))
		if isCode(code) {
			return code, nil
		}
		prompt = "six digits: "
	}
}

func promptFor(need creds.CodeRequest) string {
	var b strings.Builder
	if need.Rejected != nil {
		fmt.Fprintf(&b, "%s\n", need.Rejected)
	}
	fmt.Fprintf(&b, "MFA code of %s", profiles.Inert(need.Device))
	fmt.Fprintf(&b, " for %s", profiles.Inert(need.Profile))
	if role, err := profiles.ParseRoleARN(need.RoleARN); err == nil {
		fmt.Fprintf(&b, " (%s in %s)", profiles.Inert(role.Name), role.Account)
	}
	if need.Agent != "" {
		fmt.Fprintf(&b, ", asked by %s", profiles.Inert(need.Agent))
	}
	b.WriteString(": ")
	return b.String()
}

// isCode reports whether text is what AWS takes as a TokenCode: six digits.
func isCode(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789") == ""
}

// Command runs a program whose output is a code.
type Command struct {
	Argv    []string
	Environ []string
}

// Code runs the command, once more for each refused code while the code changes.
func (c Command) Code(ctx context.Context, need creds.CodeRequest) (string, error) {
	if need.Attempt > 1 {
		return "", need.Rejected
	}
	ctx, cancel := context.WithTimeout(ctx, promptTimeout)
	defer cancel()
	fail := func(why string) (string, error) {
		return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile,
			Why: fmt.Sprintf("the command %q of [mfa] %s", profiles.Inert(c.Argv[0]), why)}
	}
	command := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	command.Env = c.Environ
	command.WaitDelay = time.Second
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	if err := command.Run(); err != nil {
		return fail("failed: " + profiles.Inert(firstLine(messages.String(), err.Error())))
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(out.String()))
	if !isCode(code) {
		return fail("did not print six digits")
	}
	return code, nil
}

func firstLine(texts ...string) string {
	for _, text := range texts {
		if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); line != "" {
			return line
		}
	}
	return ""
}
