package creds

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"cameo/profiles"
)

// replyLimit bounds the body of a reply: one of AWS is a few KiB.
const replyLimit = 1 << 20

var errTooLarge = errors.New("the reply is larger than any of AWS")

// NewHTTPClient returns the client that reaches AWS: connections are made within
// 3 seconds, headers come within 10, redirects are not followed, and a body ends
// at 1 MiB. roots are the certificates to trust in place of the system's; nil: the
// system's. Proxies are those of the process's HTTPS_PROXY, HTTP_PROXY and
// NO_PROXY; loopback is never proxied. Make one and share it: its
// CloseIdleConnections ends what it keeps open.
func NewHTTPClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: limited{&http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second,
			IdleConnTimeout:       30 * time.Second,
			ForceAttemptHTTP2:     true,
			TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// limited ends every body of a reply at replyLimit.
type limited struct{ *http.Transport }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := ownBody(r)
	if err != nil {
		return nil, err
	}
	response, err := l.Transport.RoundTrip(r)
	if err == nil {
		response.Body = &limitedBody{ReadCloser: response.Body, left: replyLimit}
	}
	return response, err
}

// ownBody is the request with a body that only the transport closes. The SDK closes
// its own as soon as there is an answer; a transport that was just about to see that
// body's end takes this for a failed request, and breaks the answer off.
func ownBody(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	body, err := io.ReadAll(r.Body)
	if closed := r.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// certificateError names what is wrong with a certificate; empty: the error is
// of another kind.
func certificateError(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "its certificate is signed by nobody this machine trusts"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has ended or is not valid yet, or the clock of this machine is off"
	case errors.As(err, &invalid):
		return "its certificate is not valid"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case errors.As(err, &verification) && !errors.Is(err, context.Canceled):
		return "its certificate cannot be verified"
	}
	return ""
}

// WhyUnreachable says in a few words why the network failed; the words are inert, and
// hold no address.
func WhyUnreachable(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	inner := innermost(err).Error()
	switch {
	case errors.Is(err, errTooSlow), errors.As(err, &timeout) && timeout.Timeout():
		return errTooSlow.Error() + ": network, VPN or proxy"
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy cannot be reached: " + profiles.Inert(inner)
	case errors.As(err, &dns):
		return "its name is not known here: offline, or DNS"
	case certificateError(err) != "":
		return certificateError(err) + ": set AWS_CA_BUNDLE where a proxy signs for AWS"
	case strings.Contains(inner, "invalid proxy"):
		return "the proxy's address cannot be used" // the text has it, and a password may be in it
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without an answer"
	}
	return profiles.Inert(inner)
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
