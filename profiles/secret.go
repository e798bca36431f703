package profiles

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "(hidden)"

// Secret is text that refuses to print: formatting, JSON and logs show
// "(hidden)". Only [Secret.Reveal] gives the text, and a test lists the files
// that may call it.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.text == "" }

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
