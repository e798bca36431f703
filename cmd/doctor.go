package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/shell"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newDoctor(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "doctor", Short: "Look for what could get in the way, and say how to cure it",
		Long: `Look at this shell, the terminal, the files, the environment, the browser, the
cache's key, and whether STS can be reached and agrees about the time. Each finding
comes with the command that cures it.` + exits(exitOther, exitUsage) + "\n1: there is a problem",
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return a.doctor(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// finding is one thing that was looked at.
type finding struct {
	Check   string `json:"check"`
	Level   level  `json:"level"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // a command
}

type level string

const (
	fine    level = "ok"
	warning level = "warning"
	problem level = "problem"
)

type doctorAnswer struct {
	Version  int       `json:"version"`
	Findings []finding `json:"findings"`
}

func (a *app) doctor(ctx context.Context, asJSON bool) error {
	var all []finding
	for _, check := range []func(context.Context) []finding{
		a.checkIntegration, a.checkTerminal, a.checkFiles, a.checkSettings, a.checkEnvironment, a.checkHandoff, a.checkBrowser, a.checkCache, a.checkSTS,
	} {
		all = append(all, check(ctx)...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if asJSON {
		if err := printJSON(a.world.Stdout, doctorAnswer{Version: jsonVersion, Findings: all}); err != nil {
			return err
		}
	} else if err := printFindings(a.world.Stdout, all, a.columns()); err != nil {
		return err
	}
	for _, f := range all {
		if f.Level == problem {
			return &statusError{exit: exitOther}
		}
	}
	return nil
}

// printFindings breaks messages between words on a terminal of so many columns (0: it
// is none); commands stay in one piece, to be copied.
func printFindings(w io.Writer, all []finding, columns int) error {
	head, margin := "%-8s %-12s ", strings.Repeat(" ", 22)
	if columns > 0 && columns < 60 { // the message has lines of its own
		head, margin = "%-8s %s\n  ", "  "
	}
	var b strings.Builder
	for _, f := range all {
		lines := fold(profiles.Inert(f.Message), columns-len(margin))
		fmt.Fprintf(&b, head+"%s\n", f.Level, f.Check, strings.Join(lines, "\n"+margin))
		if f.Fix != "" {
			fmt.Fprintf(&b, "%stry: %s\n", margin, f.Fix)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *app) checkIntegration(context.Context) []finding {
	if a.call.Integrated {
		return []finding{{"shell", fine, "this shell has the function cameo", ""}}
	}
	usage := a.integrated()
	f := finding{"shell", warning, "this shell has no function cameo: a switch can only open a subshell", ""}
	if e, ok := errors.AsType[*usageError](usage); ok {
		f.Fix = e.try
	}
	return []finding{f}
}

func (a *app) checkTerminal(context.Context) []finding {
	switch {
	case !hasTerminal():
		return []finding{{"terminal", warning, "there is no terminal: codes have to come by --mfa-code", ""}}
	case a.get("TERM") == "" || a.get("TERM") == "dumb":
		return []finding{{"terminal", warning, "the terminal moves no cursor (TERM): cameo asks line by line", ""}}
	}
	return []finding{{"terminal", fine, "a terminal to ask and draw on", ""}}
}

func (a *app) checkBrowser(context.Context) []finding {
	s, err := a.settings()
	if err != nil { // checkSettings says so
		return nil
	}
	b, err := a.browser(s)
	switch {
	case err == nil:
		return []finding{{"browser", fine, "the console opens with " + b.name(), ""}}
	case len(s.Browser) > 0:
		return []finding{{"browser", problem, err.Error(), "cameo config edit"}}
	}
	return []finding{{"browser", fine, "there is none to open here: cameo console --print prints the link", ""}}
}

func (a *app) checkFiles(context.Context) []finding {
	set, err := a.profiles()
	if err != nil {
		return []finding{{"files", problem, err.Error(), explain(context.Background(), err).try}}
	}
	var all []finding
	for _, d := range []*profiles.Document{set.Config(), set.Credentials()} {
		all = append(all, checkFile(d, d == set.Credentials())...)
	}
	for _, p := range set.Problems() {
		all = append(all, finding{"files", problem, p.String(), editAt(p.Position)})
	}
	for _, i := range set.Ignored() {
		all = append(all, finding{"files", warning, i.String(), editAt(i.Position)})
	}
	for _, name := range set.Names() {
		if _, err := set.Chain(name); err != nil && !isMalformed(err) && !onlyDefaults(name, err) {
			all = append(all, finding{"files", warning, err.Error(), explain(context.Background(), err).try})
		}
	}
	_, book := a.book()
	for _, r := range book.All() {
		if r.Problem != "" {
			all = append(all, finding{"files", warning, fmt.Sprintf("profile %s: %s", profiles.Quote(r.Profile), r.Problem), editAt(r.Defined)})
		}
	}
	return append(all, foreignKeys(set)...)
}

// isMalformed recognises what is already among the problems of the files.
func isMalformed(err error) bool {
	_, is := errors.AsType[*profiles.ParseError](err)
	return is
}

// onlyDefaults recognises the section that many have for their region alone.
func onlyDefaults(name string, err error) bool {
	chain, is := errors.AsType[*profiles.ChainError](err)
	return is && name == "default" && chain.Code() == profiles.CodeNoCredentials
}

func checkFile(d *profiles.Document, secrets bool) []finding {
	if d.Missing {
		return []finding{{"files", fine, d.Path + " is not there: it counts as empty", ""}}
	}
	if d.Distrust != "" {
		return []finding{{"files", problem, d.Path + " " + d.Distrust + ": no command in it is run", "chmod go-w " + shellWord(d.Path)}}
	}
	info, err := os.Stat(d.Path)
	if err == nil && secrets && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return []finding{{"files", problem, d.Path + " holds keys, and others may read it", "chmod 600 " + shellWord(d.Path)}}
	}
	return []finding{{"files", fine, "read " + d.Path, ""}}
}

// foreignKeys finds settings of other tools, which cameo does not follow.
func foreignKeys(set *profiles.Set) []finding {
	others := map[string]string{"include_profile": "aws-vault", "parent_profile": "aws-vault", "granted_sso_start_url": "granted",
		"granted_sso_session": "granted", "session_token_duration": "aws-runas", "saml_provider": "aws-runas", "jump_role_arn": "aws-runas"}
	var all []finding
	for _, p := range set.Profiles() {
		for key, tool := range others {
			if v, ok := p.Get(key); ok {
				all = append(all, finding{"files", warning, fmt.Sprintf("profile %s (%s): %s is a setting of %s, which cameo does not follow", profiles.Quote(p.Name), v.Position, key, tool),
					editAt(v.Position)})
			}
		}
	}
	return all
}

func (a *app) checkSettings(ctx context.Context) []finding {
	s, err := a.settings()
	if err != nil {
		f := explain(ctx, err)
		return []finding{{"settings", problem, f.message, f.try}}
	}
	if _, err := os.Stat(a.settingsPath()); err != nil {
		return []finding{{"settings", fine, "no " + a.settingsPath() + ": the defaults hold", ""}}
	}
	return append([]finding{{"settings", fine, "read " + a.settingsPath(), ""}}, a.checkRoles(s)...)
}

// checkRoles looks at the rules and at the copies of the catalogues.
func (a *app) checkRoles(s settings.Settings) []finding {
	var all []finding
	for _, w := range a.read.warnings {
		all = append(all, finding{"settings", warning, settingsWarning(w), editAt(profiles.Position{File: w.File, Line: w.Line})})
	}
	_, book := a.book()
	for _, p := range book.Problems() {
		fix := p.Try
		if fix == "" {
			fix = editAt(p.Position)
		}
		all = append(all, finding{"roles", warning, p.String(), fix})
	}
	for _, c := range s.Catalogues {
		kept, err := a.catalogues().Read(c)
		if err != nil {
			continue // it is among the problems
		}
		f := finding{"roles", fine, fmt.Sprintf("catalogue %s: %s, %s", roles.CatalogueName(c), count(len(kept.Roles), "role"), kept.Age(a.world.Now())), ""}
		if a.world.Now().Sub(kept.Fetched) > staleAfter {
			f.Level, f.Fix = warning, "cameo sync"
		}
		all = append(all, f)
	}
	if n := len(book.Others()); n > 0 {
		all = append(all, finding{"roles", fine, count(n, "role") + " of rules and catalogues", ""})
	}
	return all
}

// staleAfter is how old the copy of a catalogue may be before doctor says so.
const staleAfter = 30 * 24 * time.Hour

// checkEnvironment says what outranks what, for the AWS programs of this shell.
func (a *app) checkEnvironment(context.Context) []finding {
	var all []finding
	keys, profile := a.get("AWS_ACCESS_KEY_ID") != "", a.get("AWS_PROFILE")
	inRole := a.get("CAMEO_ROLE") != ""
	if keys && profile != "" {
		all = append(all, finding{"environment", warning, fmt.Sprintf("AWS_ACCESS_KEY_ID outranks AWS_PROFILE=%s: AWS programs use the keys", profile), "unset AWS_PROFILE"})
	}
	if keys && a.get("AWS_SECRET_ACCESS_KEY") == "" {
		all = append(all, finding{"environment", problem, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: nobody can sign", "unset AWS_ACCESS_KEY_ID"})
	}
	if one, other := a.get("AWS_PROFILE"), a.get("AWS_DEFAULT_PROFILE"); one != "" && other != "" && one != other {
		all = append(all, finding{"environment", warning, "AWS_PROFILE and AWS_DEFAULT_PROFILE name two profiles: programs disagree which counts", "unset AWS_DEFAULT_PROFILE"})
	}
	if name, said := a.missingProfile(); said != "" {
		all = append(all, finding{"environment", problem, said, "unset " + name})
	}
	for _, name := range shell.Identity() {
		if value, set := a.env(name); inRole && set && value != "" && strings.HasPrefix(name, "AWS_WEB_IDENTITY") {
			all = append(all, finding{"environment", warning, name + " is set inside a role: some programs use it in place of the keys", "unset " + name})
		}
	}
	if len(all) == 0 {
		all = append(all, finding{"environment", fine, "no variable outranks another", ""})
	}
	return all
}

// missingProfile says that a variable names a profile that is not there, as programs
// then fail in every call; empty: none does, or the files cannot be read.
func (a *app) missingProfile() (variable, said string) {
	set, err := a.profiles()
	if err != nil || a.get("AWS_ACCESS_KEY_ID") != "" {
		return "", ""
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		profile := a.get(name)
		if profile == "" {
			continue
		}
		if _, ok := set.Profile(profile); !ok {
			return name, fmt.Sprintf("%s names the profile %s, which does not exist", name, profiles.Quote(profile))
		}
		break // it outranks the other
	}
	return "", ""
}

// checkHandoff looks for the profile that handoff = "profile" needs.
func (a *app) checkHandoff(context.Context) []finding {
	s, err := a.settings()
	if err != nil || switching.Handoff(s.Handoff) != switching.ByProfile {
		return nil
	}
	set, err := a.profiles()
	if err != nil {
		return nil
	}
	if err := handoffProfile(set); err != nil {
		f := explain(context.Background(), err)
		return []finding{{"handoff", problem, f.message, f.try}}
	}
	return []finding{{"handoff", fine, "profile " + switching.HandoffProfile + " asks cameo for the active role", ""}}
}

func (a *app) checkCache(context.Context) []finding {
	s, err := a.settings()
	if err != nil {
		s = settings.Default()
	}
	err = a.keySource(s).Probe()
	var locked *cache.KeyError
	switch {
	case errors.As(err, &locked) && locked.Locked:
		return []finding{{"cache", problem, "the system's secret store is locked: sessions cannot be kept", "unlock it, then: cameo doctor"}}
	case err != nil:
		return []finding{{"cache", warning, "there is no place for the cache's key, so no session is kept: " + err.Error(),
			`printf '[cache]\nkey = "file"\n' >> ` + shellWord(a.settingsPath())}}
	}
	return []finding{{"cache", fine, "sessions are kept, sealed, in " + a.cacheDir(), ""}}
}

// skewAllowed is how far AWS lets a clock be off; a warning comes earlier.
const skewAllowed = 5 * time.Minute

// checkSTS reaches for STS and compares clocks.
func (a *app) checkSTS(ctx context.Context) []finding {
	sts, err := a.sts()
	if err != nil {
		return []finding{{"sts", problem, err.Error(), ""}}
	}
	at := creds.FindEndpoint(profiles.Chain{}, "", a.env)
	served, err := sts.Reach(ctx, at)
	if err != nil {
		return []finding{{"sts", problem, err.Error(), ""}}
	}
	all := []finding{{"sts", fine, at.Host() + " answers", ""}}
	if served.IsZero() {
		return append(all, finding{"clock", warning, at.Host() + " does not say what time it is", ""})
	}
	skew := a.world.Now().Sub(served).Round(time.Second)
	if skew.Abs() > skewAllowed {
		return append(all, finding{"clock", problem, fmt.Sprintf("this machine's clock is %s off AWS's", skew), "sudo timedatectl set-ntp true"})
	}
	return append(all, finding{"clock", fine, fmt.Sprintf("this machine's clock is within %s of AWS's", (skew.Abs() + time.Second).Round(time.Second)), ""})
}
