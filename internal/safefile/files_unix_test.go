//go:build unix

package safefile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"cameo/internal/safefile"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("SAFEFILE_TEST_ROLE"); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play is a process of its own in tests that need one.
func play(role string) {
	path := os.Getenv("SAFEFILE_TEST_PATH")
	switch role {
	case "small disk":
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 64, Max: 64}); err != nil {
			fmt.Println("setrlimit:", err)
			return
		}
		fmt.Println(safefile.Write(path, []byte(strings.Repeat("x", 4096)), 0o600))
	case "holder":
		hold(path)
	case "waiter":
		queue(path)
	case "editor":
		edit(path)
	}
}

func actor(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SAFEFILE_TEST_ROLE="+role, "SAFEFILE_TEST_PATH="+path, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

func TestReadRefusesEverythingButAPlainFileOfOurs(t *testing.T) {
	tests := map[string]struct {
		lay  func(path string) error
		want safefile.Reason
	}{
		"symbolic link": {func(p string) error { return os.Symlink("/etc/passwd", p) }, safefile.Symlink},
		"dangling link": {func(p string) error { return os.Symlink("nowhere", p) }, safefile.Symlink},
		"pipe":          {func(p string) error { return unix.Mkfifo(p, 0o600) }, safefile.NotRegular},
		"directory":     {func(p string) error { return os.Mkdir(p, 0o700) }, safefile.NotRegular},
		"hard link": {func(p string) error {
			return errors.Join(os.WriteFile(p+".other", nil, 0o600), os.Link(p+".other", p))
		}, safefile.HardLinked},
		"too large":        {func(p string) error { return os.WriteFile(p, make([]byte, 11), 0o600) }, safefile.TooLarge},
		"readable by all":  {func(p string) error { return os.WriteFile(p, nil, 0o644) }, safefile.TooOpen},
		"writable by team": {func(p string) error { return errors.Join(os.WriteFile(p, nil, 0o600), os.Chmod(p, 0o620)) }, safefile.TooOpen},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			if err := test.lay(path); err != nil {
				t.Fatal(err)
			}
			_, err := safefile.ReadPrivate(path, 10)
			var refused *safefile.RefusedError
			if !errors.As(err, &refused) || refused.Reason != test.want {
				t.Fatalf("error %v, want one that %v", err, test.want)
			}
		})
	}
}

func TestReadRefusesASocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "sock") //nolint:usetesting // short enough for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Skip("no unix sockets here:", err)
	}
	defer l.Close()
	_, err = safefile.Read(filepath.Join(dir, "s"), 10)
	var refused *safefile.RefusedError
	if !errors.As(err, &refused) && !errors.Is(err, unix.EOPNOTSUPP) {
		t.Fatalf("error %v", err)
	}
}

func TestReadRefusesAForeignOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	mustWrite(t, path, "x")
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Skip("only root can give a file away")
	}
	_, err := safefile.Read(path, 10)
	var refused *safefile.RefusedError
	if !errors.As(err, &refused) || refused.Reason != safefile.ForeignOwner {
		t.Fatalf("error %v", err)
	}
	mustWrite(t, path, "root's edit")
	if st := stat(t, path); st.Uid != 65534 {
		t.Errorf("after Write the file belongs to %d, want its owner 65534", st.Uid)
	}
}

func stat(t *testing.T, path string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

func TestReadGivesTheWholeFileUpToTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, size := range []int{0, 1, 10} {
		mustWrite(t, path, strings.Repeat("x", size))
		got, err := safefile.ReadPrivate(path, 10)
		if err != nil || len(got) != size {
			t.Errorf("%d bytes, %v; want %d", len(got), err, size)
		}
	}
	if _, err := safefile.Read(path+"-missing", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestPrivateDirCreatesRepairsAndRefuses(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "a", "b")
	perm := func() fs.FileMode { info, _ := os.Stat(dir); return info.Mode().Perm() }
	if err := safefile.PrivateDir(dir); err != nil || perm() != 0o700 {
		t.Fatalf("created: %v, mode %v", err, perm())
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := safefile.PrivateDir(dir); err != nil || perm() != 0o700 {
		t.Fatalf("repaired: %v, mode %v", err, perm())
	}
	mustRefuse := func(path string, want safefile.Reason) {
		t.Helper()
		var refused *safefile.RefusedError
		if err := safefile.PrivateDir(path); !errors.As(err, &refused) || refused.Reason != want {
			t.Errorf("error %v, want one that %v", err, want)
		}
	}
	mustLink(t, dir, filepath.Join(root, "link"))
	mustRefuse(filepath.Join(root, "link"), safefile.Symlink)
	mustWrite(t, filepath.Join(root, "file"), "")
	mustRefuse(filepath.Join(root, "file"), safefile.NotDirectory)
	if err := unix.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRefuse(filepath.Join(root, "pipe"), safefile.NotDirectory)
	if os.Chown(dir, 65534, 65534) == nil {
		mustRefuse(dir, safefile.ForeignOwner)
	}
}

func TestAFullDiskLeavesTheOldFileAndNoTemporaryOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	mustWrite(t, path, "old")
	out, err := actor(t, "small disk", path).Output()
	if err != nil || !strings.Contains(string(out), "file too large") {
		t.Fatalf("the writer said %q, %v", out, err)
	}
	mustEqual(t, path, "old")
	mustHold(t, dir, "f")
}

// Whoever opens a name first and looks at what it opened cannot be raced.
func TestASwapBetweenCheckAndOpenNeverWins(t *testing.T) {
	dir := t.TempDir()
	path, prey := filepath.Join(dir, "f"), filepath.Join(dir, "prey")
	mustWrite(t, prey, "PREY")
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := filepath.Join(dir, "next")
			if i%2 == 0 {
				_ = os.Symlink(prey, next)
			} else {
				_ = os.WriteFile(next, []byte("mine"), 0o600)
			}
			_ = os.Rename(next, path)
		}
	}()
	for range 20_000 {
		if got, err := safefile.Read(path, 100); err == nil && string(got) == "PREY" {
			t.Error("the link was followed")
			break
		}
	}
	close(stop)
	<-stopped
}
