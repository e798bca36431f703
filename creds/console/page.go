package console

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"cameo/profiles"
)

// Patience is how long a page waits for the browser.
const Patience = time.Minute

// Page is an address on loopback that leads a browser to a link, once. The arguments
// of a browser can be read by every user of a machine; what they hold is the page's
// address, which is of no use when the browser has been there.
type Page struct {
	URL string
	// Patience is how long Wait waits; Serve sets it to [Patience].
	Patience time.Duration

	server  *http.Server
	fetched chan struct{}
}

// ErrNotFetched: no browser came for the link in time.
var ErrNotFetched = errors.New("no browser fetched the link")

// Serve opens a page for a link. [Page.Wait] or [Page.Close] has to be called.
func Serve(link profiles.Secret) (*Page, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	host, path := listener.Addr().String(), "/"+rand.Text()
	p := &Page{URL: "http://" + host + path, Patience: Patience, fetched: make(chan struct{})}
	var once sync.Once
	p.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		rw.Header().Set("Referrer-Policy", "no-referrer")
		// A web page whose name was pointed at loopback has another Host.
		if r.Host != host || r.URL.Path != path || r.Method != http.MethodGet {
			http.NotFound(rw, r)
			return
		}
		first := false
		once.Do(func() { first = true })
		if !first {
			http.Error(rw, "This link was opened already. Ask cameo for another one.", http.StatusGone)
			return
		}
		rw.Header().Set("Location", link.Reveal())
		rw.Header().Set("Connection", "close")
		rw.WriteHeader(http.StatusFound)
		close(p.fetched)
	})}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

// Wait waits until a browser has the link, and closes the page. failed tells that no
// browser is going to come; nil: nobody knows. The error is ErrNotFetched after its
// patience, what failed tells, or the cause of ctx.
func (p *Page) Wait(ctx context.Context, failed <-chan error) error {
	defer p.Close()
	patience := time.NewTimer(p.Patience)
	defer patience.Stop()
	for {
		select {
		case <-p.fetched:
			return nil
		case err := <-failed:
			if err != nil {
				return err
			}
			failed = nil // it handed the address on, and has ended
		case <-patience.C:
			return ErrNotFetched
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Close ends the page; an answer that is under way is given.
func (p *Page) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		_ = p.server.Close()
	}
}
