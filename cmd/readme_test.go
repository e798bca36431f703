//go:build unix

package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cameo/internal/settings"
)

// documents are what a reader is given, from the module's root.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"}
	more, err := fs.Glob(os.DirFS(".."), "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(names, more...)
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fence is one block of code of a document.
type fence struct {
	lang string
	text string
	why  string // why it is not run; empty: it is
}

var (
	fenced = regexp.MustCompile("(?m)^(?:<!-- not run: (.*) -->\n)?```([a-z]*)\n((?s:.*?\n))```$")
	span   = regexp.MustCompile("`([^`\n]+)`")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)|(?m)^\[[^\]]+\]: (\S+)$`)
)

func fences(text string) []fence {
	var all []fence
	for _, m := range fenced.FindAllStringSubmatch(text, -1) {
		all = append(all, fence{lang: m[2], text: m[3], why: m[1]})
	}
	return all
}

// notRun are the blocks that no test can run. A block that is marked so in the
// document and is not here fails, and so does one that is no longer there.
var notRun = []string{
	"cameo sandbox --home sandbox",
	"go test ./...",
	"go test ./cmd -run '^$' -bench WarmProcess -benchtime 101x",
}

// The roles that the README speaks of, beside those of every sandbox.
const readmeProfiles = `
[profile audit]
role_arn = arn:aws:iam::123456789012:role/Audit
source_profile = david
`

// Every command of the README, in the shell that it is written for.
func TestReadmeCommandsWork(t *testing.T) {
	blocks := fences(document(t, "README.md"))
	var left []string
	for _, b := range blocks {
		if b.why != "" {
			left = append(left, strings.TrimSpace(b.text))
			t.Logf("not run, because %s: %s", b.why, strings.TrimSpace(b.text))
		}
	}
	if !slices.Equal(left, notRun) {
		t.Errorf("not run are %q; the test knows %q", left, notRun)
	}
	reader := newReader(t)
	for _, b := range blocks {
		if b.why != "" {
			continue
		}
		first, _, _ := strings.Cut(b.text, "\n")
		reader.box.pass(30 * time.Second) // to the next code of every device
		t.Run(b.lang+" "+first, func(t *testing.T) {
			switch b.lang {
			case "sh", "zsh", "fish":
				reader.run(t, b)
			case "console":
				reader.compare(t, b)
			case "ini":
				reader.resolve(t, b)
			case "json":
				if !json.Valid([]byte(b.text)) {
					t.Error("it is not JSON")
				}
			case "toml": // TestReadmeSettings
			default:
				t.Errorf("no test knows blocks of %q", b.lang)
			}
		})
	}
}

// reader is somebody who does what the README says, on a sandbox, with a phone that
// types its codes by itself.
type reader struct {
	box *box
	dir string
	env []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"config/cameo", "run", "bin", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b, err := startBox(filepath.Join(dir, "sandbox"))
	if b != nil {
		t.Cleanup(func() {
			if err := b.close(); err != nil {
				t.Error(err)
			}
		})
	}
	if err == nil {
		err = b.configure(readmeProfiles)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config", "cameo", "config.toml"),
			[]byte("[cache]\nkey = \"file\"\n[mfa]\ncommand = [\"cameo\", \"sandbox\", \"code\", \"david\"]\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{box: b, dir: dir}
	r.env = append(r.env, "HOME="+dir, "USER=tester", "TZ=UTC", "LANG=C.UTF-8", "TERM=xterm-256color", "PATH="+os.Getenv("PATH"),
		"TMPDIR="+filepath.Join(dir, "tmp"), "GORACE=atexit_sleep_ms=0",
		"XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_RUNTIME_DIR="+filepath.Join(dir, "run"),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PROFILE=david", "AWS_ENDPOINT_URL="+b.endpoint,
		"AWS_CONFIG_FILE="+filepath.Join(b.home, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(b.home, "credentials"))
	// What the go command builds is cached where it always is; what it installs is not
	// put there.
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN"} {
		if value, err := exec.Command("go", "env", name).Output(); err == nil {
			r.env = append(r.env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	r.env = append(r.env, "GOBIN="+filepath.Join(dir, "bin"))
	return r
}

// pass lets time go by in the sandbox. AWS, and so the sandbox, takes signatures that
// are up to 15 minutes off.
func (b *box) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

// shells are how a block is given to its shell. The line of the start-up file comes
// first; a command that fails ends the shell with its code.
var shells = map[string]struct{ argv, before []string }{
	"sh":   {[]string{"bash", "--norc", "-c"}, []string{`eval "$(cameo init bash)"`, `trap 'code=$?; echo "failed: $BASH_COMMAND" >&2; exit $code' ERR`}},
	"zsh":  {[]string{"zsh", "-f", "-c"}, []string{`eval "$(cameo init zsh)"`, `setopt errexit`}},
	"fish": {[]string{"fish", "--no-config", "-c"}, nil},
}

// shell runs text in a session of its own, so that nobody is asked on the terminal
// of who runs the tests.
func (r *reader) shell(t *testing.T, lang, text string) (string, error) {
	t.Helper()
	shell := shells[lang]
	if _, err := exec.LookPath(shell.argv[0]); err != nil {
		t.Skipf("%s is not installed", shell.argv[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	script := strings.Join(append(slices.Clone(shell.before), text), "\n")
	c := exec.CommandContext(ctx, shell.argv[0], append(slices.Clone(shell.argv[1:]), script)...)
	c.Env, c.Dir = r.env, r.dir
	if strings.HasPrefix(text, "go ") {
		c.Dir = ".."
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := c.CombinedOutput()
	return string(out), err
}

func (r *reader) run(t *testing.T, b fence) {
	if strings.HasPrefix(b.text, "go ") && testing.Short() {
		t.Skip("it builds the program")
	}
	if out, err := r.shell(t, b.lang, b.text); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// compare runs the commands of a transcript and compares what they print with what
// it shows. "…" stands for anything within a line.
func (r *reader) compare(t *testing.T, b fence) {
	var script strings.Builder
	var want []string
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			script.WriteString(command + "printf '\\036'\n")
			want = append(want, "")
			continue
		}
		if len(want) == 0 {
			t.Fatalf("a transcript begins with a command, not %q", line)
		}
		want[len(want)-1] += line
	}
	out, err := r.shell(t, "sh", script.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, text := range want {
		got, rest, _ := strings.Cut(out, "\x1e")
		out = rest
		pattern := strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".*")
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
			t.Errorf("command %d prints\n%s\nwant\n%s", i+1, got, text)
		}
	}
}

// resolve adds profiles to the AWS config file, where every one has to make sense
// and to give credentials.
func (r *reader) resolve(t *testing.T, b fence) {
	if err := r.box.configure("\n" + b.text); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\[profile (.+)\]$`).FindAllStringSubmatch(b.text, -1)
	if len(names) == 0 {
		t.Fatal("it defines no profile")
	}
	for _, name := range names {
		out, err := r.shell(t, "sh", "CAMEO_ROLE=prod-update cameo exec "+name[1]+" -- true")
		if err != nil {
			t.Errorf("profile %s: %v\n%s", name[1], err, out)
		}
	}
}

// The settings of the README are all that there are, with their defaults.
func TestReadmeSettings(t *testing.T) {
	var text string
	for _, b := range fences(document(t, "README.md")) {
		if b.lang == "toml" && strings.Contains(b.text, "handoff") {
			text = b.text
		}
	}
	s, warnings, err := settings.Parse("README.md", []byte(text))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if s.Source == "" || len(s.Browser) == 0 || len(s.MFA.Command) == 0 || len(s.Rules) == 0 || len(s.Catalogues) == 0 {
		t.Error("source, browser, mfa.command, roles and catalogue have no example")
	}
	s.Source, s.Browser, s.MFA.Command, s.Rules, s.Catalogues = "", nil, nil, nil, nil
	if want := settings.Default(); !reflect.DeepEqual(s, want) {
		t.Errorf("it says %+v; the defaults are %+v", s, want)
	}
	for _, key := range settingKeys(t, "none = 1") {
		if !regexp.MustCompile(`(?m)^(\[\[?` + key + `\]|` + key + ` +=)`).MatchString(text) {
			t.Errorf("the setting %s is missing", key)
			continue
		}
		if !strings.Contains(text, "["+key+"]") {
			continue
		}
		_, table, _ := strings.Cut(text, "["+key+"]")
		table, _, _ = strings.Cut(table, "\n[")
		for _, inner := range settingKeys(t, "["+key+"]\nnone = 1") {
			name := inner[strings.LastIndex(inner, ".")+1:]
			if !regexp.MustCompile(`(?m)^` + name + ` +=`).MatchString(table) {
				t.Errorf("the setting %s is missing", inner)
			}
		}
	}
}

// settingKeys are the settings that can stand where text has an unknown one. In a
// list of tables that is a warning, elsewhere an error.
func settingKeys(t *testing.T, text string) []string {
	t.Helper()
	_, warnings, err := settings.Parse("test", []byte(text))
	if len(warnings) == 1 && len(warnings[0].Known) > 0 {
		return warnings[0].Known
	}
	var unknown *settings.UnknownKeyError
	if !errors.As(err, &unknown) || len(unknown.Known) == 0 {
		t.Fatalf("%q: %v", text, err)
	}
	return unknown.Known
}

// help is what `cameo VERB --help` prints.
func help(t *testing.T, verb ...string) string {
	t.Helper()
	c := exec.Command("cameo", append(slices.Clone(verb), "--help")...)
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("cameo %v --help: %v", verb, err)
	}
	return string(out)
}

// isHelpOf reports whether text is the help of a verb, hidden or not: cobra answers
// the help of any other word with the program's own.
func isHelpOf(text string, verb ...string) bool {
	return strings.Contains(text, "\n  cameo "+strings.Join(verb, " ")+" ")
}

var flagName = regexp.MustCompile(`(?:^|[ \[])(--[a-z][a-z-]*)`)

// commandsOf are the command lines of cameo in a document, in its code, each from
// the word after "cameo" to where the shell or the comment begins.
func commandsOf(text string) []string {
	var code []string
	for _, b := range fences(text) {
		if b.lang == "console" {
			for line := range strings.Lines(b.text) {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					code = append(code, command)
				}
			}
			continue
		}
		code = append(code, strings.Split(b.text, "\n")...)
	}
	for _, m := range span.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		if strings.HasPrefix(m[1], "cameo ") {
			code = append(code, m[1])
		}
	}
	var all []string
	for _, line := range code {
		line, _, _ = strings.Cut(line, "#")
		for _, m := range regexp.MustCompile(`(?:^\s*|[|;&(=]\s*)cameo ([^|;&<>)]+)`).FindAllStringSubmatch(line, -1) {
			command, _, _ := strings.Cut(m[1]+" ", " -- ")
			all = append(all, strings.TrimSpace(command))
		}
	}
	return all
}

// Verbs and flags that a document names exist, and the README names every verb.
func TestDocumentedVerbsAndFlagsExist(t *testing.T) {
	documented := map[string]bool{}
	main := help(t)
	everyHelp := main
	for _, name := range documents(t) {
		text := document(t, name)
		for _, command := range commandsOf(text) {
			words := strings.Fields(command)
			verb := words[:1]
			if len(words) > 1 && words[0] == "sandbox" && !strings.HasPrefix(words[1], "-") {
				verb = words[:2]
			}
			known := main
			switch {
			case words[0] == "VERB", words[0] == "-", strings.HasPrefix(words[0], "--"), words[0] == "deploy", words[0] == "prod":
			default:
				known = help(t, verb...)
				if !isHelpOf(known, verb...) {
					t.Errorf("%s: `cameo %s`: there is no such verb", name, command)
					continue
				}
				everyHelp += known
				documented[words[0]] = documented[words[0]] || name == "README.md"
			}
			for _, flag := range flagName.FindAllStringSubmatch(command, -1) {
				if !hasFlag(known, flag[1]) {
					t.Errorf("%s: `cameo %s`: there is no flag %s", name, command, flag[1])
				}
			}
		}
		for _, m := range span.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			for _, flag := range flagName.FindAllStringSubmatch(m[1], -1) {
				if strings.HasPrefix(m[1], "--") && flag[1] != "--parallel-safe" && !hasFlag(everyHelp, flag[1]) {
					t.Errorf("%s: `%s`: there is no flag %s", name, m[1], flag[1])
				}
			}
		}
	}
	_, list, _ := strings.Cut(main, "\nEvery day:\n")
	list, _, _ = strings.Cut(list, "\nFlags:\n")
	verbs := []string{"completion", "man"}
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "  ") {
			verbs = append(verbs, strings.Fields(line)[0])
		}
	}
	if len(verbs) < 10 {
		t.Fatalf("the help lists only %v", verbs)
	}
	for _, verb := range verbs {
		if verb != "help" && !documented[verb] {
			t.Errorf("README.md does not tell of cameo %s", verb)
		}
	}
}

func hasFlag(help, flag string) bool {
	return regexp.MustCompile(`(?m)^ +(-[a-z], )?` + flag + `\b`).MatchString(help)
}

// Variables of cameo's own that a document names are read or set somewhere.
func TestDocumentedVariablesExist(t *testing.T) {
	var source bytes.Buffer
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		base := filepath.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(base) > 1 && base[0] == '.':
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(base, ".go") && base != "readme_test.go":
			data, err := os.ReadFile(filepath.Join("..", name))
			source.Write(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents(t) {
		for _, variable := range regexp.MustCompile(`\bCAMEO_[A-Z]+\b`).FindAllString(document(t, name), -1) {
			if !strings.Contains(source.String(), `"`+variable+`"`) {
				t.Errorf("%s: nothing knows %s", name, variable)
			}
		}
	}
}

// Links lead to files and headings that are there; what is elsewhere is not asked.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	for _, name := range documents(t) {
		links := link.FindAllStringSubmatch(fenced.ReplaceAllString(document(t, name), ""), -1)
		if len(links) == 0 {
			t.Errorf("%s has no link: does this test still see them?", name)
		}
		for _, m := range links {
			target, heading, _ := strings.Cut(m[1]+m[2], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(filepath.Join("..", path)); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
				continue
			}
			if heading != "" && !slices.Contains(anchors(document(t, path)), heading) {
				t.Errorf("%s links to %s: %s has no such heading", name, m[1], path)
			}
		}
	}
}

// anchors are the names that GitHub gives to headings.
func anchors(text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

// The map of the code has every room, and no other.
func TestContributingHasTheMap(t *testing.T) {
	text := document(t, "CONTRIBUTING.md")
	_, table, _ := strings.Cut(text, "## The map")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, f := range sources(t) {
		if !strings.Contains(table, "`"+f.room+"`") {
			t.Errorf("CONTRIBUTING.md: the map lacks the room `%s` (%s)", f.room, f.name)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		if entry, err := os.Stat(filepath.Join("..", filepath.FromSlash(m[1]))); err != nil || !entry.IsDir() {
			t.Errorf("CONTRIBUTING.md: there is no room `%s`", m[1])
		}
	}
}
