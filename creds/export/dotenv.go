package export

import "strings"

// dotenv prints NAME=value, other values in single quotes. Its readers do not
// agree on how to write a quote or a line break inside: such a value is refused.
func dotenv(v variable) (string, bool) {
	if plain(v.value) {
		return v.name + "=" + v.value, true
	}
	return v.name + "='" + v.value + "'", !strings.ContainsAny(v.value, "\x00\r\n'")
}
