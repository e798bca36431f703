//go:build unix

package cmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"cameo/internal/screentest"
)

// startDemo opens the demo in an empty folder, which is also its TMPDIR.
func startDemo(t *testing.T) (screen *screentest.Screen, dir string) {
	t.Helper()
	program, err := exec.LookPath("cameo")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	command := exec.Command(program, "demo")
	command.Dir = dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TERM=xterm-256color", "LANG=C.UTF-8",
		"AWS_PROFILE=work", "AWS_ACCESS_KEY_ID=AKIAOUTER", "AWS_SECRET_ACCESS_KEY=outer", "AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"CAMEO_ROLE=outer", "HTTP_PROXY=http://127.0.0.1:1", "GORACE=atexit_sleep_ms=0", onTerminal + "=1"}
	screen = screentest.Start(t, command, 100, 30)
	screen.WaitFor("What the bucket answers")
	screen.WaitFor("AccessDenied")
	return screen, dir
}

func TestTheDemoGoesFromTheListToTheRoleAndBack(t *testing.T) {
	screen, dir := startDemo(t)
	screen.Type(screentest.Enter)
	screen.WaitFor("arn:aws:iam::123456789012:role/UpdateApp")
	screen.Type(screentest.Enter)

	screen.WaitFor("!! PRODUCTION !!")
	screen.WaitFor("the sandbox's device shows ")
	code := regexp.MustCompile(`device shows (\d{6})`).FindStringSubmatch(screen.Text())
	if code == nil {
		t.Fatalf("no code:\n%s", screen.Text())
	}
	screen.Type(code[1])

	for _, answer := range []string{
		`UpdateApp +write s3://productionapp/update.txt +ok`,
		`David +write s3://productionapp/update.txt +AccessDenied`,
		`UpdateApp +read s3://payroll/salaries.csv +AccessDenied`,
		`\d+m left`,
	} {
		screen.WaitUntil("to see "+answer, func() bool { return regexp.MustCompile(answer).MatchString(screen.Text()) })
	}
	screen.Type("x")
	screen.WaitFor("home, no role active")
	screen.WaitGone("UpdateApp  write")
	screen.Type("q")
	screen.Ends(0)
	screen.Restored()
	mustBeGone(t, dir)
}

func TestTheDemoLeavesNothingHoweverItEnds(t *testing.T) {
	for _, end := range []struct {
		name string
		do   func(*screentest.Screen)
		exit int
	}{
		{"Ctrl-C on the first screen", func(s *screentest.Screen) { s.Type(screentest.CtrlC) }, 130},
		{"Ctrl-C while a code is typed", func(s *screentest.Screen) {
			s.Type(screentest.Enter)
			s.WaitFor("role/UpdateApp")
			s.Type(screentest.Enter)
			s.WaitFor("device shows")
			s.Type("12" + screentest.CtrlC)
		}, 130},
		{"SIGTERM", func(s *screentest.Screen) { s.Signal(syscall.SIGTERM) }, 143},
		{"SIGHUP", func(s *screentest.Screen) { s.Signal(syscall.SIGHUP) }, 129},
	} {
		t.Run(end.name, func(t *testing.T) {
			screen, dir := startDemo(t)
			end.do(screen)
			screen.Ends(end.exit)
			screen.Restored()
			mustBeGone(t, dir)
		})
	}
}

// mustBeGone fails on any file in dir, the program's TMPDIR and HOME, and on any
// process that has it in its environment.
func mustBeGone(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s is left behind", entry.Name())
	}
	processes, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range processes {
		// Processes end meanwhile, and those of others cannot be read.
		if environ, err := os.ReadFile(name); err == nil && bytes.Contains(environ, []byte("TMPDIR="+dir+"\x00")) {
			t.Errorf("%s: a process is left behind", name)
		}
	}
}
