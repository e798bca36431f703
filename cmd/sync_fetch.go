package cmd

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"cameo/creds"
	"cameo/internal/roles"
	"cameo/internal/settings"
	"cameo/profiles"
)

// fetcher gets catalogues: files, https:// and s3://.
type fetcher struct {
	web *http.Client // follows redirects to https://
	s3  *http.Client // follows none
	now func() time.Time
	env func(string) (string, bool)
	// signing is who signs for s3://, the setting source, else home, and their region.
	signing func(context.Context) (c creds.Credentials, region string, err error)
}

// fetched is what came of it.
type fetched struct {
	data      []byte
	etag      string
	unchanged bool // since the copy of the ETag that was sent
}

// fetchError: what a catalogue comes from did not give it.
type fetchError struct {
	unavailable bool // a retry may help
	refused     bool // by who has it
	why         string
}

func (e *fetchError) Error() string { return e.why }

var errFetchTooSlow = errors.New("no answer within 30 s: network, VPN or proxy")

// fetcher is wired like everything that reaches AWS: AWS_CA_BUNDLE and the proxies
// of HTTPS_PROXY and NO_PROXY hold. TLS is always verified, and a redirect is followed
// from https:// to https:// only.
func (a *app) fetcher() (*fetcher, error) {
	roots, err := a.roots()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 15 * time.Second,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	f := &fetcher{now: a.world.Now, env: a.env, web: &http.Client{Transport: transport, CheckRedirect: onlyHTTPS}}
	f.s3 = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	f.signing = func(ctx context.Context) (creds.Credentials, string, error) {
		sw, err := a.switcher()
		if err != nil {
			return creds.Credentials{}, "", err
		}
		c, at, err := sw.Signing(ctx)
		return c, cmp.Or(a.region(), at.Region), err
	}
	return f, nil
}

var errRedirect = errors.New("it leads on to an address that is not https://")

func onlyHTTPS(next *http.Request, via []*http.Request) error {
	next.Header.Del("Referer") // it has the first address, and there may be a token in it
	switch {
	case next.URL.Scheme != "https":
		return errRedirect
	case len(via) >= 5:
		return errors.New("it leads on and on")
	}
	return nil
}

// fetch gets what is at from; etag is that of the copy there is, or empty.
func (f *fetcher) fetch(ctx context.Context, from, etag string) (fetched, error) {
	switch {
	case strings.HasPrefix(from, "https://"):
		return f.fromWeb(ctx, from, etag)
	case strings.HasPrefix(from, "s3://"):
		return f.fromS3(ctx, from, etag)
	}
	data, err := settings.ReadNamed(from, roles.CatalogueLimit)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such file")
	}
	if err != nil {
		return fetched{}, &fetchError{why: err.Error()}
	}
	sum := sha256.Sum256(data)
	tag := hex.EncodeToString(sum[:])
	return fetched{data: data, etag: tag, unchanged: tag == etag}, nil
}

func (f *fetcher) fromWeb(ctx context.Context, address, etag string) (fetched, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fetched{}, &fetchError{why: "its address is not one"} // the error has it, and a password may be in it
	}
	response, err := get(f.web, request, etag)
	if err != nil {
		return fetched{}, err
	}
	return read(response)
}

// get makes a request that asks only for what is new.
func get(client *http.Client, request *http.Request, etag string) (*http.Response, error) {
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	request.Header.Set("User-Agent", "cameo")
	response, err := client.Do(request)
	if err == nil {
		return response, nil
	}
	if errors.Is(err, errRedirect) {
		return nil, &fetchError{why: errRedirect.Error()}
	}
	return nil, &fetchError{unavailable: true, why: "cannot reach " + profiles.Inert(request.URL.Host) + ": " + creds.WhyUnreachable(err)}
}

// read takes the answer, and ends the connection.
func read(response *http.Response) (fetched, error) {
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusNotModified:
		return fetched{unchanged: true}, nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fetched{}, &fetchError{refused: true, why: "refused: " + refusalOf(response)}
	case code >= 500 || code == http.StatusTooManyRequests:
		return fetched{}, &fetchError{unavailable: true, why: "could not be served: " + refusalOf(response)}
	case code != http.StatusOK:
		return fetched{}, &fetchError{why: "is not there: " + refusalOf(response)}
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, roles.CatalogueLimit+1))
	switch {
	case err != nil:
		return fetched{}, &fetchError{unavailable: true, why: "the answer broke off: " + creds.WhyUnreachable(err)}
	case len(data) > roles.CatalogueLimit:
		return fetched{}, &fetchError{why: fmt.Sprintf("it is larger than %d MiB", roles.CatalogueLimit>>20)}
	}
	return fetched{data: data, etag: response.Header.Get("ETag")}, nil
}

// refusalOf is S3's own words where the answer has them, else the status.
func refusalOf(response *http.Response) string {
	data, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var said struct{ Code, Message string }
	if xml.Unmarshal(data, &said) == nil && said.Code != "" {
		return profiles.Inert(said.Code + ": " + said.Message)
	}
	return profiles.Inert(response.Status)
}

// fromS3 gets an object with a request that the setting source, or home, signs. A
// bucket of another region says so in its answer, and is asked there.
func (f *fetcher) fromS3(ctx context.Context, from, etag string) (fetched, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(from, "s3://"), "/")
	if !isBucket(bucket) || key == "" {
		return fetched{}, &fetchError{why: "an object is s3://BUCKET/KEY"}
	}
	c, region, err := f.signing(ctx)
	if err != nil {
		return fetched{}, err
	}
	for range 2 {
		response, err := f.getObject(ctx, c, region, bucket, key, etag)
		if err != nil {
			return fetched{}, err
		}
		other := response.Header.Get("X-Amz-Bucket-Region")
		wrongRegion := response.StatusCode == http.StatusMovedPermanently || response.StatusCode == http.StatusTemporaryRedirect || response.StatusCode == http.StatusBadRequest
		if !wrongRegion || other == region || !profiles.IsRegion(other) {
			return read(response)
		}
		_ = response.Body.Close()
		region = other
	}
	return fetched{}, &fetchError{why: "S3 sends from one region to another"}
}

func (f *fetcher) getObject(ctx context.Context, c creds.Credentials, region, bucket, key, etag string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.objectURL(region, bucket, key), nil)
	if err != nil {
		return nil, &fetchError{why: "AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no address"}
	}
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of no body
	request.Header.Set("X-Amz-Content-Sha256", nothing)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	keys := aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(), SessionToken: c.SessionToken.Reveal()}
	if err := signer.SignHTTP(ctx, keys, request, nothing, "s3", region, f.now()); err != nil {
		return nil, err
	}
	return get(f.s3, request, etag)
}

// objectURL is where an object is: in the bucket's own host, or beneath a custom
// endpoint, where there are no such hosts.
func (f *fetcher) objectURL(region, bucket, key string) string {
	path := "/" + httpbinding.EscapePath(key, false)
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if endpoint, _ := f.env(name); endpoint != "" && !f.ignoresEndpoints() {
			return strings.TrimSuffix(endpoint, "/") + "/" + bucket + path
		}
	}
	host := "s3" + strings.TrimPrefix(creds.Endpoint{Region: region}.Host(), "sts")
	if strings.Contains(bucket, ".") { // the certificate is good for one name only
		return "https://" + host + "/" + bucket + path
	}
	return "https://" + bucket + "." + host + path
}

func (f *fetcher) ignoresEndpoints() bool {
	value, _ := f.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
	return strings.EqualFold(value, "true")
}

// isBucket reports whether a name can be that of a bucket
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html): it
// becomes part of a host name.
func isBucket(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" &&
		!strings.ContainsAny(name[:1]+name[len(name)-1:], ".-") && !strings.Contains(name, "..")
}
