//go:build unix

package shell_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cameo/internal/shell"
)

// homes are the shells to come home to: every awkward value in every state, and
// mixtures of everything.
func homes() [][]shell.Saved {
	var all [][]shell.Saved
	values := slices.DeleteFunc(awkward(), func(v string) bool { return len(v) > 20_000 })
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		var home []shell.Saved
		for _, name := range shell.Managed() {
			s := shell.Saved{Name: name, State: shell.State(random.IntN(3))}
			if s.State != shell.Unset {
				s.Value = values[random.IntN(len(values))]
			}
			if name == "CAMEO_SHELL" { // an empty process ID is no mark
				s.State, s.Value = shell.Exported, "4711"
			}
			home = append(home, s)
		}
		all = append(all, home)
	}
	var huge []shell.Saved
	for i, name := range shell.Managed()[:3] {
		huge = append(huge, shell.Saved{Name: name, Value: strings.Repeat("x'\n", 22_000), State: shell.State(i)})
	}
	return append(all, nil, huge)
}

func TestExitBringsBackEveryVariable(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		for i, home := range homes() {
			var lines []string
			for _, v := range home {
				lines = append(lines, k.set(v))
			}
			lines = append(lines, k.dump("before"), "cameo dev", k.dump("role"),
				"cameo switch prod", k.dump("second"), "rm bin/cameo", "cameo exit", k.dump("after"))
			got := s.run(lines...)
			if got.code != 0 || got.err != "entered dev\nentered prod\nleft prod\n" {
				t.Fatalf("home %d: %+.2000v", i, got)
			}
			s.sameAsBefore("after")
			s.inRole("role", "dev")
			s.inRole("second", "prod")
			_, call := s.logged()
			if diff := cmp.Diff(wanted(home), call.Home); diff != "" {
				t.Errorf("home %d as the second switch saw it (-want +got):\n%.2000s", i, diff)
			}
			self, _ := os.Executable()
			if err := os.Symlink(self, filepath.Join(s.dir, "bin", "cameo")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func wanted(home []shell.Saved) []shell.Saved {
	var all []shell.Saved
	for _, name := range shell.Managed() {
		saved := shell.Saved{Name: name}
		for _, s := range home {
			// JSON, in which the fake writes its notes, has no invalid UTF-8.
			if s.Name == name && s.State != shell.Unset {
				saved = shell.Saved{Name: name, State: s.State, Value: strings.ToValidUTF8(perByte(s.Value), "�")}
			}
		}
		all = append(all, saved)
	}
	return all
}

// perByte makes every invalid byte one replacement character, as JSON does.
func perByte(value string) string { return string([]rune(value)) }

func (s *stage) sameAsBefore(name string) {
	s.t.Helper()
	env, vars := s.dumped("before")
	envNow, varsNow := s.dumped(name)
	if diff := cmp.Diff(env, envNow); diff != "" {
		s.t.Errorf("environment of children (-before +%s):\n%.3000s", name, diff)
	}
	if vars != varsNow {
		s.t.Errorf("the shell's own variables: before %.1000q, %s %.1000q", vars, name, varsNow)
	}
}

func (s *stage) inRole(name, role string) {
	s.t.Helper()
	env, _ := s.dumped(name)
	maps.DeleteFunc(env, func(name, _ string) bool { return !slices.Contains(shell.Managed(), name) })
	if env["CAMEO_SHELL"] == "" || env["CAMEO_SHELL"] == "4711" {
		s.t.Errorf("CAMEO_SHELL is %q in the role", env["CAMEO_SHELL"])
	}
	delete(env, "CAMEO_SHELL")
	delete(env, "AWS_DEFAULT_REGION")
	want := map[string]string{
		"AWS_ACCESS_KEY_ID": roleKey, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "CANARY-token",
		"AWS_CREDENTIAL_EXPIRATION": "2030-01-01T00:00:00Z", "AWS_REGION": "eu-central-1",
		"CAMEO_ROLE": role, "CAMEO_ENV": "", "CAMEO_EXPIRES": "2030-01-01T00:00:00Z", "CAMEO_PROMPT": "[" + role + "]",
	}
	if diff := cmp.Diff(want, env); diff != "" {
		s.t.Errorf("environment in the role (-want +got):\n%s", diff)
	}
}

func TestAnythingButACompleteAnswerChangesNothing(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		for role, code := range map[string]int{"fails": 5, "dies": 137, "cut": 1, "nothing": 0} {
			got := s.run(k.set(shell.Saved{Name: "AWS_PROFILE", Value: "home", State: shell.Exported}),
				k.dump("before"), "cameo switch "+role, "echo code "+k.status(), k.dump("after"))
			if want := fmt.Sprintf("code %d\n", code); got.out != want {
				t.Errorf("%s: got %q, want %q (%s)", role, got.out, want, got.err)
			}
			s.sameAsBefore("after")
		}
		if got := s.run("rm bin/cameo", "cameo switch dev", "echo code "+k.status()); got.out != "code 127\n" {
			t.Errorf("without the program: %+v", got)
		}
	})
}

func (k shellKind) status() string {
	if k.isFish() {
		return "$status"
	}
	return "$?"
}

func TestAVariableChangedByHandStays(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		region := shell.Saved{Name: "AWS_REGION", Value: "mine", State: shell.Exported}
		profile := shell.Saved{Name: "AWS_PROFILE", Value: "mine too", State: shell.Unexported}
		got := s.run("cameo dev", k.set(region), k.set(profile), "cameo exit", k.dump("after"))
		want := "entered dev\ncameo: AWS_REGION was changed in this shell: left as it is\n" +
			"cameo: AWS_PROFILE was changed in this shell: left as it is\n" +
			"cameo: the role is left; what you changed decides who this is: cameo status --verify\n"
		if got.err != want && !equalLines(got.err, want) {
			t.Errorf("got %q", got.err)
		}
		env, vars := s.dumped("after")
		if env["AWS_REGION"] != "mine" || env["AWS_ACCESS_KEY_ID"] != "" || !strings.Contains(vars, "mine too") {
			t.Errorf("after: %v, %q", env, vars)
		}
	})
}

func equalLines(a, b string) bool {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func TestRolesOnTopOfEachOtherAreLeftOneByOne(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		got := s.run(k.set(shell.Saved{Name: "AWS_PROFILE", Value: "home", State: shell.Unexported}),
			k.dump("before"), "cameo dev", k.dump("one"), "cameo switch --chain deep", k.dump("two"),
			"cameo refresh deeper", k.dump("three"), "cameo exit --one", k.dump("one-again"), "cameo status",
			"cameo switch --chain deep", "cameo exit", k.dump("after"), "cameo exit", "cameo status")
		want := "entered dev\nentered deep\nentered deeper\nleft deeper\nentered deep\nleft dev\n"
		if got.err != want {
			t.Fatalf("%+v", got)
		}
		s.inRole("two", "deep")
		s.inRole("three", "deeper")
		one, _ := s.dumped("one")
		again, _ := s.dumped("one-again")
		if diff := cmp.Diff(one, again); diff != "" {
			t.Error(diff)
		}
		s.sameAsBefore("after")
		if _, call := s.logged(); call.Stack != "" || !call.Integrated {
			t.Errorf("at home the stack is %q", call.Stack)
		}
		if leftovers := s.run("cameo dev", "cameo exit", k.variables()); strings.Contains(leftovers.out, "_cameo_") || leftovers.out == "" {
			t.Errorf("left behind: %.500q", leftovers.out)
		}
	})
}

// variables lists the names of all variables.
func (k shellKind) variables() string {
	switch k.name {
	case "bash":
		return "compgen -v"
	case "zsh":
		return `print -l ${(k)parameters}`
	}
	return "set --names"
}

func TestWhatTheProgramIsTold(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		s.run("cameo dev", "cameo status --json")
		args, call := s.logged()
		if !slices.Equal(args, []string{"status", "--json"}) || call.Stack != ">dev" || call.Inherited || call.Shell == "" {
			t.Errorf("status: %q %+v", args, call)
		}
		if value := valueOf(call, "AWS_ACCESS_KEY_ID"); value.Value != roleKey {
			t.Errorf("a plain verb sees %+v, not the role", value)
		}
		s.run("cameo dev", "cameo -q exit --json")
		args, call = s.logged()
		if !slices.Equal(args, []string{"--emit", k.name, "-q", "exit", "--json"}) || call.Stack != ">dev" {
			t.Errorf("exit with a flag: %q %q", args, call.Stack)
		}
		if value := valueOf(call, "AWS_ACCESS_KEY_ID"); value.State != shell.Unset {
			t.Errorf("a verb of the shell sees %+v, not home", value)
		}
		if got := s.run("cameo dev", "cameo home", k.dump("after")); !strings.HasSuffix(got.err, "left dev\n") {
			t.Errorf("an exit by the program's answer: %+v", got)
		}
	})
}

func valueOf(c shell.Call, name string) shell.Saved {
	return c.Home[slices.IndexFunc(c.Home, func(s shell.Saved) bool { return s.Name == name })]
}

func TestOnlyVerbsOfTheShellAreEvaluated(t *testing.T) {
	plain := []string{"exec dev -- x", "credential-process --active", "--config f status", "--color=never -q profiles q",
		"switch --help", "dev -h", "--version", "__complete sw", "help switch", "--reason exit status"}
	shellVerbs := []string{"", "nothing", "-", "-- nothing", "switch -- -h", "--config status nothing", "--no-input refresh nothing", "exit nothing"}
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		for _, args := range append(slices.Clone(plain), shellVerbs...) {
			got := s.run("cameo "+args, "echo code "+k.status())
			want := "plain " + args + "\ncode 42\n"
			if slices.Contains(shellVerbs, args) {
				want = "code 0\n"
			}
			if got.out != want {
				t.Errorf("cameo %s: %q, want %q (%s)", args, got.out, want, got.err)
			}
		}
		if got := s.run("printf input | cm exec -- cat"); got.out != "plain exec -- cat\n" {
			t.Errorf("the second name: %+v", got)
		}
	})
}

func TestAChildShellClearsTheRoleItInherited(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		child := filepath.Join(s.dir, "child")
		if err := os.WriteFile(child, []byte(s.load()+"cameo status\ncameo exit\n"+k.dump("after")), 0o600); err != nil {
			t.Fatal(err)
		}
		got := s.run("cameo dev", k.name+" "+strings.Join(k.flags, " ")+" child", k.dump("parent"))
		if !strings.HasSuffix(got.err, "left the role: home is not known in this shell\n") {
			t.Errorf("%+v", got)
		}
		env, _ := s.dumped("after")
		if env["AWS_ACCESS_KEY_ID"] != "" || env["CAMEO_ROLE"] != "" {
			t.Errorf("the child still has %v", env)
		}
		s.inRole("parent", "dev")
	})
}
