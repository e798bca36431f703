//go:build unix

package cmd_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"

	"cameo/internal/sandbox"
)

// A script has the commands of testscript, the programs of TestMain, and:
//
//	sandbox               starts a sandbox for the script, with profile deploy beside its own
//	web DIR               serves the files of DIR over TLS at $WEB
//	object BUCKET KEY FILE   puts a file into a bucket of the sandbox
//	code USER             puts an unused code into $CODE, a wrong one into $WRONG
//	calls ACTION N        fails unless the sandbox was asked N times ("*": for anything)
//	told PARAMETER TEXT   fails unless the last AssumeRole said TEXT for it ("": it did not)
//	signed PARAMETER TEXT fails unless the last sign-in token was asked for with TEXT for it
//	awaits FILE           waits until a file is there
//	fault STATUS CODE TEXT [N]   the sandbox answers every call so, or the next N; "fault off" ends it
//	slow DURATION         the sandbox waits so long before every answer; "fault off" ends it
//	connections N         fails unless the sandbox got N connections since this was asked last
//	advance DURATION      makes time pass for the sandbox: this machine's clock is behind then
//	exits N PROGRAM ...   runs a program, which must exit with N
//	says TEXT             fails unless stderr has TEXT as a part, literally
//	json PATH WANT        fails unless the value at PATH of stdout's one object is WANT (Go's escapes)
//	clock DURATION        sets CAMEO_NOW to so long from now
//	lasts DURATION        fails unless stdout is a credential_process answer that ends so long from now
//	append FILE TEXT      adds text with Go's escapes to a file
//	inert                 fails on control and invisible characters in stdout and stderr
//	learn FILE            takes the secrets of a credential_process answer for canaries
//	watch                 from now on looks at the arguments and environments of all processes, for canaries
//	canaries DIR...       fails where a secret is in stdout, stderr or a file beneath DIR
func TestScripts(t *testing.T) {
	testscript.Run(t, params("testdata/script", setup))
}

// The same scenario in each real shell that is here, with the program that it
// evaluates.
func TestRealShells(t *testing.T) {
	for _, shell := range []struct{ name, flag, dir string }{
		{"bash", "--norc", "testdata/posix"}, {"zsh", "-f", "testdata/posix"}, {"fish", "", "testdata/fish"},
	} {
		t.Run(shell.name, func(t *testing.T) {
			if _, err := exec.LookPath(shell.name); err != nil {
				t.Skipf("%s is not installed", shell.name)
			}
			testscript.Run(t, params(shell.dir, func(env *testscript.Env) error {
				env.Setenv("SHELL_UNDER_TEST", shell.name)
				env.Setenv("SHELL_FLAG", shell.flag)
				return setup(env)
			}))
		})
	}
}

func params(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir: dir, RequireUniqueNames: true, Setup: setup,
		Condition: func(name string) (bool, error) {
			switch name {
			case "aws2":
				version, err := exec.Command("aws", "--version").Output()
				return err == nil && bytes.HasPrefix(version, []byte("aws-cli/2")), nil
			case "aws-sdk-js":
				return exec.Command("node", "-e", `require("@aws-sdk/client-sts")`).Run() == nil, nil
			case "boto3":
				return exec.Command("python3", "-c", "import boto3").Run() == nil, nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": startSandbox, "web": startWeb, "object": putObject, "code": giveCode, "calls": countCalls, "told": wasTold, "signed": wasSigned, "awaits": awaitFile, "fault": setFault, "slow": setSlow,
			"connections": countConnections, "advance": advance,
			"exits": exits, "says": says, "json": jsonIs, "clock": setClock, "lasts": lasts, "append": appendText, "inert": isInert,
			"learn": learn, "canaries": noCanaries, "watch": watchProcesses,
		},
	}
}

// state is what the commands of one script share.
type state struct {
	box     *box
	learned []string

	mu   sync.Mutex
	seen []string // where watch saw a secret
}

type stateKey struct{}

func stateOf(ts *testscript.TestScript) *state { return ts.Value(stateKey{}).(*state) }

func boxOf(ts *testscript.TestScript) *box {
	s := stateOf(ts)
	if s.box == nil {
		ts.Fatalf("there is no sandbox: begin with the command sandbox")
	}
	return s.box
}

// setup gives a script a user of its own. The key of the cache is in a file, so
// that nothing is left in the system's keyring.
func setup(env *testscript.Env) error {
	user := filepath.Join(env.WorkDir, "user")
	for _, name := range []string{"config/cameo", "run"} {
		if err := os.MkdirAll(filepath.Join(user, name), 0o700); err != nil {
			return err
		}
	}
	settings := filepath.Join(user, "config", "cameo", "config.toml")
	if _, err := os.Stat(settings); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(settings, []byte("[cache]\nkey = \"file\"\n"), 0o600); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"HOME": user, "USER": "tester", "TZ": "UTC", "LANG": "C.UTF-8", "TERM": "xterm-256color",
		"XDG_CONFIG_HOME": filepath.Join(user, "config"), "XDG_CACHE_HOME": filepath.Join(user, "cache"),
		"XDG_STATE_HOME": filepath.Join(user, "state"), "XDG_RUNTIME_DIR": filepath.Join(user, "run"),
		"AWS_EC2_METADATA_DISABLED": "true", "GORACE": "atexit_sleep_ms=0",
		"MANY": many(), "NODE_PATH": os.Getenv("NODE_PATH"),
	} {
		env.Setenv(name, value)
	}
	env.Values[stateKey{}] = &state{}
	return nil
}

// many is how many processes are many.
func many() string {
	if os.Getenv("CAMEO_HEAVY") != "" {
		return "100"
	}
	return "30"
}

func startSandbox(ts *testscript.TestScript, _ bool, _ []string) {
	b, err := startBox(ts.MkAbs("aws"))
	if b != nil {
		ts.Defer(func() {
			if err := b.close(); err != nil {
				ts.Logf("sandbox: %v", err)
			}
		})
	}
	ts.Check(err)
	stateOf(ts).box = b
	ts.Setenv("AWS_CONFIG_FILE", filepath.Join(b.home, "config"))
	ts.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(b.home, "credentials"))
	ts.Setenv("AWS_ENDPOINT_URL", b.endpoint)
}

func giveCode(ts *testscript.TestScript, _ bool, args []string) {
	code, err := boxOf(ts).code(args[0])
	ts.Check(err)
	wrong, err := boxOf(ts).wrongCode(args[0])
	ts.Check(err)
	ts.Setenv("CODE", code)
	ts.Setenv("WRONG", wrong)
}

// near reports whether a device with this seed shows code within some minutes.
func near(seed, code string, now time.Time) bool {
	for step := -10; step <= 60; step++ {
		right, err := totp.GenerateCodeCustom(seed, now.Add(time.Duration(step)*30*time.Second), totp.ValidateOpts{
			Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil || right == code {
			return true
		}
	}
	return false
}

func countCalls(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	if got := boxOf(ts).calls(args[0]); got != want {
		ts.Fatalf("%d calls of %s, want %d", got, args[0], want)
	}
}

func wasTold(ts *testscript.TestScript, neg bool, args []string) {
	if got := boxOf(ts).told(args[0]); (got == args[1]) == neg {
		ts.Fatalf("AssumeRole was told %s = %q; %q: %v", args[0], got, args[1], neg)
	}
}

func wasSigned(ts *testscript.TestScript, neg bool, args []string) {
	if got := boxOf(ts).signed(args[0]); (got == args[1]) == neg {
		ts.Fatalf("the sign-in was told %s = %q; %q: %v", args[0], got, args[1], neg)
	}
}

func awaitFile(ts *testscript.TestScript, _ bool, args []string) {
	for range 2000 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	ts.Fatalf("%s is not there", args[0])
}

func setFault(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "off" {
		boxOf(ts).setFault(sandbox.Fault{})
		return
	}
	times := -1
	if len(args) > 3 {
		n, err := strconv.Atoi(args[3])
		ts.Check(err)
		times = n
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	boxOf(ts).setFaults(sandbox.Fault{Status: status, Code: unescape(ts, args[1]), Message: unescape(ts, args[2])}, times)
}

func setSlow(ts *testscript.TestScript, _ bool, args []string) {
	delay, err := time.ParseDuration(args[0])
	ts.Check(err)
	boxOf(ts).setFault(sandbox.Fault{Delay: delay})
}

func countConnections(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := boxOf(ts).connections(); got != want {
		ts.Fatalf("%d connections, want %d", got, want)
	}
}

func advance(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	boxOf(ts).advance(d)
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N PROGRAM [ARGUMENT]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("it exits with %d, want %d", got, want)
	}
}

func says(ts *testscript.TestScript, neg bool, args []string) {
	if strings.Contains(ts.ReadFile("stderr"), args[0]) == neg {
		ts.Fatalf("stderr has %q: %v, want %v", args[0], neg, !neg)
	}
}

func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile("stdout")
	if !strings.HasSuffix(text, "}\n") || strings.Count(text, "\n") != 1 {
		ts.Fatalf("stdout is not one line with one object: %q", text)
	}
	var value any
	ts.Check(json.Unmarshal([]byte(text), &value))
	for name := range strings.SplitSeq(args[0], ".") {
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[name]
			if !ok {
				value = "(absent)"
				continue
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(name)
			ts.Check(err)
			value = "(absent)"
			if i < len(v) {
				value = v[i]
			}
		default:
			ts.Fatalf("%s: %v has no %q", args[0], value, name)
		}
	}
	got, ok := value.(string)
	if !ok {
		data, err := json.Marshal(value)
		ts.Check(err)
		got = string(data)
	}
	if (got == unescape(ts, args[1])) == neg {
		ts.Fatalf("%s is %q; want %s: %v", args[0], got, args[1], !neg)
	}
}

func setClock(ts *testscript.TestScript, _ bool, args []string) {
	ahead, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Setenv("CAMEO_NOW", time.Now().Add(ahead).UTC().Format(time.RFC3339))
}

func lasts(ts *testscript.TestScript, _ bool, args []string) {
	want, err := time.ParseDuration(args[0])
	ts.Check(err)
	var answer struct{ Expiration time.Time }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &answer))
	if left := answer.Expiration.Sub(boxOf(ts).now()); left > want || left < want-time.Minute {
		ts.Fatalf("it lasts %v, want %v", left, want)
	}
}

func unescape(ts *testscript.TestScript, text string) string {
	plain, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	ts.Check(err)
	return plain
}

func appendText(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o700))
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteString(unescape(ts, args[1]))
	ts.Check(err)
}

func isInert(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(name)
		for i, r := range text {
			switch {
			case r == '\n', r == '\t' && name == "stdout":
			case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"),
				unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control):
				ts.Fatalf("%s has %q in %q", name, r, text)
			}
		}
	}
}

func learn(ts *testscript.TestScript, _ bool, args []string) {
	var answer struct{ SecretAccessKey, SessionToken string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &answer))
	if answer.SecretAccessKey == "" || answer.SessionToken == "" {
		ts.Fatalf("%s holds no secrets", args[0])
	}
	stateOf(ts).learned = append(stateOf(ts).learned, answer.SecretAccessKey, answer.SessionToken)
}

// watchProcesses looks at what /proc shows of other programs as fast as it can: the
// keys of a user and the seeds of devices are in no arguments and no environment,
// and the passphrase goes to no program that cameo starts.
func watchProcesses(ts *testscript.TestScript, _ bool, _ []string) {
	secrets, err := boxOf(ts).secrets()
	ts.Check(err)
	s := stateOf(ts)
	done, ended := make(chan struct{}), make(chan struct{})
	ts.Defer(func() { close(done); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
				s.look(secrets)
			}
		}
	}()
}

func (s *state) look(secrets []string) {
	for _, name := range []string{"cmdline", "environ"} {
		paths, _ := filepath.Glob("/proc/[0-9]*/" + name)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				continue // it ended, or is somebody else's
			}
			for i, secret := range secrets {
				if bytes.Contains(data, []byte(secret)) {
					s.mu.Lock()
					s.seen = append(s.seen, fmt.Sprintf("secret %d is in %s", i, path))
					s.mu.Unlock()
				}
			}
		}
	}
}

func noCanaries(ts *testscript.TestScript, _ bool, args []string) {
	secrets, err := boxOf(ts).secrets()
	ts.Check(err)
	secrets = slices.Concat(secrets, stateOf(ts).learned)
	s := stateOf(ts)
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	if len(seen) > 0 {
		ts.Fatalf("%q", seen)
	}
	search := func(where string, data []byte) {
		for i, secret := range secrets {
			for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), fmt.Sprintf("%x", secret)} {
				if bytes.Contains(data, []byte(form)) {
					ts.Fatalf("secret %d is in %s", i, where)
				}
			}
		}
	}
	search("stdout", []byte(ts.ReadFile("stdout")))
	search("stderr", []byte(ts.ReadFile("stderr")))
	for _, dir := range args {
		files := 0
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			files++
			data, err := os.ReadFile(path)
			search(path, data)
			return err
		}))
		if files == 0 {
			ts.Fatalf("there is no file in %s", dir)
		}
	}
}
