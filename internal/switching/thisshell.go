package switching

import (
	"strings"
	"time"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/shell"
	"cameo/profiles"
)

// ThisShell is what tells who the shell is that started this process.
type ThisShell struct {
	// Stack is the roles that were entered in it.
	Stack Stack
	// Base is the stack with which `cameo shell` started it; empty in any other.
	Base Stack
	// Env looks up variables as other programs of the shell see them; where BelowRole
	// is true, as they are beneath the active role.
	Env       func(name string) (string, bool)
	BelowRole bool
}

func (t ThisShell) get(name string) string { value, _ := t.Env(name); return value }

// InRole reports whether the environment is that of a role, even where the user took
// its mark away.
func (t ThisShell) InRole() bool {
	return t.get("CAMEO_ROLE") != "" || !t.BelowRole && len(t.Stack.Roles) > 0
}

// Home is who the shell was before any switch.
func (t ThisShell) Home(set *profiles.Set) Home {
	if !t.InRole() {
		return HomeOf(set, t.Env)
	}
	for _, known := range []*StackHome{t.Stack.Home, t.Base.Home} {
		if known != nil && known.Profile != "" {
			return Home{Profile: known.Profile}
		}
	}
	return Home{Unknown: true}
}

// State is who the shell is. Of a role that it inherited from another shell only
// what the variables say is known. now tells how long a session lasts by this
// machine's clock.
func (t ThisShell) State(set *profiles.Set, book *roles.Book, now creds.Moment) State {
	var state State
	stack := t.Stack
	if len(stack.Roles) == 0 {
		stack = t.Base
	}
	if home := stack.Home; home != nil {
		state.Home = Identity{Name: home.Name, AccountID: home.AccountID, ARN: home.ARN}
	} else {
		state.Home = t.Home(set).Identity(set)
	}
	switch n := len(stack.Roles); {
	case n > 0:
		for _, below := range stack.Roles[:n-1] {
			state.Below = append(state.Below, below.Role(book))
		}
		r := stack.Roles[n-1]
		state.Active = &Active{
			Role: r.Role(book), Expires: r.Issued.Shown(r.Expires, now), Ends: r.Expires, SessionName: r.SessionName,
			ReadOnly: r.Terms.ReadOnly, ByPolicy: r.Terms.ByPolicy() || r.NarrowedByProfile,
			KeysChanged: t.InRole() && r.Changed(t.Env),
		}
	case t.InRole():
		state.Active = t.inherited(book)
	}
	return state
}

// inherited is the role that the variables name.
func (t ThisShell) inherited(book *roles.Book) *Active {
	role, err := book.Resolve(t.get("CAMEO_ROLE"))
	if err != nil {
		role = roleCalled(t.get("CAMEO_ROLE"))
	}
	if arn := t.get(shell.ARNVariable); arn != "" && arn != role.ARN { // the profile was edited
		edited := role.Profile
		role = roles.FromARN(arn)
		role.Profile = edited
	}
	role.Env = roles.Env(t.get("CAMEO_ENV"))
	expires, err := time.Parse(time.RFC3339, t.get("CAMEO_EXPIRES"))
	if err != nil {
		expires = time.Time{}
	}
	access := t.get(shell.AccessVariable)
	return &Active{Role: role, Expires: expires, Inherited: true, ReadOnly: ReadsOnly(access), ByPolicy: byPolicy(access)}
}

// roleCalled is the role that CAMEO_ROLE calls name, where no file has it.
func roleCalled(name string) roles.Role {
	account, path, found := strings.Cut(name, "/")
	switch {
	case strings.HasPrefix(name, "arn:"):
		return roles.FromARN(name)
	case found && len(account) == 12 && strings.Trim(account, "0123456789") == "":
		return roles.FromARN("arn:aws:iam::" + account + ":role/" + path)
	}
	return roles.Role{Profile: name}
}

// Below names who the shell is when the innermost role of stack, its next one, has
// been left.
func (t ThisShell) Below(stack Stack) string {
	if n := len(stack.Roles); n > 1 {
		return stack.Roles[n-2].Label()
	}
	if inherited := t.get("CAMEO_ROLE"); inherited != "" {
		return inherited
	}
	if n := len(t.Base.Roles); n > 0 {
		return t.Base.Roles[n-1].Label()
	}
	return stack.Home.Name
}
