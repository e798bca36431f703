package roles

import (
	"cmp"
	"slices"
	"strings"

	"cameo/profiles"
)

// target is a role as a word names it: ACCOUNT/ROLE, an ARN, or a link.
type target struct {
	partition string // empty: the word does not say
	account   string // ID, or alias
	role      string // with its path, without the first slash; the word may have left the path out
	wholePath bool   // it did not
}

// targetOf reads a word as ACCOUNT/ROLE, a role ARN or a Switch Role link, with
// whatever came along when it was copied. ok is false where it is none of these. The
// error is a *profiles.ARNError or a *profiles.LinkError: it is meant as one, and
// is wrong.
func targetOf(word string) (t target, ok bool, err error) {
	text := profiles.Pasted(word)
	switch {
	case strings.HasPrefix(text, "arn:"):
		arn, err := profiles.ParseRoleARN(text)
		if err != nil {
			return t, true, err
		}
		return target{arn.Partition, arn.Account, arn.Path[1:] + arn.Name, true}, true, nil
	case profiles.IsSwitchLink(text):
		link, err := profiles.ParseSwitchLink(text)
		if err != nil {
			return t, true, err
		}
		return target{link.Partition, link.Account + link.Alias, link.Path[1:] + link.Name, true}, true, nil
	}
	account, role, found := strings.Cut(word, "/")
	return target{account: account, role: strings.TrimPrefix(role, "/"), wholePath: strings.HasPrefix(role, "/")}, found && account != "" && role != "", nil
}

// is reports whether the word can mean r: exactly, or with the path left out. ids are
// the accounts that it can mean.
func (t target) is(r Role, ids []string, exactly bool) bool {
	switch {
	case t.partition != "" && t.partition != r.Partition, r.Name == "", !slices.Contains(ids, r.AccountID):
		return false
	case "/"+t.role == r.Path+r.Name:
		return true
	}
	return !exactly && !t.wholePath && t.role == r.Name
}

// made is the role itself where nobody has it yet; ok is false where the word says
// too little.
func (t target) made(ids []string) (r Role, ok bool) {
	if len(ids) != 1 {
		return Role{}, false
	}
	arn := "arn:" + cmp.Or(t.partition, "aws") + ":iam::" + ids[0] + ":role/" + t.role
	if _, err := profiles.ParseRoleARN(arn); err != nil {
		return Role{}, false
	}
	r = FromARN(arn)
	r.Origin = OfWord
	return r, true
}
