package cmd

import (
	"bytes"
	"testing"
)

func TestFindingsBreakBetweenWords(t *testing.T) {
	all := []finding{{"shell", warning, "this shell has no function cameo: a switch can only open a subshell", `eval "$(cameo init bash)"`}}
	for columns, want := range map[int]string{
		0: "warning  shell        this shell has no function cameo: a switch can only open a subshell\n" +
			"                      try: eval \"$(cameo init bash)\"\n",
		80: "warning  shell        this shell has no function cameo: a switch can only open a\n" +
			"                      subshell\n" +
			"                      try: eval \"$(cameo init bash)\"\n",
		40: "warning  shell\n  this shell has no function cameo: a\n  switch can only open a subshell\n  try: eval \"$(cameo init bash)\"\n",
	} {
		var out bytes.Buffer
		if err := printFindings(&out, all, columns); err != nil || out.String() != want {
			t.Errorf("%d columns: %v\n%s", columns, err, &out)
		}
	}
}

func TestALongWordHasALineOfItsOwn(t *testing.T) {
	got := fold("a /very/long/path-with-hyphens/config.toml:17 b", 12)
	if len(got) != 3 || got[1] != "/very/long/path-with-hyphens/config.toml:17" {
		t.Errorf("%q", got)
	}
}

func TestLinesFoldUnderTheirText(t *testing.T) {
	const text = "3. possible: The role may want MFA.\n   - no MFA code went with it\n   Set mfa_serial in the profile.\n" +
		"   lasts   1h; up to 12h if it may\n   try: a command that is longer\nLook: cameo explain it --check\n"
	const want = "3. possible: The role may\n   want MFA.\n   - no MFA code went with\n     it\n   Set mfa_serial in the\n   profile.\n" +
		"   lasts   1h; up to 12h if it may\n   try: a command that is longer\nLook: cameo explain it --check\n"
	if got := foldLines(text, 26); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := foldLines("   lasts   1h; up to 12h if it may\n", 31); got != "   lasts   1h; up to 12h if it\n           may\n" {
		t.Errorf("got\n%s", got)
	}
	for _, columns := range []int{0, 2, 80} {
		if got := foldLines(text, columns); got != text {
			t.Errorf("%d columns: got\n%s", columns, got)
		}
	}
}
