package term

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// typed feeds keys until the line ends.
func typed(keys string) (line, echo string, what outcome, err error) {
	var e editor
	for i := range len(keys) {
		var shown string
		shown, what, err = e.feed(keys[i])
		echo += shown
		if what != more || err != nil {
			break
		}
	}
	return string(e.line), echo, what, err
}

func TestKeysMakeALine(t *testing.T) {
	tests := map[string]struct{ keys, line string }{
		"digits":                      {"123456\r", "123456"},
		"line feed ends too":          {"1\n2", "1"},
		"backspace":                   {"12\x7f3\x084\r", "14"},
		"backspace on nothing":        {"\x7f\x7f1\r", "1"},
		"backspace takes a character": {"aé\x7fb\r", "ab"},
		"ctrl-u takes all":            {"abc\x15d\r", "d"},
		"ctrl-w takes a word":         {"one two  \x17x\r", "one x"},
		"ctrl-d inside is nothing":    {"a\x04b\r", "ab"},
		"arrows are nothing":          {"a\x1b[D\x1bOA\x1b[1;5Cb\r", "ab"},
		"the marks around a paste":    {"\x1b[200~123\x1b[201~\r", "123"},
		"other control bytes":         {"a\x00\x01\x07\tb\r", "ab"},
		"broken UTF-8":                {"a\xc3b\xff\xf0\x9fc\r", "abc"},
		"C1 and bidi controls":        {"a\u009b\u202eb\r", "ab"},
		"wide characters":             {"鍵🔑\r", "鍵🔑"},
		"too long":                    {strings.Repeat("x", maxLine+50) + "\r", strings.Repeat("x", maxLine)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			line, _, what, err := typed(test.keys)
			if line != test.line || what != done || err != nil {
				t.Errorf("%q, %v, %v; want %q", line, what, err, test.line)
			}
		})
	}
}

func TestKeysThatEndTheQuestion(t *testing.T) {
	for name, keys := range map[string]string{"ctrl-c": "12\x03", "ctrl-d on an empty line": "\x04", "ctrl-c in a sequence": "\x1b[1\x03"} {
		if _, _, _, err := typed(keys); !errors.Is(err, ErrCancelled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var stopped *SignalError
	if _, _, _, err := typed("1\x1c"); !errors.As(err, &stopped) {
		t.Errorf("ctrl-\\: %v", err)
	}
	if _, _, what, _ := typed("1\x1a"); what != suspend {
		t.Errorf("ctrl-z: %v", what)
	}
}

func TestEscOnItsOwnCancels(t *testing.T) {
	var e editor
	_, _, _ = e.feed(escape)
	if err := e.idle(); !errors.Is(err, ErrCancelled) {
		t.Errorf("error %v", err)
	}
	e = editor{}
	for _, b := range []byte("\x1b[D") {
		_, _, _ = e.feed(b)
	}
	if err := e.idle(); err != nil {
		t.Errorf("after an arrow: %v", err)
	}
}

func TestEraseTakesTheRowsOfTheQuestionAndNoMore(t *testing.T) {
	tests := map[string]struct {
		q    question
		line string
		want string
	}{
		"one row":         {question{prompt: "Code: "}, "1234", "\r\x1b[J"},
		"exactly one row": {question{prompt: "12345678"}, "90", "\r\x1b[J"},
		"wrapped":         {question{prompt: "12345678"}, "901", "\r\x1b[1A\x1b[J"},
		"two lines":       {question{prompt: "For x\nCode: "}, "1", "\r\x1b[1A\x1b[J"},
		"dumb":            {question{prompt: "Code: ", dumb: true}, "", "\r\n"},
	}
	for name, test := range tests {
		if got := test.q.erase(test.line, 10); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func FuzzEditor(f *testing.F) {
	f.Add("12\x7f3\r")
	f.Add("\x1b[200~é\x17\x15")
	f.Fuzz(func(t *testing.T, keys string) {
		line, echo, _, _ := typed(keys)
		if !utf8.ValidString(line) || len(line) > maxLine {
			t.Errorf("line %q", line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) {
				t.Errorf("line %q", line)
			}
		}
		// What the echo leaves on the screen is the line.
		var screen []rune
		for i := 0; i < len(echo); {
			if strings.HasPrefix(echo[i:], "\b \b") {
				screen = screen[:len(screen)-1]
				i += 3
				continue
			}
			r, size := utf8.DecodeRuneInString(echo[i:])
			screen = append(screen, r)
			i += size
		}
		if string(screen) != line {
			t.Errorf("the screen shows %q, the line is %q", string(screen), line)
		}
	})
}
