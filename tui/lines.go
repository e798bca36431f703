package tui

import (
	"bytes"
	"strings"
)

// cutLine takes the first whole line off data.
func cutLine(data []byte) (line string, rest []byte, found bool) {
	before, after, found := bytes.Cut(data, []byte("\n"))
	return strings.TrimSuffix(string(before), "\r"), after, found
}
