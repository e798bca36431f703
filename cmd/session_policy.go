package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"cameo/internal/policy"
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
	case !utf8.Valid(text):
		return "", wrong("it is not UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	document, err := policy.Parse(text)
	if err == nil {
		err = document.Validate(policy.IdentityUse)
	}
	if syntax, ok := errors.AsType[*policy.SyntaxError](err); ok {
		if syntax.Line > 0 {
			return "", wrong("line %d, column %d: %s", syntax.Line, syntax.Column, profiles.Inert(syntax.What))
		}
		return "", wrong("%s", profiles.Inert(syntax.What))
	}
	if err != nil {
		return "", wrong("%s", profiles.Inert(err.Error()))
	}
	var short bytes.Buffer
	if err := json.Compact(&short, text); err != nil {
		return "", wrong("%s", profiles.Inert(err.Error()))
	}
	return escaped(short.String()), nil
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

// escaped writes what AWS does not take in a policy, characters above U+00FF, as
// JSON's escapes. They can only be inside of strings.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c <= 0xff:
			b.WriteRune(c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			c -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		}
	}
	return b.String()
}
