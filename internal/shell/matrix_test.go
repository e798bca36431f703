//go:build unix

package shell_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"cameo/internal/shell"
)

// matrixHome has every managed variable in every state over the rounds.
func (k shellKind) matrixHome(round int) []string {
	values := []string{"plain", "", "a 'b' $(touch canary) \\ \"c\"\n%d*"}
	var lines []string
	for i, name := range shell.Managed() {
		saved := shell.Saved{Name: name, Value: values[(i+round)%len(values)], State: shell.State((i/3 + round) % 3)}
		if name == "CAMEO_SHELL" {
			saved.State, saved.Value = shell.Exported, "4711"
		}
		lines = append(lines, k.set(saved))
	}
	return lines
}

// Every way to a role, with a failure of every kind in between, and every way home.
// A process left behind would keep the shell's output open, and run waiting.
func TestTheMatrixOfSwitchesFailuresAndExits(t *testing.T) {
	steps := []struct{ call, role string }{
		{"cameo dev", "dev"}, {"cameo switch prod", "prod"}, {"cameo switch --chain deep", "deep"},
		{"cameo refresh deeper", "deeper"}, {"cameo -", "-"}, {"cameo refresh again", "again"}, {"cameo switch --chain on-top", "on-top"},
	}
	failures := []string{"fails", "dies", "cut", "--chain dies", "--chain fails"}
	inEachShell(t, func(t *testing.T, k shellKind) {
		rounds := 1
		if os.Getenv("CAMEO_HEAVY") != "" {
			rounds = 3 // every variable in every state
		}
		for round := range rounds {
			s := newStage(t, k)
			lines := append(k.matrixHome(round), k.dump("before"))
			var roles []string
			check := func(role string) {
				name := fmt.Sprintf("state%d", len(roles))
				roles = append(roles, role)
				lines = append(lines, k.dump(name))
			}
			fail := func(role string) {
				for _, failure := range failures {
					verb := []string{"cameo switch ", "cameo refresh "}[len(roles)%2]
					lines = append(lines, verb+failure+" 2>>failures")
				}
				check(role)
			}
			for _, failure := range failures {
				lines = append(lines, "cameo switch "+failure+" 2>>failures")
			}
			check("")
			for _, step := range steps {
				lines = append(lines, step.call)
				check(step.role)
				fail(step.role)
			}
			lines = append(lines, "cameo exit --one")
			check("again")
			lines = append(lines, "cameo switch --chain on-top", "cameo exit", k.dump("after"), k.variables()+" >names")
			before := s.files()
			got := s.run(lines...)
			want := "entered dev\nentered prod\nentered deep\nentered deeper\nentered -\nentered again\nentered on-top\nleft on-top\nentered on-top\nleft again\n"
			if got.code != 0 || got.err != want {
				t.Fatalf("round %d: %+v", round, got)
			}
			for i, role := range roles {
				if role == "" {
					s.sameAsBefore(fmt.Sprintf("state%d", i))
				} else {
					s.inRole(fmt.Sprintf("state%d", i), role)
				}
			}
			s.sameAsBefore("after")
			if names := s.read("names"); strings.Contains(names, "_cameo_undo") || strings.Contains(names, "_cameo_stack") {
				t.Error("the way home is still there at home")
			}
			for _, file := range s.files() {
				ours := strings.HasSuffix(file, ".env") || strings.HasSuffix(file, ".vars") || slices.Contains([]string{"script", "log", "failures", "names"}, file)
				if !ours && !slices.Contains(before, file) {
					t.Errorf("%s was left behind", file)
				}
			}
		}
	})
}

// files are those of the stage's folder, which is HOME as well as TMPDIR; what the
// shell itself keeps there (fish's folders) is not listed.
func (s *stage) files() []string {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

func TestAReadonlyCameoShellStopsTheSwitchAndNothingElse(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if k.isFish() {
			t.Skip("fish has no readonly variables")
		}
		s := newStage(t, k)
		got := s.run("readonly CAMEO_SHELL=5", k.dump("before"), "cameo dev", "echo code $?", "cameo status", "cameo nothing", "echo code $?", k.dump("after"))
		if got.err != "cameo: CAMEO_SHELL is readonly in this shell: nothing was changed\n" || got.out != "code 1\nplain status\ncode 0\n" {
			t.Errorf("%+v", got)
		}
		s.sameAsBefore("after")
	})
}

func TestAnExportWithoutAValueComesBack(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if k.name != "bash" {
			t.Skip("only bash has exported variables without a value")
		}
		s := newStage(t, k)
		got := s.run("export AWS_PROFILE AWS_REGION", k.dump("before"), "cameo dev", k.dump("role"), "cameo switch prod",
			"cameo exit", k.dump("after"), "declare -p AWS_PROFILE AWS_REGION", "AWS_PROFILE=late; env | grep AWS_")
		if want := "declare -x AWS_PROFILE\ndeclare -x AWS_REGION\nAWS_PROFILE=late\n"; got.out != want || got.code != 0 {
			t.Errorf("%+v", got)
		}
		s.inRole("role", "dev")
		s.sameAsBefore("after")
	})
}

func TestASubshellIsToldFromItsChildren(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		s.env = append(s.env, "CAMEO_ROLE=outer", "AWS_PROFILE=outer's")
		for _, mark := range shell.Subshell(`{"home": "* $x"}`) {
			s.env = append(s.env, mark.Name+"="+mark.Value)
		}
		call := func(lines ...string) shell.Call {
			t.Helper()
			s.run(lines...)
			_, call := s.logged()
			return call
		}
		if c := call("cameo status"); !c.Subshell || c.Base != `{"home": "* $x"}` || c.Inherited || c.Stack != "" {
			t.Errorf("the subshell: %+v", c)
		}
		c := call("cameo dev", "cameo switch prod", k.dump("role"), "cameo status")
		if !c.Subshell || c.Base != `{"home": "* $x"}` || c.Stack != ">dev>prod" {
			t.Errorf("with a role on top: %+v", c)
		}
		s.run(k.dump("before"), "cameo dev", "cameo exit", k.dump("after"))
		s.sameAsBefore("after")
		if env, _ := s.dumped("after"); env["CAMEO_ROLE"] != "outer" || env["AWS_PROFILE"] != "outer's" {
			t.Errorf("not the subshell's role: %v", env)
		} else if _, leaks := env["CAMEO_BASE"]; leaks || env["CAMEO_SUBSHELL"] == "new" {
			t.Errorf("the mark is not taken: %v", env)
		}
		child := k.program + " " + strings.Join(k.flags, " ") + " child"
		if err := os.WriteFile(s.dir+"/child", []byte(s.load()+"cameo status\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if c := call(child); c.Subshell || c.Base != "" || !c.Inherited {
			t.Errorf("its child: %+v", c)
		}
	})
}

func TestAShellThatReplacesItselfHasNoWayHome(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		if err := os.WriteFile(s.dir+"/child", []byte(s.load()+"cameo status\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.run("cameo dev", "exec "+k.program+" "+strings.Join(k.flags, " ")+" child")
		if _, c := s.logged(); !c.Inherited || c.Stack != "" || valueOf(c, "CAMEO_ROLE").Value != "dev" {
			t.Errorf("%+v", c)
		}
	})
}
