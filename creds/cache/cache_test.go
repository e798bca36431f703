package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cameo/creds"
	"cameo/profiles"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const canary = "CANARY-secret-bytes"

func session(name string) creds.Credentials {
	return creds.Credentials{
		AccessKeyID:     "ASIA" + name,
		SecretAccessKey: profiles.NewSecret(canary + name),
		SessionToken:    profiles.NewSecret(strings.Repeat(canary, 40) + name),
		Expires:         noon.Add(time.Hour),
		AccountID:       "123456789012",
		ARN:             "arn:aws:sts::123456789012:assumed-role/UpdateApp/" + name,
	}
}

func keyOf(n byte) creds.Key { return creds.Key{0: n, 31: 7} }

type fixture struct {
	*Store
	warnings []string
}

func newStore(t *testing.T, dir string, key KeySource) *fixture {
	t.Helper()
	f := &fixture{}
	f.Store = Open(Options{Dir: dir, Key: key, Now: func() time.Time { return noon }, Wall: func() time.Time { return noon }, Rand: rand.Reader,
		Warn: func(s string) { f.warnings = append(f.warnings, s) }})
	return f
}

func flight(key creds.Key, usable func(creds.Credentials) bool, fill func(context.Context) (creds.Credentials, error)) creds.Flight {
	return creds.Flight{Key: key, Usable: usable, Fill: fill}
}

func always(creds.Credentials) bool { return true }

func give(c creds.Credentials) func(context.Context) (creds.Credentials, error) {
	return func(context.Context) (creds.Credentials, error) { return c, nil }
}

func mustNotFill(t *testing.T) func(context.Context) (creds.Credentials, error) {
	return func(context.Context) (creds.Credentials, error) {
		t.Error("fill was called")
		return creds.Credentials{}, errors.New("fill was called")
	}
}

func mustFetch(t *testing.T, s *Store, key creds.Key, c creds.Credentials) {
	t.Helper()
	got, err := s.Fetch(context.Background(), flight(key, always, give(c)))
	if err != nil {
		t.Fatal(err)
	}
	mustBe(t, got, c)
}

func mustBe(t *testing.T, got, want creds.Credentials) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(profiles.Secret{})); diff != "" {
		t.Fatalf("another session (-want +got):\n%s", diff)
	}
}

func entryPath(dir string, key creds.Key) string { return filepath.Join(dir, key.String()+entrySuffix) }

func TestASessionComesBackAsItWasKept(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "cameo"), MemoryKey()
	sizes := map[string]int{"short": 16, "usual": 4 << 10, "long": 64 << 10, "huge": 1 << 20}
	n := byte(0)
	for name, size := range sizes {
		n++
		c := session(name)
		c.SessionToken = profiles.NewSecret(strings.Repeat("t", size))
		mustFetch(t, newStore(t, dir, key).Store, keyOf(n), c)
		other := newStore(t, dir, key)
		got, err := other.Fetch(context.Background(), flight(keyOf(n), always, mustNotFill(t)))
		if err != nil {
			t.Fatal(err)
		}
		mustBe(t, got, c)
	}
	forever := session("forever")
	forever.Expires = time.Time{}
	mustFetch(t, newStore(t, dir, key).Store, keyOf(99), forever)
	got, err := newStore(t, dir, key).Peek(keyOf(99))
	if err != nil {
		t.Fatal(err)
	}
	mustBe(t, got, forever)
}

func TestWhatFillBringsIsWhatTheDiskGivesBack(t *testing.T) {
	s := newStore(t, t.TempDir(), MemoryKey())
	c := session("zone")
	c.Expires = time.Now().In(time.FixedZone("far", 3600)).Add(time.Hour) // with a monotonic reading
	first, err := s.Fetch(context.Background(), flight(keyOf(1), always, give(c)))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Peek(keyOf(1))
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("%#v\n%#v", first.Expires, second.Expires)
	}
}

func TestNothingCachedIsAMiss(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "none"), MemoryKey())
	if _, err := s.Peek(keyOf(1)); err != ErrMiss {
		t.Errorf("error %v", err)
	}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	if err := s.ForgetAll(); err != nil {
		t.Error(err)
	}
}

func TestAnUnusableSessionIsReplaced(t *testing.T) {
	s := newStore(t, t.TempDir(), MemoryKey())
	mustFetch(t, s.Store, keyOf(1), session("old"))
	newer := func(c creds.Credentials) bool { return c.AccessKeyID == "ASIAnew" }
	got, err := s.Fetch(context.Background(), flight(keyOf(1), newer, give(session("new"))))
	if err != nil {
		t.Fatal(err)
	}
	mustBe(t, got, session("new"))
	if got, _ = s.Peek(keyOf(1)); got.AccessKeyID != "ASIAnew" {
		t.Error("the old one is still there")
	}
}

func TestAFailedFillIsReturnedAsItIsAndLeavesNothing(t *testing.T) {
	s := newStore(t, t.TempDir(), MemoryKey())
	refusal := errors.New("access denied")
	_, err := s.Fetch(context.Background(), flight(keyOf(1), always,
		func(context.Context) (creds.Credentials, error) { return creds.Credentials{}, refusal }))
	if err != refusal {
		t.Errorf("error %v", err)
	}
	if _, err := s.Peek(keyOf(1)); err != ErrMiss {
		t.Errorf("after: %v", err)
	}
}

func TestNoFlippedBitIsEverServed(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, MemoryKey())
	c := session("x")
	c.SessionToken = profiles.NewSecret("short")
	mustFetch(t, s.Store, keyOf(1), c)
	path := entryPath(dir, keyOf(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := s.key.Load()
	for bit := range len(whole) * 8 {
		entry := bytes.Clone(whole)
		entry[bit/8] ^= 1 << (bit % 8)
		_, err := open(entry, filepath.Base(path), used)
		inFingerprint := bit/8 > len(magic) && bit/8 < nonceAt
		if err == nil || errors.Is(err, errOtherKey) != inFingerprint {
			t.Fatalf("bit %d: %v", bit, err)
		}
	}
	for size := range whole {
		if _, err := open(bytes.Clone(whole[:size]), filepath.Base(path), used); err == nil || errors.Is(err, errOtherKey) {
			t.Fatalf("cut to %d bytes: %v", size, err)
		}
	}
	if _, err := open(whole, filepath.Base(path), used); err != nil {
		t.Fatal("the whole entry:", err)
	}
}

func TestADamagedEntryIsSetAsideReplacedAndSaidOnce(t *testing.T) {
	damages := map[string]func(dir string, whole []byte) []byte{
		"flipped":   func(_ string, b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"cut":       func(_ string, b []byte) []byte { return b[:len(b)/2] },
		"empty":     func(string, []byte) []byte { return nil },
		"too large": func(string, []byte) []byte { return make([]byte, maxEntry+1) },
		"another entry copied over it": func(dir string, _ []byte) []byte {
			b, _ := os.ReadFile(entryPath(dir, keyOf(2)))
			return b
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newStore(t, dir, MemoryKey())
			mustFetch(t, s.Store, keyOf(1), session("one"))
			mustFetch(t, s.Store, keyOf(2), session("two"))
			path := entryPath(dir, keyOf(1))
			whole, _ := os.ReadFile(path)
			bad := damage(dir, whole)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := s.Peek(keyOf(1))
			var damaged *DamagedError
			var denied *DeniedError
			if !errors.As(err, &damaged) && !errors.As(err, &denied) {
				t.Fatalf("Peek: %v", err)
			}
			mustFetch(t, s.Store, keyOf(1), session("new"))
			if got, err := s.Peek(keyOf(1)); err != nil || got.AccessKeyID != "ASIAnew" {
				t.Errorf("after: %v %v", got.AccessKeyID, err)
			}
			aside, _ := filepath.Glob(path + badMark + "*")
			if len(aside) != 1 {
				t.Fatalf("set aside: %q", aside)
			}
			if kept, _ := os.ReadFile(aside[0]); !bytes.Equal(kept, bad) {
				t.Error("what was set aside is not what was there")
			}
			if len(s.warnings) != 1 || !strings.Contains(s.warnings[0], "set aside") {
				t.Errorf("warnings %q", s.warnings)
			}
			if err := s.Forget(keyOf(1)); err != nil {
				t.Fatal(err)
			}
			if left, _ := filepath.Glob(path + "*"); len(left) != 0 {
				t.Errorf("Forget left %q", left)
			}
		})
	}
}

func TestAnotherKeyMakesAMissNotDamage(t *testing.T) {
	dir := t.TempDir()
	mustFetch(t, newStore(t, dir, MemoryKey()).Store, keyOf(1), session("old"))
	s := newStore(t, dir, MemoryKey())
	if _, err := s.Peek(keyOf(1)); err != ErrMiss {
		t.Fatalf("error %v", err)
	}
	mustFetch(t, s.Store, keyOf(1), session("new"))
	if aside, _ := filepath.Glob(filepath.Join(dir, "*"+badMark+"*")); len(aside)+len(s.warnings) != 0 {
		t.Errorf("%q %q", aside, s.warnings)
	}
}

func TestALongRunningProcessNoticesANewKey(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	long := newStore(t, dir, FileKey(file))
	mustFetch(t, long.Store, keyOf(1), session("old"))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, newStore(t, dir, FileKey(file)).Store, keyOf(2), session("new"))
	got, err := long.Peek(keyOf(2))
	if err != nil {
		t.Fatal(err)
	}
	mustBe(t, got, session("new"))
	mustFetch(t, long.Store, keyOf(3), session("three"))
	if _, err := newStore(t, dir, FileKey(file)).Peek(keyOf(3)); err != nil {
		t.Error("kept with the old key:", err)
	}
}

func TestGoroutinesShareOneFill(t *testing.T) {
	s := newStore(t, t.TempDir(), MemoryKey())
	var fills atomic.Int32
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			got, err := s.Fetch(context.Background(), flight(keyOf(1), always, func(context.Context) (creds.Credentials, error) {
				fills.Add(1)
				return session("shared"), nil
			}))
			if err != nil || got != session("shared") {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
	if fills.Load() != 1 {
		t.Errorf("%d fills", fills.Load())
	}
	if len(s.turns.queue) != 0 {
		t.Error("turns are left")
	}
}

func TestAWaiterGivesUpWithItsContext(t *testing.T) {
	s := newStore(t, t.TempDir(), MemoryKey())
	filling, done := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = s.Fetch(context.Background(), flight(keyOf(1), always, func(context.Context) (creds.Credentials, error) {
			close(filling)
			<-done
			return session("x"), nil
		}))
	})
	<-filling
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Fetch(ctx, flight(keyOf(1), always, mustNotFill(t))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("same process: %v", err)
	}
	other := newStore(t, s.dir, s.source)
	if _, err := other.Fetch(ctx, flight(keyOf(1), always, mustNotFill(t))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("another store: %v", err)
	}
	mustFetch(t, s.Store, keyOf(2), session("another role does not wait"))
	close(done)
	all.Wait()
}

func TestWithoutAPlaceForTheKeyTheSessionIsDeliveredAndSaidOnce(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, KeySource{})
	if _, err := s.Fetch(context.Background(), flight(keyOf(1), always, give(session("x")))); err != nil {
		t.Fatal(err)
	}
	got, err := s.Fetch(context.Background(), flight(keyOf(1), always, mustNotFill(t))) // from memory
	if err != nil || got != session("x") {
		t.Fatal(got, err)
	}
	mustFetch(t, s.Store, keyOf(2), session("y"))
	if len(s.warnings) != 1 || !strings.Contains(s.warnings[0], `cache.key = "file"`) {
		t.Errorf("warnings %q", s.warnings)
	}
	if entries, _ := filepath.Glob(filepath.Join(dir, "*"+entrySuffix)); len(entries) != 0 {
		t.Errorf("written without a key: %q", entries)
	}
	other := newStore(t, dir, KeySource{})
	if _, err := other.Peek(keyOf(1)); err != ErrMiss {
		t.Errorf("another process: %v", err)
	}
}

func TestWithAnEntryButNoPlaceForTheKeyPeekSaysSo(t *testing.T) {
	dir := t.TempDir()
	mustFetch(t, newStore(t, dir, MemoryKey()).Store, keyOf(1), session("x"))
	_, err := newStore(t, dir, KeySource{}).Peek(keyOf(1))
	var noKey *KeyError
	if !errors.As(err, &noKey) || noKey.Locked {
		t.Errorf("error %v", err)
	}
}

func TestALockedKeyPlaceIsNeverWritten(t *testing.T) {
	dir := t.TempDir()
	locked := osStore{
		get:  func() ([]byte, error) { return nil, errors.New("locked") },
		set:  func([]byte) error { t.Error("written"); return nil },
		lock: filepath.Join(dir, keyLock), absent: errors.New("absent"), missing: errors.New("missing"),
	}
	s := newStore(t, dir, KeySource{[]place{locked, keyFile{path: filepath.Join(dir, "key")}}})
	mustFetch(t, s.Store, keyOf(1), session("x"))
	if len(s.warnings) != 1 || !strings.Contains(s.warnings[0], "locked") {
		t.Errorf("warnings %q", s.warnings)
	}
	if _, err := os.Stat(filepath.Join(dir, "key")); err == nil {
		t.Error("a key was made in the next place")
	}
}

func TestListReadsTheDirectoryOnly(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, MemoryKey())
	over, forever := session("over"), session("forever")
	over.Expires, forever.Expires = noon.Add(-time.Second), time.Time{}
	mustFetch(t, s.Store, keyOf(1), session("lives"))
	mustFetch(t, s.Store, keyOf(2), over)
	mustFetch(t, s.Store, keyOf(3), forever)
	list, err := newStore(t, dir, KeySource{}).List()
	if err != nil {
		t.Fatal(err)
	}
	want := map[creds.Key]time.Time{keyOf(1): noon.Add(time.Hour), keyOf(2): over.Expires, keyOf(3): {}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if err := s.ForgetAll(); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.List(); len(list) != 0 {
		t.Errorf("after ForgetAll: %v", list)
	}
}

func TestOrphansAndSessionsLongOverAreSwept(t *testing.T) {
	dir := t.TempDir()
	key := MemoryKey()
	over := session("over")
	over.Expires = noon.Add(-entryLife - time.Second)
	mustFetch(t, newStore(t, dir, key).Store, keyOf(1), over)
	temp := func(name string, age time.Duration) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, noon.Add(-age), noon.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := temp("."+keyOf(5).String()+entrySuffix+".tmp-1", tempLife+time.Second)
	young := temp("."+keyOf(5).String()+entrySuffix+".tmp-2", time.Second)
	foreign := temp("notes", 1000*time.Hour)
	mustFetch(t, newStore(t, dir, key).Store, keyOf(2), session("new"))
	for path, want := range map[string]bool{old: false, entryPath(dir, keyOf(1)): false, young: true, foreign: true, entryPath(dir, keyOf(2)): true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
}

func TestNoSecretIsOnTheDiskInTheClear(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, FileKey(filepath.Join(dir, "key")))
	mustFetch(t, s.Store, keyOf(1), session("x"))
	if err := os.WriteFile(entryPath(dir, keyOf(1)), []byte("damage"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, s.Store, keyOf(1), session("y"))
	mustHaveNoCanary(t, dir)
	for _, text := range []string{fmt.Sprint(s.key.Load()), fmt.Sprintf("%x", *s.key.Load()), fmt.Sprintf("%v %+v", s.warnings, errors.Unwrap(ErrMiss))} {
		if strings.Contains(text, canary) || strings.Contains(text, hex.EncodeToString(s.key.Load()[:4])) {
			t.Errorf("printed: %s", text)
		}
	}
}

func mustHaveNoCanary(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && bytes.Contains(data, []byte("CANARY")) {
			t.Errorf("%s holds a secret in the clear", f.Name())
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := MemoryKey().places[0].(keyInMemory).key
	name := keyOf(1).String() + entrySuffix
	whole, err := seal(session("fuzz"), name, key, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:sealedAt])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, entry []byte) {
		if bytes.Equal(entry, whole) {
			return
		}
		if _, err := open(bytes.Clone(entry), name, key); err == nil {
			t.Error("a forged entry was opened")
		}
	})
}

func BenchmarkPeek(b *testing.B) {
	dir := b.TempDir()
	key := FileKey(filepath.Join(dir, "key"))
	options := Options{Dir: dir, Key: key, Now: func() time.Time { return noon }, Rand: rand.Reader}
	c := session("bench")
	c.SessionToken = profiles.NewSecret(strings.Repeat("t", 1000))
	if _, err := Open(options).Fetch(context.Background(), flight(keyOf(1), always, give(c))); err != nil {
		b.Fatal(err)
	}
	b.Run("first of a process", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Open(options).Peek(keyOf(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	s := Open(options)
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Peek(keyOf(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func FuzzReadContent(f *testing.F) {
	whole, err := contentOf(session("fuzz"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(bytes.Clone(whole), 0))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, ok := readContent(content)
		if !ok {
			return
		}
		kept, err := contentOf(c)
		if err != nil {
			t.Fatal(err)
		}
		c, ok = readContent(kept)
		if again, err := contentOf(c); !ok || err != nil || !bytes.Equal(again, kept) {
			t.Errorf("%x is kept as %x, and that as %x: %v, %v", content, kept, again, ok, err)
		}
	})
}
