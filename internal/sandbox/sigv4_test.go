package sandbox

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

// TestEverySignatureOfTheSDKIsAccepted signs random requests with the SDK's
// signer, and then changes one thing.
func TestEverySignatureOfTheSDKIsAccepted(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	world := NewWorld(func() time.Time { return now }, nil)
	if err := world.AddAccount(Development); err != nil {
		t.Fatal(err)
	}
	if err := world.AddUser(Development, "David"); err != nil {
		t.Fatal(err)
	}
	key, err := world.AddAccessKey(Development, "David")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		service := rapid.SampledFrom([]string{"s3", "sts"}).Draw(t, "service")
		location := "/" + rapid.StringMatching(`[ -~é日]{0,20}`).Draw(t, "path")
		if service == "sts" {
			location = "/"
		}
		query := url.Values{}
		for range rapid.IntRange(0, 3).Draw(t, "parameters") {
			query.Add(rapid.StringMatching(`[!-~é]{1,6}`).Draw(t, "name"), rapid.StringMatching(`[ -~é]{0,6}`).Draw(t, "value"))
		}
		presigned := rapid.Bool().Draw(t, "presigned")
		if presigned {
			query.Set("X-Amz-Expires", "60")
		}
		request, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:1"+encode(location, true)+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Meta-A", rapid.StringMatching(`[!-~]{1,3}[ !-~]{0,9}`).Draw(t, "header"))
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
		credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}
		if presigned {
			target, header, err := signer.PresignHTTP(t.Context(), credentials, request, unsignedPayload, service, "us-east-1", now)
			if err != nil {
				t.Fatal(err)
			}
			request, _ = http.NewRequest(http.MethodPost, target, nil)
			request.Header = header
		} else if err := signer.SignHTTP(t.Context(), credentials, request, unsignedPayload, service, "us-east-1", now); err != nil {
			t.Fatal(err)
		}
		signature, fault := readSignature(request, request.URL.Query())
		if fault.fault != noFault {
			t.Fatalf("%+v", fault)
		}
		if _, fault := world.verify(signature, request, unsignedPayload); fault.fault != noFault {
			t.Fatalf("%+v\n%s", fault, canonicalRequest(request, signature, unsignedPayload, pathRuleOf(service)))
		}
		request.Method = http.MethodGet
		if _, fault := world.verify(signature, request, unsignedPayload); fault.fault != mismatch {
			t.Fatalf("another method: %+v", fault)
		}
	})
}
