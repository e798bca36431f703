// Package export prints credentials in the formats that shells and programs read.
//
// [Write] is the only call. The order is access key, secret, token, expiration;
// token and expiration only where there are any. The package and
// `credential-process`, which uses its format "process", are the only places that
// write secrets out.
package export

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cameo/creds"
)

// Formats lists the names that Write takes, the default first.
func Formats() []string {
	return []string{"env", "env-no-export", "process", "powershell", "windows-cmd", "fish", "nushell", "dotenv", "credentials"}
}

// ValueError: a value cannot be written in a format without changing it.
type ValueError struct{ Format, Variable string }

func (e *ValueError) Error() string {
	return fmt.Sprintf("the value of %s has a character that format %q cannot hold", e.Variable, e.Format)
}

// UnknownFormatError: there is no such format.
type UnknownFormatError struct{ Format string }

func (e *UnknownFormatError) Error() string {
	return fmt.Sprintf("there is no format %q: it is one of %s", e.Format, strings.Join(Formats(), ", "))
}

// variable is one line of an answer.
type variable struct{ name, value string }

// Write prints c in the format, in one write, so that a reader gets all or nothing.
// name is what the format "credentials" calls the section. The error is an
// *UnknownFormatError or a *ValueError, or w's.
func Write(w io.Writer, format, name string, c creds.Credentials) error {
	if !slices.Contains(Formats(), format) {
		return &UnknownFormatError{Format: format}
	}
	for _, v := range variables(c) {
		if !utf8.ValidString(v.value) {
			return &ValueError{Format: format, Variable: v.name}
		}
	}
	var text string
	var err error
	switch format {
	case "process":
		text, err = process(c)
	case "nushell":
		text, err = nushell(variables(c))
	case "credentials":
		text, err = credentials(name, c)
	default:
		text, err = lines(format, variables(c))
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func variables(c creds.Credentials) []variable {
	v := []variable{{"AWS_ACCESS_KEY_ID", c.AccessKeyID}, {"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey.Reveal()}}
	if !c.SessionToken.Empty() {
		v = append(v, variable{"AWS_SESSION_TOKEN", c.SessionToken.Reveal()})
	}
	if !c.Expires.IsZero() {
		v = append(v, variable{"AWS_CREDENTIAL_EXPIRATION", expiration(c)})
	}
	return v
}

func expiration(c creds.Credentials) string { return c.Expires.UTC().Format(time.RFC3339) }

// lines prints one assignment a line; each format has its own way to write one.
func lines(format string, vars []variable) (string, error) {
	write := map[string]func(variable) (string, bool){
		"env": env, "env-no-export": envNoExport, "powershell": powershell, "windows-cmd": windowsCmd, "fish": fish, "dotenv": dotenv,
	}[format]
	var b strings.Builder
	for _, v := range vars {
		line, ok := write(v)
		if !ok {
			return "", &ValueError{Format: format, Variable: v.name}
		}
		b.WriteString(line + "\n")
	}
	return b.String(), nil
}

// plain reports whether value holds only characters that no shell treats specially.
// AWS's own keys and tokens are always plain.
func plain(value string) bool {
	return value != "" && strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+=_-:.") == ""
}
