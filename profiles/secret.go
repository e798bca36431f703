package profiles

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

const hidden = "(hidden)"

// Secret is text that refuses to print: formatting, JSON and logs show
// "(hidden)". Only [Secret.Reveal] gives the text, and a test lists the files
// that may call it. The zero Secret is the empty one.
//
// The text is behind a pointer because package fmt calls no methods on the
// unexported fields of a struct: of those it prints what they hold.
type Secret struct{ text unique.Handle[string] }

// NewSecret wraps text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{unique.Make(text)}
}

// Reveal returns the secret itself.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s == Secret{} }

// Equal reports whether two secrets have the same text; so does ==. Packages that
// compare what they know nothing of, such as go-cmp, ask for it.
func (s Secret) Equal(other Secret) bool { return s == other }

// String returns "(hidden)".
func (s Secret) String() string { return hidden }

// GoString returns "(hidden)".
func (s Secret) GoString() string { return hidden }

// Format writes "(hidden)" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns "(hidden)"; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "(hidden)".
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
