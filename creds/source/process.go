// Package source has the ways to get a chain's first credentials that are neither
// keys in a file nor in the environment, one file each. A way is a function that
// fits [creds.Broker].Begin; [Begin] picks it by the kind of the step.
package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
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
	Stderr  io.Writer // where a process may write its messages
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
	return fmt.Sprintf("credential_process of profile %q (%s): %s", profiles.Inert(e.Step.Profile), e.Step.Command.Position, e.Why)
}

// processTimeout is the AWS SDK for Go's own
// (https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/credentials/processcreds).
const processTimeout = time.Minute

// maxAncestry is how deep processes may call cameo: a longer chain is a loop
// through names that change.
const maxAncestry = 8

// process runs a credential_process with the shell, as the SDKs do, and reads its
// answer (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
func (w Ways) process(ctx context.Context, step profiles.Step) (creds.Credentials, error) {
	bad := func(why string) (creds.Credentials, error) {
		return creds.Credentials{}, &ProcessError{Step: step, Why: why}
	}
	if step.CommandDistrust != "" {
		return bad("it is not run: " + step.CommandDistrust)
	}
	ancestry := strings.Split(w.Ancestry, ",")
	if slices.Contains(ancestry, step.Profile) || len(ancestry) > maxAncestry {
		return bad("it leads back to itself: " + profiles.Inert(w.Ancestry+","+step.Profile))
	}
	ctx, cancel := context.WithTimeout(ctx, processTimeout)
	defer cancel()
	name, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		name, flag = "cmd.exe", "/C"
	}
	command := exec.CommandContext(ctx, name, flag, step.Command.Text)
	command.Env = append(slices.Clone(w.Environ), "CAMEO_PROFILE_CHAIN="+strings.TrimPrefix(w.Ancestry+","+step.Profile, ","))
	command.Stdin, command.Stderr = os.Stdin, w.Stderr
	command.WaitDelay = time.Second
	var out bytes.Buffer
	command.Stdout = &out
	if err := command.Run(); err != nil {
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return bad("no answer within a minute")
		}
		if ctx.Err() != nil {
			return creds.Credentials{}, ctx.Err()
		}
		return bad(err.Error())
	}
	return parse(step, out.Bytes())
}

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
		ends, err := time.Parse(time.RFC3339, strings.Replace(answer.Expiration, "UTC", "Z", 1))
		if err != nil {
			return bad("its Expiration is not a time of RFC 3339")
		}
		c.Expires = ends.UTC()
	}
	return c, nil
}
