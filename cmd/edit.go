package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	xterm "golang.org/x/term"

	"cameo/internal/safefile"
	"cameo/profiles"
)

func newEdit(a *app) *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use: "edit PROFILE KEY=VALUE...", Short: "Change settings of a profile, and nothing else in the file",
		Long: `Change settings of a profile where they are in the AWS files; new ones go behind
its last one in the config file. KEY= takes a setting out. s3.addressing_style=path
is addressing_style in the nested block s3. No other byte of the file changes:
comments, order, spacing and line ends stay, and links are followed.` + editNote() + exits(exitOther, exitUsage, exitConfig, exitNoRole),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage(c.CommandPath()+" --help", "%s needs a PROFILE and at least one KEY=VALUE", c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.editProfile(args[0], args[1:], dryRun) },
	}
	addDryRun(c, &dryRun)
	return c
}

// editNote is what all verbs that write to the AWS files do.
func editNote() string {
	return `

The file is replaced in one step; the first edit of a day keeps the file before it
beside it, as FILE.cameo~, unless there are access keys in it.`
}

func addDryRun(c *cobra.Command, dryRun *bool) {
	c.Flags().BoolVar(dryRun, "dry-run", false, "print what would change as a unified diff, and write nothing")
}

func (a *app) editProfile(word string, pairs []string, dryRun bool) error {
	var settings []profiles.Setting
	for _, pair := range pairs {
		key, value, found := strings.Cut(pair, "=")
		if !found {
			return usage("cameo edit "+shellWord(word)+" "+shellWord(pair)+"=VALUE", "%s is not KEY=VALUE", profiles.Quote(pair))
		}
		settings = append(settings, profiles.Setting{Key: strings.TrimSpace(key), Value: value})
	}
	set, err := a.profiles()
	if err != nil {
		return err
	}
	name, err := a.profileNamed(set, word)
	if err != nil {
		return err
	}
	a.noteSlips(settings)
	e := fileEdit{app: a, verb: "edit", set: set, plan: func(set *profiles.Set) ([]profiles.Change, error) {
		changes, err := set.Edit(name, settings...)
		if err != nil {
			return nil, err
		}
		return changes[:], refusedByAWS(setWith(set, changes[:]), name, settings)
	}}
	changed, err := e.carryOut(dryRun, nil)
	if err != nil || dryRun {
		return err
	}
	if !changed {
		a.note("profile %s says so already: nothing was changed", profiles.Quote(name))
		return nil
	}
	a.note("changed profile %s", profiles.Quote(name))
	after, err := a.profiles()
	if err != nil {
		return err
	}
	if _, err := after.Chain(name); err != nil && !isUnfinished(err) {
		a.note("it cannot be used so: %s", err)
	}
	return nil
}

// keysOfRoles are the settings that profiles of roles have.
func keysOfRoles() []string {
	return []string{
		"role_arn", "source_profile", "mfa_serial", "external_id", "region", "duration_seconds", "role_session_name", "output", "mfa_process",
		"source_identity", "session_tags", "transitive_session_tags",
		"cameo_env", "cameo_alias", "cameo_color", "cameo_tags", "cameo_reason_tag", "cameo_mfa_max_age",
		"cameo_policy", "cameo_policy_arns",
	}
}

// noteSlips names the keys that look like another one with a slip of the fingers. They
// are written all the same: other programs have keys of their own.
func (a *app) noteSlips(settings []profiles.Setting) {
	for _, s := range settings {
		key := strings.ToLower(s.Key)
		if s.Value == "" || slices.Contains(keysOfRoles(), key) {
			continue
		}
		for _, near := range profiles.Nearest(key, keysOfRoles(), 1) {
			if !strings.Contains(key, near) && !strings.Contains(near, key) {
				a.note("%s is written as it stands: did you mean %s?", profiles.Quote(s.Key), near)
			}
		}
	}
}

// profileNamed is the profile that was meant: its name, or another word for its
// role.
func (a *app) profileNamed(set *profiles.Set, word string) (string, error) {
	role, err := a.bookOf(set).Resolve(word)
	if err != nil {
		// There is no profile at all where a file is in another encoding.
		if _, chainErr := set.Chain(word); errors.As(chainErr, new(*profiles.ParseError)) {
			return "", chainErr
		}
		return "", err
	}
	if role.Profile == "" {
		return "", usage("cameo profiles", "%s is no profile of the AWS files, so there is nothing to change", profiles.Quote(word))
	}
	return role.Profile, nil
}

// refusedByAWS says why AWS, or cameo, would not take what an edit is about to
// write; after is what would be in the files. What was wrong before, in other settings, is no reason.
func refusedByAWS(after *profiles.Set, name string, settings []profiles.Setting) error {
	chain, err := after.Chain(name)
	if err != nil {
		return nil //nolint:nilerr // it is said after the edit: another one may complete the profile
	}
	wrong, ok := errors.AsType[*profiles.ValueError](chain.Check())
	if !ok || wrong.Profile != name || !slices.ContainsFunc(settings, func(s profiles.Setting) bool { return strings.EqualFold(s.Key, wrong.Key) }) {
		return nil
	}
	return &refusedValueError{wrong}
}

// refusedValueError is a value that somebody typed, and that is in no file yet.
type refusedValueError struct{ value *profiles.ValueError }

func (e *refusedValueError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.value.Key, profiles.Quote(e.value.Value.Text), e.value.Why)
}

// isUnfinished reports whether a profile only lacks something: who signs may be
// said by the settings or the shell, and one that has a region alone is usual.
func isUnfinished(err error) bool {
	chain, ok := errors.AsType[*profiles.ChainError](err)
	return ok && (chain.Code() == profiles.CodeMissingSource || chain.Code() == profiles.CodeNoCredentials)
}

// setWith is the files as they are after changes.
func setWith(set *profiles.Set, changes []profiles.Change) *profiles.Set {
	config, credentials := set.Config().Text(), set.Credentials().Text()
	for _, c := range changes {
		if c.InCredentials {
			credentials = c.New
		} else {
			config = c.New
		}
	}
	return profiles.Parse(set.Config().Path, []byte(config), set.Credentials().Path, []byte(credentials))
}

// fileEdit is an edit of the AWS files: what to do with whatever they hold.
type fileEdit struct {
	app  *app
	verb string
	set  *profiles.Set // as they were read
	plan func(*profiles.Set) ([]profiles.Change, error)
}

// carryOut shows what would change: on stdout with dryRun, and that is all; else
// on stderr, where somebody is there to see it. Then it asks what confirm asks,
// where that is given, and writes. Where another program wrote meanwhile, plan is
// asked again. changed is false where there was nothing to do.
func (e fileEdit) carryOut(dryRun bool, confirm func() error) (changed bool, err error) {
	changes, err := e.plan(e.set)
	if err != nil {
		return false, e.explain(err)
	}
	changes = slices.DeleteFunc(changes, func(c profiles.Change) bool { return !c.Changed() })
	a := e.app
	switch {
	case dryRun:
		return len(changes) > 0, a.printDiff(changes)
	case len(changes) == 0:
		return false, nil
	case xterm.IsTerminal(int(a.world.Stderr.Fd())) && !a.flags.quiet:
		if _, err := io.WriteString(a.world.Stderr, inertDiff(unifiedDiff(changes))); err != nil {
			return false, err
		}
	}
	if confirm != nil {
		if err := confirm(); err != nil {
			return false, err
		}
	}
	for _, c := range changes {
		if err := e.write(c); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (e fileEdit) write(c profiles.Change) error {
	edit := safefile.Edit{Path: c.Path, Now: e.app.world.Now(), Limit: profiles.LargestFile}
	if profiles.HideSecrets(c.Old) == c.Old { // keys are kept in no second file
		edit.Backup = c.Path + ".cameo~"
	}
	again := false
	err := edit.Do(func(old []byte) ([]byte, error) {
		if string(old) == c.Old {
			return []byte(c.New), nil
		}
		again = true
		now, err := profiles.Read(profiles.Locate(e.app.env, runtime.GOOS))
		if err != nil {
			return nil, err
		}
		changes, err := e.plan(setWith(now, []profiles.Change{{InCredentials: c.InCredentials, New: string(old)}}))
		for _, newer := range changes {
			if newer.InCredentials == c.InCredentials {
				return []byte(newer.New), e.explain(err)
			}
		}
		return old, e.explain(err)
	})
	if err == nil && again {
		e.app.note("%s was changed by another program meanwhile: the edit was made on what that wrote", c.Path)
	}
	return explainWrite(c.Path, err)
}

// explain makes of an error of an edit what the user is told.
func (e fileEdit) explain(err error) error {
	try := "cameo " + e.verb + " --help"
	if wrong, ok := errors.AsType[*profiles.EditError](err); ok {
		return usage(try, "%s", wrong)
	}
	if wrong, ok := errors.AsType[*refusedValueError](err); ok {
		return usage(try, "%s", wrong)
	}
	return err
}

// explainWrite says why a file could not be written. Nothing of it was changed.
func explainWrite(path string, err error) error {
	if err == nil {
		return nil
	}
	refusal := func(exit int, why string) error {
		return &codedError{exit: exit, code: "other", message: fmt.Sprintf("%s (unchanged): %s", path, why), try: "ls -la " + shellWord(path)}
	}
	var changed *safefile.ChangedError
	var refused *safefile.RefusedError
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &changed):
		return &codedError{exit: exitConfig, code: "other", message: changed.Error(), try: "lsof " + shellWord(path)}
	case errors.As(err, &refused) && refused.Reason == safefile.HardLinked:
		return refusal(exitConfig, "it has a second name (hard link), which would go on with the old text: make it a symbolic link")
	case errors.As(err, &refused):
		return refusal(exitConfig, refused.Reason.String())
	case errors.As(err, &pathErr):
		return refusal(exitOther, pathErr.Err.Error())
	case errors.As(err, &linkErr):
		return refusal(exitOther, linkErr.Err.Error())
	}
	return err
}

// printDiff is the answer of --dry-run: as it is where a program reads it, so
// that patch can apply it; inert on a terminal.
func (a *app) printDiff(changes []profiles.Change) error {
	diff := unifiedDiff(changes)
	if xterm.IsTerminal(int(a.world.Stdout.Fd())) {
		diff = inertDiff(diff)
	}
	if _, err := io.WriteString(a.world.Stdout, diff); err != nil {
		return err
	}
	for _, c := range changes {
		if strings.Contains(diff, "(hidden)") && profiles.HideSecrets(c.Old) != c.Old {
			a.note("keys near the change are shown as (hidden): patch cannot apply this diff")
			break
		}
	}
	if len(changes) == 0 {
		a.note("nothing would change")
	}
	return nil
}

func unifiedDiff(changes []profiles.Change) string {
	var b strings.Builder
	for _, c := range changes {
		path := profiles.Inert(c.Path)
		unified := diff.Diff(path, []byte(profiles.HideSecrets(c.Old)), path, []byte(profiles.HideSecrets(c.New)))
		_, unified, _ = bytes.Cut(unified, []byte("\n")) // the command that would print it
		b.Write(unified)
	}
	return b.String()
}

// inertDiff is a diff as a terminal may see it; tabs and line ends stay.
func inertDiff(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		line = strings.TrimRight(line, "\r\n")
		for i, piece := range strings.Split(line, "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(profiles.Inert(piece))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
