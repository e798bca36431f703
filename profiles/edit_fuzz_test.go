package profiles_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

// reading is what files say of each profile, places aside.
func reading(set *profiles.Set) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, p := range set.Profiles() {
		all[p.Name] = valuesOf(p)
	}
	return all
}

func valuesOf(p profiles.Profile) map[string]string {
	values := map[string]string{}
	for _, property := range p.Properties {
		values[property.Key] = property.Value.Text
	}
	return values
}

func FuzzAddRemove(f *testing.F) {
	f.Add("[default]\nregion = x", "new", "value")
	f.Add("\ufeff# c\r\n[profile a]\r\ns3 =\r\n  x = y\r\n \r\n", "my profile", "a=b")
	f.Add("\n\n", "default", "é")
	f.Add("[profile b\njunk\n  [profile c]\n   x = 1\n\n\n# end", "a/b", "x")
	f.Fuzz(checkAddRemove)
}

// checkAddRemove asserts that a profile that was added is read back, that nothing
// else is read in another way, and that removing it restores the bytes.
func checkAddRemove(t *testing.T, config, name, value string) {
	t.Helper()
	before := parse(config, "")
	if before.Config().Text() != config {
		t.Fatalf("%q is kept as %q", config, before.Config().Text())
	}
	stanza := profiles.Stanza{Name: name, Settings: []profiles.Setting{{Key: "role_arn", Value: value}, {Key: "region", Value: "x"}}}
	change, err := before.Add(stanza)
	if err != nil || !change.Changed() {
		if change.Changed() {
			t.Fatalf("refused (%v), and changed", err)
		}
		return
	}
	after := parse(change.New, "")
	want := reading(before)
	want[name] = map[string]string{"role_arn": value, "region": "x"}
	if value == "" {
		delete(want[name], "role_arn")
	}
	if diff := cmp.Diff(want, reading(after)); diff != "" {
		t.Fatalf("%q\n becomes %q\n(-want +got)\n%s", config, change.New, diff)
	}
	if again, err := after.Add(stanza); err != nil || again.Changed() {
		t.Fatalf("added twice: %v, %q", err, again.New)
	}
	back, err := after.Remove(name)
	if err != nil || back[0].New != config || back[1].Changed() {
		t.Fatalf("%v\n of %q\n    %q\nis left %q", err, change.New, config, back[0].New)
	}
}

func FuzzEdit(f *testing.F) {
	f.Add("[profile a]\nregion = x # c\ns3 =\n  x = y\n[profile b]\nregion=z", "[a]\nregion = w\n", "region", "eu", uint8(0))
	f.Add("  [profile a]\r\n  x=1\r\n\ty = 2\r\n", "", "z", "v w", uint8(0))
	f.Add("[default]\nx = 1\n[profile default]\n[default]\nx = 2\n", "[default]\n", "x", "3", uint8(0))
	f.Add("[profile a]\ns3=\n\n # c\n  a=1\n  junk\n  b = 2", "", "s3.b", "4", uint8(0))
	f.Fuzz(checkEdit)
}

// checkEdit asserts that a setting that was changed is read back, that no other
// setting of any profile is read in another way, that no byte before the profile
// changes, and that taking a new setting out restores the bytes.
func checkEdit(t *testing.T, config, credentials, key, value string, which uint8) {
	t.Helper()
	before := parse(config, credentials)
	names := before.Names()
	if len(names) == 0 {
		return
	}
	name := names[int(which)%len(names)]
	set := profiles.Setting{Key: key, Value: value}
	changes, err := before.Edit(name, set)
	if err != nil {
		return
	}
	key = strings.ToLower(key)
	after := parse(changes[0].New, changes[1].New)
	was, is := reading(before), reading(after)
	block, nested, isNested := strings.Cut(key, ".")
	if isNested {
		if got := inBlock(is[name][block], nested); got != value && is[name][key] != value {
			t.Fatalf("%s of %q is %q, not %q: %q, %q", key, name, got, value, changes[0].New, changes[1].New)
		}
		delete(was[name], block)
		delete(is[name], block)
	} else {
		if got, ok := is[name][key]; got != value && (value != "" || ok) {
			t.Fatalf("%s of %q is %q, not %q: %q, %q", key, name, got, value, changes[0].New, changes[1].New)
		}
	}
	_, wasThere := was[name][key]
	delete(was[name], key)
	delete(is[name], key)
	if diff := cmp.Diff(was, is); diff != "" {
		t.Fatalf("edit %q %s=%q of\n%q, %q\n becomes\n%q, %q\n(-was +is)\n%s", name, key, value, config, credentials, changes[0].New, changes[1].New, diff)
	}
	p, _ := before.Profile(name)
	if p.InConfig {
		lines := strings.SplitAfter(config, "\n")
		if untouched := strings.Join(lines[:p.Defined.Line-1], ""); !strings.HasPrefix(changes[0].New, untouched) {
			t.Fatalf("%q changes to %q before profile %q", config, changes[0].New, name)
		}
	}
	if !wasThere && !isNested && value != "" && p.InConfig {
		back, err := after.Edit(name, profiles.Setting{Key: key})
		if err != nil || back[0].New != config || back[1].New != credentials {
			t.Fatalf("%v: set and taken out again: %q\n %q\n%q, %q\n", err, config, changes[0].New, back[0].New, back[1].New)
		}
	}
}

// inBlock is the value of a setting in a nested block.
func inBlock(block, key string) string {
	value := ""
	for line := range strings.Lines(block) {
		if name, said, ok := strings.Cut(line, "="); ok && strings.EqualFold(strings.TrimSpace(name), key) {
			value = strings.TrimSpace(said)
		}
	}
	return value
}

func TestEditsOfFragments(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	keys := []string{"region", "role_arn", "source_profile", "sts", "sts.endpoint_url", "new", "x"}
	values := []string{"", "v", "a b", "x=y", "[z]"}
	names := []string{"a", "b", "new", "a b", "default"}
	for range 4000 {
		choices := make([]byte, random.IntN(50))
		for i := range choices {
			choices[i] = byte(random.IntN(256))
		}
		config, credentials := fromFragments(choices)
		checkAddRemove(t, config, names[random.IntN(len(names))], values[random.IntN(len(values))])
		checkEdit(t, config, credentials, keys[random.IntN(len(keys))], values[random.IntN(len(values))], uint8(random.IntN(4)))
		if t.Failed() {
			break
		}
	}
}
