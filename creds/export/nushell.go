package export

import (
	"encoding/json"
	"strings"
)

// nushell prints a record in NUON, of which JSON is a part, to be loaded with
// `cameo export ROLE --format nushell | from nuon | load-env`: nushell evaluates no
// text.
func nushell(vars []variable) (string, error) {
	var b strings.Builder
	for i, v := range vars {
		value, err := json.Marshal(v.value)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.name + ": " + string(value))
	}
	return "{" + b.String() + "}\n", nil
}
