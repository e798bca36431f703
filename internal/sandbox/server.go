package sandbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cameo/internal/policy"
)

// Limits of what a request may carry.
const (
	maxObject = 64 << 20
	maxForm   = 1 << 20
)

// Call is one request to AWS, as far as it could be read.
type Call struct {
	ID      string // x-amzn-RequestId
	Service string // "sts", "s3", "signin", or what the credential scope says
	Action  string // such as "AssumeRole", "PutObject"
	KeyID   string // access key that signed; empty: unsigned
	Region  string // of the credential scope
}

// Event is a call and its answer.
type Event struct {
	Call
	At       time.Time
	Caller   string // ARN; empty where the signature was not accepted
	Resource string // ARN of what was asked for; empty where the call has none
	// Told is the parameters of a call to STS, but for an MFA code; and those of the
	// sign-in to the console, but for its secrets.
	Told     url.Values
	Status   int    // HTTP status
	Code     string // AWS's error code; empty on success
	Message  string // AWS's error message
	Decision *policy.Decision
}

// Fault is what a test wants to go wrong with a call; the zero value is nothing.
type Fault struct {
	Delay   time.Duration // before the call is handled
	Status  int           // answer this instead of handling the call; 0: handle it
	Code    string        // AWS's error code for Status
	Message string
}

// Options change how a server works.
type Options struct {
	Observe func(Event)      // called after every answer, also at the same time
	Fault   func(Call) Fault // asked before every call, also at the same time
	Connect func()           // called for every connection that is made, also at the same time
}

// Server answers for a world as STS and S3, and signs in to a console of one page. The
// endpoint of all is the same: the credential scope of the signature tells STS and S3
// apart, and the sign-in has a path of its own.
type Server struct {
	world    *World
	options  Options
	listener net.Listener
}

// New returns a server for a world; it is an http.Handler, and after
// [Server.Listen] also a server of its own.
func New(world *World, options Options) *Server {
	return &Server{world: world, options: options}
}

// ListenError is returned for an address that is not on loopback.
type ListenError struct{ Address string }

func (e *ListenError) Error() string {
	return fmt.Sprintf("listen address %q is not on loopback; the sandbox listens on 127.0.0.1 or [::1] only", e.Address)
}

// Listen takes a port: "127.0.0.1:0" picks a free one. Any address but a literal
// loopback one (or localhost) gives a [*ListenError]. From here on the endpoint
// accepts connections, which [Server.Serve] answers.
func (s *Server) Listen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return &ListenError{Address: address}
	}
	s.listener, err = net.Listen("tcp", net.JoinHostPort(host, port))
	return err
}

// Endpoint is the URL for AWS_ENDPOINT_URL, without a slash at its end. It is known
// after [Server.Listen].
func (s *Server) Endpoint() string { return "http://" + s.listener.Addr().String() }

// Serve answers requests until the context ends, then gives those under way two
// seconds, closes the port and returns nil. Every goroutine it started has ended
// by then.
func (s *Server) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 256 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew && s.options.Connect != nil {
				s.options.Connect()
			}
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if server.Shutdown(grace) != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// exchange is one request on its way.
type exchange struct {
	world *World
	r     *http.Request
	query url.Values
	sig   *signature // nil: unsigned
	event Event
}

// now is the world's clock.
func (x *exchange) now() time.Time { return x.world.now() }

// apiError is an error that AWS answers.
type apiError struct {
	status  int
	code    string
	message string
}

// unserved is the answer to what AWS has and the sandbox leaves out, under S3's code
// for a feature that a server lacks.
func unserved(what string) *apiError {
	return &apiError{http.StatusNotImplemented, "NotImplemented", "The sandbox does not have " + what}
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	id, err := s.world.requestID()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("X-Amzn-Requestid", id)
	rw.Header().Set("Date", s.world.now().UTC().Format(http.TimeFormat))
	if !loopbackName(r.Host) {
		// A web page whose name was pointed at loopback must not get answers.
		http.Error(rw, "the sandbox answers on loopback names only", http.StatusMisdirectedRequest)
		return
	}
	if r.URL.Path == codePath {
		s.world.serveCode(rw, r)
		return
	}
	x := &exchange{world: s.world, r: r, event: Event{Call: Call{ID: id}, At: s.world.now()}}
	query, queryErr := url.ParseQuery(r.URL.RawQuery)
	x.query = query
	sig, fault := readSignature(r, query)
	x.sig = sig
	if sig != nil {
		x.event.KeyID, x.event.Region, x.event.Service = sig.keyID, sig.region, sig.service
	}
	switch {
	case sig == nil && r.URL.Path == federationPath:
		s.serveFederation(rw, x)
	case x.service() == "s3":
		s.serveS3(rw, x, fault)
	default:
		s.serveQuery(rw, x, fault, queryErr)
	}
	if s.options.Observe != nil {
		s.options.Observe(x.event)
	}
}

// service is whose request it is: the credential scope says it; without a
// signature, a form or an Action is for STS and anything else for S3.
func (x *exchange) service() string {
	switch {
	case x.event.Service != "":
	case x.query.Has("Action") || (x.r.Method == http.MethodPost && x.r.URL.Path == "/"):
		x.event.Service = "sts"
	default:
		x.event.Service = "s3"
	}
	return x.event.Service
}

// hinder asks the fault hook; it returns the error to answer, if any.
func (s *Server) hinder(x *exchange) *apiError {
	if s.options.Fault == nil {
		return nil
	}
	fault := s.options.Fault(x.event.Call)
	if fault.Delay > 0 {
		_ = sleep(x.r.Context(), fault.Delay)
	}
	if fault.Status == 0 {
		return nil
	}
	return &apiError{fault.Status, fault.Code, fault.Message}
}

// fail notes an error in the event. What is not an answer of AWS's is a fault of
// the sandbox itself.
func (x *exchange) fail(err error) *apiError {
	var api *apiError
	if !errors.As(err, &api) {
		api = &apiError{http.StatusInternalServerError, "InternalFailure", err.Error()}
	}
	x.event.Status, x.event.Code, x.event.Message = api.status, api.code, api.message
	return api
}

func (w *World) requestID() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(w.random, raw[:]); err != nil {
		return "", fmt.Errorf("no randomness for a request ID: %w", err)
	}
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	text := hex.EncodeToString(raw[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-"), nil
}

// loopbackName reports whether a Host header can only mean this machine.
func loopbackName(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}
