package creds_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/internal/sandbox"
	"cameo/profiles"
)

// atOnce tries again without waiting.
func atOnce(int) time.Duration { return time.Millisecond }

// never looks a variable up and finds none.
func never(string) (string, bool) { return "", false }

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := pairs[name]; return v, ok }
}

func chainOf(t testing.TB, config, profile string) profiles.Chain {
	t.Helper()
	chain, err := profiles.Parse("config", []byte(config), "credentials", nil).Chain(profile)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

// box is a sandbox and a broker that talks to it, over a real cache.
type box struct {
	*testing.T
	broker   *creds.Broker
	endpoint creds.Endpoint
	config   string
	codes    *fakeCodes
	cacheDir string
	booted   time.Time

	mu    sync.Mutex
	world *sandbox.World
	serve http.Handler
	ahead time.Duration // of the true time, which is AWS's
	off   time.Duration // of this machine's clock, from the true time
	calls []string      // "AssumeRole 200"
	told  []string
	fault func(sandbox.Call) sandbox.Fault
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

// local is this machine's clock.
func (b *box) local() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead + b.off)
}

// uptime goes on whatever anybody sets the clock to.
func (b *box) uptime() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Since(b.booted) + b.ahead
}

func (b *box) moment() creds.Moment { return creds.Moment{Wall: b.local(), Uptime: b.uptime()} }

// setClock sets this machine's clock so far off.
func (b *box) setClock(off time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.off = off
}

func (b *box) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

func (b *box) handler() http.Handler {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.serve
}

const (
	partner = "444455556666"
	trusts  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:AssumeRole"}}`
	assumes = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
)

func startBox(t *testing.T) *box {
	t.Helper()
	b := &box{T: t, cacheDir: t.TempDir(), booted: time.Now().Add(-24 * time.Hour)}
	b.restart()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b.endpoint = creds.Endpoint{Region: "us-east-1", URL: server.URL}
	b.codes = &fakeCodes{give: b.code}
	client := creds.NewHTTPClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	store := cache.Open(cache.Options{Dir: b.cacheDir, Key: cache.MemoryKey(), Now: b.local, Rand: rand.Reader})
	b.broker = &creds.Broker{STS: creds.STS{HTTP: client, Backoff: atOnce, Clock: &creds.Clock{Now: b.local}, Tell: b.hear, Waiting: func(what string, _ time.Duration) { b.hear("waiting for " + what) }},
		Cache: store, Codes: b.codes, Now: b.local, Uptime: b.uptime, Env: never, Notes: cache.Notes{Dir: b.cacheDir, Now: b.local}}
	b.config = b.profiles()
	return b
}

// restart puts another world in place of the old: the same people with the same
// keys and devices, but no session of before.
func (b *box) restart() {
	b.Helper()
	world, err := sandbox.Scenario(b.now, mathrand.NewChaCha8([32]byte{7}))
	if err != nil {
		b.Fatal(err)
	}
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	role := func(account, name, principal string, longest time.Duration) {
		b.Helper()
		_, err := world.AddRole(account, sandbox.RoleSpec{Name: name, Trust: fmt.Sprintf(trusts, principal), MaxSession: longest})
		must(err)
		must(world.PutRolePolicy(account, name, "onward", assumes))
	}
	must(world.PutGroupPolicy(sandbox.Development, "Developers", "anything", assumes))
	must(world.AddAccount(partner))
	role(sandbox.Production, "Hop1", "arn:aws:iam::"+sandbox.Development+":root", 12*time.Hour)
	role(sandbox.Production, "Hop2", "arn:aws:iam::"+sandbox.Production+":root", 0)
	_, err = world.AddRole(sandbox.Production, sandbox.RoleSpec{Name: "Fresh", Trust: strings.Replace(fmt.Sprintf(trusts, "arn:aws:iam::"+sandbox.Development+":root"),
		`"Action"`, `"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}},"Action"`, 1)})
	must(err)
	role(partner, "Hop3", "arn:aws:iam::"+sandbox.Production+":root", 0)
	role(partner, "Hop3b", "arn:aws:iam::"+sandbox.Production+":root", 0)
	handler := sandbox.New(world, sandbox.Options{
		Observe: func(e sandbox.Event) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.calls = append(b.calls, fmt.Sprintf("%s %d", e.Action, e.Status))
		},
		Fault: func(c sandbox.Call) sandbox.Fault {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fault == nil {
				return sandbox.Fault{}
			}
			return b.fault(c)
		},
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.world, b.serve = world, handler
}

func (b *box) profiles() string {
	david, err := b.world.Person("david")
	if err != nil {
		b.Fatal(err)
	}
	return strings.NewReplacer("KEY", david.Key.ID, "HIDDEN", david.Key.Secret, "DEVICE", david.MFASerial,
		"PROD", sandbox.Production, "PARTNER", partner).Replace(`
[profile david]
aws_access_key_id = KEY
aws_secret_access_key = HIDDEN
[profile update]
role_arn = arn:aws:iam::PROD:role/UpdateApp
source_profile = david
mfa_serial = DEVICE
[profile update2]
role_arn = arn:aws:iam::PROD:role/UpdateApp
source_profile = david
mfa_serial = DEVICE
role_session_name = second
[profile fresh]
role_arn = arn:aws:iam::PROD:role/Fresh
source_profile = david
mfa_serial = DEVICE
[profile fresh-by-age]
role_arn = arn:aws:iam::PROD:role/Fresh
source_profile = david
mfa_serial = DEVICE
cameo_mfa_max_age = 4m
[profile refused-mfa]
role_arn = arn:aws:iam::PROD:role/NoSuchRole
source_profile = david
mfa_serial = DEVICE
[profile wrong-device]
role_arn = arn:aws:iam::PROD:role/UpdateApp
source_profile = david
mfa_serial = arn:aws:iam::111122223333:mfa/Nobody
[profile hop1]
role_arn = arn:aws:iam::PROD:role/Hop1
source_profile = david
[profile hop1-mfa-long]
role_arn = arn:aws:iam::PROD:role/Hop1
source_profile = david
mfa_serial = DEVICE
duration_seconds = 14400
[profile hop2]
role_arn = arn:aws:iam::PROD:role/Hop2
source_profile = hop1
[profile hop3]
role_arn = arn:aws:iam::PARTNER:role/Hop3
source_profile = hop2
[profile hop3b]
role_arn = arn:aws:iam::PARTNER:role/Hop3b
source_profile = hop2
[profile refused]
role_arn = arn:aws:iam::PROD:role/NoSuchRole
source_profile = david
`)
}

func (b *box) request(profile string) creds.Request {
	b.Helper()
	return creds.Request{Chain: chainOf(b, b.config, profile), Endpoint: b.endpoint, SessionName: "david"}
}

func (b *box) must(profile string) creds.Credentials {
	b.Helper()
	c, err := b.broker.Credentials(b.Context(), b.request(profile))
	if err != nil {
		b.Fatalf("%s: %v", profile, err)
	}
	return c
}

// made checks the calls since the last time: their actions and HTTP statuses.
func (b *box) made(want ...string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if got := strings.Join(b.calls, ", "); got != strings.Join(want, ", ") {
		b.Errorf("calls: %s\nwant:  %s", got, strings.Join(want, ", "))
	}
	b.calls = nil
}

func (b *box) hear(sentence string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, sentence)
}

// code is the next unused code of David's device; it moves the clock where it must.
func (b *box) code() string {
	for {
		code, _, wait, err := b.world.Code("david")
		if err != nil {
			b.Error(err)
			return ""
		}
		if code != "" {
			return code
		}
		b.advance(wait)
	}
}

// fakeCodes is a person with a device.
type fakeCodes struct {
	mu    sync.Mutex
	asked []creds.CodeRequest
	wrong []string // given first, one each time
	give  func() string
}

func (f *fakeCodes) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, need)
	if len(f.wrong) > 0 {
		code := f.wrong[0]
		f.wrong = f.wrong[1:]
		return code, nil
	}
	if need.Attempt > 5 {
		return "", errors.New("asked too often")
	}
	return f.give(), nil
}
