package sandbox

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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

// TestSigV4Conformance verifies the signed requests of the folder that
// CAMEO_CONFORMANCE names.
func TestSigV4Conformance(t *testing.T) {
	root := os.Getenv("CAMEO_CONFORMANCE")
	if root == "" {
		t.Skip("CAMEO_CONFORMANCE does not name a folder of conformance cases")
	}
	text, err := os.ReadFile(filepath.Join(root, "sigv4", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Cases []struct {
			ID      string
			Context struct {
				Credentials struct {
					ID     string `json:"access_key_id"`
					Secret string `json:"secret_access_key"`
				}
				Normalize bool
			}
			Signed string `json:"signed_request"`
			Expect struct {
				Canonical string `json:"canonical_request"`
				ToSign    string `json:"string_to_sign"`
				Signature string
			}
		}
	}
	if err := json.Unmarshal(text, &suite); err != nil || len(suite.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(suite.Cases), err)
	}
	for _, c := range suite.Cases {
		t.Run(c.ID, func(t *testing.T) {
			request, body := wireRequest(t, c.Signed)
			s, fault := readSignature(request, request.URL.Query())
			if fault.fault != noFault {
				t.Fatalf("%+v", fault)
			}
			payload := request.Header.Get("X-Amz-Content-Sha256")
			if payload == "" {
				payload = hexSHA256(body)
			}
			canonical := canonicalRequest(request, s, payload, pathRule{normalize: c.Context.Normalize})
			toSign := stringToSign(s, canonical)
			value := hex.EncodeToString(hmacSHA256(signingKey(c.Context.Credentials.Secret, s), toSign))
			if canonical != c.Expect.Canonical || toSign != c.Expect.ToSign || value != c.Expect.Signature || value != s.value {
				t.Errorf("got\n%s\nwant\n%s", canonical, c.Expect.Canonical)
			}
		})
	}
}

// wireRequest reads a request as a server would, but for the spaces and UTF-8 that
// these cases have in their paths.
func wireRequest(t *testing.T, text string) (*http.Request, []byte) {
	t.Helper()
	text = strings.ReplaceAll(text, "\r\n", "\n")
	first, rest, _ := strings.Cut(text, "\n")
	method, target, _ := strings.Cut(strings.TrimSuffix(first, " HTTP/1.1"), " ")
	location, query, hasQuery := strings.Cut(target, "?")
	target = (&url.URL{Path: location}).EscapedPath()
	if strings.HasPrefix(location, "//") {
		target = encode(location, true)
	}
	if strings.Contains(location, "%") {
		target = location
	}
	if hasQuery {
		var b strings.Builder
		for i := range len(query) {
			if c := query[i]; c <= ' ' || c >= 0x7f {
				b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
			} else {
				b.WriteByte(c)
			}
		}
		target += "?" + b.String()
	}
	head, body, _ := strings.Cut(rest+"\n", "\n\n")
	wire := method + " " + target + " HTTP/1.1\r\n" + strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	request, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(wire), bytes.NewReader([]byte(body)))))
	if err != nil {
		t.Fatalf("%v\n%s", err, wire)
	}
	return request, []byte(strings.TrimSuffix(body, "\n"))
}
