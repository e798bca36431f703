//go:build unix

package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cameo/tui"
)

func TestATraceIsKeptForAReportWithoutSecrets(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	dir := t.TempDir()
	a := newApp(&World{Environ: []string{"XDG_STATE_HOME=" + dir}, Now: time.Now})
	err := a.keepTrace(&tui.CrashError{Value: "bad key " + secret, Stack: []byte("goroutine 1\nmain.go:7\n")})
	path := filepath.Join(dir, "cameo", "crash.txt")
	if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), secret) {
		t.Errorf("it says %q", err)
	}
	text, readErr := os.ReadFile(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if strings.Contains(string(text), secret) || !strings.Contains(string(text), "main.go:7") || !strings.Contains(string(text), "bad key (hidden)") {
		t.Errorf("the trace is\n%s", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
