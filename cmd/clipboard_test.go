//go:build unix

package cmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cameo/profiles"
)

func TestTheClipboardToolIsTheDesktops(t *testing.T) {
	everything := func(program string) (string, error) { return "/usr/bin/" + program, nil }
	nothing := func(string) (string, error) { return "", errors.New("not found") }
	for _, test := range []struct {
		name string
		env  map[string]string
		goos string
		look func(string) (string, error)
		want string
	}{
		{"no desktop", nil, "linux", everything, ""},
		{"Wayland", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", everything, "wl-copy"},
		{"X", map[string]string{"DISPLAY": ":0"}, "linux", everything, "xclip"},
		{"X without xclip", map[string]string{"DISPLAY": ":0"}, "linux", nothing, ""},
		{"macOS", nil, "darwin", everything, "pbcopy"},
		{"macOS over SSH", map[string]string{"SSH_TTY": "/dev/ttys001"}, "darwin", everything, ""},
		{"Windows", nil, "windows", everything, "clip.exe"},
		{"WSL", map[string]string{"WSL_DISTRO_NAME": "Debian"}, "linux", everything, "clip.exe"},
	} {
		c := clipboard{env: func(name string) string { return test.env[name] }, goos: test.goos, look: test.look}
		got := ""
		if argv := c.tool(); argv != nil {
			got = filepath.Base(argv[0])
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestTheClipboardToolReadsStdin(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\ncat > " + dir + "/got\necho \"$@\" > " + dir + "/argv\nexit $(cat " + dir + "/exit)\n"
	if err := os.WriteFile(filepath.Join(dir, "xclip"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c := clipboard{env: func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }, goos: "linux",
		look: func(program string) (string, error) { return filepath.Join(dir, program), nil }}
	for _, exit := range []string{"0", "1"} {
		if err := os.WriteFile(filepath.Join(dir, "exit"), []byte(exit), 0o600); err != nil {
			t.Fatal(err)
		}
		tool, err := c.copy(context.Background(), profiles.NewSecret("the text"))
		if tool != "xclip" || (err != nil) != (exit == "1") {
			t.Errorf("exit %s: %q, %v", exit, tool, err)
		}
	}
	got, err := os.ReadFile(filepath.Join(dir, "got"))
	if err != nil || string(got) != "the text" {
		t.Errorf("it read %q, %v", got, err)
	}
	argv, err := os.ReadFile(filepath.Join(dir, "argv"))
	if err != nil || slices.Contains(strings.Fields(string(argv)), "text") {
		t.Errorf("it was called with %q, %v", argv, err)
	}
}
