//go:build unix

package shell_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cameo/internal/shell"
)

func TestPowerShellComesHome(t *testing.T) {
	if _, err := exec.LookPath("pwsh"); err != nil {
		t.Skip("pwsh (PowerShell 7) is not installed")
	}
	if out, _ := exec.Command("pwsh", "-NoProfile", "-Command", "$PSVersionTable.PSVersion -ge [Version]'7.5'").Output(); !strings.HasPrefix(string(out), "True") {
		t.Skip("PowerShell before 7.5 holds no empty variable")
	}
	k := shellKind{name: "powershell", program: "pwsh", flags: []string{"-NoProfile", "-NonInteractive", "-Command", ". ./script.ps1", "#"}}
	s := newStage(t, k)
	run := func(lines ...string) outcome {
		t.Helper()
		text := ". ([ScriptBlock]::Create((Get-Content -Raw ./init)))\n"
		for _, line := range lines {
			text += line + "\n"
		}
		if err := os.WriteFile(filepath.Join(s.dir, "script.ps1"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return s.runWith("")
	}
	dump := func(name string) string { return "& sh -c 'env -0 >" + name + ".env; : >" + name + ".vars'" }
	got := run("$env:AWS_PROFILE = "+k.quote("ho'me \u2018\n$(touch canary)"), "$env:CAMEO_SHELL = '4711'", dump("before"), "cameo fails", "$LASTEXITCODE", "cameo cut 2>$null", dump("failed"),
		"cameo dev", dump("role"), "cameo switch prod", dump("second"), "cameo switch --chain deep", "cameo refresh deeper", dump("third"),
		"cameo exit --one", dump("second-again"), "cameo exec -- -x", "Remove-Item bin/cameo", "cameo exit", dump("after"))
	wantErr := "cameo: the answer of the program is not complete: nothing was changed\n" +
		"entered dev\nentered prod\nentered deep\nentered deeper\nleft deeper\nleft prod\n"
	if want := (outcome{"5\nplain exec -- -x\n", wantErr, 0}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	s.sameAsBefore("failed")
	s.sameAsBefore("after")
	for name, role := range map[string]string{"role": "dev", "second": "prod", "third": "deeper", "second-again": "prod"} {
		s.inRole(name, role)
	}
	run("$env:AWS_PROFILE = 'home'", "cameo dev", "cameo nothing")
	if _, call := s.logged(); valueOf(call, "AWS_PROFILE").Value != "home" || valueOf(call, "AWS_ACCESS_KEY_ID").State != shell.Unset || call.Stack != ">dev" {
		t.Errorf("the program does not see home: %+v", call)
	}
}
