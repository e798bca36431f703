package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

func TestEnterOnARoleSwitches(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	d.ended(Switched)
	if got := d.m.out.result.Session.Role.Profile; got != "payments-dev" {
		t.Errorf("switched to %q", got)
	}
}

func TestProductionWithACodeIsConfirmedByTheCode(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("update")
	d.press("enter")
	d.sees("!! PRODUCTION !!", "UpdateApp in 123456789012", device, "via       david", "next code in")
	d.typeText("654321")
	d.ended(Switched)
	if want := (switching.Answer{Code: "654321", OnScreen: true}); w.answer != want {
		t.Errorf("answered %+v, want %+v", w.answer, want)
	}
}

func TestProductionWithoutACodeWantsTheDigits(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.sees("!! PRODUCTION !!", "Admin in 444455554417", "via       work/alice")
	for range 50 {
		d.press("enter")
	}
	if w.calls["Switch"] != 0 {
		t.Fatal("Enter passed the guard")
	}
	d.typeText("4418")
	d.sees("4418 is not how this account ends", "[____]")
	d.typeText("4417")
	d.ended(Switched)
	if w.answer.Digits != "4417" {
		t.Errorf("answered %+v", w.answer)
	}
}

func TestTheDigitsCanBePasted(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.paste("444455554417")
	if d.quit {
		t.Fatal("a paste of the whole account passed")
	}
	d.paste(" 44-17\n")
	d.ended(Switched)
}

func TestDigitsAndCodeAreBothAskedWhereThePlanWantsBoth(t *testing.T) {
	w := newWorld(t)
	plan := w.plans["prod-update"]
	plan.Guard = switching.WantDigits
	w.plans["prod-update"] = plan
	d := drive(t, w, w, 100, 30)
	d.typeText("update")
	d.press("enter")
	d.typeText("9012")
	d.sees("MFA code")
	d.typeText("222222")
	d.ended(Switched)
	if want := (switching.Answer{Digits: "9012", Code: "222222", OnScreen: true}); w.answer != want {
		t.Errorf("answered %+v, want %+v", w.answer, want)
	}
}

func TestACodeIsPastedWithSpacesAndDashes(t *testing.T) {
	for _, paste := range []string{"123456", "123 456", "123-456\n", " 12 34 56 "} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.typeText("stg")
		d.press("enter")
		d.paste("not a code")
		d.paste("1234567")
		d.paste(paste)
		d.ended(Switched)
		if w.answer.Code != "123456" {
			t.Errorf("%q answered %+v", paste, w.answer)
		}
	}
}

func TestARejectedCodeAsksAgain(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{refused{what: "AWS did not accept that MFA code", badCode: true}, nil}
	d := drive(t, w, w, 100, 30)
	d.typeText("stg")
	d.press("enter")
	d.typeText("111111")
	d.sees("[______]", "attempt 2", "AWS did not accept that MFA code")
	d.press("enter") // the habit of six digits and Enter
	d.typeText("222222")
	d.ended(Switched)
	if w.answer.Code != "222222" || w.calls["Switch"] != 2 {
		t.Errorf("answered %+v after %d switches", w.answer, w.calls["Switch"])
	}
}

func TestKeysInFlightDoNotAnswerADialogThatOpensByItself(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.send(d.key("enter"))
	d.run() // the plan is there, the guard opens in a moment
	d.seesNo("PRODUCTION !!")
	for _, digit := range "4417" {
		d.send(d.key(string(digit)))
	}
	d.send(tea.PasteMsg{Content: "4417"})
	d.pass(grace - 10*time.Millisecond)
	d.seesNo("PRODUCTION !!")
	d.pass(20 * time.Millisecond)
	d.sees("!! PRODUCTION !!", "[____]")
	if w.calls["Switch"] != 0 {
		t.Error("keys for the list answered the guard")
	}
}

func TestWhatIsTypedBeforeTheFirstScreenIsNotLost(t *testing.T) {
	w := newWorld(t)
	d := startOnly(t, w, w, 100, 30)
	d.typeText("stg")
	d.sees("1 of 8", "payments-stg")
}

func TestWaitingIsShownOnlyWhenItIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.slow = true
	d := drive(t, w, w, 100, 30)
	d.send(d.key("enter"))
	d.pass(noticeable - 20*time.Millisecond)
	d.seesNo("Becoming")
	d.pass(40 * time.Millisecond)
	d.sees("Becoming Admin in 444455551234", "signed by david")
	d.pass(3 * time.Second)
	d.sees("3s")
}

func TestEscWhileWaitingCancelsAndALateAnswerIsDropped(t *testing.T) {
	w := newWorld(t)
	w.slow = true
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	ctx := d.m.turns.turn.ctx
	d.press("esc")
	if ctx.Err() == nil {
		t.Error("the request was not cancelled")
	}
	d.sees("Find")
	d.send(d.late[0])
	d.settle()
	if d.quit {
		t.Error("the late answer switched the role")
	}
}

func TestCtrlCCancelsEverywhere(t *testing.T) {
	for _, s := range scenes() {
		d := s.enter(t, 80, 24)
		ctx := d.m.turns.turn.ctx
		d.press("ctrl+c")
		d.ended(Cancelled)
		if ctx.Err() == nil {
			t.Errorf("%s: what was under way goes on", s.name)
		}
	}
}

func TestEscIsOneStepBack(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 80, 24)
	d.typeText("stg")
	d.press("right", "enter", "esc")
	d.sees("Find  stg", "role      arn")
	d.press("esc")
	d.sees("Find  stg")
	d.seesNo("role      arn")
	d.press("esc")
	d.sees("8 roles")
	d.press("esc")
	d.ended(Cancelled)
}

func TestABrokenRowCannotBeEntered(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("loop")
	d.press("enter")
	d.sees("cannot be entered", "name each other as source")
	if w.calls["Plan"] != 0 {
		t.Error("a plan was asked for")
	}
}

func TestTheActiveRoleIsRenewedWithoutItsGuard(t *testing.T) {
	w := newWorld(t).inRole("payments-prod", 42*time.Minute)
	w.overview.Renewable = true
	d := drive(t, w, w, 100, 30)
	d.sees("r refresh")
	d.press("r")
	d.ended(Switched)
	if !w.wish.Renew || w.wish.Role.Profile != "payments-prod" || w.calls["Switch"] != 1 {
		t.Errorf("wish %+v, calls %v", w.wish, w.calls)
	}
	w = newWorld(t).inRole("payments-prod", 42*time.Minute) // by the caller
	w.overview.RenewableAfter = true
	d = drive(t, w, w, 100, 30)
	d.sees("r refresh")
	d.press("r")
	d.ended(Refresh)
	w = newWorld(t).inRole("payments-prod", 42*time.Minute) // a role that was inherited, or whose signer has ended
	w.overview.Renewal = "by the one below"
	d = drive(t, w, w, 100, 30)
	d.sees("renew     by the one below")
	d.seesNo("refresh")
	d.press("r")
	if w.calls["Plan"] != 0 {
		t.Error("it was renewed all the same")
	}
}

func TestActiveRoleIsTheFirstScreen(t *testing.T) {
	w := newWorld(t).inRole("prod-update", 42*time.Minute)
	d := drive(t, w, w, 100, 30)
	d.sees("!! [PROD] prod-update / UpdateApp", "READ-WRITE", "41m left", "ends      13:47", "home      david  111122223333", "x exit role")
	d.press("enter")
	d.sees("Find", "● active", "ctrl-x stack and exit")
	d.press("esc")
	d.sees("READ-WRITE")
	d.press("q")
	d.ended(Closed)
}

func TestARoleThatAPolicyNarrowsIsNotCalledReadWrite(t *testing.T) {
	w := newWorld(t).inRole("prod-update", 42*time.Minute)
	w.overview.State.Active.ByPolicy = true
	for _, width := range []int{100, 40} {
		d := drive(t, w, w, width, 24)
		d.sees("NARROWED")
		d.seesNo("READ-WRITE")
	}
	if said := (&conversation{overview: w.overview, now: noon}).whoYouAre(); !strings.Contains(said, "Narrowed by a policy.") {
		t.Error(said)
	}
}

func TestAReadOnlyRoleIsCalledSoEverywhere(t *testing.T) {
	w := newWorld(t).inRole("prod-update", 42*time.Minute)
	w.overview.State.Active.ReadOnly = true
	d := drive(t, w, w, 100, 30)
	d.sees("!! [PROD] RO prod-update / UpdateApp", "READ-ONLY")
	d.seesNo("READ-WRITE")
	d = drive(t, w, w, 30, 10)
	d.sees("RO ")
	w = newWorld(t)
	plan := w.plans["prod-update"]
	plan.Session.ReadOnly = true
	w.plans["prod-update"] = plan
	d = drive(t, w, w, 100, 30, func(o *Options) { o.Filter = "update" })
	d.press("enter")
	d.sees("Become UpdateApp in 123456789012", "READ-ONLY", "[______]")
}

func TestExitRole(t *testing.T) {
	for _, keys := range [][]string{{"x"}, {"enter", "ctrl+x", "enter"}, {"enter", "tab", "x"}} {
		w := newWorld(t).inRole("prod-update", 42*time.Minute)
		d := drive(t, w, w, 100, 30)
		d.press(keys...)
		d.ended(Exited)
		if d.m.out.result.Identity.Name != "david" {
			t.Errorf("%v: is %+v", keys, d.m.out.result.Identity)
		}
	}
}

func TestAFailedExitSaysWhoTheShellStillIs(t *testing.T) {
	w := newWorld(t).inRole("prod-update", 42*time.Minute)
	w.exitErr = errors.New("the variable AWS_PROFILE is readonly")
	d := drive(t, w, w, 100, 30)
	d.press("x")
	d.sees("Could not leave the role", "readonly", "unchanged: still prod-update")
	d.press("esc")
	d.sees("READ-WRITE")
}

func TestCountdown(t *testing.T) {
	w := newWorld(t).inRole("payments-dev", 7*time.Minute)
	d := drive(t, w, w, 100, 30)
	d.sees("6m left")
	d.pass(time.Minute)
	d.sees("5m left")
	d.pass(time.Minute + 15*time.Second)
	d.sees("4m 40s left")
	d.pass(10 * time.Second)
	d.sees("4m 30s left")
	d.pass(5 * time.Minute)
	d.sees("ended", "its keys fail now")
}

func TestFailureSaysWhatWhyAndWhatToTry(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{refused{what: "AWS refused it", next: "cameo explain payments-dev --check",
		words: "evil \x1b]0;title\x07\u202e words"}}
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	d.sees("Could not become Admin in 444455551234", "AWS refused it", "AWS said  evil ]0;title words",
		"cameo explain payments-dev --check", "unchanged: still david")
	d.press("esc")
	d.sees("Find")
}

func TestDrawingAndIdlingAskTheWorldNothing(t *testing.T) {
	for _, s := range scenes() {
		d := s.enter(t, 100, 30)
		before := d.w.total()
		if d.w.calls["DeviceCode"] > 0 {
			continue // a new code is asked for when the shown one ends
		}
		for range 20 {
			d.frame()
			d.resize(100, 30)
		}
		d.pass(2 * time.Minute)
		if calls := d.w.total() - before; calls != 0 {
			t.Errorf("%s: %d calls while idle: %v", s.name, calls, d.w.calls)
		}
	}
}

func TestTheDemoShowsTheCodeAndStaysOpen(t *testing.T) {
	w := newWorld(t)
	w.overview.Sandbox = true
	d := drive(t, rehearsal{w}, w, 100, 30)
	d.sees("At home, no role active", "What the bucket answers", "AccessDenied", "SANDBOX")
	d.press("enter")
	d.typeText("update")
	d.press("enter")
	d.sees("the sandbox's device shows 123456")
	for _, digit := range "123456" {
		d.send(d.key(string(digit)))
	}
	d.pass(350 * time.Millisecond)
	d.send(d.key("enter")) // the habit of six digits and Enter
	d.settle()
	d.sees("READ-WRITE", "UpdateApp  write s3://productionapp/hello.txt                 ok")
	if w.calls["Trials"] != 2 {
		t.Errorf("%d trials, want one before and one after", w.calls["Trials"])
	}
	d.press("x")
	d.sees("home, no role active")
	d.seesNo("READ-WRITE", " ok")
	d.press("q")
	d.ended(Closed)
}

func TestTheDevicesNextCodeIsShownWhenThisOneEnds(t *testing.T) {
	w := newWorld(t)
	d := drive(t, rehearsal{w}, w, 100, 30)
	d.press("enter")
	d.typeText("update")
	d.press("enter")
	asked := w.calls["DeviceCode"]
	d.pass(31 * time.Second)
	if got := w.calls["DeviceCode"] - asked; got < 1 || got > 2 {
		t.Errorf("asked the device %d times in 31 s", got)
	}
	d.sees("shows 123456")
}

func TestThePickerIsAlwaysTheList(t *testing.T) {
	w := newWorld(t).inRole("payments-dev", time.Hour)
	d := drive(t, w, w, 100, 30, func(o *Options) { o.Height = 14 })
	d.sees("Find")
	if lines := strings.Count(d.frame(), "\n") + 1; lines != 14 {
		t.Errorf("%d lines, want 14", lines)
	}
	d.press("esc")
	d.ended(Cancelled)
	if strings.TrimSpace(d.m.View().Content) != "" {
		t.Error("the picker leaves its last frame behind")
	}
}

func TestAnInitialFilterIsInTheField(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30, func(o *Options) { o.Filter = "stg" })
	d.sees("Find  stg", "1 of 8")
}

func TestAPanicInACommandEndsTheProgramInOrder(t *testing.T) {
	w := newWorld(t)
	w.panics = true
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	var crash *CrashError
	if !d.quit || !errors.As(d.m.out.err, &crash) {
		t.Fatalf("error is %v", d.m.out.err)
	}
}

func TestAPlanThatWantsACodeNobodyAsksForFallsBackToTheDigits(t *testing.T) {
	w := newWorld(t)
	plan := w.plans["payments-prod"]
	plan.Guard = switching.WantCode
	w.plans["payments-prod"] = plan
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.sees("Last 4 digits")
	if w.calls["Switch"] != 0 {
		t.Error("switched without a guard")
	}
}

func TestNamesFromOutsideAreInert(t *testing.T) {
	w := newWorld(t)
	evil := "a\x1b[31mred\x07\u202egnp\u200b\u0085\nb"
	w.overview.Rows[0].Role = roles.Role{Profile: evil, Name: evil, AccountID: evil, Source: evil, MFA: evil, Tags: evil, ARN: evil}
	w.overview.Rows[0].Code = evil
	w.overview.Notices = []string{evil}
	w.overview.State.Home.Name = evil
	w.overview.Region = evil
	d := drive(t, w, w, 140, 40)
	for _, bad := range []string{"\x1b[31m", "\x07", "\u202e", "\u200b", "\u0085"} {
		if strings.Contains(d.styled(), bad) {
			t.Errorf("%q reached the screen", bad)
		}
	}
}

func TestProblemsAreReadWhileTheListIsOpen(t *testing.T) {
	w := newWorld(t)
	w.overview.Problems = someProblems()
	d := drive(t, w, w, 100, 30)
	d.sees("2 problems in ~/.aws/config", "ctrl-e shows", "8 roles")
	d.typeText("stg")
	d.press("ctrl+e")
	d.sees("~/.aws/config:17", "17 │ [profile payments", "the header does not end", `close it with "]"`, "8 roles usable")
	w.overview.Problems = someProblems()[1:]
	d.press("r")
	d.sees("1 problem in the files", "~/.aws/config:88")
	d.seesNo("~/.aws/config:17")
	w.overview.Problems = nil
	d.press("r")
	d.sees("Find  stg", "1 of 8") // nothing is wrong any more, and the filter is kept
	d.seesNo("problem")
	d.press("ctrl+e")
	d.sees("Find  stg")
}

func TestProblemsComeFirstWhereNothingLoads(t *testing.T) {
	w := newWorld(t)
	rows := w.overview.Rows
	w.overview.Problems, w.overview.Rows = someProblems(), nil
	d := drive(t, w, w, 100, 30)
	d.sees("2 problems in the files", "no roles usable")
	d.press("esc")
	d.sees("No roles yet.", "found     2 problems in ~/.aws/config")
	d.press("ctrl+e")
	d.sees("~/.aws/config:17")
	d.press("esc")
	w.overview.Problems, w.overview.Rows = nil, rows
	d.press("r")
	d.sees("8 roles", "payments-dev")
	d.press("esc")
	d.ended(Cancelled)
}

func TestEscWhileTheFilesAreReadAgainStaysWhereOneWas(t *testing.T) {
	w := newWorld(t)
	w.overview.Problems = someProblems()
	d := drive(t, w, w, 100, 30)
	d.press("ctrl+e")
	d.send(d.key("r"))
	d.send(d.key("esc"))
	d.settle()
	d.sees("Find", "8 roles")
}

func TestFirstRunOffersOnlyWhatExists(t *testing.T) {
	w := newWorld(t)
	w.overview.Rows, w.overview.ShellSetup = nil, `eval "$(cameo init zsh)"`
	d := drive(t, w, w, 100, 30)
	d.sees("looked in ~/.aws/config", "cameo demo", `eval "$(cameo init zsh)"`, "[profile payments]", "source_profile = default")
	w.overview.Integrated = true
	d = drive(t, w, w, 100, 30)
	d.seesNo("Let this shell switch")
	d.press("esc")
	d.ended(Cancelled)
}

func TestThePlanIsShownBeforeTheCode(t *testing.T) {
	w := newWorld(t)
	plan := w.plans["prod-update"]
	plan.Session.WhyNotLonger = "AWS limits a role entered from another session to 1 hour"
	w.plans["prod-update"] = plan
	for _, size := range sizes {
		d := drive(t, w, w, size.w, size.h, func(o *Options) { o.Filter = "update" })
		d.press("enter")
		d.sees("PRODUCTION", "123456789012", "[______]")
		if size.w < 40 {
			continue
		}
		d.sees("via", "david", "mfa/david", "1h", "not longer: AWS limits", "One code signs david in for 12h")
	}
	plan.Session.Duration, plan.Code.Serves = 4*time.Hour, 0
	w.plans["prod-update"] = plan
	d := drive(t, w, w, 100, 30, func(o *Options) { o.Filter = "update" })
	d.press("enter")
	d.sees("This role asks for its own code because it lasts 4h")
}

func TestHelpIsCompleteAtEverySize(t *testing.T) {
	for _, size := range sizes {
		w := newWorld(t)
		d := drive(t, w, w, size.w, size.h)
		d.press("f1")
		var read strings.Builder
		for range 120 {
			read.WriteString(d.frame())
			d.press("down")
		}
		text := strings.Join(strings.Fields(read.String()), " ")
		for _, want := range []string{"enter", "ctrl-p", "delete", "redraw", "ctrl-l", "signs", "code"} {
			if !strings.Contains(text, want) {
				t.Errorf("%dx%d: %q cannot be read", size.w, size.h, want)
			}
		}
	}
}

func TestAPageLongerThanTheWindowScrolls(t *testing.T) {
	w := newWorld(t).inRole("prod-update", 42*time.Minute)
	d := drive(t, rehearsal{w}, w, 40, 12)
	d.seesNo("notes.txt")
	d.press("pgdown", "pgdown")
	d.sees("read s3://dev-scratch/notes.txt")
	d.press("home")
	d.sees("!! PRODUCTION !!")
}

// Over SSH nothing counts seconds: each would be sent, and read aloud.
func TestNothingCountsSecondsOverSSH(t *testing.T) {
	far := func(o *Options) {
		o.Environ = append([]string{"SSH_CONNECTION=198.51.100.7 50000 198.51.100.8 22"}, o.Environ...)
	}
	still := func(d *driver, what string) {
		t.Helper()
		before := d.frame()
		d.pass(40 * time.Second)
		if after := d.frame(); after != before {
			t.Errorf("%s changed in 40 seconds:\n%s\n%s", what, before, after)
		}
	}
	w := newWorld(t)
	d := drive(t, w, w, 80, 24, far)
	d.typeText("stg")
	d.press("enter")
	d.sees("MFA code", "a new code at :00 and :30")
	still(d, "the code screen")

	w = newWorld(t)
	w.slow = true
	d = drive(t, w, w, 80, 24, far)
	d.press("enter")
	d.pass(time.Second)
	d.sees("asking sts.eu-west-1.amazonaws.com")
	still(d, "the waiting screen")

	w = newWorld(t).inRole("payments-dev", 4*time.Minute+50*time.Second)
	d = drive(t, w, w, 80, 24, far)
	d.sees("4m left")
	still(d, "the page of the active role")
	d.pass(time.Minute)
	d.sees("3m left")
}
