package export

import "strings"

// fish prints `set -gx NAME "value"`, as the AWS CLI does; other values in single
// quotes, where only \ and ' are special.
func fish(v variable) (string, bool) {
	if plain(v.value) {
		return `set -gx ` + v.name + ` "` + v.value + `"`, true
	}
	return `set -gx ` + v.name + ` '` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value) + `'`, !strings.Contains(v.value, "\x00")
}
