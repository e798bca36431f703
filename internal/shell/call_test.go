package shell_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/shell"
)

func TestACallTellsHomeFromTheCallItself(t *testing.T) {
	environ := []string{
		"=C:=C:\\", "PATH=/bin", "AWS_PROFILE=work", "AWS_PROFILE=second", "AWS_REGION=", "AWS_ACCESS_KEY_ID=k=v",
		"CAMEO_UNEXPORTED= AWS_ACCESS_KEY_ID CAMEO_ENV", "CAMEO_VALUELESS= AWS_ROLE_ARN", "CAMEO_STACK=s", "CAMEO_BASE=b",
		"CAMEO_CALLER=34", "CAMEO_SHELL=12", "odd", "",
	}
	call := shell.ReadCall(environ)
	if !call.Integrated || call.Shell != "34" || call.Stack != "s" || call.Base != "b" || call.Inherited {
		t.Errorf("%+v", call)
	}
	want := []string{"=C:=C:\\", "PATH=/bin", "AWS_PROFILE=work", "AWS_REGION=", "CAMEO_SHELL=12", "odd", ""}
	if diff := cmp.Diff(want, call.Environ); diff != "" {
		t.Errorf("environment of others (-want +got):\n%s", diff)
	}
	var known []shell.Saved
	for _, saved := range call.Home {
		if saved.State != shell.Unset {
			known = append(known, saved)
		}
	}
	wantHome := []shell.Saved{
		{"AWS_ACCESS_KEY_ID", "k=v", shell.Unexported}, {"AWS_PROFILE", "work", shell.Exported},
		{"AWS_ROLE_ARN", "", shell.Valueless}, {"AWS_REGION", "", shell.Exported}, {"CAMEO_SHELL", "12", shell.Exported},
	}
	if diff := cmp.Diff(wantHome, known); diff != "" || len(call.Home) != len(shell.Managed()) {
		t.Errorf("home of %d variables (-want +got):\n%s", len(call.Home), diff)
	}
}

func TestWhoseRoleItIs(t *testing.T) {
	cases := map[string]struct {
		environ             []string
		inherited, subshell bool
	}{
		"nobody's":                       {[]string{"CAMEO_CALLER=2"}, false, false},
		"this shell's":                   {[]string{"CAMEO_ROLE=r", "CAMEO_STACK=s", "CAMEO_SHELL=2", "CAMEO_CALLER=2"}, false, false},
		"a parent's":                     {[]string{"CAMEO_ROLE=r", "CAMEO_STACK=", "CAMEO_SHELL=1", "CAMEO_CALLER=2"}, true, false},
		"exec's":                         {[]string{"CAMEO_ROLE=r", "CAMEO_CALLER=2"}, true, false},
		"this process's before exec":     {[]string{"CAMEO_ROLE=r", "CAMEO_SHELL=2", "CAMEO_CALLER=2"}, true, false},
		"the subshell's":                 {[]string{"CAMEO_ROLE=r", "CAMEO_SUBSHELL=2", "CAMEO_BASE=b", "CAMEO_CALLER=2"}, false, true},
		"the subshell's, and one on top": {[]string{"CAMEO_ROLE=r", "CAMEO_SUBSHELL=2", "CAMEO_STACK=s", "CAMEO_CALLER=2"}, false, true},
		"a child's of the subshell":      {[]string{"CAMEO_ROLE=r", "CAMEO_SUBSHELL=1", "CAMEO_CALLER=2"}, true, false},
		"without the integration":        {[]string{"CAMEO_ROLE=r", "CAMEO_SHELL=1"}, false, false},
		"a subshell's without it":        {[]string{"CAMEO_ROLE=r", "CAMEO_SUBSHELL=new"}, false, true},
	}
	for name, c := range cases {
		if got := shell.ReadCall(c.environ); got.Inherited != c.inherited || got.Subshell != c.subshell {
			t.Errorf("%s: inherited is %v, subshell is %v", name, got.Inherited, got.Subshell)
		}
	}
}

func TestWithoutTheFunctionTheEnvironmentIsWhatItIs(t *testing.T) {
	call := shell.ReadCall([]string{"AWS_PROFILE=p", "CAMEO_SHELL=7"})
	if call.Integrated || call.Shell != "" || !slices.Equal(call.Environ, []string{"AWS_PROFILE=p", "CAMEO_SHELL=7"}) {
		t.Errorf("%+v", call)
	}
}

func TestASwitchThatCouldNotBeUndoneIsRefused(t *testing.T) {
	home := shell.HomeFrom(nil)
	cases := map[string]struct {
		handover shell.Handover
		want     error
	}{
		"unknown home":      {shell.Handover{Set: []shell.Assignment{{"OTHER", "v"}}, Home: home}, &shell.UnsavedError{Name: "OTHER"}},
		"no home at all":    {shell.Handover{}, &shell.UnsavedError{Name: "CAMEO_SHELL"}},
		"code for a name":   {shell.Handover{Unset: []string{"A;touch x"}, Home: home}, &shell.NameError{Name: "A;touch x", Why: "is not the name of a shell variable"}},
		"an empty name":     {shell.Handover{Unset: []string{""}, Home: home}, &shell.NameError{Name: "", Why: "is empty"}},
		"set and unset":     {shell.Handover{Set: []shell.Assignment{{"AWS_REGION", "r"}}, Unset: []string{"AWS_REGION"}, Home: home}, &shell.NameError{Name: "AWS_REGION", Why: "is changed twice"}},
		"a mark set by us":  {shell.Handover{Set: []shell.Assignment{{"CAMEO_SHELL", "1"}}, Home: home}, &shell.NameError{Name: "CAMEO_SHELL", Why: "is changed twice"}},
		"NUL in a value":    {shell.Handover{Set: []shell.Assignment{{"AWS_REGION", "\x00"}}, Home: home}, &shell.NULError{Name: "AWS_REGION"}},
		"NUL in the stack":  {shell.Handover{Home: home, Stack: "\x00"}, &shell.NULError{}},
		"NUL in a farewell": {shell.Handover{Home: home, Left: "\x00"}, &shell.NULError{}},
	}
	for name, c := range cases {
		for _, d := range dialects(t) {
			text, err := d.Switch(c.handover)
			if diff := cmp.Diff(c.want, err); diff != "" || text != "" {
				t.Errorf("%s, %s: %v, and text %q", d.Name(), name, err, text)
			}
		}
	}
}

func dialects(t *testing.T) []shell.Dialect {
	t.Helper()
	var all []shell.Dialect
	for _, name := range shell.Names() {
		d, err := shell.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestAnUnknownShellIsNamedWithThoseThatAreKnown(t *testing.T) {
	_, err := shell.Lookup("tc\x1bsh")
	var unknown *shell.UnknownError
	if !errors.As(err, &unknown) || err.Error() != `shell "tc\x1bsh" is not known: it can be bash, zsh, fish, powershell, nushell` {
		t.Error(err)
	}
}

func TestInitRefusesWhatIsNoName(t *testing.T) {
	for _, d := range dialects(t) {
		if _, err := d.Init(shell.Options{Alias: "x; rm"}); err == nil {
			t.Errorf("%s took a command for a name", d.Name())
		}
		if _, err := d.Init(shell.Options{Binary: "a\x00"}); err == nil {
			t.Errorf("%s took a NUL", d.Name())
		}
		var refused *shell.KeyError
		if _, err := d.Init(shell.Options{Bind: "ctrl-c"}); !errors.As(err, &refused) {
			t.Errorf("%s took Ctrl-C for itself: %v", d.Name(), err)
		}
	}
}

func TestWhatARoleSetsIsNotDisplaced(t *testing.T) {
	displaced := shell.Displaced([]shell.Assignment{{"AWS_ACCESS_KEY_ID", ""}, {"AWS_PROFILE", ""}})
	for name, want := range map[string]bool{"AWS_ACCESS_KEY_ID": false, "AWS_PROFILE": false, "AWS_REGION": false, "AWS_SESSION_TOKEN": true, "AWS_WEB_IDENTITY_TOKEN_FILE": true} {
		if slices.Contains(displaced, name) != want {
			t.Errorf("%s: displaced %v, want %v", name, !want, want)
		}
	}
}

func TestAKeyIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]shell.Key{
		"ctrl-g": {Letter: 'g'}, "Ctrl-G": {Letter: 'g'}, "C-o": {Letter: 'o'}, "^g": {Letter: 'g'},
		"alt-c": {Alt: true, Letter: 'c'}, "M-a": {Alt: true, Letter: 'a'},
	} {
		if got, err := shell.ParseKey(text); got != want || err != nil {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"ctrl-c": `key "ctrl-c" interrupts or suspends programs`,
		"ctrl-m": `key "ctrl-m" is the Enter key to a terminal`,
		"g":      `key "g" is not a key that can be bound: it can be ctrl-a to ctrl-z or alt-a to alt-z`,
	} {
		var refused *shell.KeyError
		if _, err := shell.ParseKey(text); !errors.As(err, &refused) || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "ctrl-", "ctrl-gg", "ctrl-'", "^[", "f5", "ctrl-\x07", "ctrl-é", "alt-1", "x$(touch canary)"} {
		if key, err := shell.ParseKey(text); err == nil {
			t.Errorf("%q is %+v", text, key)
		}
	}
}
