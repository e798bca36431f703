package sandbox

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cameo/internal/policy"
)

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

type bucket struct {
	name    string
	owner   string // account
	made    time.Time
	policy  *policy.Named
	objects map[string]*object
}

// object does not change once it is in a bucket.
type object struct {
	data     []byte
	etag     string // quoted MD5
	modified time.Time
	headers  http.Header // Content-Type, x-amz-meta-*, ...
	checksum [2]string   // header and value
}

// s3Operation is a route: what S3 calls it, and how it is answered.
type s3Operation struct {
	name string
	run  func(*World, http.ResponseWriter, *exchange, *credential, s3Path) error
}

type s3Path struct{ bucket, key string }

func (p s3Path) bucketARN() string { return "arn:aws:s3:::" + p.bucket }
func (p s3Path) objectARN() string { return "arn:aws:s3:::" + p.bucket + "/" + p.key }

func (s *Server) serveS3(rw http.ResponseWriter, x *exchange, fault authFault) {
	rw.Header().Set("X-Amz-Request-Id", x.event.ID)
	if err := s.s3(rw, x, fault); err != nil {
		api := x.fail(err)
		s3Error{Code: api.code, Message: api.message, RequestID: x.event.ID, HostID: x.event.ID}.write(rw, x.r, api.status)
	}
}

func (s *Server) s3(rw http.ResponseWriter, x *exchange, fault authFault) error {
	path, err := splitPath(x.r.URL)
	if err != nil {
		return err
	}
	op := route(x.r, x.query, path)
	x.event.Action = op.name
	if refusal := s.hinder(x); refusal != nil {
		return refusal
	}
	caller, err := s.s3Caller(x, fault)
	if err != nil {
		return err
	}
	if op.run == nil {
		return unserved("this operation of S3")
	}
	return op.run(s.world, rw, x, caller, path)
}

// s3Caller verifies the signature; nil is a caller without one.
func (s *Server) s3Caller(x *exchange, fault authFault) (*credential, error) {
	if fault.fault == missing {
		return nil, nil
	}
	if fault.fault != noFault {
		return nil, s3Fault(fault)
	}
	payload := x.r.Header.Get("X-Amz-Content-Sha256")
	if x.sig.presigned {
		payload = unsignedPayload
	} else {
		if payload == "" {
			return nil, &apiError{http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"}
		}
		for name := range x.r.Header {
			lower := strings.ToLower(name)
			if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(x.sig.signedHeaders, lower) {
				return nil, s3Fault(authFault{unsignedField, "There were headers present in the request which were not signed"})
			}
		}
	}
	caller, fault := s.world.verify(x.sig, x.r, payload)
	if fault.fault != noFault {
		return nil, s3Fault(fault)
	}
	x.event.Caller = caller.arn()
	return caller, nil
}

func splitPath(u *url.URL) (s3Path, error) {
	name, key, _ := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	var p s3Path
	var err, keyErr error
	p.bucket, err = url.PathUnescape(name)
	p.key, keyErr = url.PathUnescape(key)
	if err != nil || keyErr != nil || !utf8.ValidString(p.key) {
		return p, &apiError{http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI."}
	}
	if len(p.key) > 1024 {
		return p, &apiError{http.StatusBadRequest, "KeyTooLongError", "Your key is too long"}
	}
	return p, nil
}

// route finds the operation; one that the sandbox does not have keeps its
// request line as its name.
func route(r *http.Request, query url.Values, p s3Path) s3Operation {
	unknown := s3Operation{name: r.Method + " " + r.URL.Path}
	if slices.ContainsFunc([]string{
		"acl", "policy", "tagging", "uploads", "uploadId", "delete", "versioning", "versions", "cors", "lifecycle", "website",
		"logging", "notification", "encryption", "replication", "attributes", "torrent", "retention", "legal-hold", "object-lock",
		"publicAccessBlock", "ownershipControls", "requestPayment", "accelerate", "analytics", "inventory", "metrics", "restore", "select",
		"partNumber", "versionId",
	}, query.Has) {
		return unknown
	}
	switch {
	case p.bucket == "" && r.Method == http.MethodGet:
		return s3Operation{"ListBuckets", (*World).listBuckets}
	case p.bucket == "":
		return unknown
	case p.key == "" && r.Method == http.MethodHead:
		return s3Operation{"HeadBucket", (*World).headBucket}
	case p.key == "" && r.Method == http.MethodGet && query.Has("location"):
		return s3Operation{"GetBucketLocation", (*World).getBucketLocation}
	case p.key == "" && r.Method == http.MethodGet && query.Get("list-type") == "2":
		return s3Operation{"ListObjectsV2", (*World).listObjects}
	case p.key == "" && r.Method == http.MethodGet:
		return s3Operation{"ListObjects", (*World).listObjects}
	case p.key == "":
		return unknown
	case r.Method == http.MethodGet:
		return s3Operation{"GetObject", (*World).getObject}
	case r.Method == http.MethodHead:
		return s3Operation{"HeadObject", (*World).getObject}
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") == "":
		return s3Operation{"PutObject", (*World).putObject}
	case r.Method == http.MethodDelete:
		return s3Operation{"DeleteObject", (*World).deleteObject}
	}
	return unknown
}

// allow decides an action in a bucket and returns it; the world is locked by the
// caller. Within an account AWS names the side that denied; across accounts it
// says nothing.
func (w *World) allow(x *exchange, c *credential, action string, p s3Path, resource string, context policy.Context) (*bucket, error) {
	b := w.buckets[p.bucket]
	if b == nil {
		return nil, &apiError{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"}
	}
	x.event.Resource = resource
	d := w.decide(c, action, resource, b.owner, context, b.policy)
	x.event.Decision = &d
	if d.Outcome == policy.Allowed {
		return b, nil
	}
	if c == nil || c.account != b.owner {
		return nil, denied("Access Denied")
	}
	return nil, denied(s3Denial(c, action, resource, d))
}

func s3Denial(c *credential, action, resource string, d policy.Decision) string {
	return fmt.Sprintf(`User: %s is not authorized to perform: %s on resource: "%s"%s`, c.arn(), action, resource, why(d, action, "resource-based"))
}

// s3Fault says in the words of S3 why a signature was not accepted.
func s3Fault(f authFault) *apiError {
	switch f.fault {
	case malformed, badScope:
		return &apiError{http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; " + f.detail}
	case badPresign:
		return &apiError{http.StatusBadRequest, "AuthorizationQueryParametersError", f.detail}
	case unknownKey:
		return &apiError{http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}
	case badToken:
		return &apiError{http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid."}
	case endedSession:
		return &apiError{http.StatusBadRequest, "ExpiredToken", "The provided token has expired."}
	case early, late:
		return &apiError{http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."}
	case endedPresign:
		return denied("Request has expired")
	case unsignedField:
		return denied(f.detail)
	case missing:
		return denied("Access Denied")
	}
	return &apiError{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
}

type s3Error struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

func (e s3Error) write(rw http.ResponseWriter, r *http.Request, status int) {
	if r.Method == http.MethodHead || status == http.StatusNotModified {
		rw.WriteHeader(status)
		return
	}
	rw.Header().Set("Content-Type", "application/xml")
	writeXML(rw, status, e)
}

// AddBucket adds a bucket; names are unique across accounts.
func (w *World) AddBucket(owner, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.account(owner); err != nil {
		return err
	}
	if w.buckets[name] != nil {
		return fmt.Errorf("bucket %q exists already", name)
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return fmt.Errorf("bucket %q: a name has lower-case letters, digits, dots and hyphens only", name)
	}
	w.buckets[name] = &bucket{name: name, owner: owner, made: w.now(), objects: map[string]*object{}}
	return nil
}

// PutBucketPolicy gives a bucket its policy; an empty document removes it.
// Principals are compared by name here, not by unique ID.
func (w *World) PutBucketPolicy(name, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.buckets[name]
	if b == nil {
		return fmt.Errorf("there is no bucket %q", name)
	}
	if document == "" {
		b.policy = nil
		return nil
	}
	doc, err := parseFor(policy.BucketUse, document)
	if err != nil {
		return err
	}
	b.policy = &policy.Named{Name: "bucket policy", Document: doc}
	return nil
}

// PutObject puts an object into a bucket, whoever may.
func (w *World) PutObject(bucketName, key string, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.buckets[bucketName]
	if b == nil {
		return fmt.Errorf("there is no bucket %q", bucketName)
	}
	b.objects[key] = newObject(data, http.Header{"Content-Type": {"binary/octet-stream"}}, w.now())
	return nil
}

// Object returns the contents of an object, whoever may read it.
func (w *World) Object(bucketName, key string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.buckets[bucketName]; b != nil && b.objects[key] != nil {
		return b.objects[key].data, nil
	}
	return nil, errors.New("there is no object " + bucketName + "/" + key)
}
