//go:build unix

package cmd_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/sandbox"
)

// TestPerformanceTable writes the tables of docs/performance.md into the file that
// CAMEO_BENCH names; .ci/bench runs it. Programs run in turn, and a ratio is the
// median of the ratios within each round.
func TestPerformanceTable(t *testing.T) {
	path := os.Getenv("CAMEO_BENCH")
	if path == "" {
		t.Skip("CAMEO_BENCH names no file: .ci/bench runs this")
	}
	rounds := 41
	if text := os.Getenv("ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("ROUNDS: %q is no number of rounds", text)
		}
	}
	b := &bench{course: newCourse(t), rounds: rounds}
	b.findPeers()
	b.warm(t)
	b.sizes(t)
	b.cold(t)
	b.stampede(t)
	if err := os.WriteFile(path, []byte(b.text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

type bench struct {
	*course
	rounds int
	peers  []runner
	text   strings.Builder
}

// askBotocore is what boto3 does with a profile, with the cache of the AWS CLI.
const askBotocore = `import json, os, sys, botocore.session, botocore.credentials
s = botocore.session.Session(profile=sys.argv[1])
s.get_component("credential_provider").get_provider("assume-role").cache = botocore.credentials.JSONFileCache(os.path.expanduser("~/.aws/cli/cache"))
k = s.get_credentials().get_frozen_credentials()
print(json.dumps({"AccessKeyId": k.access_key, "SecretAccessKey": k.secret_key, "SessionToken": k.token}))`

// findPeers takes the other programs that are here: AWSCLI and PYTHON name those
// two, and PEERS more of them, one "NAME=COMMAND" a line, with PROFILE where the
// profile belongs. One that gives no credentials is left out, and that is said.
func (b *bench) findPeers() {
	var all []runner
	if aws := os.Getenv("AWSCLI"); aws != "" {
		all = append(all, b.runner("AWS CLI", aws, "configure", "export-credentials", "--format", "process", "--profile", "PROFILE"))
	}
	if python := os.Getenv("PYTHON"); python != "" {
		all = append(all, b.runner("botocore", python, "-c", askBotocore, "PROFILE"))
	}
	for line := range strings.Lines(os.Getenv("PEERS")) {
		if name, command, found := strings.Cut(strings.TrimSpace(line), "="); found && strings.TrimSpace(command) != "" {
			all = append(all, b.runner(name, strings.Fields(command)...))
		}
	}
	for _, peer := range all {
		if err := os.MkdirAll(peer.home, 0o700); err != nil {
			b.say("%s left out: %v", peer.name, err)
		} else if took, err := peer.run("deploy"); err != nil || !strings.Contains(took.answer, `"AccessKeyId"`) {
			why := ""
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				why = strings.TrimSpace(string(exit.Stderr))
				why = why[strings.LastIndex(why, "\n")+1:]
			}
			b.say("%s is left out: it gave no credentials (%v): %s", peer.name, err, why)
		} else {
			b.peers = append(b.peers, peer)
		}
	}
	if len(all) == 0 {
		b.say("No other program was named.")
	}
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(&b.text, format+"\n\n", args...) }

func (b *bench) row(cells ...string) { fmt.Fprintf(&b.text, "| %s |\n", strings.Join(cells, " | ")) }

func (b *bench) heading(title string, cells ...string) {
	fmt.Fprintf(&b.text, "### %s\n\n", title)
	b.row(cells...)
	b.row(strings.Split(strings.TrimSuffix(strings.Repeat("---,", len(cells)), ","), ",")...)
}

// series is what the rounds of one runner took.
type series struct{ walls, ratios []float64 }

// inTurn runs every runner once a round; before is called before each run. Each round has
// an order of its own: who comes after a large program finds the processor's caches cold.
func (b *bench) inTurn(t *testing.T, rounds int, profile string, all []runner, before func(runner)) []series {
	t.Helper()
	got := make([]series, len(all))
	for round := range rounds {
		for _, i := range rand.Perm(len(all)) {
			if before != nil {
				before(all[i])
			}
			got[i].walls = append(got[i].walls, milliseconds(all[i].mustRun(t, profile).wall))
		}
		for i := range got {
			got[i].ratios = append(got[i].ratios, got[i].walls[round]/got[0].walls[round])
		}
	}
	return got
}

func (b *bench) warm(t *testing.T) {
	all := slices.Concat(b.floors(t, "deploy"), []runner{b.cameo("cameo")}, b.peers)
	for _, r := range all {
		r.mustRun(t, "deploy")
	}
	calls := b.calls("*")
	got := b.inTurn(t, b.rounds, "deploy", all, nil)
	b.heading(fmt.Sprintf("Warm: the session is in the cache (%d rounds; %d calls of STS)", b.rounds, b.calls("*")-calls),
		"", "ms", "of the floor", "peak memory, MiB")
	for i, r := range all {
		name := r.name
		switch name {
		case "floor":
			name = "floor: a Go program that reads one file"
		case "libraries":
			name = "the same, with cameo's libraries in it"
		}
		b.row(name, number(median(got[i].walls)), number(median(got[i].ratios)), b.peak(r, "deploy"))
	}
	b.text.WriteByte('\n')
}

// TestTheFloorWithLibrariesHasThoseOfTheProgram asks the go command what both are built
// from, and whether what the ordinary tests do not build would be.
func TestTheFloorWithLibrariesHasThoseOfTheProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the program has other libraries here, for the system's store of secrets")
	}
	libraries := func(pkg string) string {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg).Output()
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		all := strings.Fields(string(out))
		all = slices.DeleteFunc(all, func(path string) bool { return strings.HasPrefix(path, "cameo/") })
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	program, floor := libraries("./cameo"), libraries("./testdata/libraries")
	if diff := cmp.Diff(program, floor); diff != "" || program == "" {
		t.Error("the program (-), the floor (+):\n", diff)
	}
	if out, err := exec.Command("go", "vet", "./testdata/libraries", "./testdata/readjson").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// peak is the resident memory of a run in MiB, by GNU time: that of a process which
// a larger one starts is counted too high by everybody else.
func (b *bench) peak(r runner, profile string) string {
	gnu, err := exec.LookPath("time")
	if err != nil {
		return "not measured: there is no program time"
	}
	report := filepath.Join(b.dir, "peak")
	var peaks []float64
	for range 5 {
		c := exec.Command(gnu, append([]string{"-f", "%M", "-o", report}, r.words(profile)...)...)
		c.Env = r.environ
		if err := c.Run(); err != nil {
			return "not measured: " + err.Error()
		}
		data, err := os.ReadFile(report)
		if err != nil {
			return "not measured: " + err.Error()
		}
		kib, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
		if err != nil {
			return "not measured: " + err.Error()
		}
		peaks = append(peaks, kib/1024)
	}
	return number(median(peaks))
}

// sizes measures warm calls with more and more profiles in the config file, the one
// that is asked for being the last.
func (b *bench) sizes(t *testing.T) {
	sizes := []int{10, 1000, 10000}
	own, err := os.ReadFile(filepath.Join(b.box.home, "config"))
	if err != nil {
		t.Fatal(err)
	}
	b.heading("Warm, by the number of profiles in the config file", "", "10, ms", "1,000, of 10", "10,000, of 10")
	for _, r := range append([]runner{b.cameo("cameo")}, b.peers...) {
		var all []runner
		for _, n := range sizes {
			var config strings.Builder
			for i := range n - strings.Count(string(own), "[profile ") {
				fmt.Fprintf(&config, "[profile team-%d]\nrole_arn = arn:aws:iam::%012d:role/Developer\nsource_profile = david\nregion = eu-west-1\n\n", i, i)
			}
			config.Write(own)
			path := filepath.Join(b.dir, fmt.Sprintf("config-%d", n))
			if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			sized := r
			sized.environ = append([]string{}, r.environ...)
			for i, pair := range sized.environ {
				if strings.HasPrefix(pair, "AWS_CONFIG_FILE=") {
					sized.environ[i] = "AWS_CONFIG_FILE=" + path
				}
			}
			sized.mustRun(t, "deploy")
			all = append(all, sized)
		}
		got := b.inTurn(t, b.roundsOf(r), "deploy", all, nil)
		b.row(r.name, number(median(got[0].walls)), number(median(got[1].ratios)), number(median(got[2].ratios)))
	}
	b.text.WriteByte('\n')
}

// roundsOf is fewer where a round takes long.
func (b *bench) roundsOf(r runner) int {
	if r.name == "cameo" {
		return b.rounds
	}
	return max(1, b.rounds/8)
}

// cold measures calls that find nothing in any cache.
func (b *bench) cold(t *testing.T) {
	all := append([]runner{b.cameo("cameo")}, b.peers...)
	forget := func(r runner) { r.forget(t) }
	rounds := max(1, b.rounds/4)
	cells := map[string][]string{}
	for _, delay := range []time.Duration{0, 40 * time.Millisecond} {
		b.setFault(sandbox.Fault{Delay: delay})
		for _, profile := range []string{"deploy", "three"} {
			for i, s := range b.inTurn(t, rounds, profile, all, forget) {
				cells[all[i].name] = append(cells[all[i].name], number(median(s.walls)))
			}
		}
	}
	b.setFault(sandbox.Fault{})
	b.heading(fmt.Sprintf("Cold, ms, by how long STS takes to answer (%d rounds)", rounds),
		"", "a role, 0 ms", "3 hops, 0 ms", "a role, 40 ms", "3 hops, 40 ms", "calls: role", "3 hops", "a sibling of the third")
	for _, r := range all {
		r.forget(t)
		for _, profile := range []string{"deploy", "three", "sibling"} {
			before := b.calls("*")
			r.mustRun(t, profile)
			cells[r.name] = append(cells[r.name], strconv.Itoa(b.calls("*")-before))
		}
		b.row(append([]string{r.name}, cells[r.name]...)...)
	}
	b.text.WriteByte('\n')
}

// stampede starts many cold processes at once.
func (b *bench) stampede(t *testing.T) {
	const trials = 3
	b.setFault(sandbox.Fault{Delay: 40 * time.Millisecond})
	defer b.setFault(sandbox.Fault{})
	b.heading(fmt.Sprintf("Cold processes started at once, STS answering after 40 ms (%d trials)", trials),
		"", "processes", "calls of STS", "failures", "seconds until the last ended")
	for _, r := range append([]runner{b.cameo("cameo")}, b.peers...) {
		for _, n := range []int{50, 1000} {
			if n > 50 && r.name != "cameo" {
				continue // minutes, of a program that takes half a second
			}
			var calls, failures []string
			var walls []float64
			for range trials {
				r.forget(t)
				before := b.calls("*")
				wall, failed := atOnce(r, n)
				calls, failures = append(calls, strconv.Itoa(b.calls("*")-before)), append(failures, strconv.Itoa(failed))
				walls = append(walls, wall.Seconds())
			}
			b.row(r.name, strconv.Itoa(n), strings.Join(calls, ", "), strings.Join(failures, ", "), number(median(walls)))
		}
	}
	b.text.WriteByte('\n')
}

func atOnce(r runner, n int) (wall time.Duration, failed int) {
	var all sync.WaitGroup
	var failures atomic.Int64
	began := time.Now()
	for range n {
		all.Go(func() {
			if took, err := r.run("deploy"); err != nil || !strings.Contains(took.answer, `"AccessKeyId"`) {
				failures.Add(1)
			}
		})
	}
	all.Wait()
	return time.Since(began), int(failures.Load())
}

// number prints three figures that count.
func number(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}
