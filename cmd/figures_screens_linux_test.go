package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cameo/internal/screentest"
)

// manyShown is how many roles the list has.
const manyShown = 10_008

// environWith is the environment of cameo outside a shell, with a home of its own.
func (f *figures) environWith(t *testing.T, more ...string) []string {
	return append(append(f.environ(), "HOME="+t.TempDir(), "USER=david", "AWS_PROFILE=david", "TERM=xterm-256color", "LANG=C.UTF-8"), more...)
}

// open starts cameo itself, and waits for its list.
func (f *figures) open(t *testing.T, width, height int, environ []string, args ...string) *screentest.Screen {
	t.Helper()
	command := exec.Command(f.program, args...)
	command.Env = environ
	s := screentest.Start(t, command, width, height)
	s.WaitFor(fmt.Sprintf("%d roles", manyShown))
	return s
}

func (f *figures) times(t *testing.T) {
	frame := f.row("first frame, 10,000 roles", "p50 80 ms, p95 150 ms")
	connects := f.row("connections before the first frame", "0")
	compute := f.row("a key of the filter, computed", "p95 5 ms")
	first := f.row("a key of the filter, to its first byte", "p95 25 ms")

	environ := f.environWith(t)
	var frames []time.Duration
	for range f.rounds(41) {
		frames = append(frames, firstFrame(t, f.program, environ, manyShown))
	}
	p50, p95 := percentiles(frames)
	frame.is("p50 %.0f ms, p95 %.0f ms (%d starts)", p50, p95, len(frames))

	if n, err := f.connections(t, environ); err != nil {
		connects.is("not measured: %v", err)
	} else if connects.is("%d", n); n != 0 {
		t.Errorf("%d connections before the first frame", n)
	}

	if f.full {
		out, err := goTest("-run", "^$", "-bench", "^BenchmarkKey$/^10000$/", "./tui")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		compute.is("p95 %.1f ms, of the worst query", worst(out, "µs/key-p95")/1000)
	}

	s := f.open(t, 100, 30, environ)
	var waits []time.Duration
	for range f.rounds(5) {
		for _, letter := range "payments adm 017" {
			_, wait := s.Cost(string(letter), 40*time.Millisecond)
			waits = append(waits, wait)
		}
		s.Cost("\x15", 40*time.Millisecond)
	}
	p50, p95 = percentiles(waits)
	first.is("p50 %.0f ms, p95 %.0f ms (%d keys)", p50, p95, len(waits))
	s.Type(screentest.CtrlC)
	s.Wait()
}

// connections counts the calls of connect(2) until the list is there.
func (f *figures) connections(t *testing.T, environ []string) (int, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return 0, errors.New("there is no strace")
	}
	log := filepath.Join(t.TempDir(), "calls")
	command := exec.Command(strace, "-f", "-o", log, "-e", "trace=connect,execve", f.program)
	command.Env = environ
	s := screentest.Start(t, command, 100, 30)
	s.WaitUntil("for the list", func() bool {
		return strings.Contains(s.Text(), strconv.Itoa(manyShown)) || strings.Contains(s.Text(), "strace:")
	})
	s.Type(screentest.CtrlC)
	s.Wait()
	calls, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(calls), "execve(") {
		return 0, fmt.Errorf("strace may not trace here: %s", strings.TrimSpace(s.Text()))
	}
	return strings.Count(string(calls), "connect("), nil
}

// bytes counts what a key makes the program write. A letter that replaces every row has
// to write every row, which by its text alone is more than the goal of the smallest
// layout: that one is held to what it costs.
func (f *figures) bytes(t *testing.T) {
	const quiet, perMove = 350 * time.Millisecond, 200
	type layout struct {
		name          string
		width, height int
		args          []string
		goal, held    int // for a letter
		steps         int
		letter, move  *figure
	}
	layouts := []*layout{
		{name: "100x30", width: 100, height: 30, goal: 2000, held: 2000, steps: 18},
		{name: "14 rows of 100x30", width: 100, height: 30, args: []string{"switch"}, goal: 700, held: 700, steps: 11},
		{name: "40x12", width: 40, height: 12, goal: 350, held: 550, steps: 10},
	}
	for _, l := range layouts {
		l.letter = f.row("bytes for a letter of the filter, "+l.name, strconv.Itoa(l.goal))
	}
	for _, l := range layouts {
		l.move = f.row("bytes for a move of the cursor, "+l.name, strconv.Itoa(perMove))
	}
	t.Parallel()
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			s := f.open(t, l.width, l.height, f.environWith(t), l.args...)
			s.Quiet(quiet)
			var letters []int
			for _, letter := range "pay adm" {
				n, _ := s.Cost(string(letter), quiet)
				letters = append(letters, n)
			}
			l.letter.is("the first %d, then %d to %d", letters[0], slices.Min(letters[1:]), slices.Max(letters[1:]))
			if most := slices.Max(letters); most > l.held {
				t.Errorf("a letter costs %d bytes, more than %d", most, l.held)
			}
			var moves []int
			turn := 0 // half a page goes by
			for range l.steps {
				n, _ := s.Cost(screentest.Down, quiet)
				if n > perMove && turn == 0 && n <= l.held {
					turn = n
				} else {
					moves = append(moves, n)
				}
			}
			l.move.is("%d to %d; %d where the list turns half a page", slices.Min(moves), slices.Max(moves), turn)
			if most := slices.Max(moves); most > perMove {
				t.Errorf("a move costs %d bytes, more than %d", most, perMove)
			}
			s.Type(screentest.CtrlC)
			s.Wait()
		})
	}
}

// idle counts what is written while nobody types.
func (f *figures) idle(t *testing.T) {
	const perTick, perMinute = 40, 100
	tick := f.row("bytes for a step of the countdown", fmt.Sprintf("%d, that cell alone", perTick))
	idle := f.row("bytes in an idle minute", strconv.Itoa(perMinute))
	long := 20 * time.Second
	if f.full {
		long = 2 * time.Minute
	}
	if text := os.Getenv("IDLE"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Parallel()
	in := func(left time.Duration) []string {
		return []string{"CAMEO_ROLE=orders", "CAMEO_ENV=dev", "CAMEO_EXPIRES=" + time.Now().Add(left).UTC().Format(time.RFC3339)}
	}
	watched := []struct {
		what string
		role []string
		args []string
		seen string
		s    *screentest.Screen
		from int
	}{
		{what: "the list", seen: " roles"},
		{what: "the list in a role", role: in(time.Hour), args: []string{"switch"}, seen: " roles"},
		{what: "the role", role: in(time.Hour), seen: "READ-WRITE"},
	}
	for i := range watched {
		w := &watched[i]
		command := exec.Command(f.program, w.args...)
		command.Env = f.environWith(t, w.role...)
		w.s = screentest.Start(t, command, 100, 30)
		w.s.WaitFor(w.seen)
		w.from = w.s.Quiet(time.Second)
	}
	began := time.Now()

	ending := f.open(t, 100, 30, f.environWith(t, in(4*time.Minute+55*time.Second)...), "switch")
	ending.Quiet(time.Second)
	var steps []string
	for range 2 {
		before := len(ending.Written())
		for deadline := time.Now().Add(15 * time.Second); len(ending.Written()) == before && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		n := ending.Quiet(300*time.Millisecond) - before
		steps = append(steps, strconv.Itoa(n))
		if n == 0 || n > perTick {
			t.Errorf("a step of the countdown costs %d bytes: %q", n, ending.Written()[before:])
		}
	}
	tick.is("%s", strings.Join(steps, ", "))

	time.Sleep(long - time.Since(began))
	took := time.Since(began)
	var perMinutes []string
	for _, w := range watched {
		n := int(float64(len(w.s.Written())-w.from) * float64(time.Minute) / float64(took))
		if n > perMinute {
			t.Errorf("%s: %d bytes in an idle minute: %q", w.what, n, w.s.Written()[w.from:])
		}
		perMinutes = append(perMinutes, fmt.Sprintf("%s %d", w.what, n))
	}
	idle.is("%s (watched for %.0f s)", strings.Join(perMinutes, ", "), took.Seconds())
}

// colour looks for meaning that is only in colours.
func (f *figures) colour(t *testing.T) {
	badges := f.row("badges without colour (NO_COLOR)", "every word stays")
	linear := f.row("ESC bytes in linear mode", "0")
	t.Parallel()
	words := regexp.MustCompile(`\[[A-Z?]{3,4} ?\]`)
	environ := f.environWith(t)
	coloured := f.open(t, 100, 30, environ)
	plain := f.open(t, 100, 30, append(environ, "NO_COLOR=1"))
	for _, query := range []string{"", "quayside", "\x15search-000"} {
		for _, s := range []*screentest.Screen{coloured, plain} {
			s.Type(query)
			s.Quiet(200 * time.Millisecond)
		}
		if with, without := coloured.Text(), plain.Text(); with != without || len(words.FindAllString(without, -1)) == 0 {
			t.Errorf("with colours:\n%s\nwithout:\n%s", with, without)
		}
	}
	colours := regexp.MustCompile(`\x1b\[[0-9;]*\b(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)\b[0-9;]*m`)
	if found := colours.FindString(plain.Written()); found != "" {
		t.Errorf("NO_COLOR writes %q", found)
	}
	badges.is("the same text with and without, 0 colours")
	for _, s := range []*screentest.Screen{coloured, plain} {
		s.Type(screentest.CtrlC)
		s.Wait()
	}
	command := exec.Command(f.program, "--accessible")
	command.Env = environ
	s := screentest.Start(t, command, 100, 30)
	s.WaitFor("to leave:")
	s.Type("quayside\n")
	s.WaitFor("1 of ")
	s.Type("1\n")
	s.WaitFor("last 4 digits")
	s.Type(screentest.CtrlC)
	s.Wait()
	n := strings.Count(s.Written(), "\x1b")
	if linear.is("%d", n); n != 0 {
		t.Errorf("%d ESC bytes in linear mode", n)
	}
}
