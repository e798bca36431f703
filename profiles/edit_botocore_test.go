package profiles_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

// readAll reads every config file whose name it is given with botocore, and
// prints what each holds; the error where it holds nothing that can be read.
const readAll = `
import json, sys
from botocore.configloader import load_config
from botocore.exceptions import BotoCoreError
out = []
for path in sys.argv[1:]:
    try:
        out.append(load_config(path)["profiles"])
    except BotoCoreError as e:
        out.append({"": {"error": str(e)}})
print(json.dumps(out))
`

// TestBotocoreReadsWhatWasMeant makes random edits of random files, and compares
// what botocore reads before and after.
func TestBotocoreReadsWhatWasMeant(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on PATH")
	}
	if err := exec.Command(python, "-c", "import botocore").Run(); err != nil {
		t.Skip("python3 has no botocore")
	}
	random := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	type edit struct{ did, profile, key, value string }
	var edits []edit
	var files []string
	refused := 0
	for n := range 1500 {
		before := everydayFile(random)
		set := parse(before, "")
		e := edit{profile: pick(random, "dev", "prod", "my profile", "default", "a/b"), key: pick(random, "region", "role_arn", "output", "x-y", "s3.max", "s3.addressing_style"),
			value: pick(random, "eu-west-1", "a=b", "x:y", "it's \"q\"", "é", "[z]", "-", "a#b;c")}
		var changes [2]profiles.Change
		_, there := set.Profile(e.profile)
		switch {
		case !there:
			e.did, e.key = "add", "role_arn"
			changes[0], err = set.Add(profiles.Stanza{Name: e.profile, Settings: []profiles.Setting{{Key: e.key, Value: e.value}}})
		case random.IntN(4) == 0:
			e.did = "remove"
			changes, err = set.Remove(e.profile)
		case random.IntN(3) == 0:
			e.did, e.value = "unset", ""
			changes, err = set.Edit(e.profile, profiles.Setting{Key: e.key})
		default:
			e.did = "set"
			changes, err = set.Edit(e.profile, profiles.Setting{Key: e.key, Value: e.value})
		}
		if err != nil {
			refused++
			continue
		}
		for i, text := range []string{before, changes[0].New} {
			file := filepath.Join(dir, fmt.Sprintf("%d-%d", n, i))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		edits = append(edits, e)
	}
	answer, err := exec.Command(python, append([]string{"-c", readAll}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read []map[string]map[string]any
	if err := json.Unmarshal(answer, &read); err != nil {
		t.Fatal(err)
	}
	for i, e := range edits {
		want, got := read[2*i], read[2*i+1]
		if want[""] != nil {
			text, _ := os.ReadFile(files[2*i])
			t.Fatalf("botocore does not read the file of the test: %v\n%s", want, text)
		}
		if e.did == "add" {
			want[e.profile] = map[string]any{}
		}
		set := want[e.profile]
		block, nested, isNested := strings.Cut(e.key, ".")
		switch inner, _ := set[block].(map[string]any); {
		case e.did == "remove":
			delete(want, e.profile)
		case isNested && e.did == "unset":
			delete(inner, nested)
			if len(inner) == 0 {
				delete(set, block)
			}
		case isNested:
			if inner == nil {
				inner = map[string]any{}
				set[block] = inner
			}
			inner[nested] = e.value
		case e.did == "unset":
			delete(set, e.key)
		default:
			set[e.key] = e.value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			before, _ := os.ReadFile(files[2*i])
			after, _ := os.ReadFile(files[2*i+1])
			t.Fatalf("%+v of\n%q\n%q\n(-want +got)\n%s", e, before, after, diff)
		}
	}
	t.Logf("%d edits, %d refused", len(edits), refused)
	if refused > len(edits)/20 {
		t.Errorf("%d of %d edits are refused", refused, refused+len(edits))
	}
}

func pick(random *rand.Rand, of ...string) string { return of[random.IntN(len(of))] }

// everydayFile is a file as people write them, in all their styles.
func everydayFile(random *rand.Rand) string {
	var b strings.Builder
	end := pick(random, "\n", "\n", "\r\n")
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + end) }
	if random.IntN(3) == 0 {
		line("# ", pick(random, "mine", "[profile commented]"))
	}
	headers := []string{"[default]", "[profile dev]", "[profile prod]", "[profile 'my profile']", "[profile a/b]", "[sso-session s]", "[profile  \"other\" ]"}
	random.Shuffle(len(headers), func(i, j int) { headers[i], headers[j] = headers[j], headers[i] })
	for _, header := range headers[:1+random.IntN(len(headers)-1)] {
		indent := pick(random, "", "", "", "  ", "\t")
		line(header)
		keys := []string{"region", "role_arn", "output", "mfa_serial"}
		random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for _, key := range keys[:random.IntN(len(keys))] {
			line(indent, key, pick(random, "=", " = ", "= ", "  =  "), pick(random, "eu-west-1", "x y", "a=b", "value"), pick(random, "", "", "  "))
			if random.IntN(6) == 0 {
				line(pick(random, "# comment", "; comment", "", "   "))
			}
		}
		if random.IntN(4) == 0 {
			line(indent, "s3 =")
			inner := indent + pick(random, "  ", "    ")
			line(inner, "max = 1")
			if random.IntN(2) == 0 {
				line(inner, "addressing_style=path")
			}
		}
		if random.IntN(2) == 0 {
			line("")
		}
	}
	text := b.String()
	if random.IntN(3) == 0 {
		text = strings.TrimSuffix(text, end)
	}
	return text
}
