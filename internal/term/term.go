// Package term asks the user, on the controlling terminal: it works while
// stdin, stdout and stderr are pipes or files, and nothing it writes ends up in
// them.
//
// [Open] gives the [Terminal]; [Terminal.Ask] asks. The prompt and the answer are erased
// afterwards, the terminal is as it was before whatever way the question ends,
// and two processes never ask on one terminal at once.
//
// It makes no text inert: whoever composes a prompt from foreign names does. It
// never asks in the background, where a question would only stop the process.
package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// Asker asks the user one question and returns the line that was typed.
type Asker interface {
	Ask(ctx context.Context, prompt string) (string, error)
}

// ErrNoTerminal is returned where there is nobody to ask: no controlling
// terminal, or the process is in its background.
var ErrNoTerminal = errors.New("no terminal to ask on")

// ErrCancelled is returned when the user pressed Ctrl-C, Esc, or Ctrl-D on an
// empty line, or the process was sent SIGINT.
var ErrCancelled = errors.New("cancelled")

// SignalError is returned when a signal ended the question (SIGTERM, SIGHUP,
// SIGQUIT, and Ctrl-\ as SIGQUIT). The terminal has been restored; the caller
// ends the process.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return fmt.Sprintf("stopped by a signal (%v)", e.Signal) }

// LockFunc takes a lock by which processes take turns, and returns what
// releases it. The name is a plain file name that is the same for all processes
// of one terminal.
type LockFunc func(ctx context.Context, name string) (release func(), err error)

// Options of a [Terminal].
type Options struct {
	// Lock keeps two processes from asking on one terminal at once; nil: only
	// questions of this Terminal take turns.
	Lock LockFunc
	// Dumb is a terminal without escape sequences (TERM=dumb): the prompt is
	// ended with a new line instead of being erased.
	Dumb bool
}

// Ask shows a prompt and returns the line that is typed, without its end. It
// ends with ctx, whose error it wraps. Other errors: ErrNoTerminal,
// ErrCancelled, *SignalError, and what the lock says.
func (t *Terminal) Ask(ctx context.Context, prompt string) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", unanswered(ctx)
	}
	if t.options.Lock != nil {
		release, err := t.options.Lock(ctx, t.lockName())
		if err != nil {
			return "", fmt.Errorf("another question is open on this terminal: %w", err)
		}
		defer release()
	}
	return t.converse(ctx, question{prompt: prompt, dumb: t.options.Dumb})
}

func unanswered(ctx context.Context) error {
	return fmt.Errorf("nobody answered on the terminal: %w", context.Cause(ctx))
}

// question is one prompt on the screen.
type question struct {
	prompt string
	dumb   bool
}

// show returns what draws the question with the line typed so far.
func (q question) show(line string) string {
	return strings.ReplaceAll(q.prompt, "\n", "\r\n") + line
}

// erase returns what takes the question off a screen of this width, the cursor
// being at its end. Rows are counted by characters: a prompt of wide ones may
// leave its first row behind, but what stood above is never touched.
func (q question) erase(line string, width int) string {
	if q.dumb {
		return "\r\n"
	}
	up := 0
	shown := strings.Split(q.show(line), "\r\n")
	for i, text := range shown {
		if n := utf8.RuneCountInString(text); width > 0 && n > 0 {
			up += (n - 1) / width
		}
		if i > 0 {
			up++
		}
	}
	if up == 0 {
		return "\r\x1b[J"
	}
	return fmt.Sprintf("\r\x1b[%dA\x1b[J", up)
}

var _ Asker = (*Terminal)(nil)
