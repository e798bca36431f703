package sandbox

import (
	"encoding/base64"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cameo/internal/policy"
)

const s3Time = "2006-01-02T15:04:05.000Z"

type listedBucket struct {
	Name         string
	CreationDate string
}

type bucketList struct {
	XMLName   xml.Name       `xml:"ListAllMyBucketsResult"`
	Namespace string         `xml:"xmlns,attr"`
	OwnerID   string         `xml:"Owner>ID"`
	Buckets   []listedBucket `xml:"Buckets>Bucket"`
}

func (w *World) listBuckets(rw http.ResponseWriter, x *exchange, c *credential, _ s3Path) error {
	if c == nil {
		return denied("Access Denied")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	x.event.Resource = "*"
	d := w.decide(c, "s3:ListAllMyBuckets", "*", c.account, contextOf(c, x.r, x.event.Region, x.now()), nil)
	x.event.Decision = &d
	if d.Outcome != policy.Allowed {
		return denied(s3Denial(c, "s3:ListAllMyBuckets", "arn:aws:s3:::*", d))
	}
	list := bucketList{Namespace: s3Namespace, OwnerID: c.account}
	for _, name := range slices.Sorted(maps.Keys(w.buckets)) {
		if b := w.buckets[name]; b.owner == c.account {
			list.Buckets = append(list.Buckets, listedBucket{name, b.made.UTC().Format(s3Time)})
		}
	}
	return x.answer(rw, list)
}

func (x *exchange) answer(rw http.ResponseWriter, value any) error {
	x.event.Status = http.StatusOK
	rw.Header().Set("Content-Type", "application/xml")
	writeXML(rw, http.StatusOK, value)
	return nil
}

func (w *World) headBucket(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	if err := w.allowLocked(x, c, "s3:ListBucket", p, p.bucketARN(), contextOf(c, x.r, x.event.Region, x.now())); err != nil {
		return err
	}
	rw.Header().Set("X-Amz-Bucket-Region", "us-east-1")
	x.event.Status = http.StatusOK
	return nil
}

func (w *World) getBucketLocation(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	if err := w.allowLocked(x, c, "s3:GetBucketLocation", p, p.bucketARN(), contextOf(c, x.r, x.event.Region, x.now())); err != nil {
		return err
	}
	return x.answer(rw, struct {
		XMLName   xml.Name `xml:"LocationConstraint"`
		Namespace string   `xml:"xmlns,attr"`
	}{Namespace: s3Namespace})
}

type listedObject struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
	StorageClass string
}

type commonPrefix struct{ Prefix string }

type objectList struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Namespace             string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	MaxKeys               int
	EncodingType          string  `xml:",omitempty"`
	KeyCount              *int    // version 2
	ContinuationToken     string  `xml:",omitempty"`
	NextContinuationToken string  `xml:",omitempty"`
	StartAfter            string  `xml:",omitempty"`
	Marker                *string // version 1
	NextMarker            string  `xml:",omitempty"`
	IsTruncated           bool
	Contents              []listedObject
	CommonPrefixes        []commonPrefix
}

// listing is what a client asked to see.
type listing struct {
	prefix, delimiter, after string
	limit                    int
}

// listObjects answers both versions of ListObjects.
func (w *World) listObjects(rw http.ResponseWriter, x *exchange, c *credential, p s3Path) error {
	q := x.query
	version2 := q.Get("list-type") == "2"
	ask := listing{prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), after: q.Get("marker"), limit: 1000}
	if text := q.Get("max-keys"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return &apiError{http.StatusBadRequest, "InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647"}
		}
		ask.limit = min(int(n), 1000)
	}
	encoding := q.Get("encoding-type")
	if encoding != "" && encoding != "url" {
		return &apiError{http.StatusBadRequest, "InvalidArgument", "Invalid Encoding Method specified in Request"}
	}
	if version2 {
		ask.after = q.Get("start-after")
		if token := q.Get("continuation-token"); token != "" {
			raw, err := base64.RawURLEncoding.DecodeString(token)
			if err != nil {
				return &apiError{http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect"}
			}
			ask.after = string(raw)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	context := contextOf(c, x.r, x.event.Region, x.now())
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if q.Has(name) {
			context.Set("s3:"+name, q.Get(name))
		}
	}
	b, err := w.allow(x, c, "s3:ListBucket", p, p.bucketARN(), context)
	if err != nil {
		return err
	}
	list, next := b.list(ask, encoding == "url")
	list.EncodingType = encoding
	if version2 {
		count := len(list.Contents) + len(list.CommonPrefixes)
		list.KeyCount, list.ContinuationToken, list.StartAfter = &count, q.Get("continuation-token"), q.Get("start-after")
		if list.IsTruncated {
			list.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(next))
		}
	} else {
		marker := q.Get("marker")
		list.Marker = &marker
		if list.IsTruncated && ask.delimiter != "" {
			list.NextMarker = shown(next, encoding == "url")
		}
	}
	return x.answer(rw, list)
}

// list collects one page; next is where the following one continues.
func (b *bucket) list(ask listing, escape bool) (list objectList, next string) {
	list = objectList{
		Namespace: s3Namespace, Name: b.name, Prefix: shown(ask.prefix, escape), Delimiter: shown(ask.delimiter, escape), MaxKeys: ask.limit,
	}
	folder := ""
	count := 0
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		rest, ok := strings.CutPrefix(key, ask.prefix)
		if !ok || key <= ask.after || (folder != "" && strings.HasPrefix(key, folder)) {
			continue
		}
		end := -1
		if ask.delimiter != "" {
			end = strings.Index(rest, ask.delimiter)
		}
		entry := key
		if end >= 0 {
			entry = ask.prefix + rest[:end+len(ask.delimiter)]
			if ask.after == entry {
				continue
			}
		}
		if count == ask.limit {
			list.IsTruncated = ask.limit > 0
			return list, next
		}
		count++
		next = entry
		if end >= 0 {
			folder = entry
			list.CommonPrefixes = append(list.CommonPrefixes, commonPrefix{shown(entry, escape)})
			continue
		}
		o := b.objects[key]
		list.Contents = append(list.Contents, listedObject{shown(key, escape), o.modified.Format(s3Time), o.etag, len(o.data), "STANDARD"})
	}
	return list, next
}

func shown(text string, escape bool) string {
	if escape {
		return strings.ReplaceAll(url.QueryEscape(text), "%2F", "/")
	}
	return text
}
