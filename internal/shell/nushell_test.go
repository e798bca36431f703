//go:build unix

package shell_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/shell"
)

// nu is nushell as a kind of shell; its scripts need their own words.
var nu = shellKind{name: "nushell", program: "nu", flags: []string{"--no-config-file"}}

func newNuStage(t *testing.T, o shell.Options) *stage {
	t.Helper()
	if _, err := exec.LookPath("nu"); err != nil {
		t.Skip("nu (nushell) is not installed")
	}
	t.Parallel()
	s := newStage(t, nu)
	if err := os.WriteFile(filepath.Join(s.dir, "init"), []byte(must(nu.dialect().Init(o))), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// nuRun runs a script that has the function.
func (s *stage) nuRun(lines ...string) outcome {
	s.t.Helper()
	return s.runWith("source init\n", lines...)
}

// nuDump writes the environment of a child, and what nushell itself has of the
// managed variables.
func nuDump(file string) string {
	names := strings.Join(shell.Managed(), " ")
	return fmt.Sprintf("^env -0 --unset=LAST_EXIT_CODE | save -f %[1]s.env\n[%[2]s] | each {|n| if $n in $env { $env | get $n } } | to json -r | save -f %[1]s.vars", file, names)
}

// nuText are the awkward values that are text.
func nuText() []string {
	return slices.DeleteFunc(awkward(), func(v string) bool { return strings.ToValidUTF8(v, "") != v })
}

func TestNushellReadsEveryText(t *testing.T) {
	s := newNuStage(t, shell.Options{})
	var script []string
	for _, value := range nuText() {
		script = append(script, "print -n ("+nu.quote(value)+` + (char nul))`)
	}
	got := s.runWith("", script...)
	if want := strings.Join(nuText(), "\x00") + "\x00"; got.out != want {
		t.Fatalf("%s: got %.300q, want %.300q", got.err, got.out, want)
	}
}

func TestNushellComesHome(t *testing.T) {
	s := newNuStage(t, shell.Options{Alias: "cm"})
	values := nuText()
	for round := range 4 {
		var setup []string
		for i, name := range shell.Managed() {
			if (i+round)%3 > 0 {
				setup = append(setup, "$env."+name+" = "+nu.quote(values[(i*7+round*11)%(len(values)-1)]))
			}
		}
		setup = append(setup, "$env.CAMEO_SHELL = '4711'", nuDump("before"), "cameo dev", nuDump("role"), "cm switch prod", nuDump("second"),
			"cameo switch --chain deep", nuDump("third"), "cameo refresh deeper", nuDump("fourth"), "cameo exit --one", nuDump("second-again"),
			"rm bin/cameo", "cameo exit", nuDump("after"), "cameo exit | complete | ignore")
		got := s.nuRun(setup...)
		if want := "entered dev\nentered prod\nentered deep\nentered deeper\nleft deeper\nleft prod\n"; !strings.HasPrefix(got.err, want) {
			t.Fatalf("round %d: %+v", round, got)
		}
		s.sameAsBefore("after")
		for name, role := range map[string]string{"role": "dev", "second": "prod", "third": "deep", "fourth": "deeper", "second-again": "prod"} {
			s.inRole(name, role)
		}
		self, _ := os.Executable()
		if err := os.Symlink(self, filepath.Join(s.dir, "bin", "cameo")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNushellGivesTheProgramHomesEnvironment(t *testing.T) {
	s := newNuStage(t, shell.Options{})
	s.nuRun("$env.AWS_PROFILE = 'home'", "cameo dev", "cameo nothing")
	args, call := s.logged()
	if !slices.Equal(args, []string{"--emit", "nushell", "nothing"}) || call.Stack != ">dev" || call.Shell == "" || !call.Integrated {
		t.Errorf("%q %+v", args, call)
	}
	if p, k := valueOf(call, "AWS_PROFILE"), valueOf(call, "AWS_ACCESS_KEY_ID"); p.Value != "home" || k.State != shell.Unset {
		t.Errorf("not home: %+v %+v", p, k)
	}
	got := s.nuRun("cameo dev", "try { cameo status --json | save -f out }", "open out | print")
	if _, call = s.logged(); valueOf(call, "AWS_ACCESS_KEY_ID").Value != roleKey || !strings.Contains(got.out, "plain status --json") {
		t.Errorf("a plain verb: %+v", got)
	}
}

func TestNushellEvaluatesOnlyWhatIsComplete(t *testing.T) {
	s := newNuStage(t, shell.Options{})
	for role, code := range map[string]int{"fails": 5, "dies": 247, "cut": 1, "nothing": 0} {
		got := s.nuRun("$env.AWS_PROFILE = 'home'", nuDump("before"), "try { cameo switch "+role+" } catch {|e| print $e.exit_code? }", nuDump("after"), "print 'went on'")
		if !strings.HasSuffix(got.out, "went on\n") {
			t.Errorf("%s: %+v", role, got)
		}
		s.sameAsBefore("after")
		if got := s.nuRun("cameo switch " + role); got.code != code {
			t.Errorf("%s: code %d: %+v", role, got.code, got)
		}
	}
}

func TestNushellTellsVerbsApart(t *testing.T) {
	s := newNuStage(t, shell.Options{Alias: "cm"})
	for _, args := range []string{"exec dev -- x", "credential-process --active", "--config f status", "--color=never -q profiles q",
		"switch --help", "dev -h", "--version", "__complete sw", "help switch", "--reason exit status"} {
		if got := s.nuRun("cm " + args); got.out != "plain "+args+"\n" || got.code != 42 {
			t.Errorf("cameo %s: %+v", args, got)
		}
	}
	for _, args := range []string{"", "nothing", "-", "-- nothing", "switch -- -h", "--config status nothing", "--no-input refresh nothing", "exit nothing"} {
		if got := s.nuRun("cameo " + args); strings.Contains(got.out, "plain") || got.code != 0 {
			t.Errorf("cameo %s: %+v", args, got)
		}
	}
	if got := s.nuRun(`"in" | cameo exec -- cat`); got.out != "plain exec -- cat\n" {
		t.Errorf("%+v", got)
	}
}

func TestNushellLeavesWhatWasChangedByHand(t *testing.T) {
	s := newNuStage(t, shell.Options{})
	got := s.nuRun("cameo dev", "$env.AWS_REGION = 'mine'", "$env.AWS_PROFILE = 7", "cameo exit", nuDump("after"))
	want := "entered dev\ncameo: AWS_PROFILE was changed in this shell: left as it is\ncameo: AWS_REGION was changed in this shell: left as it is\nleft dev\n"
	if !equalLines(got.err, want) {
		t.Errorf("%+v", got)
	}
	if env, _ := s.dumped("after"); env["AWS_REGION"] != "mine" || env["AWS_PROFILE"] != "7" || env["AWS_ACCESS_KEY_ID"] != "" {
		t.Errorf("%v", env)
	}
	got = s.nuRun("$env.AWS_PROFILE = [a b]", nuDump("before"), "try { cameo dev } catch {|e| print -e $e.msg }", nuDump("after"))
	if got.err != "cameo: AWS_PROFILE is a list, an integer or the like in this shell: nothing was changed\n" {
		t.Errorf("%+v", got)
	}
	s.sameAsBefore("after")
}

func TestNushellInASubshellAndInAChild(t *testing.T) {
	s := newNuStage(t, shell.Options{})
	s.env = append(s.env, "CAMEO_ROLE=outer", "AWS_PROFILE=p", "CAMEO_SUBSHELL=new", "CAMEO_BASE=base")
	s.nuRun("cameo nothing")
	if _, call := s.logged(); !call.Subshell || call.Base != "base" || call.Inherited || slices.Contains(call.Environ, "CAMEO_BASE=base") {
		t.Errorf("%+v", call)
	}
	s.nuRun("cameo dev", "cameo exit", "^nu --no-config-file -c 'source init; cameo nothing'")
	if _, call := s.logged(); call.Subshell || call.Base != "" || !call.Inherited {
		t.Errorf("%+v", call)
	}
	got := s.nuRun("cameo exit", nuDump("after"))
	if env, _ := s.dumped("after"); got.err != "" && env["CAMEO_ROLE"] != "outer" {
		t.Errorf("%+v %v", got, env)
	}
}

func TestNushellWarnsOnceAndShowsTheRole(t *testing.T) {
	s := newNuStage(t, shell.Options{Prompt: true, Bind: "ctrl-g"})
	show := `print $"(do $env.PROMPT_COMMAND)"`
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	soon, gone := at(200*time.Second), at(-time.Minute)
	got := s.runWith("$env.PROMPT_COMMAND = {|| 'old>' }\nsource init\n",
		"_cameo_warn", show, "$env.CAMEO_ROLE = 'dev'", "$env.CAMEO_PROMPT = '[DEV a/$(x)%n\\ till 14:05]'",
		"$env.CAMEO_EXPIRES = '"+at(time.Hour)+"'", "_cameo_warn", show,
		"$env.CAMEO_EXPIRES = '"+soon+"'", "_cameo_warn", "_cameo_warn",
		"$env.CAMEO_EXPIRES = '"+gone+"'", "_cameo_warn", "_cameo_warn",
		"print ($env.config.keybindings | last | get modifier keycode | str join '+')", "print ($env.config.hooks.pre_prompt | length)", "^env | lines | find _cameo | length | print")
	wantErr := "cameo: a/$(x)%n\\ ends 14:05, in 4 min. Run: cameo refresh\ncameo: a/$(x)%n\\ ended 14:05. Run: cameo refresh  or  cameo exit\n"
	wantOut := "old>\n[DEV a/$(x)%n\\ till 14:05] old>\ncontrol+char_g\n1\n0\n"
	if diff := cmp.Diff(outcome{wantOut, wantErr, 0}, got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Error(diff)
	}
}
