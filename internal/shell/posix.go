package shell

import (
	_ "embed" // the text of the warning
	"strings"
)

//go:embed prompt.posix
var posixWarn string

// posixQuote puts value in single quotes. Quotes inside become \' between quoted
// runs: two in a row would be one quote in zsh under rc_quotes.
func posixQuote(value string) string {
	if value == "" {
		return "''"
	}
	var b strings.Builder
	for i, run := range strings.Split(value, "'") {
		if i > 0 {
			b.WriteString(`\'`)
		}
		if run != "" {
			b.WriteString("'" + run + "'")
		}
	}
	return b.String()
}

const posixAlias = "function @ALIAS@ { cameo \"$@\"; }\n"

// posixWords is how one of the two shells that descend from the Bourne shell
// says what their texts need; the structure is the same in both.
type posixWords struct {
	// refuse sets _cameo_no to the reason why one of names cannot be changed.
	refuse func(names string) string
	// export and hide assign a quoted value to a variable that then is exported,
	// or is not.
	export, hide func(name, quoted string) string
	// push puts a quoted value at the front of a list.
	push func(list, quoted string) string
}

func (w posixWords) switchText(h Handover) (string, error) {
	changes, err := h.changes()
	if err != nil {
		return "", err
	}
	var s script
	w.ifAllowed(&s, names(changes, every))
	s.line(`elif _cameo_leave `, h.Leave.word(), ` 2>/dev/null; then`)
	for _, c := range changes {
		switch {
		case c.unset:
			s.line(`\builtin unset -v `, c.name)
		case c.pid:
			s.line(w.export(c.name, `"$$"`))
		default:
			s.line(w.export(c.name, posixQuote(c.value)))
		}
	}
	s.line(w.push("_cameo_undo", posixQuote(w.undo(changes, h.Left))))
	s.line(w.push("_cameo_stack", posixQuote(h.Stack)))
	say(&s, h.Entered)
	s.line(`\builtin true`)
	s.line(`else`)
	s.line(`\builtin false`)
	s.line(`fi`)
	return s.finish(), nil
}

func (w posixWords) undo(changes []change, left string) string {
	var s script
	w.ifAllowed(&s, names(changes, every))
	s.line(`else`)
	s.line(`\builtin local _cameo_kept=`)
	for _, c := range changes {
		w.restore(&s, c)
	}
	s.line(`if [[ -n $_cameo_kept ]]; then`)
	say(&s, leftChanged)
	s.line(`elif [[ -z $_cameo_quiet ]]; then`)
	say(&s, left)
	s.line(`\builtin true`)
	s.line(`fi`)
	s.line(`fi`)
	return s.String()
}

func (w posixWords) restore(s *script, c change) {
	back := `\builtin unset -v ` + c.name
	switch c.home.State {
	case Exported:
		back = w.export(c.name, posixQuote(c.home.Value))
	case Unexported:
		back = w.hide(c.name, posixQuote(c.home.Value))
	case Valueless:
		back += `; \builtin export ` + c.name
	}
	if c.ours() {
		s.line(back)
		return
	}
	made := posixQuote("=" + c.value)
	if c.unset {
		made = `''`
	}
	s.line(`if [[ "${`, c.name, `+=}${`, c.name, `-}" == `, made, ` ]]; then`)
	s.line(back)
	s.line(`else`)
	say(s, changedByHand(c.name))
	if c.decidesIdentity() {
		s.line(`_cameo_kept=1`)
	}
	s.line(`fi`)
}

func (w posixWords) clearText(c Clearing) (string, error) {
	changes, err := c.changes()
	if err != nil {
		return "", err
	}
	var s script
	w.ifAllowed(&s, names(changes, every))
	s.line(`else`)
	for _, c := range changes {
		s.line(`\builtin unset -v `, c.name)
	}
	say(&s, c.Message)
	s.line(`\builtin true`)
	s.line(`fi`)
	return s.finish(), nil
}

// ifAllowed opens an if whose first branch says why names cannot be changed.
func (w posixWords) ifAllowed(s *script, names string) {
	s.line(`\builtin local _cameo_no=`)
	s.WriteString(w.refuse(names))
	s.line(`if [[ -n $_cameo_no ]]; then`)
	s.line(`\builtin printf 'cameo: %s: nothing was changed\n' "$_cameo_no" >&2`)
	s.line(`\builtin false`)
}

func exitText(l Leaving) string {
	var s script
	s.line(`_cameo_leave `, l.word())
	return s.finish()
}

func nothingText() string {
	var s script
	return s.finish()
}

// refreshText calls the function by a name that no alias acts on.
func refreshText(d Dialect, name string, flags []string) (string, error) {
	words, err := quoted(d, flags)
	if err != nil {
		return "", err
	}
	var s script
	s.line(name, ` `, strings.Join(append(words, "refresh"), " "))
	return s.finish(), nil
}

func takenText() string { return taken + "\n" }

func say(s *script, message string) {
	if message != "" {
		s.line(`\builtin printf '%s\n' `, posixQuote(message), ` >&2`)
	}
}
