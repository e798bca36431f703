// Package settings reads cameo's own configuration file, config.toml.
//
// Start with [Read]; the zero value of [Settings] is not the default, [Default]
// is. The package opens no file but those that [Read] and [ReadNamed] are given, and
// never writes.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"cameo/internal/safefile"
)

// Settings is what config.toml says, with the defaults where it is silent.
type Settings struct {
	// Source is the profile that signs where a role does not say; empty: home.
	Source string
	// Handoff is how a shell gets a role: "keys" or "profile".
	Handoff string
	// Browser is the program with its arguments that opens the console, with
	// placeholders of [BrowserPlaceholders]; empty: the system's own.
	Browser []string
	Guard   Guard
	// Env has, for each environment, the words that put a profile into it when its
	// name holds one of them.
	Env map[string][]string
	MFA MFA
	UI  UI
	// Cache.Key is "auto", or "file": a key file of mode 0600 beside the cache.
	Cache Cache
	// Rules are the [[roles]] tables and Catalogues the [[catalogue]] tables, in the
	// order of the file.
	Rules      []Rule
	Catalogues []Catalogue
}

// Guard says, for each environment, when choosing one of its roles has to be
// confirmed: "choose" (from a list or by "-"), "always" or "off".
type Guard struct {
	Prod    string `toml:"prod"`
	Staging string `toml:"staging"`
	Dev     string `toml:"dev"`
	Sandbox string `toml:"sandbox"`
}

// Of is the mode of an environment; "off" for one that is not known.
func (g Guard) Of(env string) string {
	switch env {
	case "prod":
		return g.Prod
	case "staging":
		return g.Staging
	case "dev":
		return g.Dev
	case "sandbox":
		return g.Sandbox
	}
	return "off"
}

// MFA has the command whose output is a code; empty: a person is asked.
type MFA struct{ Command []string }

// UI is how the screens look.
type UI struct {
	Theme string // "auto" or "mono"
	Order string // of the roles: "frecency" or "name"
}

// Cache says where the key of the sealed cache is kept.
type Cache struct{ Key string } // "auto" or "file"

// Default is what holds without a file.
func Default() Settings {
	return Settings{
		Handoff: "keys",
		Guard:   Guard{Prod: "choose", Staging: "off", Dev: "off", Sandbox: "off"},
		Env: map[string][]string{
			"prod":    {"prod", "prd", "production", "live"},
			"staging": {"staging", "stage", "stg"},
			"dev":     {"dev", "development"},
			"sandbox": {"sandbox", "sbx"},
		},
		UI:    UI{Theme: "auto", Order: "frecency"},
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
// the defaults with what could be read. Warnings are about what was skipped.
func Read(path string, asked bool) (s Settings, warnings []Warning, err error) {
	if path == "" {
		return Default(), nil, nil
	}
	data, distrust, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return Default(), nil, nil
	}
	if err != nil {
		return Default(), nil, &Error{File: path, What: "the settings", Why: reason(err)}
	}
	s, warnings, err = Parse(path, data)
	for _, c := range []struct {
		argv []string
		what string
		key  []string
	}{{s.MFA.Command, "[mfa] command", []string{"mfa", "command"}}, {s.Browser, "browser", []string{"browser"}}} {
		if err == nil && len(c.argv) > 0 && distrust != "" {
			err = &Error{File: path, Line: lineOf(data, c.key...), What: c.what, Why: "it is not run, because the file " + distrust}
		}
	}
	return s, warnings, err
}

// sizeLimit is far more than settings.
const sizeLimit = 1 << 20

// read gives the file, and why commands in it must not be run: somebody else can
// write them. Links are followed: settings are often kept elsewhere.
func read(path string) (data []byte, distrust string, err error) {
	data, info, err := readRegular(path, sizeLimit)
	if errors.Is(err, errTooLarge) {
		err = errors.New("it is larger than settings can be (1 MiB)")
	}
	if err != nil {
		return nil, "", err
	}
	return data, safefile.Distrust(info), nil
}

// ReadNamed reads a file that the settings name: accounts, a catalogue. Links are
// followed; it never waits on a pipe, and what has more than limit bytes, or is no
// file, is an error. Errors are clauses for people, but for one that is
// fs.ErrNotExist.
func ReadNamed(path string, limit int64) ([]byte, error) {
	data, _, err := readRegular(path, limit)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, errors.New(reason(err))
	}
	return data, err
}

var errTooLarge = errors.New("it is too large")

func readRegular(path string, limit int64) ([]byte, fs.FileInfo, error) {
	file, info, err := safefile.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	switch {
	case info.IsDir():
		return nil, nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("it is not a regular file")
	case info.Size() > limit:
		return nil, nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(file, limit))
	return data, info, err
}

func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// file is the shape of config.toml. A mistake in one of Roles or Catalogue spoils
// that table only, so they are read by hand.
type file struct {
	Source  string   `toml:"source"`
	Handoff string   `toml:"handoff"`
	Browser []string `toml:"browser"`
	Guard   Guard    `toml:"guard"`
	Env     struct {
		Prod    []string `toml:"prod"`
		Staging []string `toml:"staging"`
		Dev     []string `toml:"dev"`
		Sandbox []string `toml:"sandbox"`
	} `toml:"env"`
	MFA struct {
		Command []string `toml:"command"`
	} `toml:"mfa"`
	UI struct {
		Theme string `toml:"theme"`
		Order string `toml:"order"`
	} `toml:"ui"`
	Cache struct {
		Key string `toml:"key"`
	} `toml:"cache"`
	Roles     []map[string]any `toml:"roles"`
	Catalogue []map[string]any `toml:"catalogue"`
}

// Parse reads the text of a file called name; a byte order mark is skipped.
func Parse(name string, data []byte) (Settings, []Warning, error) {
	s := Default()
	f := file{Handoff: s.Handoff}
	f.Guard, f.UI.Theme, f.UI.Order, f.Cache.Key = s.Guard, s.UI.Theme, s.UI.Order, s.Cache.Key
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&f)
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		for _, unknown := range missing.Errors {
			line, _ := unknown.Position()
			return s, nil, &UnknownKeyError{File: name, Line: line, Key: strings.Join(unknown.Key(), "."), Known: known(unknown.Key())}
		}
	}
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := wrong.Position()
		return s, nil, &Error{File: name, Line: line, What: "the settings", Why: strings.TrimPrefix(wrong.Error(), "toml: ")}
	}
	if err != nil {
		return s, nil, &Error{File: name, What: "the settings", Why: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	s.apply(f)
	return s, s.readTables(name, data, f), s.check(name, data)
}

// known is the keys that can stand in place of an unknown one.
func known(key []string) []string {
	tables := map[string][]string{
		"guard": {"prod", "staging", "dev", "sandbox"}, "env": {"prod", "staging", "dev", "sandbox"}, "mfa": {"command"}, "ui": {"theme", "order"}, "cache": {"key"},
	}
	var all []string
	for _, name := range tables[key[0]] {
		all = append(all, key[0]+"."+name)
	}
	if len(all) == 0 {
		all = []string{"source", "handoff", "browser", "guard", "env", "mfa", "ui", "cache", "roles", "catalogue"}
	}
	return all
}

func (s *Settings) apply(f file) {
	s.Source, s.Handoff, s.Browser, s.MFA.Command = f.Source, f.Handoff, f.Browser, f.MFA.Command
	s.Guard, s.UI.Theme, s.UI.Order, s.Cache.Key = f.Guard, f.UI.Theme, f.UI.Order, f.Cache.Key
	for env, words := range map[string][]string{"prod": f.Env.Prod, "staging": f.Env.Staging, "dev": f.Env.Dev, "sandbox": f.Env.Sandbox} {
		if words != nil {
			s.Env[env] = words
		}
	}
}

func guardModes() []string { return []string{"choose", "always", "off"} }

func (s *Settings) check(name string, data []byte) error {
	for _, c := range []struct {
		key, value string
		allowed    []string
	}{
		{"handoff", s.Handoff, []string{"keys", "profile"}},
		{"guard.prod", s.Guard.Prod, guardModes()}, {"guard.staging", s.Guard.Staging, guardModes()},
		{"guard.dev", s.Guard.Dev, guardModes()}, {"guard.sandbox", s.Guard.Sandbox, guardModes()},
		{"ui.theme", s.UI.Theme, []string{"auto", "mono"}}, {"ui.order", s.UI.Order, []string{"frecency", "name"}},
		{"cache.key", s.Cache.Key, []string{"auto", "file"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return &Error{File: name, Line: lineOf(data, strings.Split(c.key, ".")...), What: fmt.Sprintf("%s = %q", c.key, c.value), Why: "it is one of " + strings.Join(c.allowed, ", ")}
		}
	}
	if len(s.MFA.Command) > 0 && s.MFA.Command[0] == "" {
		return &Error{File: name, Line: lineOf(data, "mfa", "command"), What: "[mfa] command", Why: "it names no program"}
	}
	if why := browserFault(s.Browser); why != "" {
		return &Error{File: name, Line: lineOf(data, "browser"), What: "browser", Why: why}
	}
	return nil
}

// lineOf finds the line where a key is set: the decoder tells it of unknown keys
// only. The text is read in longer and longer pieces that are whole, until the key
// is in one: its setting begins where the piece before ended. 0: not found.
func lineOf(data []byte, key ...string) int {
	whole, line, end := 0, 0, 0
	for text := range bytes.Lines(data) {
		line, end = line+1, end+len(text)
		var table map[string]any
		if toml.Unmarshal(data[:end], &table) != nil {
			continue // in the middle of a value
		}
		if holds(table, key) {
			return whole + 1
		}
		whole = line
	}
	return 0
}

func holds(table map[string]any, key []string) bool {
	value, ok := table[key[0]]
	inner, isTable := value.(map[string]any)
	return ok && (len(key) == 1 || isTable && holds(inner, key[1:]))
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
