package shell

import (
	"slices"
	"strings"
)

// Handover is what a switch does to the shell.
type Handover struct {
	// Set is assigned and exported, in this order. CAMEO_SHELL is not part of it:
	// the shell itself puts its process ID there.
	Set []Assignment
	// Unset is removed.
	Unset []string
	// Home is what the shell was; every variable of Set and Unset, and
	// CAMEO_SHELL, must be in it. It has to come from the call that is being
	// answered, whose environment is that of the frame below: home's for most
	// verbs, the role below for `refresh`, the present role for --chain.
	Home []Saved
	// Leave says which roles are left before: All for a switch, Innermost for a
	// refresh, None for --chain. It must be what the function assumed for the
	// call (see Home).
	Leave Leaving
	// Stack comes back in CAMEO_STACK on every later call from this shell. It
	// must not hold a secret.
	Stack string
	// Entered is said on stderr when the shell has the role; empty: nothing is.
	Entered string
	// Left is said on stderr when the role has been left again; empty: nothing is.
	Left string
}

// Assignment is a variable and the value it gets.
type Assignment struct{ Name, Value string }

// Clearing is what [Dialect.Clear] does to a shell.
type Clearing struct {
	Unset   []string
	Message string // said on stderr when it is done; empty: nothing is
}

// change is what happens to one variable.
type change struct {
	name string
	// The variable becomes value, exported, unless one of these says otherwise.
	value string
	unset bool
	pid   bool // the value is the shell's process ID
	home  Saved
}

// ours reports whether the variable is a mark of cameo's: it goes back to what
// it was whatever happened to it.
func (c change) ours() bool { return strings.HasPrefix(c.name, "CAMEO_") }

func (h Handover) changes() ([]change, error) {
	home := map[string]Saved{}
	for _, saved := range h.Home {
		home[saved.Name] = saved
	}
	var all []change
	for _, a := range h.Set {
		all = append(all, change{name: a.Name, value: a.Value})
	}
	for _, name := range h.Unset {
		all = append(all, change{name: name, unset: true})
	}
	all = append(all, change{name: shellVar, pid: true})
	for i, c := range all {
		if err := checkName(c.name); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all[:i], func(other change) bool { return other.name == c.name }) {
			return nil, &NameError{Name: c.name, Why: "is changed twice"}
		}
		saved, ok := home[c.name]
		if !ok {
			return nil, &UnsavedError{Name: c.name}
		}
		all[i].home = saved
		for _, value := range []string{c.value, saved.Value} {
			if err := refuseNUL(c.name, value); err != nil {
				return nil, err
			}
		}
	}
	for _, text := range []string{h.Stack, h.Entered, h.Left} {
		if err := refuseNUL("", text); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c Clearing) changes() ([]change, error) {
	var all []change
	for _, name := range c.Unset {
		if err := checkName(name); err != nil {
			return nil, err
		}
		all = append(all, change{name: name, unset: true})
	}
	return all, refuseNUL("", c.Message)
}

func names(changes []change, keep func(change) bool) string {
	var all []string
	for _, c := range changes {
		if keep(c) {
			all = append(all, c.name)
		}
	}
	return strings.Join(all, " ")
}

func every(change) bool { return true }

// decidesIdentity reports whether the variable says who programs are, so that what
// it was changed to by hand decides that when the role has been left.
func (c change) decidesIdentity() bool { return slices.Contains(Identity(), c.name) }

// leftChanged is said in place of who one is again, where a variable that was
// changed by hand decides that.
const leftChanged = "cameo: the role is left; what you changed decides who this is: cameo status --verify"

func changedByHand(name string) string {
	return "cameo: " + name + " was changed in this shell: left as it is"
}

// script collects lines of code.
type script struct{ strings.Builder }

func (s *script) line(parts ...string) {
	for _, part := range parts {
		s.WriteString(part)
	}
	s.WriteByte('\n')
}

func (s *script) finish() string {
	s.line(Trailer)
	return s.String()
}
