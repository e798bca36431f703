package roles_test

import (
	"errors"
	"strings"
	"testing"

	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

func TestARoleThatNobodyHas(t *testing.T) {
	b := bookOf(book, func(s *settings.Settings) { s.Source = "base" })
	for word, want := range map[string]string{
		"111122223333/admin":                        "arn:aws:iam::111122223333:role/admin", // AWS tells the case of roles
		"222233334444/eng/Reader":                   "arn:aws:iam::222233334444:role/eng/Reader",
		"222233334444//Reader":                      "arn:aws:iam::222233334444:role/Reader",
		"arn:aws:iam::111122223333:role/Admin":      "arn:aws:iam::111122223333:role/Admin", // one has that name with a path
		"arn:aws-us-gov:iam::222233334444:role/x/R": "arn:aws-us-gov:iam::222233334444:role/x/R",
		"https://signin.aws.amazon.com/switchrole?account=222233334444&roleName=eng/Reader&displayName=x":        "arn:aws:iam::222233334444:role/eng/Reader",
		"https://signin.amazonaws.cn/switchrole?account=222233334444&roleName=R":                                 "arn:aws-cn:iam::222233334444:role/R",
		"https://us-east-1.signin.aws.amazon.com/switchrole?roleName=R&account=222233334444":                     "arn:aws:iam::222233334444:role/R",
		"https://signin.amazonaws-us-gov.com/switchrole?account=222233334444&amp;roleName=R&amp;displayName=a+b": "arn:aws-us-gov:iam::222233334444:role/R",
	} {
		for _, junk := range [][2]string{{"", ""}, {"<", ">"}, {"\"", "\"."}, {" \n", "\r\n"}, {"(", "),"}, {"`", "`;"}, {"“", "”"}, {"&lt;", "&gt;"}, {"<URL:", ">"},
			{"Please use ", " to enter it"}, {"the role is ", ".\tThanks"}, {"Link:\n\n  ", ""}, {"role_arn=", ""}} {
			if strings.Contains(word, "/") && word[0] >= '0' && word[0] <= '9' && junk[0] != "" {
				continue // ACCOUNT/ROLE is typed
			}
			r, err := b.Resolve(junk[0] + word + junk[1])
			if err != nil || r.ARN != want || r.Origin != roles.OfWord || r.Source != "base" || r.Profile != "" {
				t.Errorf("%q: %+v, %v", junk[0]+word+junk[1], r, err)
			}
		}
	}
	broken := "https://signin.aws.amazon.com/switch\n  role?account=222233334444&\nroleName=R"
	if r, err := b.Resolve(broken); err != nil || r.Name != "R" {
		t.Errorf("over several lines: %+v, %v", r, err)
	}
}

func TestAWordThatOneProfileHasIsThatProfile(t *testing.T) {
	b := bookOf(book)
	for _, word := range []string{"<arn:aws:iam::111122223333:role/team/Admin>", "https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=team/Admin"} {
		if r, err := b.Resolve(word); err != nil || r.Profile != "one" {
			t.Errorf("%s: %q, %v", word, r.Profile, err)
		}
	}
	_, err := b.Resolve("https://signin.aws.amazon.com/switchrole?account=555566667777&roleName=Twin")
	if _, ok := errors.AsType[*roles.AmbiguousError](err); !ok {
		t.Errorf("got %v", err)
	}
}

// What CAMEO_ROLE says leads back to the same role, although another of the account
// has its name with a path.
func TestAnIDIsExact(t *testing.T) {
	b := bookOf("[profile a]\nrole_arn = arn:aws:iam::111122223333:role/R\n[profile b]\nrole_arn = arn:aws:iam::111122223333:role/x/R\n")
	for word, want := range map[string]string{"111122223333/R": "a", "111122223333/x/R": "b"} {
		if r, err := b.Resolve(word); err != nil || r.Profile != want {
			t.Errorf("%s: %q, %v", word, r.Profile, err)
		}
	}
	for _, arn := range []string{"arn:aws:iam::111122223333:role/y/z/R", "arn:aws-cn:iam::222233334444:role/x/R", "arn:aws:iam::222233334444:role/R"} {
		r, err := b.Resolve(arn)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := b.Resolve(r.ID()); err != nil || back.ARN != arn {
			t.Errorf("%s: %s leads to %s, %v", arn, r.ID(), back.ARN, err)
		}
	}
}

func TestAWrongWordSaysWhatIsWrong(t *testing.T) {
	b := bookOf(book)
	for word, says := range map[string]string{
		"arn:aws:iam::1111:role/R":                                                     "the account has 4 digits",
		"arn:aws:sts::111122223333:assumed-role/R/me":                                  "it names a session",
		"https://example.com/switchrole?account=111122223333&roleName=R":               "no host of the AWS console",
		"https://signin.aws.amazon.com/switchrole?account=some-alias&roleName=R":       `alias "some-alias"`,
		"https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=a%20b": "the role's name",
	} {
		if _, err := b.Resolve(word); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, word := range []string{"one", "boss", "111122223333/Admin", "<arn:aws:iam::111122223333:role/team/Admin>", "x/y", "&lt;", "\x1b/\u202e",
		"https://signin.aws.amazon.com/switchrole?account=111122223333&amp;roleName=team/Admin"} {
		f.Add(word)
	}
	b := bookOf(book)
	f.Fuzz(func(t *testing.T, word string) {
		r, err := b.Resolve(word)
		if err != nil {
			if text := err.Error(); text != profiles.Inert(text) {
				t.Errorf("%q: %q", word, text)
			}
			return
		}
		if r.Profile == "" {
			if _, err := profiles.ParseRoleARN(r.ARN); err != nil {
				t.Errorf("%q: %v", word, err)
			}
			if back, err := b.Resolve(r.ID()); err != nil && !strings.Contains(err.Error(), "matches") || err == nil && back.ARN != r.ARN {
				t.Errorf("%q: %s leads to %+v, %v", word, r.ID(), back, err)
			}
		}
	})
}
