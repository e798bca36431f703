package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:80", "example.com:80"} {
		server := New(NewWorld(nil, nil), Options{})
		var refused *ListenError
		if err := server.Listen(address); !errors.As(err, &refused) || refused.Address != address {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := New(NewWorld(nil, nil), Options{}).Listen("127.0.0.1"); err == nil {
		t.Error("an address without a port was taken")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	server := New(NewWorld(nil, nil), Options{})
	if err := server.Listen("localhost:0"); err != nil {
		t.Fatal(err)
	}
	endpoint := server.Endpoint()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx) }()
	response, err := http.Get(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(endpoint, "http://"), time.Second); err == nil {
		t.Error("the port still answers")
	}
}

func TestAWebPageCannotReachItByAnotherName(t *testing.T) {
	b := startBox(t)
	request, _ := http.NewRequest(http.MethodGet, b.endpoint+codePath+"?user=david", nil)
	request.Host = "evil.example"
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusMisdirectedRequest {
		t.Fatalf("%v %v", response, err)
	}
}

// send posts to the sandbox as it is and returns the answer.
func (b *box) send(method, target, contentType, authorization, body string) (int, string) {
	b.Helper()
	request, err := http.NewRequest(method, b.endpoint+target, strings.NewReader(body))
	b.must(err)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
		request.Header.Set("X-Amz-Date", b.now().UTC().Format(stampLayout))
	}
	response, err := http.DefaultClient.Do(request)
	b.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	b.must(err)
	if id := response.Header.Get("X-Amzn-Requestid"); len(id) != 36 || !bytes.Contains(text, []byte("<RequestId>"+id+"</RequestId>")) {
		b.Errorf("the request ID %q is not in %s", id, text)
	}
	return response.StatusCode, string(text)
}

func TestMalformedRequests(t *testing.T) {
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	scope := "AKIAIOSFODNN7EXAMPLE/" + time.Now().UTC().Format("20060102")
	signed := func(credential, headers string) string {
		return "AWS4-HMAC-SHA256 Credential=" + credential + ", SignedHeaders=" + headers + ", Signature=00"
	}
	for name, c := range map[string]struct {
		method, target, contentType, authorization, body string
		status                                           int
		code, message                                    string
	}{
		"unsigned STS":            {"POST", "/", form, "", "Action=GetCallerIdentity&Version=2011-06-15", 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
		"unsigned STS by GET":     {"GET", "/?Action=GetCallerIdentity&Version=2011-06-15", "", "", "", 403, "MissingAuthenticationToken", ""},
		"unsigned S3":             {"GET", "/productionapp/version.txt", "", "", "", 403, "AccessDenied", "Access Denied"},
		"unsigned list":           {"GET", "/", "", "", "", 403, "AccessDenied", "Access Denied"},
		"a garbled header":        {"POST", "/", form, "AWS4-HMAC-SHA256 X", "Action=GetCallerIdentity", 400, "IncompleteSignature", "'X' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 X'."},
		"another scheme":          {"POST", "/", form, "Bearer X", "Action=GetCallerIdentity", 400, "IncompleteSignature", ""},
		"no signature":            {"POST", "/", form, "AWS4-HMAC-SHA256 Credential=a/b/c/sts/aws4_request, SignedHeaders=host", "Action=GetCallerIdentity", 400, "IncompleteSignature", "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/sts/aws4_request, SignedHeaders=host"},
		"a short scope":           {"POST", "/", form, signed("a/b/c", "host"), "Action=GetCallerIdentity", 400, "IncompleteSignature", ""},
		"another terminator":      {"POST", "/", form, signed(scope+"/us-east-1/sts/aws5_request", "host"), "Action=GetCallerIdentity", 403, "SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		"another day":             {"POST", "/", form, signed("AKIAIOSFODNN7EXAMPLE/20000101/us-east-1/sts/aws4_request", "host"), "Action=GetCallerIdentity", 403, "SignatureDoesNotMatch", ""},
		"host is not signed":      {"POST", "/", form, signed(scope+"/us-east-1/sts/aws4_request", "x-amz-date"), "Action=GetCallerIdentity", 403, "SignatureDoesNotMatch", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"another service":         {"POST", "/", form, signed(scope+"/us-east-1/iam/aws4_request", "host"), "Action=GetCallerIdentity&Version=2011-06-15", 403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'."},
		"an IAM call":             {"POST", "/", form, signed(scope+"/us-east-1/iam/aws4_request", "host"), "Action=ListUsers&Version=2010-05-08", 400, "InvalidAction", `This sandbox is STS and S3; it has no service "iam"`},
		"no form":                 {"POST", "/", "application/json", "", "{}", 404, "UnknownOperationException", ""},
		"a broken form":           {"POST", "/", form, "", "Action=%zz", 400, "MalformedQueryString", ""},
		"too large a form":        {"POST", "/", form, "", strings.Repeat("x", maxForm+1), 413, "RequestEntityTooLarge", ""},
		"another method":          {"PUT", "/?Action=GetCallerIdentity", "", "", "", 405, "UnknownOperationException", ""},
		"a presigned half":        {"GET", "/productionapp/x?X-Amz-Algorithm=AWS4-HMAC-SHA256", "", "", "", 400, "AuthorizationQueryParametersError", ""},
		"a key that is not UTF-8": {"GET", "/productionapp/%ff", "", "", "", 400, "InvalidURI", ""},
		"a key too long":          {"GET", "/productionapp/" + strings.Repeat("k", 1025), "", "", "", 400, "KeyTooLongError", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			status, text := b.send(c.method, c.target, c.contentType, c.authorization, c.body)
			if status != c.status || !strings.Contains(text, "<Code>"+c.code+"</Code>") {
				t.Errorf("%d %s", status, text)
			}
			escaped := strings.NewReplacer("'", "&#39;", `"`, "&#34;").Replace(c.message)
			if !strings.Contains(text, "<Message>"+escaped) {
				t.Errorf("%s\nwants %s", text, escaped)
			}
		})
	}
}

func TestActionsThatAreNotThere(t *testing.T) {
	b := startBox(t)
	david := b.person("david")
	for body, message := range map[string]string{
		"Action=AssumeRoot&Version=2011-06-15":        "Could not find operation AssumeRoot for version 2011-06-15",
		"Action=GetCallerIdentity":                    "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
		"Action=GetCallerIdentity&Version=2010-05-08": "Could not find operation GetCallerIdentity for version 2010-05-08",
		"Action=%3Cscript%3E%1B&Version=2011-06-15":   "Could not find operation &lt;script&gt;\uFFFD for version 2011-06-15",
	} {
		request, _ := http.NewRequest(http.MethodPost, b.endpoint+"/", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.must(v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: david.Key.ID, SecretAccessKey: david.Key.Secret}, request, hexSHA256([]byte(body)), "sts", "eu-north-1", b.now()))
		response, err := http.DefaultClient.Do(request)
		b.must(err)
		text, _ := io.ReadAll(response.Body)
		if response.StatusCode != 400 || !strings.Contains(string(text), "<Code>InvalidAction</Code><Message>"+message+"</Message>") {
			t.Errorf("%d %s", response.StatusCode, text)
		}
	}
}

func TestFaultsAndEvents(t *testing.T) {
	b := startBox(t)
	b.setFault(func(c Call) Fault {
		if c.Action == "GetCallerIdentity" {
			return Fault{Status: 503, Code: "ServiceUnavailable", Message: "later"}
		}
		return Fault{Delay: time.Millisecond}
	})
	david := b.person("david")
	_, err := b.sts(david.keys()).GetCallerIdentity(t.Context(), nil)
	refused(t, err, "ServiceUnavailable", "later")
	if e := b.last(); e.Service != "sts" || e.Action != "GetCallerIdentity" || e.Status != 503 || e.KeyID != david.Key.ID || e.Region != "us-east-1" {
		t.Errorf("%+v", e)
	}
	b.mustAssume(david.keys(), b.withCode("david"))
	if e := b.last(); e.Action != "AssumeRole" || e.Status != 200 || e.Code != "" || e.Caller != david.ARN || e.Resource != UpdateApp || e.Decision == nil {
		t.Errorf("%+v", e)
	}
}

func TestTheWorldIsSafeForManyAtOnce(t *testing.T) {
	b := startBox(t)
	david := b.person("david").keys()
	done := make(chan error)
	for i := range 8 {
		go func() {
			var err error
			for j := 0; j < 5 && err == nil; j++ {
				if err = b.put(david, "dev-scratch", fmt.Sprintf("%d-%d", i, j), "x"); err == nil {
					err = b.world.PutUserPolicy(Development, "Theresa", "p", allowAll)
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestCodesAreHandedOutOncePerStep(t *testing.T) {
	b := startBox(t)
	david := b.person("david")
	if _, err := Code(t.Context(), b.endpoint, "nobody"); err == nil || err.Error() != (&UnknownUserError{Name: "nobody"}).Error() {
		t.Error(err)
	}
	first, err := Code(t.Context(), b.endpoint, "PROD-update")
	if again, _, _, _ := b.world.Code("David"); err != nil || again != first {
		t.Errorf("%s %s %v: an unused code is not shown again", first, again, err)
	}
	b.mustAssume(david.keys(), func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &david.MFASerial, &first })
	code, _, wait, err := b.world.Code("david")
	if code != "" || wait <= 0 || wait > codeStep || err != nil {
		t.Errorf("after its use: %q, wait %s, %v", code, wait, err)
	}
	waits := 0
	client := CodeClient{
		Endpoint: b.endpoint,
		Waiting:  func(time.Duration) { waits++ },
		pause:    func(_ context.Context, d time.Duration) error { b.advance(d); return nil },
	}
	second, err := client.Code(t.Context(), "david")
	if err != nil || waits != 1 {
		t.Errorf("waited %d times, %v", waits, err)
	}
	if second == first {
		t.Error("the same code twice")
	}
	b.mustAssume(david.keys(), func(in *sts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &david.MFASerial, &second })
}

func TestTheCodeClientAsksSandboxesOnly(t *testing.T) {
	for _, endpoint := range []string{"https://sts.amazonaws.com", "http://192.0.2.1", "", "http://evil.example:80", "%"} {
		if _, err := Code(t.Context(), endpoint, "david"); err == nil || !strings.Contains(err.Error(), "not a sandbox on loopback") {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if _, err := Code(t.Context(), other.URL, "david"); err == nil || !strings.Contains(err.Error(), "not as a sandbox does") {
		t.Error(err)
	}
}
