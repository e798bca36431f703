package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"cameo/creds/refusal"
	"cameo/internal/roles"
	"cameo/internal/safefile"
	"cameo/profiles"
	"cameo/tui"
)

// Add is `cameo add`, without a word on the terminal.
func (b *backend) Add(ctx context.Context, role string) error {
	if role = profiles.Pasted(role); !strings.HasPrefix(role, "arn:") && !profiles.IsSwitchLink(role) {
		return errors.New("that is neither the ARN of a role (arn:aws:iam::123456789012:role/NAME) nor a Switch Role link")
	}
	a := *b.app
	a.flags.quiet = true
	return forScreen(ctx, a.add(role, addFlags{}), refusal.Facts{})
}

// Editor is $VISUAL, else $EDITOR, at the line of a file.
func (b *backend) Editor(_ context.Context, at profiles.Position) (*exec.Cmd, error) {
	if at.File == "" {
		path, err := b.app.settingsFile()
		if err != nil {
			return nil, err
		}
		if err := writeExample(path); err != nil {
			return nil, err
		}
		at.File = path
	}
	argv := b.app.editor(at.File, at.Line)
	program, err := lookPath(argv[0])
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, argv[1:]...)
	command.Env = b.app.childEnviron()
	return command, nil
}

// writeExample writes settings that show what a rule looks like, where there are none.
func writeExample(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return safefile.Write(path, []byte(exampleSettings), 0o600)
}

const exampleSettings = `# Roles of many accounts, without a profile each. Take the marks away, and put your
# own in: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html

# [[roles]]
# accounts = ["111122223333", "444455556666"]   # or a file: first line id,alias,env
# roles    = ["Admin", "ReadOnly"]
# source   = "default"                          # the profile that signs
# env      = "dev"
`

// Relabel is `cameo edit` for the keys that are cameo's own.
func (b *backend) Relabel(ctx context.Context, role roles.Role, labels tui.Labels, dry bool) (string, error) {
	if labels.Env != "" && !slices.Contains(environments(), labels.Env) {
		return "", fmt.Errorf("env: %s is none of %s", profiles.Quote(labels.Env), strings.Join(environments(), ", "))
	}
	wanted := []profiles.Setting{{Key: "cameo_env", Value: labels.Env}, {Key: "cameo_alias", Value: labels.Alias}, {Key: "cameo_color", Value: labels.Color}}
	set, err := b.app.profiles()
	if err != nil {
		return "", forScreen(ctx, err, refusal.Facts{})
	}
	p, _ := set.Profile(role.Profile)
	var settings []profiles.Setting
	var pairs []string
	for _, s := range wanted {
		if now, _ := p.Get(s.Key); now.Text != s.Value {
			settings, pairs = append(settings, s), append(pairs, s.Key+"="+s.Value)
		}
	}
	if len(settings) == 0 {
		return "", nil
	}
	changes, err := set.Edit(role.Profile, settings...)
	if err != nil {
		return "", forScreen(ctx, err, refusal.Facts{})
	}
	diff := unifiedDiff(slices.DeleteFunc(changes[:], func(c profiles.Change) bool { return !c.Changed() }))
	if dry {
		return diff, nil
	}
	a := *b.app
	a.flags.quiet = true
	return diff, forScreen(ctx, a.editProfile(role.Profile, pairs, false), refusal.Facts{})
}
