package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func mustParse(t *testing.T, text string) Document {
	t.Helper()
	doc, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

func context(pairs ...string) (c Context) {
	for i := 0; i < len(pairs); i += 2 {
		c.Set(pairs[i], pairs[i+1])
	}
	return c
}

func TestParseAcceptsTheFormsOfAWS(t *testing.T) {
	doc := mustParse(t, `{"Version":"2012-10-17","Statement":{
		"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::123456789012:root"],"Service":"ec2.amazonaws.com"},
		"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true},"NumericLessThan":{"aws:MultiFactorAuthAge":3600}}}}`)
	s := doc.Statements[0]
	if s.Action[0] != "sts:AssumeRole" || len(s.Principal.AWS) != 2 || s.Principal.Service[0] != "ec2.amazonaws.com" {
		t.Errorf("%+v", s)
	}
	if s.Conditions[0].Values[0] != "true" || s.Conditions[1].Values[0] != "3600" {
		t.Errorf("%+v", s.Conditions)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		notJSON    bool
	}{
		"what is not JSON":            {"{\n  \"Version\" \"x\"}", "line 2, column 13", true},
		"an empty text":               {"", "not JSON", true},
		"two documents":               {`{"Statement":[]}{}`, "more text", true},
		"a list":                      {`[]`, "not array", false},
		"null":                        {`null`, "not null", false},
		"another version":             {`{"Version":"2013-01-01","Statement":[]}`, "2013-01-01", false},
		"no statement":                {`{"Version":"2012-10-17"}`, `"Statement" is missing`, false},
		"an unknown element":          {`{"Statement":[{"Effect":"Allow","Actions":"*"}]}`, `"Actions"`, false},
		"an element in another case":  {`{"statement":[]}`, `"statement"`, false},
		"a misspelt effect":           {`{"Statement":{"Effect":"allow","Action":"*"}}`, `"Effect" must be`, false},
		"no effect":                   {`{"Statement":{"Action":"*"}}`, `"Effect" must be`, false},
		"both of a pair":              {`{"Statement":{"Effect":"Deny","Action":"*","NotAction":"*"}}`, "exclude each other", false},
		"a number for an action":      {`{"Statement":{"Effect":"Deny","Action":1}}`, `"Action" must be`, false},
		"a principal that is a text":  {`{"Statement":{"Effect":"Allow","Principal":"me"}}`, `"me"`, false},
		"an unknown principal kind":   {`{"Statement":{"Effect":"Allow","Principal":{"Aws":"*"}}}`, `"Aws"`, false},
		"a condition without a key":   {`{"Statement":{"Effect":"Allow","Condition":{"Bool":"true"}}}`, "Condition", false},
		"a condition with an object":  {`{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":{}}}}}`, "condition", false},
		"a statement that is no text": {`{"Statement":"x"}`, "statement 1: not an object", false},
		"two effects":                 {"{\"Statement\":{\"Effect\":\"Allow\",\n\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}", `line 2, column 8: "Effect" is there twice`, false},
		"two effects, one veiled":     {`{"Statement":{"Effect":"Allow","\u0045ffect":"Deny","Action":"*","Resource":"*"}}`, `"Effect" is there twice`, false},
		"two lists of statements":     {`{"Statement":[{"Effect":"Allow","Action":"*"}],"Statement":[]}`, `"Statement" is there twice`, false},
		"one condition twice":         {`{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a":"true","a":"false"}}}}`, `"a" is there twice`, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) || syntax.NotJSON != c.notJSON {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		use        Use
		text, want string
	}{
		"an identity policy":             {IdentityUse, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, ""},
		"identity with a principal":      {IdentityUse, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}`, "should not specify a principal"},
		"identity without a resource":    {IdentityUse, `{"Effect":"Allow","Action":"s3:*"}`, "must contain resources"},
		"no action":                      {IdentityUse, `{"Effect":"Allow","Resource":"*"}`, "Missing required field Action"},
		"an action without a service":    {IdentityUse, `{"Effect":"Allow","Action":"Get","Resource":"*"}`, "vendor"},
		"an unknown operator":            {IdentityUse, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}`, "StringIs"},
		"an empty operator":              {IdentityUse, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"":{"a":"b"}}}`, "Invalid Condition"},
		"NullIfExists":                   {IdentityUse, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}}`, "NullIfExists"},
		"a trust policy":                 {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}`, ""},
		"trust by unique ID":             {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"AIDAEXAMPLE"}}`, ""},
		"trust with a resource":          {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Principal":"*"}`, "prohibited field Resource"},
		"trust with NotPrincipal":        {TrustUse, `{"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"*"}}`, "prohibited field NotPrincipal"},
		"trust without a principal":      {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole"}`, "Missing required field Principal"},
		"trust in a group":               {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:group/Developers"}}`, `Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:group/Developers"`},
		"trust with a wildcard":          {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}}`, "Invalid principal"},
		"trust in an alias":              {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"cameo-dev"}}`, "Invalid principal"},
		"a bucket policy":                {BucketUse, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}`, ""},
		"a bucket policy, no resource":   {BucketUse, `{"Effect":"Allow","Action":"s3:*","Principal":"*"}`, "Missing required field Resource"},
		"a bucket policy, NotPrincipal":  {BucketUse, `{"Effect":"Deny","Action":"s3:*","Resource":"*","NotPrincipal":{"AWS":"111122223333"}}`, ""},
		"trust in a session with a star": {TrustUse, `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/R/*"}}`, "Invalid principal"},
	} {
		t.Run(name, func(t *testing.T) {
			err := mustParse(t, `{"Version":"2012-10-17","Statement":`+c.text+`}`).Validate(c.use)
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		fact, condition string
		context         Context
		want            bool
	}{
		{"a positive operator wants the key", `{"StringEquals":{"k":"v"}}`, Context{}, false},
		{"a negated operator holds without the key", `{"StringNotEquals":{"k":"v"}}`, Context{}, true},
		{"IfExists holds without the key", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, Context{}, true},
		{"IfExists still compares", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, context("aws:MultiFactorAuthPresent", "false"), false},
		{"keys ignore case", `{"StringEquals":{"AWS:UserName":"v"}}`, context("aws:username", "v"), true},
		{"values keep case", `{"StringEquals":{"k":"V"}}`, context("k", "v"), false},
		{"several keys are all needed", `{"StringEquals":{"a":"1","b":"2"}}`, context("a", "1"), false},
		{"StringEquals has no wildcards", `{"StringEquals":{"k":"v*"}}`, context("k", "vv"), false},
		{"StringLike has wildcards", `{"StringLike":{"k":"v?*"}}`, context("k", "vv"), true},
		{"a negated operator holds against every value", `{"StringNotLike":{"k":["a*","b*"]}}`, context("k", "bc"), false},
		{"ArnLike keeps to its part", `{"ArnLike":{"k":"arn:aws:*:role/x"}}`, context("k", "arn:aws:iam::123456789012:role/x"), false},
		{"ArnEquals has wildcards", `{"ArnEquals":{"k":"arn:aws:iam::*:role/x*"}}`, context("k", "arn:aws:iam::123456789012:role/xy"), true},
		{"Null true wants absence", `{"Null":{"k":"true"}}`, Context{}, true},
		{"Null false wants presence", `{"Null":{"k":"false"}}`, Context{}, false},
		{"ForAllValues holds without the key", `{"ForAllValues:StringEquals":{"k":"v"}}`, Context{}, true},
		{"ForAnyValue does not", `{"ForAnyValue:StringEquals":{"k":"v"}}`, Context{}, false},
		{"numbers compare as numbers", `{"NumericLessThan":{"k":"10"}}`, context("k", "9"), true},
		{"what is no number never compares", `{"NumericGreaterThan":{"k":"10"}}`, context("k", "inf"), false},
		{"dates compare across forms", `{"DateLessThan":{"k":"2026-11-21T12:00:00Z"}}`, context("k", "1700000000"), true},
		{"zones count", `{"DateEquals":{"k":"2026-11-21T12:00:00Z"}}`, context("k", "2026-11-21T13:00:00+01:00"), true},
		{"an address inside", `{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`, context("aws:SourceIp", "127.0.0.1"), true},
		{"IPv6", `{"NotIpAddress":{"aws:SourceIp":"::1"}}`, context("aws:SourceIp", "::1"), false},
		{"binary", `{"BinaryEquals":{"k":"AQI="}}`, context("k", "AQI="), true},
		{"an unknown operator never holds", `{"StringIs":{"k":"v"}}`, context("k", "v"), false},
		{"an unknown set never holds", `{"ForNoValue:StringEquals":{"k":"v"}}`, Context{}, false},
		{"a variable", `{"StringEquals":{"k":"${aws:username}"}}`, context("k", "David", "aws:username", "David"), true},
		{"a variable's own stars are text", `{"StringLike":{"k":"${v}"}}`, context("k", "anything", "v", "*"), false},
		{"a missing variable never holds", `{"StringNotEquals":{"k":"${aws:username}"}}`, context("k", "David"), false},
		{"a default", `{"StringEquals":{"k":"${aws:username, 'nobody'}"}}`, context("k", "nobody"), true},
		{"an escaped star", `{"StringLike":{"k":"a${*}"}}`, context("k", "ab"), false},
		{"an escaped dollar", `{"StringEquals":{"k":"${$}{x}"}}`, context("k", "${x}"), true},
	} {
		t.Run(c.fact, func(t *testing.T) {
			doc := mustParse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":`+c.condition+`}}`)
			got := doc.Statements[0].applies(Request{Action: "s3:GetObject", Resource: "x", Context: c.context}, doc.Version, false)
			if got != c.want {
				t.Errorf("%s: %t", c.condition, got)
			}
		})
	}
}

func TestVariablesNeedTheNewVersion(t *testing.T) {
	const statement = `"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}}`
	request := Request{Principal: PrincipalOf("arn:aws:iam::111122223333:user/David"), Action: "s3:GetObject", Resource: "arn:aws:s3:::b/David", Context: context("aws:username", "David")}
	for prefix, want := range map[string]Outcome{`{"Version":"2012-10-17",`: Allowed, `{"Version":"2008-10-17",`: ImplicitlyDenied, `{`: ImplicitlyDenied} {
		doc := mustParse(t, prefix+statement)
		if got := Evaluate(request, Policies{Identity: []Named{{Document: doc}}}); got.Outcome != want {
			t.Errorf("%s: %s, want %s", prefix, got.Outcome, want)
		}
	}
}

// TestTrustTable is the table of who may assume a role, by what its trust policy
// names, whether the identity policies allow it, and whose account it is in.
func TestTrustTable(t *testing.T) {
	const (
		prod, dev = "123456789012", "111122223333"
		role      = "arn:aws:iam::" + prod + ":role/UpdateApp"
	)
	petra := Principal{Kind: User, Account: prod, ARN: "arn:aws:iam::" + prod + ":user/Petra", ID: "AIDAPETRA"}
	david := Principal{Kind: User, Account: dev, ARN: "arn:aws:iam::" + dev + ":user/David", ID: "AIDADAVID"}
	session := Principal{Kind: Role, Account: prod, ARN: "arn:aws:sts::" + prod + ":assumed-role/Ops/p", RoleARN: "arn:aws:iam::" + prod + ":role/Ops", ID: "AROAOPS"}
	allow := `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`
	deny := `{"Effect":"Deny","Action":"*","Resource":"*"}`
	s3Only := `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	for _, c := range []struct {
		fact      string
		who       Principal
		identity  string
		boundary  string
		session   string
		principal string
		condition string
		want      Outcome
		side      Side
	}{
		{"account, allowed, same", petra, allow, "", "", `{"AWS":"` + prod + `"}`, "", Allowed, IdentitySide},
		{"account, allowed, cross", david, allow, "", "", `{"AWS":"arn:aws:iam::` + dev + `:root"}`, "", Allowed, IdentitySide},
		{"account, not allowed, same", petra, "", "", "", `{"AWS":"` + prod + `"}`, "", ImplicitlyDenied, IdentitySide},
		{"account, not allowed, cross", david, "", "", "", `{"AWS":"` + dev + `"}`, "", ImplicitlyDenied, IdentitySide},
		{"user, not allowed, same", petra, "", "", "", `{"AWS":"AIDAPETRA"}`, "", Allowed, ResourceSide},
		{"user, not allowed, cross", david, "", "", "", `{"AWS":"AIDADAVID"}`, "", ImplicitlyDenied, IdentitySide},
		{"user, allowed, cross", david, allow, "", "", `{"AWS":"AIDADAVID"}`, "", Allowed, ResourceSide},
		{"a former namesake", david, allow, "", "", `{"AWS":"AIDAOLD"}`, "", ImplicitlyDenied, ResourceSide},
		{"role, not allowed, same", session, "", "", "", `{"AWS":"AROAOPS"}`, "", Allowed, ResourceSide},
		{"role, session policy too narrow", session, "", "", s3Only, `{"AWS":"AROAOPS"}`, "", ImplicitlyDenied, SessionSide},
		{"session, session policy too narrow", session, "", "", s3Only, `{"AWS":"` + session.ARN + `"}`, "", Allowed, ResourceSide},
		{"everyone, not allowed, same", petra, "", "", "", `"*"`, "", Allowed, ResourceSide},
		{"everyone, not allowed, cross", david, "", "", "", `"*"`, "", ImplicitlyDenied, IdentitySide},
		{"everyone, allowed, cross", david, allow, "", "", `{"AWS":"*"}`, "", Allowed, ResourceSide},
		{"another account, allowed", petra, allow, "", "", `{"AWS":"` + dev + `"}`, "", ImplicitlyDenied, ResourceSide},
		{"boundary too narrow, account", petra, allow, s3Only, "", `{"AWS":"` + prod + `"}`, "", ImplicitlyDenied, BoundarySide},
		{"boundary too narrow, user named", petra, "", s3Only, "", `{"AWS":"AIDAPETRA"}`, "", Allowed, ResourceSide},
		{"explicit deny", petra, allow + "," + deny, "", "", `{"AWS":"AIDAPETRA"}`, "", ExplicitlyDenied, IdentitySide},
		{"a condition that fails", david, allow, "", "", `{"AWS":"` + dev + `"}`, `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, ImplicitlyDenied, ResourceSide},
		{"root of the account", Principal{Kind: Root, Account: prod}, "", "", "", `{"AWS":"` + dev + `"}`, "", Allowed, IdentitySide},
		{"anonymous", Principal{}, "", "", "", `{"AWS":"` + dev + `"}`, "", ImplicitlyDenied, ResourceSide},
		{"a service that is named", PrincipalOf("ec2.amazonaws.com"), "", "", "", `{"Service":"ec2.amazonaws.com"}`, "", Allowed, ResourceSide},
		{"another service", PrincipalOf("lambda.amazonaws.com"), "", "", "", `{"Service":"ec2.amazonaws.com"}`, "", ImplicitlyDenied, ResourceSide},
	} {
		t.Run(c.fact, func(t *testing.T) {
			docs := func(statements string) []Named {
				if statements == "" {
					return nil
				}
				return []Named{{Document: mustParse(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)}}
			}
			trust := docs(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + c.principal + c.condition + `}`)[0]
			got := Evaluate(
				Request{Principal: c.who, Action: "sts:AssumeRole", Resource: role, ResourceAccount: prod},
				Policies{Identity: docs(c.identity), Boundary: docs(c.boundary), Session: docs(c.session), Resource: &trust},
			)
			if got.Outcome != c.want || got.Side != c.side {
				t.Errorf("%s by %s, want %s by %s; %+v", got.Outcome, got.Side, c.want, c.side, got)
			}
		})
	}
}

func TestNotPrincipalDeniesAllButTheListed(t *testing.T) {
	david := PrincipalOf("arn:aws:iam::111122223333:user/David")
	allow := []Named{{Document: mustParse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}}
	for list, want := range map[string]Outcome{
		`["arn:aws:iam::111122223333:user/David","111122223333"]`: Allowed,
		`["arn:aws:iam::111122223333:user/David"]`:                ExplicitlyDenied,
		`["111122223333"]`: ExplicitlyDenied,
		`["arn:aws:iam::111122223333:user/Nikki","111122223333"]`: ExplicitlyDenied,
	} {
		doc := mustParse(t, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":`+list+`}}}`)
		request := Request{Principal: david, Action: "s3:GetObject", Resource: "x"}
		if got := Evaluate(request, Policies{Identity: allow, Resource: &Named{Document: doc}}); got.Outcome != want {
			t.Errorf("%s: %s, want %s", list, got.Outcome, want)
		}
		if got := Evaluate(request, Policies{Identity: allow, Boundary: allow, Resource: &Named{Document: doc}}); got.Outcome != ExplicitlyDenied {
			t.Errorf("%s with a boundary: %s", list, got.Outcome)
		}
	}
}

func TestControlPoliciesNarrowWhateverElseAllows(t *testing.T) {
	const prod = "123456789012"
	petra := PrincipalOf("arn:aws:iam::" + prod + ":user/Petra")
	doc := func(statements string) []Named {
		if statements == "" {
			return nil
		}
		return []Named{{Document: mustParse(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)}}
	}
	const (
		all      = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		onlyS3   = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		noSTS    = `{"Effect":"Deny","Action":"sts:*","Resource":"*"}`
		closed   = `{"Effect":"Deny","Principal":"*","Action":"sts:*","Resource":"*"}`
		others   = `{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sts:*","Resource":"*"}`
		granting = `{"Effect":"Allow","Principal":"*","Action":"sts:*","Resource":"*"}`
	)
	for _, c := range []struct {
		fact, service, resource string
		who                     Principal
		want                    Outcome
		side                    Side
	}{
		{"none", "", "", petra, Allowed, ResourceSide},
		{"one that allows all", all, granting, petra, Allowed, ResourceSide},
		{"a direct grant does not pass a silent one", onlyS3, "", petra, ImplicitlyDenied, ServiceControlSide},
		{"nor one that denies", all + "," + noSTS, "", petra, ExplicitlyDenied, ServiceControlSide},
		{"it binds the root user too", onlyS3, "", Principal{Kind: Root, Account: prod}, ImplicitlyDenied, ServiceControlSide},
		{"the resource's denies", all, closed, petra, ExplicitlyDenied, ResourceControlSide},
		{"the resource's denies others", all, others, petra, Allowed, ResourceSide},
	} {
		t.Run(c.fact, func(t *testing.T) {
			trust := doc(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + petra.ARN + `"}}`)[0]
			got := Evaluate(Request{Principal: c.who, Action: "sts:AssumeRole", Resource: "arn:aws:iam::" + prod + ":role/R", ResourceAccount: prod},
				Policies{Resource: &trust, ServiceControl: doc(c.service), ResourceControl: doc(c.resource)})
			if got.Outcome != c.want || got.Side != c.side {
				t.Errorf("%s by %s, want %s by %s; %+v", got.Outcome, got.Side, c.want, c.side, got)
			}
		})
	}
}

func TestActionsIgnoreCaseAndResourcesDoNot(t *testing.T) {
	doc := mustParse(t, `{"Statement":{"Effect":"Allow","Action":"STS:assumerole","Resource":"arn:aws:iam::123456789012:role/UpdateApp"}}`)
	for resource, want := range map[string]Outcome{"UpdateApp": Allowed, "updateapp": ImplicitlyDenied} {
		request := Request{Principal: PrincipalOf("arn:aws:iam::111122223333:user/David"), Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/" + resource}
		if got := Evaluate(request, Policies{Identity: []Named{{Document: doc}}}); got.Outcome != want {
			t.Errorf("%s: %s", resource, got.Outcome)
		}
	}
}

func TestTheTraceNamesStatements(t *testing.T) {
	doc := mustParse(t, `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"NoDelete","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}`)
	got := Evaluate(Request{Action: "s3:DeleteObject", Resource: "x", Principal: PrincipalOf("arn:aws:iam::111122223333:user/David")}, Policies{Identity: []Named{{Document: doc}}})
	want := `[{identity identity[0] 0 A Allow} {identity identity[0] 2 NoDelete Deny}]`
	if fmt.Sprint(got.Matched) != want || got.Outcome != ExplicitlyDenied || got.Side != IdentitySide {
		t.Errorf("%v %v", got.Matched, got.Outcome)
	}
}

// slowMatch is the definition of a wildcard match, as plain as it can be.
func slowMatch(p, text []rune) bool {
	switch {
	case len(p) == 0:
		return len(text) == 0
	case p[0] == '*':
		return slowMatch(p[1:], text) || (len(text) > 0 && slowMatch(p, text[1:]))
	case len(text) == 0:
		return false
	}
	return (p[0] == '?' || p[0] == text[0]) && slowMatch(p[1:], text[1:])
}

func FuzzWildcards(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("**?*", "")
	f.Add("*é", "eé")
	f.Fuzz(func(t *testing.T, p, text string) {
		if len(p) > 12 || len(text) > 16 {
			t.Skip("the reference is exponential")
		}
		if got, want := wildcards(p).match(text), slowMatch([]rune(p), []rune(text)); got != want {
			t.Errorf("%q on %q: %t, want %t", p, text, got, want)
		}
	})
}

func FuzzParseAndEvaluate(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"k":"${k, 'x'}"}}}}`, "k", "v")
	f.Add(`{"Statement":[{"Effect":"Deny","NotAction":"a","NotResource":[],"NotPrincipal":{"AWS":"*"},"Condition":{"ForAnyValue:ArnNotLikeIfExists":{"k":["a:b:c:d:e:f",1]}}}]}`, "k", "a:b:c:d:e:f")
	f.Add(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"DateLessThan":{"k":"2026"},"IpAddress":{"k":"::/0"},"NumericEquals":{"k":1e3}}}}`, "k", "1e3")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		doc, err := Parse([]byte(text))
		if err != nil {
			if _, ok := errors.AsType[*SyntaxError](err); !ok {
				t.Errorf("%T", err)
			}
			return
		}
		for _, use := range []Use{IdentityUse, TrustUse, BucketUse} {
			_ = doc.Validate(use)
		}
		named := Named{Document: doc}
		request := Request{Principal: PrincipalOf(value), Action: "s3:GetObject", Resource: value, Context: context(key, value)}
		without := Evaluate(request, Policies{Identity: []Named{named}})
		if len(doc.Statements) == 0 && without.Outcome != ImplicitlyDenied && request.Principal.Kind != Root {
			t.Errorf("an empty policy gave %s", without.Outcome)
		}
		both := Evaluate(request, Policies{Identity: []Named{named}, Boundary: []Named{}, Session: []Named{named}, Resource: &named})
		for _, m := range both.Matched {
			if m.Effect == Deny && both.Outcome != ExplicitlyDenied {
				t.Errorf("a matching Deny gave %s", both.Outcome)
			}
		}
	})
}
