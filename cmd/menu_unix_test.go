//go:build unix

package cmd_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// startBash is a bash with the function, over a sandbox whose profile deploy wants no
// code.
func startBash(t *testing.T) *screentest.Screen {
	t.Helper()
	screen, _ := startBashOver(t)
	return screen
}

// startBashOver is startBash, with the sandbox.
func startBashOver(t *testing.T) (*screentest.Screen, *box) {
	t.Helper()
	program, err := exec.LookPath("cameo")
	if err != nil {
		t.Fatal(err)
	}
	b, err := startBox(filepath.Join(t.TempDir(), "aws"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	return takeSeat(t, b, seatOptions{shell: "bash", program: program, width: 80, height: 24,
		environ: []string{"GORACE=atexit_sleep_ms=0", onTerminal + "=1"}}).Screen, b
}

// findDeploy opens the list by a command and filters it until deploy is under the cursor.
func findDeploy(screen *screentest.Screen, command string) {
	screen.Type(command + screentest.Enter)
	screen.WaitFor("actions")
	screen.Type("deploy")
	screen.WaitFor("1 of ")
}

func waitForPrompt(screen *screentest.Screen) {
	screen.WaitUntil("for the prompt", func() bool {
		return !screen.AltScreen() && strings.HasSuffix(strings.TrimSpace(screen.Text()), "ready>")
	})
}

// A command from the menu runs on the terminal, with the role's keys, and the shell
// that asked stays who it was.
func TestACommandFromTheMenu(t *testing.T) {
	screen := startBash(t)
	findDeploy(screen, "cameo")
	screen.Type(screentest.Tab)
	screen.WaitFor("run one command")
	screen.Type("c")
	screen.WaitFor("Run a command as Deploy")
	screen.Type("echo in-$CAMEO_ROLE; test -t 1; exit $((5+$?))" + screentest.Enter)
	screen.WaitFor("in-deploy")
	screen.Type("echo code-$? role-$CAMEO_ROLE." + screentest.Enter)
	screen.WaitFor("code-5 role-.")
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
}

// Nothing is asked for a console that nothing here could open.
func TestABrowserIsLookedForBeforeACode(t *testing.T) {
	screen := startBash(t)
	screen.Type(`mkdir -p .config/cameo; echo 'browser = ["no-such-browser", "{url}"]' >.config/cameo/config.toml; cameo` + screentest.Enter)
	screen.WaitFor("actions")
	screen.Type("prod-update")
	screen.WaitFor("2 of ")
	screen.Type(screentest.Tab)
	screen.WaitFor("open the console")
	screen.Type("o")
	screen.WaitFor("Could not open the console of UpdateApp")
	for _, text := range []string{`no-such-browser`, "cameo console prod-update --print"} {
		if !strings.Contains(screen.Text(), text) {
			t.Errorf("no %q in\n%s", text, screen.Text())
		}
	}
	screen.Type(screentest.CtrlC)
	waitForPrompt(screen)
}

// What is kept until the screens are gone is said where they never came, too.
func TestWarningsAreSaidWhereThereCanBeNoScreens(t *testing.T) {
	screen := startBash(t)
	screen.Type(`mkdir -p .config/cameo d; printf '[[roles]]\nnonsense = 1\n' >.config/cameo/config.toml; AWS_CONFIG_FILE=$PWD/d cameo` + screentest.Enter)
	screen.WaitFor("try: cameo profiles")
	if !strings.Contains(screen.Text(), "the table is skipped") {
		t.Errorf("no warning in\n%s", screen.Text())
	}
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
}

// A role that was entered from another one is renewed by the shell: the screens run in
// another environment than the one whose keys sign.
func TestAChainedRoleIsRenewedFromItsPage(t *testing.T) {
	screen := startBash(t)
	screen.Type(`printf '[profile hop%d]\nrole_arn = arn:aws:iam::123456789012:role/Hop%d\nsource_profile = david\n' 1 1 2 2 >>$AWS_CONFIG_FILE` + screentest.Enter)
	screen.Type("clear; cameo switch hop1; cameo switch hop2 --chain" + screentest.Enter)
	screen.WaitFor("you are now hop2")
	screen.Type("before=$AWS_ACCESS_KEY_ID; cameo" + screentest.Enter)
	screen.WaitFor("r refresh")
	screen.Type("r")
	screen.WaitUntil("for the renewed role", func() bool { return strings.Count(screen.Written(), "you are now hop2") == 2 })
	screen.Type("clear; echo $([ $before = $AWS_ACCESS_KEY_ID ] || echo renewed-$CAMEO_ROLE); cameo exit --one; echo below-$CAMEO_ROLE." + screentest.Enter)
	screen.WaitFor("renewed-hop2")
	screen.WaitFor("below-hop1.")
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
}

// The shell's function learns of the terminal's modes before they change, and only
// where they do.
func TestWhatTakesTheTerminalSaysSo(t *testing.T) {
	screen := startBash(t)
	const emits = "command cameo --emit bash "
	leave := func() {
		screen.Type(screentest.CtrlC)
		waitForPrompt(screen)
		screen.Type("echo code-$? took-$(cat answer)." + screentest.Enter)
		screen.WaitFor("code-130 took-# cameo:terminal.")
		screen.Type("clear" + screentest.Enter)
	}
	screen.Type(emits + "switch --bogus >answer 2>/dev/null; echo code-$? took-$(wc -l <answer)." + screentest.Enter)
	screen.WaitFor("code-2 took-0.")
	screen.Type(emits + "switch prod-update >answer" + screentest.Enter)
	screen.WaitFor("MFA code")
	leave()
	findDeploy(screen, emits+">answer")
	leave()
}

// Ctrl-Z suspends what is not waited for by a shell's function, and fg resumes it.
func TestSuspendAndResume(t *testing.T) {
	screen := startBash(t)
	findDeploy(screen, "command cameo")
	screen.Type("\x1a")
	screen.WaitFor("Stopped")
	if screen.AltScreen() {
		t.Error("the alternate screen was not left")
	}
	screen.Type("echo here" + screentest.Enter)
	screen.WaitFor("here\n")
	screen.Type("fg" + screentest.Enter)
	screen.WaitUntil("for the list again", func() bool { return screen.AltScreen() && strings.Contains(screen.Text(), "1 of ") })
	screen.Type(screentest.CtrlC)
	waitForPrompt(screen)
}

// In a shell's function Ctrl-Z does nothing: the shell could not resume it.
func TestCtrlZIsNothingWhereTheShellWaits(t *testing.T) {
	screen := startBash(t)
	screen.Type("cameo" + screentest.Enter)
	screen.WaitFor("actions")
	screen.Type("\x1a" + "deploy")
	screen.WaitFor("1 of ")
	screen.Type(screentest.CtrlC)
	waitForPrompt(screen)
	if strings.Contains(screen.Text(), "Stopped") {
		t.Errorf("it was stopped:\n%s", screen.Text())
	}
}

// r on the page of the active role renews it in this shell: other keys of the same
// role, and home is still there to go back to.
func TestRefreshFromThePageOfTheActiveRole(t *testing.T) {
	screen := startBash(t)
	screen.Type("cameo deploy" + screentest.Enter)
	screen.WaitFor("you are now deploy")
	screen.Type("first=$AWS_ACCESS_KEY_ID; clear; cameo" + screentest.Enter)
	screen.WaitFor("r refresh")
	screen.Type("r")
	screen.WaitUntil("for the prompt", func() bool { return !screen.AltScreen() && strings.Contains(screen.Text(), "you are") })
	screen.Type("[ $first != $AWS_ACCESS_KEY_ID ] && echo new-keys-of-$CAMEO_ROLE" + screentest.Enter)
	screen.WaitFor("new-keys-of-deploy")
	screen.Type("cameo exit; echo home-$AWS_PROFILE-$AWS_ACCESS_KEY_ID." + screentest.Enter)
	screen.WaitFor("home-david-.")
	screen.Type("cameo history | grep -c refresh" + screentest.Enter)
	screen.WaitFor("\n1\n")
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
}

// The console opens from the screens, and the shell stays in its place; a console
// without a ROLE lets one be picked.
func TestTheConsoleFromTheScreens(t *testing.T) {
	screen := startBash(t)
	screen.Type(`mkdir -p .config/cameo; printf 'browser = ["browser", "{url}"]\n' > .config/cameo/config.toml` + screentest.Enter)
	findDeploy(screen, "cameo")
	screen.Type("\x0f")
	screen.WaitFor("console of Deploy in 123456789012 opened with browser")
	screen.Type(screentest.Tab + "o")
	screen.WaitFor("console of Deploy in 123456789012 opened with browser")
	screen.Type(screentest.CtrlC)
	waitForPrompt(screen)
	screen.Type("cameo switch deploy --session-name mine; rm -f page; cameo" + screentest.Enter)
	screen.WaitFor("o console")
	screen.Type("o")
	screen.WaitFor("opened with browser")
	screen.Type("q")
	waitForPrompt(screen)
	screen.Type("clear; until [ -e page ]; do sleep 0.01; done; grep -o 'role/[^<]*' page; cameo -q exit; rm -f page; cameo console" + screentest.Enter)
	screen.WaitFor("role/Deploy/mine")
	screen.WaitFor("open the console")
	screen.Type("deploy")
	screen.WaitFor("1 of ")
	screen.Type(screentest.Enter)
	screen.WaitFor("opening the console of deploy with browser")
	waitForPrompt(screen)
	screen.Type("echo \"in-$CAMEO_ROLE.\"" + screentest.Enter)
	screen.WaitFor("in-.")
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
}

// A screen that waits says for what: for whoever fetches the same session, and for AWS
// where it wants to be asked more slowly. Nothing is written beside it.
func TestAScreenSaysWhatItWaitsFor(t *testing.T) {
	screen, b := startBashOver(t)
	release := b.hold()
	screen.Type("cameo exec deploy -- true 2>errors &" + screentest.Enter)
	screen.Type("until grep -q waiting errors; do sleep 0.1; done; echo as''ked" + screentest.Enter)
	screen.WaitFor("asked") // it has the lock
	findDeploy(screen, "cameo")
	screen.Type(screentest.Enter)
	screen.WaitFor("which is getting the same session")
	for _, text := range []string{"Becoming Deploy in", "..  Deploy in", "--  hand over to this shell", "waiting for pid "} {
		if !strings.Contains(screen.Text(), text) {
			t.Errorf("%q is not to be seen in\n%s", text, screen.Text())
		}
	}
	release()
	screen.WaitFor("you are now deploy")
	screen.Type("echo role-$CAMEO_ROLE." + screentest.Enter)
	screen.WaitFor("role-deploy.")

	throttled := faultOf(400, "Throttling", "Rate exceeded")
	throttled.Delay = 400 * time.Millisecond // of each try: what was said of the one before is there to be read
	b.setFaults(throttled, 2)
	screen.Type("cameo exit; cameo logout --all" + screentest.Enter)
	findDeploy(screen, "cameo")
	screen.Type(screentest.Enter)
	screen.WaitFor("asks to slow down: try 2 of 3")
	screen.WaitUntil("for the prompt", func() bool { return strings.Count(screen.Written(), "you are now deploy") == 2 })
	screen.Type("echo role-$CAMEO_ROLE." + screentest.Enter)
	screen.WaitFor("role-deploy.")
	screen.Type("exit" + screentest.Enter)
	screen.Wait()
	if written := screen.Written(); strings.Contains(written, "cameo: waiting") || strings.Contains(written, "cameo: 127.0.0.1") {
		t.Errorf("was written beside the screen: %q", written)
	}
}
