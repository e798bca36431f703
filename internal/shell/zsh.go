package shell

import (
	_ "embed" // the function's text
	"strings"
)

//go:embed init.zsh
var zshInit string

//go:embed prompt.zsh
var zshPrompt string

// zsh is the language of zsh, from 5.0 on.
type zsh struct{}

func (zsh) Name() string { return "zsh" }

func (zsh) Quote(value string) (string, error) {
	return posixQuote(value), refuseNUL("", value)
}

// Init quotes the functions once more: options such as ksh_arrays, ignore_braces
// or an alias act when a text is read, and emulate makes zsh read this one, and
// run it, as if none of them were set.
func (d zsh) Init(o Options) (string, error) {
	text, err := complete(zshInit, parts{alias: posixAlias, bind: d.bind, prompt: posixWarn + zshPrompt}, d, o, " | ")
	if err != nil {
		return "", err
	}
	return `\builtin emulate zsh -o no_aliases -c ` + posixQuote("\n"+text) + "\n", nil
}

// bind lets the key push the line being typed aside, run the command as if it had
// been typed, and bring the line back with the next prompt.
func (zsh) bind(k Key) string {
	var s script
	s.line(`function _cameo_key { \builtin zle push-line; BUFFER=' cameo switch'; \builtin zle accept-line; }`)
	s.line(`if [[ -o interactive && -o zle ]]; then`)
	s.line(`  \builtin zle -N _cameo_key`)
	for _, keymap := range []string{"emacs", "viins"} {
		s.line(`  \builtin bindkey -M `, keymap, ` '`, k.escape(), `' _cameo_key`)
	}
	s.line(`fi`)
	return s.String()
}

func (d zsh) Switch(h Handover) (string, error) { return d.words().switchText(h) }

func (d zsh) Clear(c Clearing) (string, error) { return d.words().clearText(c) }

func (zsh) Exit(l Leaving) string { return exitText(l) }

func (zsh) Nothing() string { return nothingText() }

func (d zsh) Refresh(flags ...string) (string, error) {
	return refreshText(d, `\cameo`, flags)
}

func (zsh) TakesTerminal() string { return takenText() }

func (zsh) words() posixWords {
	return posixWords{
		refuse: func(names string) string { return strings.ReplaceAll(zshRefuse, "@NAMES@", names) },
		export: func(name, quoted string) string { return `\builtin typeset -gx ` + name + `=` + quoted },
		hide:   func(name, quoted string) string { return `\builtin typeset -g +x ` + name + `=` + quoted },
		push: func(list, quoted string) string {
			return `\builtin typeset -ga ` + list + `; ` + list + `=(` + quoted + ` "${` + list + `[@]}")`
		},
	}
}

const zshRefuse = `\builtin local _cameo_v=
for _cameo_v in @NAMES@; do
case ${(Pt)_cameo_v} in
"" | scalar | scalar-local | scalar-export | scalar-local-export) ;;
*-readonly*) _cameo_no="$_cameo_v is readonly in this shell"; \builtin break ;;
*) _cameo_no="$_cameo_v is a list, an integer or the like in this shell"; \builtin break ;;
esac
done
`
