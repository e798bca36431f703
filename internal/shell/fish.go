package shell

import (
	_ "embed" // the function's text
	"strings"
)

//go:embed init.fish
var fishInit string

//go:embed prompt.fish
var fishPrompt string

// fish is the language of fish, from 3.1 on.
type fish struct{}

func (fish) Name() string { return "fish" }

func (fish) Quote(value string) (string, error) { return fishQuote(value), refuseNUL("", value) }

// fishQuote puts value in single quotes, in which fish knows two escapes.
func fishQuote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

func (d fish) Init(o Options) (string, error) {
	alias := "function @ALIAS@ --wraps cameo\n    cameo $argv\nend\n"
	return complete(fishInit, parts{alias: alias, bind: d.bind, prompt: fishPrompt}, d, o, " ")
}

// bind takes the key in both editing modes. The line being typed stays, and the
// prompt is drawn again.
func (fish) bind(k Key) string {
	key := `\c` + string(k.Letter)
	if k.Alt {
		key = `\e` + string(k.Letter)
	}
	var s script
	s.line(`if status is-interactive`)
	for _, mode := range []string{"default", "insert"} {
		s.line(`    bind -M `, mode, ` `, key, ` 'cameo switch; commandline -f repaint'`)
	}
	s.line(`end`)
	return s.String()
}

// Switch keeps two texts. The undo acts on global variables. The shadow does the
// same to variables local to a block, in which the program then runs: fish has
// no subshell in which an undo could be tried out.
func (d fish) Switch(h Handover) (string, error) {
	changes, err := h.changes()
	if err != nil {
		return "", err
	}
	all := names(changes, every)
	var s script
	d.ifAllowed(&s, changes)
	s.line(`else if _cameo_leave `, h.Leave.word(), ` 2>/dev/null`)
	s.line(`set -l _cameo_empty`)
	s.line(`set -l _cameo_universal`)
	s.line(`for _cameo_v in `, all)
	s.line(`set -q $_cameo_v; and not set -q "$_cameo_v"[1]; and set -a _cameo_empty $_cameo_v`)
	s.line(`not set -qg $_cameo_v; and set -qU $_cameo_v; and set -a _cameo_universal $_cameo_v`)
	s.line(`end`)
	for _, c := range changes {
		switch {
		case c.unset:
			s.line(`set -qU `, c.name, `; and set -gu `, c.name, `; or set -eg `, c.name)
		case c.pid:
			s.line(`set -gx `, c.name, ` $fish_pid`)
		default:
			s.line(`set -gx `, c.name, ` `, fishQuote(c.value))
		}
	}
	s.line(`set -gu _cameo_undo "set -l _cameo_empty $_cameo_empty`)
	s.line(`set -l _cameo_universal $_cameo_universal`)
	s.line(`"`, fishQuote(d.undo(changes, h.Left)), ` $_cameo_undo`)
	s.line(`set -gu _cameo_shadow `, fishQuote(d.shadow(changes)), ` $_cameo_shadow`)
	s.line(`set -gu _cameo_stack `, fishQuote(h.Stack), ` $_cameo_stack`)
	d.say(&s, h.Entered)
	s.line(`builtin true`)
	s.line(`else`)
	s.line(`builtin false`)
	s.line(`end`)
	return s.finish(), nil
}

func (d fish) undo(changes []change, left string) string {
	var s script
	s.line(`set -l _cameo_kept`)
	for _, c := range changes {
		if !c.ours() {
			s.line(`if `, d.asMade(c))
		}
		s.line(`if builtin contains -- `, c.name, ` $_cameo_universal`)
		s.line(`set -eg `, c.name)
		s.line(`else if builtin contains -- `, c.name, ` $_cameo_empty`)
		switch c.home.State {
		case Exported:
			s.line(`set -gx `, c.name)
			s.line(`else`)
			s.line(`set -gx `, c.name, ` `, fishQuote(c.home.Value))
		case Unexported:
			s.line(`set -gu `, c.name)
			s.line(`else`)
			s.line(`set -gu `, c.name, ` `, fishQuote(c.home.Value))
		default:
			s.line(`set -gu `, c.name)
			s.line(`else`)
			s.line(`set -eg `, c.name)
		}
		s.line(`end`)
		if !c.ours() {
			s.line(`else`)
			d.say(&s, changedByHand(c.name))
			if c.decidesIdentity() {
				s.line(`set _cameo_kept 1`)
			}
			s.line(`end`)
		}
	}
	s.line(`if test -n "$_cameo_kept"`)
	d.say(&s, leftChanged)
	s.line(`else if test -z "$_cameo_quiet"`)
	d.say(&s, left)
	s.line(`end`)
	s.line(`builtin true`)
	return s.String()
}

// shadow has no blocks of its own: what they would declare ends with them.
func (d fish) shadow(changes []change) string {
	var s script
	for _, c := range changes {
		if !c.ours() {
			s.WriteString(d.asMade(c) + `; and `)
		}
		switch c.home.State {
		case Exported:
			s.line(`set -lx `, c.name, ` `, fishQuote(c.home.Value))
		case Unexported:
			s.line(`set -lu `, c.name, ` `, fishQuote(c.home.Value))
		default:
			s.line(`set -lu `, c.name)
		}
	}
	return s.String()
}

// asMade is true while a variable is what the switch made it.
func (fish) asMade(c change) string {
	if c.unset {
		return `not set -q ` + c.name + `[1]`
	}
	return `set -q ` + c.name + `[1]; and builtin contains -- "$` + c.name + `" ` + fishQuote(c.value)
}

func (d fish) Clear(c Clearing) (string, error) {
	changes, err := c.changes()
	if err != nil {
		return "", err
	}
	var s script
	d.ifAllowed(&s, changes)
	s.line(`else`)
	for _, c := range changes {
		s.line(`set -eg `, c.name)
	}
	d.say(&s, c.Message)
	s.line(`builtin true`)
	s.line(`end`)
	return s.finish(), nil
}

// ifAllowed opens an if whose first branch says why a variable cannot be
// changed. A variable of a calling function would come back when it ends, a list
// has no exact text, and an exported universal variable reaches programs even
// where a global one that is not exported hides it from the shell.
func (fish) ifAllowed(s *script, changes []change) {
	s.line(`set -l _cameo_no`)
	s.line(`for _cameo_v in `, names(changes, every))
	s.line(`if set -ql $_cameo_v`)
	s.line(`set _cameo_no "$_cameo_v is local to a function or a block here"`)
	s.line(`else if set -q "$_cameo_v"[2]`)
	s.line(`set _cameo_no "$_cameo_v is a list in this shell"`)
	s.line(`end`)
	s.line(`end`)
	s.line(`for _cameo_v in `, names(changes, func(c change) bool { return c.unset }))
	s.line(`if set -qUx $_cameo_v`)
	s.line(`set _cameo_no "$_cameo_v is universal and exported, so fish cannot hide it from programs"`)
	s.line(`end`)
	s.line(`end`)
	s.line(`if set -q _cameo_no[1]`)
	s.line(`builtin printf 'cameo: %s: nothing was changed\n' $_cameo_no >&2`)
	s.line(`string match -q '*universal*' -- $_cameo_no; and builtin printf 'try: set -gx %s $%s; set -eU %s\n' `,
		`(string split ' ' -- $_cameo_no)[1 1 1] >&2`)
	s.line(`builtin false`)
}

func (fish) Exit(l Leaving) string { return exitText(l) }

func (fish) Nothing() string { return nothingText() }

func (d fish) Refresh(flags ...string) (string, error) {
	return refreshText(d, `cameo`, flags)
}

func (fish) TakesTerminal() string { return takenText() }

func (fish) say(s *script, message string) {
	if message != "" {
		s.line(`builtin printf '%s\n' `, fishQuote(message), ` >&2`)
	}
}
