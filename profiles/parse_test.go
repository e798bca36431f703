package profiles_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

func parse(config, credentials string) *profiles.Set {
	return profiles.Parse("/h/.aws/config", []byte(config), "/h/.aws/credentials", []byte(credentials))
}

// dump is a Set in short: `name{key=value ...}`, one profile per word of the list,
// secrets revealed.
func dump(set *profiles.Set) string {
	var all []string
	for _, p := range set.Profiles() {
		var properties []string
		for _, property := range p.Properties {
			text := property.Value.Text
			if secret, ok := property.Secret(); ok {
				text = secret.Reveal()
			}
			properties = append(properties, fmt.Sprintf("%s=%q", property.Key, text))
		}
		all = append(all, p.Name+"{"+strings.Join(properties, " ")+"}")
	}
	return strings.Join(all, " ")
}

// problems is "file:line reason" of every problem.
func problems(set *profiles.Set) string {
	var all []string
	for _, p := range set.Problems() {
		all = append(all, fmt.Sprintf("%s:%d %s", p.File[len("/h/.aws/"):], p.Line, p.Reason))
	}
	return strings.Join(all, "; ")
}

func ignored(set *profiles.Set) string {
	var all []string
	for _, i := range set.Ignored() {
		all = append(all, fmt.Sprintf("%s:%d %s %s", i.In, i.Line, i.Text, i.Reason))
	}
	return strings.Join(all, "; ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name                string
		config, credentials string
		want                string // dump
		problems, ignored   string
	}{
		{name: "a comment after white space is cut off", config: "[profile a]\nregion = us-west-2 # x\nk =\tv\t;y\n", want: `a{region="us-west-2" k="v"}`},
		{name: "a comment without white space is part of the value", config: "[profile a]\nx = value;x\ny = value#x\nurl = https://x/start#/\n", want: `a{x="value;x" y="value#x" url="https://x/start#/"}`},
		{
			name: "a repeated section is merged and noted", config: "[profile a]\nx = 1\n[profile b]\n[profile a]\ny = 2\nx = 3\n",
			want: `a{x="3" y="2"} b{}`, ignored: "config:4 [profile a] repeated_section",
		},
		{
			name: "of a repeated property the last wins", config: "[profile a]\nx = 1\ny = 1\nX = 2\n",
			want: `a{x="2" y="1"}`, ignored: "config:4 x repeated_property",
		},
		{name: "[DEFAULT] is no profile", config: "[DEFAULT]\nx = 1\n[profile a]\n", credentials: "[DEFAULT]\n", want: `a{}`, ignored: "config:1 [DEFAULT] default_section; credentials:1 [DEFAULT] default_section"},
		{
			name: "[profile default] wins whole over a later [default]", config: "[profile default]\nx = 1\n[default]\ny = 2\n",
			want: `default{x="1"}`, ignored: "config:3 [default] overridden_default",
		},
		{
			name: "[profile default] wins whole over an earlier [default], and the credentials file adds to it", config: "[default]\ny = 2\n[profile default]\nx = 1\n", credentials: "[default]\nz = 3\n",
			want: `default{x="1" z="3"}`, ignored: "config:1 [default] overridden_default",
		},
		{name: "names may be in double quotes", config: `[profile "my profile"]` + "\nx = 1\n", want: `my profile{x="1"}`},
		{name: "names may be in single quotes", config: "[profile 'my profile'] # c\nx = 1\n", want: `my profile{x="1"}`},
		{name: "comment signs in quotes belong to the name", config: "[profile 'a # b;c'] # d\n", want: `a # b;c{}`},
		{name: "a quoted name may be pieced together as in a shell", config: `[profile 'o'"'"'brien x']` + "\n[profile a\\ b]\n", want: "o'brien x{} a b{}"},
		{
			name:   "a quoted name has its keys in the credentials file, where there are no quotes",
			config: "[profile 'my profile']\nregion = x\n", credentials: "[my profile]\naws_access_key_id = 1\n[no profile]\n",
			want: `my profile{region="x" aws_access_key_id="1"}`, ignored: "credentials:3 [no profile] invalid_name",
		},
		{
			name: "two words and unbalanced quotes are ignored", config: "[profile a b]\n[profile \"a]\n[profile o'brien]\n[profile \"a\" \"b\"]\n",
			ignored: `config:1 [profile a b] invalid_name; config:2 [profile "a] invalid_name; config:3 [profile o'brien] invalid_name; config:4 [profile "a" "b"] invalid_name`,
		},
		{name: "names with other characters are ignored", config: "[profile foo!bar]\nx = 1\n", credentials: "[föö]\n", ignored: "config:1 [profile foo!bar] invalid_name; credentials:1 [föö] invalid_name"},
		{name: "names with every allowed character", config: "[profile Az09-_/.%@:+]\n", credentials: "[Az09-_/.%@:+]\n", want: "Az09-_/.%@:+{}"},
		{name: "white space round names", config: "[ \tprofile\t x  ]\n[  default ]\n", credentials: "[  y ]\n", want: "x{} default{} y{}"},
		{name: "a section without profile is none in the config file", config: "[foo]\nx = 1\n[profilebar]\n[profile]\n[]\n", ignored: "config:1 [foo] not_a_profile_section; config:3 [profilebar] not_a_profile_section; config:4 [profile] invalid_name; config:5 [] not_a_profile_section"},
		{
			name: "profile, sso-session and services are none in the credentials file", credentials: "[profile foo]\n[sso-session x]\n[services y]\n[sso-sessionz]\n",
			want: "sso-sessionz{}", ignored: "credentials:1 [profile foo] profile_prefix_in_credentials; credentials:2 [sso-session x] config_section_in_credentials; credentials:3 [services y] config_section_in_credentials",
		},
		{name: "text before the first section", config: "x = 1\n -y\n[profile a]\n", want: "a{}", problems: "config:1 stands before the first section; config:2 stands before the first section"},
		{name: "a line without =", config: "[profile a]\nkey : v\njunk\nx = 1\n[profile b]\ny = 2\n", want: `a{x="1"} b{y="2"}`, problems: `config:2 has no "="; config:3 has no "="`},
		{name: "a line without a key", config: "[profile a]\n= v\nx = 1\n", want: `a{x="1"}`, problems: `config:2 has nothing before the "="`},
		{name: "a section that is not closed takes its settings with it", config: "[profile a]\nx = 1\n[profile b\ny = 2\n[profile c]\nz = 3\n", want: `a{x="1"} c{z="3"}`, problems: `config:3 opens a section and has no "]"`},
		{name: "text after a header", config: "[profile a] text\nx = 1\n[profile b] # c\n[profile c]; d\n", want: `b{} c{}`, problems: `config:1 has text after the "]"`},
		{name: "a whole section may be indented", config: "  [profile a]\n  x = 1\n  y = 2\n    more\n z = 3\n\t[profile b]\nq = 1\n", want: "a{x=\"1\" y=\"2\\nmore\" z=\"3\"} b{q=\"1\"}"},
		{name: "an indented header begins a section where nothing can be continued", config: "  [profile a]\n  x = 1\n  [profile b]\n  y = 2\n", want: `a{x="1"} b{y="2"}`},
		{name: "an indented line without = and nothing to continue", config: "[profile a]\n -continued\nx = 1\n", want: `a{x="1"}`, problems: "config:2 is indented, and there is no setting above that it could continue"},
		{name: "an indented comment is dropped, in a nested block too", config: "[profile a]\ns3 =\n  x = 1\n  # note\n  ; note\n  y = 2\n", want: `a{s3="\nx = 1\ny = 2"}`},
		{name: "a comment after a continuation line is kept", config: "[profile a]\nx = 1\n two # note\n", want: `a{x="1\ntwo # note"}`},
		{name: "blank lines in a value are dropped", config: "[profile a]\nx = 1\n\n \t\n two\n", want: `a{x="1\ntwo"}`},
		{name: "quotes round a value are kept", config: "[profile a]\nx = \"1\"\ny = '2'\n", want: `a{x="\"1\"" y="'2'"}`},
		{name: "a nested block keeps all its keys", config: "[profile a]\ns3 =\n  x = 1\n  y.z = 2\n  q =\n", want: `a{s3="\nx = 1\ny.z = 2\nq ="}`},
		{name: "a nested line without = spoils itself", config: "[profile a]\ns3 =\n  x = 1\n  bad\n  = bad\n  y = 2\nz = 3\n", want: `a{s3="\nx = 1\ny = 2" z="3"}`, problems: `config:4 stands in a nested block and has no "="; config:5 stands in a nested block and has nothing before the "="`},
		{name: "keys are lower case", config: "[profile a]\nRole_ARN = X\n", want: `a{role_arn="X"}`},
		{name: "an invalid key is left out with its block", config: "[profile a]\nin valid =\n  x = 1\ny = 2\n", want: `a{y="2"}`, ignored: "config:2 in valid invalid_key"},
		{name: "a byte order mark is skipped", config: "\ufeff[profile a]\nx = 1\n", credentials: "\ufeff# c\n[a]\ny = 2\n", want: `a{x="1" y="2"}`},
		{name: "bad UTF-8 spoils its line", config: "[profile a]\nx = \xff\ny = 2\n# \xff\n[profile b\xff]\nz = 3\n", want: `a{y="2"}`, problems: "config:2 is not UTF-8; config:5 is not UTF-8"},
		{name: "a NUL spoils its line", config: "[profile a]\nx = a\x00b\ny = 2\n", want: `a{y="2"}`, problems: "config:2 has a NUL byte"},
		{name: "the credentials file wins property by property", config: "[profile a]\nx = 1\ny = 1\n", credentials: "[a]\nY = 2\nz = 2\n", want: `a{x="1" y="2" z="2"}`},
		{name: "carriage returns and a missing last line feed", config: "[profile a]\r\nx = 1\r\n two\r\ny = 2", want: "a{x=\"1\\ntwo\" y=\"2\"}"},
		{name: "secrets are kept apart", credentials: "[a]\naws_secret_access_key = s\naws_session_token = t\naws_security_token = u\n", want: `a{aws_secret_access_key="s" aws_session_token="t" aws_security_token="u"}`},
		{name: "UTF-16 is named", config: "\xff\xfe[\x00a\x00]\x00", want: "", problems: "config:1 is UTF-16"},
		{name: "UTF-16 without a mark is named", credentials: "[\x00a\x00]\x00\n\x00", want: "", problems: "credentials:1 is UTF-16LE"},
		{name: "UTF-32 is named", config: "\xff\xfe\x00\x00[\x00\x00\x00", want: "", problems: "config:1 is UTF-32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := parse(c.config, c.credentials)
			if diff := cmp.Diff(c.want, dump(set)); diff != "" {
				t.Errorf("profiles (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.problems, problems(set)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.ignored, ignored(set)); diff != "" {
				t.Errorf("ignored (-want +got):\n%s", diff)
			}
			if (set.Strict() != nil) != (c.problems != "") {
				t.Errorf("strict: %v", set.Strict())
			}
		})
	}
}

func TestSessionsAndServices(t *testing.T) {
	set := parse("[sso-session corp]\nsso_region = eu-west-1\n[services 'my local']\nsts =\n  endpoint_url = http://localhost:1\n[sso-session corp]\nx = 1\n[sso-session]\n", "")
	sessions, services := set.SSOSessions(), set.Services()
	if len(sessions) != 1 || sessions[0].Name != "corp" || len(sessions[0].Properties) != 2 {
		t.Errorf("got sessions %+v", sessions)
	}
	if len(services) != 1 || services[0].Name != "my local" || services[0].Properties[0].Value.Text != "\nendpoint_url = http://localhost:1" {
		t.Errorf("got services %+v", services)
	}
	if _, ok := set.SSOSession("nope"); ok {
		t.Error("there is an sso-session nope")
	}
}

func TestEveryValueKnowsItsLine(t *testing.T) {
	set := parse("# one\n[profile a]\n\nregion = x\ns3 =\n  y = 1\nlast = z", "\n[a]\nregion = c\n")
	p, _ := set.Profile("a")
	var got []string
	for _, property := range p.Properties {
		got = append(got, property.Key+" "+property.Value.Position.String())
	}
	want := []string{"region /h/.aws/credentials:3", "s3 /h/.aws/config:5", "last /h/.aws/config:7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Defined.String() != "/h/.aws/config:2" || !p.InConfig || !p.InCredentials || strings.Join(p.Files(), "+") != "config+credentials" {
		t.Errorf("got %v %v", p.Defined, p.Files())
	}
}

func TestDocumentsKeepTheirBytes(t *testing.T) {
	text := "\ufeff [profile a] \r\n\tx=1\n\n# end"
	if got := parse(text, "").Config().Text(); got != text {
		t.Errorf("got %q", got)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for name, text := range map[string]string{
		"well formed":                "[profile a]\naws_access_key_id = A\naws_secret_access_key = " + key + "\n",
		"colon in place of the sign": "[profile a]\naws_secret_access_key: " + key + "\n",
		"on a line of its own":       "[profile a]\naws_secret_access_key =\n" + key + "\n",
		"nested":                     "[profile a]\naws_secret_access_key =\n  " + key + "\n",
		"before a section":           "aws_session_token = " + key + "\n",
		"short":                      "[profile a]\naws_secret_access_key : wJalrX/K7MDENG\n",
		"behind a header":            "[profile a] " + key + "\n",
		"far out on a long line":     "[profile a]\n" + strings.Repeat("x ", 35) + key + "\n",
		"as a key":                   "[profile a]\nx " + key + " = 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			set := parse(text, "")
			chain, err := set.Chain("a")
			asJSON, jsonErr := json.Marshal([]any{set.Profiles(), set.Problems(), chain})
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			shown := fmt.Sprintf("%v %+v %#v %v %v %v %s", set.Profiles(), set.Profiles(), set.Profiles(), set.Problems(), chain, err, asJSON)
			for _, part := range []string{"wJalrX", "K7MDENG", "bPxRfi"} {
				if strings.Contains(shown, part) {
					t.Errorf("shows %s: %s", part, shown)
				}
			}
		})
	}
}

func TestSecretIsNotPrintedFromAnUnexportedField(t *testing.T) {
	holder := struct{ secret profiles.Secret }{profiles.NewSecret("K7MDENG")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder) + fmt.Sprintf(verb, holder.secret); strings.Contains(got, "K7MDENG") || strings.Contains(got, "4b374d") {
			t.Errorf("%s shows %s", verb, got)
		}
	}
	if holder.secret != profiles.NewSecret("K7"+"MDENG") || profiles.NewSecret("") != (profiles.Secret{}) {
		t.Error("equal secrets differ")
	}
}

func TestProblemsAreSafeToPrint(t *testing.T) {
	set := parse("[profile a]\n\x1b]0;title\a \u202ejunk\n[profile \x1b[2J\n[\x1b]\n[profile a]\nz\x1b = 1\n", "")
	var all []string
	for _, p := range set.Problems() {
		all = append(all, p.String())
	}
	for _, i := range set.Ignored() {
		all = append(all, i.String())
	}
	if len(all) != 5 {
		t.Errorf("got %d notes: %q", len(all), all)
	}
	for _, s := range all {
		if s != profiles.Inert(s) {
			t.Errorf("%q is not inert", s)
		}
	}
}
