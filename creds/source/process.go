// Package source has the ways to get a chain's first credentials that are neither
// keys in a file nor in the environment, one file each. A way is a function that
// fits [creds.Broker].Begin; [Begin] picks it by the kind of the step.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"cameo/creds"
	"cameo/profiles"
)

// Ways is what the functions need of the outside world.
type Ways struct {
	Environ []string  // of a process that is started, "NAME=value"
	Stdin   io.Reader // what a process may read; nil: nothing
	Stderr  io.Writer // where a process may write its messages; nil: nowhere
	// Timeout bounds a process; 0: one minute, as the AWS SDK for Go does
	// (https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/credentials/processcreds).
	Timeout time.Duration
	// Ancestry is CAMEO_PROFILE_CHAIN: the profiles, separated by commas, whose
	// processes led to this one.
	Ancestry string
}

// Begin gets the credentials of a chain's first step. The error is a
// *creds.UnsupportedError for a kind without a file here.
func (w Ways) Begin(ctx context.Context, step profiles.Step) (creds.Credentials, error) {
	if step.Kind == profiles.Process {
		return w.process(ctx, step)
	}
	return creds.Credentials{}, &creds.UnsupportedError{Step: step}
}

// ProcessError: a credential_process did not give credentials.
type ProcessError struct {
	Step profiles.Step
	Why  string
}

func (e *ProcessError) Error() string {
	return fmt.Sprintf("credential_process of profile %s (%s): %s", profiles.Quote(e.Step.Profile), e.Step.Command.Position, e.Why)
}

// maxAncestry is how deep processes may call cameo: a longer chain is a loop
// through names that change.
const maxAncestry = 8

// outputLimit is far more than credentials; a session token has no limit of its own.
const outputLimit = 4 << 20

// process runs a credential_process with the shell, as the SDKs do, and reads its
// answer (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
func (w Ways) process(ctx context.Context, step profiles.Step) (creds.Credentials, error) {
	bad := func(why string) (creds.Credentials, error) {
		return creds.Credentials{}, &ProcessError{Step: step, Why: why}
	}
	if step.CommandDistrust != "" {
		return bad("it is not run, because the file " + profiles.Inert(step.CommandDistrust))
	}
	ancestors := strings.FieldsFunc(w.Ancestry, func(r rune) bool { return r == ',' })
	lineage := strings.Join(append(ancestors, step.Profile), ",")
	if slices.Contains(ancestors, step.Profile) || len(ancestors) >= maxAncestry {
		return bad("it leads back to itself: " + profiles.Inert(strings.ReplaceAll(lineage, ",", " -> ")))
	}
	timeout := w.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	name, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		name, flag = "cmd.exe", "/C"
	}
	command := exec.CommandContext(within, name, flag, step.Command.Text)
	command.Env = append(slices.Clone(w.Environ), "CAMEO_PROFILE_CHAIN="+lineage)
	command.Stdin, command.Stderr = w.Stdin, w.Stderr
	command.WaitDelay = time.Second
	var out limited
	command.Stdout = &out
	switch err := run(ctx, command); {
	case ctx.Err() != nil:
		return creds.Credentials{}, ctx.Err()
	case within.Err() != nil:
		return bad("no answer within " + timeout.String())
	case errors.Is(err, exec.ErrWaitDelay):
		return bad("it ended, and something that it started still holds its output")
	case out.full:
		return bad("it printed more than any credentials")
	case err != nil:
		return bad(profiles.Inert(err.Error()))
	}
	return parse(step, out.data)
}

// run is command.Run, but for a command that was cancelled: then it does not wait
// until everything that the command started has let go of its output.
func run(ctx context.Context, command *exec.Cmd) error {
	var err error
	ended := make(chan struct{})
	go func() { err = command.Run(); close(ended) }()
	select {
	case <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case <-ended:
	case <-time.After(50 * time.Millisecond): // it has been killed by then
	}
	return ctx.Err()
}

// limited refuses more than outputLimit: then the process cannot write on, and ends.
type limited struct {
	data []byte
	full bool
}

func (l *limited) Write(p []byte) (int, error) {
	if len(l.data)+len(p) > outputLimit {
		l.full = true
		return 0, io.ErrShortWrite
	}
	l.data = append(l.data, p...)
	return len(p), nil
}

// parse reads what a process printed. Nothing of it gets into an error.
func parse(step profiles.Step, data []byte) (creds.Credentials, error) {
	bad := func(why string) (creds.Credentials, error) {
		return creds.Credentials{}, &ProcessError{Step: step, Why: why}
	}
	var answer struct {
		Version                                                int
		AccessKeyId, SecretAccessKey, SessionToken, Expiration string
		AccountId                                              string
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return bad("its output is not the JSON of a credential_process")
	}
	if answer.Version != 1 {
		return bad(fmt.Sprintf("unsupported version %d of its output: 1 is the one there is", answer.Version))
	}
	if answer.AccessKeyId == "" || answer.SecretAccessKey == "" {
		return bad("its output has no AccessKeyId or no SecretAccessKey")
	}
	c := creds.Credentials{AccessKeyID: answer.AccessKeyId, SecretAccessKey: profiles.NewSecret(answer.SecretAccessKey),
		SessionToken: profiles.NewSecret(answer.SessionToken), AccountID: answer.AccountId}
	if c.AccountID == "" {
		c.AccountID = step.AccountID.Text
	}
	if answer.Expiration != "" {
		// botocore takes "UTC" at the end as well, and there are programs that print it.
		ends, err := time.Parse(time.RFC3339, strings.Replace(answer.Expiration, "UTC", "Z", 1))
		if err != nil {
			return bad("its Expiration is not a time of RFC 3339")
		}
		c.Expires = ends.UTC()
	}
	return c, nil
}
