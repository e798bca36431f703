package creds

import (
	"context"
	"net/http"
	"time"
)

// Reach asks STS for nothing, without a signature: that it answers at all shows
// that it can be reached, and its answer carries its clock. The time is zero where
// the answer has none; the error is an *UnreachableError.
func (s STS) Reach(ctx context.Context, at Endpoint) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	url := at.URL
	if url == "" {
		url = "https://" + at.Host()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/", nil)
	if err != nil {
		return time.Time{}, BadURL(at.Host())
	}
	s, done := s.withDefaults()
	defer done()
	defer s.waitFor(at.Host())()
	response, err := timed{s.HTTP, s.Clock}.Do(request)
	if err != nil {
		return time.Time{}, &UnreachableError{Host: at.Host(), Why: WhyUnreachable(err), Proxy: s.Proxy}
	}
	defer response.Body.Close()
	served, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil
	}
	return served, nil
}
