package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/creds/refusal"
)

func refusedEntry(t *testing.T, why refusal.Explanation) (*world, *driver) {
	w := newWorld(t)
	w.refuse = []error{explainedError{refused{what: "AWS refused Admin"}, why}}
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	return w, d
}

func TestARefusalHasAReportForTheOwner(t *testing.T) {
	_, d := refusedEntry(t, refusal.Explanation{
		What: "AWS refused Admin in 444455551234", Summary: "likely the trust policy", Code: "AccessDenied", Message: "User: alice is not authorized",
		Role: "arn:aws:iam::444455551234:role/Admin", Host: "sts.example",
		Causes: []refusal.Cause{{Kind: refusal.TrustPolicy, Certainty: refusal.Likely, Why: "It does not let alice in.", Fix: "Ask the owner.",
			Ask: &refusal.Ask{Whom: "the owner of role Admin", For: "to add this", Policy: `{"Effect": "Allow"}`}}},
	})
	d.sees("what      AWS refused Admin in 444455551234", "likely the trust policy", "shell     unchanged: still david", "raw       AccessDenied, sts.example")
	d.seesNo("retry", "alice is not authorized")
	d.press("r")
	d.press("y")
	d.sees("report sent to terminal clipboard: for the owner of role Admin", "AWS refused Admin in 444455551234")
	if report := d.sentToClipboard(); !strings.Contains(report, `{"Effect": "Allow"}`) || !strings.Contains(report, "role/Admin") {
		t.Errorf("the report is %q", report)
	}
	d.press("enter")
	d.sees("AWS said", "alice is not authorized")
	d.press("enter")
	d.seesNo("alice is not authorized")
	d.press("esc")
	d.sees("8 roles")
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	w, d := refusedEntry(t, refusal.Explanation{What: "AWS did not answer", Summary: "no network",
		Causes: []refusal.Cause{{Kind: refusal.Unavailable, Certainty: refusal.Certain, Why: "No network.", Fix: "Look at it."}}})
	d.sees("r retry", "AWS did not answer")
	d.seesNo("copy report", "all of AWS's words")
	d.press("y", "enter")
	if w.calls["Copy"] != 0 || w.calls["Plan"] != 1 {
		t.Errorf("calls: %v", w.calls)
	}
	d.press("r")
	d.ended(Switched)
	if w.calls["Plan"] != 2 || w.calls["Switch"] != 2 {
		t.Errorf("calls: %v", w.calls)
	}
}

// However many causes there are: what can be done, and who the shell is, are in view.
func TestARefusalShowsWhatToDoInAnyWindow(t *testing.T) {
	var causes []refusal.Cause
	for range 5 {
		causes = append(causes, refusal.Cause{Kind: refusal.MFARequired, Certainty: refusal.Possible,
			Why: "The trust policy may set a condition that this request does not meet: source address, time, organization, session name, tags.",
			Fix: "Ask which conditions the trust policy sets, and whether the network or the time matter."})
	}
	for _, size := range []struct{ w, h int }{{132, 40}, {100, 30}, {80, 24}, {60, 20}, {40, 12}} {
		w := newWorld(t)
		w.refuse = []error{deviceError{explainedError{refused{what: "AWS refused it", next: "cameo explain payments-dev --check"},
			refusal.Explanation{What: "AWS refused it", Summary: "AWS gives no reason; likely it wants MFA", Causes: causes}}, device}}
		d := drive(t, w, w, size.w, size.h)
		d.press("enter")
		d.sees("AWS refused it", "m tries it with a code", "cameo explain payments-dev --check", "unchanged: still david")
	}
}

// wantsMFA is a refusal for want of a code.
func wantsMFA(device string) error {
	return deviceError{explainedError{refused{what: "AWS refused it"}, refusal.Explanation{What: "AWS refused it", Summary: "likely it wants MFA",
		Causes: []refusal.Cause{{Kind: refusal.MFARequired, Certainty: refusal.Possible, Why: "The role may want MFA, and none was given."}}}}, device}
}

func TestWhatWantedACodeIsTriedWithOne(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{wantsMFA(device)}
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	d.sees("m retry with MFA", "m tries it with a code of "+device)
	d.press("m")
	d.sees("MFA code", device)
	d.typeText("123456")
	d.ended(Switched)
	if w.calls["Switch"] != 2 || w.answer.Code != "123456" || w.wish.Device != device {
		t.Errorf("calls %v, answer %+v, wish %+v", w.calls, w.answer, w.wish)
	}
}

// A session that the device's code opened earlier serves without a question.
func TestARefusalWithACodeSaysThatItHadOne(t *testing.T) {
	w := newWorld(t)
	denied := explainedError{refused{what: "AWS refused it"}, refusal.Explanation{What: "AWS refused it", Summary: "likely no identity policy allows it",
		Causes: []refusal.Cause{{Kind: refusal.IdentityPolicy, Certainty: refusal.Possible, Why: "No policy may allow it."}}}}
	away := explainedError{refused{what: "AWS did not answer"}, refusal.Explanation{What: "AWS did not answer",
		Causes: []refusal.Cause{{Kind: refusal.Unavailable, Certainty: refusal.Certain}}}}
	w.refuse = []error{wantsMFA(device), away, denied}
	w.signedIn = true
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	d.seesNo("with MFA as well")
	d.press("m")
	d.sees("AWS did not answer")
	d.seesNo("with MFA as well")
	d.press("r")
	d.sees("mfa       refused with MFA as well, of " + device)
	d.seesNo("m retry")
	if w.calls["Switch"] != 3 || w.wish.Device != device {
		t.Errorf("calls %v, wish %+v", w.calls, w.wish)
	}
}

func TestNoCodeIsOfferedWhereNoDeviceIsKnown(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{wantsMFA("")}
	d := drive(t, w, w, 100, 30)
	d.press("enter")
	d.seesNo("with MFA", "with a code")
	d.press("m")
	d.sees("AWS refused it")
	if w.calls["Plan"] != 1 {
		t.Errorf("calls: %v", w.calls)
	}
}

// For a production role the code is the confirmation then: the digits that were typed
// before do not count again.
func TestARetryWithACodePassesTheGuardByTheCode(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{wantsMFA(device)}
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.typeText("4417")
	d.press("m")
	d.sees("!! PRODUCTION !!", "MFA code")
	if w.calls["Switch"] != 1 {
		t.Error("the retry went round the guard")
	}
	d.typeText("123456")
	d.ended(Switched)
	if w.answer.Digits != "" || !w.answer.OnScreen {
		t.Errorf("answered %+v", w.answer)
	}
}

// The retry of a production role asks its guard again.
func TestARetryPassesTheGuardAgain(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{explainedError{refused{what: "no network"}, refusal.Explanation{What: "AWS did not answer",
		Causes: []refusal.Cause{{Kind: refusal.Unavailable}}}}}
	d := drive(t, w, w, 100, 30)
	d.typeText("payments-prod")
	d.press("enter")
	d.typeText("4417")
	d.sees("r retry")
	d.press("r")
	d.sees("Last 4 digits of the account", "[____]")
	if w.calls["Switch"] != 1 {
		t.Error("the retry went round the guard")
	}
}

func TestCancellingSaysWhatItLeaves(t *testing.T) {
	w := newWorld(t)
	w.refuse = []error{refused{what: "that code is wrong", badCode: true}}
	d := drive(t, w, w, 100, 30)
	d.typeText("update")
	d.press("enter", "esc")
	d.sees("Cancelled: nothing was requested.", "Find")
	if w.calls["Switch"] != 0 {
		t.Error("something was requested")
	}
	d.press("enter")
	d.typeText("111111")
	d.press("esc")
	d.sees("Cancelled: no code was accepted")
	d.press("up")
	d.seesNo("Cancelled")
}

// Once AWS has been asked, nobody says that nothing was requested.
func TestCancellingARequestThatIsUnderWay(t *testing.T) {
	for _, c := range []struct{ filter, typed string }{{"payments-dev", ""}, {"payments-prod", "4417"}, {"prod-update", "123456"}} {
		w := newWorld(t)
		w.slow = true
		d := drive(t, w, w, 100, 30)
		d.typeText(c.filter)
		d.press("enter")
		d.typeText(c.typed)
		d.pass(2 * time.Second)
		d.sees("asking sts.eu-west-1.amazonaws.com")
		d.press("esc")
		d.sees("Cancelled: this shell is unchanged.", "Find")
		d.seesNo("nothing was requested")
		if w.calls["Switch"] != 1 {
			t.Errorf("%s: calls %v", c.filter, w.calls)
		}
	}
}

func TestAProblemIsOpenedInTheEditorAndTheFilesAreReadAgain(t *testing.T) {
	w := newWorld(t)
	w.overview.Problems = someProblems()
	d := drive(t, w, w, 100, 30)
	d.press("ctrl+e", "e")
	if w.edited != w.overview.Problems[0].Position {
		t.Errorf("opened at %v", w.edited)
	}
	w.overview.Problems = nil
	d.send(editedMsg{d.m.do.stamp(d.m.turns.turn, nil)})
	d.settle()
	d.sees("8 roles")
	if w.calls["Overview"] != 2 {
		t.Errorf("calls: %v", w.calls)
	}
}

func TestFilesThatChangedAreReadAgainAtTheNextKey(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("down", "down")
	before := w.calls["Overview"]
	d.pass(lookAgain)
	w.changed = true
	w.overview.Rows = append([]Row{{Role: role("aaa-new", "999900001111", "New", "", "david", "", 90)}}, w.overview.Rows...)
	looks := w.looks
	d.pass(10 * lookAgain)
	if w.looks != looks || w.calls["Overview"] != before {
		t.Fatal("an idle program looked at the files")
	}
	d.press("down")
	d.sees("The files have changed: they were read again.", "9 roles", "aaa-new")
	if row, _ := d.m.list.current(); row.Role.Profile != "payments-stg" {
		t.Errorf("the cursor is on %s", row.Role.Profile)
	}
	d.press("enter")
	d.sees("Deploy in 444455559020")
}

func firstRun(t *testing.T) (*world, *driver) {
	w := newWorld(t)
	w.overview.Rows, w.overview.ShellSetup = nil, `eval "$(cameo init zsh)"`
	return w, drive(t, w, w, 100, 30)
}

func TestTheChoicesOfTheFirstRun(t *testing.T) {
	w, d := firstRun(t)
	d.press("1")
	d.typeText("arn:aws:iam::123456789012:role/Deploy")
	w.overview.Rows = newWorld(t).overview.Rows
	d.press("enter")
	d.sees("8 roles")
	if len(w.added) != 1 || w.added[0] != "arn:aws:iam::123456789012:role/Deploy" {
		t.Errorf("added %q", w.added)
	}

	w, d = firstRun(t)
	w.addErr = refused{what: "that is no ARN"}
	d.press("1")
	d.typeText("nonsense")
	d.press("enter")
	d.sees("Nothing was added: that is no ARN", "nonsense")

	w, d = firstRun(t)
	d.press("2")
	if w.calls["Editor"] != 1 || w.edited.File != "" {
		t.Errorf("calls %v, edited %v", w.calls, w.edited)
	}

	_, d = firstRun(t)
	d.press("3")
	d.ended(Demo)

	_, d = firstRun(t)
	d.press("4")
	if d.sentToClipboard() != `eval "$(cameo init zsh)"` {
		t.Errorf("copied %q", d.sentToClipboard())
	}
}

// What is pasted as a line names what was copied, or is not taken: a field has no line
// ends, and an end, which would tell.
func TestAPastedLineIsTakenWholeOrNotAtAll(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:role/Deploy"
	for _, text := range []string{arn + "\nReadOnly", arn + " or " + arn + "2", "arn:aws:iam::123456789012:role/" + strings.Repeat("a/", 300) + "Deploy"} {
		w, d := firstRun(t)
		d.press("1")
		d.paste(text)
		d.sees("Nothing was pasted: ")
		d.press("enter")
		if len(w.added) != 0 {
			t.Errorf("%q added %q", text, w.added)
		}
		d.paste("Hello, it is <" + arn + ">.\n\nKim")
		d.seesNo("Nothing was pasted")
		d.press("enter")
		if len(w.added) != 1 || w.added[0] != arn {
			t.Errorf("after %q added %q", text, w.added)
		}
	}
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("tab", "c")
	d.paste("aws s3 rm s3://" + strings.Repeat("x", maxTyped) + " --recursive --dryrun")
	d.sees("Nothing was pasted: there is room for 256 bytes")
	d.paste("aws s3 ls")
	d.sees("aws s3 ls")
	d.seesNo("Nothing was pasted")
}

// A key that was meant for a role never acts on the one that stands in its place.
func TestTheRoleUnderTheCursorLeavesTheFiles(t *testing.T) {
	for _, key := range []string{"enter", "ctrl+r", "tab", "ctrl+f"} {
		w := newWorld(t)
		d := drive(t, w, w, 100, 30)
		d.press("down", "down")
		d.pass(lookAgain)
		gone, _ := d.m.list.current()
		w.changed = true
		w.overview.Rows = slices.DeleteFunc(w.overview.Rows, func(r Row) bool { return rowKey(r) == rowKey(gone) })
		d.press("left") // it has the files looked at
		d.sees(gone.Role.Label() + " is not here any more")
		plans, marks := w.calls["Plan"], w.calls["SetFavourite"]
		d.press(key)
		d.sees("press again", "Find")
		if w.calls["Plan"] != plans || w.calls["SetFavourite"] != marks || d.m.screen != d.m.base {
			t.Errorf("%s acted on another role", key)
		}
		d.press(key)
		d.seesNo("press again")
	}
}

// Two Escapes that one read brings arrive as Alt-Esc.
func TestTwoEscapesAtOnceAreTwo(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.typeText("pay")
	d.press("alt+esc")
	d.ended(Cancelled)

	d = drive(t, w, w, 100, 30)
	d.press("tab", "alt+esc")
	d.ended(Cancelled)
}

// So is Ctrl-C right behind an Escape.
func TestCtrlCBehindAnEscapeCancels(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	d.press("alt+ctrl+c")
	d.ended(Cancelled)
}
