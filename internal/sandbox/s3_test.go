package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestObjects(t *testing.T) {
	b := startBox(t)
	client := b.s3(b.person("david").keys())
	bucket := aws.String("dev-scratch")
	for _, key := range []string{"plain.txt", "dir/with space+plus.txt", "ünïcode/日本.txt", "a//b", "q?x=1&y", "50%", "./dot/../x"} {
		text := "text of " + key
		put, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: bucket, Key: &key, Body: strings.NewReader(text), ContentType: aws.String("text/plain"),
			Metadata: map[string]string{"who": "David"}, ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
		})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: &key, ChecksumMode: s3types.ChecksumModeEnabled})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		body, err := io.ReadAll(got.Body)
		if err != nil || string(body) != text || *got.ContentType != "text/plain" || got.Metadata["who"] != "David" || *got.ETag != *put.ETag || got.ChecksumSHA256 == nil {
			t.Errorf("%s: %q %+v %v", key, body, got, err)
		}
		if text, err := b.world.Object("dev-scratch", key); err != nil || !bytes.Equal(text, body) {
			t.Errorf("%s is not there: %v", key, err)
		}
	}
	key := aws.String("plain.txt")
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
	if err != nil || *head.ContentLength != int64(len("text of plain.txt")) {
		t.Errorf("%+v %v", head, err)
	}
	for spec, want := range map[string]string{"bytes=5-6": "of", "bytes=8-": "plain.txt", "bytes=-3": "txt", "bytes=5-6,8-9": "text of plain.txt", "bytes=14-99": "txt", "lines=1": "text of plain.txt"} {
		got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: &spec})
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if body, err := io.ReadAll(got.Body); err != nil || string(body) != want {
			t.Errorf("%s: %q %v", spec, body, err)
		}
	}
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: aws.String("bytes=99-")})
	refused(t, err, "InvalidRange", "The requested range is not satisfiable")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, IfMatch: aws.String(`"other"`)})
	refused(t, err, "PreconditionFailed", "")
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, IfNoneMatch: aws.String("*"), Body: strings.NewReader("")})
	refused(t, err, "PreconditionFailed", "")
	if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key}); err != nil {
		t.Error(err)
	}
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	refused(t, err, "NoSuchKey", "The specified key does not exist.")
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
	refused(t, err, "NotFound", "")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("nowhere"), Key: key})
	refused(t, err, "NoSuchBucket", "The specified bucket does not exist")
	if _, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: bucket}); err != nil {
		t.Error(err)
	}
	if out, err := client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: bucket}); err != nil || out.LocationConstraint != "" {
		t.Errorf("%+v %v", out, err)
	}
	_, err = client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	refused(t, err, "NotImplemented", "")
}

func TestAMissingKeyIsToldOnlyToWhoMayList(t *testing.T) {
	b := startBox(t)
	b.must(b.world.AddUser(Development, "Gil"))
	b.must(b.world.PutUserPolicy(Development, "Gil", "get", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`))
	key, err := b.world.AddAccessKey(Development, "Gil")
	b.must(err)
	_, err = b.get(keys{key.ID, key.Secret, ""}, "dev-scratch", "nothing")
	refused(t, err, "AccessDenied", `User: arn:aws:iam::111122223333:user/Gil is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::dev-scratch" because no identity-based policy allows the s3:ListBucket action`)
	_, err = b.s3(keys{key.ID, key.Secret, ""}).ListBuckets(t.Context(), nil)
	refused(t, err, "AccessDenied", `User: arn:aws:iam::111122223333:user/Gil is not authorized to perform: s3:ListAllMyBuckets on resource: "arn:aws:s3:::*" because no identity-based policy allows the s3:ListAllMyBuckets action`)
}

// TestListsPageByPage compares both versions of ListObjects, at every page size,
// with what a plain walk over the keys gives.
func TestListsPageByPage(t *testing.T) {
	b := startBox(t)
	for _, key := range []string{"a", "b/1", "b/2", "b/c/3", "d/4", "e", "f g"} {
		b.must(b.world.PutObject("dev-scratch", key, []byte(key)))
	}
	client := b.s3(b.person("david").keys())
	for _, c := range []struct{ prefix, delimiter, want string }{
		{"", "", "[a b/1 b/2 b/c/3 d/4 e f g notes.txt]"},
		{"", "/", "[a b/ d/ e f g notes.txt]"},
		{"b/", "/", "[b/1 b/2 b/c/]"},
		{"x", "/", "[]"},
	} {
		for size := int32(1); size <= 9; size++ {
			var got []string
			pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String("dev-scratch"), Prefix: &c.prefix, Delimiter: &c.delimiter, MaxKeys: &size})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, merged(page.Contents, page.CommonPrefixes)...)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("version 2, prefix %q, delimiter %q, %d a page: %v", c.prefix, c.delimiter, size, got)
			}
			got = nil
			in := &s3.ListObjectsInput{Bucket: aws.String("dev-scratch"), Prefix: &c.prefix, Delimiter: &c.delimiter, MaxKeys: &size}
			for {
				page, err := client.ListObjects(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				names := merged(page.Contents, page.CommonPrefixes)
				got = append(got, names...)
				if !*page.IsTruncated {
					break
				}
				in.Marker = page.NextMarker
				if in.Marker == nil {
					in.Marker = &names[len(names)-1]
				}
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("version 1, prefix %q, delimiter %q, %d a page: %v", c.prefix, c.delimiter, size, got)
			}
		}
	}
}

func merged(objects []s3types.Object, prefixes []s3types.CommonPrefix) []string {
	var names []string
	for _, o := range objects {
		names = append(names, *o.Key)
	}
	for _, p := range prefixes {
		names = append(names, *p.Prefix)
	}
	slices.Sort(names)
	return names
}

func TestPresignedRequests(t *testing.T) {
	b := startBox(t)
	client := s3.NewPresignClient(b.s3(b.person("david").keys()))
	signed, err := client.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("dev-scratch"), Key: aws.String("notes.txt")}, s3.WithPresignExpires(time.Minute))
	b.must(err)
	fetch := func(target string) (int, string) {
		t.Helper()
		response, err := http.Get(target)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	if status, text := fetch(signed.URL); status != 200 || text != "the update is ready\n" {
		t.Errorf("%d %s", status, text)
	}
	if status, text := fetch(strings.Replace(signed.URL, "notes.txt", "other.txt", 1)); status != 403 || !strings.Contains(text, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("another key: %d %s", status, text)
	}
	if status, text := fetch(strings.Replace(signed.URL, "X-Amz-Expires=60", "X-Amz-Expires=604801", 1)); status != 400 || !strings.Contains(text, "<Code>AuthorizationQueryParametersError</Code>") {
		t.Errorf("too long: %d %s", status, text)
	}
	put, err := client.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("dev-scratch"), Key: aws.String("put.txt")})
	b.must(err)
	request, _ := http.NewRequest(http.MethodPut, put.URL, strings.NewReader("put"))
	if response, err := http.DefaultClient.Do(request); err != nil || response.StatusCode != 200 {
		t.Errorf("%v %v", response, err)
	}
	b.advance(61 * time.Second)
	if status, text := fetch(signed.URL); status != 403 || !strings.Contains(text, "<Code>AccessDenied</Code><Message>Request has expired</Message>") {
		t.Errorf("late: %d %s", status, text)
	}
}

// rawPut signs an upload as a client would that sends the body in another form.
func (b *box) rawPut(k keys, key, payload string, header map[string]string, body string) (int, string) {
	b.Helper()
	request, err := http.NewRequest(http.MethodPut, b.endpoint+"/dev-scratch/"+key, strings.NewReader(body))
	b.must(err)
	request.Header.Set("X-Amz-Content-Sha256", payload)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	b.must(signer.SignHTTP(b.Context(), aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}, request, payload, "s3", "eu-west-1", b.now()))
	response, err := http.DefaultClient.Do(request)
	b.must(err)
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestUploadForms(t *testing.T) {
	const trailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	chunked := func(length string) map[string]string {
		return map[string]string{"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": length, "X-Amz-Trailer": "x-amz-checksum-crc32"}
	}
	for name, c := range map[string]struct {
		payload string
		header  map[string]string
		body    string
		status  int
		stored  string
		code    string
	}{
		"unsigned payload":                 {unsignedPayload, nil, "hello", 200, "hello", ""},
		"a payload that was changed":       {hexSHA256([]byte("hello")), nil, "hullo", 400, "", "XAmzContentSHA256Mismatch"},
		"chunks with a trailer":            {trailer, chunked("11"), "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", 200, "hello world", ""},
		"no bytes at all":                  {trailer, chunked("0"), "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 200, "", ""},
		"a wrong checksum":                 {trailer, chunked("11"), "b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 400, "", "BadDigest"},
		"fewer bytes than said":            {trailer, chunked("12"), "b\r\nhello world\r\n0\r\n\r\n", 400, "", "IncompleteBody"},
		"a chunk that ends early":          {trailer, chunked("11"), "b\r\nhello", 400, "", "IncompleteBody"},
		"a chunk size that is no number":   {trailer, chunked("11"), "zz\r\nhello world\r\n0\r\n\r\n", 400, "", "IncompleteBody"},
		"a chunk size that overflows":      {trailer, chunked("11"), "7fffffffffffffff\r\nhello", 400, "", "EntityTooLarge"},
		"a negative chunk size":            {trailer, chunked("11"), "-5\r\nhello", 400, "", "IncompleteBody"},
		"signed chunks with a false one":   {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", chunked("5"), "5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n", 403, "", "SignatureDoesNotMatch"},
		"a form of streaming without name": {"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", chunked("5"), "hello", 501, "", "NotImplemented"},
		"a wrong MD5":                      {unsignedPayload, map[string]string{"Content-Md5": "AAAA"}, "hello", 400, "", "BadDigest"},
		"a wrong CRC in the header":        {unsignedPayload, map[string]string{"X-Amz-Checksum-Crc64nvme": "AAAA"}, "hello", 400, "", "BadDigest"},
		"too many bytes":                   {trailer, chunked("67108865"), "", 400, "", "EntityTooLarge"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			status, text := b.rawPut(b.person("david").keys(), "up.txt", c.payload, c.header, c.body)
			if status != c.status || (c.code != "" && !strings.Contains(text, "<Code>"+c.code+"</Code>")) {
				t.Fatalf("%d %s", status, text)
			}
			stored, err := b.world.Object("dev-scratch", "up.txt")
			if (err == nil) != (c.code == "") || string(stored) != c.stored {
				t.Errorf("stored %q %v", stored, err)
			}
		})
	}
}

func TestTooLargeAnObjectIsRefused(t *testing.T) {
	b := startBox(t)
	err := b.put(b.person("david").keys(), "dev-scratch", "big", strings.Repeat("x", maxObject+1))
	refused(t, err, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
}

// TestChunkSignatures is the example of AWS's page "Signature calculations for
// the authorization header: transferring payload in multiple chunks".
func TestChunkSignatures(t *testing.T) {
	s := &signature{
		stamp: "20130524T000000Z", day: "20130524", region: "us-east-1", service: "s3",
		value: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
	}
	s.key = signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", s)
	body := "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + strings.Repeat("a", 65536) +
		"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + strings.Repeat("a", 1024) +
		"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	request, _ := http.NewRequest(http.MethodPut, "http://s3.amazonaws.com/examplebucket/chunkObject.txt", strings.NewReader(body))
	request.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	request.Header.Set("X-Amz-Decoded-Content-Length", "66560")
	data, _, err := readPayload(request, s, maxObject)
	if err != nil || !bytes.Equal(data, bytes.Repeat([]byte("a"), 66560)) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func FuzzChunkedBody(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", "5")
	f.Add("0\r\n\r\n", "0")
	f.Fuzz(func(t *testing.T, body, length string) {
		request := &http.Request{Header: http.Header{}, Body: io.NopCloser(bufio.NewReader(strings.NewReader(body))), URL: &url.URL{}}
		request.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		request.Header["X-Amz-Decoded-Content-Length"] = []string{length}
		data, _, err := readPayload(request, nil, 1<<16)
		if err == nil && strconv.Itoa(len(data)) != strings.TrimLeft(strings.TrimPrefix(length, "+"), "0") && len(data) > 0 {
			t.Errorf("%d bytes where %q were announced", len(data), length)
		}
	})
}
