//go:build unix

package shell_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cameo/internal/shell"
)

func (s *stage) withOptions(o shell.Options) *stage {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "init"), []byte(must(s.k.dialect().Init(o))), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func TestTheEndIsSaidTwiceAndNoMore(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k).withOptions(shell.Options{Prompt: true})
		var lines []string
		set := func(name, value string) {
			lines = append(lines, k.set(shell.Saved{Name: name, Value: value, State: shell.Exported}))
		}
		expect := func(step string) {
			lines = append(lines, "echo "+step+" >&2", "_cameo_before_prompt", "_cameo_before_prompt")
		}
		expect("no role")
		set("CAMEO_ROLE", "de\x1bv")
		set("CAMEO_PROMPT", `[DEV a/$(touch canary)%n\ till 14:05]`)
		set("CAMEO_EXPIRES", at(time.Hour))
		expect("an hour")
		set("CAMEO_EXPIRES", at(200*time.Second))
		expect("soon")
		set("CAMEO_EXPIRES", at(-time.Second))
		expect("ended")
		set("CAMEO_EXPIRES", at(150*time.Second)) // a refresh
		set("CAMEO_PROMPT", "[!!PROD p/Admin RO till 14:09]")
		expect("refreshed")
		set("CAMEO_EXPIRES", "2008-08-08T08:08:08Z")
		set("CAMEO_PROMPT", "mine")
		expect("long ago")
		set("CAMEO_EXPIRES", "x[$(touch canary)]")
		expect("nonsense")
		set("CAMEO_EXPIRES", "2008-02-29T23:59:60Z; touch canary")
		expect("more nonsense")
		got := s.run(append([]string{"set -u 2>/dev/null"}, lines...)...)
		want := "no role\nan hour\nsoon\ncameo: a/$(touch canary)%n\\ ends 14:05, in 4 min. Run: cameo refresh\n" +
			"ended\ncameo: a/$(touch canary)%n\\ ended 14:05. Run: cameo refresh  or  cameo exit\n" +
			"refreshed\ncameo: p/Admin RO ends 14:09, in 3 min. Run: cameo refresh\n" +
			"long ago\ncameo: dev ended. Run: cameo refresh  or  cameo exit\nnonsense\nmore nonsense\n"
		if got.err != want {
			t.Errorf("got\n%s\nwant\n%s", got.err, want)
		}
	})
}

// The shells count days themselves, and have to come to what the calendar says.
func TestTheEndIsFoundOnAnyDay(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k).withOptions(shell.Options{Prompt: true})
		clock := "_cameo_clock() { _cameo_now=%d; }"
		if k.isFish() { // it asks date
			clock = "set -gx FAKE_NOW %d"
			if err := os.WriteFile(filepath.Join(s.dir, "bin", "date"), []byte("#!/bin/sh\necho \"$FAKE_NOW\"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		var lines, want []string
		for day := range 60 {
			end := time.Date(2023, 12, 28, 23, 59, 59, 0, time.UTC).AddDate(0, 0, day*37)
			lines = append(lines, fmt.Sprintf(clock, end.Unix()-61),
				k.set(shell.Saved{Name: "CAMEO_ROLE", Value: fmt.Sprint("r", day), State: shell.Exported}),
				k.set(shell.Saved{Name: "CAMEO_EXPIRES", Value: end.Format(time.RFC3339), State: shell.Exported}), "_cameo_before_prompt")
			want = append(want, fmt.Sprintf("cameo: r%d ends, in 2 min. Run: cameo refresh\n", day))
		}
		if got := s.run(lines...); got.err != strings.Join(want, "") {
			t.Error(got.err)
		}
	})
}

func TestThePromptShowsTheRoleAndRunsNothing(t *testing.T) {
	const hostile = "[!!PROD a/$(touch canary)`touch canary`%n%%\\w\\$!! ${x} till 14:05]"
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k).withOptions(shell.Options{Prompt: true})
		setup := "PS1='ready> '"
		switch k.name {
		case "zsh":
			setup += "; setopt prompt_subst prompt_bang"
		case "fish":
			setup = "function fish_prompt; echo -n \"status $status ready> \"; end"
		}
		term := s.interactive()
		term.enter(setup+"; echo load''ed", `loaded\s`)
		term.load(s)
		term.enter(k.set(shell.Saved{Name: "CAMEO_PROMPT", Value: hostile, State: shell.Exported})+"; echo se''t", `set\s`)
		shown := term.enter("false", `(?s)14:05\] (status 1 )?ready> `)
		if !strings.Contains(shown, hostile) {
			t.Errorf("the prompt is %q", shown)
		}
		shown = term.enter(setup, `ready> (.|\n)*ready> `) // a theme that builds its prompt again
		if !k.isFish() && !strings.Contains(shown, hostile) {
			t.Errorf("the prompt is %q", shown)
		}
		if _, err := os.Stat(filepath.Join(s.dir, "canary")); err == nil {
			t.Error("a value was run as a command")
		}
	})
}

// In a small window fish would cut off what the prompt begins with.
func TestFishKeepsTheBeginningOfThePrompt(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if !k.isFish() {
			t.Skip("the others break a line that is too long")
		}
		s := newStage(t, k).withOptions(shell.Options{Prompt: true})
		term := s.interactive()
		term.enter("function fish_prompt; echo -n 'ready> '; end; echo load''ed", `loaded\s`)
		term.load(s)
		const text = "[!!PROD acme-payments-prod-admin/acme-admin till 14:05]"
		term.enter(k.set(shell.Saved{Name: "CAMEO_PROMPT", Value: text, State: shell.Exported})+"; echo se''t", `set\s`)
		term.enter("set COLUMNS 40; fish_prompt; echo", `\[!!PROD acme-payments-prod-admin/acme\.\.\s+ready> \s`)
		term.enter("set COLUMNS 60; fish_prompt; echo", `till 14:05\]\s*\n\s*ready> \s`)
		term.enter("set COLUMNS 120; fish_prompt; echo", `till 14:05\] ready> \s`)
	})
}

func TestTheKeyOpensThePickerAndKeepsTheLine(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		for bind, pressed := range map[string]string{"ctrl-g": "\x07", "alt-o": "\x1bo"} {
			s := newStage(t, k).withOptions(shell.Options{Bind: bind})
			term := s.loaded()
			// Without an argument the fake enters the role "switch".
			term.press("echo typ''ed-before"+pressed, `entered switch`)
			term.enter(" $CAMEO_ROLE", `typed-before switch\s`)
		}
	})
}
