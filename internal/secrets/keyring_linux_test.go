package secrets

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

// underKeyring runs this test again in a D-Bus session of its own, with a
// gnome-keyring started as start says, and a home that nobody else has; it returns
// true in that run. Nothing of the user's own keyring is touched.
func underKeyring(t *testing.T, start string) bool {
	t.Helper()
	if os.Getenv("CAMEO_TEST_KEYRING") == t.Name() {
		return true
	}
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home, runtime := t.TempDir(), t.TempDir()
	if err := os.Chmod(runtime, 0o700); err != nil { // the daemon wants it so
		t.Fatal(err)
	}
	c := exec.Command("dbus-run-session", "--", "sh", "-c", start+` >/dev/null 2>&1; exec "$0" "$@"`, self, "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + runtime, "CAMEO_TEST_KEYRING=" + t.Name()}
	c.WaitDelay = 10 * time.Second // a daemon may keep the output open
	out, err := c.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

func TestARealSecretServiceKeepsASecret(t *testing.T) {
	if !underKeyring(t, "printf pw | gnome-keyring-daemon --unlock --components=secrets") {
		return
	}
	s := OS(os.Getenv)
	if _, err := s.Get("key"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before: %v", err)
	}
	for _, secret := range [][]byte{{0, 1, 0xff, '\n'}, bytes.Repeat([]byte{7}, maxSecret), {9}} {
		if err := s.Set("key", secret); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get("key"); err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("%x, %v; want %x", got, err, secret)
		}
	}
	if _, err := s.Get("other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another name: %v", err)
	}
}

func TestARealSecretServiceThatIsLockedIsSaidToBe(t *testing.T) {
	if !underKeyring(t, "gnome-keyring-daemon --start --components=secrets") {
		return
	}
	began := time.Now()
	err := OS(os.Getenv).Set("key", []byte{1})
	if _, locked := errors.AsType[*LockedError](err); !locked {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 2*patience {
		t.Errorf("it took %v", took)
	}
}
