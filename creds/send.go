package creds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Reply is what a server answered.
type Reply struct {
	Status int
	Body   []byte
}

// Send makes a request to AWS that the SDK has no operation for, with the patience of
// the calls of STS: within Timeout, with MaxAttempts where the network or AWS fails,
// and telling what it waits for. newRequest gives the request of each try, which must not
// mind being sent twice; host names its server to people. Whatever a server answers
// below status 500, but for 429, is the reply. The error is an *UnreachableError, an
// *UnavailableError, a *BadReplyError or context.Canceled; it holds nothing of the
// request.
func (s STS) Send(ctx context.Context, host string, newRequest func(context.Context) (*http.Request, error)) (Reply, error) {
	timeout, attempts := s.Timeout, s.MaxAttempts
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	if attempts == 0 {
		attempts = 3
	}
	within, cancel := context.WithTimeoutCause(ctx, timeout, errTooSlow)
	defer cancel()
	if s.HTTP == nil {
		s.HTTP = NewHTTPClient(nil)
		defer s.HTTP.CloseIdleConnections()
	}
	defer s.waitFor(host)()
	random := retry.NewExponentialJitterBackoff(3 * time.Second)
	for attempt := 1; ; attempt++ {
		reply, again, err := s.sendOnce(within, host, newRequest)
		switch {
		case ctx.Err() != nil && err != nil:
			return Reply{}, context.Canceled
		case err == nil || !again || attempt >= attempts || within.Err() != nil:
			return reply, err
		}
		s.tell("%s: try %d of %d", err, attempt+1, attempts)
		delay, _ := random.BackoffDelay(attempt, err) // it never fails
		if s.Backoff != nil {
			delay = s.Backoff(attempt)
		}
		select {
		case <-within.Done():
		case <-time.After(delay):
		}
	}
}

// sendOnce is one try; again is false where another one would not help.
func (s STS) sendOnce(ctx context.Context, host string, newRequest func(context.Context) (*http.Request, error)) (_ Reply, again bool, _ error) {
	request, err := newRequest(ctx)
	if err != nil {
		return Reply{}, false, &UnreachableError{Host: host, Why: "its URL cannot be used: it has to look like https://HOST"}
	}
	response, err := s.HTTP.Do(request)
	var body []byte
	if err == nil {
		defer response.Body.Close()
		body, err = io.ReadAll(response.Body)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return Reply{}, false, &BadReplyError{Host: host, Why: errTooLarge.Error()}
	case err != nil && ctx.Err() != nil:
		return Reply{}, true, &UnreachableError{Host: host, Why: WhyUnreachable(errTooSlow), Proxy: s.Proxy}
	case err != nil:
		return Reply{}, certificateError(err) == "", &UnreachableError{Host: host, Why: WhyUnreachable(err), Proxy: s.Proxy}
	case response.StatusCode == http.StatusTooManyRequests:
		return Reply{}, true, &UnavailableError{Host: host, Code: strconv.Itoa(response.StatusCode), Throttled: true}
	case response.StatusCode >= 500:
		return Reply{}, true, &UnavailableError{Host: host, Code: strconv.Itoa(response.StatusCode), Message: http.StatusText(response.StatusCode)}
	}
	return Reply{Status: response.StatusCode, Body: body}, false, nil
}

// NotAWS says of a reply that is none of AWS's where it may come from instead.
func NotAWS(host string, status int) error {
	if status < 300 {
		return &BadReplyError{Host: host, Why: notAWS}
	}
	return &BadReplyError{Host: host, Why: fmt.Sprintf("HTTP status %d without an AWS error: %s", status, notAWS)}
}
