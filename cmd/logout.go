package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

func newLogout(a *app) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "logout {ROLE | --all}", Short: "Forget the sessions of a role, or all of them",
		Long: `Forget the sessions that are kept on this machine: those of ROLE, whatever their
terms, and those on the way to it: the MFA session of its source, and of those who
signed for it by --source. The next switch signs in anew. AWS cannot be told to forget a session: it honours each
until its end, which is shown. Shells and programs that hold its keys keep them.` + exits(exitOther, exitUsage, exitConfig, exitNoRole),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || all == (len(args) == 1) {
				return usage("cameo logout --help", "logout takes one ROLE, or --all")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if all {
				return a.logoutAll()
			}
			return a.logout(args[0])
		},
	}
	c.Flags().BoolVar(&all, "all", false, "forget every session")
	return c
}

// kept is a session that was in the cache.
type kept struct {
	what string
	ends time.Time
	role bool // AWS can revoke it
}

func (a *app) logout(word string) error {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	s, err := a.switcherWith(nil)
	if err != nil {
		return err
	}
	role, err := s.Book.Resolve(word)
	if err != nil {
		return err
	}
	store := a.cache(settings)
	listed, err := store.List()
	if err != nil {
		return err
	}
	onTheWay := a.onTheWay(s, role)
	var forgotten []kept
	var unknown error // there are sessions of which cannot be told whose they are
	for key, hint := range listed {
		k, found := onTheWay[key]
		c, peekErr := store.Peek(key)
		switch locked, ok := errors.AsType[*cache.KeyError](peekErr); {
		case ok && !found:
			unknown = locked
			continue
		case peekErr == nil && role.ARN != "" && isSessionOf(c.ARN, role):
			k = kept{what: "the session of " + role.Label(), role: true}
		case !found:
			continue
		}
		if k.ends = hint; peekErr == nil {
			k.ends = c.Expires
		}
		if err := store.Forget(key); err != nil {
			return err
		}
		forgotten = append(forgotten, k)
	}
	text := a.farewell(forgotten)
	if len(forgotten) == 0 && unknown == nil {
		text = fmt.Sprintf("no session of %s is kept here\n", profiles.Inert(role.Label()))
	}
	if _, err := io.WriteString(a.world.Stdout, text); err != nil {
		return err
	}
	if active := a.state(s.Profiles, s.Book).Active; active != nil && active.Role.ARN == role.ARN && role.ARN != "" {
		a.stillIn(active.Role)
	}
	if unknown != nil {
		return &codedError{exit: exitOther, code: "secret_store", try: "cameo logout --all",
			message: fmt.Sprintf("other sessions are kept here, perhaps of %s under other terms: %s", profiles.Inert(role.Label()), unknown)}
	}
	return nil
}

func (a *app) logoutAll() error {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	store := a.cache(settings)
	listed, err := store.List()
	if err != nil {
		return err
	}
	var forgotten []kept
	for key, hint := range listed {
		k := kept{what: "a session", ends: hint}
		if c, err := store.Peek(key); err == nil {
			k.ends = c.Expires
			if role, session := roleOfSession(c.ARN); role != "" {
				k.what, k.role = fmt.Sprintf("the session %s of %s in %s", session, role, c.AccountID), true
			}
		}
		forgotten = append(forgotten, k)
	}
	if err := store.ForgetAll(); err != nil {
		return err
	}
	text := a.farewell(forgotten)
	if len(forgotten) == 0 {
		text = "no session is kept here\n"
	}
	if _, err := io.WriteString(a.world.Stdout, text); err != nil {
		return err
	}
	if a.here().InRole() {
		set, book := a.book()
		if active := a.state(set, book).Active; active != nil {
			a.stillIn(active.Role)
		}
	}
	return nil
}

// onTheWay is what the chain of a role keeps in the cache, by its profile, and the MFA
// sessions of those who signed for it by --source. A role whose chain cannot be told
// has only the sessions that bear its name.
func (a *app) onTheWay(s *switching.Switcher, role roles.Role) map[creds.Key]kept {
	way := map[creds.Key]kept{}
	for _, source := range append([]string{""}, a.otherSources(s, role)...) {
		request, err := s.Request(switching.Ask{Role: role, Source: source})
		if err != nil {
			continue
		}
		exchanges, err := creds.Exchanges(request, s.Env)
		if err != nil {
			continue
		}
		for _, e := range exchanges {
			switch {
			case e.Operation == creds.GetSessionToken:
				way[e.Key] = kept{what: "the MFA session of " + e.Signer}
			case e.Operation == creds.AssumeRole && source == "":
				way[e.Key] = kept{what: "the session of " + e.Step.Profile, role: true}
			}
		}
	}
	return way
}

// otherSources is the profiles that signed for a role in place of its own source, as
// the history has it.
func (a *app) otherSources(s *switching.Switcher, role roles.Role) []string {
	events, _ := a.history().Read() // what cannot be read is not known
	var names []string
	for _, e := range events {
		_, there := s.Profiles.Profile(e.Source)
		if there && e.RoleARN == role.ARN && e.Profile == role.Profile && e.Source != role.Source && !slices.Contains(names, e.Source) {
			names = append(names, e.Source)
		}
	}
	return names
}

// isSessionOf reports whether arn is that of a session of a role: the ARN of a
// session lacks the role's path, and two roles of an account never share a name
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
func isSessionOf(arn string, role roles.Role) bool {
	name, _ := roleOfSession(arn)
	return name != "" && name == role.Name[strings.LastIndex(role.Name, "/")+1:] && strings.Contains(arn, ":sts::"+role.AccountID+":")
}

// roleOfSession takes the role's name and the session's out of an ARN such as
// arn:aws:sts::123456789012:assumed-role/NAME/SESSION; empty: it is another one.
func roleOfSession(arn string) (role, session string) {
	_, rest, found := strings.Cut(arn, ":assumed-role/")
	if !found {
		return "", ""
	}
	role, session, _ = strings.Cut(rest, "/")
	return role, session
}

// farewell says what was forgotten and what AWS still honours.
func (a *app) farewell(forgotten []kept) string {
	slices.SortFunc(forgotten, func(x, y kept) int {
		return cmp.Or(x.ends.Compare(y.ends), cmp.Compare(x.what, y.what))
	})
	var text strings.Builder
	revocable := false
	for _, k := range forgotten {
		if !k.ends.After(a.world.Now()) {
			fmt.Fprintf(&text, "forgot %s, which had ended\n", profiles.Inert(k.what))
			continue
		}
		fmt.Fprintf(&text, "forgot %s: AWS honours it until %s\n", profiles.Inert(k.what), a.clockTime(k.ends))
		revocable = revocable || k.role
	}
	if revocable {
		text.WriteString("To end a role's sessions sooner, its administrator revokes them in IAM (Revoke active sessions).\n")
	}
	return text.String()
}

// clockTime is a time as people here read clocks.
func (a *app) clockTime(t time.Time) string { return profiles.Clock(t, a.world.Now().Local()) }

func (a *app) stillIn(role roles.Role) {
	a.note("this shell still holds the keys of %s: to leave it, cameo exit", profiles.Inert(role.Label()))
}
