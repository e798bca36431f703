package cmd_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// far puts 300 ms between the shell and whoever types.
func (f *figures) far(t *testing.T) {
	const oneWay = 150 * time.Millisecond
	ahead := f.row("300 ms away: `xyl` and Enter typed before the first frame", "no key lost or reordered")
	stray := f.row("300 ms away: the shell's line afterwards", "empty")
	t.Parallel()
	rounds := 1
	if f.full {
		rounds = 3
	}
	shells := f.inEachShell(t, func(t *testing.T, shell string) {
		s := f.seat(t, seatOptions{shell: shell, oneWay: oneWay})
		s.run("cameo -q switch xylophone; cameo exit")
		for range rounds {
			for _, way := range []struct{ keys, role string }{
				{"xyl" + screentest.Enter, "xylophone"},
				{screentest.Esc, ""},
				{screentest.CtrlC, ""},
			} {
				for _, open := range []string{"cameo switch", "cameo"} {
					before := len(s.Written())
					s.since()
					s.Type(open + screentest.Enter)
					if way.role == "" { // before that the terminal itself would show Esc, and take Ctrl-C
						s.says("Find")
					}
					for _, key := range way.keys {
						s.Type(string(key))
					}
					s.WaitUntil("for the prompt after "+open, func() bool {
						return strings.Contains(s.Written()[before:], "\x1b[>4;2m") && s.atPrompt()
					})
					s.Quiet(4 * oneWay)
					if !s.atPrompt() {
						t.Fatalf("%q and %q leave at the prompt:\n%s", open, way.keys, s.Text())
					}
					if way.role == "" {
						continue
					}
					if role := s.role(); role != way.role {
						t.Errorf("%q and %q: the role is %q, not %q:\n%s", open, way.keys, role, way.role, s.Text())
					}
					s.run("cameo exit")
				}
			}
		}
	})
	ahead.is("none lost, none reordered (%d times in each shell; %s)", 2*rounds, shells)
	stray.is("empty, after a switch, Esc and Ctrl-C (%s)", shells)
}

// deaths ends the program in every way, at a shell's prompt and without a shell.
func (f *figures) deaths(t *testing.T) {
	signals := f.row("SIGINT, SIGTERM, SIGHUP, SIGQUIT", "terminal restored; exit code 130, 143, 129, 131")
	killed := f.row("the same and SIGKILL, under the shell's function", "terminal restored; nothing evaluated")
	nothing := f.row("left behind: files, locks, processes, sockets", "none")
	secrets := f.row("keys and tokens in what a terminal was shown", "none")
	t.Parallel()
	ends := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
	for _, sig := range ends {
		t.Run(sig.String(), func(t *testing.T) {
			s := f.open(t, 100, 30, f.environWith(t))
			s.Signal(sig)
			s.Ends(128 + int(sig))
			s.GivenBack()
		})
	}
	signals.is("restored; 130, 143, 129, 131")
	var files []string
	shells := f.inEachShell(t, func(t *testing.T, shell string) {
		s := f.seat(t, seatOptions{shell: shell})
		s.run("cameo -q switch orders")
		canaries := s.canaries(f)
		s.run("cameo exit")
		for _, sig := range append(slices.Clone(ends), syscall.SIGKILL) {
			for _, open := range []string{"cameo", "cameo switch"} {
				s.dies(open, sig, f.program)
			}
		}
		shown := s.Written()
		for _, canary := range canaries {
			if strings.Contains(shown, canary) {
				t.Errorf("%q was shown", canary)
			}
		}
		if key := regexp.MustCompile(`(AKIA|ASIA)[A-Z0-9]{12,}`).FindString(shown); key != "" {
			t.Errorf("the key ID %q was shown", key)
		}
		if left := processesOf(t, s.dir, f.program); len(left) > 0 {
			t.Errorf("processes are left behind: %v", left)
		}
		files = s.files()
	})
	killed.is("restored; the environment as before (%s)", shells)
	nothing.is("none; what is kept is %s", "`"+strings.Join(files, "`, `")+"`")
	secrets.is("none (%s)", shells)
}

// dies opens the list, ends the program by a signal, and looks at what that leaves.
func (s *seat) dies(open string, sig syscall.Signal, program string) {
	s.t.Helper()
	status := "$?"
	if s.shell == "fish" {
		status = "$status"
	}
	before := s.environment()
	s.run("stty -g >modes")
	modes := s.read("modes")
	s.since()
	s.Type(open + "; echo co''de-" + status + "; stty -g >modes" + screentest.Enter)
	s.says(fmt.Sprintf("%d roles", manyShown))
	pids := processesOf(s.t, s.dir, program)
	if len(pids) != 1 {
		s.t.Fatalf("the processes of the program are %v", pids)
	}
	if err := syscall.Kill(pids[0], sig); err != nil {
		s.t.Fatal(err)
	}
	code := fmt.Sprintf("code-%d", 128+int(sig))
	s.says(code)
	s.prompted()
	drawn := s.Written()[s.from:]
	begun := strings.Index(drawn, "\x1b[>4;2m") // what the shell itself switched on for its line is off by then
	if left := screentest.LeftOn(drawn[max(begun, 0):strings.Index(drawn, code)]); len(left) > 0 || begun < 0 {
		s.t.Errorf("%s, %v: %q is left on in %q", open, sig, left, drawn)
	}
	if after := s.read("modes"); after != modes {
		s.t.Errorf("%s, %v: the terminal's modes were %s and are %s", open, sig, modes, after)
	}
	if after := s.environment(); after != before {
		s.t.Errorf("%s, %v: the environment was %q and is %q", open, sig, before, after)
	}
}

// canaries are the keys of the shell's role and of the people of the sandbox.
func (s *seat) canaries(f *figures) []string {
	s.t.Helper()
	all, err := f.secrets()
	if err != nil {
		s.t.Fatal(err)
	}
	n := len(all)
	for entry := range strings.SplitSeq(s.environment(), "\x00") {
		name, value, _ := strings.Cut(entry, "=")
		if slices.Contains([]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}, name) {
			all = append(all, value)
		}
	}
	if len(all) != n+3 {
		s.t.Fatal("the shell has no keys")
	}
	_ = os.Remove(filepath.Join(s.dir, "environment"))
	return all
}

// files are those that the program made in the home of a seat; of what shells keep
// there and what the test wrote nothing is listed. A lock that is held fails the test,
// and so does a socket, and a file whose name is not one of the program's.
func (s *seat) files() []string {
	s.t.Helper()
	var names []string
	digest := regexp.MustCompile(`[0-9a-f]{64}`)
	ours := regexp.MustCompile(`^\.(cache|local/state)/cameo/`)
	others := regexp.MustCompile(`^(environment|role|modes|values|\.zsh_history|\.bash_history|fish\.root/.*|\.(config|local/share|cache)/fish/.*)$`)
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		switch {
		case err != nil:
			return err
		case others.MatchString(name):
		case !entry.Type().IsRegular():
			s.t.Errorf("%s is no regular file: %v", name, entry.Type())
		case ours.MatchString(name):
			if name = digest.ReplaceAllString(name, "DIGEST"); !slices.Contains(names, name) {
				names = append(names, name)
			}
			if strings.Contains(name, ".tmp") || isLocked(s.t, path) {
				s.t.Errorf("%s is left behind", name)
			}
		default:
			s.t.Errorf("%s is left behind", name)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// isLocked reports whether somebody holds a lock on a file.
func isLocked(t testing.TB, path string) bool {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// processesOf lists the processes that run a program, with a folder as their TMPDIR.
func processesOf(t testing.TB, dir, program string) []int {
	t.Helper()
	var pids []int
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		// Processes end meanwhile, and those of others cannot be read.
		environ, err := os.ReadFile(filepath.Join(entry, "environ"))
		if err != nil || !bytes.Contains(environ, []byte("TMPDIR="+dir+"\x00")) {
			continue
		}
		if exe, err := os.Readlink(filepath.Join(entry, "exe")); err == nil && exe == program {
			if pid, err := strconv.Atoi(filepath.Base(entry)); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
