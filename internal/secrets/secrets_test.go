package secrets

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func reachable() osStore {
	return osStore{getenv: environment(map[string]string{"DBUS_SESSION_BUS_ADDRESS": "disabled:"}), goos: "linux", patience: time.Second}
}

func TestASecretComesBackAsItWasSet(t *testing.T) {
	keyring.MockInit()
	s := reachable()
	if _, err := s.Get("key"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before: %v", err)
	}
	for _, secret := range [][]byte{{0, 1, 0xff, '\n'}, {}, bytes.Repeat([]byte{7}, maxSecret)} {
		if err := s.Set("key", secret); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get("key")
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("%x, %v; want %x", got, err, secret)
		}
	}
	if err := s.Set("key", make([]byte, maxSecret+1)); err == nil {
		t.Error("a secret too large for some system was taken")
	}
}

func TestAnItemThatIsNotOursIsAnError(t *testing.T) {
	keyring.MockInit()
	if err := keyring.Set(service, "key", "!not base64!"); err != nil {
		t.Fatal(err)
	}
	if _, err := reachable().Get("key"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

func TestALockedStoreIsSaidToBeLocked(t *testing.T) {
	keyring.MockInitWithError(errors.New("failed to unlock correct collection"))
	defer keyring.MockInit()
	var locked *LockedError
	if _, err := reachable().Get("key"); !errors.As(err, &locked) {
		t.Errorf("Get: %v", err)
	}
	if err := reachable().Set("key", nil); !errors.As(err, &locked) {
		t.Errorf("Set: %v", err)
	}
}

func TestAStoreThatHangsIsSaidToBeLocked(t *testing.T) {
	s := reachable()
	s.patience = 10 * time.Millisecond
	hang := make(chan struct{})
	defer close(hang)
	_, err := s.ask(func() (string, error) { <-hang; return "", nil })
	if _, ok := errors.AsType[*LockedError](err); !ok {
		t.Errorf("error %v", err)
	}
}

func TestWithoutASessionBusTheLibraryIsNotCalled(t *testing.T) {
	withBus, without := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(withBus, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		goos string
		env  map[string]string
		want bool
	}{
		"nothing known":         {"linux", nil, false},
		"runtime dir, no bus":   {"linux", map[string]string{"XDG_RUNTIME_DIR": without}, false},
		"runtime dir with bus":  {"linux", map[string]string{"XDG_RUNTIME_DIR": withBus}, true},
		"address":               {"linux", map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}, true},
		"macOS needs no D-Bus":  {"darwin", nil, true},
		"Windows needs no DBus": {"windows", nil, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			called := false
			s := osStore{getenv: environment(test.env), goos: test.goos, patience: time.Second}
			_, err := s.ask(func() (string, error) { called = true; return "", nil })
			if called != test.want || (err == nil) != test.want {
				t.Errorf("called %v, error %v", called, err)
			}
		})
	}
}
