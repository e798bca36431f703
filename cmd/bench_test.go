//go:build unix

package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/internal/sandbox"
)

// BenchmarkWarmProcess runs whole processes in turn: `cameo credential-process`
// with a warm cache, and a Go program that reads one file. The metric x-readjson is
// the median of the ratios of neighbours, which says more than milliseconds on a
// machine that others use too. The table of docs/performance.md is by
// TestPerformanceTable.
//
//	go test ./cmd -run '^$' -bench WarmProcess -benchtime 101x
func BenchmarkWarmProcess(b *testing.B) {
	c := newCourse(b)
	floor, cameo := c.floors(b, "deploy")[0], c.cameo("cameo")
	cameo.mustRun(b, "deploy")
	var ratios, walls []float64
	for b.Loop() {
		read, warm := floor.mustRun(b, "deploy"), cameo.mustRun(b, "deploy")
		ratios = append(ratios, float64(warm.wall)/float64(read.wall))
		walls = append(walls, milliseconds(warm.wall))
	}
	b.ReportMetric(median(ratios), "x-readjson")
	b.ReportMetric(median(walls), "ms/warm")
}

// course is where runners run: a sandbox, its AWS files, and the programs as they
// are released.
type course struct {
	*box
	dir, program      string
	reader, libraries string // the programs of floors
}

// runner is a program that gives the credentials of a profile, with a home of its
// own for its cache.
type runner struct {
	name    string
	command []string // the profile comes at its end, or in place of PROFILE
	home    string
	environ []string
}

// run is what one process took.
type run struct {
	wall   time.Duration
	answer string
}

func newCourse(t testing.TB) *course {
	t.Helper()
	dir := t.TempDir()
	c := &course{dir: dir, program: build(t, dir, "./cameo"), reader: build(t, dir, "./testdata/readjson"), libraries: build(t, dir, "./testdata/libraries")}
	var err error
	if c.box, err = startBox(filepath.Join(dir, "aws")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	c.addChain(t)
	return c
}

// addChain adds the profiles one, two and three, each signed by the one before, and
// sibling, signed by two.
func (c *course) addChain(t testing.TB) {
	t.Helper()
	const may = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	trusts := func(account string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}}`
	}
	if err := c.world.PutGroupPolicy(sandbox.Development, "Developers", "chain", may); err != nil {
		t.Fatal(err)
	}
	var profiles strings.Builder
	for _, hop := range []struct{ name, source, trusted string }{
		{"one", "david", sandbox.Development}, {"two", "one", sandbox.Production}, {"three", "two", sandbox.Production}, {"sibling", "two", sandbox.Production},
	} {
		arn, err := c.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: "Hop-" + hop.name, Trust: trusts(hop.trusted)})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.world.PutRolePolicy(sandbox.Production, "Hop-"+hop.name, "chain", may); err != nil {
			t.Fatal(err)
		}
		profiles.WriteString("\n[profile " + hop.name + "]\nrole_arn = " + arn + "\nsource_profile = " + hop.source + "\n")
	}
	if err := c.configure(profiles.String()); err != nil {
		t.Fatal(err)
	}
}

// runner is a program on this course.
func (c *course) runner(name string, command ...string) runner {
	home := filepath.Join(c.dir, "home", name)
	return runner{name: name, command: command, home: home, environ: append(c.environ(),
		"HOME="+home, "USER=david", "PATH="+os.Getenv("PATH"), "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1")}
}

func (c *course) cameo(name string) runner { return c.runner(name, c.program, "credential-process") }

// floors are programs that do nothing but print the answer of a profile from a file: one
// with nothing more in it, and one with cameo's libraries.
func (c *course) floors(t testing.TB, profile string) []runner {
	t.Helper()
	file := filepath.Join(c.dir, "answer.json")
	if err := os.WriteFile(file, []byte(c.cameo("floor").mustRun(t, profile).answer), 0o600); err != nil {
		t.Fatal(err)
	}
	return []runner{c.runner("floor", c.reader, file), c.runner("libraries", c.libraries, file)}
}

// forget makes the next run of a program a cold one.
func (r runner) forget(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(r.home); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(r.home, 0o700); err != nil {
		t.Fatal(err)
	}
}

func (r runner) run(profile string) (run, error) {
	words := r.words(profile)
	c := exec.Command(words[0], words[1:]...)
	c.Env = r.environ
	began := time.Now()
	out, err := c.Output()
	return run{wall: time.Since(began), answer: string(out)}, err
}

func (r runner) words(profile string) []string {
	words := slices.Clone(r.command)
	if i := slices.Index(words, "PROFILE"); i >= 0 {
		words[i] = profile
		return words
	}
	return append(words, profile)
}

func (r runner) mustRun(t testing.TB, profile string) run {
	t.Helper()
	if err := os.MkdirAll(r.home, 0o700); err != nil {
		t.Fatal(err)
	}
	took, err := r.run(profile)
	if err != nil || !strings.Contains(took.answer, `"AccessKeyId"`) {
		t.Fatalf("%s: %v: %q", r.name, err, took.answer)
	}
	return took
}

// build builds a program as it is released, and puts it in its place as one installs it,
// by cp: how a file was written decides in what pieces the system keeps it in memory,
// which is up to a seventh of the time that the same bytes take to start.
func build(t testing.TB, dir, pkg string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.Base(pkg))
	linked := path + ".linked"
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, pkg)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", pkg, err, out)
	}
	if out, err := exec.Command("cp", linked, path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
