//go:build unix

package shell_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"cameo/internal/shell"
)

func TestAVariableThatCannotBeRestoredStopsTheSwitch(t *testing.T) {
	const readonly, odd = " is readonly in this shell", " is a list, an integer or the like in this shell"
	cases := map[string]map[string]string{
		"bash": {
			"readonly AWS_PROFILE=x": "AWS_PROFILE" + readonly, "declare -r AWS_SESSION_TOKEN": "AWS_SESSION_TOKEN" + readonly,
			"declare -rx AWS_REGION=a": "AWS_REGION" + readonly, "declare -i AWS_REGION=1": "AWS_REGION" + odd,
			"AWS_PROFILE=(a b)": "AWS_PROFILE" + odd, "declare -u AWS_PROFILE=x": "AWS_PROFILE" + odd,
			"declare -n AWS_PROFILE=other": "AWS_PROFILE" + odd, "readonly CAMEO_PROMPT=": "CAMEO_PROMPT" + readonly,
			"readonly AWS_PROFILE='x r y'": "AWS_PROFILE" + readonly,
		},
		"zsh": {
			"readonly AWS_PROFILE=x": "AWS_PROFILE" + readonly, "typeset -rx AWS_REGION=a": "AWS_REGION" + readonly,
			"integer AWS_REGION=1": "AWS_REGION" + odd, "AWS_PROFILE=(a b)": "AWS_PROFILE" + odd,
			"typeset -u AWS_PROFILE=x": "AWS_PROFILE" + odd, "typeset -T AWS_PROFILE aws_profile": "AWS_PROFILE" + odd,
		},
		"fish": {
			"set -g AWS_PROFILE a b":                           "AWS_PROFILE is a list in this shell",
			"function f; set -lx AWS_REGION a; cameo dev; end": "AWS_REGION is local to a function or a block here",
			"set -Ux AWS_PROFILE x":                            "AWS_PROFILE is universal and exported, so fish cannot hide it from programs",
		},
	}
	inEachShell(t, func(t *testing.T, k shellKind) {
		for setup, why := range cases[k.name] {
			s := newStage(t, k)
			call := "cameo dev"
			if strings.HasPrefix(setup, "function f") {
				call = "f"
			}
			got := s.run(setup, k.dump("before"), call, "echo code "+k.status(), k.dump("after"))
			if strings.Contains(got.err, "invalid option") {
				continue // an older bash does not have this attribute
			}
			first, _, _ := strings.Cut(got.err, "\n")
			if want := "cameo: " + why + ": nothing was changed"; first != want || got.out != "code 1\n" {
				t.Errorf("%s: %+v, want %q", setup, got, want)
			}
			s.sameAsBefore("after")
			if strings.HasPrefix(setup, "set -Ux") && !strings.HasSuffix(got.err, "try: set -gx AWS_PROFILE $AWS_PROFILE; set -eU AWS_PROFILE\n") {
				t.Errorf("no way out is named: %q", got.err)
			}
		}
	})
}

func TestAReadonlyVariableStopsTheExitAsAWhole(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if k.isFish() {
			t.Skip("fish has no readonly variables")
		}
		s := newStage(t, k)
		got := s.run("cameo dev", "readonly AWS_SESSION_TOKEN", k.dump("before"), "cameo exit", "echo code $?", k.dump("after"))
		if got.out != "code 1\n" || !strings.Contains(got.err, "AWS_SESSION_TOKEN is readonly in this shell: nothing was changed") {
			t.Errorf("%+v", got)
		}
		s.sameAsBefore("after")
	})
}

func TestFishVariablesKeepTheirScope(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if !k.isFish() {
			t.Skip("scopes are fish's")
		}
		s := newStage(t, k)
		scopes := "set --show AWS_REGION AWS_ACCESS_KEY_ID AWS_PROFILE AWS_ACCOUNT_ID AWS_ROLE_ARN CAMEO_ENV >"
		got := s.run("set -Ux AWS_REGION everywhere", "set -Ux AWS_ACCESS_KEY_ID k", "set -U AWS_PROFILE quiet",
			"set -gx AWS_ACCOUNT_ID", "set -g AWS_ROLE_ARN", "set -g CAMEO_ENV",
			k.dump("before"), scopes+"was", "cameo dev", "cameo prod", k.dump("role"), "cameo exit", k.dump("after"), scopes+"is")
		if got.code != 0 || !strings.HasSuffix(got.err, "left prod\n") {
			t.Fatalf("%+v", got)
		}
		s.inRole("role", "prod")
		s.sameAsBefore("after")
		was, is := s.read("was"), s.read("is")
		if was != is {
			t.Errorf("was\n%s\nis\n%s", was, is)
		}
	})
}

func (s *stage) read(file string) string {
	s.t.Helper()
	data, err := os.ReadFile(s.dir + "/" + file)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

func TestOddOptionsDoNotMatter(t *testing.T) {
	aliases := "alias export=false local=false eval=false unset=false printf=false builtin=false command=false " +
		"return=false set=false shift=false stty=false break=false continue=false true=false cameo_=x\n"
	setups := map[string][]string{
		"bash": {"set -eu -o pipefail", "set -o posix", "IFS=a_", "set -f", "shopt -s nocasematch extglob nullglob failglob",
			"set -a", "shopt -s expand_aliases\n" + aliases, "set -ET; trap 'echo \"$BASH_COMMAND\" >>trapped' DEBUG ERR",
			"readonly x=1 a=2 v=3", "set -C", "set -m", "LC_ALL=C", "exec </dev/null"},
		"zsh": {"set -eu -o pipefail", "setopt sh_word_split ksh_arrays glob_subst", "setopt err_exit err_return no_unset", "IFS=a_",
			"setopt all_export", "setopt no_unset warn_create_global warn_nested_var", "setopt ignore_braces", "setopt rc_quotes", "setopt ksh_typeset posix_builtins",
			"setopt null_glob extended_glob csh_null_glob", "setopt posix_identifiers posix_aliases", "emulate sh", "emulate ksh", aliases, "alias -g if=x then=y",
			"setopt no_function_argzero sh_glob", "setopt debug_before_cmd; trap 'true' DEBUG", "setopt bash_rematch no_equals no_bad_pattern typeset_silent", "LC_ALL=C", "setopt no_clobber"},
		"fish": {"set -g IFS a", "function printf; false; end; function echo; false; end; function contains; false; end; function true; false; end; function env; false; end",
			"set -gx LC_ALL C", "alias command-not=false; function stty; false; end; function sh; false; end", "set -g fish_read_limit 100", "set -g _cameo_v x; set -g arg x; set -g verb x; set -g kind x"},
	}
	inEachShell(t, func(t *testing.T, k shellKind) {
		for _, setup := range setups[k.name] {
			s := newStage(t, k)
			home := k.set(shell.Saved{Name: "AWS_PROFILE", Value: "a_home * $x", State: shell.Unexported}) + "\n" +
				k.set(shell.Saved{Name: "AWS_ACCESS_KEY_ID", Value: "k'", State: shell.Exported})
			got := s.runWith(setup+"\n"+s.load(), home, k.dump("before"), "cameo dev", k.dump("role"), "cameo prod", "cameo exit", k.dump("after"))
			if got.code != 0 || got.out != "" || got.err != "entered dev\nentered prod\nleft prod\n" {
				t.Errorf("%s: %+v", setup, got)
				continue
			}
			s.inRole("role", "dev")
			s.sameAsBefore("after")
			env, _ := s.dumped("role")
			for name, value := range env {
				if strings.HasPrefix(name, "_cameo") && !strings.HasPrefix(value, "() {") {
					t.Errorf("%s: %s is exported", setup, name)
				}
			}
		}
	})
}

func TestSetEStopsAScriptWhoseSwitchFailed(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		if k.isFish() {
			t.Skip("fish has no set -e")
		}
		got := newStage(t, k).run("set -eu", "cameo fails || echo caught $-", "cameo fails", "echo not reached")
		if got.code != 5 || !strings.Contains(got.out, "caught") || strings.Contains(got.out, "not reached") {
			t.Errorf("%+v", got)
		}
	})
}

func TestTracingShowsNoSecret(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		trace, still := "set -xv", "case $- in *x*v*|*v*x*) echo still;; esac"
		switch k.name {
		case "fish":
			trace, still = "set -g fish_trace 1", "set -q fish_trace; and echo still"
		case "bash":
			trace = "exec 9>tracefile; BASH_XTRACEFD=9\nset -ET; trap 'printf \"%s\\n\" \"$BASH_COMMAND\" >&2' DEBUG\n" + trace
		case "zsh":
			still = "[[ -o xtrace && -o verbose ]] && echo still"
		}
		got := s.run(k.set(shell.Saved{Name: "AWS_SECRET_ACCESS_KEY", Value: "HOME-CANARY", State: shell.Unexported}),
			trace, "cameo dev", still, "cameo prod", "cameo cut", "cameo status", "cameo exit", still)
		shown := got.out + got.err
		if k.name == "bash" {
			shown += s.read("tracefile")
		}
		// What the test itself writes down is traced; its assignment stands before.
		for _, canary := range []string{"HOME-CANARY", "CANARY-token", "ASIA-CANARY", "CANARY'role", "CANARY\\'role"} {
			if strings.Contains(shown, canary) {
				t.Errorf("%s is shown: %.3000s", canary, shown)
			}
		}
		if strings.Count(got.out, "still\n") != 2 || !strings.Contains(shown, "cameo status") {
			t.Errorf("tracing did not go on: %.3000s", shown)
		}
	})
}

func TestPrivateNamesAreTheOnlyOnesDefined(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		list := map[string]string{"bash": "compgen -A function; compgen -v", "zsh": "print -l ${(k)functions} ${(k)parameters}",
			"fish": "functions --all --names | string split ,; set --names"}[k.name]
		s := newStage(t, k)
		before := strings.Fields(s.runWith("", list).out)
		after := strings.Fields(s.run("cameo dev", "cameo cut", "cameo status >status", list).out)
		allowed := append(shell.Managed(), "cameo", "cm", "BASH_EXECUTION_STRING", "BASH_REMATCH", "MATCH", "PIPESTATUS")
		for _, name := range after {
			if !slices.Contains(before, name) && !slices.Contains(allowed, name) && !strings.HasPrefix(name, "_cameo_") {
				t.Errorf("%s was left behind", name)
			}
		}
		if !slices.Contains(after, "_cameo_run") || !slices.Contains(after, "_cameo_undo") {
			t.Errorf("the list shows too little: %q", after)
		}
	})
}

func TestTheTextHasNoSyntaxErrorForTheShell(t *testing.T) {
	inEachShell(t, func(t *testing.T, k shellKind) {
		s := newStage(t, k)
		cmd := exec.Command(k.name, "-n", s.dir+"/init")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v %s", err, out)
		}
	})
}
