package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSigV4Conformance verifies the signed requests of the folder that
// CAMEO_CONFORMANCE names, and the same with another signature.
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
					Token  string
				}
				Region, Service string
				Timestamp       time.Time
				Normalize       bool
				UnsignedToken   bool `json:"omit_session_token"`
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
	once := false
	for _, c := range suite.Cases {
		t.Run(c.ID, func(t *testing.T) {
			q := SignedRequest{
				Text: c.Signed, Keys: []SigningKey{SigningKey(c.Context.Credentials)}, Now: c.Context.Timestamp,
				Region: c.Context.Region, Service: c.Context.Service, NormalizePath: &c.Context.Normalize, DoubleEncode: &once,
				UnsignedToken: c.Context.UnsignedToken,
			}
			got, err := CheckSignature(q)
			want := SignatureCheck{CanonicalRequest: c.Expect.Canonical, StringToSign: c.Expect.ToSign, Signature: c.Expect.Signature}
			if err != nil || got != want {
				t.Errorf("%v, got\n%+v\nwant\n%+v", err, got, want)
			}
			other := "0" + want.Signature[1:]
			if other == want.Signature {
				other = "1" + want.Signature[1:]
			}
			q.Text = strings.ReplaceAll(q.Text, want.Signature, other)
			if got, err := CheckSignature(q); err != nil || got.Reason != "SignatureDoesNotMatch" || got.Signature != want.Signature {
				t.Errorf("another signature: %v, %+v", err, got)
			}
		})
	}
}

// The example of AWS's guide to Signature Version 4:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
const exampleRequest = `GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1
Host: iam.amazonaws.com
Content-Type: application/x-www-form-urlencoded; charset=utf-8
X-Amz-Date: 20150830T123600Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7

`

func example() SignedRequest {
	return SignedRequest{
		Text: exampleRequest, Now: time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC),
		Keys: []SigningKey{{ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
	}
}

func TestASignatureIsExplained(t *testing.T) {
	change := func(from, to string) func(*SignedRequest) {
		return func(q *SignedRequest) { q.Text = strings.ReplaceAll(q.Text, from, to) }
	}
	for name, test := range map[string]struct {
		change func(*SignedRequest)
		reason string
	}{
		"as in the guide":      {func(*SignedRequest) {}, ""},
		"another query":        {change("ListUsers", "ListRoles"), "SignatureDoesNotMatch"},
		"another secret":       {func(q *SignedRequest) { q.Keys[0].Secret = "x" }, "SignatureDoesNotMatch"},
		"another region":       {func(q *SignedRequest) { q.Region = "eu-west-1" }, "SignatureDoesNotMatch"},
		"another service":      {func(q *SignedRequest) { q.Service = "sts" }, "SignatureDoesNotMatch"},
		"unknown key":          {func(q *SignedRequest) { q.Keys = nil }, "InvalidClientTokenId"},
		"no token":             {func(q *SignedRequest) { q.Keys[0].Token = "t" }, "InvalidClientTokenId"},
		"too late":             {func(q *SignedRequest) { q.Now = q.Now.Add(16 * time.Minute) }, "RequestExpired"},
		"too early":            {func(q *SignedRequest) { q.Now = q.Now.Add(-16 * time.Minute) }, "RequestExpired"},
		"not signed":           {change("Authorization: ", "X-Other: "), "IncompleteSignature"},
		"cut off":              {change(", Signature=", ", Sig="), "IncompleteSignature"},
		"no date":              {change("X-Amz-Date: ", "X-Other: "), "IncompleteSignature"},
		"host not signed":      {change(";host;", ";"), "SignedHeadersMissing"},
		"a signed header gone": {change("Content-Type: ", "X-Other: "), "SignedHeadersMissing"},
	} {
		t.Run(name, func(t *testing.T) {
			q := example()
			test.change(&q)
			got, err := CheckSignature(q)
			if err != nil || got.Reason != test.reason {
				t.Errorf("%v, %+v", err, got)
			}
			if got.Reason == "RequestExpired" && got.Signature == "" {
				t.Error("the signature is not shown")
			}
		})
	}
	for _, text := range []string{"", "GET", "GET / HTTP/1.1\nno header\n\n", "\x00"} {
		if _, err := CheckSignature(SignedRequest{Text: text}); !errors.Is(err, ErrNotARequest) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", example().Keys[0], example().Keys, example().Keys[0], example().Keys[0]); strings.Contains(text, "wJalr") {
		t.Errorf("the secret shows: %s", text)
	}
}

// FuzzCheckSignature: whatever the text, there is an answer, and none is accepted
// that the key has not signed.
func FuzzCheckSignature(f *testing.F) {
	f.Add(exampleRequest)
	f.Add("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0 HTTP/1.1\nHost: a\n\n")
	f.Add("GET /%zz HTTP/1.1\n\n")
	accepted, err := CheckSignature(example())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := example()
		q.Text = text
		got, err := CheckSignature(q)
		if err == nil && got.Reason == "" && got.Signature != accepted.Signature {
			t.Errorf("accepted %q", text)
		}
	})
}
