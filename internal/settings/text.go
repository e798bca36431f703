package settings

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// Text is the settings as a file could say them; a comment says which are the
// defaults. [Parse] reads it back, but for what may be a secret in the address of a
// catalogue, which is left out.
func (s Settings) Text() string {
	var b strings.Builder
	d := Default()
	line := func(key string, value, byDefault any, example string) {
		switch {
		case reflect.ValueOf(value).IsZero():
			fmt.Fprintf(&b, "# %s: %s\n", key, example)
		case reflect.DeepEqual(value, byDefault):
			fmt.Fprintf(&b, "%s = %s  # default\n", key, literal(value))
		default:
			fmt.Fprintf(&b, "%s = %s\n", key, literal(value))
		}
	}
	line("source", s.Source, d.Source, "not set: this shell's own identity signs where a role does not say")
	line("handoff", s.Handoff, d.Handoff, "")
	line("browser", s.Browser, d.Browser, "not set: the system's own opens the console")
	b.WriteString("\n[guard]\n")
	for _, env := range environments() {
		line(env, s.Guard.Of(env), d.Guard.Of(env), "")
	}
	b.WriteString("\n[env]\n")
	for _, env := range environments() {
		if len(s.Env[env]) == 0 {
			fmt.Fprintf(&b, "%s = []\n", env)
			continue
		}
		line(env, s.Env[env], d.Env[env], "")
	}
	b.WriteString("\n[mfa]\n")
	line("command", s.MFA.Command, d.MFA.Command, "not set: you are asked for the code")
	b.WriteString("\n[ui]\n")
	line("theme", s.UI.Theme, d.UI.Theme, "")
	line("order", s.UI.Order, d.UI.Order, "")
	b.WriteString("\n[cache]\n")
	line("key", s.Cache.Key, d.Cache.Key, "")
	for _, r := range s.Rules {
		fmt.Fprintf(&b, "\n[[roles]]  # line %d\n", r.Line)
		if r.AccountsFile != "" {
			fmt.Fprintf(&b, "accounts = %s\n", literal(r.AccountsFile))
		} else {
			fmt.Fprintf(&b, "accounts = %s\n", literal(r.Accounts))
		}
		fmt.Fprintf(&b, "roles = %s\n", literal(r.Roles))
		for _, v := range []struct{ key, text string }{{"source", r.Source.Text}, {"mfa_serial", r.MFASerial.Text}, {"env", r.Env.Text}} {
			if v.text != "" {
				fmt.Fprintf(&b, "%s = %s\n", v.key, literal(v.text))
			}
		}
	}
	for _, c := range s.Catalogues {
		fmt.Fprintf(&b, "\n[[catalogue]]  # line %d\nfrom = %s\n", c.Line, literal(c.Name()))
	}
	return b.String()
}

func environments() []string { return []string{"prod", "staging", "dev", "sandbox"} }

// literal is a text, or a list of texts, in TOML.
func literal(value any) string {
	if list, ok := value.([]string); ok {
		quoted := make([]string, len(list))
		for i, text := range list {
			quoted[i] = literal(text)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range fmt.Sprint(value) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsGraphic(r) && r != '\u2028' && r != '\u2029':
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
