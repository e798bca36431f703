package profiles_test

import (
	"errors"
	"strings"
	"testing"

	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

// imported is a role as "NAME ARN key=value...", the keys that are set only.
func imported(r profiles.ImportedRole) string {
	s := r.Name + " " + r.ARN.String()
	for _, f := range [][2]string{
		{"alias", r.Alias}, {"account", r.AccountName}, {"env", r.Env}, {"color", r.Color}, {"region", r.Region}, {"cameo_alias", r.RoleAlias}, {"tags", r.Tags},
		{"source", r.SourceProfile}, {"mfa", r.MFASerial}, {"external", r.ExternalID}, {"session", r.SessionName}, {"duration", r.DurationSeconds},
	} {
		if f[1] != "" {
			s += " " + f[0] + "=" + f[1]
		}
	}
	return s
}

func TestParseImport(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		want, leftOut []string
	}{
		{"AWS config text", "[profile prod] # ours\nrole_arn = arn:aws:iam::123456789012:role/a/Admin\nregion = eu-west-1\ncameo_env = Production\ncameo_alias = p\ncameo_color = #x\ncameo_tags = a, b\n" +
			"source_profile = work\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\nexternal_id = x/1\nrole_session_name = me\nduration_seconds = 900\n",
			[]string{"prod arn:aws:iam::123456789012:role/a/Admin env=prod region=eu-west-1 cameo_alias=p tags=a, b source=work mfa=arn:aws:iam::111122223333:mfa/alice external=x/1 session=me duration=900"}, nil},
		{"what could do harm is left out", "[profile x]\nrole_arn = arn:aws:iam::123456789012:role/A\ncredential_process = rm -rf /\nendpoint_url = https://evil\naws_secret_access_key = abcdefghijklmnopqrstuvwxyzabcdefghijklmn\nca_bundle = /tmp/x\noutput = json\ns3 =\n  endpoint_url = https://evil\n[sso-session s]\nsso_start_url = https://evil\n[services v]\nsts =\n  endpoint_url = https://evil\n[default]\nrole_arn = arn:aws:iam::123456789012:role/A\n[profile y]\ncredential_process = x\n",
			[]string{"x arn:aws:iam::123456789012:role/A"},
			[]string{"credential_process:3", "endpoint_url:4", "aws_secret_access_key:5", "ca_bundle:6", "output:7", "s3:8", "[sso-session s]:10", "[services v]:12", "[default]:15", "credential_process:18"}},
		{"AWS Extend Switch Roles", "; teams\n[base]\naws_account_id = 111122223333\naws_account_alias = home-base\ntarget_role_name = Dev\ntarget_region = eu-west-1\n[profile team one]\naws_account_id = 222233334444\nsource_profile = base\ncolor = FFAA00\nimage = https://x/y.png\n[two]\naws_account_id = other-alias\nrole_name = p/Own\nregion = us-gov-west-1\nsource_profile = base\n[three]\naws_account_id = home-base\nrole_name = Three\n[entry]\naws_account_id = 777711112222\nrole_name = entry\n[four]\nrole_arn = arn:aws-cn:iam::123456789012:role/F\nsource_profile = entry\n",
			[]string{"team one arn:aws:iam::222233334444:role/Dev color=ffaa00 region=eu-west-1 source=base",
				"two arn:aws-us-gov:iam:::role/p/Own alias=other-alias region=us-gov-west-1 source=base",
				"three arn:aws:iam::111122223333:role/Three alias=home-base",
				"four arn:aws-cn:iam::123456789012:role/F source=entry"}, []string{"image:11"}},
		{"a chain is two roles", "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/A\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/B\nsource_profile = a\n",
			[]string{"a arn:aws:iam::123456789012:role/A source=b", "b arn:aws:iam::123456789012:role/B source=a"}, nil},
		{"names", "[profile 'a b']\nrole_arn = arn:aws:iam::123456789012:role/A\n[profile \"\x1b[31m\"]\nrole_arn = arn:aws:iam::123456789012:role/A\n[a\nrole_arn = arn:aws:iam::123456789012:role/A\n[ x ]\nrole_arn = arn:aws:iam::123456789012:role/A\n[x]\nregion = r\n[profile]\nrole_arn = arn:aws:iam::123456789012:role/P\n",
			[]string{"a b arn:aws:iam::123456789012:role/A", "x arn:aws:iam::123456789012:role/A region=r", "profile arn:aws:iam::123456789012:role/P"}, []string{`[profile "\x1b[31m"]:3`, "[a:5"}},
		{"values that cannot be meant", "[a]\nrole_arn = arn:aws:iam::12345:role/A\n[b]\naws_account_id = 123456789012\nrole_name = no space\n[c]\naws_account_id = X\nrole_name = C\n[d]\nrole_arn = arn:aws:iam::123456789012:role/D\nregion = $(x)\ncameo_env = hot\ncolor = reddish\nduration_seconds = x\nmfa_serial = \u202ex\nexternal_id =\n  x\ncameo_tags = a\n  b\nnothing\n",
			[]string{"d arn:aws:iam::123456789012:role/D"},
			[]string{"a:2", "b:5", "c:7", "region:11", "cameo_env:12", "color:13", "duration_seconds:14", "mfa_serial:15", "x:17", "cameo_tags:18", "nothing:20"}},
		{"JSON", `{"version": 1, "more": {}, "roles": [
{"account_id": "123456789012", "account_name": "Prod", "role": "ops/Admin", "name": "prod", "env": "prod", "color": "Red", "region": "cn-north-1"},
{"account_id": "123456789012", "role": "E", "env": "hot", "color": "#f00"},
{"account_id": "123456789013", "role": "R", "credential_process": "x", "source_profile": "p", "color": 3},
{"account_id": 123456789013, "role": "R"}, {"role": "R"}, 3, null,
{"account_id": "my-alias", "role": "R", "name": "default", "region": "a\nb"}]}`,
			[]string{"prod arn:aws-cn:iam::123456789012:role/ops/Admin account=Prod env=prod color=red region=cn-north-1", " arn:aws:iam::123456789012:role/E", " arn:aws:iam::123456789013:role/R", " arn:aws:iam:::role/R alias=my-alias"},
			[]string{"color:3", "env:3", "color:4", "credential_process:4", "source_profile:4", "account_id:5", "a role:5", "a role:5", "a role:5", "a role:5", "region:6", "default:6"}},
		{"JSON with other spellings", "{\"Version\": 1, \"\\u0072oles\": [\n\n{\"account_id\": \"1\", \"role\": \"R\"},\n{\"account_id\": \"2\", \"role\": \"R\"}]}", nil, []string{"a role:3", "a role:4"}},
		{"nothing", "", nil, nil},
		{"a byte order mark and carriage returns", "\ufeff[a]\r\nrole_arn = arn:aws:iam::123456789012:role/A\r\n", []string{"a arn:aws:iam::123456789012:role/A"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.name, "AWS config") {
				c.text = strings.Replace(c.text, "cameo_color = #x\n", "", 1)
			}
			got, err := profiles.ParseImport("f.ini", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var roles, leftOut []string
			for _, r := range got.Roles {
				roles = append(roles, imported(r))
			}
			for _, l := range got.LeftOut {
				leftOut = append(leftOut, l.What+l.Position.String()[len("f.ini"):])
				if s := l.String(); l.Why == "" || s != profiles.Inert(s) {
					t.Errorf("%q is not fit to be shown", s)
				}
			}
			if diff := cmp.Diff(c.want, roles); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.leftOut, leftOut); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseImportRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"{":                                "f.json:1: is no JSON",
		"{\"version\": 1,\n\"roles\": [}":  "f.json:2: is no JSON",
		`{"version": 2, "roles": []}`:      `has no "version": 1`,
		`{"version": "1"}`:                 `has no list "roles"`,
		"{\"version\": 1,\n\"roles\": {}}": `f.json:2: "roles" cannot be object`,
		"\xff\xfea":                        "is UTF-16: convert with iconv",
		"{\"version\": 1, \"roles\": [\"\xff\"]}": "is not UTF-8",
	} {
		got, err := profiles.ParseImport("f.json", []byte(text))
		var wrong *profiles.ImportError
		if !errors.As(err, &wrong) || wrong.Code() != "parse" || wrong.Where().Line == 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzParseImport(f *testing.F) {
	f.Add("[profile a]\nrole_arn = arn:aws:iam::123456789012:role/A\nregion = r\n source_profile = b\n[b]\naws_account_id = 123456789012\ntarget_role_name = x\n")
	f.Add(`{"version": 1, "roles": [{"account_id": "123456789012", "role": "a/R", "env": "prod", "color": "ffaa00"}, {"account_id": "x-y", "role": "R", "\u001b": 1}]}`)
	f.Add("[x]\naws_account_id = my-alias\nrole_name = R\ncredential_process = x\n[\n[y]\naws_account_id = 1\naws_account_alias = my-alias\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := profiles.ParseImport("f", []byte(text))
		if err != nil {
			if s := err.Error(); s != profiles.Inert(s) {
				t.Fatalf("%q is not inert", s)
			}
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, r := range got.Roles {
			arn := r.ARN
			if arn.Account == "" && r.Alias != "" {
				arn.Account = "123456789012"
			}
			if parsed, err := profiles.ParseRoleARN(arn.String()); err != nil || parsed != arn {
				t.Fatalf("%+v has no role: %v", r, err)
			}
			if s := imported(r); s != profiles.Inert(s) || r.Defined.Line < 1 || r.Defined.Line > lines {
				t.Fatalf("%q at %v", s, r.Defined)
			}
		}
		for _, l := range got.LeftOut {
			if s := l.String(); s != profiles.Inert(s) || l.Why == "" || l.Line < 1 || l.Line > lines {
				t.Fatalf("%q", s)
			}
		}
	})
}
