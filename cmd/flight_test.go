//go:build unix

package cmd_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// builtProgram is cameo as it is built where all is tried, and else the test binary
// under its name, which takes no time to make.
func builtProgram(t *testing.T, dir string) string {
	t.Helper()
	if os.Getenv("CAMEO_HEAVY") == "" {
		path, err := exec.LookPath("cameo")
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := filepath.Join(dir, "cameo")
	if out, err := exec.Command("go", "build", "-o", path, "./cameo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// desk is a user with a sandbox, and the program.
type desk struct {
	*box
	t      *testing.T
	binary string
	dir    string
	env    []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	for _, name := range []string{"config/cameo", "run"} {
		if err := os.MkdirAll(filepath.Join(d.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(d.dir, "config/cameo/config.toml"), []byte("[cache]\nkey = \"file\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.binary = builtProgram(t, d.dir)
	b, err := startBox(filepath.Join(d.dir, "aws"))
	if b != nil {
		t.Cleanup(func() { _ = b.close() })
	}
	if err != nil {
		t.Fatal(err)
	}
	d.box = b
	d.env = []string{"HOME=" + d.dir, "USER=tester", "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "TZ=UTC",
		"XDG_CONFIG_HOME=" + filepath.Join(d.dir, "config"), "XDG_CACHE_HOME=" + filepath.Join(d.dir, "cache"),
		"XDG_STATE_HOME=" + filepath.Join(d.dir, "state"), "XDG_RUNTIME_DIR=" + filepath.Join(d.dir, "run"),
		"AWS_CONFIG_FILE=" + filepath.Join(b.home, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(b.home, "credentials"),
		"AWS_ENDPOINT_URL=" + b.endpoint, "AWS_EC2_METADATA_DISABLED=true"}
	return d
}

// outcome is what a process came to.
type outcome struct {
	exit           int
	stdout, stderr string
	ended          time.Time
	took           time.Duration
}

// start runs cameo without a terminal; the outcome comes when it has ended.
func (d *desk) start(args ...string) (<-chan outcome, *os.Process) {
	d.t.Helper()
	c := exec.Command(d.binary, args...)
	c.Env, c.SysProcAttr = d.env, &syscall.SysProcAttr{Setsid: true}
	var out, messages bytes.Buffer
	c.Stdout, c.Stderr = &out, &messages
	began := time.Now()
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	done := make(chan outcome, 1)
	go func() {
		err := c.Wait()
		done <- outcome{exit: exitCode(err), stdout: out.String(), stderr: messages.String(), ended: time.Now(), took: time.Since(began)}
	}()
	return done, c.Process
}

func (d *desk) run(args ...string) outcome {
	d.t.Helper()
	done, _ := d.start(args...)
	return <-done
}

// person is cameo on a terminal of its own.
type person struct {
	shown *output
	keys  *os.File
	done  <-chan outcome
	*os.Process
}

func (d *desk) person(args ...string) *person {
	d.t.Helper()
	pt, tty, err := pty.Open()
	if err != nil {
		d.t.Fatal(err)
	}
	defer tty.Close()
	c := exec.Command(d.binary, args...)
	c.Env = append(slices.Clone(d.env), onTerminal+"=1")
	var out, messages bytes.Buffer
	c.Stdout, c.Stderr, c.ExtraFiles = &out, &messages, []*os.File{tty}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	done := make(chan outcome, 1)
	go func() {
		err := c.Wait()
		done <- outcome{exit: exitCode(err), stdout: out.String(), stderr: messages.String(), ended: time.Now()}
	}()
	d.t.Cleanup(func() { _ = c.Process.Kill(); _ = pt.Close() })
	return &person{watch(pt), pt, done, c.Process}
}

// crowd is how many processes are a crowd.
func crowd() int {
	if os.Getenv("CAMEO_HEAVY") != "" {
		return 1000
	}
	return 40
}

// memory is what these processes have for themselves, in MiB, where the system tells.
func memory(pids []int) float64 {
	total := 0
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0
		}
		for line := range strings.Lines(string(text)) {
			var kb int
			if n, _ := fmt.Sscanf(line, "Pss: %d kB", &kb); n == 1 {
				total += kb
			}
		}
	}
	return float64(total) / 1024
}

func all(outcomes []<-chan outcome) []outcome {
	var ended []outcome
	for _, o := range outcomes {
		ended = append(ended, <-o)
	}
	return ended
}

func TestACrowdSharesOnePromptOfWhoeverHasATerminal(t *testing.T) {
	d := newDesk(t)
	for name, before := range map[string]int{"first": 0, "after some": 15} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			if err := os.RemoveAll(filepath.Join(d.dir, "cache")); err != nil {
				t.Fatal(err)
			}
			sessions, roles := d.calls("GetSessionToken"), d.calls("AssumeRole")
			code, err := d.code("david")
			if err != nil {
				t.Fatal(err)
			}
			var waiting []<-chan outcome
			var pids []int
			join := func(n int) {
				for range n {
					done, process := d.start("credential-process", "prod-update")
					waiting, pids = append(waiting, done), append(pids, process.Pid)
				}
			}
			join(before)
			somebody := d.person("credential-process", "prod-update")
			join(crowd() - before - 1)
			if !somebody.shown.wait("MFA code of ") {
				t.Fatalf("it shows %q", somebody.shown.all())
			}
			shown := time.Now()
			time.Sleep(time.Second) // longer than who cannot ask waits for somebody to come
			used := memory(pids)
			answered := time.Now()
			if _, err := somebody.keys.WriteString(code + "\r"); err != nil {
				t.Fatal(err)
			}
			first := <-somebody.done
			last := first.ended
			for _, o := range all(waiting) {
				if o.exit == 4 && o.ended.Before(shown) && o.took >= 500*time.Millisecond {
					t.Log("nobody who could ask came in the half second that one waits: the machine is busy")
					continue
				}
				if o.exit != 0 || o.stdout != first.stdout {
					t.Errorf("exit %d: %s%s", o.exit, o.stdout, o.stderr)
				}
				if o.ended.After(last) {
					last = o.ended
				}
			}
			if first.exit != 0 || strings.Count(somebody.shown.all(), "MFA code of ") != 1 {
				t.Errorf("exit %d: %s; the terminal has %q", first.exit, first.stderr, somebody.shown.all())
			}
			if s, r := d.calls("GetSessionToken")-sessions, d.calls("AssumeRole")-roles; s != 1 || r != 1 {
				t.Errorf("%d GetSessionToken, %d AssumeRole", s, r)
			}
			t.Logf("%d processes: the last %v after the answer; %.0f MiB while they waited", crowd(), last.Sub(answered).Round(time.Millisecond), used)
			if took := last.Sub(answered); took > 5*time.Second {
				t.Errorf("the last ended %v after the answer", took)
			}
		})
	}
}

const denied = "User: arn:aws:iam::111122223333:user/David is not authorized to perform: sts:AssumeRole"

func TestACrowdSharesARefusal(t *testing.T) {
	d := newDesk(t)
	d.setFault(faultOf(403, "AccessDenied", denied))
	release := d.hold()
	var waiting []<-chan outcome
	for range crowd() {
		done, _ := d.start("credential-process", "deploy")
		waiting = append(waiting, done)
	}
	time.Sleep(time.Second) // until the last has come as far as to wait
	release()
	first := <-waiting[0]
	began, last := first.ended, first.ended
	for _, o := range all(waiting[1:]) {
		if o.exit != 5 || o.words() != first.words() || o.stdout != "" {
			t.Errorf("exit %d: %s", o.exit, o.stderr)
		}
		if o.ended.Before(began) {
			began = o.ended
		}
		if o.ended.After(last) {
			last = o.ended
		}
	}
	calls := d.calls("*")
	t.Logf("%d processes: %d calls; the last %v after the first", crowd(), calls, last.Sub(began).Round(time.Millisecond))
	if calls > 3 || calls == 0 {
		t.Errorf("%d calls", calls)
	}
	if spread := last.Sub(began); spread > 2*time.Second {
		t.Errorf("the last was told %v after the first", spread)
	}
	if !strings.Contains(first.stderr, "AWS refused Deploy") || !strings.Contains(first.stderr, "may not call sts:AssumeRole") {
		t.Errorf("it says %q", first.stderr)
	}
	// Who comes a moment later is told the same, unless it is a person who tries again.
	if o := d.run("credential-process", "deploy"); o.exit != 5 || o.words() != first.words() || d.calls("*") != calls {
		t.Errorf("later: %d: %s (%d calls)", o.exit, o.stderr, d.calls("*"))
	}
	if o := d.run("--emit", "bash", "switch", "deploy"); o.exit != 5 || d.calls("*") != calls+1 {
		t.Errorf("again on purpose: %d: %s (%d calls)", o.exit, o.stderr, d.calls("*"))
	}
	if p := d.person("exec", "deploy", "--", "true"); (<-p.done).exit != 5 || d.calls("*") != calls+2 {
		t.Errorf("again on a terminal: %d calls", d.calls("*"))
	}
	// What AWS grants takes the refusal back.
	d.setFault(faultOf(0, "", ""))
	if o := d.run("--emit", "bash", "switch", "deploy"); o.exit != 0 {
		t.Errorf("granted: %d: %s", o.exit, o.stderr)
	}
	if o := d.run("credential-process", "deploy"); o.exit != 0 {
		t.Errorf("after that: %d: %s", o.exit, o.stderr)
	}
	d.noSecretsIn(filepath.Join(d.dir, "cache"), denied)
}

func TestWithoutATerminalItEndsWithinASecond(t *testing.T) {
	d := newDesk(t)
	best := time.Hour
	for range 3 {
		o := d.run("credential-process", "prod-update")
		if o.exit != 4 || o.stdout != "" || !strings.Contains(o.stderr, "--mfa-code") || !strings.Contains(o.stderr, "prod-update") {
			t.Fatalf("exit %d: %s%s", o.exit, o.stdout, o.stderr)
		}
		best = min(best, o.took)
	}
	t.Logf("it ends after %v", best)
	if best > time.Second {
		t.Errorf("it takes %v", best)
	}
	if n := d.calls("*"); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// noSecretsIn fails where a secret, or one of the words, is in a file beneath dir.
func (d *desk) noSecretsIn(dir string, words ...string) {
	d.t.Helper()
	secrets, err := d.secrets()
	if err != nil {
		d.t.Fatal(err)
	}
	secrets = append(secrets, words...)
	files := 0
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				d.t.Errorf("a secret is in %s", path)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		d.t.Errorf("%d files, %v", files, err)
	}
}

// words is what it said but for whom it waited.
func (o outcome) words() string {
	var b strings.Builder
	for line := range strings.Lines(o.stderr) {
		if !strings.HasPrefix(line, "cameo: waiting for ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
