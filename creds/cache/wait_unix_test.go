//go:build unix

package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

// hasty is a patience for tests.
var hasty = Patience{Say: 20 * time.Millisecond, Stuck: 300 * time.Millisecond, Come: 100 * time.Millisecond, Beat: 10 * time.Millisecond, Listen: 5 * time.Millisecond}

// hastyStore is a store that shares its directory with an actor.
func hastyStore(dir string, told chan<- safefile.Holder) *Store {
	return Open(Options{Dir: dir, Key: FileKey(filepath.Join(dir, "key")), Now: func() time.Time { return noon }, Rand: rand.Reader, Patience: hasty,
		Waiting: func(h safefile.Holder) { told <- h }})
}

// filler starts a process that fills keyOf(1), and returns once it does.
func filler(t *testing.T, role, dir string) (cmd *exec.Cmd, stdin io.Closer) {
	t.Helper()
	cmd = actor(role, dir)
	stdin, _ = startActor(t, cmd, "filling")
	return cmd, stdin
}

func TestWhoWaitsForAStoppedProcessLearnsWhichAndIsLetGo(t *testing.T) {
	dir := t.TempDir()
	holder, _ := filler(t, "die while fetching", dir)
	if err := holder.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	told := make(chan safefile.Holder, 1)
	s := hastyStore(dir, told)
	_, err := s.Fetch(context.Background(), flight(keyOf(1), always, mustNotFill(t)))
	var locked *creds.LockedError
	if !errors.As(err, &locked) || locked.PID != holder.Process.Pid || locked.Program != "terraform" || locked.Waited < hasty.Stuck {
		t.Errorf("error %+v", err)
	}
	if h := <-told; h.PID != holder.Process.Pid || h.Name != "terraform" || time.Since(h.From) > time.Minute {
		t.Errorf("told %+v", h)
	}
	// Another role never waits for it: it would be let go with an error.
	if _, err := s.Fetch(context.Background(), flight(keyOf(2), always, give(session("other")))); err != nil {
		t.Errorf("another key: %v", err)
	}
	// A wait ends at once where the user ends it.
	ctx, cancel := context.WithCancelCause(context.Background())
	mine := errors.New("Ctrl-C")
	cancel(mine)
	if _, err := s.Fetch(ctx, flight(keyOf(1), always, mustNotFill(t))); !errors.Is(err, mine) {
		t.Errorf("cancelled: %v", err)
	}
	// Once it is dead the next one takes over.
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	_ = holder.Wait()
	if c, err := s.Fetch(context.Background(), flight(keyOf(1), always, give(session("taken over")))); err != nil || c.AccessKeyID != "ASIAtaken over" {
		t.Errorf("%v %v", c, err)
	}
	t.Logf("taken over %v after the kill", time.Since(killed))
}

func TestALivingProcessIsWaitedForHoweverLongItTakes(t *testing.T) {
	dir := t.TempDir()
	_, stdin := filler(t, "ask", dir)
	s := hastyStore(dir, make(chan safefile.Holder, 1))
	s.patient.Stuck = 2500 * time.Millisecond // a living process shows itself every second
	time.AfterFunc(3500*time.Millisecond, func() { _ = stdin.Close() })
	c, err := s.Fetch(context.Background(), flight(keyOf(1), always, mustNotFill(t)))
	if err != nil || c != session("answered") {
		t.Errorf("%v %v", c, err)
	}
}

func TestWhoCannotAskWaitsForWhoDoes(t *testing.T) {
	dir := t.TempDir()
	s := hastyStore(dir, make(chan safefile.Holder, 1))
	began := time.Now()
	if found, err := s.Await(context.Background(), flight(keyOf(1), always, nil)); found || err != nil {
		t.Errorf("nobody is there: %v %v", found, err)
	}
	if waited := time.Since(began); waited < hasty.Come {
		t.Errorf("it waited %v only", waited)
	}
	s.patient.Stuck = 20 * time.Second
	_, stdin := filler(t, "ask", dir)
	var answered atomic.Bool
	time.AfterFunc(3*hasty.Come, func() { answered.Store(true); _ = stdin.Close() })
	if found, err := s.Await(context.Background(), flight(keyOf(1), always, nil)); !found || err != nil || !answered.Load() {
		t.Errorf("somebody asks: %v %v (answered: %v)", found, err, answered.Load())
	}
}

func TestWhoCannotAskIsLetGoWhenWhoAsksIsKilled(t *testing.T) {
	dir := t.TempDir()
	s := hastyStore(dir, make(chan safefile.Holder, 1))
	s.patient.Stuck = 20 * time.Second // a living process shows itself every second only
	asks, _ := filler(t, "ask", dir)
	time.AfterFunc(2*hasty.Come, func() { _ = asks.Process.Kill() })
	if found, err := s.Await(context.Background(), flight(keyOf(1), always, nil)); found || err != nil {
		t.Errorf("%v %v", found, err)
	}
}

func TestWhoComesWhileNobodyAsksYetWaitsForIt(t *testing.T) {
	dir := t.TempDir()
	s := hastyStore(dir, make(chan safefile.Holder, 1))
	s.patient.Come, s.patient.Stuck = 20*time.Second, 20*time.Second
	found := make(chan bool, 1)
	go func() {
		ok, err := s.Await(context.Background(), flight(keyOf(1), always, nil))
		found <- ok && err == nil
	}()
	_, stdin := filler(t, "ask", dir)
	_ = stdin.Close()
	if !<-found {
		t.Error("it was not found")
	}
}
