// Package roles is every role the user knows, and what they may call it: those of
// profiles, of the [[roles]] rules of the settings, and of catalogues.
//
// Start with [NewBook]; [Book.Resolve] turns what was typed into one [Role] and
// never guesses; an [Index] ranks what a [Query] finds. [Recents] and [Favourites]
// remember what the user did.
//
// The package asks nobody: it works on what the AWS files, the settings and the files
// that they name say, and on the copies of the catalogues. Where two say something of
// one role, profiles come before rules and rules before catalogues.
package roles

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cameo/internal/settings"
	"cameo/profiles"
)

// Home is what a role's Source is called where no profile signs for it.
const Home = "home"

// Book is the roles that the user knows. It is safe for concurrent use.
type Book struct {
	set      *profiles.Set
	settings settings.Settings
	kept     Catalogues
	words    map[string]Env // that put a role into an environment
	more     func() *more   // what is not in the AWS files, read when it is asked for
}

// NewBook makes the book of set, of the rules and of the copies of the catalogues,
// which are read only where a profile does not answer.
func NewBook(set *profiles.Set, s settings.Settings, kept Catalogues) *Book {
	b := &Book{set: set, settings: s, kept: kept, words: wordsOf(s)}
	b.more = sync.OnceValue(b.readMore)
	return b
}

// NotFoundError: nothing that was typed could name a role or a profile.
type NotFoundError struct {
	Word    string
	Closest []string
	// NoFiles is true where there is no profile at all.
	NoFiles bool
	Looked  []string
}

func (e *NotFoundError) Error() string {
	word := profiles.Quote(e.Word)
	switch {
	case e.NoFiles:
		return fmt.Sprintf("no role matches %s: there are no profiles in %s", word, strings.Join(e.Looked, " and "))
	case len(e.Closest) == 1:
		return fmt.Sprintf("no role matches %s: the closest is %s", word, inertList(e.Closest))
	case len(e.Closest) > 1:
		return fmt.Sprintf("no role matches %s: the closest are %s", word, inertList(e.Closest))
	}
	return fmt.Sprintf("no role matches %s", word)
}

// AmbiguousError: what was typed names more than one role.
type AmbiguousError struct {
	Word    string
	Matches []string // labels, in the order of the files
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s matches %d roles: %s", profiles.Quote(e.Word), len(e.Matches), inertList(e.Matches))
}

// inertList names the first three.
func inertList(names []string) string {
	var out []string
	for _, n := range names[:min(len(names), 3)] {
		out = append(out, profiles.Inert(n))
	}
	if len(names) > 3 {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// All is every role: of the profiles in the order of the files, then of the rules,
// then of the catalogues. A role that an earlier one has is not there again.
func (b *Book) All() []Role {
	all, others := b.ofProfiles(), b.Others()
	if len(b.settings.Catalogues) > 0 {
		for i := range all {
			all[i].Called = b.more().called[all[i].ARN]
		}
	}
	return append(all, others...)
}

func (b *Book) ofProfiles() []Role {
	found := b.set.Profiles()
	all := make([]Role, 0, len(found))
	for _, p := range found {
		if r := b.role(p); r.ARN != "" {
			all = append(all, r)
		}
	}
	return all
}

// Others is the roles that no profile has: of the rules, then of the catalogues.
func (b *Book) Others() []Role {
	if len(b.settings.Rules)+len(b.settings.Catalogues) == 0 {
		return nil
	}
	return slices.Clip(b.more().roles)
}

// Problems is what is wrong with the rules and the catalogues.
func (b *Book) Problems() []Problem {
	if len(b.settings.Rules)+len(b.settings.Catalogues) == 0 {
		return nil
	}
	return b.more().problems
}

// Resolve finds the role that word names: the name of a profile, else an alias or
// the name of a catalogue, else ACCOUNT/ROLE (the account's ID or its alias; with or
// without the role's path), else a role ARN, else a Switch Role link. ACCOUNT/ROLE, ARN
// and link may name a role that nobody has: it is then one that home, or the setting
// source, signs for. A profile without a role is resolved too, with an empty ARN:
// its credentials can be used, though nothing is assumed. The error is a
// *NotFoundError, an *AmbiguousError, an *AccountAliasError, a *profiles.ARNError or
// *profiles.LinkError, or a *profiles.ParseError where the profile's own header is
// malformed.
func (b *Book) Resolve(word string) (Role, error) {
	p, ok := b.set.Profile(word)
	if ok {
		return b.role(p), nil
	}
	if len(p.Problems) > 0 {
		return Role{}, &profiles.ParseError{Problem: p.Problems[0], Profile: word}
	}
	all := b.All()
	t, isTarget, err := targetOf(word)
	ids := b.accountsCalled(t.account)
	for _, names := range []func(Role) bool{
		func(r Role) bool { return word != "" && word == r.Alias },
		func(r Role) bool { return word != "" && word == r.Called },
		func(r Role) bool { return isTarget && t.is(r, ids, true) },
		func(r Role) bool { return isTarget && t.is(r, ids, false) },
		func(r Role) bool { return word != "" && word == r.ARN }, // of a profile, and none that AWS would take
	} {
		e := &AmbiguousError{Word: word}
		var found Role
		for _, r := range all {
			if names(r) {
				found = r
				e.Matches = append(e.Matches, r.Label())
			}
		}
		switch len(e.Matches) {
		case 0:
		case 1:
			return found, nil
		default:
			return Role{}, e
		}
	}
	switch {
	case err != nil:
		return Role{}, err
	case isTarget:
		return b.unknown(word, t, ids, all)
	}
	return Role{}, b.notFound(word, all)
}

// accountsCalled is the IDs of the accounts that a word can mean: an ID, or what rules
// and catalogues call an account.
func (b *Book) accountsCalled(word string) []string {
	if isAccountID(word) || len(b.settings.Rules)+len(b.settings.Catalogues) == 0 {
		return []string{word}
	}
	return b.more().accounts[word]
}

// unknown is the role of a word that names one which nobody has.
func (b *Book) unknown(word string, t target, ids []string, all []Role) (Role, error) {
	r, ok := t.made(ids)
	switch {
	case ok:
	case len(ids) > 1:
		e := &AmbiguousError{Word: word}
		for _, id := range ids {
			e.Matches = append(e.Matches, id+"/"+t.role)
		}
		return Role{}, e
	case t.partition != "" && !isAccountID(t.account):
		return Role{}, &AccountAliasError{Alias: t.account, Role: t.role}
	default:
		return Role{}, b.notFound(word, all)
	}
	r.Source = b.defaultSource()
	// The account is what it is known to be, and the role may be called so as well.
	r.Env = b.envOfName(r.Name)
	for _, known := range all {
		if known.AccountID == r.AccountID && known.Partition == r.Partition {
			r.Env = stricter(r.Env, known.Env)
			if r.Account == "" {
				r.Account = known.Account
			}
		}
	}
	return r, nil
}

// AccountAliasError: a link names its account by an alias, and nothing that cameo
// reads says whose number that is.
type AccountAliasError struct{ Alias, Role string }

func (e *AccountAliasError) Error() string {
	return fmt.Sprintf("the link names the account by its alias %s: no rule and no catalogue knows its number", profiles.Quote(e.Alias))
}

// defaultSource is who signs where nothing else is said.
func (b *Book) defaultSource() string {
	if b.settings.Source != "" {
		return b.settings.Source
	}
	return Home
}

func (b *Book) notFound(word string, all []Role) error {
	if p, ok := b.set.Misread(word); ok {
		return &profiles.ParseError{Problem: p, Profile: word}
	}
	names := b.set.Names()
	e := &NotFoundError{Word: word, NoFiles: len(names)+len(all) == 0, Looked: []string{profiles.Inert(b.set.Config().Path), profiles.Inert(b.set.Credentials().Path)}}
	var candidates []string
	for _, r := range all {
		candidates = append(candidates, r.Label())
		if r.Alias != "" {
			candidates = append(candidates, r.Alias)
		}
		if r.Profile == "" {
			candidates = append(candidates, r.ID())
		}
	}
	candidates = append(candidates, names...)
	slices.Sort(candidates)
	e.Closest = profiles.Nearest(word, slices.Compact(candidates), 3)
	return e
}

// role is what a profile says of its role; the ARN is empty where it has none.
func (b *Book) role(p profiles.Profile) Role {
	text := func(key string) string { v, _ := p.Get(key); return v.Text }
	r := Role{Source: Home}
	if arn := text("role_arn"); arn != "" {
		r = FromARN(arn)
	}
	r.Profile, r.Defined = p.Name, p.Defined
	r.Alias, r.Tags, r.Color = text("cameo_alias"), text("cameo_tags"), text("cameo_color")
	r.MFA, r.Region = text("mfa_serial"), text("region")
	said, _ := p.Get("cameo_env")
	var known bool
	if r.Env, known = b.env(p.Name, said.Text); !known {
		r.Problem = fmt.Sprintf("cameo_env %s (%s) is no environment: prod, staging, dev or sandbox; going by the profile's name", profiles.Quote(said.Text), said.Position)
	}
	for _, source := range []string{text("web_identity_token_file"), text("source_profile"), text("credential_source"), b.settings.Source} {
		if source != "" {
			r.Source = source
			break
		}
	}
	return r
}

// env is what the profile says, else what its name says. known is false where the
// profile says what is none. That never makes a production role an unguarded one:
// what begins with "prod" is production.
func (b *Book) env(profile, said string) (env Env, known bool) {
	said = strings.ToLower(strings.TrimSpace(said))
	if said == "" {
		return b.envOfName(profile), true
	}
	if env, known := envCalled(said); known {
		return env, true
	}
	if env := b.envOfName(said); env != Unknown {
		return env, true
	}
	if strings.HasPrefix(said, "prod") {
		return Production, false
	}
	return b.envOfName(profile), false
}

// envOfName goes by the words of a name, digits at their ends left out: prod-eu,
// eu_prod1. A word after "non" or "pre" does not count: non-prod. Where words name
// two environments, the one that is guarded more counts.
func (b *Book) envOfName(name string) Env {
	found, before := Unknown, ""
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), separates) {
		if before != "non" && before != "pre" {
			env, ok := b.words[word]
			if !ok {
				env = b.words[strings.TrimRight(word, "0123456789")]
			}
			if rank(env) > rank(found) {
				found = env
			}
		}
		before = word
	}
	return found
}

func separates(c rune) bool { return strings.ContainsRune("-_/.%@:+, ", c) }

// rank orders environments by how much a mistake in them would hurt.
func rank(env Env) int { return slices.Index([]Env{Unknown, Sandbox, Dev, Staging, Production}, env) }

// wordsOf is, for each word of the settings, the environment that it names.
func wordsOf(s settings.Settings) map[string]Env {
	words := map[string]Env{}
	for name, patterns := range s.Env {
		for _, word := range patterns {
			if word = strings.ToLower(word); rank(Env(name)) > rank(words[word]) {
				words[word] = Env(name)
			}
		}
	}
	return words
}

// FromARN is the role that an ARN names, with nothing else known of it.
func FromARN(arn string) Role {
	r := Role{ARN: arn, Source: Home}
	if parsed, err := profiles.ParseRoleARN(arn); err == nil {
		r.Partition, r.AccountID, r.Path, r.Name = parsed.Partition, parsed.Account, parsed.Path, parsed.Name
	}
	return r
}

// Visited is the role of a visit as it is known today. The error is a
// *NotFoundError where its profile is gone, or leads to another role by now.
func (b *Book) Visited(v Visit) (Role, error) {
	if v.Profile == "" {
		return b.Resolve(v.ARN)
	}
	r, err := b.Resolve(v.Profile)
	if err == nil && !v.Is(r) {
		err = &NotFoundError{Word: v.Profile}
	}
	return r, err
}
