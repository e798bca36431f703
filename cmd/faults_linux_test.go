package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// writeCalls are the system calls on the way of a session to the disk; those that the
// program makes all the time are left out unless all is tried.
func writeCalls() []string {
	calls := []string{"mkdirat", "flock", "fchmod", "fsync", "renameat", "unlinkat", "utimensat"}
	if os.Getenv("CAMEO_HEAVY") != "" {
		calls = append(calls, "openat", "write", "close", "newfstatat")
	}
	return calls
}

// strained is cameo under strace, with one system call of one kind going wrong.
type strained struct {
	*desk
	strace string
}

func newStrained(t *testing.T) *strained {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	d := newDesk(t)
	if out, err := exec.Command(strace, "-f", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot trace here: %v: %s", err, out)
	}
	return &strained{d, strace}
}

// run runs cameo with the fault at the nth call of a kind, in any thread, and returns
// the calls that it hit, as strace shows them.
func (s *strained) run(call, fault string, n int) (o outcome, hit []string) {
	s.t.Helper()
	log := filepath.Join(s.dir, "strace.log")
	c := exec.Command(s.strace, "-f", "-qq", "-y", "-o", log, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n),
		s.binary, "credential-process", "deploy")
	c.Env, c.SysProcAttr = s.env, &syscall.SysProcAttr{Setsid: true}
	var out, messages strings.Builder
	c.Stdout, c.Stderr = &out, &messages
	err := c.Run()
	text, readErr := os.ReadFile(log)
	if readErr != nil {
		s.t.Fatal(readErr)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "(INJECTED)") || strings.Contains(line, "+++ killed by SIGKILL") {
			hit = append(hit, line)
		}
	}
	return outcome{exit: exitCode(err), stdout: out.String(), stderr: messages.String()}, hit
}

func isAnswer(text string) bool {
	var answer struct{ SecretAccessKey, SessionToken string }
	return json.Unmarshal([]byte(text), &answer) == nil && answer.SecretAccessKey != "" && answer.SessionToken != ""
}

// after asserts that whatever went wrong, the next run finds or gets a session, and
// nothing lies there in clear.
func (s *strained) after(t *testing.T, what string) {
	t.Helper()
	o := s.desk.run("credential-process", "deploy")
	if o.exit != 0 || !isAnswer(o.stdout) {
		t.Errorf("after %s: exit %d: %s", what, o.exit, o.stderr)
	}
	again := s.desk.run("credential-process", "deploy")
	if again.stdout != o.stdout {
		t.Errorf("after %s: the session is not kept: %s%s", what, o.stderr, again.stderr)
	}
	s.noSecretsIn(filepath.Join(s.dir, "cache"), secretOf(o.stdout))
}

func secretOf(text string) string {
	var answer struct{ SecretAccessKey string }
	_ = json.Unmarshal([]byte(text), &answer)
	return answer.SecretAccessKey
}

// faults are what goes wrong: all of it takes a minute.
func faults() []string {
	if os.Getenv("CAMEO_HEAVY") != "" {
		return []string{"error=ENOSPC", "error=EIO", "error=EDQUOT", "error=EFBIG", "error=EROFS", "error=EMFILE", "signal=KILL"}
	}
	return []string{"error=ENOSPC", "signal=KILL"}
}

func TestNoFaultOfTheDiskCostsASession(t *testing.T) {
	s := newStrained(t)
	cache := filepath.Join(s.dir, "cache")
	runs, atTheCache := 0, 0
	for _, call := range writeCalls() {
		for _, fault := range faults() {
			for n := 1; n < 100; n++ {
				if err := os.RemoveAll(cache); err != nil {
					t.Fatal(err)
				}
				o, hit := s.run(call, fault, n)
				if len(hit) == 0 {
					break
				}
				runs++
				what := fmt.Sprintf("%s of %s %d (%s)", fault, call, n, strings.TrimSpace(hit[0]))
				only := fault != "signal=KILL"
				for _, line := range hit {
					only = only && strings.Contains(line, cache)
				}
				if only {
					atTheCache++
					if o.exit != 0 || !isAnswer(o.stdout) || strings.Count(o.stderr, "\n") > 1 {
						t.Errorf("%s: exit %d, %d bytes, says %s", what, o.exit, len(o.stdout), o.stderr)
					}
				}
				s.after(t, what)
				if t.Failed() {
					return
				}
			}
		}
	}
	t.Logf("%d faults, %d of them at the cache", runs, atTheCache)
	if atTheCache < 10 {
		t.Errorf("only %d faults at the cache: are these the right calls?", atTheCache)
	}
}
