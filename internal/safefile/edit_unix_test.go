//go:build unix

package safefile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cameo/internal/safefile"
)

func editOf(path string) safefile.Edit {
	return safefile.Edit{Path: path, Now: time.Now(), Limit: 1 << 20}
}

// add is a change that adds a line.
func add(line string) func([]byte) ([]byte, error) {
	return func(old []byte) ([]byte, error) { return append(old, line+"\n"...), nil }
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// onlyFiles fails where anything but these is in a directory.
func onlyFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Errorf("%s has %q, want %q", dir, found, names)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestEditGoesThroughLinks(t *testing.T) {
	for name, lay := range map[string]func(t *testing.T, home, dotfiles string) (file string){
		"none": func(_ *testing.T, home, _ string) string { return filepath.Join(home, "config") },
		"to another directory": func(t *testing.T, home, dotfiles string) string {
			link(t, dotfiles+"/config", home+"/config")
			return dotfiles + "/config"
		},
		"a chain, partly relative": func(t *testing.T, home, dotfiles string) string {
			link(t, dotfiles+"/one", home+"/config")
			link(t, "two", dotfiles+"/one")
			link(t, "../home/three", dotfiles+"/two")
			link(t, dotfiles+"/real", home+"/three")
			return dotfiles + "/real"
		},
		"to another file system": func(t *testing.T, home, _ string) string {
			dir, err := os.MkdirTemp("/dev/shm", "cameo-test-") //nolint:usetesting // TempDir is on the same file system
			if err != nil {
				t.Skipf("no other file system: %v", err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			link(t, dir+"/config", home+"/config")
			return dir + "/config"
		},
	} {
		for _, dangling := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dangling %v", name, dangling), func(t *testing.T) {
				root := t.TempDir()
				home, dotfiles := filepath.Join(root, "home"), filepath.Join(root, "dotfiles")
				if err := errors.Join(os.Mkdir(home, 0o700), os.Mkdir(dotfiles, 0o700)); err != nil {
					t.Fatal(err)
				}
				file := lay(t, home, dotfiles)
				want := "new\n"
				if !dangling {
					write(t, file, "old\n")
					if err := os.Chmod(file, 0o644); err != nil {
						t.Fatal(err)
					}
					want = "old\nnew\n"
				}
				before, _ := os.Readlink(filepath.Join(home, "config"))
				if err := editOf(filepath.Join(home, "config")).Do(add("new")); err != nil {
					t.Fatal(err)
				}
				after, _ := os.Readlink(filepath.Join(home, "config"))
				if before != after || content(t, file) != want {
					t.Errorf("link %q, was %q; content %q", after, before, content(t, file))
				}
				info, err := os.Lstat(file)
				if mode := map[bool]fs.FileMode{true: 0o600, false: 0o644}[dangling]; err != nil || info.Mode() != mode {
					t.Errorf("mode %v, %v", info.Mode(), err)
				}
			})
		}
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func TestEditKeepsOwnerModeAndAttributes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	write(t, path, "old\n")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	attribute := unix.Setxattr(path, "user.note", []byte("mine"), 0)
	owner := os.Geteuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(path, owner, 54321); err != nil {
			t.Fatal(err)
		}
	}
	if err := editOf(path).Do(add("new")); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil || int(st.Uid) != owner || st.Mode&0o7777 != 0o640 {
		t.Errorf("owner %d, mode %o, %v", st.Uid, st.Mode, err)
	}
	if attribute == nil {
		value := make([]byte, 10)
		if n, err := unix.Getxattr(path, "user.note", value); err != nil || string(value[:n]) != "mine" {
			t.Errorf("attribute %q, %v", value[:n], err)
		}
	} else {
		t.Logf("attributes were not looked at: %v", attribute)
	}
	onlyFiles(t, dir, "config")
}

func TestEditMakesTheDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home", ".aws", "config")
	if err := editOf(path).Do(add("new")); err != nil || content(t, path) != "new\n" {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestEditRefuses(t *testing.T) {
	for name, lay := range map[string]func(path string) error{
		"a directory":   func(p string) error { return os.Mkdir(p, 0o700) },
		"a pipe":        func(p string) error { return unix.Mkfifo(p, 0o600) },
		"a device":      func(p string) error { return os.Symlink("/dev/zero", p) },
		"a large file":  func(p string) error { return os.WriteFile(p, make([]byte, 2<<20), 0o600) },
		"a second name": func(p string) error { return errors.Join(os.WriteFile(p, nil, 0o600), os.Link(p, p+"2")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			if err := lay(path); err != nil {
				t.Fatal(err)
			}
			var refused *safefile.RefusedError
			if err := editOf(path).Do(add("new")); !errors.As(err, &refused) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEditLeavesAFileAloneThatDoesNotChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "old\n")
	before, _ := os.Stat(path)
	wrong := errors.New("wrong")
	if err := editOf(path).Do(func([]byte) ([]byte, error) { return nil, wrong }); !errors.Is(err, wrong) {
		t.Error(err)
	}
	if err := editOf(path).Do(func(old []byte) ([]byte, error) { return old, nil }); err != nil {
		t.Error(err)
	}
	after, _ := os.Stat(path)
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("it was written")
	}
	onlyFiles(t, filepath.Dir(path), "config")
}

func TestEditBacksUpOnceADay(t *testing.T) {
	dir := t.TempDir()
	e := editOf(filepath.Join(dir, "config"))
	e.Backup = e.Path + ".cameo~"
	if err := e.Do(add("one")); err != nil {
		t.Fatal(err)
	}
	onlyFiles(t, dir, "config") // there was nothing to keep
	day := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		now  time.Time
		want string
	}{{day, "one\n"}, {day.Add(14 * time.Hour), "one\n"}, {day.Add(16 * time.Hour), "one\nx\nx\n"}} {
		e.Now = step.now
		if err := e.Do(add("x")); err != nil {
			t.Fatal(err)
		}
		if got := content(t, e.Backup); got != step.want {
			t.Errorf("at %v: %q, want %q", step.now, got, step.want)
		}
	}
	if info, err := os.Stat(e.Backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	elsewhere := filepath.Join(dir, "elsewhere")
	write(t, elsewhere, "mine")
	if err := os.Remove(e.Backup); err != nil {
		t.Fatal(err)
	}
	link(t, elsewhere, e.Backup)
	if err := e.Do(add("y")); !errors.As(err, new(*safefile.RefusedError)) || content(t, elsewhere) != "mine" {
		t.Errorf("%v: a link was followed", err)
	}
}

func TestEditOfAFileThatChangesMeanwhile(t *testing.T) {
	replace := func(path string) {
		temp := path + ".theirs"
		data, _ := os.ReadFile(path)
		_ = os.WriteFile(temp, append(data, "theirs\n"...), 0o600)
		_ = os.Rename(temp, path)
	}
	inPlace := func(path string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
		if err == nil {
			_, _ = f.WriteString("theirs\n")
			_ = f.Close()
		}
	}
	for name, write := range map[string]func(string){"replaced": replace, "written in place": inPlace} {
		for _, exists := range []bool{true, false} {
			for times := range 5 {
				t.Run(fmt.Sprintf("%s %d times, there %v", name, times, exists), func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "config")
					want := ""
					if exists {
						want = "old\n"
						if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
							t.Fatal(err)
						}
					}
					n := 0
					err := editOf(path).Do(func(old []byte) ([]byte, error) {
						if n < times {
							n++
							write(path)
						}
						return append(old, "ours\n"...), nil
					})
					want += strings.Repeat("theirs\n", times)
					var changed *safefile.ChangedError
					switch {
					case times < 4:
						want += "ours\n"
						if err != nil {
							t.Error(err)
						}
					case !errors.As(err, &changed) || changed.Kept != "":
						t.Errorf("got %v", err)
					}
					if got := content(t, path); got != want {
						t.Errorf("got %q, want %q", got, want)
					}
					onlyFiles(t, dir, "config")
				})
			}
		}
	}
}

// Another program counts in the file, a thousand times a second, and looks each
// time whether what it wrote is still there.
func TestNoUpdateOfAnotherProgramIsLost(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("this system cannot exchange two files")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	write(t, path, "count 0\n")
	stop, lost, wrote := make(chan struct{}), 0, 0
	var counting sync.WaitGroup
	counting.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			first, rest := "", ""
			for tries := 0; first != "count "+strconv.Itoa(wrote) && tries < 1000; tries++ { // an edit may be about to give way
				text, err := os.ReadFile(path)
				if err != nil {
					t.Error(err)
					return
				}
				first, rest, _ = strings.Cut(string(text), "\n")
			}
			if first != "count "+strconv.Itoa(wrote) {
				lost++
			}
			wrote++
			_ = os.WriteFile(path+".theirs", []byte("count "+strconv.Itoa(wrote)+"\n"+rest), 0o600)
			_ = os.Rename(path+".theirs", path)
		}
	})
	edits, gaveUp := 0, 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); edits++ {
		err := editOf(path).Do(func(old []byte) ([]byte, error) {
			first, rest, _ := bytes.Cut(old, []byte("\n"))
			rest = bytes.Repeat([]byte("ours\n"), (len(rest)/5+1)%20)
			return bytes.Join([][]byte{first, rest}, []byte("\n")), nil
		})
		if changed := (*safefile.ChangedError)(nil); errors.As(err, &changed) {
			gaveUp++
			if changed.Kept != "" { // it is told of, so it is not lost: but the program does not read it
				_ = os.Remove(changed.Kept)
			}
		} else if err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	counting.Wait()
	if first, _, _ := strings.Cut(content(t, path), "\n"); first != "count "+strconv.Itoa(wrote) {
		lost++
	}
	t.Logf("%d updates of the other program, %d edits, %d of them given up; %d updates lost", wrote, edits, gaveUp, lost)
	if lost > 0 {
		t.Errorf("%d of %d updates lost", lost, wrote)
	}
	onlyFiles(t, dir, "config")
}

func TestEditsOfManyAllCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	var all sync.WaitGroup
	const writers, lines = 4, 10
	for w := range writers {
		all.Go(func() {
			for n := range lines {
				for {
					err := editOf(path).Do(add(fmt.Sprint(w, ".", n)))
					if err == nil {
						break
					}
					if !errors.As(err, new(*safefile.ChangedError)) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	if got := strings.Count(content(t, path), "\n"); got != writers*lines {
		t.Errorf("%d lines, want %d", got, writers*lines)
	}
}

func TestEditSweepsWhatAKilledOneLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	write(t, path, "old\n")
	write(t, filepath.Join(dir, ".config.tmp-1"), "fresh") // of an edit that may be under way
	if err := editOf(path).Do(add("new")); err != nil {
		t.Fatal(err)
	}
	onlyFiles(t, dir, ".config.tmp-1", "config")
	e := editOf(path)
	e.Now = e.Now.Add(time.Hour)
	if err := e.Do(add("new")); err != nil {
		t.Fatal(err)
	}
	onlyFiles(t, dir, "config")
}

// edit is a process that makes one edit.
func edit(path string) {
	runtime.LockOSThread() // strace counts the calls of each thread
	e := editOf(path)
	e.Backup = path + ".cameo~"
	if err := e.Do(add("new")); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// At every system call on the way the process is killed, or the call fails: the
// file has the old bytes or the new ones, and the next edit succeeds.
func TestEditSurvivesAFaultAtEverySystemCall(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	root := t.TempDir()
	probe := exec.Command(strace, "-f", "-o", os.DevNull, "-e", "inject=fsync:error=EIO:when=100", "true")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("strace cannot inject here: %v: %s", err, out)
	}
	points := 0
	for _, fault := range []string{"signal=KILL", "error=ENOSPC", "error=EIO"} {
		calls := []string{"write", "fchmod", "fsync", "renameat,renameat2", "unlinkat", "utimensat"}
		if os.Getenv("CAMEO_HEAVY") != "" { // most of these are the loader's and the runtime's
			calls = append(calls, "openat", "read", "fstat,newfstatat", "close")
		}
		for _, call := range calls {
			for n := 1; editWithFault(t, strace, filepath.Join(root, strconv.Itoa(points)), fmt.Sprintf("inject=%s:%s:when=%d", call, fault, n)); n++ {
				points++
			}
		}
	}
	t.Logf("%d faults", points)
	if points < 20 {
		t.Errorf("only %d faults: were any injected?", points)
	}
}

// editWithFault reports whether the fault happened.
func editWithFault(t *testing.T, strace, dir, inject string) bool {
	t.Helper()
	path := filepath.Join(dir, "config")
	write(t, path, "old\n")
	log := filepath.Join(dir, "..", "strace.log")
	cmd := actor(t, "editor", path)
	cmd.Path, cmd.Args = strace, []string{strace, "-f", "-o", log, "-e", "trace=" + strings.Split(inject[len("inject="):], ":")[0], "-e", inject, os.Args[0]}
	out, err := cmd.Output()
	got := content(t, path)
	if got != "old\n" && got != "old\nnew\n" {
		t.Fatalf("%s: the file has %q", inject, got)
	}
	happened := strings.Contains(content(t, log), "(INJECTED)") || strings.Contains(content(t, log), "killed by SIGKILL")
	if err == nil && got == "old\n" {
		t.Fatalf("%s: it says that it succeeded, and did nothing: %s", inject, out)
	}
	if backup, err := os.ReadFile(path + ".cameo~"); err == nil && string(backup) != "old\n" {
		t.Fatalf("%s: the backup has %q", inject, backup)
	}
	if out, err := actor(t, "editor", path).Output(); err != nil {
		t.Fatalf("%s: the next edit: %v: %s", inject, err, out)
	}
	if next := content(t, path); next != got+"new\n" {
		t.Fatalf("%s: the next edit leaves %q", inject, next)
	}
	return happened
}
