//go:build unix

package cmd_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"cameo/cmd"
)

// The test binary is also the programs that the scripts run, each under its own
// name on PATH: real processes, without a build.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cameo":    program,
		"terminal": terminal,
		"together": together, "interrupted": interrupted,
		"browser": aBrowser, "visit": visit,
	})
}

// onTerminal is set for programs that a test gave a terminal.
const onTerminal = "TEST_ON_TERMINAL"

// program is cameo. Unless the test gave it one it has no controlling terminal,
// wherever the tests run.
func program() {
	if _, ok := os.LookupEnv(onTerminal); !ok {
		_, _ = syscall.Setsid() // fails for a session's leader, which `setsid` made
	}
	os.Unsetenv(onTerminal)
	os.Exit(cmd.Main(cmd.Build{Version: "1.2.3", Commit: "abcdef0", Date: "2026-01-02"}))
}

// terminal runs a program whose controlling terminal is a new one, while stdin,
// stdout and stderr stay what they are, and answers it: in the file that is the first
// argument a line "< TEXT" waits for TEXT on the terminal, and "> KEYS" types KEYS, in
// which Go's escapes and the variables of the environment count; "! NUMBER" sends a
// signal. It ends as the program does. What was on the terminal goes into the file named by the variable
// TERMINAL_OUT.
func terminal() {
	dialog, err := os.ReadFile(os.Args[1])
	fatal(err)
	pt, tty, err := pty.Open()
	fatal(err)
	fatal(pty.Setsize(pt, &pty.Winsize{Rows: 30, Cols: 100}))
	command := exec.Command(os.Args[2], os.Args[3:]...)
	command.Env = append(os.Environ(), onTerminal+"=1")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.ExtraFiles = []*os.File{tty}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	fatal(command.Start())
	tty.Close()
	shown := watch(pt)
	for line := range strings.Lines(string(dialog)) {
		kind, text, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		text, err := strconv.Unquote(`"` + os.ExpandEnv(text) + `"`)
		fatal(err)
		switch {
		case kind == ">":
			_, err = pt.WriteString(text)
			fatal(err)
		case kind == "!":
			number, err := strconv.Atoi(text)
			fatal(err)
			fatal(command.Process.Signal(syscall.Signal(number)))
		case !shown.wait(text):
			fmt.Fprintf(os.Stderr, "terminal: waited for %q; it shows %q\n", text, shown.all())
			_ = command.Process.Kill()
		}
	}
	err = command.Wait()
	if name := os.Getenv("TERMINAL_OUT"); name != "" {
		shown.end()
		fatal(os.WriteFile(name, []byte(shown.all()), 0o600))
	}
	os.Exit(exitCode(err))
}

// output is what has appeared on a terminal.
type output struct {
	mu     sync.Mutex
	more   *sync.Cond
	text   []byte
	seen   int // what an earlier wait has found
	ended  bool
	closed chan struct{}
}

func watch(r io.Reader) *output {
	o := &output{closed: make(chan struct{})}
	o.more = sync.NewCond(&o.mu)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			o.mu.Lock()
			o.text = append(o.text, buf[:n]...)
			o.ended = o.ended || err != nil
			o.more.Broadcast()
			o.mu.Unlock()
			if err != nil {
				close(o.closed)
				return
			}
		}
	}()
	return o
}

// wait waits until text appears after what the last wait found.
func (o *output) wait(text string) bool {
	timer := time.AfterFunc(20*time.Second, func() {
		o.mu.Lock()
		o.ended = true
		o.more.Broadcast()
		o.mu.Unlock()
	})
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if at := bytes.Index(o.text[o.seen:], []byte(text)); at >= 0 {
			o.seen += at + len(text)
			return true
		}
		if o.ended {
			return false
		}
		o.more.Wait()
	}
}

// end waits for the last byte: of a terminal that nobody has open any more.
func (o *output) end() {
	select {
	case <-o.closed:
	case <-time.After(5 * time.Second):
	}
}

func (o *output) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// together runs the command of its further arguments as often as the first one says,
// all at once, and prints what they printed: each answer once, with how many gave it.
// Any process that fails is told of on stderr, and fails the whole.
func together() {
	n, err := strconv.Atoi(os.Args[1])
	fatal(err)
	answers := map[string]int{}
	failures := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			command := exec.Command(os.Args[2], os.Args[3:]...)
			var out, messages bytes.Buffer
			command.Stdout, command.Stderr = &out, &messages
			err := command.Run()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failures++
				fmt.Fprintf(os.Stderr, "%v: %s\n", err, messages.String())
				return
			}
			answers[out.String()]++
		})
	}
	all.Wait()
	for answer, times := range answers {
		fmt.Printf("%d times %s\n", times, strings.TrimSuffix(answer, "\n"))
	}
	if failures > 0 {
		os.Exit(1)
	}
}

// interrupted runs the program of its further arguments until its stderr has the
// first one, sends it SIGINT, and says how long it took to end. It must end as after
// Ctrl-C, and soon.
func interrupted() {
	command := exec.Command(os.Args[2], os.Args[3:]...)
	stderr, err := command.StderrPipe()
	fatal(err)
	fatal(command.Start())
	said := watch(stderr)
	if !said.wait(os.Args[1]) {
		_ = command.Process.Kill()
		fatal(fmt.Errorf("it never said %q: %q", os.Args[1], said.all()))
	}
	began := time.Now()
	fatal(command.Process.Signal(os.Interrupt))
	if code := exitCode(command.Wait()); code != 130 {
		fatal(fmt.Errorf("it ended with %d", code))
	}
	took := time.Since(began)
	fmt.Printf("ended within %d ms\n", took.Milliseconds())
	if took > 500*time.Millisecond { // a tenth of a second where nothing else runs
		fatal(fmt.Errorf("it took %v to end", took))
	}
}

// exitCode is how a program ended, as shells count.
func exitCode(err error) int {
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &ended):
		return -1
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return ended.ExitCode()
}

func fatal(err error) {
	if err != nil {
		w := bufio.NewWriter(os.Stderr)
		fmt.Fprintln(w, err)
		w.Flush()
		os.Exit(99)
	}
}
