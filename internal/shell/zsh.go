package shell

import (
	_ "embed" // the function's text
	"strings"
)

//go:embed init.zsh
var zshInit string

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
	text, err := posixInit(zshInit, d, o)
	if err != nil {
		return "", err
	}
	return `\builtin emulate zsh -o no_aliases -c ` + posixQuote("\n"+text) + "\n", nil
}

func (d zsh) Switch(h Handover) (string, error) { return d.words().switchText(h) }

func (d zsh) Clear(c Clearing) (string, error) { return d.words().clearText(c) }

func (zsh) Exit(l Leaving) string { return exitText(l) }

func (zsh) Nothing() string { return nothingText() }

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
