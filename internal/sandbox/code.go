package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// codePath is where a sandbox tells the codes of its virtual devices. No AWS
// service has such a path: a bucket name cannot begin with an underscore.
const codePath = "/_cameo/mfa-code"

type codeAnswer struct {
	Code    string `json:"code,omitempty"`
	LeftMS  int64  `json:"left_ms,omitempty"`
	RetryMS int64  `json:"retry_after_ms,omitempty"`
	Error   string `json:"error,omitempty"`
}

// serveCode answers at once: with a code, or with the time until there is one.
func (w *World) serveCode(rw http.ResponseWriter, r *http.Request) {
	status, answer := http.StatusOK, codeAnswer{}
	code, left, wait, err := w.Code(r.URL.Query().Get("user"))
	var unknown *UnknownUserError
	switch {
	case errors.As(err, &unknown):
		status, answer.Error = http.StatusNotFound, err.Error()
	case err != nil:
		status, answer.Error = http.StatusInternalServerError, err.Error()
	default:
		answer = codeAnswer{Code: code, LeftMS: left.Milliseconds(), RetryMS: wait.Milliseconds()}
		if wait > 0 {
			answer.RetryMS++ // never a moment too early
		}
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(answer)
}

// CodeClient asks a running sandbox for the codes of its virtual MFA devices.
type CodeClient struct {
	Endpoint string       // AWS_ENDPOINT_URL
	HTTP     *http.Client // nil: one that uses no proxy
	// Waiting is told how long Code is about to wait for the next code; nil: nobody.
	Waiting func(time.Duration)
	pause   func(context.Context, time.Duration) error // nil: real time passes
}

// Code returns a code of the user's device that was not used yet, waiting for
// the next one if it must. The user is an IAM user or profile name, case ignored;
// one that the sandbox does not have gives an [*UnknownUserError].
func Code(ctx context.Context, endpoint, user string) (string, error) {
	return CodeClient{Endpoint: endpoint}.Code(ctx, user)
}

// Code returns a code as the function [Code] does.
func (c CodeClient) Code(ctx context.Context, user string) (string, error) {
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil || endpoint.Scheme != "http" || !loopbackName(endpoint.Host) {
		return "", fmt.Errorf("endpoint %q is not a sandbox on loopback", c.Endpoint)
	}
	client := c.HTTP
	if client == nil {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client = &http.Client{Transport: transport}
	}
	pause := c.pause
	if pause == nil {
		pause = sleep
	}
	for {
		answer, err := askCode(ctx, client, c.Endpoint, user)
		if err != nil {
			return "", err
		}
		if answer.Code != "" {
			return answer.Code, nil
		}
		wait := time.Duration(max(answer.RetryMS, 1)) * time.Millisecond
		if c.Waiting != nil {
			c.Waiting(wait)
		}
		if err := pause(ctx, wait); err != nil {
			return "", err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func askCode(ctx context.Context, client *http.Client, endpoint, user string) (codeAnswer, error) {
	target := strings.TrimRight(endpoint, "/") + codePath + "?user=" + url.QueryEscape(user)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return codeAnswer{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return codeAnswer{}, err
	}
	defer response.Body.Close()
	var answer codeAnswer
	if json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&answer) != nil {
		return codeAnswer{}, fmt.Errorf("endpoint %q answers, but not as a sandbox does", endpoint)
	}
	switch {
	case response.StatusCode == http.StatusNotFound:
		return codeAnswer{}, &UnknownUserError{Name: user}
	case response.StatusCode != http.StatusOK:
		return codeAnswer{}, fmt.Errorf("sandbox at %q: %s", endpoint, answer.Error)
	}
	return answer, nil
}
