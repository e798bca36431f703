package sandbox

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strconv"
	"strings"
)

var errTooLarge = errors.New("body too large")

// readAll reads a body of at most limit bytes.
func readAll(body io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, err
}

// readPayload reads the body of an upload in the form that its
// x-amz-content-sha256 names, and checks it against every digest that came with
// it. checksum is the header with the checksum that S3 keeps, if one was sent.
func readPayload(r *http.Request, s *signature, limit int64) (data []byte, checksum [2]string, err error) {
	declared := r.Header.Get("X-Amz-Content-Sha256")
	trailers := http.Header{}
	switch {
	case strings.HasPrefix(declared, "STREAMING-"):
		data, trailers, err = readChunked(r, s, limit)
	default:
		data, err = readAll(r.Body, limit)
		if err == nil && declared != unsignedPayload && s != nil && !s.presigned && hexSHA256(data) != declared {
			err = &apiError{http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."}
		}
	}
	switch {
	case errors.Is(err, errTooLarge):
		return nil, checksum, &apiError{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, checksum, errIncompleteBody
	case err != nil:
		return nil, checksum, err
	}
	if text := r.Header.Get("Content-Md5"); text != "" {
		sum := md5.Sum(data)
		if text != base64.StdEncoding.EncodeToString(sum[:]) {
			return nil, checksum, &apiError{http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received."}
		}
	}
	for _, c := range checksums() {
		name := "X-Amz-Checksum-" + c.name
		text := r.Header.Get(name)
		if text == "" {
			text = trailers.Get(name)
		}
		if text == "" {
			continue
		}
		h := c.new()
		h.Write(data)
		if text != base64.StdEncoding.EncodeToString(h.Sum(nil)) {
			return nil, checksum, &apiError{http.StatusBadRequest, "BadDigest", "The " + strings.ToUpper(c.name) + " you specified did not match the calculated checksum."}
		}
		checksum = [2]string{name, text}
	}
	return data, checksum, nil
}

var errIncompleteBody = &apiError{http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"}

type checksumKind struct {
	name string
	new  func() hash.Hash
}

func checksums() []checksumKind {
	const nvme = 0x9a6c9329ac4bc9b5 // CRC-64/NVME, reversed
	return []checksumKind{
		{"Crc32", func() hash.Hash { return crc32.NewIEEE() }},
		{"Crc32c", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }},
		{"Crc64nvme", func() hash.Hash { return crc64.New(crc64.MakeTable(nvme)) }},
		{"Sha1", sha1.New},
		{"Sha256", sha256.New},
	}
}

// readChunked decodes a body of the content encoding aws-chunked. Where the
// chunks or the trailer are signed, their signatures are checked. See
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func readChunked(r *http.Request, s *signature, limit int64) (data []byte, trailers http.Header, err error) {
	kind := r.Header.Get("X-Amz-Content-Sha256")
	chain := &chunkChain{signature: s}
	switch kind {
	case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
		if s == nil {
			return nil, nil, &apiError{http.StatusForbidden, "AccessDenied", "Access Denied"}
		}
		chain.signed, chain.previous = true, s.value
	default:
		return nil, nil, unserved("bodies of the kind " + kind)
	}
	length, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || length < 0 {
		return nil, nil, &apiError{http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."}
	}
	if length > limit {
		return nil, nil, errTooLarge
	}
	body := bufio.NewReader(r.Body)
	for {
		chunk, err := chain.next(body, limit-int64(len(data)))
		if err != nil {
			return nil, nil, err
		}
		if len(chunk) == 0 {
			break
		}
		data = append(data, chunk...)
	}
	if strings.HasSuffix(kind, "-TRAILER") {
		if trailers, err = chain.trailers(body); err != nil {
			return nil, nil, err
		}
	}
	if int64(len(data)) != length {
		return nil, nil, errIncompleteBody
	}
	return data, trailers, nil
}

// chunkChain follows the signatures of the chunks, each of which covers the one
// before it.
type chunkChain struct {
	signature *signature
	signed    bool
	previous  string
}

// next reads one chunk; the last one is empty, and in a body without a trailer
// its line end is left unread.
func (c *chunkChain) next(body *bufio.Reader, limit int64) ([]byte, error) {
	head, err := line(body)
	if err != nil {
		return nil, err
	}
	size, parameters, _ := strings.Cut(head, ";")
	length, err := strconv.ParseInt(size, 16, 64)
	if err != nil || length < 0 {
		return nil, errIncompleteBody
	}
	if length > limit {
		return nil, errTooLarge
	}
	data := make([]byte, length)
	if length > 0 {
		if _, err := io.ReadFull(body, data); err != nil {
			return nil, errIncompleteBody
		}
		if end, err := line(body); err != nil || end != "" {
			return nil, errIncompleteBody
		}
	}
	if !c.signed {
		return data, nil
	}
	value, _ := strings.CutPrefix(parameters, "chunk-signature=")
	return data, c.check(value, "PAYLOAD", hexSHA256(nil)+"\n"+hexSHA256(data))
}

func (c *chunkChain) check(value, kind, rest string) error {
	s := c.signature
	text := strings.Join([]string{algorithm + "-" + kind, s.stamp, s.scope(), c.previous, rest}, "\n")
	want := hex.EncodeToString(hmacSHA256(s.key, text))
	if subtle.ConstantTimeCompare([]byte(want), []byte(value)) != 1 {
		return s3Fault(authFault{fault: mismatch})
	}
	c.previous = want
	return nil
}

const maxTrailers = 16

func (c *chunkChain) trailers(body *bufio.Reader) (http.Header, error) {
	trailers := http.Header{}
	var signed bytes.Buffer
	for range maxTrailers {
		text, err := line(body)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		name, value, ok := strings.Cut(text, ":")
		switch {
		case !ok && c.signed:
			return nil, s3Fault(authFault{fault: mismatch})
		case !ok:
			return trailers, nil
		case strings.EqualFold(name, "x-amz-trailer-signature"):
			return trailers, c.check(strings.TrimSpace(value), "TRAILER", hexSHA256(signed.Bytes()))
		}
		signed.WriteString(strings.ToLower(name) + ":" + strings.TrimSpace(value) + "\n")
		trailers.Add(name, strings.TrimSpace(value))
	}
	return nil, errIncompleteBody
}

// line reads one line of a chunked body, without its end.
func line(body *bufio.Reader) (string, error) {
	text, err := body.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF):
		return strings.TrimRight(string(text), "\r\n"), io.ErrUnexpectedEOF
	case err != nil:
		return "", errIncompleteBody
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
