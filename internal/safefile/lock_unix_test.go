//go:build unix

package safefile_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cameo/internal/safefile"
)

// hold takes the lock, says so and keeps it until its stdin closes.
func hold(path string) {
	if _, err := safefile.LockAs(context.Background(), path, func() string { return "terraform apply" }); err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// queue waits for the lock and adds one to the number in a file beside it.
func queue(path string) {
	lock, err := safefile.Lock(context.Background(), path)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	text, _ := os.ReadFile(path + ".count")
	n, _ := strconv.Atoi(string(text))
	_ = os.WriteFile(path+".count", []byte(strconv.Itoa(n+1)), 0o600)
	lock.Release()
}

// startHolder starts a process that holds the lock on path.
func startHolder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := actor(t, "holder", path)
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
	t.Cleanup(func() { _ = stdin.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the holder said %q", line)
	}
	return cmd
}

func TestAWaiterWhoseContextEndsLearnsWhoHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	holder := startHolder(t, path)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := safefile.Lock(ctx, path)
	var busy *safefile.BusyError
	if !errors.As(err, &busy) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v", err)
	}
	if busy.Holder.PID != holder.Process.Pid || busy.Holder.Name != "terraform apply" || time.Since(busy.Holder.From) > time.Minute {
		t.Errorf("holder %+v, want %d", busy.Holder, holder.Process.Pid)
	}
}

func TestALockIsTakenOverAtOnceWhenItsHolderIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	holder := startHolder(t, path)
	taken := make(chan time.Time, 1)
	go func() {
		lock, err := safefile.Lock(context.Background(), path)
		if err != nil {
			t.Error(err)
		} else {
			lock.Release()
		}
		taken <- time.Now()
	}()
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	_ = holder.Wait()
	if delay := (<-taken).Sub(killed); delay > time.Second { // 1 ms when nothing else runs
		t.Errorf("taken over after %v", delay)
	}
}

func TestAnAbandonedWaitDoesNotKeepTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	first, err := safefile.Lock(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := safefile.Lock(ctx, path); err == nil {
		t.Fatal("two hold one lock")
	}
	first.Release()
	ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	second, err := safefile.Lock(ctx, path)
	if err != nil {
		t.Fatal("the abandoned waiter kept it:", err)
	}
	second.Release()
}

func TestManyProcessesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if out, err := actor(t, "waiter", path).Output(); err != nil || len(out) > 0 {
				t.Errorf("%s %v", out, err)
			}
		})
	}
	all.Wait()
	mustEqual(t, path+".count", "40")
}

func TestManyGoroutinesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	var count atomic.Int64 // the race detector does not know that a file lock orders memory
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			lock, err := safefile.Lock(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			count.Store(count.Load() + 1)
			lock.Release()
		})
	}
	all.Wait()
	if n := count.Load(); n != 50 {
		t.Errorf("count %d", n)
	}
}

func TestLockRefusesWhatIsNotAFileOfOurs(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	mustWrite(t, target, "shadow")
	tests := map[string]func(path string) error{
		"link":          func(p string) error { return os.Symlink(target, p) },
		"dangling link": func(p string) error { return os.Symlink(filepath.Join(dir, "new"), p) },
		"pipe":          func(p string) error { return unix.Mkfifo(p, 0o600) },
		"directory":     func(p string) error { return os.Mkdir(p, 0o700) },
		"foreign": func(p string) error {
			return errors.Join(os.WriteFile(p, nil, 0o600), os.Chown(p, 65534, 65534))
		},
	}
	for name, lay := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "l")
			if err := lay(path); errors.Is(err, os.ErrPermission) {
				t.Skip("only root can give a file away")
			} else if err != nil {
				t.Fatal(err)
			}
			_, err := safefile.Lock(context.Background(), path)
			if _, ok := errors.AsType[*safefile.RefusedError](err); !ok {
				t.Fatalf("error %v", err)
			}
		})
	}
	mustEqual(t, target, "shadow")
	mustHold(t, dir, "target")
}

func TestALockInAMissingDirectoryIsAnError(t *testing.T) {
	_, err := safefile.Lock(context.Background(), filepath.Join(t.TempDir(), "no", "l"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkLockFree(b *testing.B) {
	path := filepath.Join(b.TempDir(), "l")
	for b.Loop() {
		lock, err := safefile.Lock(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		lock.Release()
	}
}

func TestAHolderBeatsWhileItRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	holder := startHolder(t, path)
	first := safefile.LastBeat(path)
	beats := func(within time.Duration) bool {
		for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if last := safefile.LastBeat(path); !last.Equal(first) {
				first = last
				return true
			}
		}
		return false
	}
	if !beats(20 * time.Second) {
		t.Error("a running holder does not beat")
	}
	if err := holder.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	beats(50 * time.Millisecond) // the last one may be under way
	if beats(2 * time.Second) {
		t.Error("a stopped holder beats")
	}
	if err := holder.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if !beats(20 * time.Second) {
		t.Error("a continued holder does not beat")
	}
}

func TestASharedLockWaitsForOneThatIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	if safefile.IsLocked(path) {
		t.Error("what is not there is locked")
	}
	alone, err := safefile.Lock(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if !safefile.IsLocked(path) {
		t.Error("it is not locked")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := safefile.LockShared(ctx, path); err == nil {
		t.Error("it is shared while somebody has it alone")
	}
	alone.Release()
	one, err := safefile.LockShared(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	two, err := safefile.LockShared(context.Background(), path)
	if err != nil || safefile.IsLocked(path) {
		t.Error("two cannot share it", err)
	}
	one.Release()
	two.Release()
}
