//go:build unix

package cache

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cameo/creds"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("CACHE_TEST_ROLE"); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play is a process of its own in tests that need one.
func play(role string) {
	dir := os.Getenv("CACHE_TEST_DIR")
	s := Open(Options{Dir: dir, Key: FileKey(filepath.Join(dir, "key")), Now: func() time.Time { return noon }, Rand: rand.Reader,
		Program: func() string { return "terraform" }, Warn: func(text string) { fmt.Fprintln(os.Stderr, "warning:", text) }})
	switch role {
	case "fetch":
		fetchAndShow(s, func(context.Context) (creds.Credentials, error) {
			note(dir, "fills")
			time.Sleep(20 * time.Millisecond) // a call takes its time
			return session(strconv.Itoa(os.Getpid())), nil
		})
	case "ask":
		f := flight(keyOf(1), always, func(context.Context) (creds.Credentials, error) {
			fmt.Println("filling")
			_, _ = io.Copy(io.Discard, os.Stdin)
			return session("answered"), nil
		})
		f.Asks = true
		if _, err := s.Fetch(context.Background(), f); err != nil {
			fmt.Println("error:", err)
		}
	case "die while fetching":
		fetchAndShow(s, func(context.Context) (creds.Credentials, error) {
			fmt.Println("filling")
			select {}
		})
	case "small disk":
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 64, Max: 64}); err != nil {
			fmt.Println(err)
			return
		}
		fetchAndShow(s, give(session("delivered")))
		fetchAndShow(s, give(session("asked again")))
	default:
		playKeyring(role)
	}
}

func note(dir, name string) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString("x")
	}
	if err != nil {
		panic(err)
	}
}

func fetchAndShow(s *Store, fill func(context.Context) (creds.Credentials, error)) {
	c, err := s.Fetch(context.Background(), flight(keyOf(1), always, fill))
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	_ = json.NewEncoder(os.Stdout).Encode([]string{c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), c.Expires.String()})
}

func actor(role, dir string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "CACHE_TEST_ROLE="+role, "CACHE_TEST_DIR="+dir, "GORACE=atexit_sleep_ms=0"), env...)
	return cmd
}

// startActor starts an actor and returns once it says the first line. Closing stdin lets
// it go on; said is what it says from there.
func startActor(t *testing.T, cmd *exec.Cmd, first string) (stdin io.Closer, said *bufio.Scanner) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	said = bufio.NewScanner(stdout)
	if !said.Scan() || said.Text() != first {
		t.Fatalf("it said %q", said.Text())
	}
	return stdin, said
}

func TestTwoHundredColdProcessesMakeOneCallAndAgree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cameo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	answers := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			out, err := actor("fetch", dir).CombinedOutput()
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			answers[string(out)]++
			mu.Unlock()
		})
	}
	all.Wait()
	if len(answers) != 1 {
		t.Errorf("%d different answers", len(answers))
	}
	if fills, _ := os.ReadFile(filepath.Join(dir, "fills")); string(fills) != "x" {
		t.Errorf("%d fills", len(fills))
	}
	mustHaveNoCanary(t, dir)
}

func TestAFetchIsTakenOverWhenItsProcessIsKilled(t *testing.T) {
	dir := t.TempDir()
	dying, _ := filler(t, "die while fetching", dir)
	next := actor("fetch", dir)
	var out strings.Builder
	next.Stdout, next.Stderr = &out, &out
	if err := next.Start(); err != nil {
		t.Fatal(err)
	}
	if err := dying.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = dying.Wait()
	if err := next.Wait(); err != nil || !strings.Contains(out.String(), "ASIA") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestAFullDiskCostsNothingButOneWarning(t *testing.T) {
	dir := t.TempDir()
	// The key is made before the disk is full.
	if _, err := FileKey(filepath.Join(dir, "key")).create(context.Background(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	cmd := actor("small disk", dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || strings.Count(string(out), "ASIAdelivered") != 2 {
		t.Errorf("%v: %s", err, out)
	}
	if strings.Count(stderr.String(), "warning:") != 1 || !strings.Contains(stderr.String(), "not kept") {
		t.Errorf("stderr %q", stderr.String())
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"+entrySuffix+"*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(left)+len(hidden) != 0 {
		t.Errorf("left behind: %q %q", left, hidden)
	}
	mustHaveNoCanary(t, dir)
}

func TestAReadOnlyHomeCostsNothingButOneWarning(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(blocked, "cameo") // cannot be made, for root neither
	s := newStore(t, dir, FileKey(filepath.Join(dir, "key")))
	got, err := s.Fetch(context.Background(), flight(keyOf(1), always, give(session("x"))))
	if err != nil || got != session("x") {
		t.Fatal(got, err)
	}
	if got, err = s.Fetch(context.Background(), flight(keyOf(1), always, mustNotFill(t))); err != nil || got != session("x") {
		t.Fatal(got, err)
	}
	for _, w := range s.warnings {
		if strings.Contains(w, canary) {
			t.Errorf("warning %q", w)
		}
	}
	if len(s.warnings) != 1 {
		t.Errorf("warnings %q", s.warnings)
	}
}

func TestWhatIsNotAPlainFileIsDeniedAndSetAside(t *testing.T) {
	tests := map[string]func(path string) error{
		"pipe":             func(p string) error { return unix.Mkfifo(p, 0o600) },
		"directory":        func(p string) error { return os.Mkdir(p, 0o700) },
		"link":             func(p string) error { return errors.Join(os.WriteFile(p+"x", nil, 0o600), os.Symlink(p+"x", p)) },
		"dangling link":    func(p string) error { return os.Symlink("nowhere", p) },
		"hard link":        func(p string) error { return errors.Join(os.WriteFile(p+"x", nil, 0o600), os.Link(p+"x", p)) },
		"readable by all":  func(p string) error { return os.WriteFile(p, nil, 0o644) },
		"of somebody else": func(p string) error { return errors.Join(os.WriteFile(p, nil, 0o600), os.Chown(p, 65534, 65534)) },
	}
	for name, lay := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newStore(t, dir, MemoryKey())
			if err := lay(entryPath(dir, keyOf(1))); err != nil {
				t.Skip("not possible here:", err)
			}
			_, err := s.Peek(keyOf(1))
			if _, ok := errors.AsType[*DeniedError](err); !ok {
				t.Fatalf("Peek: %v", err)
			}
			mustFetch(t, s.Store, keyOf(1), session("new"))
			if got, err := s.Peek(keyOf(1)); err != nil || got != session("new") {
				t.Errorf("after: %v %v", got, err)
			}
			if len(s.warnings) != 1 {
				t.Errorf("warnings %q", s.warnings)
			}
		})
	}
}

func TestADirectoryOrLockThatIsNotOursIsRefused(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "real")
	mustFetch(t, newStore(t, kept, MemoryKey()).Store, keyOf(1), session("x"))
	link := filepath.Join(dir, "link")
	if err := os.Symlink(kept, link); err != nil {
		t.Fatal(err)
	}
	var denied *DeniedError
	if _, err := newStore(t, link, MemoryKey()).Fetch(context.Background(), flight(keyOf(2), always, mustNotFill(t))); !errors.As(err, &denied) {
		t.Errorf("linked directory: %v", err)
	}
	target := filepath.Join(dir, "shadow")
	if err := os.Symlink(target, filepath.Join(kept, keyOf(3).String()+lockSuffix)); err != nil {
		t.Fatal(err)
	}
	if _, err := newStore(t, kept, MemoryKey()).Fetch(context.Background(), flight(keyOf(3), always, mustNotFill(t))); !errors.As(err, &denied) {
		t.Errorf("linked lock: %v", err)
	}
	if _, err := os.Lstat(target); err == nil {
		t.Error("the link's target was made")
	}
}

func TestADirectoryOfSomebodyElseIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cameo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Chown(dir, 65534, 65534) != nil {
		t.Skip("only root can give a directory away")
	}
	var denied *DeniedError
	if _, err := newStore(t, dir, MemoryKey()).Fetch(context.Background(), flight(keyOf(1), always, mustNotFill(t))); !errors.As(err, &denied) {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("something was put into it: %v %v", left, err)
	}
}

func TestYesterdaysEntryPutBackIsNotServed(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, MemoryKey())
	old := session("yesterday")
	old.Expires = noon.Add(-time.Hour)
	mustFetch(t, s.Store, keyOf(1), old)
	kept, err := os.ReadFile(entryPath(dir, keyOf(1)))
	if err != nil {
		t.Fatal(err)
	}
	lives := func(c creds.Credentials) bool { return c.Expires.After(noon) }
	for _, name := range []string{"today", "again"} {
		got, err := s.Fetch(context.Background(), flight(keyOf(1), lives, give(session(name))))
		if err != nil || got.AccessKeyID != "ASIA"+name {
			t.Errorf("%v, %v", got.AccessKeyID, err)
		}
		if err := os.WriteFile(entryPath(dir, keyOf(1)), kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.warnings) != 0 {
		t.Errorf("warnings %q", s.warnings)
	}
}

func TestAWideOpenDirectoryIsRepaired(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cameo")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, newStore(t, dir, MemoryKey()).Store, keyOf(1), session("x"))
	info, _ := os.Stat(dir)
	entry, _ := os.Stat(entryPath(dir, keyOf(1)))
	if info.Mode().Perm() != 0o700 || entry.Mode().Perm() != 0o600 {
		t.Errorf("modes %v and %v", info.Mode().Perm(), entry.Mode().Perm())
	}
}

func TestProcessesThatMakeAKeyFileAtOnceEndWithOneKey(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		source := KeySource{[]place{keyFile{path: filepath.Join(dir, "cameo", "cache-key"), under: dir}}}
		keys := make([]*sealingKey, 20)
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() {
				var err error
				if keys[i], err = source.create(context.Background(), rand.Reader); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, key := range keys {
			if key == nil || *key != *keys[0] {
				t.Fatal("two keys")
			}
		}
	}
}

func TestAKeyFileOthersCanReadOrOfTheWrongSizeIsNotUsedAndNotReplaced(t *testing.T) {
	for name, mode := range map[string]os.FileMode{"open": 0o644, "short": 0o600} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte("not thirty-two bytes")[:20], mode); err != nil {
			t.Fatal(err)
		}
		var noKey *KeyError
		if _, err := FileKey(path).load(); !errors.As(err, &noKey) || !noKey.Locked {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := FileKey(path).create(context.Background(), rand.Reader); !errors.As(err, &noKey) {
			t.Errorf("%s: create: %v", name, err)
		}
		if data, _ := os.ReadFile(path); string(data) != "not thirty-two bytes" {
			t.Errorf("%s: replaced", name)
		}
	}
}

func TestARuntimeDirThatIsMissingOrForeignIsNoPlace(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "run", "user", "1000")
	f := keyFile{path: filepath.Join(missing, "cameo", "cache-key"), under: missing}
	if _, err := f.create(context.Background(), rand.Reader); !errors.Is(err, errNoPlace) {
		t.Errorf("missing: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("it was made")
	}
	foreign := t.TempDir()
	if os.Chown(foreign, 65534, 65534) != nil {
		t.Skip("only root can give a directory away")
	}
	f = keyFile{path: filepath.Join(foreign, "cameo", "cache-key"), under: foreign}
	if _, err := f.create(context.Background(), rand.Reader); !errors.Is(err, errNoPlace) {
		t.Errorf("foreign: %v", err)
	}
}
