package cmd

import (
	"context"
	"errors"
	"slices"

	"cameo/creds"
	"cameo/creds/refusal"
	"cameo/internal/switching"
)

// screenError is an error in the words of the command line, with the command to
// type next.
type screenError struct {
	err     error
	message string
	try     string
	why     refusal.Explanation // its zero value: it is no answer of AWS
}

func (e *screenError) Error() string { return e.message }
func (e *screenError) Unwrap() error { return e.err }

// Try is the command to type next.
func (e *screenError) Try() string { return e.try }

// explainedError is one of which more is known than its sentence.
type explainedError struct {
	*screenError
	device string
}

// Explanation is what AWS's answer means.
func (e *explainedError) Explanation() refusal.Explanation { return e.why }

// Device is the MFA device whose code may be what was missing; empty: none is known.
func (e *explainedError) Device() string { return e.device }

func (e *explainedError) Unwrap() error { return e.screenError }

// forScreen is an error as the screens show it; facts is what is known of the way that
// failed.
func forScreen(ctx context.Context, err error, facts refusal.Facts) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	f := explain(ctx, err)
	if why, ok := refusal.Explain(err, facts); ok && !codeIsWrong(err) {
		if f.exit == exitRefused { // AWS's own words stand in a place of their own there
			f.message = why.What + ": " + why.Summary
		}
		// What is only possible is looked into first: explain --check says more.
		for i, cause := range why.Causes {
			known := i == 0 && cause.Certainty != refusal.Possible
			if command := commandOf(cause); command != "" && (known || f.try == "") {
				f.try = command
				break
			}
		}
		return &explainedError{screenError: &screenError{err, f.message, f.try, why}}
	}
	if f.try == "" && f.message == err.Error() {
		return err
	}
	return &screenError{err, f.message, f.try, refusal.Explanation{}}
}

// codeIsWrong reports whether another code may do: then it is asked for again.
func codeIsWrong(err error) bool {
	_, rejected := errors.AsType[*creds.CodeRejectedError](err)
	return rejected
}

// withDevice adds to a refusal the device whose code may be what was missing.
func (b *backend) withDevice(err error, plan switching.Plan) error {
	explained, ok := errors.AsType[*explainedError](err)
	if ok && slices.ContainsFunc(explained.why.Causes, func(c refusal.Cause) bool { return c.Kind == refusal.MFARequired }) {
		explained.device = b.now().Device(plan, explained.why.Role)
	}
	return err
}
