package console_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/creds/console"
	"cameo/internal/sandbox"
	"cameo/profiles"
)

// box is a sandbox, and credentials of it as the program gets them.
type box struct {
	*testing.T
	world  *sandbox.World
	url    string
	broker *creds.Broker

	mu     sync.Mutex
	ahead  time.Duration
	events []sandbox.Event
	urls   []string // of the requests to the sign-in
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

func startBox(t *testing.T) *box {
	b := &box{T: t}
	var err error
	if b.world, err = sandbox.Scenario(b.now, nil); err != nil {
		t.Fatal(err)
	}
	trust := func(account string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"sts:AssumeRole"}}`
	}
	const onward = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
	for name, from := range map[string]string{"First": sandbox.Development, "Second": sandbox.Production} {
		if _, err := b.world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: name, Trust: trust(from), MaxSession: 12 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if err := b.world.PutRolePolicy(sandbox.Production, name, "onward", onward); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.world.PutGroupPolicy(sandbox.Development, "Developers", "onward", onward); err != nil {
		t.Fatal(err)
	}
	handler := sandbox.New(b.world, sandbox.Options{
		Observe: func(e sandbox.Event) { b.mu.Lock(); b.events = append(b.events, e); b.mu.Unlock() },
	})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		if r.URL.Path == "/federation" {
			b.urls = append(b.urls, r.URL.String())
		}
		b.mu.Unlock()
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	client := creds.NewHTTPClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	b.broker = &creds.Broker{STS: creds.STS{HTTP: client, Backoff: func(int) time.Duration { return time.Millisecond }},
		Cache: cache.Open(cache.Options{Dir: t.TempDir(), Key: cache.MemoryKey(), Now: b.now, Rand: rand.Reader}), Now: b.now,
		Env: func(string) (string, bool) { return "", false }, Codes: b}
	return b
}

// Code is what the device of David shows.
func (b *box) Code(context.Context, creds.CodeRequest) (string, error) {
	for {
		code, _, wait, err := b.world.Code("david")
		if err != nil || code != "" {
			return code, err
		}
		b.mu.Lock()
		b.ahead += wait
		b.mu.Unlock()
	}
}

// session gets the session of a profile, and says how long long-term keys asked for it.
func (b *box) session(profile string) (creds.Credentials, time.Duration) {
	b.Helper()
	david, err := b.world.Person("david")
	if err != nil {
		b.Fatal(err)
	}
	config := strings.NewReplacer("KEY", david.Key.ID, "HIDDEN", david.Key.Secret, "DEVICE", david.MFASerial, "PROD", sandbox.Production).Replace(`
[profile david]
aws_access_key_id = KEY
aws_secret_access_key = HIDDEN
[profile first]
role_arn = arn:aws:iam::PROD:role/First
source_profile = david
duration_seconds = 14400
[profile second]
role_arn = arn:aws:iam::PROD:role/Second
source_profile = first
[profile update]
role_arn = arn:aws:iam::PROD:role/UpdateApp
source_profile = david
mfa_serial = DEVICE
`)
	chain, err := profiles.Parse("config", []byte(config), "credentials", nil).Chain(profile)
	if err != nil {
		b.Fatal(err)
	}
	request := creds.Request{Chain: chain, SessionName: "david", Endpoint: creds.Endpoint{Region: "us-east-1", URL: b.url}}
	c, err := b.broker.Credentials(b.Context(), request)
	if err != nil {
		b.Fatal(err)
	}
	list, err := creds.Exchanges(request, b.broker.Env)
	if err != nil {
		b.Fatal(err)
	}
	last := list[len(list)-1]
	if !last.Direct {
		return c, 0
	}
	return c, last.Duration
}

func (b *box) signIn(c creds.Credentials, length time.Duration) (string, error) {
	link, err := console.Request{Name: "it", Credentials: c, Partition: "aws", Region: "us-east-1", Service: "s3", Length: length, Endpoint: b.url}.SignIn(b.Context(), b.broker.STS)
	return link.Reveal(), err
}

func (b *box) told(n int, parameter string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []sandbox.Event
	for _, e := range b.events {
		if e.Action == "getSigninToken" {
			all = append(all, e)
		}
	}
	if n >= len(all) {
		b.Fatalf("there were %d calls", len(all))
	}
	return all[n].Told.Get(parameter)
}

func (b *box) open(link string) string {
	b.Helper()
	response, err := http.Get(link)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return fmt.Sprint(response.StatusCode, " ", string(text))
}

func TestALinkSignsInAsTheRole(t *testing.T) {
	for _, c := range []struct{ profile, role, length string }{
		{"first", "First", "14400"}, {"second", "Second", ""}, {"update", "UpdateApp", ""},
	} {
		t.Run(c.profile, func(t *testing.T) {
			b := startBox(t)
			session, length := b.session(c.profile)
			link, err := b.signIn(session, length)
			if err != nil {
				t.Fatal(err)
			}
			if page := b.open(link); !strings.Contains(page, "200 ") || !strings.Contains(page, "signed in as arn:aws:sts::"+sandbox.Production+":assumed-role/"+c.role+"/david") ||
				!strings.Contains(page, "https://us-east-1.console.aws.amazon.com/s3/home?region=us-east-1") {
				t.Error(page)
			}
			if got := b.told(0, "SessionDuration"); got != c.length {
				t.Errorf("asked for %q s", got)
			}
			if b.urls[0] != "/federation" {
				t.Errorf("the session is in the address %q", b.urls[0])
			}
			b.ahead = 16 * time.Minute
			if page := b.open(link); !strings.HasPrefix(page, "400 ") {
				t.Errorf("after 16 minutes: %s", page)
			}
		})
	}
}

// AWS refuses a length for a chained session, and does not say that it is that.
func TestALengthThatIsRefusedIsLeftOut(t *testing.T) {
	b := startBox(t)
	session, _ := b.session("second")
	if _, err := b.signIn(session, 4*time.Hour); err != nil {
		t.Fatal(err)
	}
	if b.told(0, "SessionDuration") != "14400" || b.told(1, "SessionDuration") != "" {
		t.Error("it is asked again without the length")
	}
}

func TestWhoIsNotSignedIn(t *testing.T) {
	b := startBox(t)
	keys, _ := b.session("david")
	var none *console.NoSessionError
	if _, err := b.signIn(keys, 0); !errors.As(err, &none) {
		t.Errorf("long-term keys: %v", err)
	}
	session, _ := b.session("first")
	ended := session
	for name, spoil := range map[string]func(){
		"another secret": func() { ended.SecretAccessKey = profiles.NewSecret("canary") },
		"another token":  func() { ended.SessionToken = profiles.NewSecret("canary") },
		"it has ended":   func() { b.ahead += 5 * time.Hour },
	} {
		ended = session
		spoil()
		var refused *console.RefusedError
		if _, err := b.signIn(ended, 0); !errors.As(err, &refused) || refused.Status != 400 || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var unknown *console.NoConsoleError
	if _, err := (console.Request{Credentials: session, Partition: "aws-moon"}).SignIn(t.Context(), b.broker.STS); !errors.As(err, &unknown) {
		t.Error(err)
	}
}

func TestTroubleOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		tries int
		is    func(error) bool
	}{
		"it cannot answer": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) }, 3, is[*creds.UnavailableError]},
		"too many requests": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(429) }, 3, func(err error) bool {
			e, ok := errors.AsType[*creds.UnavailableError](err)
			return ok && e.Throttled
		}},
		"a login page":      {func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "<html>log in") }, 1, is[*creds.BadReplyError]},
		"sent elsewhere":    {func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/login", http.StatusFound) }, 1, is[*creds.BadReplyError]},
		"a proxy's refusal": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(407) }, 1, is[*creds.BadReplyError]},
		"no token":          {func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "{}") }, 1, is[*creds.BadReplyError]},
		"an endless answer": {func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(rw, strings.Repeat("x", 2<<20))
		}, 1, is[*creds.BadReplyError]},
		"it hangs up": {func(rw http.ResponseWriter, _ *http.Request) {
			conn, _, err := rw.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, 3, is[*creds.UnreachableError]},
		"it is slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 1, is[*creds.UnreachableError]},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				tries.Add(1)
				c.serve(rw, r)
			}))
			defer server.Close()
			client := creds.NewHTTPClient(nil)
			defer client.CloseIdleConnections()
			var said strings.Builder
			sts := creds.STS{HTTP: client, Timeout: 2 * time.Second, Backoff: func(int) time.Duration { return 0 }, Tell: func(s string) { said.WriteString(s) }}
			_, err := console.Request{Name: "it", Partition: "aws", Endpoint: server.URL,
				Credentials: creds.Credentials{AccessKeyID: "ASIA", SecretAccessKey: profiles.NewSecret("canary"), SessionToken: profiles.NewSecret("canary")}}.SignIn(t.Context(), sts)
			if !c.is(err) || int(tries.Load()) != c.tries {
				t.Errorf("%T %v after %d tries", err, err, tries.Load())
			}
			if err != nil && strings.Contains(err.Error()+said.String(), "canary") {
				t.Errorf("a secret is in %q", err.Error()+said.String())
			}
		})
	}
	_, err := console.Request{Name: "it", Partition: "aws", Endpoint: "ftp://x", Credentials: creds.Credentials{SessionToken: profiles.NewSecret("t")}}.SignIn(t.Context(), creds.STS{})
	if !is[*creds.UnreachableError](err) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = console.Request{Name: "it", Partition: "aws", Endpoint: "http://127.0.0.1:1", Credentials: creds.Credentials{SessionToken: profiles.NewSecret("t")}}.SignIn(ended, creds.STS{})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The sign-in is the only one that is given keys: nobody who can write a line of the AWS
// config names who gets them, and nobody reads them off the network.
func TestTheKeysGoToNoStranger(t *testing.T) {
	line := profiles.Position{File: "config", Line: 7}
	for _, c := range []struct {
		endpoint string
		in       profiles.Position
		sent     bool
	}{
		{"https://signin.example.com", line, false},
		{"https://signin.aws.amazon.com.example.com", line, false},
		{"https://notsignin.aws.amazon.com", line, false},
		{"https://bucket.s3.amazonaws.com", line, false},
		{"http://us-east-1.signin.aws.amazon.com", line, false},
		{"https://us-east-1.signin.aws.amazon.com", line, true},
		{"https://signin.aws.amazon.com", line, true},
		{"http://127.0.0.1:4566", line, true},
		{"http://[::1]:4566", line, true},
		{"http://localhost:4566", line, true},
		{"https://signin.example.com", profiles.Position{}, true},
		{"http://signin.example.com", profiles.Position{}, false},
		{"http://localhost.example.com", profiles.Position{}, false},
	} {
		to := &transport{}
		_, err := console.Request{Name: "it", Partition: "aws", Endpoint: c.endpoint, EndpointIn: c.in,
			Credentials: creds.Credentials{AccessKeyID: "ASIA", SecretAccessKey: profiles.NewSecret("s"), SessionToken: profiles.NewSecret("t")}}.SignIn(t.Context(), creds.STS{HTTP: &http.Client{Transport: to}})
		if (to.went != nil) != c.sent || is[*console.EndpointError](err) == c.sent {
			t.Errorf("%s of line %d: went to %v, %v", c.endpoint, c.in.Line, to.went, err)
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// transport notes where requests go, and answers as AWS does.
type transport struct{ went *url.URL }

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.went = r.URL
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"SigninToken":"a+b&c"}`)), Request: r}, nil
}

func TestHostsOfPartitions(t *testing.T) {
	for _, c := range []struct {
		partition, service, signin, page string
		regions                          []string
	}{
		{"aws", "", "https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/console/home", nil},
		{"aws", "", "https://eu-west-1.signin.aws.amazon.com/federation", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1", []string{"", "cn-north-1", "eu-west-1", "us-east-1"}},
		{"aws", "lambda", "https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/lambda/home", []string{"x.example.com/", "evil@example.com"}},
		{"aws-cn", "s3", "https://cn-north-1.signin.amazonaws.cn/federation", "https://cn-north-1.console.amazonaws.cn/s3/home?region=cn-north-1", []string{"us-east-1", "cn-north-1"}},
		{"aws-us-gov", "", "https://signin.amazonaws-us-gov.com/federation", "https://console.amazonaws-us-gov.com/console/home", []string{"us-east-1"}},
		{"aws-eusc", "", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation", "https://eusc-de-east-1.console.amazonaws-eusc.eu/console/home?region=eusc-de-east-1", nil},
	} {
		var to transport
		link, err := console.Request{Name: "it", Partition: c.partition, Region: console.Region(c.partition, c.regions...), Service: c.service,
			Credentials: creds.Credentials{AccessKeyID: "ASIA", SessionToken: profiles.NewSecret("t")}}.SignIn(t.Context(), creds.STS{HTTP: &http.Client{Transport: &to}})
		if err != nil || to.went.String() != c.signin {
			t.Errorf("%s: %v, %v", c.signin, to.went, err)
			continue
		}
		u, err := url.Parse(link.Reveal())
		if err != nil || strings.TrimSuffix(link.Reveal(), "?"+u.RawQuery) != c.signin {
			t.Errorf("%s: %v", link.Reveal(), err)
		}
		if q := u.Query(); q.Get("Action") != "login" || q.Get("Destination") != c.page || q.Get("SigninToken") != "a+b&c" || q.Get("Issuer") == "" {
			t.Errorf("%s: %v", c.page, q)
		}
		if shown := fmt.Sprintf("%v %+v %#v", link, link, link); strings.Contains(shown, "a%2Bb") {
			t.Error("the link shows itself")
		}
	}
}

func TestIsService(t *testing.T) {
	for text, want := range map[string]bool{"s3": true, "systems-manager": true, "": false, "S3": false, "s3/../x": false, "a b": false, "a?b": false, strings.Repeat("a", 65): false} {
		if console.IsService(text) != want {
			t.Errorf("%q is a service: %v", text, !want)
		}
	}
}
