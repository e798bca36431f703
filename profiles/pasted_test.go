package profiles_test

import (
	"strings"
	"testing"

	"cameo/profiles"
)

func TestPastedChoosesAmongNoRoles(t *testing.T) {
	const a, b = "arn:aws:iam::111122223333:role/A", "arn:aws:iam::444455556666:role/B"
	const link = "https://signin.aws.amazon.com/switchrole?account=444455556666&roleName=B"
	for _, text := range []string{a + " or " + b, "not " + a + ", but " + b + ".", a + "\n\n" + b, a + " " + link, link + " and " + a, a + "\n" + b} {
		got := profiles.Pasted(text)
		if _, err := profiles.ParseRoleARN(got); err == nil {
			t.Errorf("%q: %q", text, got)
		}
		if _, err := profiles.ParseSwitchLink(got); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
	if _, err := profiles.ParseRoleARN(profiles.Pasted(a + " or " + b)); err == nil || !strings.Contains(err.Error(), "more than one role in it: name one") {
		t.Error(err)
	}
	// A mail that breaks a long line, or a name below it: nobody can tell.
	for _, text := range []string{link + "\nKim", link + "\r\nThanks, Bob", a + "\nKim", a + "\ndmin and more",
		a + "\ndmin\u2019s account", a + "\n/dmin](wiki) has it", a + "\vdmin", a + "\u2028dmin", link + "\nuild\u2014see the wiki"} {
		_, meant := profiles.ParseRoleARN(profiles.Pasted(text))
		_, other := profiles.ParseSwitchLink(profiles.Pasted(text))
		if strings.HasPrefix(text, "https:") {
			meant, other = other, meant
		}
		if meant == nil || other == nil || !strings.Contains(meant.Error(), "in one line") {
			t.Errorf("%q: %v, %v", text, meant, other)
		}
	}
	for text, want := range map[string]string{
		link + "\n&displayName=x":                  link + "&displayName=x",
		link[:len(link)-1] + "\nB":                 link,
		strings.Replace(link, "role", "role\n", 1): link,
		link + "\n\u2014 Kim":                      link,
		link + "\n> Kim":                           link,

		a + " (" + a + ")":                            a, // a mail says the text and the target of a link
		a + "\n\nThanks, Bob":                         a,
		a + ", see https://wiki.example":              a,
		link + " see https://wiki.example/roles":      link,
		a[:20] + "\r\n  " + a[20:] + "\r\n\r\nThanks": a,
	} {
		if got := profiles.Pasted(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
