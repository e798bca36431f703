package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cameo/internal/sandbox"
	"cameo/internal/screentest"
	"cameo/internal/shell"
)

// keys counts what has to be pressed at a prompt until the shell has a role.
func (f *figures) keys(t *testing.T) {
	last := sandbox.Production[len(sandbox.Production)-4:]
	type way struct {
		row  *figure
		role string
		want int
		do   func(t *testing.T, s *seat) (pressed int)
	}
	pick := func(keys ...string) func(*testing.T, *seat) int {
		return func(t *testing.T, s *seat) int {
			s.since()
			s.Type(chord)
			s.says(fmt.Sprintf("%d roles", manyShown))
			for _, key := range keys {
				s.Type(key)
			}
			return 1 + len(keys)
		}
	}
	pickAndAnswer := func(question string, answer func() (string, error), keys ...string) func(*testing.T, *seat) int {
		return func(t *testing.T, s *seat) int {
			pressed := pick(keys...)(t, s)
			s.says("PRODUCTION")
			s.says(question)
			digits, err := answer()
			if err != nil {
				t.Fatal(err)
			}
			for _, digit := range digits {
				s.Type(string(digit))
			}
			return pressed + len(digits)
		}
	}
	ways := []way{
		{f.row("keys: the role entered last", "2 with `--bind`"), "orders", 2, pick(screentest.Enter)},
		{f.row("keys: the one before", "3"), "refunds", 3, pick(screentest.Down, screentest.Enter)},
		{f.row("keys: a role by 3 letters", "5"), "xylophone", 5, pick("x", "y", "l", screentest.Enter)},
		{f.row("keys: `cm -`", "5"), "xylophone", 5, func(t *testing.T, s *seat) int {
			const line = "cm -" + screentest.Enter
			s.since()
			s.Type(line)
			return len(line)
		}},
		{f.row("keys: production by 3 letters", "+ 4 digits"), "quayside", 9,
			pickAndAnswer("Last 4 digits", func() (string, error) { return last, nil }, "q", "u", "a", screentest.Enter)},
		{f.row("keys: production that asks for a code", "+ the 6 of the code"), "vaulted", 11,
			pickAndAnswer("MFA code", func() (string, error) { return f.code("david") }, "v", "a", "u", screentest.Enter)},
	}
	shells := f.inEachShell(t, func(t *testing.T, shell string) {
		s := f.seat(t, seatOptions{shell: shell})
		s.run("cameo -q switch refunds; cameo -q switch orders; cameo exit")
		for _, w := range ways {
			pressed := w.do(t, s)
			s.says("you are now")
			s.prompted()
			if role := s.role(); role != w.role {
				t.Errorf("the shell has %q after %s, not %q", role, w.row.goal, w.role)
			}
			if pressed != w.want {
				t.Errorf("%s: %d keys, not %d", w.row.goal, pressed, w.want)
			}
			s.run("cameo exit")
		}
	})
	for _, w := range ways {
		w.row.is("%d (%s)", w.want, shells)
	}
}

// exit compares the environment of a shell before a role and after it, byte by byte,
// and counts the keys of the way back.
func (f *figures) exit(t *testing.T) {
	keys := f.row("exit role: keys", "`cameo exit`; bound: 1")
	same := f.row("exit role: the environment, byte by byte", "as before")
	values := map[string]string{"empty": "", "a space": "a b ", "a newline": "\na\n\nb\n", "quotes": `it's "$HOME" \ ` + "`x`"}
	shells := f.inEachShell(t, func(t *testing.T, name string) {
		dialect, err := shell.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		s := f.seat(t, seatOptions{shell: name})
		s.goesAndComes("unset")
		for which, value := range values {
			quoted, err := dialect.Quote(value)
			if err != nil {
				t.Fatal(err)
			}
			var lines strings.Builder
			for _, variable := range shell.Managed() {
				if strings.HasPrefix(variable, "CAMEO_") {
					continue
				}
				if name == "fish" {
					lines.WriteString("set -gx " + variable + " " + quoted + "\n")
				} else {
					lines.WriteString("export " + variable + "=" + quoted + "\n")
				}
			}
			if err := os.WriteFile(filepath.Join(s.dir, "values"), []byte(lines.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			s.run(". ./values")
			s.goesAndComes(which)
		}
		s.run("cameo switch orders")
		s.since()
		s.Type(chord)
		s.says(" roles")
		s.Type(screentest.CtrlX)
		s.says("exit to home")
		s.Type(screentest.Enter)
		s.says("you are ")
		s.prompted()
		if role := s.role(); role != "" {
			t.Errorf("after leaving by keys the shell has %q", role)
		}
	})
	keys.is("`cameo exit`; chord, Ctrl-X, Enter (%s)", shells)
	same.is("as before; %d variables, each unset, empty, with a space, a newline, quotes (%s)", len(shell.Identity())+2, shells)
}

// goesAndComes enters a role, leaves it, and fails unless the environment is the same.
func (s *seat) goesAndComes(which string) {
	s.t.Helper()
	before := s.environment()
	s.run("cameo -q switch orders")
	if in := s.environment(); !strings.Contains(in, "CAMEO_ROLE=orders\x00") {
		s.t.Errorf("%s: the role was not entered:\n%s", which, s.Text())
	}
	s.run("cameo exit")
	if after := s.environment(); after != before {
		s.t.Errorf("%s: the environment was %q and is %q", which, before, after)
	}
}
