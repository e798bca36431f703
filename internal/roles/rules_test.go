package roles_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

const ownFiles = `[profile work]
aws_access_key_id = AKIA
aws_secret_access_key = s
[profile mine]
role_arn = arn:aws:iam::111122223333:role/Admin
source_profile = work
[profile data]
role_arn = arn:aws:iam::111122223333:role/Data
source_profile = work
cameo_alias = boss
[profile twin]
role_arn = arn:aws:iam::111122223333:role/Data
source_profile = work
`

// library is a place for settings, the files that they name, and copies.
type library struct {
	dir  string
	kept roles.Catalogues
}

func newLibrary(t *testing.T) library {
	dir := t.TempDir()
	return library{dir, roles.Catalogues{Dir: filepath.Join(dir, "state", "catalogues")}}
}

func (l library) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (l library) settings(t *testing.T, text string) settings.Settings {
	t.Helper()
	s, warnings, err := settings.Parse(filepath.Join(l.dir, "config.toml"), []byte(text))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	return s
}

func (l library) book(t *testing.T, text string) *roles.Book {
	t.Helper()
	return roles.NewBook(profiles.Parse("config", []byte(ownFiles), "credentials", nil), l.settings(t, text), l.kept)
}

// keep fetches every catalogue of the settings from the texts, in their order.
func (l library) keep(t *testing.T, s settings.Settings, texts ...string) {
	t.Helper()
	for i, c := range s.Catalogues {
		listed, _, err := roles.ReadCatalogue(c.Name(), []byte(texts[i]))
		if err == nil {
			err = l.kept.Write(c, roles.Copy{Fetched: time.Unix(0, 0), Roles: listed})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func problemsOf(b *roles.Book) string {
	var all []string
	for _, p := range b.Problems() {
		all = append(all, p.String())
	}
	return strings.Join(all, "\n")
}

func labels(all []roles.Role) string {
	var names []string
	for _, r := range all {
		names = append(names, r.Label())
	}
	return strings.Join(names, " ")
}

func TestARuleMakesEachOfItsRolesInEachOfItsAccounts(t *testing.T) {
	l := newLibrary(t)
	b := l.book(t, `source = "elsewhere"
[[roles]]
accounts = ["222233334444", "111122223333"]
roles = ["Admin", "eng/Reader"]
source = "work"
mfa_serial = "arn:aws-cn:iam::111122223333:mfa/alice"
env = "dev"
[[roles]]
accounts = ["333344445555"]
roles = ["Admin"]
`)
	if got := labels(b.Others()); got != "222233334444/Admin" && !strings.HasPrefix(got, "arn:aws-cn:iam::222233334444:role/Admin arn:aws-cn:iam::222233334444:role/eng/Reader ") {
		t.Errorf("got %s", got)
	}
	file := filepath.Join(l.dir, "config.toml")
	r, err := b.Resolve("222233334444/Reader")
	if err != nil {
		t.Fatal(err)
	}
	at := func(line int) profiles.Position { return profiles.Position{File: file, Line: line} }
	want := roles.Role{Origin: roles.OfRule, ARN: "arn:aws-cn:iam::222233334444:role/eng/Reader", Partition: "aws-cn", AccountID: "222233334444", Path: "/eng/", Name: "Reader",
		Called: "arn:aws-cn:iam::222233334444:role/eng/Reader", Env: roles.Dev, Source: "work", MFA: "arn:aws-cn:iam::111122223333:mfa/alice",
		Defined: at(2), SourceAt: at(5), MFAAt: at(6)}
	if r != want {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if r, err := b.Resolve("333344445555/Admin"); err != nil || r.Source != "elsewhere" || r.SourceAt != (profiles.Position{}) || r.ID() != "333344445555/Admin" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestAccountsOfAFile(t *testing.T) {
	l := newLibrary(t)
	l.write(t, "a.csv", "\ufeffenv, alias ,team,\"ID\"\r\nprod,pay-x,t,222233334444\r\n,\"dev, two\",\"a \"\"quoted\"\" one\",333344445555\r\n"+
		"qa,third,,444455556666\r\nprodd,fourth,,555566667777\r\n,short,,123\r\n\r\n,111122223333,,666677778888\r\n,live-pay\r\n")
	b := l.book(t, "[[roles]]\naccounts = \"a.csv\"\nroles = [\"Admin\"]\n")
	var got []string
	for _, r := range b.Others() {
		got = append(got, fmt.Sprintf("%s %s %s", r.Label(), r.AccountID, r.Env))
	}
	want := []string{"pay-x/Admin 222233334444 prod", "dev, two/Admin 333344445555 dev", "third/Admin 444455556666 ", "fourth/Admin 555566667777 prod", "666677778888/Admin 666677778888 "}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, says := range []string{`a.csv:4): env "qa" is none of`, `a.csv:5): env "prodd"`, `account "123" (`, `a.csv:8): it looks like another account's ID`, `account "" (`} {
		if !strings.Contains(problemsOf(b), says) {
			t.Errorf("it does not say %s:\n%s", says, problemsOf(b))
		}
	}
	for text, says := range map[string]string{
		"222233334444,x\n": "the first line has to name the columns", "": "the first line has to name the columns",
		"id,alias\n222233334444,\"x\n": "it is no CSV from here on",
	} {
		l.write(t, "a.csv", text)
		if b := l.book(t, "[[roles]]\naccounts = \"a.csv\"\nroles = [\"Admin\"]\n"); len(b.Others()) > 0 || !strings.Contains(problemsOf(b), says) {
			t.Errorf("%q: %s, %s", text, labels(b.Others()), problemsOf(b))
		}
	}
	b = l.book(t, "\n[[roles]]\naccounts = \"none.csv\"\nroles = [\"Admin\"]\n")
	if len(b.Others()) > 0 || !strings.Contains(problemsOf(b), "config.toml:3)") || !strings.Contains(problemsOf(b), "none.csv: there is no such file") {
		t.Error(problemsOf(b))
	}
}

func TestARuleThatAWSWouldRefuseIsSkipped(t *testing.T) {
	l := newLibrary(t)
	for text, says := range map[string]string{
		"roles = ['a b']":   "config.toml:3): role_arn",
		"roles = ['A', '']": "config.toml:3): role_arn",
		"roles = ['A']\nmfa_serial = 'arn:aws:iam::111122223333:user/x'": "config.toml:4): mfa_serial",
	} {
		b := l.book(t, "[[roles]]\naccounts = ['222233334444']\n"+text+"\n[[roles]]\naccounts = ['333344445555']\nroles = ['B']\n")
		if labels(b.Others()) != "333344445555/B" || !strings.Contains(problemsOf(b), says) {
			t.Errorf("%q: %s, %s", text, labels(b.Others()), problemsOf(b))
		}
	}
}

func TestTheStricterEnvironmentOfARuleAndItsAccountsWins(t *testing.T) {
	l := newLibrary(t)
	l.write(t, "a.csv", "id,alias,env\n222233334444,a,dev\n333344445555,b,prod\n444455556666,prod-c,\n")
	env := func(b *roles.Book) (all []roles.Env) {
		for _, r := range b.Others() {
			all = append(all, r.Env)
		}
		return all
	}
	const rule = "[[roles]]\naccounts = \"a.csv\"\nroles = [\"Admin\"]\n"
	if got := env(l.book(t, rule+"env = \"staging\"\n")); !slices.Equal(got, []roles.Env{roles.Staging, roles.Production, roles.Staging}) {
		t.Errorf("got %q", got)
	}
	if got := env(l.book(t, rule)); !slices.Equal(got, []roles.Env{roles.Dev, roles.Production, roles.Production}) {
		t.Errorf("by the alias: %q", got)
	}
}

func TestThreeHundredAccountsAreOneTable(t *testing.T) {
	l := newLibrary(t)
	var csv strings.Builder
	csv.WriteString("id,alias,env\n")
	for i := range 300 {
		fmt.Fprintf(&csv, "%012d,account-%d,\n", 100000000000+i, i)
	}
	l.write(t, "a.csv", csv.String())
	b := l.book(t, "[[roles]]\naccounts = \"a.csv\"\nroles = [\"Admin\", \"ReadOnly\", \"Billing\"]\n")
	if n := len(b.Others()); n != 900 {
		t.Errorf("%d roles", n)
	}
	if r, err := b.Resolve("account-299/Billing"); err != nil || r.AccountID != "100000000299" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A word that is a profile asks neither for accounts nor for catalogues.
func TestAProfileIsFoundWithoutTheRules(t *testing.T) {
	l := newLibrary(t)
	b := l.book(t, "[[roles]]\naccounts = \"late.csv\"\nroles = [\"Admin\"]\n[[catalogue]]\nfrom = \"x.json\"\n")
	if r, err := b.Resolve("mine"); err != nil || r.Profile != "mine" {
		t.Fatalf("%+v, %v", r, err)
	}
	l.write(t, "late.csv", "id,alias\n222233334444,late\n")
	if _, err := b.Resolve("late/Admin"); err != nil {
		t.Errorf("the file was read before it was asked for: %v", err)
	}
}

func TestWhoComesFirst(t *testing.T) {
	l := newLibrary(t)
	l.write(t, "a.csv", "id,alias,env\n111122223333,pay,\n222233334444,live-core,\n")
	const text = `[[roles]]
accounts = "a.csv"
roles = ["Admin"]
env = "prod"
[[catalogue]]
from = "https://one.example/x?token=secret"
[[catalogue]]
from = "two.json"
`
	s := l.settings(t, text)
	l.keep(t, s, `{"version":1,"roles":[
		{"account_id":"111122223333","role":"Admin","name":"shadow","env":"dev"},
		{"account_id":"222233334444","role":"Admin","name":"shadow-of-a-rule","env":"dev"},
		{"account_id":"222233334444","role":"Other","name":"other","env":"dev"},
		{"account_id":"999988887777","role":"R1","name":"mine"},
		{"account_id":"999988887777","role":"R2","name":"boss"},
		{"account_id":"999988887777","role":"R3","name":"111122223333/Admin"},
		{"account_id":"999988887777","role":"R4","name":"-rf"},
		{"account_id":"999988887777","role":"R5","name":"live-core/Admin"},
		{"account_id":"999988887777","role":"R6","name":"prod-six","env":"dev"},
		{"account_id":"999988887777","role":"R7","name":"twice"},
		{"account_id":"999988887777","role":"R8","name":"twice"},
		{"account_id":"888877776666","role":"R9","account_name":"live-core"},
		{"account_id":"777766665555","role":"Ra","account_name":"data-x","env":"prod","region":"eu-west-1"}]}`,
		`{"version":1,"roles":[{"account_id":"777766665555","role":"Ra","name":"again"},{"account_id":"777766665554","role":"Rb","name":"other"}]}`)
	b := l.book(t, text)
	if got, want := labels(b.Others()), "live-core/Admin other 999988887777/R1 999988887777/R2 999988887777/R3 999988887777/R4 999988887777/R5 prod-six 999988887777/R7 999988887777/R8 888877776666/R9 data-x/Ra 777766665554/Rb"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for word, want := range map[string]string{
		"mine": "arn:aws:iam::111122223333:role/Admin", "111122223333/Admin": "arn:aws:iam::111122223333:role/Admin", "pay/Admin": "arn:aws:iam::111122223333:role/Admin",
		"boss": "arn:aws:iam::111122223333:role/Data", "live-core/Admin": "arn:aws:iam::222233334444:role/Admin", "live-core/R9": "arn:aws:iam::222233334444:role/R9",
		"other": "arn:aws:iam::222233334444:role/Other", "data-x/Ra": "arn:aws:iam::777766665555:role/Ra", "data-x/New": "arn:aws:iam::777766665555:role/New",
	} {
		if r, err := b.Resolve(word); err != nil || r.ARN != want {
			t.Errorf("%s: %s, %v", word, r.ARN, err)
		}
	}
	// What a catalogue calls a role that a profile has is another name of the profile.
	if r, err := b.Resolve("shadow"); err != nil || r.Profile != "mine" || r.Label() != "mine" || r.Origin != roles.OfProfile {
		t.Errorf("shadow: %+v, %v", r, err)
	}
	for _, word := range []string{"shadow-of-a-rule", "twice", "again", "-rf"} {
		if r, err := b.Resolve(word); err == nil {
			t.Errorf("%s is %s", word, r.ARN)
		}
	}
	for word, want := range map[string]roles.Env{
		"live-core/Admin": roles.Production, // of the rule, whatever the catalogue says
		"other":           roles.Production, // of an account that the rule calls production
		"prod-six":        roles.Production, // by the words of the settings
		"data-x/Ra":       roles.Production, // of the catalogue
		"data-x/New":      roles.Production, // in the same account
		"999988887777/R1": roles.Unknown,
	} {
		if r, err := b.Resolve(word); err != nil || r.Env != want {
			t.Errorf("%s: %q, %v", word, r.Env, err)
		}
	}
	got := problemsOf(b)
	if !strings.Contains(got, "https://one.example/x (") || strings.Contains(got, "secret") || !strings.Contains(got, "names of it cannot be used") || !strings.Contains(got, "a name of it cannot be used") {
		t.Error(got)
	}
}

func TestHostileNamesOfACatalogueAreInert(t *testing.T) {
	l := newLibrary(t)
	s := l.settings(t, "[[catalogue]]\nfrom = \"x.json\"\n")
	l.keep(t, s, `{"version":1,"roles":[
		{"account_id":"999988887777","role":"R1","name":"a\u001b]0;x\u0007"},
		{"account_id":"999988887777","role":"R2","name":"x\u202ey"},
		{"account_id":"999988887777","role":"R3","account_name":"q\u200b"},
		{"account_id":"999988887777","role":"R4","name":"arn:aws:iam::111122223333:role/Admin"},
		{"account_id":"999988887777","role":"R5","name":"https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=x"},
		{"account_id":"999988887777","role":"R\u001b6","name":"six"},
		{"account_id":"999988887777","role":"R7","name":" seven"},
		{"account_id":"999988887777","role":"R8","name":"$(touch x)"}]}`)
	b := l.book(t, "[[catalogue]]\nfrom = \"x.json\"\n")
	for _, r := range b.Others() {
		if r.Label() != profiles.Inert(r.Label()) || strings.HasPrefix(r.Label(), "arn:") || strings.HasPrefix(r.Label(), "http") || strings.Contains(r.Label(), "111122223333") {
			t.Errorf("a role is called %q", r.Label())
		}
		if r.AccountID != "999988887777" {
			t.Errorf("%+v", r)
		}
	}
	if text := problemsOf(b); text != strings.ReplaceAll(profiles.Inert(strings.ReplaceAll(text, "\n", "|")), "|", "\n") {
		t.Errorf("problems: %q", text)
	}
}

func TestACatalogueThatWasNotFetched(t *testing.T) {
	l := newLibrary(t)
	b := l.book(t, "[[catalogue]]\nfrom = \"https://u:p@example.com/x\"\n")
	if len(b.Others()) > 0 || !strings.Contains(problemsOf(b), "catalogue https://example.com/x (") || !strings.Contains(problemsOf(b), "has not been fetched yet") || b.Problems()[0].Try != "cameo sync" {
		t.Error(problemsOf(b))
	}
}

func TestTheCopyOfACatalogue(t *testing.T) {
	l := newLibrary(t)
	c := settings.Catalogue{From: "https://u:hunter2@example.com/x?token=hunter2"}
	if _, err := l.kept.Read(c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	kept := roles.Copy{ETag: "e", Fetched: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Roles: []roles.Listing{{Name: "a", ARN: "arn:aws:iam::999988887777:role/R"}}}
	if err := l.kept.Write(c, kept); err != nil {
		t.Fatal(err)
	}
	got, err := l.kept.Read(c)
	if err != nil || got.ETag != "e" || len(got.Roles) != 1 || got.Roles[0] != kept.Roles[0] || !got.Fetched.Equal(kept.Fetched) {
		t.Errorf("%+v, %v", got, err)
	}
	files, err := filepath.Glob(filepath.Join(l.kept.Dir, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(data)+files[0], "hunter2") {
		t.Errorf("the address is in %s: %s, %v", files[0], data, err)
	}
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.kept.Read(c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a damaged copy: %v", err)
	}
	now := kept.Fetched.Add(73 * time.Hour)
	if kept.Age(now) != "3d old" || kept.Age(kept.Fetched.Add(90*time.Minute)) != "1h 30m old" || kept.Age(kept.Fetched) != "just fetched" {
		t.Error(kept.Age(now))
	}
}

func TestCompare(t *testing.T) {
	a, b, c := roles.Listing{Name: "a", ARN: "1"}, roles.Listing{Name: "b", ARN: "2"}, roles.Listing{ARN: "arn:aws:iam::999988887777:role/x/C"}
	b2 := b
	b2.Env = roles.Production
	got := roles.Compare([]roles.Listing{a, b}, []roles.Listing{c, b2})
	if fmt.Sprint(got) != "{[999988887777/x/C] [a] [b]}" || got.None() || !roles.Compare([]roles.Listing{a}, []roles.Listing{a}).None() {
		t.Errorf("got %v", got)
	}
}
