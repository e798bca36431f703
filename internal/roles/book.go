// Package roles is every role the user knows, and what they may call it.
//
// Start with [NewBook]; [Book.Resolve] turns what was typed into one [Role] and
// never guesses. The package asks nobody: it works on what the AWS files and the
// settings say.
package roles

import (
	"fmt"
	"slices"
	"strings"

	"cameo/internal/settings"
	"cameo/profiles"
)

// Home is what a role's Source is called where no profile signs for it.
const Home = "home"

// Book is the roles of a set of profiles.
type Book struct {
	set      *profiles.Set
	settings settings.Settings
}

// NewBook makes the book of set.
func NewBook(set *profiles.Set, s settings.Settings) *Book { return &Book{set: set, settings: s} }

// NotFoundError: nothing that was typed could name a role or a profile.
type NotFoundError struct {
	Word    string
	Closest []string
	// NoFiles is true where there is no profile at all.
	NoFiles bool
	Looked  []string
}

func (e *NotFoundError) Error() string {
	word := profiles.Inert(e.Word)
	switch {
	case e.NoFiles:
		return fmt.Sprintf("no role matches %q: there are no profiles in %s", word, strings.Join(e.Looked, " and "))
	case len(e.Closest) > 0:
		return fmt.Sprintf("no role matches %q: closest %s", word, inertList(e.Closest))
	}
	return fmt.Sprintf("no role matches %q", word)
}

// AmbiguousError: what was typed names more than one role.
type AmbiguousError struct {
	Word    string
	Matches []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q matches %d roles: %s", profiles.Inert(e.Word), len(e.Matches), inertList(e.Matches))
}

func inertList(names []string) string {
	var out []string
	for _, n := range names[:min(len(names), 3)] {
		out = append(out, profiles.Inert(n))
	}
	if len(out) == 1 {
		return "is " + out[0]
	}
	return "are " + strings.Join(out, ", ")
}

// All is every profile that yields a role, in the order of the files.
func (b *Book) All() []Role {
	var all []Role
	for _, p := range b.set.Profiles() {
		if r := b.role(p); r.ARN != "" {
			all = append(all, r)
		}
	}
	return all
}

// Resolve finds the role that word names: a profile, an alias, ACCOUNT/ROLE, or a
// role ARN that a profile has. A profile without a role is resolved too, with an
// empty ARN: its credentials can be used, though nothing is assumed. The error is a
// *NotFoundError or an *AmbiguousError.
func (b *Book) Resolve(word string) (Role, error) {
	if p, ok := b.set.Profile(word); ok {
		return b.role(p), nil
	}
	var matches []Role
	for _, r := range b.All() {
		if r.names(word) {
			matches = append(matches, r)
		}
	}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		return Role{}, b.notFound(word)
	}
	e := &AmbiguousError{Word: word}
	for _, r := range matches {
		e.Matches = append(e.Matches, r.Label())
	}
	return Role{}, e
}

// names reports whether word is the role's alias, ARN or ACCOUNT/ROLE.
func (r Role) names(word string) bool {
	if word == r.ARN || word != "" && word == r.Alias {
		return true
	}
	account, name, found := strings.Cut(word, "/")
	return found && account == r.AccountID && (name == r.Name || "/"+name == r.Path+r.Name)
}

func (b *Book) notFound(word string) error {
	names := b.set.Names()
	e := &NotFoundError{Word: word, NoFiles: len(names) == 0, Looked: []string{profiles.Inert(b.set.Config().Path), profiles.Inert(b.set.Credentials().Path)}}
	var candidates []string
	for _, r := range b.All() {
		candidates = append(candidates, r.Label())
		if r.Alias != "" {
			candidates = append(candidates, r.Alias)
		}
	}
	for _, n := range names {
		if !slices.Contains(candidates, n) {
			candidates = append(candidates, n)
		}
	}
	e.Closest = profiles.Nearest(word, candidates, 3)
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
	r.Alias, r.Color, r.Tags = text("cameo_alias"), text("cameo_color"), text("cameo_tags")
	r.MFA, r.Region = text("mfa_serial"), text("region")
	r.Env = b.env(p.Name, text("cameo_env"))
	for _, source := range []string{text("source_profile"), text("credential_source"), b.settings.Source} {
		if source != "" {
			r.Source = source
			break
		}
	}
	return r
}

// env is what the profile says, else what its name says.
func (b *Book) env(profile, said string) Env {
	switch said = strings.ToLower(said); said {
	case "prod", "production":
		return Production
	case "staging", "dev", "sandbox":
		return Env(said)
	case "":
	default:
		return Unknown
	}
	words := strings.FieldsFunc(strings.ToLower(profile), func(c rune) bool { return strings.ContainsRune("-_/.%@:+ ", c) })
	for _, env := range []Env{Production, Staging, Dev, Sandbox} {
		for _, word := range b.settings.Env[string(env)] {
			if slices.Contains(words, strings.ToLower(word)) {
				return env
			}
		}
	}
	return Unknown
}

// FromARN is the role that an ARN names, with nothing else known of it.
func FromARN(arn string) Role {
	r := Role{ARN: arn, Source: Home}
	if parsed, err := profiles.ParseRoleARN(arn); err == nil {
		r.Partition, r.AccountID, r.Path, r.Name = parsed.Partition, parsed.Account, parsed.Path, parsed.Name
	}
	return r
}
