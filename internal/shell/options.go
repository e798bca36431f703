package shell

import (
	"fmt"
	"strings"
)

// Options shape what [Dialect.Init] returns.
type Options struct {
	// Binary is the program to run: a path, or a name that is looked up in PATH
	// at every call. Empty means "cameo".
	Binary string
	// Alias is a second name for the function, such as "cm"; empty: none.
	Alias string
	// Bind is the key that opens the picker at a prompt, as [ParseKey] reads it;
	// empty: none.
	Bind string
	// Prompt puts $CAMEO_PROMPT before the prompt, and warns before a prompt, once
	// five minutes before the role ends and once when it has. It asks nothing.
	Prompt bool
}

// Key is a key of the keyboard that can be bound: a letter with Ctrl or Alt.
type Key struct {
	Alt    bool // with Alt; otherwise with Ctrl
	Letter byte // 'a' to 'z'
}

// ParseKey reads a key as people write it: ctrl-g, C-g, ^g, alt-g or M-g. Upper
// and lower case are the same. The error is a [*KeyError].
func ParseKey(text string) (Key, error) {
	prefixes := []struct {
		text string
		alt  bool
	}{{"ctrl-", false}, {"c-", false}, {"^", false}, {"alt-", true}, {"m-", true}}
	lower := strings.ToLower(text)
	for _, prefix := range prefixes {
		letter, found := strings.CutPrefix(lower, prefix.text)
		if !found || len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
			continue
		}
		key := Key{Alt: prefix.alt, Letter: letter[0]}
		if why := key.taken(); why != "" {
			return Key{}, &KeyError{Key: text, Why: why}
		}
		return key, nil
	}
	return Key{}, &KeyError{Key: text, Why: "is not a key that can be bound: it can be ctrl-a to ctrl-z or alt-a to alt-z"}
}

// taken says for what a terminal needs the key.
func (k Key) taken() string {
	if k.Alt {
		return ""
	}
	switch k.Letter {
	case 'c', 'z':
		return "interrupts or suspends programs"
	case 'd':
		return "ends the shell"
	case 's', 'q':
		return "stops and starts the terminal's output"
	case 'i':
		return "is the Tab key to a terminal"
	case 'j', 'm':
		return "is the Enter key to a terminal"
	case 'h':
		return "is the Backspace key to many terminals"
	}
	return ""
}

// KeyError reports a key that cannot be bound.
type KeyError struct {
	Key string
	Why string
}

func (e *KeyError) Error() string { return fmt.Sprintf("key %q %s", e.Key, e.Why) }

// escape is the key as bash, zsh and fish write it.
func (k Key) escape() string {
	if k.Alt {
		return `\e` + string(k.Letter)
	}
	return `\C-` + string(k.Letter)
}

// parts are the texts that a dialect adds to its function for some options.
type parts struct {
	alias  string           // defines @ALIAS@ as a second name
	bind   func(Key) string // binds the key
	prompt string           // extends the prompt
}

// complete returns the text of a dialect's function with what the options add.
func complete(text string, p parts, d Dialect, o Options, or string) (string, error) {
	text, err := fill(text, d, o)
	if err != nil {
		return "", err
	}
	text = strings.ReplaceAll(text, "@OR@", or)
	if o.Alias != "" {
		if err := checkName(o.Alias); err != nil {
			return "", err
		}
		text += strings.ReplaceAll(p.alias, "@ALIAS@", o.Alias)
	}
	if o.Bind != "" {
		key, err := ParseKey(o.Bind)
		if err != nil {
			return "", err
		}
		text += p.bind(key)
	}
	if o.Prompt {
		text += p.prompt
	}
	return text, nil
}
