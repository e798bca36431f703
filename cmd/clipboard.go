package cmd

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"cameo/profiles"
)

// clipboard is that of the desktop, where this process has one.
type clipboard struct {
	env  func(string) string
	goos string
	look func(program string) (path string, err error)
}

// patience is how long the tool of a desktop may take.
const patience = 2 * time.Second

// tool is the program that copies what it reads on stdin; nil where the environment
// does not say that there is a desktop. Over SSH pbcopy would copy to a desk at which
// nobody sits.
func (c clipboard) tool() []string {
	var tools [][]string
	if c.env("WAYLAND_DISPLAY") != "" {
		tools = append(tools, []string{"wl-copy", "--type", "text/plain"})
	}
	if c.env("DISPLAY") != "" {
		tools = append(tools, []string{"xclip", "-selection", "clipboard"})
	}
	switch {
	case c.goos == "darwin" && c.env("SSH_TTY") == "" && c.env("SSH_CONNECTION") == "":
		tools = append(tools, []string{"pbcopy"})
	case c.goos == "windows", c.env("WSL_DISTRO_NAME") != "":
		tools = append(tools, []string{"clip.exe"})
	}
	for _, argv := range tools {
		if path, err := c.look(argv[0]); err == nil {
			return append([]string{path}, argv[1:]...)
		}
	}
	return nil
}

// copy runs the tool with text on its stdin, never in its arguments. It names the
// tool; empty: there is none.
func (c clipboard) copy(ctx context.Context, text profiles.Secret) (string, error) {
	argv := c.tool()
	if argv == nil {
		return "", nil
	}
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	command.Stdin = strings.NewReader(text.Reveal())
	// wl-copy and xclip leave a process behind that has the clipboard: it must not
	// keep this one waiting.
	command.WaitDelay = 100 * time.Millisecond
	if err := command.Run(); err != nil {
		return name, fmt.Errorf("%s: %w", name, err)
	}
	return name, nil
}
