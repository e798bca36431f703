package creds

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cameo/profiles"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// STS makes the calls. The zero value works: it reaches AWS as the environment's
// proxies say.
type STS struct {
	HTTP *http.Client // nil: a NewHTTPClient(nil) for each call, closed after it
	// MaxAttempts bounds the tries of one call that AWS or the network failed;
	// 0: 3. A call that carries a code is only tried again where the code cannot
	// have been used up.
	MaxAttempts int
	// Backoff is how long to wait after a try that failed, 1 being the first; nil:
	// the SDK's, which is random up to a bound that doubles to 3 seconds.
	Backoff func(attempt int) time.Duration
	// Timeout bounds one call with all its tries; 0: 20 seconds.
	Timeout time.Duration
	// Proxy is the name of the variable that sets a proxy, for messages.
	Proxy string
	// Clock signs the requests; nil: one for each call. Where AWS refuses a request
	// for its time, it is signed again, once, by AWS's clock.
	Clock *Clock
	// Tell is told in a sentence why a call is tried again, and that the clock of this
	// machine is off; nil: nobody is.
	Tell func(sentence string)
	// Waiting is told what a call waits for that takes a second, and then from time to
	// time for how long it has; nil: nobody is.
	Waiting func(what string, waited time.Duration)
}

// errTooSlow is the cause of a context that ended by STS.Timeout.
var errTooSlow = errors.New("no answer in time")

// withDefaults is s with what its zero fields stand for. Whoever calls it calls done
// after the last request.
func (s STS) withDefaults() (_ STS, done func()) {
	s.Timeout, s.MaxAttempts = cmp.Or(s.Timeout, 20*time.Second), cmp.Or(s.MaxAttempts, 3)
	done = func() {}
	if s.HTTP == nil {
		s.HTTP = NewHTTPClient(nil)
		done = s.HTTP.CloseIdleConnections
	}
	if s.Clock == nil {
		s.Clock = &Clock{}
	}
	return s, done
}

// call runs one operation, with a client and a deadline of its own, and turns its
// error into one of this package.
func (s STS) call(ctx context.Context, at Endpoint, e Exchange, signer Credentials, code string,
	do func(context.Context, *sts.Client) error) error {
	if !at.usable() {
		return BadURL(at.Host())
	}
	s, done := s.withDefaults()
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, s.Timeout, errTooSlow)
	defer cancel()
	defer s.waitFor(at.Host())()
	offset := s.Clock.offset()
	err := do(ctx, s.client(at, signer, code != "", offset))
	if better, ok := s.Clock.corrected(err, offset); ok {
		s.tell("the clock of this machine is %s that of AWS, and other programs may fail by it: set it", aheadOrBehind(better))
		err = do(ctx, s.client(at, signer, code != "", better))
	}
	if err != nil {
		return s.explain(ctx, err, at, e, signer, code)
	}
	return nil
}

func (s STS) client(at Endpoint, signer Credentials, code bool, offset time.Duration) *sts.Client {
	options := sts.Options{
		Region: at.Region, HTTPClient: timed{s.HTTP, s.Clock},
		// The SDK corrects the clock of one client, at the price of one of its tries and
		// the wait before it, and not with MaxAttempts 1. Here one clock serves them all.
		DisableClockSkewCorrection: true,
		HTTPSignerV4:               timedSigner{v4.NewSigner(), s.Clock, offset},
		Credentials: credentials.NewStaticCredentialsProvider(signer.AccessKeyID,
			signer.SecretAccessKey.Reveal(), signer.SessionToken.Reveal()),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.Backoff = s.MaxAttempts, s.backoff(at)
			if code {
				o.Retryables = codeUnused()
			}
		}),
	}
	switch {
	case at.URL != "":
		options.BaseEndpoint = aws.String(at.URL)
	case at.Global:
		options.BaseEndpoint, options.Region = aws.String(globalURL), globalRegion
	}
	return sts.New(options)
}

// backoff says why there is another try, and how long to wait before it.
func (s STS) backoff(at Endpoint) retry.BackoffDelayer {
	random, tried := retry.NewExponentialJitterBackoff(3*time.Second), 0
	return retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
		tried++
		s.tell("%s: try %d of %d", whyAgain(err, at), tried+1, s.MaxAttempts)
		if s.Backoff != nil {
			return s.Backoff(tried), nil
		}
		return random.BackoffDelay(attempt, err)
	})
}

// codeUnused are the failures after which AWS cannot have looked at the code yet:
// it throttles before anything else. (So it checks a signature's time: Clock.)
func codeUnused() []retry.IsErrorRetryable {
	return []retry.IsErrorRetryable{
		retry.NoRetryCanceledError{}, retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}, notSent{},
	}
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

// exchange makes the call that e describes. now is for the session to remember when
// it was issued.
func (s STS) exchange(ctx context.Context, at Endpoint, e Exchange, signer Credentials, code string, now func() Moment) (c Credentials, err error) {
	device, token := optional(e.Device), optional(code)
	seconds := aws.Int32(int32(e.Duration / time.Second))
	err = s.call(ctx, at, e, signer, code, func(ctx context.Context, client *sts.Client) error {
		if e.Operation == GetSessionToken {
			out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: seconds, SerialNumber: device, TokenCode: token})
			if err == nil {
				c, err = issued(at, out.ResultMetadata, out.Credentials, now())
			}
			return err
		}
		out, err := client.AssumeRole(ctx, assumeRoleInput(e, token))
		if err != nil {
			return err
		}
		if c, err = issued(at, out.ResultMetadata, out.Credentials, now()); err != nil {
			return err
		}
		if role, err := profiles.ParseRoleARN(e.Step.RoleARN.Text); err == nil {
			c.AccountID = role.Account
		}
		if out.AssumedRoleUser != nil {
			c.ARN = aws.ToString(out.AssumedRoleUser.Arn)
		}
		return nil
	})
	return c, err
}

// assumeRoleInput is everything that AWS is told about a role session.
func assumeRoleInput(e Exchange, code *string) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{
		RoleArn: aws.String(e.Step.RoleARN.Text), RoleSessionName: aws.String(e.SessionName),
		DurationSeconds: aws.Int32(int32(e.Duration / time.Second)),
		ExternalId:      optional(e.Step.ExternalID.Text), SourceIdentity: optional(e.Step.SourceIdentity.Text),
		Policy: optional(e.Step.Policy), TransitiveTagKeys: e.Step.TransitiveTags(),
		SerialNumber: optional(e.Device), TokenCode: code,
	}
	for _, arn := range e.Step.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	for _, t := range e.Step.Tags() {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return in
}

// Identity is who credentials speak for, as AWS says it (GetCallerIdentity); by is
// what messages call them. Errors are those of Broker.Credentials.
func (s STS) Identity(ctx context.Context, at Endpoint, c Credentials, by string) (arn, account string, err error) {
	err = s.call(ctx, at, Exchange{Operation: GetCallerIdentity, Signer: by}, c, "", func(ctx context.Context, client *sts.Client) error {
		out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err == nil {
			arn, account = aws.ToString(out.Arn), aws.ToString(out.Account)
		}
		return err
	})
	return arn, account, err
}

// longestSession is more than AWS ever gives: GetSessionToken ends after 36 hours.
const longestSession = 37 * time.Hour

// issued checks what STS handed out before anybody relies on it. The end is
// compared with the server's own clock: this machine's may be off.
func issued(at Endpoint, metadata middleware.Metadata, given *types.Credentials, now Moment) (Credentials, error) {
	bad := func(why string) (Credentials, error) {
		return Credentials{}, &BadReplyError{Host: at.Host(), Why: why}
	}
	if given == nil {
		return bad("it holds no credentials")
	}
	c := Credentials{
		AccessKeyID: aws.ToString(given.AccessKeyId), SecretAccessKey: profiles.NewSecret(aws.ToString(given.SecretAccessKey)),
		SessionToken: profiles.NewSecret(aws.ToString(given.SessionToken)), Expires: aws.ToTime(given.Expiration).UTC().Truncate(time.Second),
	}
	awsNow := now.Wall
	if served, ok := awsmiddleware.GetServerTime(metadata); ok && !served.IsZero() {
		awsNow = served
		c.Issued = Issued{AWS: served.UTC(), Local: now.Wall.UTC().Round(0), Uptime: now.Uptime}
	}
	switch {
	case c.AccessKeyID == "" || c.SecretAccessKey.Empty() || c.SessionToken.Empty() || given.Expiration == nil:
		return bad("its credentials are incomplete")
	case !c.Expires.After(awsNow):
		return bad("its credentials have ended already")
	case c.Expires.Sub(awsNow) > longestSession:
		return bad("its credentials last longer than any of AWS")
	}
	return c, nil
}

// usable reports whether requests can be sent to the endpoint at all.
func (e Endpoint) usable() bool {
	if e.URL == "" {
		return true
	}
	u, err := url.Parse(e.URL)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// explain turns an error of the SDK into one of this package. Nothing of the
// request survives in it.
func (s STS) explain(ctx context.Context, err error, at Endpoint, e Exchange, signer Credentials, code string) error {
	var bad *BadReplyError
	var api smithy.APIError
	var reply *smithy.DeserializationError
	var response *smithyhttp.ResponseError
	switch {
	case errors.As(err, &bad):
		return bad
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(err, errTooLarge):
		return &BadReplyError{Host: at.Host(), Why: errTooLarge.Error()}
	case errors.As(err, &api) && api.ErrorCode() != unsaid:
		return answered(err, api, at, e, signer, code)
	case errors.As(err, &response) && response.Response != nil && response.HTTPStatusCode() > 0:
		return withoutAnError(response, at)
	case errors.As(err, &reply):
		return &BadReplyError{Host: at.Host(), Why: notAWS}
	}
	if ctx.Err() != nil {
		err = errTooSlow
	}
	return &UnreachableError{Host: at.Host(), Why: WhyUnreachable(err), Proxy: s.Proxy}
}

// unsaid stands in the SDK's errors for a code or message that the answer lacks.
const unsaid = "UnknownError"

const notAWS = "a web login page, a proxy or an emulator may have answered instead of AWS"

// withoutAnError classifies an answer whose body is none of AWS's.
func withoutAnError(response *smithyhttp.ResponseError, at Endpoint) error {
	status := response.HTTPStatusCode()
	if err := unavailable(at.Host(), status); err != nil {
		return err
	}
	return NotAWS(at.Host(), status)
}

// unavailable is the error of a status by which a server cannot answer now; nil of any
// other.
func unavailable(host string, status int) error {
	switch {
	case status == http.StatusTooManyRequests:
		return &UnavailableError{Host: host, Code: strconv.Itoa(status), Throttled: true}
	case status >= 500:
		return &UnavailableError{Host: host, Code: strconv.Itoa(status), Message: http.StatusText(status)}
	}
	return nil
}

// answered classifies an error that AWS itself sent.
func answered(err error, api smithy.APIError, at Endpoint, e Exchange, signer Credentials, code string) error {
	shown := func(text string) string {
		return withoutSecrets(text, code, signer.SecretAccessKey.Reveal(), signer.SessionToken.Reveal())
	}
	said := Answer{Code: shown(api.ErrorCode()), Message: shown(strings.TrimSpace(api.ErrorMessage())), Host: at.Host()}
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		said.Status, said.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
		if date, err := http.ParseTime(response.Response.Header.Get("Date")); err == nil {
			said.At = date
		}
	}
	if said.Message == unsaid {
		said.Message = ""
	}
	_, throttled := retry.DefaultThrottleErrorCodes[said.Code]
	switch {
	case throttled || said.Status == http.StatusTooManyRequests:
		return &UnavailableError{Host: at.Host(), Code: said.Code, Message: said.Message, Throttled: true}
	case said.Status >= 500 || said.Code == "InternalFailure" || said.Code == "ServiceUnavailable":
		return &UnavailableError{Host: at.Host(), Code: said.Code, Message: said.Message}
	case e.Device != "" && (strings.Contains(said.Message, saysWrongCode) || strings.Contains(said.Message, saysWrongDevice)):
		return &CodeRejectedError{Answer: said, Exchange: e, By: callerOf(signer), Device: e.Device}
	}
	return &RefusedError{Answer: said, Exchange: e, By: callerOf(signer)}
}

// longestAnswer is in bytes, and far more than AWS says of an error.
const longestAnswer = 4 << 10

// withoutSecrets is what AWS said, as it may be shown and kept: STS repeats values
// that it does not take, and what answers in its place may repeat anything.
func withoutSecrets(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "(hidden)")
		}
	}
	if len(text) > longestAnswer {
		return strings.ToValidUTF8(text[:longestAnswer], "") + "…"
	}
	return text
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
