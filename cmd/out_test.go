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
