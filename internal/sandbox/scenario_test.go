package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"cameo/internal/policy"
)

const roleSession = "arn:aws:sts::" + Production + ":assumed-role/UpdateApp/David"

func TestDavidSwitchesAndReachesProductionAppAlone(t *testing.T) {
	b := startBox(t)
	david := b.person("david")
	_, err := b.get(david.keys(), "productionapp", "version.txt")
	refused(t, err, "AccessDenied", "Access Denied")

	session := b.mustAssume(david.keys(), b.withCode("david"))
	if !strings.HasPrefix(session.id, "ASIA") {
		t.Errorf("key %s", session.id)
	}
	who, err := b.sts(session).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != roleSession || *who.Account != Production || !strings.HasPrefix(*who.UserId, "AROA") || !strings.HasSuffix(*who.UserId, ":David") {
		t.Errorf("%v %v", who, err)
	}
	refused(t, b.put(session, "productionapp", "version.txt", "42\n"), "", "")
	if text, err := b.get(session, "productionapp", "version.txt"); text != "42\n" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	list, err := b.s3(session).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("productionapp")})
	if err != nil || len(list.Contents) != 1 || *list.Contents[0].Key != "version.txt" {
		t.Errorf("%v %v", list, err)
	}
	_, err = b.get(session, "payroll", "salaries.csv")
	refused(t, err, "AccessDenied", "User: "+roleSession+` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::payroll/salaries.csv" because no identity-based policy allows the s3:GetObject action`)
	_, err = b.s3(session).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("payroll")})
	refused(t, err, "AccessDenied", "User: "+roleSession+` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::payroll" because no identity-based policy allows the s3:ListBucket action`)
	_, err = b.get(session, "dev-scratch", "notes.txt")
	refused(t, err, "AccessDenied", "Access Denied")

	// Leaving the role is only using the first keys again.
	refused(t, b.put(david.keys(), "dev-scratch", "notes.txt", "done"), "", "")
	buckets, err := b.s3(david.keys()).ListBuckets(t.Context(), nil)
	if err != nil || len(buckets.Buckets) != 1 || *buckets.Buckets[0].Name != "dev-scratch" {
		t.Errorf("%v %v", buckets, err)
	}
}

func TestTheresaIsRefused(t *testing.T) {
	b := startBox(t)
	theresa := b.person("THERESA")
	_, err := b.assume(theresa.keys(), b.withCode("theresa"))
	refused(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/Theresa is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/UpdateApp")
	if d := b.last().Decision; d == nil || d.Side != policy.IdentitySide {
		t.Errorf("the event does not say which side was silent: %+v", d)
	}
	b.must(b.world.AddUserToGroup(Development, "Theresa", "Developers"))
	b.mustAssume(theresa.keys(), b.withCode("theresa"))
	b.must(b.world.RemoveUserFromGroup(Development, "Theresa", "Developers"))
	_, err = b.assume(theresa.keys(), b.withCode("theresa"))
	refused(t, err, "AccessDenied", "")
}

// vector is one line of the table of decisions about AssumeRole.
type vector struct {
	name   string
	setup  func(b *box, v *vectorState)
	code   string // "" is success
	suffix string // after "User: CALLER is not authorized to perform: sts:AssumeRole on resource: ROLE"
}

type vectorState struct {
	caller keys
	arn    string
	role   string
	edit   func(*sts.AssumeRoleInput)
}

const allowAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`

func trustIn(principal, rest string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + rest + `}}`
}

// petra adds a user of the production account, where the role is, too.
func (v *vectorState) petra(b *box) {
	b.must(b.world.AddUser(Production, "Petra"))
	key, err := b.world.AddAccessKey(Production, "Petra")
	b.must(err)
	v.caller, v.arn = keys{key.ID, key.Secret, ""}, "arn:aws:iam::"+Production+":user/Petra"
}

func TestVectors(t *testing.T) {
	const (
		devRoot  = `{"AWS":"arn:aws:iam::111122223333:root"}`
		prodRoot = `{"AWS":"123456789012"}`
		david    = `{"AWS":"arn:aws:iam::111122223333:user/David"}`
		petra    = `{"AWS":"arn:aws:iam::123456789012:user/Petra"}`
		s3Only   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
		denySTS  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"},{"Effect":"Deny","Action":"sts:*","Resource":"*"}]}`
	)
	trust := func(document string) func(*box, *vectorState) {
		return func(b *box, _ *vectorState) { b.must(b.world.SetTrust(Production, "UpdateApp", document)) }
	}
	both := func(steps ...func(*box, *vectorState)) func(*box, *vectorState) {
		return func(b *box, v *vectorState) {
			for _, step := range steps {
				step(b, v)
			}
		}
	}
	asPetra := func(b *box, v *vectorState) { v.petra(b) }
	allowed := func(document string) func(*box, *vectorState) {
		return func(b *box, v *vectorState) {
			account, name := strings.Split(v.arn, ":")[4], v.arn[strings.LastIndex(v.arn, "/")+1:]
			b.must(b.world.PutUserPolicy(account, name, "test", document))
		}
	}
	edit := func(f func(*sts.AssumeRoleInput)) func(*box, *vectorState) {
		return func(_ *box, v *vectorState) { v.edit = f }
	}
	externalID := func(id string) func(*box, *vectorState) {
		return edit(func(in *sts.AssumeRoleInput) { in.ExternalId = &id })
	}
	ungrouped := func(b *box, _ *vectorState) { b.must(b.world.RemoveUserFromGroup(Development, "David", "Developers")) }
	scp := func(statements, account string) func(*box, *vectorState) {
		return func(b *box, _ *vectorState) {
			b.must(b.world.PutServiceControlPolicy(account, "limits", `{"Version":"2012-10-17","Statement":`+statements+`}`))
		}
	}
	rcp := func(statement string) func(*box, *vectorState) {
		return func(b *box, _ *vectorState) {
			b.must(b.world.PutResourceControlPolicy(Production, "limits", `{"Version":"2012-10-17","Statement":`+statement+`}`))
		}
	}
	join := func(development, production string) func(*box, *vectorState) {
		return func(b *box, _ *vectorState) {
			b.must(b.world.Join(Development, development))
			b.must(b.world.Join(Production, production))
		}
	}
	const denied = `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}`
	wantsID := trust(trustIn(devRoot, `,"Condition":{"StringEquals":{"sts:ExternalId":"cameo-42"}}`))
	for _, c := range []vector{
		{"V1 both sides allow", trust(trustIn(devRoot, "")), "", ""},
		{"V3 the trust names another account", trust(trustIn(`{"AWS":"444455556666"}`, "")), "AccessDenied", ""},
		{"V4 the trust names the user, cross account, no identity allow", both(ungrouped, trust(trustIn(david, ""))), "AccessDenied", ""},
		{"V5 the trust names the user, same account, no identity allow", both(asPetra, trust(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:GetFederationToken"}}`), trust(trustIn(petra, ""))), "", ""},
		{"V6 the trust names the account, no identity allow", both(asPetra, trust(trustIn(prodRoot, ""))), "AccessDenied", " because no identity-based policy allows the sts:AssumeRole action"},
		{"V7 the trust is silent, same account", both(asPetra, allowed(allowAll)), "AccessDenied", " because no role trust policy allows the sts:AssumeRole action"},
		{"V8 an explicit deny in identity", both(allowed(denySTS), trust(trustIn(devRoot, ""))), "AccessDenied", " with an explicit deny in an identity-based policy"},
		{"V9 an explicit deny in the trust, cross account", trust(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Principal":` + devRoot + `,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":` + david + `,"Action":"sts:AssumeRole"}]}`), "AccessDenied", ""},
		{"V9 an explicit deny in the trust, same account", both(asPetra, allowed(allowAll), trust(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Principal":`+prodRoot+`,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":`+petra+`,"Action":"sts:AssumeRole"}]}`)), "AccessDenied", " with an explicit deny in the role trust policy"},
		{"V10 MFA wanted, long-term keys, no code", both(), "AccessDenied", ""},
		{"V10 MFA wanted, session without MFA", func(b *box, v *vectorState) { v.caller = b.session("", v.caller) }, "AccessDenied", ""},
		{"V11 a code", func(b *box, v *vectorState) { v.edit = b.withCode("david") }, "", ""},
		{"V11 a session with MFA", func(b *box, v *vectorState) { v.caller = b.session("david", v.caller) }, "", ""},
		{"V12 BoolIfExists lets long-term keys through", trust(trustIn(devRoot, `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`)), "", ""},
		{"MFA age", both(trust(trustIn(devRoot, `,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}`)), func(b *box, v *vectorState) {
			v.caller = b.session("david", v.caller)
			b.advance(301 * 1e9)
		}), "AccessDenied", ""},
		{"V13 no external ID", wantsID, "AccessDenied", ""},
		{"V14 an external ID in another case", both(wantsID, externalID("Cameo-42")), "AccessDenied", ""},
		{"V15 the external ID", both(wantsID, externalID("cameo-42")), "", ""},
		{"V16 everyone trusted, cross account, no identity allow", both(ungrouped, trust(trustIn(`"*"`, ""))), "AccessDenied", ""},
		{"V16 everyone trusted, same account, no identity allow", both(asPetra, trust(trustIn(`"*"`, ""))), "", ""},
		{"V20 the boundary is silent", both(asPetra, allowed(allowAll), trust(trustIn(prodRoot, "")), func(b *box, _ *vectorState) {
			b.must(b.world.SetUserBoundary(Production, "Petra", s3Only))
		}), "AccessDenied", " because no permissions boundary allows the sts:AssumeRole action"},
		{"V21 a direct grant beats the boundary", both(asPetra, trust(trustIn(petra, "")), func(b *box, _ *vectorState) {
			b.must(b.world.SetUserBoundary(Production, "Petra", s3Only))
		}), "", ""},
		{"an organization denies, and the caller's own is named across accounts", both(scp(`[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}]`, Development), trust(trustIn(devRoot, ""))),
			"AccessDenied", " with an explicit deny in a service control policy"},
		{"an organization allows other things only", both(scp(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, Development), trust(trustIn(devRoot, ""))), "AccessDenied", ""},
		{"an organization allows other things only, same account, and a direct grant does not help", both(asPetra, scp(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, Production), trust(trustIn(petra, ""))),
			"AccessDenied", " because no service control policy allows the sts:AssumeRole action"},
		{"an organization that does not limit it", both(scp(`{"Effect":"Allow","Action":"*","Resource":"*"}`, Development), trust(trustIn(devRoot, ""))), "", ""},
		{"the organization of the role denies, which is not said across accounts", both(rcp(denied), trust(trustIn(devRoot, ""))), "AccessDenied", ""},
		{"the organization of the role denies, same account", both(asPetra, allowed(allowAll), rcp(denied), trust(trustIn(prodRoot, ""))), "AccessDenied", " with an explicit deny in a resource control policy"},
		{"a resource control policy for somebody else", both(rcp(`{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"sts:*","Resource":"*"}`), trust(trustIn(devRoot, ""))), "", ""},
		{"within an organization the policy is named", both(ungrouped, join("o-one", "o-one"), trust(trustIn(devRoot, ""))), "AccessDenied", " because no identity-based policy allows the sts:AssumeRole action"},
		{"within an organization the trust policy is named", both(join("o-one", "o-one"), trust(trustIn(prodRoot, ""))), "AccessDenied", " because no role trust policy allows the sts:AssumeRole action"},
		{"across organizations it is not", both(ungrouped, join("o-one", "o-two"), trust(trustIn(devRoot, ""))), "AccessDenied", ""},
		{"the trust wants the organization", both(join("o-one", "o-two"), trust(trustIn(`"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-one"}}`))), "", ""},
		{"the trust wants another organization", both(join("o-one", "o-two"), trust(trustIn(`"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-two"}}`))), "AccessDenied", ""},
		{"V26 a namesake of a deleted user", func(b *box, v *vectorState) {
			b.must(b.world.SetTrust(Production, "UpdateApp", trustIn(david, "")))
			b.must(b.world.DeleteUser(Development, "David"))
			b.must(b.world.AddUser(Development, "David"))
			b.must(b.world.PutUserPolicy(Development, "David", "test", allowAll))
			key, err := b.world.AddAccessKey(Development, "David")
			b.must(err)
			v.caller = keys{key.ID, key.Secret, ""}
		}, "AccessDenied", ""},
		{"V26 repaired by saving the trust again", func(b *box, v *vectorState) {
			b.must(b.world.DeleteUser(Development, "David"))
			b.must(b.world.AddUser(Development, "David"))
			b.must(b.world.PutUserPolicy(Development, "David", "test", allowAll))
			b.must(b.world.SetTrust(Production, "UpdateApp", trustIn(david, "")))
			key, err := b.world.AddAccessKey(Development, "David")
			b.must(err)
			v.caller = keys{key.ID, key.Secret, ""}
		}, "", ""},
		{"V27 the action in another case", both(ungrouped, allowed(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"STS:assumerole","Resource":"`+UpdateApp+`"}}`), trust(trustIn(devRoot, ""))), "", ""},
		{"V27 the role in another case", both(ungrouped, allowed(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::123456789012:role/updateapp"}}`), trust(trustIn(devRoot, ""))), "AccessDenied", ""},
		{"V32 the role does not exist", both(allowed(allowAll), func(_ *box, v *vectorState) { v.role = "arn:aws:iam::123456789012:role/Nowhere" }), "AccessDenied", ""},
		{"V32 the role's name in another case", both(allowed(allowAll), func(_ *box, v *vectorState) { v.role = "arn:aws:iam::123456789012:role/updateapp" }), "AccessDenied", ""},
		{"a role in an account that does not exist", both(allowed(allowAll), func(_ *box, v *vectorState) { v.role = "arn:aws:iam::999999999999:role/UpdateApp" }), "AccessDenied", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBox(t)
			person := b.person("david")
			v := &vectorState{caller: person.keys(), arn: person.ARN, role: UpdateApp}
			c.setup(b, v)
			_, err := b.assume(v.caller, func(in *sts.AssumeRoleInput) {
				in.RoleArn = &v.role
				if v.edit != nil {
					v.edit(in)
				}
			})
			message := ""
			if c.code != "" {
				message = fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s%s", v.arn, v.role, c.suffix)
			}
			refused(t, err, c.code, message)
		})
	}
}

// session is a GetSessionToken session, with a code of the user where one is
// named.
func (b *box) session(user string, k keys) keys {
	b.Helper()
	in := &sts.GetSessionTokenInput{}
	if user != "" {
		in.SerialNumber, in.TokenCode = aws.String(b.person(user).MFASerial), aws.String(b.code(user))
	}
	out, err := b.sts(k).GetSessionToken(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	return keysOf(out.Credentials)
}

func TestV19SessionPoliciesNarrow(t *testing.T) {
	b := startBox(t)
	david := b.person("david").keys()
	narrow := func(in *sts.AssumeRoleInput) {
		b.withCode("david")(in)
		in.Policy = aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`)
	}
	session := b.mustAssume(david, narrow)
	if _, err := b.get(session, "productionapp", "version.txt"); err != nil {
		t.Error(err)
	}
	refused(t, b.put(session, "productionapp", "x", "y"), "AccessDenied",
		"User: "+roleSession+` is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::productionapp/x" because no session policy allows the s3:PutObject action`)
	_, err := b.get(session, "payroll", "salaries.csv")
	refused(t, err, "AccessDenied", "")
	readOnly := b.mustAssume(david, func(in *sts.AssumeRoleInput) {
		b.withCode("david")(in)
		in.PolicyArns = append(in.PolicyArns, policyARN("arn:aws:iam::aws:policy/ReadOnlyAccess"))
	})
	if _, err := b.get(readOnly, "productionapp", "version.txt"); err != nil {
		t.Error(err)
	}
	refused(t, b.put(readOnly, "productionapp", "x", "y"), "AccessDenied", "")
}

func TestV22Chaining(t *testing.T) {
	for name, c := range map[string]struct {
		trust, session string
		seconds        int32
		code, message  string
	}{
		"the role is trusted":            {trust: UpdateApp},
		"the session is trusted":         {trust: roleSession},
		"a session policy is too narrow": {trust: UpdateApp, session: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, code: "AccessDenied", message: "User: " + roleSession + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ops/Deeper because no session policy allows the sts:AssumeRole action"},
		"3600 seconds":                   {trust: UpdateApp, seconds: 3600},
		"3601 seconds":                   {trust: UpdateApp, seconds: 3601, code: "ValidationError", message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			deeper, err := b.world.AddRole(Production, RoleSpec{Name: "Deeper", Path: "/ops/", MaxSession: 12 * 3600 * 1e9, Trust: trustIn(`{"AWS":"`+c.trust+`"}`, "")})
			b.must(err)
			session := b.mustAssume(b.person("david").keys(), func(in *sts.AssumeRoleInput) {
				b.withCode("david")(in)
				if c.session != "" {
					in.Policy = &c.session
				}
			})
			inner, err := b.assume(session, func(in *sts.AssumeRoleInput) {
				in.RoleArn = &deeper
				if c.seconds > 0 {
					in.DurationSeconds = &c.seconds
				}
			})
			refused(t, err, c.code, c.message)
			if c.code == "" {
				who, err := b.sts(inner).GetCallerIdentity(t.Context(), nil)
				if err != nil || *who.Arn != "arn:aws:sts::123456789012:assumed-role/Deeper/David" {
					t.Errorf("%v %v", who, err)
				}
			}
		})
	}
}

func TestV23GetCallerIdentityCannotBeDenied(t *testing.T) {
	b := startBox(t)
	b.must(b.world.PutUserPolicy(Development, "David", "nothing", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`))
	who, err := b.sts(b.person("david").keys()).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::111122223333:user/David" || !strings.HasPrefix(*who.UserId, "AIDA") || len(*who.UserId) != 21 {
		t.Errorf("%v %v", who, err)
	}
}

func TestV24PrincipalArnOfASessionIsItsRole(t *testing.T) {
	b := startBox(t)
	third, err := b.world.AddRole(Development, RoleSpec{Name: "Third", Trust: trustIn(`"*"`, `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+UpdateApp+`"}}`)})
	b.must(err)
	b.must(b.world.PutRolePolicy(Production, "UpdateApp", "assume", allowAll))
	session := b.mustAssume(b.person("david").keys(), b.withCode("david"))
	b.mustAssume(session, func(in *sts.AssumeRoleInput) { in.RoleArn = &third })
}

func TestV28BucketPolicies(t *testing.T) {
	b := startBox(t)
	david := b.person("david").keys()
	b.must(b.world.PutBucketPolicy("payroll", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/David"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::payroll/*"}}`))
	_, err := b.get(david, "payroll", "salaries.csv")
	refused(t, err, "AccessDenied", "Access Denied") // V29
	b.must(b.world.PutUserPolicy(Development, "David", "payroll", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::payroll/*"}}`))
	if text, err := b.get(david, "payroll", "salaries.csv"); text != "name,amount\n" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if _, err := b.get(david, "dev-scratch", "notes.txt"); err != nil {
		t.Errorf("his own rights are gone: %v", err)
	}
	b.must(b.world.PutBucketPolicy("productionapp", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::productionapp/*"}}`))
	session := b.mustAssume(david, b.withCode("david"))
	refused(t, b.put(session, "productionapp", "x", "y"), "AccessDenied", "User: "+roleSession+` is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::productionapp/x" with an explicit deny in a resource-based policy`)
}

func TestV30ARoleWithoutPoliciesCanDoNothing(t *testing.T) {
	b := startBox(t)
	empty, err := b.world.AddRole(Production, RoleSpec{Name: "Empty", Trust: trustIn(`{"AWS":"111122223333"}`, "")})
	b.must(err)
	b.must(b.world.PutUserPolicy(Development, "David", "test", allowAll))
	session := b.mustAssume(b.person("david").keys(), func(in *sts.AssumeRoleInput) { in.RoleArn = &empty })
	_, err = b.s3(session).ListBuckets(t.Context(), nil)
	refused(t, err, "AccessDenied", "")
}

func TestRoleNamesAreUniqueWhateverTheirCase(t *testing.T) {
	b := startBox(t)
	if _, err := b.world.AddRole(Production, RoleSpec{Name: "UPDATEAPP", Trust: trustIn(`"*"`, "")}); err == nil {
		t.Error("a case variant of UpdateApp was added")
	}
	if _, err := b.world.AddRole(Production, RoleSpec{Name: "X", Trust: trustIn(`{"AWS":"arn:aws:iam::111122223333:user/Nobody"}`, "")}); err == nil || err.Error() != `Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/Nobody"` {
		t.Error(err)
	}
}

func TestASessionEndsWithItsRole(t *testing.T) {
	b := startBox(t)
	session := b.mustAssume(b.person("david").keys(), b.withCode("david"))
	b.must(b.world.DeleteRole(Production, "UpdateApp"))
	_, err := b.sts(session).GetCallerIdentity(t.Context(), nil)
	refused(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
}
