//go:build unix

package profiles_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"cameo/profiles"
)

func TestReadDoesNotWaitForAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	refused(t, pipe, "is a pipe")
}

func TestTheNullDeviceIsNoFile(t *testing.T) {
	set, err := profiles.Read(profiles.Files{Config: "/dev/null", Credentials: "/dev/null"})
	if err != nil {
		t.Fatal(err)
	}
	if names := set.Names(); len(names) > 0 {
		t.Errorf("names %q", names)
	}
}
