package console_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cameo/creds/console"
	"cameo/profiles"
)

const target = "https://signin.aws.amazon.com/federation?SigninToken=canary"

func serve(t *testing.T) *console.Page {
	t.Helper()
	page, err := console.Serve(profiles.NewSecret(target))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	return page
}

// fetch asks for an address as it is, and follows nothing.
func fetch(t *testing.T, method, address, host string) *http.Response {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.Header.Get("Cache-Control") != "no-store" || response.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("its headers are %v", response.Header)
	}
	return response
}

func TestThePageLeadsToTheLinkOnce(t *testing.T) {
	page := serve(t)
	u, err := url.Parse(page.URL)
	if err != nil || u.Hostname() != "127.0.0.1" || len(u.Path) < 20 || strings.Contains(page.URL, "canary") {
		t.Fatal(page.URL)
	}
	for _, wrong := range [][3]string{
		{"GET", "http://" + u.Host + "/", ""}, {"GET", "http://" + u.Host + "/favicon.ico", ""}, {"GET", page.URL + "/", ""},
		{"GET", page.URL, "evil.example.com"}, {"GET", page.URL, "localhost:" + u.Port()}, {"HEAD", page.URL, ""}, {"POST", page.URL, ""},
	} {
		if r := fetch(t, wrong[0], wrong[1], wrong[2]); r.StatusCode != http.StatusNotFound || r.Header.Get("Location") != "" {
			t.Errorf("%v: %v", wrong, r.Status)
		}
	}
	if r := fetch(t, "GET", page.URL, ""); r.StatusCode != http.StatusFound || r.Header.Get("Location") != target {
		t.Errorf("%v %v", r.Status, r.Header)
	}
	if r := fetch(t, "GET", page.URL, ""); r.StatusCode != http.StatusGone || r.Header.Get("Location") != "" {
		t.Errorf("the second time: %v", r.Status)
	}
	if err := page.Wait(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", u.Host); err == nil {
		_ = c.Close()
		t.Error("the port is open still")
	}
}

func TestWaitingEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	failed := make(chan error, 1)
	broken := errors.New("the browser is broken")
	failed <- broken
	if err := serve(t).Wait(ctx, failed); !errors.Is(err, broken) {
		t.Error(err)
	}
	impatient := serve(t)
	impatient.Patience = time.Millisecond
	if err := impatient.Wait(ctx, failed); !errors.Is(err, console.ErrNotFetched) {
		t.Error(err)
	}
	failed <- nil // it handed the address to another process
	cancel(broken)
	if err := serve(t).Wait(ctx, failed); !errors.Is(err, broken) {
		t.Error(err)
	}
}
