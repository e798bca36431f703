package shell

import (
	_ "embed" // the function's text
	"strings"
)

//go:embed init.bash
var bashInit string

//go:embed prompt.bash
var bashPrompt string

// bash is the language of bash, from 3.2 on, which macOS ships.
type bash struct{}

func (bash) Name() string { return "bash" }

func (bash) Quote(value string) (string, error) {
	return posixQuote(value), refuseNUL("", value)
}

func (d bash) Init(o Options) (string, error) {
	return complete(bashInit, parts{alias: posixAlias, bind: d.bind, prompt: posixWarn + bashPrompt}, d, o, " | ")
}

// bind takes the key in both editing modes, where lines are edited. The shell
// itself runs the function, so the role stays, and so does the line being typed.
func (bash) bind(k Key) string {
	var s script
	s.line(`if [[ $- == *i* ]]; then`)
	for _, keymap := range []string{"emacs", "vi-insert"} {
		s.line(`  \builtin bind -m `, keymap, ` -x '"`, k.escape(), `": cameo switch' 2>/dev/null`)
	}
	s.line(`fi`)
	return s.String()
}

func (d bash) Switch(h Handover) (string, error) { return d.words().switchText(h) }

func (d bash) Clear(c Clearing) (string, error) { return d.words().clearText(c) }

func (bash) Exit(l Leaving) string { return exitText(l) }

func (bash) Nothing() string { return nothingText() }

func (d bash) Refresh(flags ...string) (string, error) {
	return refreshText(d, `\cameo`, flags)
}

func (bash) TakesTerminal() string { return takenText() }

func (bash) words() posixWords {
	return posixWords{
		refuse: func(names string) string { return strings.ReplaceAll(bashRefuse, "@NAMES@", names) },
		export: func(name, quoted string) string { return `\builtin export ` + name + `=` + quoted },
		hide:   func(name, quoted string) string { return name + `=` + quoted + `; \builtin export -n ` + name },
		// bash 3.2 doubles the bytes 1 and 127 of a text quoted inside (...).
		push: func(list, quoted string) string {
			return `_cameo_v=` + quoted + `; ` + list + `=("$_cameo_v" "${` + list + `[@]}")`
		},
	}
}

// bashRefuse tries in a subshell what is about to be done, after it has looked
// at the attributes: an integer or a list could be unset but not brought back.
// bash before 4 finds the end of $(...) by counting parentheses, so the patterns
// of a case in it need both.
const bashRefuse = `_cameo_no=$(
for _cameo_v in @NAMES@; do
\builtin declare -p "$_cameo_v" >/dev/null 2>&1 || \builtin continue
_cameo_d=$(\builtin declare -p "$_cameo_v")
_cameo_d=${_cameo_d#declare -}
case ${_cameo_d%% *} in
(- | x) ;;
(*r*) \builtin printf '%s is readonly in this shell' "$_cameo_v"; \builtin break ;;
(*) \builtin printf '%s is a list, an integer or the like in this shell' "$_cameo_v"; \builtin break ;;
esac
done
)
if [[ -z $_cameo_no ]]; then
_cameo_no=$(
for _cameo_v in @NAMES@; do
\command unset -v "$_cameo_v" 2>/dev/null && \builtin continue
\builtin printf '%s is readonly in this shell' "$_cameo_v"
\builtin break
done
)
fi
`
