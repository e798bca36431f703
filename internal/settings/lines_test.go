package settings_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cameo/internal/settings"
)

func TestLinesAreRightHoweverAKeyIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"in a table":                   {"# a\n\n[guard]\nprod = \"nope\"\n", 4},
		"dotted":                       {"source = \"x\"\nguard.prod = \"nope\"", 2},
		"quoted":                       {"[\"guard\"]\n\"prod\" = 'nope'\n", 2},
		"spaced":                       {"\n  [ guard ]  # x\n  prod   =   \"nope\"\n", 3},
		"inline table":                 {"source = \"x\"\nguard = { prod = \"nope\" }\n", 2},
		"after what looks like it":     {"source = \"\"\"\n[guard]\nprod = 1\n\"\"\"\n[guard]\nprod = \"nope\"\n", 6},
		"after a list of lines":        {"[env]\nprod = [\n  \"a\",\n  \"b\",\n]\n[guard]\nprod = \"nope\"\n", 7},
		"with a mark and CRLF":         {"\ufeff[guard]\r\nprod = \"nope\"\r\n", 2},
		"empty is a value as well":     {"[guard]\nprod = \"\"\n", 2},
		"a list of lines of no use":    {"\n[mfa]\ncommand = [\n\"\",\n]\n", 3},
		"the theme":                    {"[ui]\ntheme = \"pink\"\n", 2},
		"the key of the cache":         {"cache.key = \"x\"\n", 1},
		"the order":                    {"[ui]\ntheme = \"auto\"\norder = \"x\"\n", 3},
		"the handoff":                  {"\nhandoff = \"x\"\n", 2},
		"a wrong type":                 {"\n[guard]\nprod = 3\n", 3},
		"a list where a word is meant": {"source = [\"a\"]\n", 1},
		"a word where a list is meant": {"[env]\nprod = \"a\"\n", 2},
		"no TOML":                      {"source = \"a\"\n[guard\n", 2},
		"twice":                        {"source = \"a\"\nsource = \"b\"\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := settings.Parse("config.toml", []byte(c.text))
			var wrong *settings.Error
			if !errors.As(err, &wrong) || wrong.Line != c.line {
				t.Errorf("got %+v", err)
			} else if !strings.Contains(err.Error(), fmt.Sprintf("(config.toml:%d)", c.line)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTheBrowserHasAProgramAndAnAddress(t *testing.T) {
	s, warnings, err := settings.Parse("config.toml", []byte("source = \"work\"\nbrowser = [\"firefox\", \"ext+container:name={name}&color={color}&url={url}\"]\n"))
	if err != nil || len(warnings) > 0 || len(s.Browser) != 2 {
		t.Errorf("got %+v, %v, %v", s.Browser, warnings, err)
	}
	for text, why := range map[string]string{
		`[]`:                            "it names no program",
		`["", "{url}"]`:                 "it names no program",
		`["firefox"]`:                   "no argument has {url}",
		`["firefox", "{address}"]`:      "{address} is none of {name}, {color}, {url}",
		`["firefox", "{url}", "{Url}"]`: "{Url} is none of",
		`["{url}"]`:                     "is no program",
	} {
		_, _, err := settings.Parse("config.toml", []byte("source = \"work\"\nbrowser = "+text+"\n"))
		var wrong *settings.Error
		if !errors.As(err, &wrong) || wrong.Line != 2 || !strings.Contains(wrong.Why, why) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestACommandIsOnlyTakenFromAFileOfOnesOwn(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("modes of files are Unix's")
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	write := func(text string, mode os.FileMode) error {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, _, err := settings.Read(path, true)
		return err
	}
	const command = "source = \"work\"\n[mfa]\ncommand = [\"code\"]\n"
	if err := write(command, 0o644); err != nil {
		t.Errorf("readable by all: %v", err)
	}
	if err := write("source = \"work\"\n", 0o666); err != nil {
		t.Errorf("without a command: %v", err)
	}
	for _, text := range []string{command, "source = \"work\"\n\nbrowser = [\"firefox\", \"{url}\"]\n"} {
		err := write(text, 0o646)
		var wrong *settings.Error
		if !errors.As(err, &wrong) || wrong.Line != 3 || !strings.Contains(err.Error(), "it is not run, because the file is writable by everyone") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{dir: "it is a directory", big: "larger than settings can be", filepath.Join(dir, "none"): "no such file"}
	if os.PathSeparator == '/' {
		paths["/dev/null"] = "not a regular file"
	}
	for path, says := range paths {
		s, _, err := settings.Read(path, true)
		var wrong *settings.Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), says) || s.Guard.Prod != "choose" {
			t.Errorf("%s: %v", path, err)
		}
	}
	link := filepath.Join(dir, "link")
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("source = \"work\""), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	if s, _, err := settings.Read(link, true); err != nil || s.Source != "work" {
		t.Errorf("through a link: %+v, %v", s, err)
	}
}
