package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cameo/internal/sandbox"
)

// TestFigures holds the screens to what can be counted, with the program as it is
// released, ten thousand roles, real shells and a real pseudo-terminal: keys, bytes,
// what is left behind and what is restored. Times are measured and never judged. .ci/figures
// has it write the table of docs/performance.md into the file that CAMEO_FIGURES names;
// CAMEO_HEAVY=1 runs it with fewer rounds.
func TestFigures(t *testing.T) {
	path := os.Getenv("CAMEO_FIGURES")
	if path == "" && os.Getenv("CAMEO_HEAVY") == "" {
		t.Skip("CAMEO_FIGURES names no file, and CAMEO_HEAVY is not set: .ci/figures runs this")
	}
	f := newFigures(t, path != "")

	t.Run("keys", f.keys)
	t.Run("exit", f.exit)
	t.Run("times", f.times) // nothing else runs meanwhile
	t.Run("counts", func(t *testing.T) {
		t.Run("bytes", f.bytes)
		t.Run("idle", f.idle)
		t.Run("far", f.far)
		t.Run("deaths", f.deaths)
		t.Run("colour", f.colour)
	})
	if path == "" {
		return
	}
	f.others(t)
	if err := os.WriteFile(path, []byte(f.table()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// figures is where they are measured: a sandbox, its AWS files with ten thousand
// profiles, and the program as it is released.
type figures struct {
	*box
	program string
	full    bool // for the table: more rounds
	rows    []*figure

	mu sync.Mutex // of the rows' cells
}

// figure is one row of the table.
type figure struct{ goal, target, measured string }

// The roles that david may enter: two of development without a code, one that three
// letters find, one of production without a code and one with.
const enterable = `
[profile orders]
role_arn = arn:aws:iam::` + sandbox.Production + `:role/Hop1
source_profile = david
cameo_env = dev

[profile refunds]
role_arn = ` + deployRole + `
source_profile = david
cameo_env = dev

[profile xylophone]
role_arn = arn:aws:iam::` + sandbox.Production + `:role/Tagged
source_profile = david
cameo_env = dev

[profile quayside]
role_arn = ` + deployRole + `
source_profile = david
cameo_env = prod

[profile vaulted]
role_arn = arn:aws:iam::` + sandbox.Production + `:role/UpdateApp
source_profile = david
mfa_serial = arn:aws:iam::` + sandbox.Development + `:mfa/David
cameo_env = prod

`

func newFigures(t *testing.T, full bool) *figures {
	t.Helper()
	dir := t.TempDir()
	f := &figures{program: build(t, dir, "./cameo"), full: full}
	var err error
	if f.box, err = startBox(filepath.Join(dir, "aws")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.configure(enterable + manyProfiles(10_000)); err != nil {
		t.Fatal(err)
	}
	return f
}

// row adds a row to the table; it is said later what was measured.
func (f *figures) row(goal, target string) *figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	row := &figure{goal, target, "not measured"}
	f.rows = append(f.rows, row)
	return row
}

func (r *figure) is(format string, args ...any) { r.measured = fmt.Sprintf(format, args...) }

func (f *figures) table() string {
	var text strings.Builder
	text.WriteString("| goal | target | measured |\n| --- | --- | --- |\n")
	for _, r := range f.rows {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", r.goal, r.target, r.measured)
	}
	return text.String()
}

// rounds is how often something is measured whose time is looked at.
func (f *figures) rounds(forTheTable int) int {
	if f.full {
		return forTheTable
	}
	return 3
}

// seat is one on which the screens show ten thousand roles.
func (f *figures) seat(t *testing.T, o seatOptions) *seat {
	t.Helper()
	o.program = f.program
	o.init = bindChord
	if o.width == 0 {
		o.width, o.height = 100, 30
	}
	return takeSeat(t, f.box, o)
}

// inEachShell runs a test in the shells that are here, and says which those are.
func (f *figures) inEachShell(t *testing.T, test func(t *testing.T, shell string)) string {
	t.Helper()
	var here []string
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			test(t, shell)
			here = append(here, shell)
		})
	}
	return strings.Join(here, ", ")
}

// others are the goals to which other tests hold the program: they are run, and
// named in the table.
func (f *figures) others(t *testing.T) {
	for _, o := range []struct{ goal, target, pkg, run string }{
		{"panic, in drawing and in a goroutine", "terminal restored, exit code 1", "./tui", "PanicsRestoreTheTerminal"},
		{"sizes 100x30, 80x24, 40x12, 20x5, and live resizing", "no overflow, no panic, the kept fields are there", "./tui", "GoldenFrames|OnATerminal|RandomWalks"},
		{"paths to production without the guard", "0, by random keys, held Enter and paste", "./tui", "RandomWalks|HeldEnter|TheDigitsCanBePasted|NoItemGoesRoundTheGuard|ARetryPassesTheGuardAgain"},
		{"50 cold credential-processes at once", "1 call of STS, 1 question", "./cmd", "ACrowdShares|Script/together"},
	} {
		row := f.row(o.goal, o.target)
		out, err := goTest("-count=1", "-v", "-run", o.run, o.pkg)
		passed := strings.Count(out, "--- PASS")
		if err != nil || passed == 0 {
			t.Errorf("go test -run '%s' %s: %v\n%s", o.run, o.pkg, err, out)
			continue
		}
		row.is("%d tests pass: `go test %s -run '%s'`", passed, o.pkg, strings.ReplaceAll(o.run, "|", `\|`))
	}
}

// goTest is what go test says in the module's root.
func goTest(args ...string) (string, error) {
	c := exec.Command("go", append([]string{"test"}, args...)...)
	c.Dir = ".."
	out, err := c.CombinedOutput()
	return string(out), err
}

// worst is the largest value that a benchmark reports in a unit.
func worst(out, unit string) float64 {
	largest := 0.0
	fields := strings.Fields(out)
	for i, field := range fields {
		if value, err := strconv.ParseFloat(fields[max(i-1, 0)], 64); field == unit && err == nil {
			largest = max(largest, value)
		}
	}
	return largest
}
