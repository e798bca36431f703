package cmd_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// dumpsCore reports whether a program that ends by SIGABRT leaves its memory behind.
// It is sent once the program has printed a line.
func dumpsCore(t *testing.T, env []string, argv ...string) bool {
	t.Helper()
	c := exec.Command("/bin/sh", append([]string{"-c", `ulimit -c unlimited; exec "$@"`, "sh"}, argv...)...)
	c.Dir, c.Env = t.TempDir(), append(env, "GOTRACEBACK=crash")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }()
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("%q printed nothing: %v", argv, err)
	}
	if err := c.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		t.Fatalf("%q ended otherwise: %v", argv, c.ProcessState)
	}
	return status.CoreDump()
}

func TestNoCoreIsLeftBehindAndOtherProgramsMay(t *testing.T) {
	d := newDesk(t)
	sleeper := []string{"sh", "-c", "echo; exec sleep 60"}
	if !dumpsCore(t, d.env, sleeper...) {
		t.Skip("no program leaves a core here")
	}
	if dumpsCore(t, d.env, d.binary, "sandbox", "--home", filepath.Join(d.dir, "other")) {
		t.Error("cameo leaves a core")
	}
	if !dumpsCore(t, d.env, append([]string{d.binary, "exec", "deploy", "--"}, sleeper...)...) {
		t.Error("a command that cameo started cannot leave a core as its user wanted")
	}
}
