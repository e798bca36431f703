package mfa_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cameo/creds"
	"cameo/creds/mfa"
	"cameo/internal/term"
	"cameo/profiles"
)

// TestMain lets the test binary play the program of [mfa] command.
func TestMain(m *testing.M) {
	switch os.Getenv("MFA_TEST_PLAYS") {
	case "":
		os.Exit(m.Run())
	case "code":
		fmt.Println(os.Args[1])
	case "fails":
		fmt.Fprintln(os.Stderr, "no key \x1b[31mis plugged in\nsecond line")
		os.Exit(3)
	case "touch":
		fmt.Fprintln(os.Stderr, "touch the key")
		fmt.Println("123456")
	case "floods":
		fmt.Print(strings.Repeat("9", 1<<20))
	case "hangs":
		time.Sleep(time.Hour)
	}
	os.Exit(0)
}

var need = creds.CodeRequest{Device: "arn:aws:iam::111122223333:mfa/David", Profile: "prod-update",
	RoleARN: "arn:aws:iam::123456789012:role/UpdateApp", Attempt: 1}

// person answers prompts, one after the other, and waits where there is no answer.
type person struct {
	answers []string
	prompts []string
	err     error
	closed  int
}

func (p *person) Ask(ctx context.Context, prompt string) (string, error) {
	p.prompts = append(p.prompts, prompt)
	if p.err != nil {
		return "", p.err
	}
	if len(p.answers) == 0 {
		<-ctx.Done()
		return "", fmt.Errorf("nobody answered: %w", context.Cause(ctx))
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *person) Close() error { p.closed++; return nil }
func (p *person) CanAsk() bool { return p.err == nil }
func (p *person) Name() string { return "/dev/pts/3" }

func (p *person) terminal() mfa.Terminal {
	return mfa.Terminal{Open: func() (mfa.Closer, error) { return p, nil }}
}

func TestTerminalTakesACodeAsPeopleTypeIt(t *testing.T) {
	for _, typed := range []string{"123456", " 123 456 ", "123-456", "1 2 3 4 5 6"} {
		p := &person{answers: []string{typed}}
		if code, err := p.terminal().Code(t.Context(), need); err != nil || code != "123456" {
			t.Errorf("%q: %q, %v", typed, code, err)
		}
		if p.closed != 1 {
			t.Error("the terminal stays open")
		}
	}
}

func TestTerminalAsksAgainForWhatIsNoCode(t *testing.T) {
	p := &person{answers: []string{"", "12345", "1234567", "12345x", "１２３４５６", "000000"}}
	code, err := p.terminal().Code(t.Context(), need)
	if err != nil || code != "000000" {
		t.Fatalf("%q, %v", code, err)
	}
	first := "For prod-update (UpdateApp in 123456789012)\nMFA code of arn:aws:iam::111122223333:mfa/David: "
	if p.prompts[0] != first || p.prompts[1] != "a code has six digits\n"+first || len(p.prompts) != 6 {
		t.Errorf("prompts %q", p.prompts)
	}
}

func TestTheFirstLineAfterARejectionSaysWhy(t *testing.T) {
	again := need
	again.Attempt, again.Rejected = 2, &creds.CodeRejectedError{Device: need.Device, Next: 12 * time.Second}
	p := &person{answers: []string{"123456"}}
	if _, err := p.terminal().Code(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	why, _, found := strings.Cut(p.prompts[0], "\n")
	if !found || !strings.Contains(why, "did not accept that MFA code") || !strings.Contains(why, "next code in 12 s") {
		t.Errorf("prompt %q", p.prompts[0])
	}
}

func TestTheThirdRejectionEndsIt(t *testing.T) {
	rejected := &creds.CodeRejectedError{}
	for attempt := 2; attempt <= 4; attempt++ {
		p := &person{answers: []string{"123456"}}
		again := need
		again.Attempt, again.Rejected = attempt, rejected
		_, err := p.terminal().Code(t.Context(), again)
		if asked := len(p.prompts) == 1; asked != (attempt <= 3) {
			t.Errorf("attempt %d: asked %v, %v", attempt, asked, err)
		}
		if attempt == 4 && !errors.Is(err, rejected) {
			t.Errorf("attempt 4: %v", err)
		}
	}
}

func TestThePromptNamesEverythingThatMatters(t *testing.T) {
	all := need
	all.Production, all.Agent, all.Host = true, "terraform", "127.0.0.1:4566"
	p := &person{answers: []string{"123456"}}
	if _, err := p.terminal().Code(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	want := "For PRODUCTION prod-update (UpdateApp in 123456789012), asked by terraform, sent to 127.0.0.1:4566\nMFA code of arn:aws:iam::111122223333:mfa/David: "
	if p.prompts[0] != want {
		t.Errorf("got  %q\nwant %q", p.prompts[0], want)
	}
}

func TestThePromptSaysFirstThatALongRoleTakesACodeOfItsOwn(t *testing.T) {
	for lasts, want := range map[time.Duration]string{
		0:                "For prod-update",
		4 * time.Hour:    "this role asks for its own code because it lasts 4h; the next asks too\nFor prod-update",
		90 * time.Minute: "this role asks for its own code because it lasts 1h 30m; the next asks too\nFor prod-update",
	} {
		long := need
		long.Lasts = lasts
		p := &person{answers: []string{"123456"}}
		if _, err := p.terminal().Code(t.Context(), long); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.prompts[0], want) {
			t.Errorf("got  %q\nwant %q", p.prompts[0], want)
		}
	}
}

func TestNamesInThePromptAreInert(t *testing.T) {
	evil := "\x1b]52;c;x\a\u202eevil\n"
	p := &person{answers: []string{"123456"}}
	request := creds.CodeRequest{Device: evil, Profile: evil, RoleARN: evil, Agent: evil, Host: evil, Attempt: 2, Rejected: errors.New(evil)}
	if _, err := p.terminal().Code(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if text := strings.Replace(p.prompts[0], "\n", "", 2); text != profiles.Inert(text) {
		t.Errorf("not inert: %q", text)
	}
}

func TestAnUnansweredPromptClosesAfterFiftySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &person{answers: []string{"no code"}}
		began := time.Now()
		_, err := p.terminal().Code(t.Context(), need)
		var needed *creds.CodeNeededError
		if !errors.As(err, &needed) || needed.Why != "prompt timed out on /dev/pts/3: nobody answered within 50 s" || needed.Profile != "prod-update" {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(began); waited != 50*time.Second {
			t.Errorf("waited %v", waited)
		}
		if p.closed != 1 {
			t.Error("the terminal stays open")
		}
	})
}

func TestAPromptEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := (&person{}).terminal().Code(ctx, need)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWithoutATerminalACodeIsNeeded(t *testing.T) {
	for name, terminal := range map[string]mfa.Terminal{
		"none":              {Open: func() (mfa.Closer, error) { return nil, term.ErrNoTerminal }},
		"in the background": (&person{err: fmt.Errorf("asking: %w", term.ErrNoTerminal)}).terminal(),
	} {
		_, err := terminal.Code(t.Context(), need)
		var needed *creds.CodeNeededError
		if !errors.As(err, &needed) || !strings.Contains(err.Error(), "no terminal to ask on: supply it with --mfa-code") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCtrlCIsPassedOn(t *testing.T) {
	if _, err := (&person{err: term.ErrCancelled}).terminal().Code(t.Context(), need); !errors.Is(err, term.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}

func TestNobodySaysWhyOrWhatWasRejected(t *testing.T) {
	nobody := mfa.Nobody{Why: "--no-input was given"}
	var needed *creds.CodeNeededError
	if _, err := nobody.Code(t.Context(), need); !errors.As(err, &needed) || needed.Why != "--no-input was given" || needed.Device != need.Device {
		t.Errorf("got %v", err)
	}
	again := need
	again.Rejected = &creds.CodeRejectedError{}
	if _, err := nobody.Code(t.Context(), again); !errors.Is(err, again.Rejected) {
		t.Errorf("got %v", err)
	}
}

func program(t *testing.T, plays string, args ...string) mfa.Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return mfa.Command{Argv: append([]string{self}, args...), Environ: append(os.Environ(), "MFA_TEST_PLAYS="+plays, "GORACE=atexit_sleep_ms=0")}
}

func TestCommandPrintsTheCode(t *testing.T) {
	for _, printed := range []string{"123456", " 123 456"} {
		if code, err := program(t, "code", printed).Code(t.Context(), need); err != nil || code != "123456" {
			t.Errorf("%q: %q, %v", printed, code, err)
		}
	}
}

func TestCommandsThatGiveNoCode(t *testing.T) {
	for _, c := range []struct {
		name    string
		command mfa.Command
		says    string
	}{
		{"words", program(t, "code", "Touch? 998877"), "did not print six digits"},
		{"nothing", program(t, "code", ""), "did not print six digits"},
		{"a flood", program(t, "floods"), "did not print six digits"},
		{"a failure", program(t, "fails"), `failed: no key \x1b[31mis plugged in`},
		{"no program", mfa.Command{Argv: []string{"/no/such/program"}}, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.command.Code(t.Context(), need)
			var needed *creds.CodeNeededError
			if !errors.As(err, &needed) || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 600 {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "998877") || strings.Contains(err.Error(), "second line") {
				t.Errorf("too much is in %v", err)
			}
		})
	}
}

func TestCommandIsNotAskedAgainForARefusedCode(t *testing.T) {
	again := need
	again.Attempt, again.Rejected = 2, &creds.CodeRejectedError{}
	if _, err := program(t, "code", "123456").Code(t.Context(), again); !errors.Is(err, again.Rejected) {
		t.Errorf("got %v", err)
	}
}

func TestCommandsMessagesAreShownWhileItRuns(t *testing.T) {
	var shown strings.Builder
	command := program(t, "touch")
	command.Stderr = &shown
	if code, err := command.Code(t.Context(), need); err != nil || code != "123456" || shown.String() != "touch the key\n" {
		t.Errorf("%q, %v, %q", code, err, shown.String())
	}
}

func TestCommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := program(t, "hangs").Code(ctx, need); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if time.Since(began) > 10*time.Second {
		t.Error("it was waited for")
	}
}
