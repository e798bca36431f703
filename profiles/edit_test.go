package profiles_test

import (
	"errors"
	"strings"
	"testing"

	"cameo/profiles"
)

func settings(pairs ...string) []profiles.Setting {
	var all []profiles.Setting
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		all = append(all, profiles.Setting{Key: key, Value: value})
	}
	return all
}

func TestAdd(t *testing.T) {
	stanza := profiles.Stanza{Name: "new", Settings: settings("role_arn=r", "source_profile=", "region=x")}
	const text = "[profile new]\nrole_arn = r\nregion = x\n"
	for _, c := range []struct{ name, before, after string }{
		{"to an empty file", "", text},
		{"to a byte order mark", "\ufeff", "\ufeff" + text},
		{"to empty lines", "\n\n", text + "\n\n"},
		{"behind a section", "[default]\nregion = y\n", "[default]\nregion = y\n\n" + text},
		{"before the empty lines of the end", "[default]\n\n \n", "[default]\n\n" + text + "\n \n"},
		{"behind a comment", "# mine\n", "# mine\n\n" + text},
		{"to a file without a final newline", "[default]\nregion = y", "[default]\nregion = y\n\n" + strings.TrimSuffix(text, "\n")},
		{"with carriage returns", "[default]\r\nregion = y\r\n", "[default]\r\nregion = y\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n")},
		{"with carriage returns and no final newline", "[default]\r\nregion = y", "[default]\r\nregion = y\r\n\r\n" + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\r\n"), "\r\n")},
		{"behind a block", "[profile a]\ns3 =\n  x = y\n", "[profile a]\ns3 =\n  x = y\n\n" + text},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := parse(c.before, "")
			change, err := set.Add(stanza)
			if err != nil || change.New != c.after || change.Old != c.before {
				t.Fatalf("%v\n got %q\nwant %q", err, change.New, c.after)
			}
			back, err := parse(change.New, "").Remove("new")
			if err != nil || back[0].New != c.before {
				t.Errorf("removed again: %v\n got %q\nwant %q", err, back[0].New, c.before)
			}
			again, err := parse(change.New, "").Add(stanza)
			if err != nil || again.Changed() {
				t.Errorf("added again: %v, %q", err, again.New)
			}
		})
	}
}

func TestAddNames(t *testing.T) {
	for name, header := range map[string]string{"default": "[default]", "a/b@c:d+e%f": "[profile a/b@c:d+e%f]", "my profile": "[profile 'my profile']", "große": "[profile 'große']", "a,b": "[profile 'a,b']"} {
		change, err := parse("", "").Add(profiles.Stanza{Name: name, Settings: settings("region=x")})
		if err != nil || change.New != header+"\nregion = x\n" {
			t.Errorf("%q: %q, %v", name, change.New, err)
		}
		if p, ok := parse(change.New, "").Profile(name); !ok || len(p.Properties) != 1 {
			t.Errorf("%q is not read back from %q", name, change.New)
		}
	}
	for _, name := range []string{"", "DEFAULT", "a]b", "[a", "a'b", `a"b`, `a\b`, "a #b", "a;b", "a\nb", "\x1b", " a", "a\u00a0", "\u202ea", "\xff", strings.Repeat("x", 600)} {
		change, err := parse("", "").Add(profiles.Stanza{Name: name, Settings: settings("region=x")})
		var wrong *profiles.EditError
		if !errors.As(err, &wrong) || change.Changed() || err.Error() != profiles.Inert(err.Error()) {
			t.Errorf("%q: %q, %v", name, change.New, err)
		}
	}
}

func TestAddRefusesAnotherOfTheName(t *testing.T) {
	set := parse("[default]\n\n[profile a]\nrole_arn = other\n[profile a-2]\n", "[b]\nregion = x\n")
	_, err := set.Add(profiles.Stanza{Name: "a", Settings: settings("role_arn=r")})
	var exists *profiles.ExistsError
	if !errors.As(err, &exists) || exists.At.Line != 3 || exists.Free != "a-3" {
		t.Errorf("got %v", err)
	}
	if _, err = set.Add(profiles.Stanza{Name: "b", Settings: settings("role_arn=r")}); !errors.As(err, &exists) || exists.At.File != "/h/.aws/credentials" {
		t.Errorf("got %v", err)
	}
	if _, err = parse("[profile a\n", "").Add(profiles.Stanza{Name: "a", Settings: settings("role_arn=r")}); !errors.As(err, new(*profiles.ParseError)) {
		t.Errorf("got %v", err)
	}
	if _, err = parse("\xff\xfe[\x00", "").Add(profiles.Stanza{Name: "a"}); !errors.As(err, new(*profiles.ParseError)) {
		t.Errorf("got %v", err)
	}
}

func TestEdit(t *testing.T) {
	for _, c := range []struct{ name, before, after, edits string }{
		{"a value, and nothing around it", "# c\n[ profile  a ] # d\n  region=x  # e\n\trole_arn = r\n", "# c\n[ profile  a ] # d\n  region=eu  # e\n\trole_arn = r\n", "region=eu"},
		{"a key in capitals", "[profile a]\nRegion = x\n", "[profile a]\nRegion = eu\n", "REGION=eu"},
		{"an empty value", "[profile a]\nregion =\n", "[profile a]\nregion = eu\n", "region=eu"},
		{"an empty value without space", "[profile a]\nregion=\n", "[profile a]\nregion=eu\n", "region=eu"},
		{"an empty value with a comment", "[profile a]\nregion = # c\n", "[profile a]\nregion = eu # c\n", "region=eu"},
		{"a value of several lines", "[profile a]\ncredential_process = x\n  y\n  z\nregion = r\n", "[profile a]\ncredential_process = w\nregion = r\n", "credential_process=w"},
		{"a value of several lines at the end", "[profile a]\ncredential_process = x\n  y", "[profile a]\ncredential_process = w", "credential_process=w"},
		{"carriage returns", "[profile a]\r\nregion = x\r\n", "[profile a]\r\nregion = eu\r\noutput = json\r\n", "region=eu output=json"},
		{"a new key, spaced as the others", "[profile a]\n  x=y\n\n# about b\n[profile b]\n", "[profile a]\n  x=y\n  region=eu\n\n# about b\n[profile b]\n", "region=eu"},
		{"a new key behind a block", "[profile a]\ns3 =\n  x = y\n# c\n[profile b]\n", "[profile a]\ns3 =\n  x = y\nregion = eu\n# c\n[profile b]\n", "region=eu"},
		{"a new key in an empty section", "[profile a]\n[profile b]\n", "[profile a]\nregion = eu\n[profile b]\n", "region=eu"},
		{"a new key in an empty section at the end", "[profile a]", "[profile a]\nregion = eu", "region=eu"},
		{"a new key at the end of a file without a newline", "[profile a]\nx = y", "[profile a]\nx = y\nregion = eu", "region=eu"},
		{"the last of two", "[profile a]\nregion = 1\nregion = 2\n", "[profile a]\nregion = 1\nregion = eu\n", "region=eu"},
		{"the last of two sections", "[profile a]\nregion = 1\n[profile a]\nx = 2\n", "[profile a]\nregion = eu\n[profile a]\nx = 2\noutput = json\n", "region=eu output=json"},
		{"a key that goes, everywhere", "[profile a]\nregion = 1\nx = y\nregion = 2\n\n[profile a]\nregion = 3\n", "[profile a]\nx = y\n\n[profile a]\n", "region="},
		{"a block that goes", "[profile a]\ns3 =\n  x = y\n\n  # c\n  z = y\nregion = eu\n", "[profile a]\nregion = eu\n", "s3="},
		{"the last line that goes", "[profile a]\nx = y\nregion = eu", "[profile a]\nx = y", "region="},
		{"a key that is not there", "[profile a]\nx = y\n", "[profile a]\nx = y\n", "region="},
		{"the same value", "[profile a]\nregion =   eu ; c\n", "[profile a]\nregion =   eu ; c\n", "region=eu"},
		{"in a block", "[profile a]\ns3 =\n   x=1\n   y = 2\n", "[profile a]\ns3 =\n   x=5\n   y = 2\n   z = 3\n", "s3.x=5 s3.z=3"},
		{"a new block", "[profile a]\nx = 1\n", "[profile a]\nx = 1\ns3 =\n    max = 5\n    min = 1\n", "s3.max=5 s3.min=1"},
		{"out of a block", "[profile a]\ns3 =\n  x = 1\n  y = 2\n", "[profile a]\ns3 =\n  y = 2\n", "s3.x="},
		{"the last one out of a block", "[profile a]\ns3 =\n  x = 1\ny = 2\n", "[profile a]\ny = 2\n", "s3.x="},
		{"[default] that counts", "[default]\nregion = 1\n[profile default]\nx = 2\n", "[default]\nregion = 1\n[profile default]\nx = 2\nregion = eu\n", "default region=eu"},
		{"a quoted name", "[profile 'my a']\nregion = 1\n", "[profile 'my a']\nregion = eu\n", "my_a region=eu"},
		{"beside malformed lines", "[profile a]\njunk\nregion = 1\n more junk = x\n[b", "[profile a]\njunk\nregion = eu\n[b", "region=eu"},
		{"a value with signs", "[profile a]\n", "[profile a]\nx = a=b#c;d:[e] 'f\" \\ é\n", "x=a=b#c;d:[e]_'f\"_\\_é"},
	} {
		t.Run(c.name, func(t *testing.T) {
			words := strings.Fields(c.edits)
			name := "a"
			if !strings.Contains(words[0], "=") {
				name, words = strings.ReplaceAll(words[0], "_", " "), words[1:]
			}
			if strings.Contains(c.name, "signs") {
				words[0] = strings.ReplaceAll(words[0], "_", " ")
			}
			changes, err := parse(c.before, "").Edit(name, settings(words...)...)
			if err != nil || changes[0].New != c.after || changes[1].Changed() {
				t.Fatalf("%v\n got %q\nwant %q", err, changes[0].New, c.after)
			}
			p, _ := parse(changes[0].New, "").Profile(name)
			for _, set := range settings(words...) {
				if v, ok := p.Get(strings.ToLower(set.Key)); !strings.Contains(set.Key, ".") && (v.Text != set.Value || ok != (set.Value != "")) {
					t.Errorf("%s is %q", set.Key, v.Text)
				}
			}
		})
	}
}

func TestEditOfBothFiles(t *testing.T) {
	set := parse("[profile a]\nregion = 1\n", "[a]\nregion = 2\noutput = json\n\n[b]\naws_access_key_id = k\n")
	changes, err := set.Edit("a", settings("region=3", "output=", "x=y")...)
	if err != nil || changes[0].New != "[profile a]\nregion = 1\nx = y\n" || changes[1].New != "[a]\nregion = 3\n\n[b]\naws_access_key_id = k\n" {
		t.Errorf("%v: %q, %q", err, changes[0].New, changes[1].New)
	}
	changes, err = set.Edit("b", settings("region=3", "s3.x=1")...)
	if err != nil || changes[0].New != "[profile a]\nregion = 1\n\n[profile b]\nregion = 3\ns3 =\n    x = 1\n" || changes[1].Changed() {
		t.Errorf("%v: %q, %q", err, changes[0].New, changes[1].New)
	}
}

func TestEditRefuses(t *testing.T) {
	for _, pair := range []string{"a b=c", "=c", "a:b=c", "a.b.c=d", "a.=d", "é=x", "-.a= x", "x=a\nb", "x= a", "x=a ", "x=a #b", "x=#b", "x=a\t;b", "x=\x1b[m", "x=\u00a0a", "x=\xff",
		"aws_secret_access_key=x", "AWS_ACCESS_KEY_ID=x", "aws_session_token=", "s3=x", "region.x=1"} {
		changes, err := parse("[profile a]\nregion = r\ns3 =\n  x = 1\n", "").Edit("a", settings(pair)...)
		var wrong *profiles.EditError
		if !errors.As(err, &wrong) || changes[0].Changed() || err.Error() != profiles.Inert(err.Error()) || strings.Contains(err.Error(), "=x") {
			t.Errorf("%q: %q, %v", pair, changes[0].New, err)
		}
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"the only section", "[profile a]\nx = y\n", ""},
		{"the first one", "[profile a]\nx = y\n\n[profile b]\n", "[profile b]\n"},
		{"one in the middle", "[profile b]\n\n[profile a]\nx = y\n\n[profile c]\n", "[profile b]\n\n[profile c]\n"},
		{"the last one", "[profile b]\n\n[profile a]\nx = y\n", "[profile b]\n"},
		{"the last one, without a final newline", "[profile b]\n\n[profile a]\nx = y", "[profile b]"},
		{"an empty one, without a final newline", "[profile b]\n[profile a]", "[profile b]"},
		{"all of them", "[profile a]\nx = y\n[profile b]\n[profile a]\nz = y\n", "[profile b]\n"},
		{"with its comments, not those of the next", "[profile a]\n# c\nx = y\n# d\n\n# about b\n[profile b]\n", "# about b\n[profile b]\n"},
		{"not a comment that may be the next one's", "[profile a]\nx = y\n# about b\n[profile b]\n", "# about b\n[profile b]\n"},
		{"not the comments before it", "[profile b]\n\n# group\n[profile a]\nx = y\n\n[profile c]\n", "[profile b]\n\n# group\n\n[profile c]\n"},
		{"both kinds of default", "[default]\nx = 1\n[profile default]\nx = 2\n[profile b]\n", "[profile b]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := "a"
			if strings.Contains(c.before, "default") {
				name = "default"
			}
			changes, err := parse(c.before, "").Remove(name)
			if err != nil || changes[0].New != c.after {
				t.Errorf("%v\n got %q\nwant %q", err, changes[0].New, c.after)
			}
		})
	}
	changes, err := parse("[profile a]\nx = y\n", "[a]\nrole_arn = r\n[b]\n"+keys).Remove("a")
	if err != nil || changes[0].New != "" || changes[1].New != "[b]\n"+keys {
		t.Errorf("%v: %q, %q", err, changes[0].New, changes[1].New)
	}
	var hasKeys *profiles.KeysError
	if _, err := parse("[profile a]\n", "[a]\n"+keys).Remove("a"); !errors.As(err, &hasKeys) || hasKeys.At.File != "/h/.aws/credentials" {
		t.Errorf("got %v", err)
	}
	if changes, err := parse("[profile a]\n[profile a\n", "").Remove("a"); !errors.As(err, new(*profiles.ParseError)) || changes[0].Changed() {
		t.Errorf("got %v", err)
	}
}
