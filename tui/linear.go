package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"cameo/internal/switching"
)

// NeedsLinear reports whether the terminal that environ describes cannot move its
// cursor, so that [RunLinear] has to take the place of [Run]. TERM says so on
// Unix systems; the Windows console needs no TERM.
func NeedsLinear(environ []string) bool { return needsLinear(environ) }

// RunLinear holds the conversation of [Run] line by line, in whole sentences, for
// screen readers and for terminals that cannot move their cursor. It writes no
// escape sequence at all, never goes back over a line, and reads lines as the
// terminal edits them. Height, Theme and CanSuspend mean nothing to it.
//
// The guard is the one of the screens: a production role is entered only after
// its code, or the last four digits of its account, was typed behind a sentence
// that names the account; what was typed before the sentence does not count.
//
// An empty line or q goes back or leaves. SIGINT, the end of ctx and the end of
// the input leave with Cancelled. Errors: as for Run, but for SIGINT; no error
// where ctx ended.
func RunLinear(ctx context.Context, opts Options) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	stopped := make(chan os.Signal, 1)
	go func() {
		select {
		case s := <-signals:
			stopped <- s
			cancel()
		case <-ctx.Done(): // the caller may have heard the same signal first
			if s := awaited(signals); s != nil {
				stopped <- s
			}
		}
	}()

	lines, err := openLines(opts.Input)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = lines.Close() }()
	result, err := newConversation(opts, lines, opts.Output).hold(ctx)
	if ctx.Err() == nil && !errors.Is(err, errGone) {
		return result, err
	}
	fmt.Fprintln(opts.Output) // the question was left without an answer
	cancel()
	if s := awaited(stopped); s != nil && s != os.Interrupt {
		return Result{}, &SignalError{Signal: s}
	}
	return Result{Kind: Cancelled}, nil
}

// width is that of the terminal's lines; 0 where it is not known.
func (o Options) width() int {
	if o.Output == nil {
		return 0
	}
	w, _, err := term.GetSize(int(o.Output.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// lineReader is the keyboard, as far as the conversation needs it.
type lineReader interface {
	// ReadLine returns the next line without its end; errGone after the last, and
	// ctx's error when that ends first.
	ReadLine(ctx context.Context) (string, error)
	// Forget drops what was typed and not read.
	Forget(ctx context.Context)
	Close() error
}

var errGone = errors.New("the terminal is gone")

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// wait calls the backend and gives up waiting when ctx ends: a call may take its
// time to notice.
func wait[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return waitHearing(ctx, call, nil, nil)
}

// waitHearing is wait, which takes the news that comes meanwhile.
func waitHearing[T any](ctx context.Context, call func(context.Context) (T, error), news <-chan switching.Progress, take func(switching.Progress)) (T, error) {
	type answer struct {
		value T
		err   error
		crash *CrashError
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if value := recover(); value != nil {
				a.crash = &CrashError{Value: value, Stack: debug.Stack()}
			}
			answers <- a
		}()
		a.value, a.err = call(ctx)
	}()
	for {
		select {
		case n := <-news:
			take(n)
		case a := <-answers:
			if a.crash != nil {
				panic(a.crash)
			}
			return a.value, a.err
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// gone reports whether err means that there is nobody to talk to any more.
func gone(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, errGone))
}
