//go:build unix

package term

import (
	"fmt"
	"os"
)

// Files opens the controlling terminal for a program that draws on it: the same
// file to read and to write. The caller closes both. The error wraps
// [ErrNoTerminal].
func Files() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return tty, tty, nil
}
