package settings

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWithoutAFileTheDefaultsHold(t *testing.T) {
	s, warnings, err := Read(filepath.Join(t.TempDir(), "none.toml"), false)
	if err != nil || len(warnings) > 0 || s.Guard.Prod != "choose" || s.Handoff != "keys" || s.Cache.Key != "auto" || s.UI.Theme != "auto" {
		t.Errorf("%+v %v %v", s, warnings, err)
	}
	if !slices.Contains(s.Env["prod"], "prod") {
		t.Error("no profile would be of production by its name")
	}
	if _, _, err := Read("", false); err != nil {
		t.Error("no place for a file:", err)
	}
}

func TestAFileThatWasNamedHasToBeThere(t *testing.T) {
	var wrong *Error
	_, _, err := Read(filepath.Join(t.TempDir(), "none.toml"), true)
	if !errors.As(err, &wrong) {
		t.Error(err)
	}
	dir := t.TempDir()
	if _, _, err = Read(dir, true); !errors.As(err, &wrong) || wrong.File != dir {
		t.Error("a directory:", err)
	}
}

func TestWhatAFileSaysHolds(t *testing.T) {
	s, warnings, err := Parse("config.toml", []byte("\xef\xbb\xbf"+`
source = "work"
handoff = "profile"
guard.prod = "always"
[env]
prod = ["live"]
dev = []
[mfa]
"command" = ["ykman", "oath"]
[ui]
theme = "mono"
[cache]
key = "file"
`))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if s.Source != "work" || s.Handoff != "profile" || s.Guard.Prod != "always" || s.UI.Theme != "mono" || s.Cache.Key != "file" {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(s.Env["prod"], []string{"live"}) || len(s.Env["dev"]) != 0 || len(s.Env["staging"]) == 0 {
		t.Errorf("an environment replaces its own words, and no others: %v", s.Env)
	}
	if !slices.Equal(s.MFA.Command, []string{"ykman", "oath"}) {
		t.Error(s.MFA)
	}
}

func TestAnUnknownKeyIsNamedWithItsLine(t *testing.T) {
	for text, want := range map[string]UnknownKeyError{
		"sorce = 'x'":                        {Line: 1, Key: "sorce"},
		"source = 'x'\n\n[guard]\nprd = 'x'": {Line: 4, Key: "guard.prd"},
		"# c\nguard.prd = 'x'":               {Line: 2, Key: "guard.prd"},
		"[env]\n\"prod\" = []\nqa = ['qa']":  {Line: 3, Key: "env.qa"},
		"[gaurd]\nprod = 'off'":              {Line: 1, Key: "gaurd"},
	} {
		_, _, err := Parse("f", []byte(text))
		var unknown *UnknownKeyError
		if !errors.As(err, &unknown) || unknown.Line != want.Line || unknown.Key != want.Key || len(unknown.Known) == 0 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAWrongValueIsAnError(t *testing.T) {
	for text, says := range map[string]string{
		"handoff = 'env'":           "handoff",
		"[guard]\nprod = 'never'":   "guard.prod",
		"[ui]\ntheme = 'dark'":      "ui.theme",
		"[cache]\nkey = 'keychain'": "cache.key",
		"source = 3":                "f:1",
		"source = 'x'\nsource = ":   "f:2",
		"[env]\nprod = 'x'":         "f:2",
	} {
		_, _, err := Parse("f", []byte(text))
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhereTheFileIs(t *testing.T) {
	env := func(vars map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	}
	for _, c := range []struct {
		goos string
		vars map[string]string
		want string
	}{
		{"linux", map[string]string{"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/cameo/config.toml"},
		{"linux", map[string]string{"HOME": "/h"}, "/h/.config/cameo/config.toml"},
		{"windows", map[string]string{"APPDATA": "/a", "HOME": "/h"}, "/a/cameo/config.toml"},
		{"linux", nil, ""},
	} {
		if got := filepath.ToSlash(Path(env(c.vars), c.goos)); got != c.want {
			t.Errorf("%v: %q, want %q", c, got, c.want)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add([]byte("[guard]\nprod = 'off'"))
	f.Add([]byte("[[roles]]\n"))
	f.Add([]byte("[[roles]]\nsource = 'a'\n[roles.x]\n[[roles.y]]\n[[catalogue]]\nfrom = 's3://b/k'\n"))
	f.Add([]byte("roles = [{accounts = [], roles = ['a']}, {}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := Parse("f", data); err != nil && !strings.Contains(err.Error(), "f") {
			t.Error("an error that does not name the file:", err)
		}
	})
}

func TestTheGuardHasAModeForEachEnvironment(t *testing.T) {
	s, _, err := Parse("f", []byte("[guard]\nstaging = \"always\"\ndev = \"choose\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for env, want := range map[string]string{"prod": "choose", "staging": "always", "dev": "choose", "sandbox": "off", "": "off", "qa": "off"} {
		if got := s.Guard.Of(env); got != want {
			t.Errorf("%q: %q, want %q", env, got, want)
		}
	}
	if _, _, err := Parse("f", []byte("[guard]\nstaging = \"never\"\n")); err == nil {
		t.Error("a mode that is none")
	}
}
