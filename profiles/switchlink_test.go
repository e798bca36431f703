package profiles_test

import (
	"errors"
	"strings"
	"testing"

	"cameo/profiles"
)

func TestParseSwitchLink(t *testing.T) {
	const end = "/switchrole?account=123456789012&roleName=UpdateApp"
	update := profiles.SwitchLink{Partition: "aws", Account: "123456789012", Path: "/", Name: "UpdateApp"}
	in := func(partition string) profiles.SwitchLink { l := update; l.Partition = partition; return l }
	for link, want := range map[string]profiles.SwitchLink{
		"https://signin.aws.amazon.com" + end:                                                  update,
		"https://us-east-1.signin.aws.amazon.com" + end:                                        update,
		"https://123456789012.signin.aws.amazon.com" + end:                                     update,
		"https://console.aws.amazon.com" + end:                                                 update,
		"https://eu-west-1.console.aws.amazon.com" + end:                                       update,
		"https://signin.aws.amazon.com/sessions/a1b2/v1" + end:                                 update,
		"signin.aws.amazon.com" + end:                                                          update,
		"  https://SIGNIN.AWS.amazon.com:443" + end + "\n":                                     update,
		"https://signin.amazonaws-us-gov.com" + end:                                            in("aws-us-gov"),
		"https://us-gov-west-1.signin.amazonaws-us-gov.com" + end:                              in("aws-us-gov"),
		"https://signin-fips.amazonaws-us-gov.com" + end:                                       in("aws-us-gov"),
		"https://signin.amazonaws.cn" + end:                                                    in("aws-cn"),
		"https://cn-north-1.console.amazonaws.cn" + end:                                        in("aws-cn"),
		"https://eusc-de-east-1.signin.amazonaws-eusc.eu" + end:                                in("aws-eusc"),
		"https://signin.c2shome.ic.gov" + end:                                                  in("aws-iso"),
		"https://signin.sc2shome.sgov.gov" + end:                                               in("aws-iso-b"),
		"https://signin.csphome.adc-e.uk" + end:                                                in("aws-iso-e"),
		"https://signin.csphome.hci.ic.gov" + end:                                              in("aws-iso-f"),
		"https://signin.aws.amazon.com" + end + "&src=nav&x":                                   update,
		"https://signin.aws.amazon.com/switchrole?roleName=/UpdateApp&account=1234-5678-9012":  update,
		"https://signin.aws.amazon.com/switchrole?account=123456789012&amp;roleName=UpdateApp": update,
		"https://signin.aws.amazon.com/switchrole?roleName=a/b/C%2BD&account=cameo-prod&displayName=My%20%27prod%27&color=FFaa00": {
			Partition: "aws", Alias: "cameo-prod", Path: "/a/b/", Name: "C+D", DisplayName: "My 'prod'", Color: "ffaa00"},
		"https://signin.aws.amazon.com" + end + "&color=red&displayName=": update,
		"https://signin.aws.amazon.com" + end + "&color=%23B7CA9D":        {Partition: "aws", Account: "123456789012", Path: "/", Name: "UpdateApp", Color: "b7ca9d"},
	} {
		got, err := profiles.ParseSwitchLink(link)
		if err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", link, got, err, want)
		}
		if !profiles.IsSwitchLink(strings.TrimSpace(link)) {
			t.Errorf("%s is not taken for a link", link)
		}
	}
}

func TestParseSwitchLinkRefuses(t *testing.T) {
	const host = "https://signin.aws.amazon.com/switchrole"
	for link, why := range map[string]string{
		"": "is no host",
		"https://signin.aws.amazon.com.evil.example/switchrole?account=123456789012&roleName=A": "is no host of the AWS console",
		"https://evilsignin.aws.amazon.com/switchrole?account=123456789012&roleName=A":          "is no host",
		"https://signin.aws.amazon.com@evil.example/switchrole?account=123456789012&roleName=A": "is no host",
		"https://u@signin.aws.amazon.com/switchrole?account=123456789012&roleName=A":            "is no host",
		"https://signin.aws.amazon.com:8443/switchrole?account=123456789012&roleName=A":         "is no host",
		"https://aws.amazon.com/switchrole?account=123456789012&roleName=A":                     "is no host",
		"http://signin.aws.amazon.com/switchrole?account=123456789012&roleName=A":               "https://",
		"javascript://signin.aws.amazon.com/switchrole?account=123456789012&roleName=A":         "https://",
		"https://signin.aws.amazon.com/oauth?account=123456789012&roleName=A":                   "not to switchrole",
		host + "?roleName=A":                                                     "no account",
		host + "?account=12345678901&roleName=A":                                 "11 digits, not 12",
		host + "?account=Prod&roleName=A":                                        "neither a number of 12 digits nor an alias",
		host + "?account=a--b&roleName=A":                                        "nor an alias",
		host + "?account=123456789012":                                           "no role",
		host + "?account=123456789012&roleName=A%0Ax":                            "letters, digits",
		host + "?account=123456789012&roleName=a+b":                              "%2B stands for +",
		host + "?account=123456789012&roleName=a//b":                             "path",
		host + "?account=123456789012&roleName=" + strings.Repeat("a", 65):       "64 are allowed",
		host + "?account=123456789012&account=123456789013&roleName=A":           "account twice",
		host + "?account=123456789012&Account=123456789013&roleName=A":           "account twice",
		host + "?account=%zz&roleName=A":                                         "malformed",
		host + "?account=123456789012&roleName=A&x=" + strings.Repeat("a", 5000): "longer than",
		"https://signin.aws.amazon.com/\x1b[31m":                                 "not a web address",
	} {
		l, err := profiles.ParseSwitchLink(link)
		var wrong *profiles.LinkError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %+v, %v; want %q", link, l, err, why)
			continue
		}
		if s := err.Error(); s != profiles.Inert(s) || len(s) > 700 {
			t.Errorf("%q is not fit to be shown", s)
		}
	}
}

func TestSwitchLinkWithoutConsole(t *testing.T) {
	if s := (profiles.SwitchLink{Partition: "aws-x", Account: "123456789012", Path: "/", Name: "A"}).String(); s != "" {
		t.Errorf("got %q", s)
	}
	if arn := (profiles.SwitchLink{Partition: "aws", Alias: "prod", Path: "/", Name: "A"}).RoleARN(); arn.Account != "" {
		t.Errorf("an alias became the account %q", arn.Account)
	}
}

func FuzzParseSwitchLink(f *testing.F) {
	f.Add("https://signin.aws.amazon.com/switchrole?account=123456789012&roleName=a/b/UpdateApp&displayName=x%20y&color=ffaa00")
	f.Add("eusc-de-east-1.signin.amazonaws-eusc.eu/sessions/a/v1/switchrole?account=my-alias&amp;roleName=R")
	f.Add("https://signin.amazonaws.cn:443/switchrole?roleName=%2FR&account=1234-5678-9012&displayName=%1b%ff")
	f.Fuzz(func(t *testing.T, text string) {
		link, err := profiles.ParseSwitchLink(text)
		if err != nil {
			if s := err.Error(); s != profiles.Inert(s) {
				t.Fatalf("%q is not inert", s)
			}
			return
		}
		again, err := profiles.ParseSwitchLink(link.String())
		if err != nil || again != link {
			t.Fatalf("%q\n     gives %+v\n as link %s\n     gives %+v, %v", text, link, link, again, err)
		}
		if arn := link.RoleARN(); arn.Account != "" {
			if parsed, err := profiles.ParseRoleARN(arn.String()); err != nil || parsed != arn {
				t.Fatalf("%+v makes the ARN %s: %v", link, arn, err)
			}
		} else if !profiles.IsAccountAlias(link.Alias) {
			t.Fatalf("%+v has no account", link)
		}
	})
}
