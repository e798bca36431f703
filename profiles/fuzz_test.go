package profiles_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var sameProfile = cmp.Options{cmp.AllowUnexported(profiles.Property{}), cmpopts.EquateEmpty()}

// scansBeforeIndex is more look-ups than a Set answers without its index.
const scansBeforeIndex = 32

func FuzzParse(f *testing.F) {
	f.Add("[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\n"+keys, "[b]\naws_session_token = t\n")
	f.Add("  [profile a]\n  x = 1\n    [profile b]\n  [profile c]\n", "[default]\n# [x]\n[y")
	f.Add("\ufeff[default]\n[profile default]\ns3 =\n a = 1\n bad\n[profile 'a b']\n[profile a b]\n[profile b\n", "[a b]\n[DEFAULT]\n")
	f.Add("[sso-session s]\nx\n[profile a]\nsso_session = s\nservices = v\n[services v]\nsts =\n endpoint_url = u\n\x00\xff", "\xff\xfe[")
	f.Add("[profile a] # [b]\n[profile \"a#]\"]; c\n [a]\r\n\t[profile a]\r\n = v\n v\n", "x = 1\n[a]\n  [b]\n")
	f.Fuzz(checkFiles)
}

// fragments are pieces of lines; files made of them reach what random bytes do
// not.
var fragments = []string{
	"\n", "\n", "\n", "\n", "\n ", "\n  ", "\n\t", "\r\n", " ", "\t", "=", " = ", "#", " # ", ";", "[", "]", "'", "\"", "\\",
	"[profile a]", "[profile a]\n", "[profile b]\n", "[profile 'a b']\n", "[a b]\n", "[default]\n", "[profile default]\n", "[DEFAULT]\n",
	"[a]\n", "[b]\n", "[sso-session s]\n", "[services v]\n", "[profile a", "profile", "default", "a", "b",
	"role_arn = r\n", "source_profile = a\n", "source_profile = b\n", "source_profile = a b\n", "credential_source = Environment\n",
	"aws_access_key_id = k\n", "aws_secret_access_key = s\n", "sso_session = s\n", "sso_account_id = 1\n", "sso_role_name = r\n",
	"sso_start_url = u\n", "sso_region = x\n", "services = v\n", "sts =\n", " endpoint_url = u\n", "duration_seconds = 1\n",
	"credential_process = p\n", "in valid = 1\n", "junk\n", "= v\n", " -more\n", "\x00", "\xff", "\ufeff", "\u202e", "\x1b",
}

// fromFragments is a config and a credentials file; a byte chooses a fragment.
func fromFragments(choices []byte) (config, credentials string) {
	files := [2]strings.Builder{}
	into := 0
	for _, c := range choices {
		if c == 255 {
			into = 1
			continue
		}
		files[into].WriteString(fragments[int(c)%len(fragments)])
	}
	return files[0].String(), files[1].String()
}

func FuzzFragments(f *testing.F) {
	f.Add([]byte{20, 0, 37, 38, 255, 28, 44, 45})
	f.Fuzz(func(t *testing.T, choices []byte) {
		if len(choices) > 48 {
			t.Skip("too long to be read by a person")
		}
		config, credentials := fromFragments(choices)
		checkFiles(t, config, credentials)
	})
}

func TestOneProfileIsReadAsAllAre(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		choices := make([]byte, random.IntN(60))
		for i := range choices {
			choices[i] = byte(random.IntN(len(fragments)))
		}
		if len(choices) > 0 {
			choices[random.IntN(len(choices))] = 255
		}
		config, credentials := fromFragments(choices)
		checkFiles(t, config, credentials)
		if t.Failed() {
			t.Fatalf("config %q, credentials %q", config, credentials)
		}
	}
}

// checkFiles asserts what holds for any two files: a profile that is looked up
// alone is the same as among all, by whichever way it is found; positions are in
// the files; what is shown is inert; nothing grows beyond what was read.
func checkFiles(t *testing.T, config, credentials string) {
	t.Helper()
	indexed := parse(config, credentials)
	all := indexed.Profiles()
	checkPositions(t, indexed, config, credentials)
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, indexed.Names()) {
		t.Fatalf("profiles %q, names %q", names, indexed.Names())
	}
	for range scansBeforeIndex {
		indexed.Profile("warm")
	}
	for i, name := range append(names, guesses(config+"\n"+credentials)...) {
		if i > 40 {
			break
		}
		fresh := parse(config, credentials)
		lazy, ok := fresh.Profile(name)
		if ok != slices.Contains(names, name) {
			t.Fatalf("%q: found %v, names %q", name, ok, names)
		}
		if ok {
			if diff := cmp.Diff(all[slices.Index(names, name)], lazy, sameProfile); diff != "" {
				t.Fatalf("%q differs when looked up (-all +one):\n%s", name, diff)
			}
		}
		byIndex, _ := indexed.Profile(name)
		if diff := cmp.Diff(byIndex, lazy, sameProfile); diff != "" {
			t.Fatalf("%q differs by index (-index +scan):\n%s", name, diff)
		}
		checkChain(t, fresh, indexed, name)
	}
}

// guesses are texts of a file that may be taken for profile names.
func guesses(text string) []string {
	var words []string
	for line := range strings.SplitSeq(text, "\n") {
		if at := strings.IndexByte(line, '['); at >= 0 {
			line = strings.Trim(line[at+1:], "[] \t\r")
			words = append(words, line, strings.Trim(strings.TrimPrefix(line, "profile "), `'" `))
		}
	}
	return words
}

func checkChain(t *testing.T, lazy, indexed *profiles.Set, name string) {
	t.Helper()
	one, err1 := lazy.Chain(name)
	two, err2 := indexed.Chain(name)
	if fmt.Sprint(err1) != fmt.Sprint(err2) || !cmp.Equal(one, two, sameProfile) {
		t.Fatalf("%q: chains differ: %v %v, %v %v", name, one, err1, two, err2)
	}
	if err1 != nil {
		if s := err1.Error(); s != profiles.Inert(s) {
			t.Fatalf("%q is not inert", s)
		}
		if _, ok := err1.(interface{ Code() string }); !ok {
			t.Fatalf("%T has no code", err1)
		}
		return
	}
	if len(one.Steps) == 0 || one.Steps[0].Kind == profiles.AssumeRole {
		t.Fatalf("%q: %s has no base", name, steps(one))
	}
	for _, s := range one.Steps[1:] {
		if s.Kind != profiles.AssumeRole {
			t.Fatalf("%q: %s has a base in its middle", name, steps(one))
		}
	}
	_ = one.Check()
}

// checkPositions asserts that every position is a line of its file, and that
// the line holds what is said of it.
func checkPositions(t *testing.T, set *profiles.Set, config, credentials string) {
	t.Helper()
	lines := map[string][]string{
		"/h/.aws/config":      strings.Split(config, "\n"),
		"/h/.aws/credentials": strings.Split(credentials, "\n"),
	}
	line := func(p profiles.Position) string {
		if p.Line < 1 || p.Line > len(lines[p.File]) {
			t.Fatalf("%v is outside of the file", p)
		}
		return lines[p.File][p.Line-1]
	}
	known := set.Problems()
	size := 0
	for _, p := range set.Profiles() {
		if !strings.Contains(line(p.Defined), "[") {
			t.Fatalf("%q is not defined at %v", p.Name, p.Defined)
		}
		for _, property := range p.Properties {
			if !strings.Contains(strings.ToLower(line(property.Value.Position)), property.Key) {
				t.Fatalf("%q of %q is not at %v", property.Key, p.Name, property.Value.Position)
			}
			size += len(property.Key) + len(property.Value.Text)
		}
		for _, problem := range p.Problems {
			if !slices.Contains(known, problem) {
				t.Fatalf("%v is not among all problems", problem)
			}
		}
	}
	if hidden := strings.Count(config+credentials, "\n") + 2; size > len(config)+len(credentials)+hidden*len("(hidden)") {
		t.Fatalf("%d bytes of properties from %d", size, len(config)+len(credentials))
	}
	for _, problem := range known {
		line(problem.Position)
		if s := problem.String(); s != profiles.Inert(s) {
			t.Fatalf("%q is not inert", s)
		}
	}
	for _, i := range set.Ignored() {
		line(i.Position)
		if s := i.String(); s != profiles.Inert(s) {
			t.Fatalf("%q is not inert", s)
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2J\u202e\u200b\xff", "e\u0301\u0301\u0301\u0301\u0301\u0301", "\U000e0041\u3164\\x1b", "é東🎉\n\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := profiles.Inert(s)
		if !utf8.ValidString(got) || profiles.Inert(got) != got || len(got) > 4*len(s) {
			t.Errorf("%q gives %q", s, got)
		}
		for _, r := range got {
			if r < ' ' || 0x7f <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || 0x200b <= r && r <= 0x200f || r == 0x2028 || r == 0x2029 || r == 0xfeff {
				t.Errorf("%q gives %q", s, got)
			}
		}
	})
}

func FuzzParseRoleARN(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:role/a/b")
	f.Add("arn:aws:sts::1:assumed-role/x/y")
	f.Add("arn:aws-cn:iam:\x1b:12:user/")
	f.Fuzz(func(t *testing.T, s string) {
		role, err := profiles.ParseRoleARN(s)
		if err != nil {
			if text := err.Error(); text != profiles.Inert(text) {
				t.Errorf("%q is not inert", text)
			}
			return
		}
		if role.String() != s || len(role.Account) != 12 || role.Name == "" || !strings.HasPrefix(role.Path, "/") || !strings.HasSuffix(role.Path, "/") {
			t.Errorf("%q gives %+v", s, role)
		}
	})
}

func FuzzNearest(f *testing.F) {
	f.Add("prdo", "prod\nprod-admin\nx")
	f.Fuzz(func(t *testing.T, name, among string) {
		names := strings.Split(among, "\n")
		got := profiles.Nearest(name, names, 3)
		if len(got) > 3 {
			t.Errorf("%q", got)
		}
		for _, g := range got {
			if !slices.Contains(names, g) {
				t.Errorf("%q is no name", g)
			}
		}
	})
}
