package sandbox

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func TestAssumeRoleRefusals(t *testing.T) {
	const (
		wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
		noDevice  = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
		oneOfTwo  = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
		one       = "1 validation error detected: "
	)
	tags := func(pairs ...string) (list []ststypes.Tag) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, ststypes.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return list
	}
	for name, c := range map[string]struct {
		edit          func(*box, *sts.AssumeRoleInput)
		code, message string
	}{
		"wrong code": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			in.TokenCode = aws.String(otherCode(*in.TokenCode))
		}, "AccessDenied", wrongCode},
		"a reused code": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			b.mustAssume(b.person("david").keys(), func(first *sts.AssumeRoleInput) { first.SerialNumber, first.TokenCode = in.SerialNumber, in.TokenCode })
		}, "AccessDenied", wrongCode},
		"a code burnt by GetSessionToken": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			_, err := b.sts(b.person("david").keys()).GetSessionToken(b.Context(), &sts.GetSessionTokenInput{SerialNumber: in.SerialNumber, TokenCode: in.TokenCode})
			b.must(err)
		}, "AccessDenied", wrongCode},
		"a code two steps old": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			b.advance(60 * time.Second)
		}, "AccessDenied", wrongCode},
		"somebody else's device": {func(b *box, in *sts.AssumeRoleInput) { b.withCode("theresa")(in) }, "AccessDenied", noDevice},
		"user for mfa in the ARN": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			in.SerialNumber = aws.String("arn:aws:iam::111122223333:user/David")
		}, "AccessDenied", noDevice},
		"a serial number alone": {func(b *box, in *sts.AssumeRoleInput) { in.SerialNumber = aws.String(b.person("david").MFASerial) }, "AccessDenied", oneOfTwo},
		"a code alone":          {func(b *box, in *sts.AssumeRoleInput) { in.TokenCode = aws.String("123456") }, "AccessDenied", oneOfTwo},
		"a wrong code beats a role that is not there": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			in.TokenCode = aws.String(otherCode(*in.TokenCode))
			in.RoleArn = aws.String("arn:aws:iam::123456789012:role/Nowhere")
		}, "AccessDenied", wrongCode},
		"a session name with a colon": {func(_ *box, in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("Session1:2") }, "ValidationError",
			one + `Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		"a session name with an accent": {func(_ *box, in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("René") }, "ValidationError",
			one + `Value 'René' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		"a session name too short": {func(_ *box, in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("x") }, "ValidationError",
			one + "Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		"899 seconds": {func(_ *box, in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, "ValidationError",
			one + "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		"43201 seconds": {func(_ *box, in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) }, "ValidationError",
			one + "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"},
		"two faults together": {func(_ *box, in *sts.AssumeRoleInput) {
			in.RoleSessionName, in.DurationSeconds = aws.String("x"), aws.Int32(1)
		}, "ValidationError", "2 validation errors detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		"a code of five digits": {func(b *box, in *sts.AssumeRoleInput) {
			in.SerialNumber, in.TokenCode = aws.String(b.person("david").MFASerial), aws.String("12345")
		}, "ValidationError", one + "Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6"},
		"a code of letters": {func(b *box, in *sts.AssumeRoleInput) {
			in.SerialNumber, in.TokenCode = aws.String(b.person("david").MFASerial), aws.String("12345x")
		}, "ValidationError", one + `Value '12345x' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*`},
		"an external ID too short": {func(_ *box, in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x") }, "ValidationError",
			one + "Value 'x' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		"an ARN with too few parts": {func(_ *box, in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::123456789012") }, "ValidationError", "arn:aws:iam::123456789012 is invalid"},
		"an ARN without a service": {func(_ *box, in *sts.AssumeRoleInput) {
			in.RoleArn = aws.String("arn:aws:::123456789012:role/UpdateApp")
		}, "ValidationError", "arn:aws:::123456789012:role/UpdateApp is invalid"},
		"a session policy that is not": {func(_ *box, in *sts.AssumeRoleInput) { in.Policy = aws.String("{") }, "MalformedPolicyDocument", "This policy contains invalid Json"},
		"a session policy too large": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			in.Policy = aws.String(largePolicy(3072))
		}, "PackedPolicyTooLarge", "Packed policy consumes 150% of allotted space, please use smaller policy."},
		"a managed policy that is not": {func(_ *box, in *sts.AssumeRoleInput) {
			in.PolicyArns = append(in.PolicyArns, policyARN("arn:aws:iam::aws:policy/Nothing"))
		}, "MalformedPolicyDocument", "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable."},
		"the same tag twice": {func(_ *box, in *sts.AssumeRoleInput) { in.Tags = tags("Team", "a", "team", "b") }, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		"a transitive key without a tag": {func(_ *box, in *sts.AssumeRoleInput) {
			in.Tags, in.TransitiveTagKeys = tags("Team", "a"), []string{"Other"}
		}, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},
		"V25 tags without sts:TagSession": {func(b *box, in *sts.AssumeRoleInput) { b.withCode("david")(in); in.Tags = tags("Team", "a") }, "AccessDenied",
			"User: arn:aws:iam::111122223333:user/David is not authorized to perform: sts:TagSession on resource: " + UpdateApp},
		"a source identity without the right": {func(b *box, in *sts.AssumeRoleInput) {
			b.withCode("david")(in)
			in.SourceIdentity = aws.String("David")
		}, "AccessDenied",
			"User: arn:aws:iam::111122223333:user/David is not authorized to perform: sts:SetSourceIdentity on resource: " + UpdateApp},
		"longer than the role allows": {func(b *box, in *sts.AssumeRoleInput) { b.withCode("david")(in); in.DurationSeconds = aws.Int32(3601) }, "ValidationError",
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		"no right beats too long": {func(_ *box, in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }, "AccessDenied",
			"User: arn:aws:iam::111122223333:user/David is not authorized to perform: sts:AssumeRole on resource: " + UpdateApp},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			_, err := b.assume(b.person("david").keys(), func(in *sts.AssumeRoleInput) { c.edit(b, in) })
			refused(t, err, c.code, c.message)
		})
	}
}

func largePolicy(size int) string {
	const head, tail = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"`, `"}}`
	return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
}

// otherCode is a code of six digits that is not the given one.
func otherCode(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

func TestV31RootMayNotAssumeRoles(t *testing.T) {
	b := startBox(t)
	root, err := b.world.AddRootKey(Development)
	b.must(err)
	_, err = b.assume(keys{root.ID, root.Secret, ""}, nil)
	refused(t, err, "AccessDenied", "Roles may not be assumed by root accounts.")
	who, err := b.sts(keys{root.ID, root.Secret, ""}).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::111122223333:root" || *who.UserId != Development {
		t.Errorf("%v %v", who, err)
	}
}

func TestGetSessionToken(t *testing.T) {
	b := startBox(t)
	david := b.person("david")
	plain := b.session("", david.keys())
	who, err := b.sts(plain).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != david.ARN {
		t.Errorf("%v %v", who, err)
	}
	_, err = b.sts(plain).GetSessionToken(t.Context(), nil)
	refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	withMFA := b.session("david", david.keys())
	for _, name := range []string{"one", "two"} { // one code, two switches
		b.mustAssume(withMFA, func(in *sts.AssumeRoleInput) { in.RoleSessionName = &name })
	}
	_, err = b.assume(withMFA, func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) })
	refused(t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	out, err := b.sts(david.keys()).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	if err != nil || out.Credentials.Expiration.Sub(b.now()).Round(time.Minute) != 15*time.Minute {
		t.Errorf("%v %v", out, err)
	}
	_, err = b.sts(david.keys()).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(129601)})
	refused(t, err, "ValidationError", "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600")
}

// A role session carries no MFA, even of the code it was made with.
func TestARoleSessionDoesNotCarryMFA(t *testing.T) {
	b := startBox(t)
	second, err := b.world.AddRole(Production, RoleSpec{Name: "Second", Trust: trustIn(`{"AWS":"`+UpdateApp+`"}`, `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)})
	b.must(err)
	b.must(b.world.PutRolePolicy(Production, "UpdateApp", "assume", allowAll))
	session := b.mustAssume(b.person("david").keys(), b.withCode("david"))
	_, err = b.assume(session, func(in *sts.AssumeRoleInput) { in.RoleArn = &second })
	refused(t, err, "AccessDenied", "User: "+roleSession+" is not authorized to perform: sts:AssumeRole on resource: "+second+" because no role trust policy allows the sts:AssumeRole action")
}

func TestSessionTagsAndSourceIdentity(t *testing.T) {
	b := startBox(t)
	all := `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
	b.must(b.world.SetTrust(Production, "UpdateApp", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":`+all+`}}`))
	b.must(b.world.PutUserPolicy(Development, "David", "all", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":`+all+`,"Resource":"*"}}`))
	b.must(b.world.PutRolePolicy(Production, "UpdateApp", "team", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::payroll","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"apps","aws:SourceIdentity":"David"}}}}`))
	tagged := func(in *sts.AssumeRoleInput) {
		in.Tags = []ststypes.Tag{{Key: aws.String("Team"), Value: aws.String("apps")}, {Key: aws.String("Job"), Value: aws.String("1")}}
		in.TransitiveTagKeys = []string{"Team"}
		in.SourceIdentity = aws.String("David")
	}
	in := &sts.AssumeRoleInput{RoleArn: aws.String(UpdateApp), RoleSessionName: aws.String("David")}
	tagged(in)
	out, err := b.sts(b.person("david").keys()).AssumeRole(t.Context(), in)
	if err != nil || *out.SourceIdentity != "David" || *out.PackedPolicySize < 1 { //nolint:staticcheck // what AWS calls deprecated it still sends
		t.Fatalf("%v %v", out, err)
	}
	session := keysOf(out.Credentials)
	if _, err := b.s3(session).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("payroll")}); err != nil {
		t.Errorf("the tags do not count: %v", err)
	}
	inner, err := b.world.AddRole(Production, RoleSpec{Name: "Inner", Trust: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + UpdateApp + `"},"Action":` + all + `,"Condition":{"StringEquals":{"aws:RequestTag/Team":"apps"},"Null":{"aws:RequestTag/Job":"true"}}}}`})
	b.must(err)
	b.mustAssume(session, func(in *sts.AssumeRoleInput) { in.RoleArn = &inner })
	_, err = b.assume(session, func(in *sts.AssumeRoleInput) {
		in.RoleArn, in.Tags = &inner, []ststypes.Tag{{Key: aws.String("TEAM"), Value: aws.String("x")}}
	})
	refused(t, err, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
	_, err = b.assume(session, func(in *sts.AssumeRoleInput) { in.RoleArn, in.SourceIdentity = &inner, aws.String("Theresa") })
	refused(t, err, "AccessDenied", "User: "+roleSession+" is not authorized to perform: sts:SetSourceIdentity on resource: "+inner)
}

func TestSignaturesThatAreNotAccepted(t *testing.T) {
	long := func(b *box) keys { return b.person("david").keys() }
	role := func(b *box) keys { return b.mustAssume(b.person("david").keys(), b.withCode("david")) }
	for name, c := range map[string]struct {
		keys                func(*box) keys
		change              func(*box, *keys)
		stsCode, stsMessage string
		s3Code, s3Message   string
		stsContains         string
	}{
		"an unknown key": {keys: long, change: func(_ *box, k *keys) { k.id = "AKIAIOSFODNN7EXAMPLE" },
			stsCode: "InvalidClientTokenId", stsMessage: "The security token included in the request is invalid.",
			s3Code: "InvalidAccessKeyId", s3Message: "The AWS Access Key Id you provided does not exist in our records."},
		"a wrong secret": {keys: long, change: func(_ *box, k *keys) { k.secret += "x" },
			stsCode: "SignatureDoesNotMatch", stsMessage: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
			s3Code: "SignatureDoesNotMatch", s3Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
		"a wrong token": {keys: role, change: func(_ *box, k *keys) { k.token += "x" },
			stsCode: "InvalidClientTokenId", stsMessage: "The security token included in the request is invalid.",
			s3Code: "InvalidToken", s3Message: "The provided token is malformed or otherwise invalid."},
		"no token": {keys: role, change: func(_ *box, k *keys) { k.token = "" },
			stsCode: "InvalidClientTokenId", s3Code: "InvalidToken"},
		"a token with long-term keys": {keys: long, change: func(_ *box, k *keys) { k.token = "x" },
			stsCode: "InvalidClientTokenId", s3Code: "InvalidToken"},
		"an expired session": {keys: role, change: func(b *box, _ *keys) { b.advance(time.Hour) },
			stsCode: "ExpiredToken", stsMessage: "The security token included in the request is expired",
			s3Code: "ExpiredToken", s3Message: "The provided token has expired."},
		"a clock that is slow": {keys: long, change: func(b *box, _ *keys) { b.advance(16 * time.Minute) },
			stsCode: "SignatureDoesNotMatch", stsContains: "Signature expired: ",
			s3Code: "RequestTimeTooSkewed", s3Message: "The difference between the request time and the current time is too large."},
		"a clock that is fast": {keys: long, change: func(b *box, _ *keys) { b.advance(-16 * time.Minute) },
			stsCode: "SignatureDoesNotMatch", stsContains: "Signature not yet current: ", s3Code: "RequestTimeTooSkewed"},
		"a clock within the limit": {keys: long, change: func(b *box, _ *keys) { b.advance(14 * time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			k := c.keys(b)
			c.change(b, &k)
			_, err := b.sts(k).GetCallerIdentity(t.Context(), nil)
			refused(t, err, c.stsCode, c.stsMessage)
			if c.stsContains != "" && !strings.Contains(err.Error(), c.stsContains) {
				t.Error(err)
			}
			_, err = b.s3(k).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("dev-scratch")})
			if c.s3Code == "" && strings.HasPrefix(k.id, "ASIA") {
				return
			}
			refused(t, err, c.s3Code, c.s3Message)
		})
	}
}

func TestKeysCarryTheirAccount(t *testing.T) {
	w := NewWorld(nil, nil)
	for _, account := range []string{"000000000001", "123456789012", "999999999999"} {
		for range 20 {
			id, err := w.keyID("AKIA", account)
			if err != nil || len(id) != 20 {
				t.Fatalf("%q %v", id, err)
			}
			// The decoding that is known for AWS's own key IDs.
			var number uint64
			for _, r := range id[4:14] {
				number = number<<5 | uint64(strings.IndexRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", r))
			}
			if got := fmt.Sprintf("%012d", number>>2&0x7fffffffff80>>7); got != account {
				t.Errorf("%s is of %s, want %s", id, got, account)
			}
		}
	}
}

func TestOneCodeOneOfManyCallers(t *testing.T) {
	b := startBox(t)
	david := b.person("david")
	code := b.code("david")
	var mu sync.Mutex
	var wait sync.WaitGroup
	accepted := 0
	for range 20 {
		wait.Go(func() {
			_, err := b.assume(david.keys(), func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &david.MFASerial, &code })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				accepted++
			}
		})
	}
	wait.Wait()
	if accepted != 1 {
		t.Errorf("%d callers were let in with one code", accepted)
	}
}
