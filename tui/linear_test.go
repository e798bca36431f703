package tui

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cameo/creds/refusal"
	"cameo/internal/roles"
	"cameo/internal/switching"
)

// talk is a user who answers questions with lines, and everything that was said.
type talk struct {
	answers []string
	// ahead is typed before anything is asked.
	ahead []string
	text  strings.Builder
	// behind is what was typed behind a question that names an account, by account.
	behind map[string]string
}

var namedAccount = regexp.MustCompile(`account ([0-9 ]+)\.`)

func (u *talk) Write(p []byte) (int, error) { return u.text.Write(p) }

func (u *talk) ReadLine(ctx context.Context) (string, error) {
	from := &u.answers
	if len(u.ahead) > 0 {
		from = &u.ahead
	}
	if len(*from) == 0 {
		return "", errGone
	}
	line := (*from)[0]
	*from = (*from)[1:]
	question := u.text.String()
	question = question[strings.LastIndex(question, "\n")+1:]
	if named := namedAccount.FindStringSubmatch(question); named != nil {
		u.behind[strings.ReplaceAll(named[1], " ", "")] += line + "\n"
	}
	u.text.WriteString(line + "\n")
	return line, ctx.Err()
}

func (u *talk) Forget(context.Context) { u.ahead = nil }

func (u *talk) Close() error { return nil }

// converse holds a conversation with a user who gives these answers.
func converse(t testing.TB, backend Backend, u *talk, change ...func(*Options)) (Result, error) {
	t.Helper()
	opts := Options{Backend: backend, Environ: utf8Environ}
	for _, c := range change {
		c(&opts)
	}
	u.behind = map[string]string{}
	c := newConversation(opts, u, u)
	c.pause = func(context.Context, time.Duration) error { return nil }
	return c.hold(context.Background())
}

// Whole conversations, as they are heard.
func TestConversations(t *testing.T) {
	denied := refused{what: "AWS refused UpdateApp in 123456789012: the role may not trust david",
		next: "cameo explain prod-update --check", words: "User: david is not authorized to perform: sts:AssumeRole"}
	many := func(w *world) {
		for i := range 20 {
			w.overview.Rows = append(w.overview.Rows, Row{Role: role(fmt.Sprintf("team-%02d", i), fmt.Sprintf("5555%08d", i), "Dev", roles.Dev, "david", "", i)})
		}
	}
	for _, c := range []struct {
		name    string
		answers []string
		prepare func(w *world)
		change  func(o *Options)
		demo    bool
		want    Kind
	}{
		{name: "choose", answers: []string{"pay", "1"}, want: Switched},
		{name: "leave", answers: []string{""}, want: Cancelled},
		{name: "quit", answers: []string{"q"}, want: Cancelled},
		{name: "code", answers: []string{"stg", "1", "12345", "123 456"}, want: Switched},
		{name: "production-code", answers: []string{"update", "1", "", "1", "654-321"}, want: Switched},
		{name: "production-digits", answers: []string{"payments-prod", "1", "yes", "4418", "444455554417", "4417"}, want: Switched},
		{name: "production-read-only", answers: []string{"payments-prod", "r 1"}, want: Switched},
		{name: "code-rejected", answers: []string{"stg", "1", "111111", "222222"}, want: Switched, prepare: func(w *world) {
			w.refuse = []error{refused{what: "AWS did not accept that MFA code: mistyped, or the clock is off", badCode: true}}
		}},
		{name: "code-rejected-cancelled", answers: []string{"stg", "1", "111111", "", "q"}, want: Cancelled, prepare: func(w *world) {
			w.refuse = []error{refused{what: "AWS did not accept that MFA code: mistyped, or the clock is off", badCode: true}}
		}},
		{name: "refused-code-cancelled", answers: []string{"1", "m", "", "q"}, want: Cancelled, prepare: func(w *world) {
			w.refuse = []error{wantsMFA(device)}
		}},
		{name: "refused", answers: []string{"update", "1", "111111", "q"}, want: Cancelled, prepare: func(w *world) { w.refuse = []error{denied} }},
		{name: "refused-code", answers: []string{"1", "x", "1", "m", "123456"}, want: Switched, prepare: func(w *world) {
			w.refuse = []error{wantsMFA(device), wantsMFA(device)}
		}},
		{name: "refused-with-code", answers: []string{"1", "m", "123456", "q"}, want: Cancelled, prepare: func(w *world) {
			w.refuse = []error{wantsMFA(device), explainedError{refused{what: "AWS refused it"}, refusal.Explanation{What: "AWS refused it"}}}
		}},
		{name: "more", answers: []string{"m", "m", "30", "28", "m", "m", "12"}, want: Switched, prepare: many},
		{name: "nothing-found", answers: []string{"paymetns", "1", "*", "broken", "loop", "1", ""}, want: Cancelled},
		{name: "problems", answers: []string{"problems", ""}, want: Cancelled, prepare: func(w *world) { w.overview.Problems = someProblems() }},
		{name: "first-run", answers: []string{"r", ""}, want: Cancelled, prepare: func(w *world) {
			w.overview.Rows, w.overview.ShellSetup = nil, `eval "$(cameo init bash)"`
		}},
		{name: "first-run-problems", answers: []string{""}, want: Cancelled, prepare: func(w *world) {
			w.overview.Rows, w.overview.Problems, w.overview.Integrated = nil, someProblems(), true
		}},
		{name: "active-close", answers: []string{"what", ""}, want: Closed, prepare: func(w *world) { w.inRole("prod-update", 42*time.Minute) }},
		{name: "active-exit", answers: []string{"exit"}, want: Exited, prepare: func(w *world) { w.inRole("payments-dev", 42*time.Minute) }},
		{name: "active-exit-fails", answers: []string{"exit", ""}, want: Closed, prepare: func(w *world) {
			w.inRole("payments-dev", 42*time.Minute)
			w.exitErr = errors.New("the variable AWS_PROFILE is readonly")
		}},
		{name: "active-refresh", answers: []string{"refresh", "refresh"}, want: Switched, prepare: func(w *world) {
			w.inRole("payments-prod", 3*time.Minute).overview.Renewable = true
			w.refuse = []error{errors.New("AWS did not answer")}
		}},
		{name: "active-chained", answers: []string{"refresh", ""}, want: Closed, prepare: func(w *world) {
			w.inRole("payments-dev", 42*time.Minute).overview.Renewal = "enter hub again first, which signs for it: its session has ended"
		}},
		{name: "active-refresh-after", answers: []string{"refresh"}, want: Refresh, prepare: func(w *world) {
			w.inRole("payments-dev", 42*time.Minute).overview.RenewableAfter = true
		}},
		{name: "active-switch", answers: []string{"switch", "", "switch", "analytics", "1"}, want: Switched, prepare: func(w *world) { w.inRole("payments-dev", 42*time.Minute) }},
		{name: "active-inherited", answers: []string{"q"}, want: Closed, prepare: func(w *world) {
			w.inRole("payments-dev", -time.Minute)
			w.overview.State.Active.Inherited, w.overview.State.Active.KeysChanged = true, true
		}},
		{name: "filter", answers: []string{"1"}, want: Switched, change: func(o *Options) { o.Filter = "analytics"; o.Height = 14 }},
		{name: "why-not-longer", answers: []string{"update", "1", "123456"}, want: Switched, prepare: func(w *world) {
			plan := w.plans["prod-update"]
			plan.Session.WhyNotLonger = "AWS limits a role entered from another session to 1 hour"
			w.plans["prod-update"] = plan
		}},
		{name: "read-only", answers: []string{"switch", "", "switch", "update", "1", "123456"}, want: Switched, prepare: func(w *world) {
			w.inRole("payments-dev", 42*time.Minute)
			w.overview.State.Active.ReadOnly = true
			plan := w.plans["prod-update"]
			plan.Session.ReadOnly = true
			w.plans["prod-update"] = plan
		}},
		{name: "demo", demo: true, answers: []string{"switch", "update", "1", "123456", "exit", ""}, want: Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.prepare != nil {
				c.prepare(w)
			}
			for _, row := range w.overview.Rows {
				if _, planned := w.plans[row.Role.Profile]; !planned {
					w.plans[row.Role.Profile] = switching.Plan{Role: row.Role, Source: "david"}
				}
			}
			var backend Backend = w
			if c.demo {
				w.overview.Sandbox = true
				backend = rehearsal{w}
			}
			u := &talk{answers: c.answers}
			change := func(*Options) {}
			if c.change != nil {
				change = c.change
			}
			result, err := converse(t, backend, u, change)
			if err != nil || result.Kind != c.want {
				t.Errorf("ended with %v, %v; want %v", result.Kind, err, c.want)
			}
			if len(u.answers) > 0 {
				t.Errorf("never asked for %q", u.answers)
			}
			golden(t, "linear-"+c.name+".txt", u.text.String())
			hearable(t, u.text.String())
		})
	}
}

// hearable fails on anything that a line-by-line terminal cannot show.
func hearable(t testing.TB, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0) {
			t.Errorf("%q was written in\n%s", r, text)
			return
		}
	}
}

func TestTypingAheadDoesNotAnswerTheGuard(t *testing.T) {
	w := newWorld(t)
	u := &talk{ahead: []string{"payments-prod", "1", "4417", "4417"}, answers: []string{""}}
	if result, err := converse(t, w, u); !errors.Is(err, errGone) {
		t.Errorf("ended with %v, %v", result.Kind, err)
	}
	if w.calls["Switch"] != 0 {
		t.Errorf("switched:\n%s", u.text.String())
	}
}

// heard refuses every answer that was not typed behind a question that names the
// role's account.
type heard struct {
	*world
	u *talk
}

func (h heard) Switch(ctx context.Context, wish Wish, plan switching.Plan, given switching.Answer, watch func(switching.Progress)) (switching.Session, error) {
	if plan.Role.Env == roles.Production && plan.Guard != switching.NoDemand {
		typed := strings.NewReplacer(" ", "", "-", "").Replace(h.u.behind[plan.Role.AccountID])
		for _, part := range []string{given.Code, given.Digits} {
			if part != "" && !slices.Contains(strings.Split(typed, "\n"), part) {
				h.t.Errorf("%q entered %s, typed behind its name was %q", part, plan.Role.Profile, typed)
			}
		}
	}
	return h.world.Switch(ctx, wish, plan, given, watch)
}

// Whatever one answers: nothing panics, nothing unspeakable is written, and no
// production role is entered without its guard (see world.judge).
func TestRandomConversations(t *testing.T) {
	words := []string{"", "q", "m", "*", "r 1", "r2", "exit", "switch", "problems", "1", "2", "3", "9", "10", "pay", "prod", "update", "4417", "4418", "123456",
		"12 34-56", "444455554417", "\x1b[31mred\x07\u202e", "漢字", strings.Repeat("payments ", 40), "r"}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		wild := role("漢字-👩🏽-\u202eevil\x1b", "123456789999", "R\u0301ole 漢\n", roles.Production, "ho\nme\x1b", device, 1)
		w.overview.Rows = append(w.overview.Rows, Row{Role: wild})
		w.overview.Problems = someProblems()[:rapid.IntRange(0, 2).Draw(rt, "problems")]
		w.plans[wild.Profile] = switching.Plan{Role: wild, Guard: switching.WantCode, Code: &switching.CodeNeed{Device: device + "\x1b"}}
		if rapid.Bool().Draw(rt, "in a role") {
			w.inRole("payments-prod", time.Duration(rapid.IntRange(-10, 90).Draw(rt, "minutes"))*time.Minute)
		}
		for range rapid.IntRange(0, 3).Draw(rt, "refusals") {
			w.refuse = append(w.refuse, refused{what: "no\x1b", words: "漢字\n", badCode: rapid.Bool().Draw(rt, "code")})
		}
		u := &talk{
			ahead:   rapid.SliceOfN(rapid.SampledFrom(words), 0, 6).Draw(rt, "ahead"),
			answers: rapid.SliceOfN(rapid.SampledFrom(words), 1, 60).Draw(rt, "answers"),
		}
		for _, lines := range [][]string{u.ahead, u.answers} { // the terminal's own line editing lets nothing else through
			for i := range lines {
				lines[i] = inert(lines[i])
			}
		}
		var backend Backend = heard{w, u}
		if rapid.Bool().Draw(rt, "demo") {
			backend = struct {
				heard
				Rehearsal
			}{heard{w, u}, rehearsal{w}}
		}
		_, err := converse(t, backend, u)
		if err != nil && !errors.Is(err, errGone) {
			rt.Fatalf("ended with %v", err)
		}
		hearable(t, u.text.String())
	})
}

func TestAPanicEndsTheConversationInOrder(t *testing.T) {
	w := newWorld(t)
	w.panics = true
	_, err := converse(t, w, &talk{answers: []string{"1"}})
	var crash *CrashError
	if !errors.As(err, &crash) || !strings.Contains(string(crash.Stack), "Plan") {
		t.Errorf("error is %v", err)
	}
}

func TestNeedsLinear(t *testing.T) {
	for value, want := range map[string]bool{"TERM=dumb": true, "TERM=xterm": false} {
		if got := NeedsLinear([]string{value}); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestSpokenWords(t *testing.T) {
	for got, want := range map[string]string{
		spokenAccount("111122223333"):           "1111 2222 3333",
		spokenAccount("12"):                     "12",
		spokenSpan(time.Minute):                 "1 minute",
		spokenSpan(41 * time.Minute):            "41 minutes",
		spokenSpan(time.Hour):                   "1 hour",
		spokenSpan(2*time.Hour + 5*time.Minute): "2 hours 5 minutes",
		sentence("AWS refused it"):              "AWS refused it.",
		sentence("no such thing?"):              "No such thing?",
		sentence("role_arn is missing"):         "role_arn is missing.",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// stuck is a backend whose Switch does not come back.
type stuck struct {
	*world
	asked chan struct{}
}

func (s stuck) Switch(context.Context, Wish, switching.Plan, switching.Answer, func(switching.Progress)) (switching.Session, error) {
	close(s.asked)
	select {}
}

func TestTheEndOfTheContextIsNotKeptWaiting(t *testing.T) {
	u := &talk{answers: []string{"1"}, behind: map[string]string{}}
	backend := stuck{newWorld(t), make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-backend.asked
		cancel()
	}()
	_, err := newConversation(Options{Backend: backend, Environ: utf8Environ}, u, u).hold(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestANumberWithRIsReadOnly(t *testing.T) {
	for line, want := range map[string]struct {
		digits   string
		readOnly bool
	}{"r 2": {"2", true}, "R2": {"2", true}, "2": {"2", false}, "r": {"r", false}, "ro": {"ro", false}, "r 123": {"r 123", false}, "role": {"role", false}} {
		if digits, readOnly := readOnlyNumber(line); digits != want.digits || readOnly != want.readOnly {
			t.Errorf("%q is %q, %v", line, digits, readOnly)
		}
	}
}

func TestSentencesBreakBetweenWords(t *testing.T) {
	const text = "1. development. acme-search-dev-admin, acme-admin, account ends 0634."
	for w, want := range map[int]string{
		0: text, 10: text, len(text): text,
		60: "1. development. acme-search-dev-admin, acme-admin, account\nends 0634.",
		30: "1. development.\nacme-search-dev-admin,\nacme-admin, account ends\n0634.",
	} {
		c := conversation{width: func() int { return w }}
		if got := c.folded(text + " "); got != want {
			t.Errorf("%d columns: %q", w, got)
		}
	}
}

func TestABrokenRoleIsSpokenInWholeSentences(t *testing.T) {
	row := Row{Role: roles.Role{Profile: "pay"}, Readiness: Readiness{Broken: errors.New(`"davd" does not exist: did you mean "david"?`)}}
	if got := (&conversation{}).rowWords(row); got != `pay cannot be entered. "davd" does not exist: did you mean "david"?` {
		t.Error(got)
	}
}
