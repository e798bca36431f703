package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cameo/internal/policy"
)

func newObject(data []byte, headers http.Header, modified time.Time) *object {
	sum := md5.Sum(data)
	return &object{data: bytes.Clone(data), etag: `"` + hex.EncodeToString(sum[:]) + `"`, headers: headers, modified: modified.UTC().Truncate(time.Second)}
}

func (w *World) putObject(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	context := contextOf(c, x.r, x.event.Region, x.now())
	if err := w.allowLocked(x, c, "s3:PutObject", p, p.objectARN(), context); err != nil {
		return err
	}
	data, checksum, err := readPayload(x.r, x.sig, maxObject)
	if err != nil {
		return err
	}
	o := newObject(data, keptHeaders(x.r.Header), x.now())
	o.checksum = checksum
	w.mu.Lock()
	defer w.mu.Unlock()
	b, err := w.allow(x, c, "s3:PutObject", p, p.objectARN(), context)
	if err != nil {
		return err
	}
	if x.r.Header.Get("If-None-Match") == "*" && b.objects[p.key] != nil {
		return errPrecondition
	}
	b.objects[p.key] = o
	rw.Header().Set("ETag", o.etag)
	if checksum[0] != "" {
		rw.Header().Set(checksum[0], checksum[1])
	}
	x.event.Status = http.StatusOK
	return nil
}

func (w *World) allowLocked(x *exchange, c *credential, action string, p s3Path, resource string, context policy.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.allow(x, c, action, p, resource, context)
	return err
}

// keptHeaders are those of an upload that S3 gives back with the object.
func keptHeaders(in http.Header) http.Header {
	out := http.Header{"Content-Type": {"binary/octet-stream"}}
	for name, values := range in {
		switch {
		case strings.HasPrefix(name, "X-Amz-Meta-"), name == "Content-Type", name == "Cache-Control",
			name == "Content-Disposition", name == "Content-Language", name == "Expires":
			out[name] = values
		case name == "Content-Encoding":
			var kept []string
			for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
				if coding = strings.TrimSpace(coding); coding != "" && coding != "aws-chunked" {
					kept = append(kept, coding)
				}
			}
			if kept != nil {
				out[name] = []string{strings.Join(kept, ",")}
			}
		}
	}
	return out
}

var errPrecondition = &apiError{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"}

// getObject answers GetObject and HeadObject.
func (w *World) getObject(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	o, err := w.findObject(x, c, p)
	if err != nil {
		return err
	}
	if match := x.r.Header.Get("If-Match"); match != "" && match != "*" && match != o.etag {
		return errPrecondition
	}
	if match := x.r.Header.Get("If-None-Match"); match == "*" || match == o.etag {
		rw.Header().Set("ETag", o.etag)
		return &apiError{http.StatusNotModified, "NotModified", "Not Modified"}
	}
	first, last, part, err := byteRange(x.r.Header.Get("Range"), int64(len(o.data)))
	if err != nil {
		return err
	}
	header := rw.Header()
	maps.Copy(header, o.headers)
	header.Set("ETag", o.etag)
	header.Set("Last-Modified", o.modified.Format(http.TimeFormat))
	header.Set("Accept-Ranges", "bytes")
	header.Set("Content-Length", strconv.FormatInt(last+1-first, 10))
	if o.checksum[0] != "" && !part && strings.EqualFold(x.r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		header.Set(o.checksum[0], o.checksum[1])
	}
	x.event.Status = http.StatusOK
	if part {
		x.event.Status = http.StatusPartialContent
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, len(o.data)))
	}
	rw.WriteHeader(x.event.Status)
	if x.r.Method == http.MethodGet {
		_, _ = io.Copy(rw, bytes.NewReader(o.data[first:last+1]))
	}
	return nil
}

// findObject decides s3:GetObject; that a key is missing is told only to who may
// list the bucket.
func (w *World) findObject(x *exchange, c *credential, p s3Path) (*object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	context := contextOf(c, x.r, x.event.Region, x.now())
	b, err := w.allow(x, c, "s3:GetObject", p, p.objectARN(), context)
	if err != nil {
		return nil, err
	}
	if o := b.objects[p.key]; o != nil {
		return o, nil
	}
	if _, err := w.allow(x, c, "s3:ListBucket", p, p.bucketARN(), context); err != nil {
		return nil, err
	}
	return nil, &apiError{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
}

// byteRange reads a Range header of one range; S3 ignores any other. last is the
// index of the last byte.
func byteRange(header string, size int64) (first, last int64, part bool, err error) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size - 1, false, nil
	}
	unsatisfiable := &apiError{http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable"}
	if from == "" {
		n, err := strconv.ParseInt(to, 10, 64)
		if err != nil || n < 0 {
			return 0, size - 1, false, nil
		}
		if n == 0 || size == 0 {
			return 0, 0, false, unsatisfiable
		}
		return max(0, size-n), size - 1, true, nil
	}
	first, err = strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return 0, size - 1, false, nil
	}
	last = size - 1
	if to != "" {
		n, err := strconv.ParseInt(to, 10, 64)
		if err != nil || n < first {
			return 0, size - 1, false, nil
		}
		last = min(n, last)
	}
	if first >= size {
		return 0, 0, false, unsatisfiable
	}
	return first, last, true, nil
}

func (w *World) deleteObject(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, err := w.allow(x, c, "s3:DeleteObject", p, p.objectARN(), contextOf(c, x.r, x.event.Region, x.now()))
	if err != nil {
		return err
	}
	delete(b.objects, p.key)
	x.event.Status = http.StatusNoContent
	rw.WriteHeader(http.StatusNoContent)
	return nil
}
