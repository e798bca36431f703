package cmd

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
)

// readCode is the code of --mfa-code; "-" reads one line from stdin, before
// anything else does, byte by byte so that a child gets the rest.
func (a *app) readCode(ctx context.Context, flag string) (string, error) {
	if flag == "-" {
		line, err := untilCancelled(ctx, func() (string, error) { return readLine(a.world.Stdin) })
		if err != nil && ctx.Err() != nil {
			return "", err
		}
		if err != nil {
			return "", usage("", "--mfa-code -: no line came on stdin")
		}
		flag = line
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(flag))
	if code != "" && (len(code) != 6 || strings.Trim(code, "0123456789") != "") {
		return "", usage("", "--mfa-code: a code has six digits")
	}
	return code, nil
}

// untilCancelled is what read returns, or the cause of ctx where that ends first: read
// waits for a pipe or for somebody who types, and then nothing else ends that.
func untilCancelled[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := read()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// longestInput is in bytes, and far more than a code or a seed has: what is longer is
// neither.
const longestInput = 1 << 10

func readLine(file *os.File) (string, error) {
	reader := bufio.NewReaderSize(oneByte{io.LimitReader(file, longestInput)}, 16)
	line, err := reader.ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return line, err
}

// oneByte reads a single byte at a time, so that nothing is taken that belongs to
// somebody else.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }
