package creds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	s, done := s.withDefaults()
	defer done()
	within, cancel := context.WithTimeoutCause(ctx, s.Timeout, errTooSlow)
	defer cancel()
	defer s.waitFor(host)()
	random := retry.NewExponentialJitterBackoff(3 * time.Second)
	for attempt := 1; ; attempt++ {
		reply, again, err := s.sendOnce(within, host, newRequest)
		switch {
		case ctx.Err() != nil && err != nil:
			return Reply{}, context.Canceled
		case err == nil || !again || attempt >= s.MaxAttempts || within.Err() != nil:
			return reply, err
		}
		s.tell("%s: try %d of %d", err, attempt+1, s.MaxAttempts)
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
		return Reply{}, false, BadURL(host)
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
	}
	if err := unavailable(host, response.StatusCode); err != nil {
		return Reply{}, true, err
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
