package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// box is a running sandbox with a clock that a test can move.
type box struct {
	*testing.T
	world    *World
	endpoint string

	mu     sync.Mutex
	ahead  time.Duration
	events []Event
	fault  func(Call) Fault
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.ahead)
}

func (b *box) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += d
}

func (b *box) setFault(f func(Call) Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = f
}

func (b *box) last() Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events[len(b.events)-1]
}

func startBox(t *testing.T) *box {
	t.Helper()
	b := &box{T: t}
	world, err := Scenario(b.now, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.world = world
	server := New(world, Options{
		Observe: func(e Event) { b.mu.Lock(); b.events = append(b.events, e); b.mu.Unlock() },
		Fault: func(c Call) Fault {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fault == nil {
				return Fault{}
			}
			return b.fault(c)
		},
	})
	if err := server.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	b.endpoint = server.Endpoint()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return b
}

func (b *box) person(name string) Person {
	b.Helper()
	p, err := b.world.Person(name)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (p Person) keys() keys { return keys{p.Key.ID, p.Key.Secret, ""} }

// keys are what a client signs with.
type keys struct{ id, secret, token string }

func keysOf(c *ststypes.Credentials) keys {
	return keys{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
}

func (b *box) config(k keys) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &b.endpoint, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Credentials: credentials.NewStaticCredentialsProvider(k.id, k.secret, k.token),
	}
}

func (b *box) sts(k keys) *sts.Client { return sts.NewFromConfig(b.config(k)) }

func (b *box) s3(k keys) *s3.Client {
	return s3.NewFromConfig(b.config(k), func(o *s3.Options) { o.UsePathStyle = true })
}

// code is the next unused code of a user; it moves the clock where it must.
func (b *box) code(name string) string {
	b.Helper()
	for {
		code, _, wait, err := b.world.Code(name)
		if err != nil {
			b.Fatal(err)
		}
		if code != "" {
			return code
		}
		b.advance(wait)
	}
}

func (b *box) assume(k keys, edit func(*sts.AssumeRoleInput)) (keys, error) {
	in := &sts.AssumeRoleInput{RoleArn: aws.String(UpdateApp), RoleSessionName: aws.String("David")}
	if edit != nil {
		edit(in)
	}
	out, err := b.sts(k).AssumeRole(b.Context(), in)
	if err != nil {
		return keys{}, err
	}
	return keysOf(out.Credentials), nil
}

// withCode adds the device of a user and a fresh code.
func (b *box) withCode(name string) func(*sts.AssumeRoleInput) {
	return func(in *sts.AssumeRoleInput) {
		in.SerialNumber, in.TokenCode = aws.String(b.person(name).MFASerial), aws.String(b.code(name))
	}
}

func (b *box) mustAssume(k keys, edit func(*sts.AssumeRoleInput)) keys {
	b.Helper()
	session, err := b.assume(k, edit)
	if err != nil {
		b.Fatal(err)
	}
	return session
}

// must fails the test on an error of building the world.
func (b *box) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// refused checks an error's code and message, word for word; "" wants success.
func refused(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case code == "" && err == nil:
	case code == "":
		t.Errorf("refused: %v", err)
	case !errors.As(err, &api):
		t.Errorf("want %s %q, got %v", code, message, err)
	case api.ErrorCode() != code || (message != "" && api.ErrorMessage() != message):
		t.Errorf("got  %s %q\nwant %s %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

func (b *box) get(k keys, bucket, key string) (string, error) {
	out, err := b.s3(k).GetObject(b.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	return string(text), err
}

func (b *box) put(k keys, bucket, key, text string) error {
	_, err := b.s3(k).PutObject(b.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)})
	return err
}

func policyARN(arn string) ststypes.PolicyDescriptorType {
	return ststypes.PolicyDescriptorType{Arn: &arn}
}
