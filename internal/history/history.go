// Package history keeps what was done: a plain log of switches, refusals and exits,
// one JSON object a line, oldest first.
//
// [Log.Append] adds an event and [Log.Read] reads them all; [Log.LastSuccess] tells
// when the same role was entered from the same source before.
//
// The log holds no secret, no code and no access key ID. It never grows over twice
// [Limit]: a file that is full is renamed to NAME.1, in place of the one before, so
// that no line of another process is lost. Nothing depends on it, and whoever
// appends waits for nobody longer than a moment.
package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf8"

	"cameo/internal/safefile"
)

// Kind is what was done.
type Kind string

// The kinds of events. A verb that uses a role for a command is its own kind.
const (
	Switch  Kind = "switch"
	Refresh Kind = "refresh"
	Exit    Kind = "exit"
)

// OK is the result of what succeeded; any other is the error's code.
const OK = "ok"

// Event is one line of the log.
type Event struct {
	Time        time.Time `json:"time"` // UTC, to the second
	Event       Kind      `json:"event"`
	RoleARN     string    `json:"role_arn"`
	Profile     string    `json:"profile"` // empty: a role without one
	SessionName string    `json:"session_name"`
	ReadOnly    bool      `json:"read_only,omitempty"` // the session could only read
	Source      string    `json:"source"`              // who signed, as the user names it
	Reason      string    `json:"reason"`              // what the user gave as the reason
	Result      string    `json:"result"`              // OK, or the code of an error
	RequestID   string    `json:"request_id"`
	Message     string    `json:"message,omitempty"` // AWS's own words, of a refusal
}

// Succeeded reports whether it was done.
func (e Event) Succeeded() bool { return e.Result == OK }

// Limits of the log.
const (
	// Limit is how long a file gets, in bytes, before the next one begins.
	Limit     = 1 << 20
	maxText   = 512 // of one field of a line, in bytes
	maxRead   = 64 << 20
	patience  = 100 * time.Millisecond
	rotated   = ".1"
	rotateFor = ".lock"
)

// Log is the log in a file. Its zero value keeps nothing.
type Log struct {
	Path string // history.jsonl; empty: nothing is kept
	// Limit in bytes; 0: [Limit].
	Limit int64
}

// Append adds an event. It makes the file's directory, with mode 0700.
func (l Log) Append(e Event) error {
	if l.Path == "" {
		return nil
	}
	line, err := json.Marshal(e.bounded())
	if err != nil {
		return err
	}
	if err := safefile.PrivateDir(filepath.Dir(l.Path)); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	size, err := safefile.AppendLine(l.Path, line)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if size >= l.limit() {
		l.rotate()
	}
	return nil
}

func (l Log) limit() int64 {
	if l.Limit > 0 {
		return l.Limit
	}
	return Limit
}

// bounded is e with no field too long for a line that is written at once.
func (e Event) bounded() Event {
	e.Time = e.Time.UTC().Truncate(time.Second)
	for _, field := range []*string{&e.RoleARN, &e.Profile, &e.SessionName, &e.Source, &e.Reason, &e.Result, &e.RequestID, &e.Message} {
		if len(*field) > maxText {
			cut := (*field)[:maxText]
			for len(cut) > 0 && !utf8.RuneStart((*field)[len(cut)]) {
				cut = cut[:len(cut)-1]
			}
			*field = cut + "…"
		}
	}
	return e
}

// rotate makes place. Of several processes that find the file full one renames it;
// a line that another is about to write goes into the renamed file. Where it fails,
// the next event tries again.
func (l Log) rotate() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	lock, err := safefile.Lock(ctx, l.Path+rotateFor)
	if err != nil {
		return
	}
	defer lock.Release()
	if info, err := os.Lstat(l.Path); err == nil && info.Size() >= l.limit() {
		_ = os.Rename(l.Path, l.Path+rotated)
	}
}

// LineError names the first line that is no event, of the file that it is in.
type LineError struct {
	File  string
	Line  int
	Count int // how many such lines there are in all
}

func (e *LineError) Error() string {
	more := ""
	if e.Count > 1 {
		more = fmt.Sprintf(", nor are %d more", e.Count-1)
	}
	return fmt.Sprintf("%s:%d is no event: it was cut off or changed%s", e.File, e.Line, more)
}

// Read returns all events, the oldest first. Lines that are none are left out; then
// the error is a *LineError, and the events are valid all the same. A file that is
// not there is an empty log.
func (l Log) Read() ([]Event, error) {
	if l.Path == "" {
		return nil, nil
	}
	var events []Event
	var wrong *LineError
	for _, path := range []string{l.Path + rotated, l.Path} {
		data, err := safefile.Read(path, maxRead)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		more, bad, first := parse(data)
		events = append(events, more...)
		switch {
		case bad == 0:
		case wrong == nil:
			wrong = &LineError{File: path, Line: first, Count: bad}
		default:
			wrong.Count += bad
		}
	}
	if wrong != nil {
		return events, wrong
	}
	return events, nil
}

// parse reads lines; it counts those that are no events, and says which was the
// first of them.
func parse(data []byte) (events []Event, bad, first int) {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var e Event
		if json.Unmarshal(line, &e) != nil || e.Time.IsZero() || e.Event == "" || e.Result == "" {
			if bad++; bad == 1 {
				first = number
			}
			continue
		}
		events = append(events, e)
	}
	return events, bad, first
}

// LastSuccess returns the last event in which this role was entered from this
// source; false where the log knows of none.
func (l Log) LastSuccess(roleARN, source string) (Event, bool) {
	events, _ := l.Read() // what cannot be read is not known
	for _, e := range slices.Backward(events) {
		if e.Succeeded() && e.Event != Exit && e.RoleARN == roleARN && e.Source == source {
			return e, true
		}
	}
	return Event{}, false
}
