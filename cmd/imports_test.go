package cmd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a package and what of this module and of the AWS SDK its files that are
// not tests may import. A name ending in "/..." stands for everything beneath it.
type room struct {
	path string
	may  []string
	why  string
}

const sdk = "github.com/aws/"

// rooms is the plan of the house. A room that exists and is not here fails the
// test, as does a wall that somebody went through, and a door that nobody uses.
var rooms = []room{
	{"cmd/cameo", []string{"cmd"}, "main only starts cmd"},
	{"cmd", []string{"tui", "profiles", "creds/...", "internal/...", sdk}, "cmd wires everything; what tests pretend is not part of the program"},
	{"tui", []string{"profiles", "internal/roles", "internal/switching", "creds/refusal"}, "the screens talk to the world through tui.Backend only"},
	{"profiles", []string{"internal/safefile", "internal/policy"}, "profiles reads files and judges what stands in them: no network, no AWS SDK"},
	{"creds", []string{"profiles", sdk}, "creds talks to STS; where sessions are kept and codes come from is handed in"},
	{"creds/source", []string{"creds", "profiles"}, "ways to begin know processes, not switches"},
	{"creds/cache", []string{"creds", "profiles", "internal/safefile", "internal/secrets"}, "the cache knows keys and bytes; profiles is for Secret"},
	{"creds/mfa", []string{"creds", "internal/term", "profiles"}, "a code comes from a person or a command; profiles is for Inert"},
	{"creds/export", []string{"creds"}, "an output format needs credentials"},
	{"creds/console", []string{"creds", "profiles"}, "a link needs credentials; profiles is for Secret and the hosts of partitions"},
	{"creds/refusal", []string{"creds", "profiles", "internal/policy"}, "an explanation is a pure function of what was refused"},
	{"internal/switching", []string{"profiles", "internal/roles", "internal/shell", "internal/settings", "creds"}, "nobody else calls the Broker for a shell, so no path to production goes round the guard"},
	{"internal/roles", []string{"profiles", "internal/settings", "internal/safefile"}, "roles knows names, not credentials"},
	{"internal/settings", []string{"internal/safefile"}, "settings is a file"},
	{"internal/secrets", nil, "secrets is a store"},
	{"internal/history", []string{"internal/safefile"}, "history is a file"},
	{"internal/shell", nil, "shell writes text"},
	{"internal/policy", nil, "policy decides, and is shared with the sandbox, which shares nothing else"},
	{"internal/term", nil, "term asks"},
	{"internal/safefile", nil, "safefile is the ground"},
	{"internal/sandbox", []string{"internal/policy", "internal/safefile"}, "the sandbox judges the client and so shares no type with it"},
	{"internal/screentest", nil, "screentest is a terminal"},
}

// testRoom and testLibraries are imported by tests alone: nothing of them is in
// the program.
var (
	testRoom      = "internal/screentest"
	testLibraries = []string{
		"github.com/creack/pty", "github.com/charmbracelet/x/vt", "github.com/aws/aws-sdk-go-v2/service/s3",
		"github.com/rogpeppe/go-internal/testscript", "pgregory.net/rapid", "github.com/google/go-cmp", "testing",
	}
)

// mayReveal are the files that may take a secret out of profiles.Secret, each with
// where the bytes go.
var mayReveal = map[string]string{
	"creds/sts.go":                   "the signer",
	"creds/exchange.go":              "the digest that keeps sessions of other keys apart",
	"creds/cache/entry.go":           "the sealed file",
	"creds/console/signin.go":        "the body of the request to AWS's sign-in",
	"creds/console/page.go":          "the browser, by a redirect on loopback, once",
	"creds/export/export.go":         "the answer on stdout",
	"creds/export/process.go":        "the answer on stdout",
	"creds/export/credentials.go":    "the answer on stdout",
	"internal/switching/handover.go": "the variables of the shell or command",
	"cmd/bucket.go":                  "the signer of the demo's requests",
	"cmd/sync_fetch.go":              "the signer of a catalogue's request",
	"cmd/console.go":                 "the answer of console --print on stdout",
	"cmd/clipboard.go":               "the stdin of the desktop's clipboard tool",
	"tui/clipboard.go":               "the terminal's clipboard, when the user has said yes",
}

// goFile is one source file of the module that is not a test.
type goFile struct {
	name string // slash-separated, from the module's root
	room string
	ast  *ast.File
	set  *token.FileSet
}

// sources parses every file that is not a test, for whatever system it is.
func sources(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() && (base == "testdata" || len(base) > 1 && (base[0] == '.' || base[0] == '_')) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, filepath.Join("..", filepath.FromSlash(name)), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, goFile{name, path.Dir(name), parsed, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files: is this the module's root?", len(files))
	}
	return files
}

func (f goFile) imports(t *testing.T) []string {
	var all []string
	for _, spec := range f.ast.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	return all
}

func (f goFile) isForTests() bool { return f.room == testRoom }

func TestRoomsImportOnlyWhatThePlanAllows(t *testing.T) {
	for _, f := range sources(t) {
		i := slices.IndexFunc(rooms, func(r room) bool { return r.path == f.room })
		if i < 0 {
			t.Errorf("%s: room %q is not in the plan: say there what it may import, and why", f.name, f.room)
			continue
		}
		for _, imported := range f.imports(t) {
			if !allows(rooms[i], imported) {
				t.Errorf("%s may not import %q: %s", f.name, imported, rooms[i].why)
			}
		}
	}
}

func TestThePlanAllowsOnlyWhatIsNeeded(t *testing.T) {
	imported := map[string][]string{}
	for _, f := range sources(t) {
		imported[f.room] = append(imported[f.room], f.imports(t)...)
	}
	for _, r := range rooms {
		if imported[r.path] == nil {
			t.Errorf("there is no room %q (any more): take it from the plan", r.path)
			continue
		}
		for _, may := range r.may {
			only := room{may: []string{may}}
			if !slices.ContainsFunc(imported[r.path], func(name string) bool { return isOurs(name) && allows(only, name) }) {
				t.Errorf("%s does not import %q (any more): take that from the plan", r.path, may)
			}
		}
	}
}

// isOurs reports whether the plan speaks of an import at all.
func isOurs(imported string) bool {
	return strings.HasPrefix(imported, "cameo/") || strings.HasPrefix(imported, sdk)
}

func allows(r room, imported string) bool {
	name, _ := strings.CutPrefix(imported, "cameo/")
	switch {
	case !isOurs(imported):
		return true
	case name == testRoom:
		return false
	case strings.HasPrefix(imported, sdk):
		return slices.Contains(r.may, sdk)
	}
	return slices.ContainsFunc(r.may, func(may string) bool {
		beneath, all := strings.CutSuffix(may, "/...")
		return may == name || all && (name == beneath || strings.HasPrefix(name, beneath+"/"))
	})
}

func TestThePlanRefuses(t *testing.T) {
	refused := map[string][]string{
		"profiles":         {"cameo/creds", sdk + "aws-sdk-go-v2/aws", "cameo/internal/settings"},
		"tui":              {"cameo/cmd", "cameo/internal/shell", "cameo/creds/cache", sdk + "smithy-go"},
		"internal/sandbox": {"cameo/profiles", "cameo/creds"},
		"internal/shell":   {"cameo/profiles"},
		"cmd":              {"cameo/internal/screentest"},
	}
	for name, imports := range refused {
		r := rooms[slices.IndexFunc(rooms, func(r room) bool { return r.path == name })]
		for _, imported := range imports {
			if allows(r, imported) {
				t.Errorf("%s may import %s", name, imported)
			}
		}
	}
}

func TestWhatIsForTestsIsNotInTheProgram(t *testing.T) {
	for _, f := range sources(t) {
		if f.isForTests() {
			continue
		}
		for _, imported := range f.imports(t) {
			for _, library := range testLibraries {
				if imported == library || strings.HasPrefix(imported, library+"/") {
					t.Errorf("%s may not import %q: it is for tests", f.name, imported)
				}
			}
		}
	}
}

// processWide are the names of package os that only cmd may use: everybody else is
// handed what they need.
var processWide = []string{"Args", "Environ", "Getenv", "LookupEnv", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv", "Exit"}

func TestOnlyCmdReadsTheProcessAndEndsIt(t *testing.T) {
	for _, f := range sources(t) {
		if f.room == "cmd" || f.room == "cmd/cameo" || f.isForTests() {
			continue
		}
		for _, use := range f.selectors("os", processWide) {
			t.Errorf("%s uses os.%s: only cmd reads the arguments and the environment, and ends the process; take it as a field", use.at, use.name)
		}
		for _, use := range f.selectors("syscall", []string{"Getenv", "Environ", "Exit"}) {
			t.Errorf("%s uses syscall.%s: only cmd does", use.at, use.name)
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init: everybody pays for it before main, and no test can do without it", f.set.Position(fn.Pos()))
			}
		}
	}
}

func TestSecretsAreRevealedOnlyWhereTheyLeave(t *testing.T) {
	used := map[string]bool{}
	for _, f := range sources(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Reveal" {
				return true
			}
			if _, ok := mayReveal[f.name]; !ok {
				t.Errorf("%s: Reveal: a secret leaves only in %v", f.set.Position(call.Pos()), strings.Join(sortedKeys(mayReveal), ", "))
			}
			used[f.name] = true
			return true
		})
	}
	for _, name := range sortedKeys(mayReveal) {
		if !used[name] {
			t.Errorf("%s reveals no secret (any more): take it from the list", name)
		}
	}
}

func sortedKeys(m map[string]string) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

type use struct {
	at   token.Position
	name string
}

// selectors finds the uses of names of a package of the standard library,
// whatever the file calls it.
func (f goFile) selectors(pkg string, names []string) []use {
	local := ""
	for _, spec := range f.ast.Imports {
		if spec.Path.Value == strconv.Quote(pkg) {
			local = pkg
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	var found []use
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && local != "" && x.Name == local && slices.Contains(names, s.Sel.Name) {
			found = append(found, use{f.set.Position(s.Pos()), s.Sel.Name})
		}
		return true
	})
	return found
}
