package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/charmbracelet/x/ansi"
	xterm "golang.org/x/term"

	"cameo/profiles"
)

// Streams: stdout carries the answer, or shell code, and nothing else; messages go
// to stderr; every prompt and every screen uses the controlling terminal, which is
// neither.

// jsonVersion is the version of every JSON answer.
const jsonVersion = 1

// printJSON writes one object and a newline, in one write. What a terminal or a
// reader could take for more than text (C1 controls, bidirectional and invisible
// characters) is escaped as JSON escapes; the object is the same.
func printJSON(w io.Writer, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range string(data) {
		switch {
		case r <= '~' || unicode.IsGraphic(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	b.WriteByte('\n')
	_, err = io.WriteString(w, b.String())
	return err
}

// columns is how wide the terminal is that stdout is; 0 where it is none.
func (a *app) columns() int {
	w, _, err := xterm.GetSize(int(a.world.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// fold breaks text between words into lines of at most so many columns; a longer word
// has a line of its own. It is one line where there are no columns.
func fold(text string, columns int) []string {
	var lines []string
	used := 0
	for word := range strings.SplitSeq(text, " ") {
		wide := ansi.StringWidth(word)
		if len(lines) > 0 && (columns <= 0 || used+1+wide <= columns) {
			lines[len(lines)-1] += " " + word
			used += 1 + wide
		} else {
			lines, used = append(lines, word), wide
		}
	}
	return lines
}

// foldLines folds each line for a terminal of so many columns (0: it is none), under
// the text behind its indent, its mark or its label. One that ends in a command stays
// in one piece, to be copied.
func foldLines(text string, columns int) string {
	head := regexp.MustCompile(`^ *(- |[0-9]+\. |[^ ]+  +)?`)
	command := regexp.MustCompile(`^ *try: |: cameo `)
	var b strings.Builder
	for line := range strings.Lines(text) {
		indent := len(head.FindString(line))
		if columns < indent+20 || ansi.StringWidth(line) <= columns || command.MatchString(line) {
			b.WriteString(line)
			continue
		}
		b.WriteString(line[:indent] + strings.Join(fold(line[indent:], columns-indent), "\n"+strings.Repeat(" ", indent)))
	}
	return b.String()
}

// jsonError is the answer of a command under --json that has none.
type jsonError struct {
	Version int `json:"version"`
	Error   struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Profile string `json:"profile,omitempty"`
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
	} `json:"error"`
}

// report tells the user what went wrong and returns the exit code. Under asJSON the
// error is the answer as well.
func report(ctx context.Context, world *World, err error, asJSON bool) int {
	if err == nil {
		return exitOK
	}
	f := explain(ctx, err)
	if _, answered := errors.AsType[*statusError](err); asJSON && !answered {
		var answer jsonError
		answer.Version = jsonVersion
		answer.Error.Code, answer.Error.Message, answer.Error.Profile = f.code, f.message, f.profile
		answer.Error.File, answer.Error.Line = f.at.File, f.at.Line
		if err := printJSON(world.Stdout, answer); err != nil {
			return exitOther
		}
	}
	if !f.silent {
		fmt.Fprintf(world.Stderr, "cameo: %s\n", profiles.Inert(f.message))
		if f.try != "" {
			fmt.Fprintf(world.Stderr, "try: %s\n", profiles.Inert(f.try))
		}
	}
	return f.exit
}

// shellWord quotes text for a line that the user may copy into a shell. What no
// plain word can hold is shown inert, not to be copied.
func shellWord(text string) string {
	plain := text != ""
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r == '-' || r == '_' || r == '/' || r == '.' || r == '%' || r == '@' || r == ':' || r == '+' || r == '=' || r == ',':
		default:
			plain = false
		}
	}
	if plain {
		return text
	}
	return "'" + profiles.Inert(text) + "'"
}
