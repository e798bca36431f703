package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SignedRequest is a signed request together with what its signature depends on.
type SignedRequest struct {
	// Text is the HTTP/1.1 request: request line, headers, an empty line, body; lines
	// end in \n or \r\n. Its path may hold spaces and UTF-8 as they are.
	Text string
	Keys []SigningKey // that the verifier knows
	Now  time.Time    // the verifier's clock
	// Region and Service that the request came to; empty: those of its own scope.
	Region, Service string
	// NormalizePath and DoubleEncode say how the service canonicalises a path; nil: as
	// AWS does, which is neither for s3 and both for the others.
	NormalizePath, DoubleEncode *bool
	// UnsignedToken: the session token was added after the request was signed.
	UnsignedToken bool
}

// SigningKey is a pair of keys, with the token of temporary ones. Printing it shows
// the key ID alone.
type SigningKey struct{ ID, Secret, Token string }

// String returns the key ID.
func (k SigningKey) String() string { return k.ID }

// GoString returns the key ID.
func (k SigningKey) GoString() string { return k.ID }

// SignatureCheck is what a verifier made of a signed request, to compare with what
// the client made.
type SignatureCheck struct {
	// Reason is why the signature is not accepted: IncompleteSignature,
	// SignedHeadersMissing, InvalidClientTokenId, RequestExpired or
	// SignatureDoesNotMatch; empty: it is accepted.
	Reason string
	Detail string // in a sentence; may be empty
	// The steps of Signature Version 4, as far as they could be taken: Signature is
	// empty where the key is unknown.
	CanonicalRequest, StringToSign, Signature string
}

// ErrNotARequest is returned for a text that is no HTTP request.
var ErrNotARequest = errors.New("it is not an HTTP/1.1 request")

// CheckSignature verifies a request and shows how:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
func CheckSignature(q SignedRequest) (SignatureCheck, error) {
	r, body, err := readRequest(q.Text)
	if err != nil {
		return SignatureCheck{}, err
	}
	s, fault := readSignature(r, r.URL.Query())
	if s == nil || fault.fault == malformed {
		return SignatureCheck{Reason: reasonOf(fault.fault), Detail: fault.detail}, nil
	}
	s.unsignedToken = q.UnsignedToken
	rule := pathRuleOf(s.service)
	if q.NormalizePath != nil {
		rule.normalize = *q.NormalizePath
	}
	if q.DoubleEncode != nil {
		rule.doubleEncode = *q.DoubleEncode
	}
	var check SignatureCheck
	check.CanonicalRequest = canonicalRequest(r, s, signedPayload(r, s, body), rule)
	check.StringToSign = stringToSign(s, check.CanonicalRequest)
	c := q.credential(s.keyID)
	if c != nil {
		check.Signature = computed(signingKey(c.secret, s), check.StringToSign)
	}
	if fault.fault == noFault {
		fault = q.scopeFault(s, r)
	}
	if fault.fault == noFault {
		fault = c.mayHaveSigned(s, q.Now)
	}
	if fault.fault == noFault && !s.is(check.Signature) {
		fault = authFault{mismatch, "The signature is another one: compare the canonical request, line by line, with that of the client."}
	}
	check.Reason, check.Detail = reasonOf(fault.fault), fault.detail
	return check, nil
}

func (q SignedRequest) credential(id string) *credential {
	for _, k := range q.Keys {
		if k.ID == id {
			return &credential{id: k.ID, secret: k.Secret, token: k.Token}
		}
	}
	return nil
}

// scopeFault looks whether the request came where it was signed for, and whether
// it still has what was signed.
func (q SignedRequest) scopeFault(s *signature, r *http.Request) authFault {
	switch {
	case q.Region != "" && q.Region != s.region:
		return authFault{badScope, fmt.Sprintf("Credential should be scoped to a valid region, not '%s'.", s.region)}
	case q.Service != "" && q.Service != s.service:
		return authFault{badScope, fmt.Sprintf("Credential should be scoped to correct service: '%s'.", q.Service)}
	}
	elsewhere := []string{"host", "content-length", "transfer-encoding"} // net/http keeps these apart
	for _, name := range s.signedHeaders {
		if len(r.Header.Values(name)) == 0 && !slices.Contains(elsewhere, name) {
			return authFault{unsignedField, fmt.Sprintf("The request has no header '%s', which was signed.", name)}
		}
	}
	return authFault{}
}

func reasonOf(f fault) string {
	switch f {
	case noFault:
		return ""
	case missing, malformed, badPresign:
		return "IncompleteSignature"
	case unsignedField:
		return "SignedHeadersMissing"
	case unknownKey, badToken, endedSession:
		return "InvalidClientTokenId"
	case early, late, endedPresign:
		return "RequestExpired"
	case badScope, mismatch:
	}
	return "SignatureDoesNotMatch"
}

// signedPayload is the digest of the body as it was signed.
func signedPayload(r *http.Request, s *signature, body string) string {
	switch declared := r.Header.Get("X-Amz-Content-Sha256"); {
	case declared != "":
		return declared
	case s.presigned && s.service == "s3":
		return unsignedPayload
	}
	return hexSHA256([]byte(body))
}

// readRequest reads a request as a server would, but for the spaces and the UTF-8
// that a text written by hand has in its path.
func readRequest(text string) (*http.Request, string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	first, rest, _ := strings.Cut(text, "\n")
	method, target, found := strings.Cut(strings.TrimSuffix(first, " HTTP/1.1"), " ")
	if !found {
		return nil, "", ErrNotARequest
	}
	location, query, hasQuery := strings.Cut(target, "?")
	target = location
	if !strings.Contains(location, "%") {
		target = encode(location, true)
	}
	if hasQuery {
		var b strings.Builder
		for i := range len(query) {
			if c := query[i]; c <= ' ' || c >= 0x7f {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
		target += "?" + b.String()
	}
	head, body, _ := strings.Cut(rest+"\n", "\n\n")
	body = strings.TrimSuffix(body, "\n")
	wire := method + " " + target + " HTTP/1.1\r\n" + strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(wire), strings.NewReader(body))))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrNotARequest, err)
	}
	return r, body, nil
}
