package term

import (
	"fmt"
	"os"
)

// Files opens the console for a program that draws on it. The caller closes both.
// The error wraps [ErrNoTerminal].
func Files() (in, out *os.File, err error) {
	if in, err = os.OpenFile("CONIN$", os.O_RDWR, 0); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	if out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0); err != nil {
		_ = in.Close()
		return nil, nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return in, out, nil
}
