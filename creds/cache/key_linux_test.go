package cache

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// keyringOf returns a keyring place of this test's own, which is cleared again.
func keyringOf(t *testing.T) kernelKeyring {
	t.Helper()
	var unique [8]byte
	_, _ = rand.Read(unique[:])
	k := testKeyring("cameo:test:"+hex.EncodeToString(unique[:]), t.TempDir())
	if _, err := k.load(); !errors.Is(err, errNoKey) {
		t.Skip("no kernel keyring here:", err)
	}
	t.Cleanup(func() { unlink(k.description) })
	return k
}

func testKeyring(description, dir string) kernelKeyring {
	return kernelKeyring{description: description, lock: filepath.Join(dir, keyLock), now: time.Now}
}

func unlink(description string) {
	if id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", description, 0); err == nil {
		_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
}

// playKeyring is another process that wants the key: it prints it.
func playKeyring(role string) {
	k := testKeyring(os.Getenv("CACHE_TEST_KEY"), os.Getenv("CACHE_TEST_DIR"))
	runtime.LockOSThread() // a session keyring is that of the thread which joined it
	defer runtime.UnlockOSThread()
	var err error
	switch role {
	case "from another session keyring":
		err = joinNewSessionKeyring()
	case "from a revoked session keyring":
		if err = joinNewSessionKeyring(); err == nil {
			_, err = unix.KeyctlInt(unix.KEYCTL_REVOKE, unix.KEY_SPEC_SESSION_KEYRING, 0, 0, 0)
		}
	}
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	var key *sealingKey
	if role == "create at once" {
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
		key, err = k.create(context.Background(), rand.Reader)
	} else {
		key, err = k.load()
	}
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(hex.EncodeToString(key[:]))
}

// joinNewSessionKeyring leaves this thread with a session keyring that leads nowhere.
// The call takes no name for that, and unix.KeyctlJoinSessionKeyring always gives one.
func joinNewSessionKeyring() error {
	_, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
	return err
}

func TestTheKernelKeyKeepsAcrossSessionKeyrings(t *testing.T) {
	k := keyringOf(t)
	made, err := k.create(context.Background(), rand.Reader)
	if err != nil {
		t.Skip("the kernel takes no key here:", err)
	}
	for _, role := range []string{"from the same session", "from another session keyring", "from a revoked session keyring"} {
		t.Run(role, func(t *testing.T) {
			out, err := actor(role, t.TempDir(), "CACHE_TEST_KEY="+k.description).Output()
			answer := strings.TrimSpace(string(out))
			if strings.HasPrefix(answer, "refused:") {
				t.Skip("the kernel gives no session keyring:", answer)
			}
			if err != nil || answer != hex.EncodeToString(made[:]) {
				t.Errorf("it read %q, %v", answer, err)
			}
		})
	}
}

func TestProcessesThatMakeAKernelKeyAtOnceEndWithOneKey(t *testing.T) {
	k := keyringOf(t)
	dir := filepath.Dir(k.lock)
	const processes = 12
	var answers [processes]string
	var gates []io.Closer
	var all sync.WaitGroup
	for i := range processes {
		cmd := actor("create at once", dir, "CACHE_TEST_KEY="+k.description)
		stdin, lines := startActor(t, cmd, "ready")
		gates = append(gates, stdin)
		all.Go(func() {
			if lines.Scan() {
				answers[i] = lines.Text()
			}
			_ = cmd.Wait()
		})
	}
	for _, gate := range gates {
		_ = gate.Close()
	}
	all.Wait()
	there, err := k.load()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range answers {
		if answer != hex.EncodeToString(there[:]) {
			t.Errorf("a process has %q", answer)
		}
	}
}

func TestAKernelKeyHasATimeoutAndIsRenewedByUse(t *testing.T) {
	k := keyringOf(t)
	made, err := k.create(context.Background(), rand.Reader)
	if err != nil {
		t.Skip("the kernel takes no key here:", err)
	}
	if left := timeLeft(t, k.description); left < keyLife-24*time.Hour || left > keyLife {
		t.Errorf("a new key lives %v", left)
	}
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", k.description, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, 1000, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := k.load(); err != nil || timeLeft(t, k.description) > 1000*time.Second {
		t.Errorf("a young key was renewed (%v)", err)
	}
	k.now = func() time.Time { return time.Now().Add(keyRenewal + time.Minute) }
	again, err := k.load()
	if err != nil || *again != *made {
		t.Fatal("another key", err)
	}
	if left := timeLeft(t, k.description); left < keyLife-24*time.Hour {
		t.Errorf("not renewed: %v left", left)
	}
	if again, err = k.load(); err != nil || *again != *made {
		t.Fatal("another key after the renewal", err)
	}
}

// timeLeft reads the key's timeout as /proc/keys shows it: rounded down to a
// whole unit.
func timeLeft(t *testing.T, description string) time.Duration {
	t.Helper()
	table, err := os.ReadFile("/proc/keys")
	if err != nil {
		t.Skip("no /proc/keys:", err)
	}
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) < 9 || fields[8] != description+":" {
			continue
		}
		units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
		unit := units[fields[3][len(fields[3])-1]]
		var n int
		if _, err := fmt.Sscanf(fields[3], "%d", &n); err != nil || unit == 0 {
			t.Fatalf("timeout %q", fields[3])
		}
		return time.Duration(n) * unit
	}
	t.Fatalf("%s is not in /proc/keys", description)
	return 0
}

func TestAnExpiredKernelKeyIsMadeAnew(t *testing.T) {
	k := keyringOf(t)
	made, err := k.create(context.Background(), rand.Reader)
	if err != nil {
		t.Skip("the kernel takes no key here:", err)
	}
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", k.description, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, 1, 0, 0); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err = k.load(); errors.Is(err, errNoKey) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not expire:", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	next, err := k.create(context.Background(), rand.Reader)
	if err != nil || *next == *made {
		t.Fatal("no new key", err)
	}
	if again, err := k.load(); err != nil || *again != *next {
		t.Error(err)
	}
}

func TestWhereTheKernelRefusesTheRuntimeDirIsNext(t *testing.T) {
	for _, errno := range []error{unix.EPERM, unix.ENOSYS, unix.EACCES, unix.EDQUOT} {
		if err := keyringProblem(errno); !errors.Is(err, errNoPlace) {
			t.Errorf("%v: %v", errno, err)
		}
	}
	runtimeDir, dir := t.TempDir(), t.TempDir()
	source := AutoKey(KeyOptions{Dir: dir, RuntimeDir: runtimeDir, Description: "cameo:test:never-made", Now: time.Now})
	source.places[0] = refusing{}
	mustFetch(t, newStore(t, dir, source).Store, keyOf(1), session("x"))
	path := filepath.Join(runtimeDir, "cameo", "cache-key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(len(sealingKey{})) {
		t.Fatal(info, err)
	}
	if got, err := newStore(t, dir, source).Peek(keyOf(1)); err != nil || got != session("x") {
		t.Error(got, err)
	}
}

type refusing struct{}

func (refusing) load() (*sealingKey, error) {
	return nil, noPlace("the kernel's keyring", unix.EPERM)
}

func (refusing) create(context.Context, io.Reader) (*sealingKey, error) {
	return nil, noPlace("the kernel's keyring", unix.EPERM)
}

func BenchmarkKernelKey(b *testing.B) {
	k := testKeyring(fmt.Sprintf("cameo:test:bench-%d", os.Getpid()), b.TempDir())
	if _, err := k.create(context.Background(), rand.Reader); err != nil {
		b.Skip(err)
	}
	defer unlink(k.description)
	for b.Loop() {
		if _, err := k.load(); err != nil {
			b.Fatal(err)
		}
	}
}
