package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"cameo/profiles"
)

// policyFileLimit is far more than AWS takes of a policy, spaces and all.
const policyFileLimit = 256 << 10

// sessionPolicy reads the policy that --policy names: as short as it can be
// written, which is what AWS counts.
func sessionPolicy(ctx context.Context, path string) (string, error) {
	wrong := func(format string, args ...any) error {
		return usage("cameo switch --help", "--policy %s: %s", profiles.Quote(path), fmt.Sprintf(format, args...))
	}
	text, err := untilCancelled(ctx, func() ([]byte, error) { return beginningOf(path) })
	failed, _ := errors.AsType[*fs.PathError](err)
	switch {
	case err != nil && failed == nil:
		return "", err
	case err != nil:
		return "", wrong("it cannot be read: %s", profiles.Inert(failed.Err.Error()))
	case len(text) > policyFileLimit:
		return "", wrong("it is longer than any policy of AWS")
	}
	short, why := profiles.CompactPolicy(text)
	if why != "" {
		return "", wrong("%s", why)
	}
	return short, nil
}

// beginningOf is what is in a file, or comes out of a pipe (<(COMMAND)): at most one
// byte more than a policy may have.
func beginningOf(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, policyFileLimit+1))
}
