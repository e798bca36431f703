// Package settings reads cameo's own configuration file, config.toml.
//
// Start with [Parse]; the zero value of [Settings] is not the default,
// [Default] is. The package opens no file but the one that [Read] is given, and
// never writes.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Settings is what config.toml says, with the defaults where it is silent.
type Settings struct {
	// Source is the profile that signs where a role does not say; empty: home.
	Source string
	Guard  Guard
	// Env has, for each environment, the words that put a profile into it when its
	// name holds one of them.
	Env map[string][]string
	MFA MFA
	UI  UI
	// Cache.Key is "auto", or "file": a key file of mode 0600 beside the cache.
	Cache Cache
}

// Guard says when choosing a production role has to be confirmed: "choose" (from
// a list or by "-"), "always" or "off".
type Guard struct{ Prod string }

// MFA has the command whose output is a code; empty: a person is asked.
type MFA struct{ Command []string }

// UI is how the screens look.
type UI struct{ Theme string } // "auto" or "mono"

// Cache says where the key of the sealed cache is kept.
type Cache struct{ Key string } // "auto" or "file"

// Default is what holds without a file.
func Default() Settings {
	return Settings{
		Guard: Guard{Prod: "choose"},
		Env: map[string][]string{
			"prod":    {"prod", "prd", "production", "live"},
			"staging": {"staging", "stage", "stg"},
			"dev":     {"dev", "development"},
			"sandbox": {"sandbox", "sbx"},
		},
		UI:    UI{Theme: "auto"},
		Cache: Cache{Key: "auto"},
	}
}

// Error is something wrong in the file.
type Error struct {
	File string
	Line int // 0: not known
	What string
	Why  string
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return fmt.Sprintf("%s (%s): %s", e.What, at, e.Why)
}

// Path is where the file is: $XDG_CONFIG_HOME/cameo/config.toml, else
// ~/.config/cameo/config.toml, and on Windows %AppData%\cameo\config.toml; empty
// where none of these variables is set.
func Path(env func(string) (string, bool), goos string) string {
	get := func(name string) string { value, _ := env(name); return value }
	switch {
	case get("XDG_CONFIG_HOME") != "":
		return filepath.Join(get("XDG_CONFIG_HOME"), "cameo", "config.toml")
	case goos == "windows" && get("APPDATA") != "":
		return filepath.Join(get("APPDATA"), "cameo", "config.toml")
	case get("HOME") != "":
		return filepath.Join(get("HOME"), ".config", "cameo", "config.toml")
	}
	return ""
}

// Read reads the file at path. A file that does not exist is an empty one, unless
// asked says that the user named it. The error is an *Error; the settings are then
// the defaults with what could be read. Warnings are about tables that this
// version skips.
func Read(path string, asked bool) (s Settings, warnings []string, err error) {
	if path == "" {
		return Default(), nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return Default(), nil, nil
	}
	if err != nil {
		return Default(), nil, &Error{File: path, What: "the settings", Why: reason(err)}
	}
	return Parse(path, data)
}

func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// file is the shape of config.toml. handoff is read to refuse what is not there
// yet.
type file struct {
	Source  string
	Handoff string
	Guard   struct{ Prod string }
	Env     map[string][]string
	MFA     struct{ Command []string }
	UI      struct{ Theme string }
	Cache   struct{ Key string }
}

// Parse reads the text of a file called name.
func Parse(name string, data []byte) (Settings, []string, error) {
	s := Default()
	var f file
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&f)
	if err != nil {
		var parse toml.ParseError
		if errors.As(err, &parse) {
			return s, nil, &Error{File: name, Line: parse.Position.Line, What: "the settings", Why: parse.Message}
		}
		return s, nil, &Error{File: name, What: "the settings", Why: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	var warnings []string
	for _, key := range meta.Undecoded() {
		if key[0] == "roles" || key[0] == "catalogue" {
			if len(key) == 1 {
				warnings = append(warnings, fmt.Sprintf("[[%s]] (%s:%d): this version of cameo has no %s of that kind yet: skipped", key[0], name, lineOf(data, key), key[0]))
			}
			continue
		}
		return s, warnings, unknown(name, data, key)
	}
	s.apply(f)
	return s, warnings, s.check(name, data, f)
}

func (s *Settings) apply(f file) {
	s.Source = f.Source
	s.MFA.Command = f.MFA.Command
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&s.Guard.Prod, f.Guard.Prod)
	set(&s.UI.Theme, f.UI.Theme)
	set(&s.Cache.Key, f.Cache.Key)
	for env, words := range f.Env {
		s.Env[env] = words
	}
}

func (s *Settings) check(name string, data []byte, f file) error {
	for _, c := range []struct {
		key     toml.Key
		value   string
		allowed []string
	}{
		{toml.Key{"handoff"}, f.Handoff, []string{"", "keys"}},
		{toml.Key{"guard", "prod"}, s.Guard.Prod, []string{"choose", "always", "off"}},
		{toml.Key{"ui", "theme"}, s.UI.Theme, []string{"auto", "mono"}},
		{toml.Key{"cache", "key"}, s.Cache.Key, []string{"auto", "file"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return &Error{File: name, Line: lineOf(data, c.key), What: fmt.Sprintf("%s = %q", c.key, c.value),
				Why: "it is one of " + strings.TrimPrefix(strings.Join(c.allowed, ", "), ", ")}
		}
	}
	known := []string{"prod", "staging", "dev", "sandbox"}
	for env := range f.Env {
		if !slices.Contains(known, env) {
			return &Error{File: name, Line: lineOf(data, toml.Key{"env", env}), What: fmt.Sprintf("unknown environment %q in [env]", env),
				Why: "it is one of " + strings.Join(known, ", ")}
		}
	}
	return nil
}

// UnknownKeyError is a key that is no setting.
type UnknownKeyError struct {
	File  string
	Line  int
	Key   string   // "guard.prd"
	Known []string // the keys that can stand in its place
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("unknown key %q (%s:%d)", e.Key, e.File, e.Line)
}

func unknown(name string, data []byte, key toml.Key) error {
	known := map[string][]string{
		"":      {"source", "handoff", "guard", "env", "mfa", "ui", "cache"},
		"guard": {"prod"}, "env": {"prod", "staging", "dev", "sandbox"},
		"mfa": {"command"}, "ui": {"theme"}, "cache": {"key"},
	}
	table := ""
	if len(key) > 1 {
		table = key[0]
	}
	e := &UnknownKeyError{File: name, Line: lineOf(data, key), Key: key.String()}
	for _, k := range known[table] {
		if table != "" {
			k = table + "." + k
		}
		e.Known = append(e.Known, k)
	}
	return e
}

// lineOf finds the line where key is set: the decoder does not tell. 0: not found.
func lineOf(data []byte, key toml.Key) int {
	table, last := "", key[len(key)-1]
	want := strings.Join(key[:len(key)-1], ".")
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.TrimSpace(strings.SplitN(line, "#", 2)[0]), "[] ")
			if table == key.String() {
				return i + 1
			}
			continue
		}
		name, _, found := strings.Cut(line, "=")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if found && (table == want && name == last || table == "" && name == key.String()) {
			return i + 1
		}
	}
	return 0
}
