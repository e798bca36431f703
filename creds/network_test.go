package creds_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/profiles"
)

// The canaries must not come out of any error.
const (
	canarySecret = "CANARY-secret-key"
	canaryToken  = "CANARY-session-token"
	canaryCode   = "271828"
)

const oneRole = `[profile keys]
aws_access_key_id = AKIACANARYCANARY0000
aws_secret_access_key = ` + canarySecret + `
[profile session]
aws_access_key_id = ASIACANARYCANARY0000
aws_secret_access_key = ` + canarySecret + `
aws_session_token = ` + canaryToken + `
[profile role]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = session
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
[profile long]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/me
duration_seconds = 7200
`

type canaryCodes struct{ asked atomic.Int32 }

func (c *canaryCodes) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	if c.asked.Add(1) > 1 {
		return "", need.Rejected
	}
	return canaryCode, nil
}

// odd is a broker that reaches a server which is not quite AWS.
func odd(t *testing.T, serve http.HandlerFunc) (*creds.Broker, creds.Endpoint, *atomic.Int32) {
	t.Helper()
	var calls atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_ = r.ParseForm()
		serve(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return oddBroker(t, nil), creds.Endpoint{Region: "us-east-1", URL: server.URL}, &calls
}

func oddBroker(t *testing.T, roots *x509.CertPool) *creds.Broker {
	client := creds.NewHTTPClient(roots)
	t.Cleanup(client.CloseIdleConnections)
	return &creds.Broker{
		STS: creds.STS{HTTP: client, Backoff: atOnce}, Codes: &canaryCodes{}, Now: time.Now, Env: never,
		Cache: cache.Open(cache.Options{Dir: t.TempDir(), Key: cache.MemoryKey(), Now: time.Now, Rand: rand.Reader}),
	}
}

func ask(t *testing.T, b *creds.Broker, at creds.Endpoint, profile string) (creds.Credentials, error) {
	t.Helper()
	c, err := b.Credentials(t.Context(), creds.Request{Chain: chainOf(t, oneRole, profile), Endpoint: at, SessionName: "me"})
	if err != nil {
		silent(t, err)
	}
	return c, err
}

// silent fails where an error shows a canary in any way in which Go prints it.
func silent(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		data, _ := json.Marshal(e)
		for _, text := range []string{fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e), fmt.Sprintf("%q", e), string(data)} {
			for _, canary := range []string{"CANARY-", canaryCode} {
				if strings.Contains(text, canary) {
					t.Errorf("a secret is in %s", text)
				}
			}
		}
		if text := e.Error(); strings.ContainsAny(text, "\n\r\x1b") || strings.HasSuffix(text, ".") && !strings.Contains(text, "AWS refused") {
			t.Errorf("not one inert line without a period: %q", text)
		}
	}
}

// reply is an AssumeRoleResponse or GetSessionTokenResponse around credentials.
func reply(r *http.Request, credentials string) string {
	action := r.FormValue("Action")
	return fmt.Sprintf(`<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>`, action, credentials)
}

func issuedUntil(expiration string) string {
	return "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>CANARY-new</SecretAccessKey><SessionToken>CANARY-new</SessionToken><Expiration>" + expiration + "</Expiration></Credentials>"
}

func inAnHour() string { return time.Now().Add(time.Hour).UTC().Format(time.RFC3339) }

func TestWhatIsNotAWSIsNotBelieved(t *testing.T) {
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	given := func(credentials string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, credentials) }
	}
	const role = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>%s</AssumeRoleResult></AssumeRoleResponse>`
	in := func(credentials string) string { return fmt.Sprintf(role, credentials) }
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		says  string
	}{
		{"a login page with 200", answer(200, "text/html", "<html><body>Sign in</body></html>"), "web login page"},
		{"a login page with 403", answer(403, "text/html", "<html><p>Forbidden</body>"), "web login page"},
		{"no body", answer(200, "text/xml", ""), ""},
		{"JSON", answer(200, "application/json", `{"Credentials":{}}`), "no credentials"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "302"},
		{"10 MB", answer(200, "text/xml", in("<Credentials><AccessKeyId>"+strings.Repeat("A", 10<<20)+"</AccessKeyId></Credentials>")), "larger than any"},
		{"10 MB of an error", answer(400, "text/xml", "<ErrorResponse><Error><Code>X</Code><Message>"+strings.Repeat("A", 10<<20)+"</Message></Error></ErrorResponse>"), "larger than any"},
		{"an entity bomb", answer(200, "text/xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`+in("<Credentials><AccessKeyId>&b;</AccessKeyId></Credentials>")), ""},
		{"no credentials", given(in("")), "no credentials"},
		{"an empty secret", given(in(strings.Replace(issuedUntil(inAnHour()), "<SecretAccessKey>CANARY-new<", "<SecretAccessKey><", 1))), "incomplete"},
		{"no token", given(in(strings.Replace(issuedUntil(inAnHour()), "<SessionToken>CANARY-new</SessionToken>", "", 1))), "incomplete"},
		{"no end", given(in(strings.ReplaceAll(issuedUntil(""), "<Expiration></Expiration>", ""))), "incomplete"},
		{"an end in the past", given(in(issuedUntil("2020-01-01T00:00:00Z"))), "ended already"},
		{"an end in the year 9999", given(in(issuedUntil("9999-01-01T00:00:00Z"))), "longer than any"},
		{"an end that is no time", given(in(issuedUntil("soon"))), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, at, _ := odd(t, c.serve)
			_, err := ask(t, b, at, "role")
			var bad *creds.BadReplyError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 300 {
				t.Errorf("got %T: %.300v", err, err)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	b, at, calls := odd(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	})
	if _, err := ask(t, b, at, "role"); err == nil {
		t.Error("no error")
	}
	if calls.Load() != 1 {
		t.Errorf("%d requests", calls.Load())
	}
}

func TestServerErrorsWithoutWordsAreUnavailable(t *testing.T) {
	for status, throttled := range map[int]bool{500: false, 502: false, 503: false, 429: true} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			b, at, _ := odd(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			b.STS.MaxAttempts = 1
			_, err := ask(t, b, at, "role")
			var unavailable *creds.UnavailableError
			if !errors.As(err, &unavailable) || unavailable.Throttled != throttled {
				t.Errorf("got %T: %v", err, err)
			}
		})
	}
}

func TestAClosedPortIsUnreachableAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := creds.Endpoint{Region: "us-east-1", URL: "http://" + listener.Addr().String()}
	_ = listener.Close()
	for _, profile := range []string{"role", "mfa"} {
		b := oddBroker(t, nil)
		b.STS.MaxAttempts, b.STS.Proxy = 2, "HTTPS_PROXY"
		_, err = ask(t, b, at, profile)
		var unreachable *creds.UnreachableError
		if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), listener.Addr().String()) || !strings.Contains(err.Error(), "refused") ||
			!strings.Contains(err.Error(), "HTTPS_PROXY is set") {
			t.Errorf("got %T: %v", err, err)
		}
	}
}

func TestAnUnknownNameSaysSo(t *testing.T) {
	b := oddBroker(t, nil)
	b.STS.HTTP.Transport = failing{&url.Error{Op: "Post", URL: "https://sts/?" + canarySecret, Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "sts", IsNotFound: true}}}}
	_, err := ask(t, b, creds.Endpoint{Region: "us-east-1"}, "role")
	if err == nil || !strings.Contains(err.Error(), "cannot reach sts.us-east-1.amazonaws.com: its name is not known here") {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestSilenceEndsByTheDeadline(t *testing.T) {
	b, at, _ := odd(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	b.STS.Timeout = 50 * time.Millisecond
	_, err := ask(t, b, at, "role")
	var unreachable *creds.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("got %T: %v", err, err)
	}
}

func TestADripEndsByTheDeadline(t *testing.T) {
	b, at, _ := odd(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "<")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	b.STS.Timeout, b.STS.MaxAttempts = 50*time.Millisecond, 1
	if _, err := ask(t, b, at, "role"); err == nil {
		t.Error("no error")
	}
}

func TestACancelledCallEndsAtOnce(t *testing.T) {
	arrived := make(chan struct{})
	b, at, _ := odd(t, func(_ http.ResponseWriter, r *http.Request) { close(arrived); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := b.Credentials(ctx, creds.Request{Chain: chainOf(t, oneRole, "role"), Endpoint: at, SessionName: "me"})
		ended <- err
	}()
	<-arrived
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %T: %v", err, err)
		}
	case <-time.After(time.Second): // far below every timeout of the client
		t.Error("it goes on")
	}
}

// reset takes the request and cuts the connection.
func reset(t *testing.T) (at creds.Endpoint, requests *atomic.Int32) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	requests = new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				requests.Add(1)
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}()
	return creds.Endpoint{Region: "us-east-1", URL: "http://" + listener.Addr().String()}, requests
}

func TestAResetConnectionIsTriedAgainWithoutACodeOnly(t *testing.T) {
	for profile, want := range map[string]int32{"role": 2, "mfa": 1} {
		t.Run(profile, func(t *testing.T) {
			at, requests := reset(t)
			b := oddBroker(t, nil)
			b.STS.MaxAttempts = 2
			_, err := ask(t, b, at, profile)
			if _, ok := errors.AsType[*creds.UnreachableError](err); !ok {
				t.Errorf("got %T: %v", err, err)
			}
			if requests.Load() != want {
				t.Errorf("%d requests, want %d", requests.Load(), want)
			}
		})
	}
}

func TestAnEndpointThatIsNoURLIsSaidWithoutIt(t *testing.T) {
	for _, address := range []string{"https://me:CANARY-#w@host", "ftp://host", "127.0.0.1:99", "https://", "http://a b"} {
		_, err := ask(t, oddBroker(t, nil), creds.Endpoint{Region: "us-east-1", URL: address}, "role")
		var unreachable *creds.UnreachableError
		if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "its URL cannot be used") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAProxysPasswordStaysHidden(t *testing.T) {
	for name, transport := range map[string]error{
		"an address that is none": fmt.Errorf(`invalid proxy address "http://me:CANARY-pw@x:y": bad port`),
		"a proxy that is gone":    &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("connection refused")},
	} {
		b := oddBroker(t, nil)
		b.STS.MaxAttempts = 1
		b.STS.HTTP.Transport = failing{transport}
		if _, err := ask(t, b, creds.Endpoint{Region: "us-east-1"}, "role"); err == nil || !strings.Contains(err.Error(), "the proxy") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTLSErrorsSayWhatIsWrong(t *testing.T) {
	start := func(edit func(*tls.Config)) *httptest.Server {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{}
		edit(server.TLS)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	plain := start(func(*tls.Config) {})
	trusted := x509.NewCertPool()
	trusted.AddCert(plain.Certificate())
	_, port, _ := net.SplitHostPort(plain.Listener.Addr().String())
	certificate, overRoots := certificateOver(t)
	ended := start(func(c *tls.Config) { c.Certificates = []tls.Certificate{certificate} })
	old := start(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
	for _, c := range []struct {
		name, url string
		roots     *x509.CertPool
		says      string
	}{
		{"signed by nobody", plain.URL, x509.NewCertPool(), "signed by nobody this machine trusts: set AWS_CA_BUNDLE"},
		{"another host", "https://localhost:" + port, trusted, "its certificate is for another host"},
		{"over", ended.URL, overRoots, "has ended or is not valid yet"},
		{"too old", old.URL, trusted, "protocol version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := oddBroker(t, c.roots)
			b.STS.MaxAttempts = 1
			_, err := ask(t, b, creds.Endpoint{Region: "us-east-1", URL: c.url}, "role")
			var unreachable *creds.UnreachableError
			if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %T: %v", err, err)
			}
		})
	}
}

// certificateOver is a certificate for 127.0.0.1 that ended yesterday, and the
// pool that trusts it.
func certificateOver(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(0, 0, -2), NotAfter: time.Now().AddDate(0, 0, -1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestAWSsWordsAreInertInErrors(t *testing.T) {
	b, at, _ := odd(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, "<ErrorResponse><Error><Type>Sender</Type><Code>Odd&#x202e;Code</Code><Message>\u202e evil&#10;line &#x9b;31m</Message></Error><RequestId>id</RequestId></ErrorResponse>")
	})
	_, err := ask(t, b, at, "role")
	var refused *creds.RefusedError
	if !errors.As(err, &refused) || refused.RequestID != "id" {
		t.Fatalf("got %T: %v", err, err)
	}
	if text := err.Error(); text != profiles.Inert(text) {
		t.Errorf("not inert: %q", text)
	}
}

// STS repeats what it does not take, and what answers in its place may repeat anything,
// at any length.
func TestWhatIsRepeatedOfARequestIsNotShown(t *testing.T) {
	for _, profile := range []string{"mfa", "long"} {
		b, at, _ := odd(t, func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("Action") == "GetSessionToken" {
				_, _ = io.WriteString(w, reply(r, issuedUntil(inAnHour())))
				return
			}
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>ValidationError</Code><Message>Value '%s' at 'tokenCode', %s%s</Message></Error></ErrorResponse>",
				r.FormValue("TokenCode"), r.Header.Get("X-Amz-Security-Token"), strings.Repeat(" ö", 100_000))
		})
		_, err := ask(t, b, at, profile)
		var refused *creds.RefusedError
		if !errors.As(err, &refused) || !strings.Contains(refused.Message, "(hidden)") {
			t.Errorf("%s: got %T: %.200s", profile, err, err)
		}
		if n := len(fmt.Sprint(err)); n > 8<<10 {
			t.Errorf("%s: the error has %d bytes", profile, n)
		}
	}
}

// A refusal carries what AWS said, what was asked for and who asked.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ code, message, says string }{
		{"AccessDenied", "User: a is not authorized to perform: sts:AssumeRole on resource: b", "is not authorized"},
		{"Unheard", "", "Unheard"},
	} {
		t.Run(c.code, func(t *testing.T) {
			b, at, _ := odd(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", "Sun, 22 Nov 2026 03:00:00 GMT")
				w.WriteHeader(403)
				_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", c.code, c.message)
			})
			_, err := ask(t, b, at, "role")
			var refused *creds.RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.says) || refused.Said() != c.code+": "+c.message {
				t.Fatalf("got %T: %v", err, err)
			}
			if refused.Status != 403 || refused.Host != at.Host() || !refused.At.Equal(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)) {
				t.Errorf("answer %+v", refused.Answer)
			}
			if refused.Operation != creds.AssumeRole || refused.Duration != time.Hour || len(refused.By.KeyKind) > 4 {
				t.Errorf("exchange %+v by %+v", refused.Exchange, refused.By)
			}
		})
	}
}

func TestTheDefaultClientLeavesNothingBehind(t *testing.T) {
	b, at, calls := odd(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, reply(r, issuedUntil(inAnHour())))
	})
	b.STS.HTTP = nil
	before := runtime.NumGoroutine()
	for range 20 {
		request := creds.Request{Chain: chainOf(t, oneRole, "role"), Endpoint: at, SessionName: fmt.Sprint("me", calls.Load())}
		if _, err := b.Credentials(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestASharedClientKeepsItsConnection(t *testing.T) {
	var dialled atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// As far away as AWS is: a reply that arrives while the request is still being
		// written costs the connection.
		time.Sleep(5 * time.Millisecond)
		_, _ = io.WriteString(w, reply(r, issuedUntil(inAnHour())))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	b := oddBroker(t, nil)
	const calls = 10
	for i := range calls {
		request := creds.Request{Chain: chainOf(t, oneRole, "role"), Endpoint: creds.Endpoint{Region: "us-east-1", URL: server.URL}, SessionName: fmt.Sprint("me", i)}
		if _, err := b.Credentials(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if dialled.Load() > calls/2 {
		t.Errorf("%d connections for %d calls", dialled.Load(), calls)
	}
}

func TestEveryErrorKeepsQuiet(t *testing.T) {
	step := profiles.Step{Kind: profiles.Static, Profile: "p", SecretAccessKey: profiles.NewSecret(canarySecret), SessionToken: profiles.NewSecret(canaryToken),
		RoleARN: profiles.Value{Text: "arn:aws:iam::111122223333:role/R"}}
	for _, err := range []error{
		&creds.NoKeysError{Profile: "p"}, &creds.UnsupportedError{Step: step}, &creds.DurationError{Asked: time.Hour},
		&creds.CodeNeededError{Device: "d", Profile: "p", Why: "w"}, &creds.CodeRejectedError{Device: "d", Answer: creds.Answer{Message: "m"}},
		&creds.RefusedError{Exchange: creds.Exchange{Step: step, Signer: "s"}, Answer: creds.Answer{Code: "c"}}, &creds.UnreachableError{Host: "h", Why: "w"},
		&creds.UnavailableError{Host: "h"}, &creds.BadReplyError{Host: "h", Why: "w"},
	} {
		silent(t, err)
	}
	c := creds.Credentials{AccessKeyID: "ASIA", SecretAccessKey: profiles.NewSecret(canarySecret), SessionToken: profiles.NewSecret(canaryToken)}
	data, _ := json.Marshal(c)
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, data); strings.Contains(text, "CANARY-") {
		t.Errorf("a secret is in %s", text)
	}
}
