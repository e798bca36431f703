package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	stampLayout     = "20060102T150405Z"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	maxSkew         = 15 * time.Minute
	maxPresigned    = 604800 * time.Second
)

// signature is what a request says about how it was signed, in the header or,
// presigned, in the query. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
type signature struct {
	keyID, day, region, service string
	signedHeaders               []string // as sent, lower case
	value                       string   // hex
	stamp                       string   // 20060102T150405Z
	at                          time.Time
	token                       string
	presigned                   bool
	unsignedToken               bool          // a presigned request got its token after it was signed
	lifetime                    time.Duration // of a presigned request
	key                         []byte        // the signing key, once verified
}

func (s *signature) scope() string {
	return strings.Join([]string{s.day, s.region, s.service, "aws4_request"}, "/")
}

// fault is why a signature was not accepted; each service has its own words.
type fault int

const (
	noFault       fault = iota
	missing             // the request is not signed
	malformed           // the signature cannot be read
	badScope            // credential scope and request do not agree
	unknownKey          // no such key
	badToken            // the session token is not the key's
	endedSession        // the session has expired
	early               // signed too far in the future
	late                // signed too long ago
	endedPresign        // a presigned request was used too late
	badPresign          // the query parameters of a presigned request are wrong
	unsignedField       // a header that must be signed is not
	mismatch            // the signature is another one
)

// authFault is a fault with its detail.
type authFault struct {
	fault  fault
	detail string
}

// readSignature finds the signature of a request.
func readSignature(r *http.Request, query url.Values) (*signature, authFault) {
	if query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") {
		return readPresigned(query)
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, authFault{fault: missing}
	}
	name, rest, _ := strings.Cut(header, " ")
	if name != algorithm {
		return nil, authFault{malformed, fmt.Sprintf("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", rest, header)}
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok {
			return nil, authFault{malformed, fmt.Sprintf("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", strings.TrimSpace(field), header)}
		}
		fields[key] = value
	}
	var lacks []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			lacks = append(lacks, "Authorization header requires '"+name+"' parameter.")
		}
	}
	stamp := r.Header.Get("X-Amz-Date")
	if stamp == "" {
		if date, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			stamp = date.UTC().Format(stampLayout)
		} else {
			lacks = append(lacks, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
		}
	}
	if lacks != nil {
		return nil, authFault{malformed, strings.Join(lacks, " ") + " Authorization=" + header}
	}
	s := &signature{stamp: stamp, value: fields["Signature"], token: r.Header.Get("X-Amz-Security-Token")}
	s.signedHeaders = strings.Split(strings.ToLower(fields["SignedHeaders"]), ";")
	return s, s.readScope(fields["Credential"])
}

func readPresigned(query url.Values) (*signature, authFault) {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if len(query[name]) != 1 || query.Get(name) == "" {
			return nil, authFault{badPresign, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."}
		}
	}
	if query.Get("X-Amz-Algorithm") != algorithm {
		return nil, authFault{badPresign, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`}
	}
	s := &signature{
		presigned: true, stamp: query.Get("X-Amz-Date"), value: query.Get("X-Amz-Signature"),
		token: query.Get("X-Amz-Security-Token"), lifetime: maxSkew,
		signedHeaders: strings.Split(strings.ToLower(query.Get("X-Amz-SignedHeaders")), ";"),
	}
	fault := s.readScope(query.Get("X-Amz-Credential"))
	switch text := query.Get("X-Amz-Expires"); {
	case text != "":
		seconds, err := strconv.ParseInt(text, 10, 32)
		s.lifetime = time.Duration(seconds) * time.Second
		switch {
		case err != nil:
			return s, authFault{badPresign, "X-Amz-Expires should be a number"}
		case seconds < 1:
			return s, authFault{badPresign, "X-Amz-Expires must be non-negative"}
		case s.lifetime > maxPresigned:
			return s, authFault{badPresign, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"}
		}
	case s.service == "s3":
		return s, authFault{badPresign, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."}
	}
	return s, fault
}

func (s *signature) readScope(credential string) authFault {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return authFault{malformed, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + credential + "'"}
	}
	s.keyID, s.day, s.region, s.service = parts[0], parts[1], parts[2], parts[3]
	at, err := time.Parse(stampLayout, s.stamp)
	switch {
	case err != nil:
		return authFault{malformed, fmt.Sprintf("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", s.stamp)}
	case parts[4] != "aws4_request":
		return authFault{badScope, "Credential should be scoped with a valid terminator: 'aws4_request', not '" + parts[4] + "'."}
	case s.region == "":
		return authFault{badScope, "Credential should be scoped to a valid region."}
	case s.day != s.stamp[:8]:
		return authFault{badScope, fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.", s.day, s.stamp[:8], s.stamp)}
	case !slices.Contains(s.signedHeaders, "host"):
		return authFault{unsignedField, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	s.at = at
	return authFault{}
}

// verify finds whose signature it is and checks it: key, token, end of session,
// clock, then the signature itself, compared in constant time.
func (w *World) verify(s *signature, r *http.Request, payloadHash string) (*credential, authFault) {
	w.mu.Lock()
	c := w.keys[s.keyID]
	w.mu.Unlock()
	if fault := c.mayHaveSigned(s, w.now()); fault.fault != noFault {
		return nil, fault
	}
	s.key = signingKey(c.secret, s)
	if !s.is(computed(s.key, stringToSign(s, canonicalRequest(r, s, payloadHash, pathRuleOf(s.service))))) {
		return nil, authFault{fault: mismatch}
	}
	return c, authFault{}
}

// mayHaveSigned checks everything about a signature but its value. A nil credential
// is that of an unknown key.
func (c *credential) mayHaveSigned(s *signature, now time.Time) authFault {
	switch {
	case c == nil:
		return authFault{fault: unknownKey}
	case subtle.ConstantTimeCompare([]byte(c.token), []byte(s.token)) != 1:
		return authFault{fault: badToken}
	case !c.expires.IsZero() && !now.Before(c.expires):
		return authFault{fault: endedSession}
	}
	stamp := func(t time.Time) string { return t.UTC().Format(stampLayout) }
	switch {
	case now.Before(s.at.Add(-maxSkew)):
		return authFault{early, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 15 min.)", s.stamp, stamp(now.Add(maxSkew)), stamp(now))}
	case s.presigned && now.After(s.at.Add(s.lifetime)):
		return authFault{endedPresign, fmt.Sprintf("Signature expired: %s is now earlier than %s", s.stamp, stamp(now.Add(-s.lifetime)))}
	case !s.presigned && now.After(s.at.Add(maxSkew)):
		return authFault{late, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 15 min.)", s.stamp, stamp(now.Add(-maxSkew)), stamp(now))}
	}
	return authFault{}
}

// is reports whether the signature has this value.
func (s *signature) is(value string) bool {
	return subtle.ConstantTimeCompare([]byte(value), []byte(s.value)) == 1
}

func computed(key []byte, toSign string) string { return hex.EncodeToString(hmacSHA256(key, toSign)) }

func stringToSign(s *signature, canonical string) string {
	return strings.Join([]string{algorithm, s.stamp, s.scope(), hexSHA256([]byte(canonical))}, "\n")
}

func signingKey(secret string, s *signature) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.day, s.region, s.service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	return key
}

// pathRule is how a service puts the path into the canonical request.
type pathRule struct{ normalize, doubleEncode bool }

// pathRuleOf: S3 takes the path as it is, the others clean and encode it twice.
func pathRuleOf(service string) pathRule {
	return pathRule{normalize: service != "s3", doubleEncode: service != "s3"}
}

func (rule pathRule) canonical(u *url.URL) string {
	location := u.Path
	if location == "" {
		location = "/"
	}
	if rule.normalize {
		slash := strings.HasSuffix(location, "/") || strings.HasSuffix(location, "/.") || strings.HasSuffix(location, "/..")
		location = path.Clean(location)
		if slash && location != "/" {
			location += "/"
		}
	}
	location = encode(location, true)
	if rule.doubleEncode {
		location = encode(location, true)
	}
	return location
}

// canonicalRequest writes the request in the one form that client and server
// sign.
func canonicalRequest(r *http.Request, s *signature, payloadHash string, rule pathRule) string {
	var headers strings.Builder
	for _, name := range s.signedHeaders {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	return strings.Join([]string{
		r.Method, rule.canonical(r.URL), s.canonicalQuery(r.URL.RawQuery), headers.String(), strings.Join(s.signedHeaders, ";"), payloadHash,
	}, "\n")
}

func (s *signature) canonicalQuery(raw string) string {
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(key); err == nil {
			key = decoded
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		if s.presigned && (key == "X-Amz-Signature" || key == "X-Amz-Security-Token" && s.unsignedToken) {
			continue
		}
		pairs = append(pairs, [2]string{encode(key, false), encode(value, false)})
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	lines := make([]string, len(pairs))
	for i, pair := range pairs {
		lines[i] = pair[0] + "=" + pair[1]
	}
	return strings.Join(lines, "&")
}

// headerValue puts back what net/http moves out of the header.
func headerValue(r *http.Request, name string) string {
	values := r.Header.Values(name)
	switch name {
	case "host":
		values = []string{r.Host}
	case "content-length":
		if r.ContentLength >= 0 {
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	case "transfer-encoding":
		values = r.TransferEncoding
	}
	clean := make([]string, len(values))
	for i, value := range values {
		clean[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(clean, ",")
}

// encode is AWS's percent-encoding: every byte but the unreserved ones.
func encode(text string, keepSlash bool) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~', c == '/' && keepSlash:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
