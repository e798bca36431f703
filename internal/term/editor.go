package term

import (
	"syscall"
	"unicode"
	"unicode/utf8"
)

const maxLine = 1024 // bytes; what is typed or pasted beyond is dropped

const (
	ctrlC, ctrlD, ctrlH, ctrlU, ctrlW, ctrlZ = 0x03, 0x04, 0x08, 0x15, 0x17, 0x1a
	escape, ctrlBackslash, del               = 0x1b, 0x1c, 0x7f
)

// editor turns the bytes of a terminal in raw mode into a line.
type editor struct {
	line    []byte
	partial []byte // of a character that is not complete yet
	seq     sequence
}

// sequence says how much of an escape sequence has come.
type sequence int

const (
	none   sequence = iota
	esc             // ESC
	csi             // ESC [, until its final byte
	single          // ESC O, one more byte
)

// outcome is what a byte means for the question.
type outcome int

const (
	more outcome = iota // the line goes on
	done
	suspend
	failed
)

// feed takes one byte. echo is what the screen shall show for it.
func (e *editor) feed(b byte) (echo string, what outcome, err error) {
	if e.seq != none {
		return "", more, e.skip(b)
	}
	if len(e.partial) > 0 && (b < utf8.RuneSelf || utf8.RuneStart(b)) {
		e.partial = nil // it broke off
	}
	switch b {
	case '\r', '\n':
		return "", done, nil
	case ctrlC:
		return "", failed, ErrCancelled
	case ctrlD:
		if len(e.line) == 0 {
			return "", failed, ErrCancelled
		}
		return "", more, nil
	case ctrlBackslash:
		return "", failed, &SignalError{Signal: syscall.SIGQUIT}
	case ctrlZ:
		return "", suspend, nil
	case escape:
		e.seq = esc
		return "", more, nil
	case ctrlH, del:
		return e.rubOut(1), more, nil
	case ctrlU:
		return e.rubOut(len(e.line)), more, nil
	case ctrlW:
		return e.rubOut(e.lastWord()), more, nil
	}
	return e.add(b), more, nil
}

// skip swallows an escape sequence (arrows, the marks around a paste).
func (e *editor) skip(b byte) error {
	switch {
	case e.seq == esc && b == '[':
		e.seq = csi
	case e.seq == esc && b == 'O':
		e.seq = single
	case e.seq == esc && b == ctrlC, e.seq == csi && b == ctrlC:
		return ErrCancelled
	case e.seq == csi && (b < 0x40 || b > 0x7e):
	default:
		e.seq = none
	}
	return nil
}

// idle is told that no byte followed for a while: an Esc on its own cancels.
func (e *editor) idle() error {
	if e.seq == esc {
		return ErrCancelled
	}
	e.seq = none
	return nil
}

func (e *editor) add(b byte) string {
	e.partial = append(e.partial, b)
	if !utf8.FullRune(e.partial) {
		return ""
	}
	char := e.partial
	e.partial = nil
	r, size := utf8.DecodeRune(char)
	if r == utf8.RuneError && size <= 1 || !unicode.IsPrint(r) || len(e.line)+len(char) > maxLine {
		return ""
	}
	e.line = append(e.line, char...)
	return string(char)
}

// rubOut takes n characters off the end.
func (e *editor) rubOut(n int) (echo string) {
	for ; n > 0 && len(e.line) > 0; n-- {
		_, size := utf8.DecodeLastRune(e.line)
		e.line = e.line[:len(e.line)-size]
		echo += "\b \b"
	}
	return echo
}

// lastWord counts the characters of the last word and the spaces behind it.
func (e *editor) lastWord() int {
	text := []rune(string(e.line))
	i := len(text)
	for i > 0 && text[i-1] == ' ' {
		i--
	}
	for i > 0 && text[i-1] != ' ' {
		i--
	}
	return len(text) - i
}
