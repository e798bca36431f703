package settings_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cameo/internal/settings"
)

func TestTablesOfRolesAndCatalogues(t *testing.T) {
	s, warnings, err := settings.Parse("/etc/config.toml", []byte("\ufeff"+`source = "work"

[[roles]] # a comment
accounts = ["111122223333", 444455556666]
roles = ["Admin", "eng/Reader"]
source = "base"
mfa_serial = "arn:aws:iam::111122223333:mfa/alice"
env = "prod"

[[catalogue]]
from = "https://example.com/roles.json"

[[roles]]
accounts = "accounts.csv"
roles = [
  "Admin",
]
[[catalogue]]
from = "team/roles.ini"
[[catalogue]]
from = "s3://bucket/key"
`))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	const file = "/etc/config.toml"
	if want := []settings.Rule{
		{File: file, Line: 3, Accounts: []string{"111122223333", "444455556666"}, AccountsLine: 4, Roles: []string{"Admin", "eng/Reader"}, RolesLine: 5,
			Source: settings.Text{Text: "base", Line: 6}, MFASerial: settings.Text{Text: "arn:aws:iam::111122223333:mfa/alice", Line: 7}, Env: settings.Text{Text: "prod", Line: 8}},
		{File: file, Line: 13, AccountsFile: filepath.Join("/etc", "accounts.csv"), AccountsLine: 14, Roles: []string{"Admin"}, RolesLine: 15},
	}; !reflect.DeepEqual(s.Rules, want) {
		t.Errorf("got  %+v\nwant %+v", s.Rules, want)
	}
	if want := []settings.Catalogue{{file, 10, "https://example.com/roles.json"}, {file, 18, filepath.Join("/etc", "team/roles.ini")}, {file, 20, "s3://bucket/key"}}; !reflect.DeepEqual(s.Catalogues, want) {
		t.Errorf("got %+v", s.Catalogues)
	}
}

func TestFilesOfTheHomeDirectory(t *testing.T) {
	text := "[[roles]]\naccounts = '~/a.csv'\nroles = ['A']\n[[roles]]\naccounts = '~a.csv'\nroles = ['A']\n[[catalogue]]\nfrom = '~/b.json'\n[[catalogue]]\nfrom = 's3://b/~/c'\n"
	s, _, err := settings.Parse("/etc/config.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s.ExpandHome("")
	if got := s.Rules[0].AccountsFile; got != "~/a.csv" {
		t.Errorf("without a home directory: %q", got)
	}
	s.ExpandHome("/home/alice")
	got := []string{s.Rules[0].AccountsFile, s.Rules[1].AccountsFile, s.Catalogues[0].From, s.Catalogues[1].From}
	if want := []string{filepath.Join("/home/alice", "a.csv"), filepath.Join("/etc", "~a.csv"), filepath.Join("/home/alice", "b.json"), "s3://b/~/c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAMistakeInATableSpoilsThatTableOnly(t *testing.T) {
	const good = "[[roles]]\naccounts = ['111122223333']\nroles = ['A']\n"
	for text, says := range map[string]string{
		"accounts = ['111122223333']\nroles = ['A']\n\nacounts = 'x'\nregoin = 1":  `[[roles]] (f:8): unknown key "acounts": the table is skipped`,
		"accounts = ['111122223333']\nroles = ['A']\n[roles.sub]\nx = 1":           `[[roles]] (f:7): unknown key "sub"`,
		"accounts = ['11112222333']\nroles = ['A']":                                `(f:5): the account "11112222333" is not`,
		"accounts = ['11112222333x']\nroles = ['A']":                               `(f:5): the account`,
		"accounts = 3\nroles = ['A']":                                              `(f:5): accounts is neither`,
		"accounts = ''\nroles = ['A']":                                             `(f:5): accounts is neither`,
		"roles = ['A']":                                                            `(f:4): accounts is neither`,
		"accounts = []\nroles = 'A'":                                               `(f:6): roles is not a list`,
		"accounts = []\nroles = [{}]":                                              `(f:6): roles is not a list`,
		"accounts = []\nroles = []":                                                `(f:6): it names no role`,
		"accounts = []\nroles = ['A']\nsource = ['x']":                             `(f:7): source is not a text`,
		"accounts = []\nroles = ['A']\nenv = 'prodd'":                              `(f:7): env "prodd" is none of`,
		"[[catalogue]]":                                                            `(f:5): from names no address`,
		"[[catalogue]]\nfrom = 'http://x/y'":                                       `[[catalogue]] (f:6): http:// is not taken`,
		"[[catalogue]]\nfrom = 'https://'":                                         `(f:6): from names no host`,
		"[[catalogue]]\nfrom = 's3:///key'":                                        `(f:6): from names no host`,
		"[[catalogue]]\nfrom = 3":                                                  `(f:6): from is not a text`,
		"[[catalogue]]\nfrom = 'a'\ncredential_process = 'sh'\nendpoint_url = 'x'": `(f:7): unknown key "credential_process"`,
	} {
		header := "[[roles]]\n"
		if strings.HasPrefix(text, "[[catalogue]]") {
			header = "\n"
		}
		s, warnings, err := settings.Parse("f", []byte(good+header+text+"\n"+good+"[cache]\nkey = 'file'\n"))
		if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), says) {
			t.Errorf("%q: %v, %v", text, warnings, err)
		}
		if len(s.Rules) != 2 || len(s.Catalogues) != 0 || s.Cache.Key != "file" {
			t.Errorf("%q: the rest does not hold: %+v", text, s)
		}
	}
	_, warnings, err := settings.Parse("f", []byte("\n[catalogue]\nx = 1\n"))
	if err != nil || len(warnings) != 1 || warnings[0].Line != 3 {
		t.Errorf("got %v, %v", warnings, err)
	}
	_, warnings, _ = settings.Parse("f", []byte("[[roles]]\nacounts = []\n"))
	if len(warnings) != 1 || warnings[0].Key != "acounts" || len(warnings[0].Known) == 0 {
		t.Errorf("got %+v", warnings)
	}
}

func TestTablesWrittenInOneLine(t *testing.T) {
	s, warnings, err := settings.Parse("f", []byte("\nroles = [{accounts = ['111122223333'], roles = ['A']}, {env = 'dev', accounts = [], roles = []}]\n"))
	if err != nil || len(s.Rules) != 1 || s.Rules[0].Line != 2 || len(warnings) != 1 || warnings[0].Line != 2 {
		t.Errorf("got %+v, %v, %v", s.Rules, warnings, err)
	}
}
