package creds_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/sandbox"
	"cameo/profiles"

	"github.com/google/go-cmp/cmp"
)

func TestARoleWithoutMFATakesOneCallAndNoneWhenWarm(t *testing.T) {
	b := startBox(t)
	c := b.must("hop1")
	b.made("AssumeRole 200")
	if c.AccountID != sandbox.Production || !strings.HasSuffix(c.ARN, ":assumed-role/Hop1/david") || c.SessionToken.Empty() {
		t.Errorf("got %+v", c)
	}
	if left := c.Expires.Sub(b.now()); left < 59*time.Minute || left > time.Hour {
		t.Errorf("lasts %v", left)
	}
	if again := b.must("hop1"); again != c {
		t.Error("the cache gave something else")
	}
	warm, ok := creds.Warm(b.request("hop1"), b.broker.Cache, b.moment(), never)
	if !ok || warm != c {
		t.Error("Warm did not find it")
	}
	b.advance(56 * time.Minute)
	if _, ok := creds.Warm(b.request("hop1"), b.broker.Cache, b.moment(), never); ok {
		t.Error("Warm served a session that is about to end")
	}
	b.made()
	if len(b.codes.asked) != 0 {
		t.Error("a code was asked for")
	}
}

func TestASessionIsRenewedWhereThatIsAsked(t *testing.T) {
	b := startBox(t)
	old := b.must("update")
	b.made("GetSessionToken 200", "AssumeRole 200")
	request := b.request("update")
	request.Replace = old.AccessKeyID
	if f, err := b.broker.Forecast(request); err != nil || !f.Cached.Expires.IsZero() || f.Code != nil {
		t.Errorf("forecast %+v, %v", f, err)
	}
	fresh, err := b.broker.Credentials(t.Context(), request)
	if err != nil || fresh.AccessKeyID == old.AccessKeyID {
		t.Fatalf("got %+v, %v", fresh, err)
	}
	b.made("AssumeRole 200")
	if again := b.must("update"); again != fresh {
		t.Error("the new session was not kept")
	}
	if again, err := b.broker.Credentials(t.Context(), request); err != nil || again != fresh {
		t.Error("what is renewed already was renewed again")
	}
	b.made()
}

func TestOneCodeServesEveryRoleOfItsSource(t *testing.T) {
	b := startBox(t)
	request := b.request("update")
	request.Production, request.Agent = true, "terraform"
	if _, err := b.broker.Credentials(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	b.made("GetSessionToken 200", "AssumeRole 200")
	b.must("update2")
	b.made("AssumeRole 200")
	b.must("update")
	b.made()
	if len(b.codes.asked) != 1 {
		t.Fatalf("asked %d times", len(b.codes.asked))
	}
	need := b.codes.asked[0]
	if need.Attempt != 1 || need.Profile != "update" || need.RoleARN != sandbox.UpdateApp || !need.Production || need.Agent != "terraform" ||
		need.Host != b.endpoint.Host() || !strings.Contains(need.Device, ":mfa/") || need.Rejected != nil {
		t.Errorf("asked %+v", need)
	}
}

func TestALongSessionTakesItsOwnCode(t *testing.T) {
	b := startBox(t)
	c := b.must("hop1-mfa-long")
	b.made("AssumeRole 200")
	if left := c.Expires.Sub(b.now()); left < 3*time.Hour+59*time.Minute {
		t.Errorf("lasts %v", left)
	}
	if len(b.codes.asked) != 1 {
		t.Errorf("asked %d times", len(b.codes.asked))
	}
}

func TestAChainOfThreeTakesThreeCallsAndItsSiblingOne(t *testing.T) {
	b := startBox(t)
	b.must("hop3")
	b.made("AssumeRole 200", "AssumeRole 200", "AssumeRole 200")
	b.must("hop3b")
	b.made("AssumeRole 200")
	b.must("hop2")
	b.made()
}

func TestAWrongCodeIsAskedForAgain(t *testing.T) {
	b := startBox(t)
	b.codes.wrong = []string{"000000", "000001"}
	b.must("update")
	b.made("GetSessionToken 403", "GetSessionToken 403", "GetSessionToken 200", "AssumeRole 200")
	if len(b.codes.asked) != 3 {
		t.Fatalf("asked %d times", len(b.codes.asked))
	}
	second := b.codes.asked[1]
	var rejected *creds.CodeRejectedError
	if second.Attempt != 2 || !errors.As(second.Rejected, &rejected) {
		t.Fatalf("asked %+v", second)
	}
	why, another := rejected.CodeRejected()
	if !another || !strings.HasPrefix(rejected.Error(), why+"; next code in ") || rejected.WrongDevice() || rejected.Next <= 0 || rejected.Next > 30*time.Second ||
		!strings.Contains(rejected.Said(), "invalid MFA one time pass code") {
		t.Errorf("rejected: %+v", rejected)
	}
}

func TestAnUnknownDeviceIsNotAskedAgain(t *testing.T) {
	b := startBox(t)
	_, err := b.broker.Credentials(t.Context(), b.request("wrong-device"))
	var rejected *creds.CodeRejectedError
	if !errors.As(err, &rejected) {
		t.Fatal(err)
	}
	if _, another := rejected.CodeRejected(); another || !rejected.WrongDevice() || !strings.Contains(err.Error(), "mfa/Nobody") {
		t.Errorf("got %v", err)
	}
	if len(b.codes.asked) != 1 {
		t.Errorf("asked %d times", len(b.codes.asked))
	}
}

func TestARefusedRoleSaysWhoAskedAndWhatAWSSaid(t *testing.T) {
	b := startBox(t)
	_, err := b.broker.Credentials(t.Context(), b.request("refused"))
	var refused *creds.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if refused.Code != "AccessDenied" || refused.Signer != "david" || refused.RequestID == "" || refused.Operation != creds.AssumeRole ||
		!strings.Contains(refused.Said(), "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/NoSuchRole") {
		t.Errorf("got %+v", refused)
	}
	if text := err.Error(); !strings.Contains(text, "NoSuchRole in 123456789012") || !strings.Contains(text, refused.Message) {
		t.Errorf("the role or AWS's words are missing: %s", text)
	}
	b.made("AssumeRole 403")
}

// After GetSessionToken it is still the source that signs.
func TestTheSignerOfAnMFARoleIsItsSource(t *testing.T) {
	b := startBox(t)
	if err := b.world.SetTrust(sandbox.Production, "UpdateApp", fmt.Sprintf(trusts, "arn:aws:iam::"+partner+":root")); err != nil {
		t.Fatal(err)
	}
	_, err := b.broker.Credentials(t.Context(), b.request("update"))
	var refused *creds.RefusedError
	if !errors.As(err, &refused) || refused.Signer != "david" {
		t.Errorf("got %+v", err)
	}
}

func TestADeadSourceSessionIsRenewedOnce(t *testing.T) {
	b := startBox(t)
	b.must("update")
	b.made("GetSessionToken 200", "AssumeRole 200")
	b.advance(30 * time.Second)
	b.restart()
	b.must("update2")
	b.made("AssumeRole 403", "GetSessionToken 200", "AssumeRole 200")
	b.must("update2")
	b.made()
}

func TestADeadSessionInTheMiddleOfAChainIsRenewed(t *testing.T) {
	b := startBox(t)
	b.must("hop3")
	b.made("AssumeRole 200", "AssumeRole 200", "AssumeRole 200")
	b.restart()
	b.must("hop3b") // hop2's session is dead, and so is hop1's that would renew it
	b.made("AssumeRole 403", "AssumeRole 403", "AssumeRole 200", "AssumeRole 200", "AssumeRole 200")
}

func TestKeysThatAWSDoesNotKnowAreNotTriedTwice(t *testing.T) {
	b := startBox(t)
	b.config = strings.ReplaceAll(b.config, "aws_access_key_id = AKIA", "aws_access_key_id = AKIB")
	_, err := b.broker.Credentials(t.Context(), b.request("hop1"))
	var refused *creds.RefusedError
	if !errors.As(err, &refused) || refused.Code != "InvalidClientTokenId" || refused.By.KeyKind != "AKIB" {
		t.Errorf("got %v", err)
	}
	b.made("AssumeRole 403")
}

func TestTwoHundredAtOnceMakeOneCall(t *testing.T) {
	b := startBox(t)
	request := b.request("update")
	var wg sync.WaitGroup
	got := make([]creds.Credentials, 200)
	errs := make([]error, len(got))
	for i := range got {
		wg.Go(func() { got[i], errs[i] = b.broker.Credentials(t.Context(), request) })
	}
	wg.Wait()
	for i := range got {
		if errs[i] != nil || got[i] != got[0] {
			t.Fatalf("caller %d: %v", i, errs[i])
		}
	}
	b.made("GetSessionToken 200", "AssumeRole 200")
	if len(b.codes.asked) != 1 {
		t.Errorf("asked %d times", len(b.codes.asked))
	}
}

func TestAFailureOfAWSIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"500", sandbox.Fault{Status: 500, Code: "InternalFailure"}},
		{"503", sandbox.Fault{Status: 503, Code: "ServiceUnavailable"}},
		{"throttled, which STS says with 400", sandbox.Fault{Status: 400, Code: "Throttling", Message: "Rate exceeded"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBox(t)
			b.failFirst(1, c.fault)
			b.must("hop1")
			b.made(fmt.Sprintf("AssumeRole %d", c.fault.Status), "AssumeRole 200")
		})
	}
}

// failFirst answers the first n calls with a fault.
func (b *box) failFirst(n int, f sandbox.Fault) {
	b.fault = func(sandbox.Call) sandbox.Fault { // called under b.mu
		if n--; n >= 0 {
			return f
		}
		return sandbox.Fault{}
	}
}

func TestACallWithACodeIsTriedAgainOnlyWhereTheCodeIsUnused(t *testing.T) {
	t.Run("not after 500", func(t *testing.T) {
		b := startBox(t)
		b.failFirst(1, sandbox.Fault{Status: 500, Code: "InternalFailure"})
		_, err := b.broker.Credentials(t.Context(), b.request("update"))
		var unavailable *creds.UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Throttled {
			t.Errorf("got %v", err)
		}
		b.made("GetSessionToken 500")
	})
	t.Run("after throttling", func(t *testing.T) {
		b := startBox(t)
		b.failFirst(1, sandbox.Fault{Status: 400, Code: "Throttling", Message: "Rate exceeded"})
		b.must("update")
		b.made("GetSessionToken 400", "GetSessionToken 200", "AssumeRole 200")
		if len(b.codes.asked) != 1 {
			t.Errorf("asked %d times", len(b.codes.asked))
		}
	})
}

func TestThrottlingThatDoesNotEndSaysSo(t *testing.T) {
	b := startBox(t)
	b.broker.STS.MaxAttempts = 2
	b.failFirst(100, sandbox.Fault{Status: 400, Code: "Throttling", Message: "Rate exceeded"})
	_, err := b.broker.Credentials(t.Context(), b.request("hop1"))
	var unavailable *creds.UnavailableError
	if !errors.As(err, &unavailable) || !unavailable.Throttled || !strings.Contains(unavailable.Said(), "Rate exceeded") {
		t.Errorf("got %v", err)
	}
	b.made("AssumeRole 400", "AssumeRole 400")
}

// A process may give long-term keys or temporary ones; only AWS can tell.
func TestAProcessWithTemporaryKeysGetsTheHour(t *testing.T) {
	b := startBox(t)
	temporary := b.must("hop1")
	b.calls = nil
	config := "[profile p]\ncredential_process = get-keys\n[profile long]\nrole_arn = arn:aws:iam::" + sandbox.Production +
		":role/Hop2\nsource_profile = p\nduration_seconds = 14400\n"
	b.broker.Begin = func(_ context.Context, step profiles.Step) (creds.Credentials, error) {
		if step.Kind != profiles.Process || step.Command.Text != "get-keys" {
			t.Errorf("asked for %v", step)
		}
		return temporary, nil
	}
	c, err := b.broker.Credentials(t.Context(), creds.Request{Chain: chainOf(t, config, "long"), Endpoint: b.endpoint, SessionName: "me"})
	if err != nil {
		t.Fatal(err)
	}
	b.made("AssumeRole 400", "AssumeRole 200")
	if left := c.Expires.Sub(b.now()); left > time.Hour {
		t.Errorf("lasts %v", left)
	}
	request := creds.Request{Chain: chainOf(t, config, "long"), Endpoint: b.endpoint, SessionName: "me", Duration: 2 * time.Hour}
	var refused *creds.RefusedError
	if _, err = b.broker.Credentials(t.Context(), request); !errors.As(err, &refused) {
		t.Errorf("a length that was asked for was shortened: %v", err)
	}
}

func TestForecastTellsWhatWouldBeAsked(t *testing.T) {
	b := startBox(t)
	f, err := b.broker.Forecast(b.request("update"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Code == nil || f.Code.Operation != creds.GetSessionToken || f.Code.Signer != "david" || !f.Cached.Expires.IsZero() || len(f.Exchanges) != 3 {
		t.Errorf("before: %+v", f)
	}
	c := b.must("update")
	if f, err = b.broker.Forecast(b.request("update")); err != nil || f.Code != nil || f.Cached != c {
		t.Errorf("after: %+v, %v", f, err)
	}
	if f, err = b.broker.Forecast(b.request("update2")); err != nil || f.Code != nil || !f.Cached.Expires.IsZero() {
		t.Errorf("of a sibling: %+v, %v", f, err)
	}
	b.advance(13 * time.Hour)
	if f, err = b.broker.Forecast(b.request("update")); err != nil || f.Code == nil || !f.Cached.Expires.IsZero() {
		t.Errorf("when all has ended: %+v, %v", f, err)
	}
}

func TestIdentityIsWhoAWSSays(t *testing.T) {
	b := startBox(t)
	arn, account, err := b.broker.STS.Identity(t.Context(), b.endpoint, b.must("hop1"), "hop1")
	if err != nil || account != sandbox.Production || !strings.HasSuffix(arn, "assumed-role/Hop1/david") {
		t.Errorf("got %q %q %v", arn, account, err)
	}
	_, _, err = b.broker.STS.Identity(t.Context(), b.endpoint, creds.Credentials{AccessKeyID: "AKIAUNKNOWN000000000", SecretAccessKey: profiles.NewSecret("x")}, "hop1")
	var refused *creds.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `who "hop1" is`) {
		t.Errorf("got %v", err)
	}
}

func TestWithNobodyToAskACodeIsNeeded(t *testing.T) {
	b := startBox(t)
	b.broker.Codes = nil
	_, err := b.broker.Credentials(t.Context(), b.request("update"))
	var needed *creds.CodeNeededError
	if !errors.As(err, &needed) || needed.Profile != "update" {
		t.Errorf("got %v", err)
	}
	b.made()
}

func TestAChainThatBeginsElsewhereIsUnsupportedUntilBeginCan(t *testing.T) {
	broker := &creds.Broker{Now: time.Now, Env: never}
	chain := profiles.Chain{Profile: "p", Steps: []profiles.Step{{Kind: profiles.Process, Profile: "p"}}}
	var unsupported *creds.UnsupportedError
	if _, err := broker.Credentials(t.Context(), creds.Request{Chain: chain}); !errors.As(err, &unsupported) {
		t.Errorf("got %v", err)
	}
}

// tagsAllowed is a trust policy that lets sessions have tags and a source identity.
const tagsAllowed = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`

// What a profile and a request say of a session is what AWS is told.
func TestAWSIsToldEverythingAboutASession(t *testing.T) {
	b := startBox(t)
	var told url.Values
	b.mu.Lock()
	b.serve = sandbox.New(b.world, sandbox.Options{Observe: func(e sandbox.Event) { told = e.Told }})
	b.mu.Unlock()
	for name, principal := range map[string]string{"Tagged": "arn:aws:iam::" + sandbox.Development + ":root", "Onward": "arn:aws:iam::" + sandbox.Production + ":root"} {
		if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: name, Trust: fmt.Sprintf(tagsAllowed, principal)}); err != nil {
			t.Fatal(err)
		}
		if err := b.world.PutRolePolicy(sandbox.Production, name, "onward", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.world.PutGroupPolicy(sandbox.Development, "Developers", "tags", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`); err != nil {
		t.Fatal(err)
	}
	b.config += strings.ReplaceAll(`
[profile tagged]
role_arn = arn:aws:iam::PROD:role/Tagged
source_profile = david
source_identity = David
external_id = our-id
session_tags = Team=core, Job = 7
transitive_session_tags = Team
[profile onward]
role_arn = arn:aws:iam::PROD:role/Onward
source_profile = tagged
session_tags = Other=x
`, "PROD", sandbox.Production)
	r := b.request("tagged")
	last := &r.Chain.Steps[len(r.Chain.Steps)-1]
	last.Policy, last.PolicyARNs = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
	last.MoreTags = []profiles.Tag{{Key: "JOB", Value: "8"}}
	if _, err := b.broker.Credentials(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {last.RoleARN.Text}, "RoleSessionName": {"david"}, "DurationSeconds": {"3600"},
		"ExternalId": {"our-id"}, "SourceIdentity": {"David"}, "Policy": {last.Policy}, "PolicyArns.member.1.arn": last.PolicyARNs,
		"Tags.member.1.Key": {"Team"}, "Tags.member.1.Value": {"core"}, "Tags.member.2.Key": {"JOB"}, "Tags.member.2.Value": {"8"}, "TransitiveTagKeys.member.1": {"Team"}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	// The next role gets the transitive tag and the source identity from AWS itself.
	if _, err := b.broker.Credentials(t.Context(), b.request("onward")); err != nil {
		t.Fatal(err)
	}
	if told.Get("Tags.member.1.Key") != "Other" || told.Has("Tags.member.2.Key") || told.Has("SourceIdentity") {
		t.Errorf("of the next role AWS was told %v", told)
	}
	c, err := b.broker.Credentials(t.Context(), b.request("tagged"))
	if err != nil {
		t.Fatal(err)
	}
	if narrowed, _ := b.broker.Credentials(t.Context(), r); narrowed.AccessKeyID == c.AccessKeyID {
		t.Error("the narrowed session is that of the whole role")
	}
	r = b.request("hop1")
	r.Chain.Steps[1].MoreTags = []profiles.Tag{{Key: "Team", Value: "x"}}
	var refused *creds.RefusedError
	if _, err := b.broker.Credentials(t.Context(), r); !errors.As(err, &refused) || refused.Code != "AccessDenied" || !strings.Contains(refused.Message, "sts:TagSession") {
		t.Errorf("a role that allows no tags: %v", err)
	}
}

func TestARefusalKnowsWhoAskedForSoLong(t *testing.T) {
	b := startBox(t)
	r := b.request("hop1")
	r.Duration = 12 * time.Hour
	if _, err := b.broker.Credentials(t.Context(), r); err != nil { // Hop1 gives twelve
		t.Fatal(err)
	}
	b.config += "[profile deploy]\nrole_arn = arn:aws:iam::" + sandbox.Production + ":role/Hop4\nsource_profile = david\nduration_seconds = 7200\n"
	if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: "Hop4", Trust: fmt.Sprintf(trusts, "arn:aws:iam::"+sandbox.Development+":root")}); err != nil {
		t.Fatal(err)
	}
	var refused *creds.RefusedError
	_, err := b.broker.Credentials(t.Context(), b.request("deploy"))
	if !errors.As(err, &refused) || refused.Asked || refused.Step.DurationAt.Line == 0 || refused.Duration != 2*time.Hour {
		t.Errorf("by the profile: %v", err)
	}
	r = b.request("deploy")
	r.Duration = 3 * time.Hour
	if _, err = b.broker.Credentials(t.Context(), r); !errors.As(err, &refused) || !refused.Asked || refused.Duration != 3*time.Hour {
		t.Errorf("by the request: %v", err)
	}
}
