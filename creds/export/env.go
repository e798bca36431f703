package export

import "strings"

// env is for POSIX shells: `export NAME=value`.
func env(v variable) (string, bool) {
	line, ok := envNoExport(v)
	return "export " + line, ok
}

// envNoExport is for POSIX shells: `NAME=value`.
func envNoExport(v variable) (string, bool) {
	if plain(v.value) {
		return v.name + "=" + v.value, true
	}
	return v.name + "='" + strings.ReplaceAll(v.value, "'", `'\''`) + "'", !strings.Contains(v.value, "\x00")
}
