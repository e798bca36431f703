package export

import "strings"

// powershell prints `$Env:NAME="value"`, as the AWS CLI does; other values in
// single quotes, where only the quote itself is special. PowerShell takes the
// typographic quotes U+2018 to U+201B for ' as well. A line break is refused: the
// lines are piped to Invoke-Expression one by one.
func powershell(v variable) (string, bool) {
	if plain(v.value) {
		return `$Env:` + v.name + `="` + v.value + `"`, true
	}
	var b strings.Builder
	for _, r := range v.value {
		b.WriteRune(r)
		if r == '\'' || r >= '\u2018' && r <= '\u201b' {
			b.WriteRune(r)
		}
	}
	return `$Env:` + v.name + `='` + b.String() + `'`, !strings.ContainsAny(v.value, "\x00\r\n")
}
