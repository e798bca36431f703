package cmd

import (
	"bufio"
	"io"
	"os"
	"strings"
)

// readCode is the code of --mfa-code; "-" reads one line from stdin, before
// anything else does, byte by byte so that a child gets the rest.
func (a *app) readCode(flag string) (string, error) {
	if flag == "-" {
		line, err := readLine(a.world.Stdin)
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

func readLine(file *os.File) (string, error) {
	reader := bufio.NewReaderSize(oneByte{file}, 16)
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
