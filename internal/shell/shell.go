// Package shell speaks the languages of the user's shells: it quotes values,
// writes the function that `cameo init` prints, and writes the texts with which
// a shell enters a role and finds the way home again.
//
// Start with [Lookup]; what a shell then evaluates comes from [Dialect.Switch],
// [Dialect.Exit], [Dialect.Clear] and [Dialect.Nothing]. [ReadCall] is the other
// direction: what the function hands to the program in its environment.
//
// The package computes text and nothing else. It starts no process, reads no
// file and does not look at the environment of its own process.
//
// # The way home
//
// A switch stores in the shell, in variables that are not exported, one frame:
// the undo, a complete text (for nushell a list) that restores every variable it
// touched, and the stack, a text that only the program reads. Frames are lists, the
// innermost first, so that a role entered on top of another one can be left alone.
// The undo needs no program: `cameo exit` works when the program is gone.
//
// # Marks
//
// A role is exported to every program that the shell starts, its way home is not.
// So each call says where it stands, and [ReadCall] tells apart:
//   - the shell that entered the role: Stack is not empty;
//   - the subshell that `cameo shell` started with the variables of [Subshell]:
//     Subshell is true, and Base is the stack at its birth. The first shell there
//     that loads the function takes the mark for itself: a shell or a tmux server
//     that is born in it later is not the subshell, and `exit` would not leave the
//     role there. A role entered on top of it has a Stack as anywhere, and its exit
//     comes back to the subshell's role;
//   - a child shell, a tmux server, or the same process after `exec zsh`: Inherited
//     is true. It has the role's variables and no undo.
package shell

import (
	"fmt"
	"strings"
)

// Trailer is the last line of everything that a shell may evaluate. The function
// of [Dialect.Init] evaluates nothing that does not end in it, so an answer that
// was cut off changes nothing. Nushell evaluates no text: there the answer is a
// record, and the trailer the value of its key `end`.
const Trailer = "# cameo:end"

// taken is the line with which an answer begins whose program changed the modes of
// the terminal on its way. A crash of the program ends with 2, as a wrong command line
// does; this tells the function which of them has left a terminal to repair.
const taken = "# cameo:terminal"

// Dialect is one shell's language.
type Dialect interface {
	// Name is the word that `cameo init` and --emit take, such as "zsh".
	Name() string
	// Quote returns value as one word that the shell reads as exactly these
	// bytes, whatever they are and whatever options are set. NUL, which no shell
	// variable can hold, is refused with [*NULError]; what is not UTF-8, which
	// PowerShell and nushell cannot hold, is refused there with [*EncodingError].
	Quote(value string) (string, error)
	// Init returns the definition of the function `cameo`. The error is a
	// [*NULError], an [*EncodingError], a [*NameError] or a [*KeyError] for what
	// is in the options.
	Init(Options) (string, error)
	// Switch returns the text that makes the shell enter a role. The error is a
	// [*NameError], a [*NULError], an [*EncodingError] or a [*UnsavedError].
	Switch(Handover) (string, error)
	// Exit returns the text that leaves roles by the shell's own undo, and says
	// who one is again. Without an undo in the shell it changes nothing.
	Exit(Leaving) string
	// Clear returns the text that unsets variables for good, in a shell that
	// inherited a role and so has no way home. The error is as for Switch.
	Clear(Clearing) (string, error)
	// Nothing returns the text that changes nothing.
	Nothing() string
	// Refresh returns the text with which the function runs its verb refresh, with
	// flags, which the program answers in the environment below the innermost role: the
	// call that is answered here may be in another. It is empty where the shell
	// evaluates no text. The error is as for Quote.
	Refresh(flags ...string) (string, error)
	// TakesTerminal returns what the program prints, once, before it draws or asks on
	// the terminal: then the function puts the terminal in order after a crash. It is
	// empty where the function does so without being told.
	TakesTerminal() string
}

// Leaving says how many of the roles that a shell is in are left.
type Leaving int

// How many roles are left.
const (
	All       Leaving = iota // back to home
	Innermost                // only the role entered last
	None                     // none: the new role goes on top
)

func (l Leaving) word() string {
	switch l {
	case Innermost:
		return "innermost"
	case None:
		return "none"
	}
	return "all"
}

// Lookup returns the dialect that is called name: one of [Names]. The error is an
// [*UnknownError].
func Lookup(name string) (Dialect, error) {
	for _, d := range dialects() {
		if d.Name() == name {
			return d, nil
		}
	}
	return nil, &UnknownError{Shell: name}
}

// Names returns what [Lookup] knows, in the order in which a help text lists it.
func Names() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.Name())
	}
	return names
}

func dialects() []Dialect { return []Dialect{bash{}, zsh{}, fish{}, powershell{}, nushell{}} }

// UnknownError reports a shell for which there is no dialect.
type UnknownError struct{ Shell string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("shell %q is not known: it can be %s", e.Shell, strings.Join(Names(), ", "))
}

// NULError reports a value that holds a NUL byte.
type NULError struct {
	Name string // the variable it was meant for; empty: a bare value
}

func (e *NULError) Error() string {
	if e.Name == "" {
		return "value holds a NUL byte: no shell can"
	}
	return fmt.Sprintf("value for %s holds a NUL byte: no shell variable can", e.Name)
}

// EncodingError reports a value that is not valid UTF-8, for a shell whose values
// are text and not bytes.
type EncodingError struct {
	Name string // the variable it was meant for; empty: a bare value
}

func (e *EncodingError) Error() string {
	if e.Name == "" {
		return "value is not valid UTF-8: this shell holds nothing else"
	}
	return fmt.Sprintf("value for %s is not valid UTF-8: this shell holds nothing else", e.Name)
}

// NameError reports a name that cannot be used, or that is given twice.
type NameError struct {
	Name string
	Why  string
}

func (e *NameError) Error() string { return fmt.Sprintf("name %q %s", e.Name, e.Why) }

// UnsavedError reports a variable that would be changed although nobody said
// what it was before, so that it could not be restored.
type UnsavedError struct{ Name string }

func (e *UnsavedError) Error() string {
	return fmt.Sprintf("%s would be changed, and what it was before is not known", e.Name)
}

func refuseNUL(name, value string) error {
	if strings.IndexByte(value, 0) >= 0 {
		return &NULError{Name: name}
	}
	return nil
}

func checkName(name string) error {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return &NameError{Name: name, Why: "is not the name of a shell variable"}
		}
	}
	if name == "" {
		return &NameError{Name: name, Why: "is empty"}
	}
	return nil
}

// fill puts the parts that vary into the text of a dialect's function.
func fill(text string, d Dialect, o Options) (string, error) {
	program := o.Binary
	if program == "" {
		program = "cameo"
	}
	quoted, err := d.Quote(program)
	if err != nil {
		return "", err
	}
	return strings.NewReplacer(
		"@PROGRAM@", quoted,
		"@MANAGED@", strings.Join(Managed(), " "),
		"@PLAIN@", strings.Join(plainVerbs(), "@OR@"),
		"@VALUED@", strings.Join(valuedFlags(), "@OR@"),
	).Replace(text), nil
}

// quoted is words as a shell reads them.
func quoted(d Dialect, words []string) ([]string, error) {
	var all []string
	for _, word := range words {
		word, err := d.Quote(word)
		if err != nil {
			return nil, err
		}
		all = append(all, word)
	}
	return all, nil
}

// plainVerbs are the verbs that cannot change the shell: the program gets the
// terminal, the pipes and the job control as if there were no function.
func plainVerbs() []string {
	return strings.Fields(`exec shell export credential-process console profiles explain
		add edit remove wire unwire share sync login logout keys mfa history admin init
		doctor config demo sandbox version completion man status help
		__complete __completeNoDesc`)
}

// valuedFlags are the flags that take their value from the next word and may
// stand before the verb or before a bare ROLE.
func valuedFlags() []string {
	return strings.Fields(`--config --color --duration --session-name --reason --region
		--source --mfa-code --confirm --policy --policy-arn --tag --source-identity`)
}
