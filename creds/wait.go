package creds

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"cameo/profiles"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Who waits for a second without a word thinks that a program hangs. STS.Waiting is
// told after firstWord, and then again from time to time.
const (
	firstWord = 800 * time.Millisecond
	nextWord  = 5 * time.Second
)

func (s STS) tell(format string, args ...any) {
	if s.Tell != nil {
		s.Tell(fmt.Sprintf(format, args...))
	}
}

// waitFor says what is waited for until the function it returns is called. After
// that nothing is said any more.
func (s STS) waitFor(what string) (done func()) {
	if s.Waiting == nil {
		return func() {}
	}
	what = profiles.Inert(what)
	began := time.Now()
	var mu sync.Mutex
	over := false
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(firstWord, func() {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		s.Waiting(what, time.Since(began))
		timer.Reset(nextWord)
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}

// whyAgain says in a few words why a call is tried again.
func whyAgain(err error, at Endpoint) string {
	host := profiles.Inert(at.Host())
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if errors.As(err, &api) && api.ErrorCode() != unsaid {
		if _, throttled := retry.DefaultThrottleErrorCodes[api.ErrorCode()]; throttled {
			return host + " asks to slow down"
		}
		return fmt.Sprintf("%s could not answer (%s)", host, profiles.Inert(api.ErrorCode()))
	}
	if errors.As(err, &response) && response.HTTPStatusCode() == http.StatusTooManyRequests {
		return host + " asks to slow down"
	}
	if errors.As(err, &response) && response.HTTPStatusCode() > 0 {
		return fmt.Sprintf("%s could not answer (%d)", host, response.HTTPStatusCode())
	}
	return fmt.Sprintf("cannot reach %s (%s)", host, WhyUnreachable(err))
}

// aheadOrBehind says where this machine's clock stands from how far AWS's is ahead
// of it: "16m behind".
func aheadOrBehind(aws time.Duration) string {
	where := "behind"
	if aws < 0 {
		where, aws = "ahead of", -aws
	}
	if aws >= time.Minute {
		aws = aws.Round(time.Minute)
	}
	return profiles.Span(aws) + " " + where
}
