package creds_test

import (
	"testing"

	"cameo/creds"
	"cameo/profiles"
)

func TestFindEndpoint(t *testing.T) {
	type env = map[string]string
	for _, c := range []struct {
		name      string
		partition string // "": aws
		flag      string
		region    string // of the profile
		url, mode string // of the profile
		env       env
		want      creds.Endpoint
		host      string
	}{
		{name: "nothing said", want: creds.Endpoint{Region: "us-east-1"}, host: "sts.us-east-1.amazonaws.com"},
		{name: "the flag comes first", flag: "eu-west-1", region: "eu-west-2", env: env{"AWS_REGION": "eu-west-3"},
			want: creds.Endpoint{Region: "eu-west-1"}, host: "sts.eu-west-1.amazonaws.com"},
		{name: "then the profile", region: "eu-west-2", env: env{"AWS_REGION": "eu-west-3"}, want: creds.Endpoint{Region: "eu-west-2"}, host: "sts.eu-west-2.amazonaws.com"},
		{name: "then AWS_REGION", env: env{"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-north-1"}, want: creds.Endpoint{Region: "eu-west-3"}, host: "sts.eu-west-3.amazonaws.com"},
		{name: "then AWS_DEFAULT_REGION", env: env{"AWS_DEFAULT_REGION": "eu-north-1"}, want: creds.Endpoint{Region: "eu-north-1"}, host: "sts.eu-north-1.amazonaws.com"},
		{name: "China", partition: "aws-cn", want: creds.Endpoint{Region: "cn-north-1"}, host: "sts.cn-north-1.amazonaws.com.cn"},
		{name: "a region of another partition is not used", partition: "aws-cn", flag: "eu-west-1", env: env{"AWS_REGION": "cn-northwest-1"},
			want: creds.Endpoint{Region: "cn-northwest-1"}, host: "sts.cn-northwest-1.amazonaws.com.cn"},
		{name: "nor one of China for a role elsewhere", region: "cn-north-1", want: creds.Endpoint{Region: "us-east-1"}, host: "sts.us-east-1.amazonaws.com"},
		{name: "GovCloud", partition: "aws-us-gov", want: creds.Endpoint{Region: "us-gov-west-1"}, host: "sts.us-gov-west-1.amazonaws.com"},
		{name: "iso", partition: "aws-iso", want: creds.Endpoint{Region: "us-iso-east-1"}, host: "sts.us-iso-east-1.c2s.ic.gov"},
		{name: "iso-b", partition: "aws-iso-b", want: creds.Endpoint{Region: "us-isob-east-1"}, host: "sts.us-isob-east-1.sc2s.sgov.gov"},
		{name: "a URL for STS comes before one for all", env: env{"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:2"}, url: "http://127.0.0.1:3",
			want: creds.Endpoint{Region: "us-east-1", URL: "http://127.0.0.1:1"}, host: "127.0.0.1:1"},
		{name: "the environment before the profile", env: env{"AWS_ENDPOINT_URL": "http://127.0.0.1:2/"}, url: "http://127.0.0.1:3",
			want: creds.Endpoint{Region: "us-east-1", URL: "http://127.0.0.1:2"}, host: "127.0.0.1:2"},
		{name: "the profile's URL", url: "https://sts.vpce.example.com/x", want: creds.Endpoint{Region: "us-east-1", URL: "https://sts.vpce.example.com/x"}, host: "sts.vpce.example.com"},
		{name: "URLs switched off", env: env{"AWS_ENDPOINT_URL": "http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"}, url: "http://127.0.0.1:3",
			want: creds.Endpoint{Region: "us-east-1"}, host: "sts.us-east-1.amazonaws.com"},
		{name: "a password in a URL is not shown", url: "https://me:pw@proxy.example.com", want: creds.Endpoint{Region: "us-east-1", URL: "https://me:pw@proxy.example.com"}, host: "proxy.example.com"},
		{name: "nor that of a URL that is none", url: "https://me:p#w@proxy", want: creds.Endpoint{Region: "us-east-1", URL: "https://me:p#w@proxy"}, host: "the custom endpoint of STS"},
		{name: "legacy in the profile", mode: "legacy", region: "eu-west-1", want: creds.Endpoint{Region: "eu-west-1", Global: true}, host: "sts.amazonaws.com"},
		{name: "legacy in the environment", env: env{"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, want: creds.Endpoint{Region: "us-east-1", Global: true}, host: "sts.amazonaws.com"},
		{name: "the environment's regional", env: env{"AWS_STS_REGIONAL_ENDPOINTS": "regional"}, mode: "legacy", want: creds.Endpoint{Region: "us-east-1"}, host: "sts.us-east-1.amazonaws.com"},
		{name: "legacy in a region that is younger", mode: "legacy", region: "ap-east-1", want: creds.Endpoint{Region: "ap-east-1"}, host: "sts.ap-east-1.amazonaws.com"},
		{name: "legacy in China", partition: "aws-cn", mode: "legacy", want: creds.Endpoint{Region: "cn-north-1"}, host: "sts.cn-north-1.amazonaws.com.cn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.partition == "" {
				c.partition = "aws"
			}
			chain := profiles.Chain{
				Steps:  []profiles.Step{{}, {RoleARN: profiles.Value{Text: "arn:" + c.partition + ":iam::111122223333:role/R"}}},
				Region: profiles.Value{Text: c.region}, EndpointURL: profiles.Value{Text: c.url}, STSRegionalEndpoints: profiles.Value{Text: c.mode},
			}
			got := creds.FindEndpoint(chain, c.flag, environment(c.env))
			if got != c.want || got.Host() != c.host {
				t.Errorf("got %+v at %s\nwant %+v at %s", got, got.Host(), c.want, c.host)
			}
		})
	}
}

func TestFindSignin(t *testing.T) {
	type env = map[string]string
	for _, c := range []struct {
		name, profile, want string
		env                 env
	}{
		{"nothing said", "", "", nil},
		{"its own variable comes first", "http://p", "http://s", env{"AWS_ENDPOINT_URL_SIGNIN": "http://s/", "AWS_ENDPOINT_URL": "http://all"}},
		{"then that of all services", "http://p", "http://all", env{"AWS_ENDPOINT_URL": "http://all"}},
		{"then the profile", "http://p", "http://p", env{"AWS_ENDPOINT_URL_STS": "http://sts"}},
		{"URLs switched off", "http://p", "", env{"AWS_ENDPOINT_URL_SIGNIN": "http://s", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}},
	} {
		line := profiles.Position{File: "config", Line: 7}
		got, in := creds.FindSignin(profiles.Chain{SigninURL: profiles.Value{Text: c.profile, Position: line}}, environment(c.env))
		if got != c.want || got != "" && (in == line) != (got == c.profile) {
			t.Errorf("%s: %q of %v, want %q", c.name, got, in, c.want)
		}
	}
}
