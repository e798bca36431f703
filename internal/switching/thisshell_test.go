package switching_test

import (
	"testing"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/internal/switching"
	"cameo/profiles"
)

func TestWhoThisShellIs(t *testing.T) {
	set := profiles.Parse("config", []byte(files), "credentials", nil)
	book := roles.NewBook(set, settings.Default(), roles.Catalogues{})
	entered := func(profile, arn, key string) switching.Entered {
		return switching.Entered{Profile: profile, ARN: arn, KeyID: key, Expires: noon}
	}
	david := &switching.StackHome{Name: "david", Profile: "david"}
	keys := &switching.StackHome{Name: "keys …ABCD"}
	prod := entered("prod", "arn:aws:iam::123456789012:role/Admin", "ASIAPROD")
	stg := entered("stg", "arn:aws:iam::222222222222:role/Dev", "ASIASTG")
	inProd := map[string]string{"CAMEO_ROLE": "prod", "AWS_ACCESS_KEY_ID": "ASIAPROD"}

	for _, c := range []struct {
		name      string
		stack     switching.Stack
		base      switching.Stack
		env       map[string]string
		belowRole bool

		inRole       bool
		home         switching.Home
		named        string // home, as State names it
		active       string
		below        int
		inherited    bool
		keysChanged  bool
		afterLeaving string // who it is without the innermost role
	}{
		{name: "no role", env: map[string]string{"AWS_PROFILE": "david"}, home: switching.Home{Profile: "david"}, named: "david"},
		{name: "in a role", stack: switching.Stack{Home: david, Roles: []switching.Entered{prod}}, env: inProd,
			inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "prod"},
		{name: "in a role whose mark was taken away", stack: switching.Stack{Home: david, Roles: []switching.Entered{prod}}, env: map[string]string{"AWS_ACCESS_KEY_ID": "ASIAPROD"},
			inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "prod"},
		{name: "in a role, with other keys", stack: switching.Stack{Home: david, Roles: []switching.Entered{prod}}, env: map[string]string{"CAMEO_ROLE": "prod", "AWS_ACCESS_KEY_ID": "AKIAOTHER"},
			inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "prod", keysChanged: true},
		{name: "in a role, entered from keys", stack: switching.Stack{Home: keys, Roles: []switching.Entered{prod}}, env: inProd,
			inRole: true, home: switching.Home{Unknown: true}, named: "keys …ABCD", active: "prod"},
		{name: "beneath a role", stack: switching.Stack{Home: david, Roles: []switching.Entered{prod}}, env: map[string]string{"AWS_PROFILE": "work"}, belowRole: true,
			home: switching.Home{Profile: "work"}, named: "david", active: "prod", afterLeaving: "david"},
		{name: "in a role on top of another", stack: switching.Stack{Home: david, Roles: []switching.Entered{stg, prod}}, env: inProd,
			inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "prod", below: 1, afterLeaving: "stg"},
		{name: "beneath a role that was entered in a role of another shell", stack: switching.Stack{Home: keys, Roles: []switching.Entered{stg}}, env: inProd, belowRole: true,
			inRole: true, home: switching.Home{Unknown: true}, named: "keys …ABCD", active: "stg", keysChanged: true, afterLeaving: "prod"},
		{name: "started in a role", base: switching.Stack{Home: david, Roles: []switching.Entered{prod}}, env: inProd,
			inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "prod"},
		{name: "started in a role, and in another one", stack: switching.Stack{Home: david, Roles: []switching.Entered{stg}}, base: switching.Stack{Home: david, Roles: []switching.Entered{prod}},
			env: map[string]string{"AWS_ACCESS_KEY_ID": "ASIASTG"}, inRole: true, home: switching.Home{Profile: "david"}, named: "david", active: "stg", afterLeaving: "prod"},
		{name: "a role of another shell", env: inProd,
			inRole: true, home: switching.Home{Unknown: true}, named: "unknown", active: "prod", inherited: true},
		{name: "a role of another shell that no file has", env: map[string]string{"CAMEO_ROLE": "999999999999/Nobody"},
			inRole: true, home: switching.Home{Unknown: true}, named: "unknown", active: "999999999999/Nobody", inherited: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			here := switching.ThisShell{Stack: switching.ParseStack(c.stack.String()), Base: c.base, BelowRole: c.belowRole,
				Env: func(name string) (string, bool) { value, ok := c.env[name]; return value, ok }}
			if got := here.InRole(); got != c.inRole {
				t.Errorf("InRole() = %v", got)
			}
			if got := here.Home(set); got != c.home {
				t.Errorf("Home() = %+v, want %+v", got, c.home)
			}
			state := here.State(set, book, creds.Moment{Wall: noon})
			if state.Home.Name != c.named || len(state.Below) != c.below || (state.Active == nil) != (c.active == "") {
				t.Fatalf("State() = %+v", state)
			}
			if a := state.Active; a != nil && (a.Role.Label() != c.active || a.Inherited != c.inherited || a.KeysChanged != c.keysChanged) {
				t.Errorf("active: %+v", a)
			}
			if c.afterLeaving != "" {
				if got := here.Below(c.stack); got != c.afterLeaving {
					t.Errorf("Below() = %q, want %q", got, c.afterLeaving)
				}
			}
		})
	}
}

// What policies narrow is known of a shell's own role, and of one that it inherited.
func TestARoleNarrowedByAPolicyIsKnownAsSuch(t *testing.T) {
	set := profiles.Parse("config", []byte(files), "credentials", nil)
	book := roles.NewBook(set, settings.Default(), roles.Catalogues{})
	for access, terms := range map[string]switching.Terms{
		"":                 {},
		"read-only":        {ReadOnly: true},
		"policy":           {Policy: "{}"},
		"read-only,policy": {ReadOnly: true, PolicyARNs: []string{"arn:aws:iam::aws:policy/ViewOnlyAccess"}},
	} {
		own := switching.Entered{Profile: "prod", ARN: "arn:aws:iam::123456789012:role/Admin", KeyID: "ASIAPROD", Expires: noon, Terms: terms}
		for name, stack := range map[string]switching.Stack{"own": {Roles: []switching.Entered{own}}, "inherited": {}} {
			env := map[string]string{"CAMEO_ROLE": "prod", "AWS_ACCESS_KEY_ID": "ASIAPROD", "CAMEO_ACCESS": access}
			here := switching.ThisShell{Stack: stack, Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
			active := here.State(set, book, creds.Moment{Wall: noon}).Active
			if active == nil || active.ReadOnly != terms.ReadOnly || active.ByPolicy != terms.ByPolicy() {
				t.Errorf("%s, CAMEO_ACCESS=%q: %+v", name, access, active)
			}
		}
	}
}
