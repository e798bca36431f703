package creds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"cameo/profiles"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// STS makes the calls. The zero value works: it reaches AWS as the environment's
// proxies say.
type STS struct {
	HTTP *http.Client // nil: NewHTTPClient(nil)
	// MaxAttempts bounds the tries of one call that AWS or the network failed;
	// 0: 3. A call that carries a code is only tried again where the code cannot
	// have been used up.
	MaxAttempts int
	// Timeout bounds one call with all its tries; 0: 20 seconds.
	Timeout time.Duration
	// Proxy is the name of the variable that sets a proxy, for messages.
	Proxy string
}

func (s STS) client(e Endpoint, signer Credentials, code bool) *sts.Client {
	attempts := s.MaxAttempts
	if attempts == 0 {
		attempts = 3
	}
	options := sts.Options{
		Region:          e.Region,
		HTTPClient:      s.HTTP,
		EndpointOptions: sts.EndpointResolverOptions{},
		Credentials: credentials.NewStaticCredentialsProvider(signer.AccessKeyID,
			signer.SecretAccessKey.Reveal(), signer.SessionToken.Reveal()),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, 3*time.Second
			if code {
				o.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}, notSent{}}
			}
		}),
	}
	if s.HTTP == nil {
		options.HTTPClient = NewHTTPClient(nil)
	}
	if e.URL != "" {
		options.BaseEndpoint = aws.String(e.URL)
	}
	if e.Global {
		options.EndpointResolverV2 = globalEndpoint{sts.NewDefaultEndpointResolverV2()}
	}
	return sts.New(options)
}

// exchange makes the call that e describes, signed by signer, whom messages call
// by.
func (s STS) exchange(ctx context.Context, at Endpoint, e Exchange, by string, signer Credentials, code string) (Credentials, error) {
	ctx, cancel := s.deadline(ctx)
	defer cancel()
	client := s.client(at, signer, code != "")
	device, token := optional(e.Device), optional(code)
	seconds := aws.Int32(int32(e.Duration / time.Second))
	if e.Operation == GetSessionToken {
		out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: seconds, SerialNumber: device, TokenCode: token})
		if err != nil {
			return Credentials{}, s.explain(ctx, err, at, e, by)
		}
		if out.Credentials == nil {
			return Credentials{}, &BadReplyError{Host: at.Host(), Why: "it holds no credentials"}
		}
		return issued(at, out.ResultMetadata, *out.Credentials.AccessKeyId, aws.ToString(out.Credentials.SecretAccessKey),
			aws.ToString(out.Credentials.SessionToken), aws.ToTime(out.Credentials.Expiration))
	}
	out, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(e.Step.RoleARN.Text), RoleSessionName: aws.String(e.SessionName), DurationSeconds: seconds,
		ExternalId: optional(e.Step.ExternalID.Text), SerialNumber: device, TokenCode: token,
	})
	if err != nil {
		return Credentials{}, s.explain(ctx, err, at, e, by)
	}
	if out.Credentials == nil {
		return Credentials{}, &BadReplyError{Host: at.Host(), Why: "it holds no credentials"}
	}
	c, err := issued(at, out.ResultMetadata, aws.ToString(out.Credentials.AccessKeyId), aws.ToString(out.Credentials.SecretAccessKey),
		aws.ToString(out.Credentials.SessionToken), aws.ToTime(out.Credentials.Expiration))
	if err != nil {
		return Credentials{}, err
	}
	if role, err := profiles.ParseRoleARN(e.Step.RoleARN.Text); err == nil {
		c.AccountID = role.Account
	}
	if out.AssumedRoleUser != nil {
		c.ARN = aws.ToString(out.AssumedRoleUser.Arn)
	}
	return c, nil
}

// Identity is who credentials speak for, as AWS says it (GetCallerIdentity).
func (s STS) Identity(ctx context.Context, at Endpoint, c Credentials, by string) (arn, account string, err error) {
	ctx, cancel := s.deadline(ctx)
	defer cancel()
	out, err := s.client(at, c, false).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", s.explain(ctx, err, at, Exchange{Operation: "GetCallerIdentity"}, by)
	}
	return aws.ToString(out.Arn), aws.ToString(out.Account), nil
}

func (s STS) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	return context.WithTimeoutCause(ctx, timeout, errTooSlow)
}

var errTooSlow = errors.New("no answer in time")

// issued checks what STS handed out before anybody relies on it. The end is
// compared with the server's own clock: this machine's may be off.
func issued(at Endpoint, metadata middleware.Metadata, id, secret, token string, expires time.Time) (Credentials, error) {
	if id == "" || secret == "" || token == "" {
		return Credentials{}, &BadReplyError{Host: at.Host(), Why: "its credentials are incomplete"}
	}
	if served, ok := awsmiddleware.GetServerTime(metadata); ok && !expires.After(served) {
		return Credentials{}, &BadReplyError{Host: at.Host(), Why: "its credentials have ended already"}
	}
	return Credentials{AccessKeyID: id, SecretAccessKey: profiles.NewSecret(secret), SessionToken: profiles.NewSecret(token),
		Expires: expires.UTC().Truncate(time.Second)}, nil
}

// explain turns an error of the SDK into one of this package.
func (s STS) explain(ctx context.Context, err error, at Endpoint, e Exchange, by string) error {
	if errors.Is(err, context.Canceled) || errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return answered(err, api, at, e, by)
	}
	var reply *smithy.DeserializationError
	if errors.As(err, &reply) || errors.Is(err, errTooLarge) {
		return &BadReplyError{Host: at.Host(), Why: "a proxy, a web login page or an emulator may have answered"}
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return &UnavailableError{Host: at.Host(), Code: fmt.Sprint(response.HTTPStatusCode()), Message: "without an explanation"}
	}
	if cause := context.Cause(ctx); errors.Is(cause, errTooSlow) || errors.Is(err, context.DeadlineExceeded) {
		err = errTooSlow
	}
	return &UnreachableError{Host: at.Host(), Cause: err, Proxy: s.Proxy}
}

// answered classifies an error that AWS itself sent.
func answered(err error, api smithy.APIError, at Endpoint, e Exchange, by string) error {
	status, id := 0, ""
	var response *awshttpError
	if errors.As(err, &response) {
		status, id = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	code, message := api.ErrorCode(), api.ErrorMessage()
	switch {
	case strings.HasPrefix(message, "MultiFactorAuthentication failed"):
		return &CodeRejectedError{Device: e.Device, Message: strings.TrimSpace(message)}
	case isThrottle(code):
		return &UnavailableError{Host: at.Host(), Code: code, Message: message, Throttled: true}
	case status >= 500 || code == "InternalFailure" || code == "ServiceUnavailable":
		return &UnavailableError{Host: at.Host(), Code: code, Message: message}
	case code == "UnknownError":
		return &BadReplyError{Host: at.Host(), Why: fmt.Sprintf("HTTP status %d without an AWS error", status)}
	}
	return &RefusedError{Operation: e.Operation, Step: e.Step, Signer: by, Code: code, Message: message, RequestID: id}
}

func isThrottle(code string) bool {
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	return throttled
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// notSent retries what cannot have reached AWS: the connection was never made.
type notSent struct{}

func (notSent) IsErrorRetryable(err error) aws.Ternary {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// globalEndpoint answers with sts.amazonaws.com (sts_regional_endpoints = legacy).
type globalEndpoint struct{ sts.EndpointResolverV2 }

func (g globalEndpoint) ResolveEndpoint(ctx context.Context, p sts.EndpointParameters) (e smithyEndpoint, err error) {
	p.UseGlobalEndpoint = aws.Bool(true)
	return g.EndpointResolverV2.ResolveEndpoint(ctx, p)
}

// rootCause says in a few words why the network failed.
func rootCause(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooSlow):
		return errTooSlow.Error() + ": network, VPN or proxy"
	case errors.As(err, &dns):
		return "its name is not known here: offline, or DNS"
	case isCertificate(err):
		return profiles.Inert(certificateError(err)) + ": set AWS_CA_BUNDLE where a proxy signs for AWS"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time: network, VPN or proxy"
	case errors.As(err, &op) && op.Err != nil:
		return profiles.Inert(innermost(op.Err).Error())
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without an answer"
	}
	return profiles.Inert(innermost(err).Error())
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
