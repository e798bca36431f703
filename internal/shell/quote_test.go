//go:build unix

package shell_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEveryValueSurvivesTheRealShell(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		generated := rapid.SliceOfN(rapid.Map(rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("'\\\"$`!\n\r -~*")))),
			func(b []byte) string { return strings.ReplaceAll(string(b), "\x00", "") }), 300, 300).Example(1)
		checkRoundTrip(t, k, append(awkward(), generated...))
	})
}

func checkRoundTrip(t *testing.T, k shellKind, values []string) {
	t.Helper()
	dir := t.TempDir()
	var script, want bytes.Buffer
	for _, value := range values {
		script.WriteString("builtin printf '%s\\0' " + k.quote(value) + "\n")
		want.WriteString(value + "\x00")
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, script.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"C.UTF-8", "C"} {
		cmd := exec.Command(k.name, append(k.flags, file)...)
		cmd.Dir, cmd.Env = dir, []string{"LC_ALL=" + locale, "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
		got, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		answers := strings.Split(string(got), "\x00")
		for i, value := range values {
			if i >= len(answers) || answers[i] != value {
				t.Fatalf("%s: value %d %.80q came back as %.80q", locale, i, value, answers[min(i, len(answers)-1)])
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "canary")); err == nil {
		t.Error("a value was run as a command")
	}
}
