package export

import (
	"encoding/json"
	"strings"
)

// nushell prints a record as JSON, to be loaded with
// `cameo export ROLE --format nushell | from json | load-env`: nushell evaluates no
// text.
func nushell(vars []variable) (string, error) {
	var b strings.Builder
	for i, v := range vars {
		if strings.Contains(v.value, "\x00") {
			return "", &ValueError{Format: "nushell", Variable: v.name}
		}
		value, err := marshal(v.value)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + v.name + `": ` + value)
	}
	return "{" + b.String() + "}\n", nil
}

// marshal is JSON in which <, > and & stay as they are.
func marshal(value any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}
