package creds

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

type (
	awshttpError   = awshttp.ResponseError
	smithyEndpoint = smithyendpoints.Endpoint
)

// replyLimit bounds the body of a reply: one of STS is a few KiB.
const replyLimit = 1 << 20

var errTooLarge = errors.New("the reply is larger than any of STS")

// NewHTTPClient returns the client that reaches AWS: connections are made within
// 3 seconds, headers come within 10, redirects are not followed, and a body ends
// at 1 MiB. roots are the certificates to trust in place of the system's; nil: the
// system's. Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY; loopback is
// never proxied.
func NewHTTPClient(roots *x509.CertPool) *http.Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	if roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport:     limited{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &limitedBody{ReadCloser: response.Body, left: replyLimit}
	}
	return response, err
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

func isCertificate(err error) bool { return certificateError(err) != "" }

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
	case errors.As(err, &invalid):
		return "its certificate is not valid (" + invalid.Error() + ")"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case errors.As(err, &verification) && !errors.Is(err, context.Canceled):
		return "its certificate cannot be verified"
	}
	return ""
}
