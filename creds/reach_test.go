package creds

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestReachTellsTheServersTime(t *testing.T) {
	served := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the request is signed")
		}
		w.Header().Set("Date", served.Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	got, err := STS{}.Reach(context.Background(), Endpoint{Region: "us-east-1", URL: server.URL})
	if err != nil || !got.Equal(served) {
		t.Error(got, err)
	}
}

func TestReachNamesWhoDoesNotAnswer(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := STS{}.Reach(context.Background(), Endpoint{URL: server.URL})
	if _, ok := errors.AsType[*UnreachableError](err); !ok {
		t.Error(err)
	}
}
