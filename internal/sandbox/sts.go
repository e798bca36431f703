package sandbox

import (
	"encoding/xml"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cameo/internal/policy"
)

const (
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
)

// serveQuery answers the AWS query protocol: a form in, XML out.
func (s *Server) serveQuery(rw http.ResponseWriter, x *exchange, fault authFault, queryErr error) {
	result, err := s.query(x, fault, queryErr)
	if err != nil {
		writeQueryError(rw, x, x.fail(err))
		return
	}
	x.event.Status = http.StatusOK
	rw.Header().Set("Content-Type", "text/xml")
	action := x.event.Action
	writeXML(rw, http.StatusOK, queryResponse{
		XMLName: xml.Name{Local: action + "Response"}, Namespace: stsNamespace,
		Result: named{XMLName: xml.Name{Local: action + "Result"}, Value: result}, RequestID: x.event.ID,
	})
}

func (s *Server) query(x *exchange, fault authFault, queryErr error) (any, error) {
	body, err := readAll(x.r.Body, maxForm)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Request entity too large"}
	case err != nil:
		return nil, &apiError{http.StatusBadRequest, "IncompleteBody", "The request body ended early"}
	}
	form, err := readForm(x.r, x.query, body, queryErr)
	if err != nil {
		return nil, err
	}
	x.event.Action, x.event.Told = form.Get("Action"), maps.Clone(form)
	x.event.Told.Del("TokenCode")
	if refusal := s.hinder(x); refusal != nil {
		return nil, refusal
	}
	if fault.fault != noFault {
		return nil, stsFault(fault)
	}
	if x.event.Service != "sts" {
		if s.stsActions()[x.event.Action] == nil {
			return nil, &apiError{http.StatusBadRequest, "InvalidAction", "This sandbox is STS and S3; it has no service " + strconv.Quote(x.event.Service)}
		}
		return nil, stsFault(authFault{badScope, "Credential should be scoped to correct service: 'sts'."})
	}
	payload := hexSHA256(body)
	if declared := x.r.Header.Get("X-Amz-Content-Sha256"); declared != "" && !x.sig.presigned && declared != payload {
		return nil, stsFault(authFault{fault: mismatch})
	}
	caller, fault := s.world.verify(x.sig, x.r, payload)
	if fault.fault != noFault {
		return nil, stsFault(fault)
	}
	x.event.Caller = caller.arn()
	return s.act(x, caller, form)
}

// readForm returns the parameters: of the body, else of the query.
func readForm(r *http.Request, query url.Values, body []byte, queryErr error) (url.Values, error) {
	form, err := query, queryErr
	if r.Method == http.MethodPost && len(body) > 0 {
		kind, _, kindErr := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if kindErr != nil || kind != "application/x-www-form-urlencoded" {
			return nil, &apiError{http.StatusNotFound, "UnknownOperationException", "The request is not a form"}
		}
		form, err = url.ParseQuery(string(body))
	}
	switch {
	case err != nil:
		return nil, &apiError{http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error"}
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return nil, &apiError{http.StatusMethodNotAllowed, "UnknownOperationException", "The method is neither GET nor POST"}
	}
	return form, nil
}

func (s *Server) act(x *exchange, caller *credential, form url.Values) (any, error) {
	action, version := form.Get("Action"), form.Get("Version")
	if action == "" {
		return nil, &apiError{http.StatusBadRequest, "MissingAction", "The request must contain the parameter Action"}
	}
	if version == "" {
		version = "NO_VERSION_SPECIFIED"
	}
	handler := s.stsActions()[action]
	if handler == nil || version != stsVersion {
		return nil, &apiError{http.StatusBadRequest, "InvalidAction", "Could not find operation " + action + " for version " + version}
	}
	return handler(x, caller, form)
}

type stsAction func(*exchange, *credential, url.Values) (any, error)

func (s *Server) stsActions() map[string]stsAction {
	return map[string]stsAction{
		"AssumeRole": s.world.assumeRole, "GetSessionToken": s.world.getSessionToken, "GetCallerIdentity": s.world.getCallerIdentity,
	}
}

type callerIdentity struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

// getCallerIdentity needs no permission, and no policy can deny it.
func (w *World) getCallerIdentity(_ *exchange, caller *credential, _ url.Values) (any, error) {
	return callerIdentity{Arn: caller.arn(), UserID: caller.userID(), Account: caller.account}, nil
}

type stsCredentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func credentialsOf(c *credential) stsCredentials {
	return stsCredentials{c.id, c.secret, c.token, c.expires.UTC().Format("2006-01-02T15:04:05Z")}
}

// getSessionToken takes no permission either: policies do not control who may
// authenticate.
func (w *World) getSessionToken(x *exchange, caller *credential, form url.Values) (any, error) {
	v := validator{form: form}
	duration := v.duration(12*time.Hour, 129600)
	mfa := v.mfa()
	if err := v.err(); err != nil {
		return nil, err
	}
	if caller.temporary() {
		return nil, denied("Cannot call GetSessionToken with session credentials")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := x.now()
	present, err := mfa.check(caller, now)
	if err != nil {
		return nil, err
	}
	if caller.kind == policy.Root {
		duration = min(duration, time.Hour)
	}
	session := credential{account: caller.account, kind: caller.kind, user: caller.user, expires: now.Add(duration)}
	if present {
		session.mfaAt = now
	}
	issued, err := w.issue(session, true)
	if err != nil {
		return nil, err
	}
	return struct{ Credentials stsCredentials }{credentialsOf(issued)}, nil
}

func denied(message string) *apiError {
	return &apiError{http.StatusForbidden, "AccessDenied", message}
}

// stsFault says in the words of STS why a signature was not accepted.
func stsFault(f authFault) *apiError {
	switch f.fault {
	case missing:
		return &apiError{http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"}
	case malformed, badPresign:
		return &apiError{http.StatusBadRequest, "IncompleteSignature", f.detail}
	case unknownKey, badToken:
		return &apiError{http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid."}
	case endedSession:
		return &apiError{http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"}
	case badScope, early, late, endedPresign, unsignedField:
		return &apiError{http.StatusForbidden, "SignatureDoesNotMatch", f.detail}
	}
	return &apiError{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}

type queryResponse struct {
	XMLName   xml.Name
	Namespace string `xml:"xmlns,attr"`
	Result    named
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

// named writes a value under a name that is only known at run time.
type named struct {
	XMLName xml.Name
	Value   any
}

// MarshalXML writes the value's fields inside the element.
func (n named) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(n.Value, xml.StartElement{Name: n.XMLName})
}

type queryError struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func writeQueryError(rw http.ResponseWriter, x *exchange, e *apiError) {
	kind := "Sender"
	if e.status >= 500 {
		kind = "Receiver"
	}
	rw.Header().Set("Content-Type", "text/xml")
	writeXML(rw, e.status, queryError{Namespace: stsNamespace, Type: kind, Code: e.code, Message: e.message, RequestID: x.event.ID})
}

func writeXML(rw http.ResponseWriter, status int, value any) {
	text, err := xml.Marshal(value)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.WriteHeader(status)
	_, _ = rw.Write(text)
}
