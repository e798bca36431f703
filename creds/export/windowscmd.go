package export

import "strings"

// windowsCmd prints `set NAME=value`. cmd.exe has no quoting that holds every
// value: one with a special character is refused.
func windowsCmd(v variable) (string, bool) {
	return "set " + v.name + "=" + v.value, !strings.ContainsAny(v.value, "\x00\r\n\"%!^&|<>")
}
