package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"cameo/creds"
)

// bucketClient makes the demo's requests: plain S3, signed, on the sandbox.
type bucketClient struct {
	endpoint string
	now      func() time.Time
}

// do makes one request and says what was answered: "ok", or the error's own words.
func (b bucketClient) do(ctx context.Context, c creds.Credentials, method, path string) (answer string, ok bool, err error) {
	var body []byte
	if method == http.MethodPut {
		body = []byte("42\n")
	}
	request, err := http.NewRequestWithContext(ctx, method, b.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", payload)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	keys := aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(), SessionToken: c.SessionToken.Reveal()}
	if err := signer.SignHTTP(ctx, keys, request, payload, "s3", "us-east-1", b.now()); err != nil {
		return "", false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", false, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", false, err
	}
	if response.StatusCode < 300 {
		return "ok", true, nil
	}
	var refusal struct{ Code, Message string }
	if xml.Unmarshal(data, &refusal) != nil || refusal.Code == "" {
		return response.Status, false, nil
	}
	return refusal.Code + ": " + refusal.Message, false, nil
}
