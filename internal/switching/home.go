package switching

import (
	"errors"

	"cameo/internal/roles"
	"cameo/profiles"
)

// Home is the identity of this shell before any switch, as far as the environment
// tells: keys win over a profile, as in AWS's own tools.
type Home struct {
	// Keys is true where AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set.
	Keys bool
	// KeyID is the access key ID of Keys: it tells the account
	// (profiles.AccountOfKey).
	KeyID string
	// Profile is AWS_PROFILE, else AWS_DEFAULT_PROFILE, else "default" where there
	// is one; empty: none.
	Profile string
	// Unknown is true inside a role whose home this process does not know.
	Unknown bool
}

// HomeOf reads home from the environment of a shell that is in no role.
func HomeOf(set *profiles.Set, env func(string) (string, bool)) Home {
	get := func(name string) string { value, _ := env(name); return value }
	h := Home{KeyID: get("AWS_ACCESS_KEY_ID")}
	h.Keys = h.KeyID != "" && get("AWS_SECRET_ACCESS_KEY") != ""
	switch {
	case h.Keys:
	case get("AWS_PROFILE") != "":
		h.Profile = get("AWS_PROFILE")
	case get("AWS_DEFAULT_PROFILE") != "":
		h.Profile = get("AWS_DEFAULT_PROFILE")
	default:
		if _, ok := set.Profile("default"); ok {
			h.Profile = "default"
		}
	}
	return h
}

// Nobody is the name of a home without an AWS identity.
const Nobody = "nobody"

// Identity names home for people.
func (h Home) Identity(set *profiles.Set) Identity {
	switch {
	case h.Unknown:
		return Identity{Name: "unknown"}
	case h.Keys:
		return Identity{Name: "keys " + lastFour(h.KeyID), AccountID: profiles.AccountOfKey(h.KeyID)}
	case h.Profile == "":
		return Identity{Name: Nobody}
	}
	id := Identity{Name: h.Profile}
	if chain, err := set.Chain(h.Profile); err == nil && len(chain.Steps) > 0 {
		last := chain.Steps[len(chain.Steps)-1]
		switch {
		case last.AccountID.Text != "":
			id.AccountID = last.AccountID.Text
		case last.AccessKeyID.Text != "":
			id.AccountID = profiles.AccountOfKey(last.AccessKeyID.Text)
		}
		if role, err := profiles.ParseRoleARN(last.RoleARN.Text); err == nil {
			id.AccountID, id.ARN = role.Account, last.RoleARN.Text
		}
	}
	return id
}

func lastFour(text string) string {
	if len(text) <= 4 {
		return text
	}
	return "…" + text[len(text)-4:]
}

// chain is how home signs.
func (h Home) chain(set *profiles.Set, role string) (profiles.Chain, error) {
	switch {
	case h.Unknown:
		return profiles.Chain{}, &HomeUnknownError{Role: role}
	case h.Keys:
		return environmentChain(roles.Home), nil
	case h.Profile == "" || h.Profile == role:
		return profiles.Chain{}, &NoHomeError{Role: role}
	}
	chain, err := set.SourceChain(h.Profile)
	if err != nil {
		return chain, &SourceError{Said: "home", Profile: h.Profile, Err: err}
	}
	return chain, nil
}

// environmentChain begins with the keys of the environment, which are those of who
// is called name.
func environmentChain(name string) profiles.Chain {
	return profiles.Chain{Profile: name, Steps: []profiles.Step{{Kind: profiles.CredentialSource, Profile: name,
		CredentialSource: profiles.Value{Text: "Environment"}}}}
}

func isMissingSource(err error, profile string) bool {
	var missing *profiles.ChainError
	return errors.As(err, &missing) && missing.Kind == profiles.CodeMissingSource && missing.Profile == profile
}
