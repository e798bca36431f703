package shell

import (
	_ "embed" // the function's text
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

//go:embed init.nu
var nuInit string

//go:embed prompt.nu
var nuPrompt string

// nushell is the language of nushell, from 0.101 on. It evaluates no text: an answer is a
// record in JSON, which the function loads.
type nushell struct{}

func (nushell) Name() string { return "nushell" }

// Quote writes a double-quoted string, in which nushell knows escapes and expands
// nothing.
func (nushell) Quote(value string) (string, error) {
	if err := refuseBytes("", value); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range value {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String(), nil
}

// refuseBytes fails for what a shell cannot hold whose values are Unicode text.
func refuseBytes(name, value string) error {
	if err := refuseNUL(name, value); err != nil {
		return err
	}
	if !utf8.ValidString(value) {
		return &EncodingError{Name: name}
	}
	return nil
}

func (d nushell) Init(o Options) (string, error) {
	alias := "\n# The second name.\ndef --env --wrapped @ALIAS@ [...words: string] { cameo ...$words }\n"
	return complete(nuInit, parts{alias: alias, bind: d.bind, prompt: nuPrompt}, d, o, " ")
}

func (nushell) bind(k Key) string {
	modifier := "control"
	if k.Alt {
		modifier = "alt"
	}
	return fmt.Sprintf(`
$env.config.keybindings = ($env.config.keybindings | append {
    name: cameo, modifier: %s, keycode: char_%c, mode: [emacs vi_normal vi_insert]
    event: {send: executehostcommand, cmd: "cameo switch"}
})
`, modifier, k.Letter)
}

// nuAnswer is the record. Its keys are all there in every answer.
type nuAnswer struct {
	Leave string            `json:"leave"` // the roles that are left first
	Set   map[string]string `json:"set"`
	Unset []string          `json:"unset"`
	Frame *nuFrame          `json:"frame"` // what is kept of a role that is entered; null: none is
	Say   string            `json:"say"`
	End   string            `json:"end"` // the trailer
}

type nuFrame struct {
	Undo  []nuUndo `json:"undo"`
	Stack string   `json:"stack"`
	Left  string   `json:"left"`
}

// nuUndo is one variable: null is unset.
type nuUndo struct {
	Name string  `json:"name"`
	Was  *string `json:"was"`
	Made *string `json:"made"`
	Ours bool    `json:"ours"` // restored whatever it has become
}

func (a nuAnswer) text() string {
	a.End = Trailer
	if a.Set == nil {
		a.Set = map[string]string{}
	}
	if a.Unset == nil {
		a.Unset = []string{}
	}
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	_ = out.Encode(a) // strings encode, and a strings.Builder takes them
	return b.String()
}

// Switch leaves CAMEO_SHELL to the function: only the shell knows its process ID.
func (nushell) Switch(h Handover) (string, error) {
	changes, err := h.changes()
	if err != nil {
		return "", err
	}
	for _, text := range []string{h.Stack, h.Entered, h.Left} {
		if err := refuseBytes("", text); err != nil {
			return "", err
		}
	}
	a := nuAnswer{
		Leave: h.Leave.word(), Set: map[string]string{}, Say: h.Entered,
		Frame: &nuFrame{Stack: h.Stack, Left: h.Left},
	}
	for _, c := range changes {
		for _, value := range []string{c.value, c.home.Value} {
			if err := refuseBytes(c.name, value); err != nil {
				return "", err
			}
		}
		undo := nuUndo{Name: c.name, Ours: c.ours()}
		if c.home.State == Exported || c.home.State == Unexported {
			undo.Was = &c.home.Value
		}
		switch {
		case c.unset:
			a.Unset = append(a.Unset, c.name)
		case !c.pid:
			a.Set[c.name] = c.value
			undo.Made = &c.value
		}
		a.Frame.Undo = append(a.Frame.Undo, undo)
	}
	return a.text(), nil
}

func (nushell) Clear(c Clearing) (string, error) {
	if _, err := c.changes(); err != nil {
		return "", err
	}
	if err := refuseBytes("", c.Message); err != nil {
		return "", err
	}
	return nuAnswer{Leave: None.word(), Unset: c.Unset, Say: c.Message}.text(), nil
}

func (nushell) Exit(l Leaving) string { return nuAnswer{Leave: l.word()}.text() }

func (nushell) Nothing() string { return nuAnswer{Leave: None.word()}.text() }

// Refresh is empty: an answer says what to become, not what to run.
func (nushell) Refresh(...string) (string, error) { return "", nil }

// TakesTerminal is empty: nushell keeps nothing of what a program printed that failed.
func (nushell) TakesTerminal() string { return "" }
