package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cameo/internal/safefile"
	"cameo/internal/settings"
	"cameo/profiles"
)

func newConfig(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Show and edit the settings",
		Long: `The settings are config.toml, and none of them is needed: without the file the
defaults hold.` + exits(exitOther, exitUsage, exitConfig),
		Args: exactly(0, "path, show or edit"),
		RunE: func(*cobra.Command, []string) error { return a.configShow() },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "path", Short: "Print where the settings are",
			Long: "Print where the settings are, or would be." + exits(exitUsage, exitConfig),
			Args: exactly(0, "no argument"),
			RunE: func(*cobra.Command, []string) error {
				path, err := a.settingsFile()
				if err != nil {
					return err
				}
				return a.say("%s\n", profiles.Inert(path))
			},
		},
		&cobra.Command{
			Use: "show", Short: "Print what holds: the settings, and the defaults",
			Long: "Print what holds, settings and defaults, as the file could say it; a comment says which\nvalues are the defaults." + exits(exitUsage, exitConfig),
			Args: exactly(0, "no argument"),
			RunE: func(*cobra.Command, []string) error { return a.configShow() },
		},
		&cobra.Command{
			Use: "edit", Short: "Open the settings in an editor, and check them after",
			Long: `Open the settings in $VISUAL, else $EDITOR, else vi: at the line of the first mistake,
where there is one and the editor is known to take a line. After that they are
checked. A file that is not there is made, with 0600.` + exits(exitOther, exitUsage, exitConfig),
			Args: exactly(0, "no argument"),
			RunE: func(c *cobra.Command, _ []string) error { return a.configEdit(c.Context()) },
		},
	)
	return c
}

// settingsFile is where the settings are.
func (a *app) settingsFile() (string, error) {
	path := a.settingsPath()
	if path == "" {
		return "", &codedError{exit: exitConfig, code: "settings", message: "there is no place for the settings: neither HOME nor XDG_CONFIG_HOME is set", try: "export HOME=DIRECTORY"}
	}
	return path, nil
}

func (a *app) configShow() error {
	path, err := a.settingsFile()
	if err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	state := ""
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		state = ", which is not there: the defaults hold"
	}
	return a.say("# %s%s\n%s", profiles.Inert(path), state, s.Text())
}

func (a *app) configEdit(ctx context.Context) error {
	path, err := a.settingsFile()
	if err != nil {
		return err
	}
	line := a.firstMistake(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := safefile.Write(path, nil, 0o600); err != nil {
			return err
		}
	}
	argv := a.editor(path, line)
	program, err := lookPath(argv[0])
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, program, argv[1:]...)
	c.Env = a.childEnviron()
	c.Stdin, c.Stdout, c.Stderr = a.world.Stdin, a.world.Stdout, a.world.Stderr
	if err := c.Run(); err != nil {
		return &codedError{exit: exitOther, code: "other", message: fmt.Sprintf("the editor %s failed: %s", profiles.Quote(argv[0]), profiles.Inert(err.Error())), try: "cameo config path"}
	}
	_, err = a.settings()
	return err
}

// firstMistake is the line of what is wrong with the settings; 0: nothing is.
func (a *app) firstMistake(path string) int {
	_, warnings, err := settings.Read(path, false)
	if wrong, ok := errors.AsType[*settings.Error](err); ok {
		return wrong.Line
	}
	if unknown, ok := errors.AsType[*settings.UnknownKeyError](err); ok {
		return unknown.Line
	}
	for _, w := range warnings {
		return w.Line
	}
	return 0
}

// editor is the command line of the user's editor for a line of a file.
func (a *app) editor(path string, line int) []string {
	words := strings.Fields("vi")
	if runtime.GOOS == "windows" {
		words = strings.Fields("notepad")
	}
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if said := profiles.SplitCommand(a.get(name)); len(said) > 0 {
			words = said
		}
	}
	return append(words, atLine(words[0], path, line)...)
}

// atLine is how an editor is told to open a file at a line; one that is not known is
// given the file alone.
func atLine(editor, path string, line int) []string {
	name := strings.TrimSuffix(filepath.Base(filepath.ToSlash(editor)), ".exe")
	place := fmt.Sprintf("%s:%d", path, line)
	switch {
	case line == 0:
	case isOneOf(name, "vi", "vim", "nvim", "view", "gvim", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "joe", "jed", "mg", "ne", "gedit"):
		return []string{fmt.Sprintf("+%d", line), path}
	case isOneOf(name, "code", "code-insiders", "codium", "cursor"):
		return []string{"--goto", place}
	case isOneOf(name, "hx", "helix", "subl", "zed"):
		return []string{place}
	}
	return []string{path}
}

func isOneOf(name string, all ...string) bool { return slices.Contains(all, name) }
