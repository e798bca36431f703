package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cameo/creds"
)

// desk is two processes of one user, on one clock.
type desk struct {
	one, other *Store
	now        time.Time
	dir        string
}

func newDesk(t *testing.T) *desk {
	d := &desk{now: noon, dir: t.TempDir()}
	clock := func() time.Time { return d.now }
	o := Options{Dir: d.dir, Key: FileKey(filepath.Join(d.dir, "key")), Now: clock, Wall: clock, Rand: rand.Reader}
	d.one, d.other = Open(o), Open(o)
	return d
}

var errSaid = errors.New("what was said to others")

// tells is a flight whose failures are told.
func tells(fill error, hear func(meanwhile bool) bool) creds.Flight {
	f := flight(keyOf(1), always, func(context.Context) (creds.Credentials, error) { return creds.Credentials{}, fill })
	f.Tell = func(err error) []byte { return []byte("words of " + err.Error()) }
	f.Told = func(words []byte, meanwhile bool) error {
		if strings.HasPrefix(string(words), "words of ") && hear(meanwhile) {
			return errSaid
		}
		return nil
	}
	return f
}

func ever(bool) bool          { return true }
func meanwhile(now bool) bool { return now }

func TestAFailureIsToldForTenSeconds(t *testing.T) {
	d := newDesk(t)
	mine, again := errors.New("CANARY refusal"), errors.New("asked again")
	if _, err := d.one.Fetch(t.Context(), tells(mine, ever)); err != mine {
		t.Fatal(err)
	}
	d.now = d.now.Add(9 * time.Second)
	if _, err := d.other.Fetch(t.Context(), tells(again, ever)); err != errSaid {
		t.Errorf("9 s later: %v", err)
	}
	if _, err := d.other.Fetch(t.Context(), tells(again, meanwhile)); err != again {
		t.Errorf("who tries again on purpose: %v", err)
	}
	d.now = d.now.Add(11 * time.Second)
	if _, err := d.other.Fetch(t.Context(), tells(again, ever)); err != again {
		t.Errorf("11 s later: %v", err)
	}
	mustHaveNoCanary(t, d.dir)
	data, err := os.ReadFile(filepath.Join(d.dir, keyOf(1).String()+wordsSuffix))
	if err != nil || strings.Contains(string(data), "refusal") || strings.Contains(string(data), "again") {
		t.Errorf("the words lie there in clear: %q, %v", data, err)
	}
}

func TestAFailureIsForgottenWithTheNextSession(t *testing.T) {
	d := newDesk(t)
	if _, err := d.one.Fetch(t.Context(), tells(errors.New("no"), ever)); err == nil {
		t.Fatal("it did not fail")
	}
	mustFetch(t, d.one, keyOf(1), session("granted"))
	if err := d.one.Forget(keyOf(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.other.Fetch(t.Context(), flight(keyOf(1), always, give(session("x")))); err != nil {
		t.Error(err)
	}
}

func TestWordsThatCannotBeTrustedAreNone(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(d.dir, keyOf(1).String()+wordsSuffix)
	if _, err := d.one.Fetch(t.Context(), tells(errors.New("no"), ever)); err == nil {
		t.Fatal("it did not fail")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mine := errors.New("mine")
	for i := range whole {
		broken := append([]byte(nil), whole...)
		broken[i] ^= 1
		for _, text := range [][]byte{broken, whole[:i]} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := d.other.heard(tells(mine, ever), d.now); err != nil {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
	}
	// Those of another key are not taken for one's own.
	if err := os.WriteFile(filepath.Join(d.dir, keyOf(2).String()+wordsSuffix), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f := tells(mine, ever)
	f.Key = keyOf(2)
	if err := d.other.heard(f, d.now); err != nil {
		t.Error(err)
	}
}

func TestACodeIsSpentOnceForAllProcesses(t *testing.T) {
	d := newDesk(t)
	mustFetch(t, d.one, keyOf(1), session("x")) // makes the key
	ctx := t.Context()
	spent := func(s *Store, device, code string) bool {
		_, known := s.Spend(ctx, device, code)
		return known
	}
	if spent(d.one, "mfa/alice", "123456") {
		t.Error("a new code was known")
	}
	if !spent(d.other, "mfa/alice", "123456") || !spent(d.one, "mfa/alice", "123456") {
		t.Error("a code was spent twice")
	}
	if spent(d.other, "mfa/bob", "123456") || spent(d.other, "mfa/alice", "123457") {
		t.Error("another code was known")
	}
	// AWS has not seen it after all.
	d.one.Settle(ctx, "mfa/alice", "123456", nil)
	if spent(d.other, "mfa/alice", "123456") {
		t.Error("a code that AWS has not seen was known")
	}
	// What AWS refused is refused while the device shows it.
	d.one.Settle(ctx, "mfa/alice", "123457", &creds.CodeFate{Rejected: &creds.Answer{Message: "no"}})
	if fate, known := d.other.Spend(ctx, "mfa/alice", "123457"); !known || fate.Rejected == nil || fate.Rejected.Message != "no" {
		t.Errorf("a refused code: %+v %v", fate, known)
	}
	d.now = d.now.Add(codeStep)
	if spent(d.other, "mfa/alice", "123457") {
		t.Error("a refused code is known in the next half minute")
	}
	if !spent(d.other, "mfa/alice", "123456") {
		t.Error("a used code can be used in the next half minute")
	}
	d.now = d.now.Add(codeLife + time.Second)
	if spent(d.other, "mfa/alice", "123456") {
		t.Error("a code is known for ever")
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, _ := os.ReadFile(filepath.Join(d.dir, e.Name()))
		if strings.Contains(string(data), "12345") {
			t.Errorf("a code lies in clear in %s", e.Name())
		}
	}
}

func TestWithoutAKeyCodesAreRememberedInTheProcess(t *testing.T) {
	s := newStore(t, t.TempDir(), KeySource{})
	if _, known := s.Spend(t.Context(), "mfa/alice", "123456"); known {
		t.Error("a new code was known")
	}
	if _, known := s.Spend(t.Context(), "mfa/alice", "123456"); !known {
		t.Error("a code was spent twice")
	}
}
