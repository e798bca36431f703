package roles

import (
	"fmt"
	"maps"
	"slices"

	"cameo/internal/settings"
	"cameo/profiles"
)

// more is the roles that no profile has.
type more struct {
	roles    []Role
	accounts map[string][]string // the IDs that an account's name stands for
	called   map[string]string   // by ARN, what a catalogue calls a role that a profile has
	problems []Problem
}

func (m *more) name(account, id string) {
	if account != "" && !slices.Contains(m.accounts[account], id) {
		m.accounts[account] = append(m.accounts[account], id)
	}
}

// naming decides what each of those roles is called: no two alike, and none like a
// profile.
type naming struct {
	taken map[string]bool
	more  *more
}

// readMore reads the rules, their accounts, and the copies of the catalogues.
func (b *Book) readMore() *more {
	own := b.ofProfiles()
	n := naming{taken: map[string]bool{}, more: &more{accounts: map[string][]string{}, called: map[string]string{}}}
	for _, name := range b.set.Names() {
		n.taken[name] = true
	}
	known := map[string]bool{}     // ARNs
	owned := map[string][]string{} // what the profiles of an ARN call it
	for _, r := range own {
		known[r.ARN], owned[r.ARN] = true, append(owned[r.ARN], r.Profile, r.Alias)
		if r.Alias != "" {
			n.taken[r.Alias] = true
		}
	}
	envs := map[string]Env{} // of accounts, in the user's own words
	place := map[string]int{}
	for _, rule := range b.settings.Rules {
		found, problems := b.ruled(rule)
		n.more.problems = append(n.more.problems, problems...)
		for _, r := range found {
			envs[r.AccountID] = stricter(envs[r.AccountID], r.Env)
			n.more.name(r.Account, r.AccountID)
			if known[r.ARN] {
				continue
			}
			known[r.ARN], place[r.ARN] = true, len(n.more.roles)
			n.more.roles = append(n.more.roles, r)
		}
	}
	n.callRules()
	for _, c := range b.settings.Catalogues {
		found, problems := b.catalogued(c)
		n.more.problems = append(n.more.problems, problems...)
		var listed []Role
		for _, r := range found {
			r.Env = stricter(r.Env, envs[r.AccountID])
			if i, ok := place[r.ARN]; ok { // a rule, or an earlier catalogue, has it
				n.more.roles[i].Env = stricter(n.more.roles[i].Env, r.Env)
			}
			switch names, ok := owned[r.ARN]; {
			case ok && n.more.called[r.ARN] == "":
				if slices.Contains(names, r.Called) {
					r.Called = ""
				}
			case known[r.ARN]:
				continue
			}
			known[r.ARN] = true
			listed = append(listed, r)
		}
		n.callCatalogue(c, listed)
		for _, r := range listed {
			if owned[r.ARN] != nil {
				n.more.called[r.ARN] = r.Called
				continue
			}
			place[r.ARN] = len(n.more.roles)
			n.more.roles = append(n.more.roles, r)
		}
	}
	return n.more
}

// callRules calls the roles of rules by their accounts' aliases, where that is one
// role each.
func (n *naming) callRules() {
	times := map[string]int{}
	for _, r := range n.more.roles {
		if r.Account == "" {
			continue
		}
		times[r.Account+"/"+r.Name]++
	}
	for i := range n.more.roles {
		r := &n.more.roles[i]
		name := r.Account + "/" + r.Name
		if r.Account == "" || times[name] > 1 || n.taken[name] {
			name = r.ID()
		}
		r.Called, n.taken[name] = name, true
	}
}

// callCatalogue calls the roles of a catalogue as it says, where that is one role each
// and nothing else is called so.
func (n *naming) callCatalogue(c settings.Catalogue, all []Role) {
	earlier := maps.Clone(n.more.accounts)
	times := map[string]int{} // names, and ACCOUNT/ROLE
	var refused []string
	for i := range all {
		r := &all[i]
		others := earlier[r.Account]
		if r.Account != "" && (aliasFault(r.Account) != "" || len(others) > 0 && !slices.Contains(others, r.AccountID)) {
			refused = append(refused, r.Account)
			r.Account = ""
		}
		n.more.name(r.Account, r.AccountID)
		times[r.Called]++
		if byAccount := r.Account + "/" + r.Name; byAccount != r.Called {
			times[byAccount]++
		}
	}
	for i := range all {
		r := &all[i]
		byAccount := r.Account + "/" + r.Name
		if r.Called != "" && (n.taken[r.Called] || times[r.Called] > 1 || nameFault(r.Called) != "") {
			refused = append(refused, r.Called)
			r.Called = ""
		}
		if r.Called == "" && r.Account != "" && !n.taken[byAccount] && times[byAccount] == 1 {
			r.Called = byAccount
		}
		if r.Called == "" {
			r.Called = r.ID()
		}
		n.taken[r.Called] = true
	}
	slices.Sort(refused)
	refused = slices.Compact(refused)
	if len(refused) > 0 {
		n.more.problems = append(n.more.problems, Problem{Position: profiles.Position{File: c.File, Line: c.Line}, What: "catalogue " + CatalogueName(c),
			Why: fmt.Sprintf("%s of it cannot be used, because something else is called so or would be taken for it: %s", names(len(refused)), inertList(refused))})
	}
}

func names(n int) string {
	if n == 1 {
		return "a name"
	}
	return fmt.Sprintf("%d names", n)
}
