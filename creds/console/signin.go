package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cameo/creds"
	"cameo/profiles"
)

// Lasts is how long a link is good for: AWS's own terms.
const Lasts = 15 * time.Minute

// The lengths that AWS gives a session of the console.
const (
	shortest = 15 * time.Minute
	longest  = 12 * time.Hour
)

// Request is what a link is asked for with.
type Request struct {
	// Name is what errors call the role.
	Name        string
	Credentials creds.Credentials // of a role session
	Partition   string
	// Region of the sign-in and of the page, see [Region]; empty: AWS's choice.
	Region  string
	Service string // the page to open, as addresses of the console call it: "s3"; empty: its home
	// Length of the console's session; 0: as long as the credentials last. AWS takes
	// it only for a role that long-term keys entered.
	Length time.Duration
	// Endpoint is a custom URL of the sign-in; empty: AWS's own. It is given the keys of
	// the session, so what a file says (EndpointIn is the line) has to be AWS or loopback.
	Endpoint   string
	EndpointIn profiles.Position
}

// Region is the first of candidates that is a region of the partition; else empty, or
// the partition's first region where all of its consoles have one in their names.
func Region(partition string, candidates ...string) string {
	for _, region := range candidates {
		if in, _ := profiles.PartitionOf(region); profiles.IsRegion(region) && in == partition {
			return region
		}
	}
	switch partition {
	case "aws", "aws-cn", "aws-us-gov":
		return ""
	}
	return profiles.HomeRegion(partition)
}

// IsService reports whether text can be the name of a service in an address of the
// console.
func IsService(text string) bool {
	return text != "" && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// NoSessionError: the credentials are long-term keys, and the console is for sessions.
type NoSessionError struct{ Name string }

func (e *NoSessionError) Error() string {
	return fmt.Sprintf("%s has long-term keys, and AWS signs only sessions of roles in to the console", profiles.Quote(e.Name))
}

// NoConsoleError: no console of the partition is known.
type NoConsoleError struct{ Partition string }

func (e *NoConsoleError) Error() string {
	return fmt.Sprintf("the partition %s has no console that is known", profiles.Quote(e.Partition))
}

// EndpointError: the keys of the session are not sent to a custom sign-in. STS is only
// ever sent a signature, which is worth nothing to others; the sign-in gets the keys.
type EndpointError struct {
	Host string
	In   profiles.Position // the line that names it; its zero value: the environment does
}

func (e *EndpointError) Error() string {
	if e.In.Line > 0 {
		return fmt.Sprintf("the sign-in to the console would give the role's keys to %s (%s), which is neither AWS nor on this machine: only AWS_ENDPOINT_URL_SIGNIN can name it", profiles.Inert(e.Host), e.In)
	}
	return fmt.Sprintf("the sign-in to the console would send the role's keys to %s in the clear: its URL has to begin with https://", profiles.Inert(e.Host))
}

// RefusedError: the federation endpoint said no. It never says why.
type RefusedError struct {
	Name   string
	Host   string
	Status int
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("AWS refused to sign %s in to the console (%s, HTTP status %d): its session has ended or was revoked, or is one of GetSessionToken, which the console does not take",
		profiles.Quote(e.Name), profiles.Inert(e.Host), e.Status)
}

// SignIn asks for the link. via is how AWS is reached. The error is a *NoSessionError,
// a *NoConsoleError, an *EndpointError, a *RefusedError, or one of creds.STS.Send.
func (r Request) SignIn(ctx context.Context, via creds.STS) (profiles.Secret, error) {
	domain := profiles.ConsoleDomain(r.Partition)
	switch {
	case r.Credentials.SessionToken.Empty():
		return profiles.Secret{}, &NoSessionError{Name: r.Name}
	case domain == "":
		return profiles.Secret{}, &NoConsoleError{Partition: r.Partition}
	}
	base, err := r.base(domain)
	if err != nil {
		return profiles.Secret{}, err
	}
	token, err := r.token(ctx, via, base)
	if err != nil {
		return profiles.Secret{}, err
	}
	link := *base
	link.RawQuery = url.Values{"Action": {"login"}, "Issuer": {"cameo"}, "Destination": {r.destination(domain)}, "SigninToken": {token}}.Encode()
	return profiles.NewSecret(link.String()), nil
}

// base is the address of the federation endpoint.
func (r Request) base(domain string) (*url.URL, error) {
	address := r.Endpoint
	if address == "" {
		address = "https://" + r.inRegion("signin."+domain)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, creds.BadURL("the custom endpoint of the sign-in")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, creds.BadURL(u.Host)
	case isLoopback(u.Hostname()):
	case u.Scheme == "http", r.EndpointIn.Line > 0 && !strings.HasSuffix("."+u.Hostname(), ".signin."+domain):
		return nil, &EndpointError{Host: u.Host, In: r.EndpointIn}
	}
	return u.JoinPath("federation"), nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (r Request) inRegion(host string) string {
	if r.Region == "" {
		return host
	}
	return r.Region + "." + host
}

// destination is the page that the link opens.
func (r Request) destination(domain string) string {
	service := r.Service
	if service == "" {
		service = "console"
	}
	page := "https://" + r.inRegion("console."+domain) + "/" + service + "/home"
	if r.Region != "" {
		page += "?region=" + r.Region
	}
	return page
}

// token exchanges the session for a sign-in token. Where AWS does not take the length,
// it is asked once more, without: it does not say what it refuses.
func (r Request) token(ctx context.Context, via creds.STS, base *url.URL) (string, error) {
	length := r.Length
	if length > 0 {
		length = min(max(length, shortest), longest)
	}
	reply, err := r.ask(ctx, via, base, length)
	if err == nil && reply.Status == http.StatusBadRequest && length > 0 {
		reply, err = r.ask(ctx, via, base, 0)
	}
	if err != nil {
		return "", err
	}
	var answer struct{ SigninToken string }
	switch {
	case reply.Status == http.StatusBadRequest, reply.Status == http.StatusUnauthorized, reply.Status == http.StatusForbidden:
		return "", &RefusedError{Name: r.Name, Host: base.Host, Status: reply.Status}
	case reply.Status >= 300, json.Unmarshal(reply.Body, &answer) != nil, answer.SigninToken == "":
		return "", creds.NotAWS(base.Host, reply.Status)
	}
	return answer.SigninToken, nil
}

// ask sends the session in the body of the request: proxies log addresses.
func (r Request) ask(ctx context.Context, via creds.STS, base *url.URL, length time.Duration) (creds.Reply, error) {
	session, err := json.Marshal(map[string]string{"sessionId": r.Credentials.AccessKeyID,
		"sessionKey": r.Credentials.SecretAccessKey.Reveal(), "sessionToken": r.Credentials.SessionToken.Reveal()})
	if err != nil {
		return creds.Reply{}, err
	}
	form := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if length > 0 {
		form.Set("SessionDuration", strconv.Itoa(int(length/time.Second)))
	}
	return via.Send(ctx, base.Host, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, base.String(), strings.NewReader(form.Encode()))
		if err == nil {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return request, err
	})
}
