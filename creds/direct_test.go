package creds_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/mfa"
)

func TestARoleThatWantsANewCodeIsEnteredDirectly(t *testing.T) {
	b := startBox(t)
	b.must("update")
	b.made("GetSessionToken 200", "AssumeRole 200")
	b.advance(10 * time.Minute)
	first := b.must("fresh")
	b.made("AssumeRole 403", "AssumeRole 200")
	if len(b.codes.asked) != 2 || b.codes.asked[0].Why != "" ||
		b.codes.asked[1].Why != `AWS refused "fresh" with the MFA code of 10m ago; the role may want a newer one` {
		t.Fatalf("asked %+v", b.codes.asked)
	}
	if again := b.must("fresh"); again != first {
		t.Error("the session was not kept")
	}
	if warm, ok := creds.Warm(b.request("fresh"), b.broker.Cache, b.moment(), never); !ok || warm != first {
		t.Error("Warm does not find it")
	}
	b.made()

	b.advance(time.Hour) // from now on the direct way is known
	forecast, err := b.broker.Forecast(b.request("fresh"))
	if err != nil || forecast.Code == nil || forecast.Code.Operation != creds.AssumeRole {
		t.Errorf("forecast %+v, %v", forecast, err)
	}
	b.must("fresh")
	b.made("AssumeRole 200")
	if last := b.codes.asked[2]; len(b.codes.asked) != 3 || last.Why != "" {
		t.Errorf("asked %+v", b.codes.asked)
	}
	b.must("update2") // the session of the source still serves the others
	b.made("AssumeRole 200")

	b.advance(91 * 24 * time.Hour) // what was learned is found out again
	b.must("fresh")
	b.made("GetSessionToken 200", "AssumeRole 200")
}

func TestAnyOtherRefusalCostsOneTryAndIsNotRemembered(t *testing.T) {
	b := startBox(t)
	b.must("update")
	for range 2 {
		b.calls, b.codes.asked = nil, nil
		b.advance(time.Minute)
		var refused *creds.RefusedError
		if _, err := b.broker.Credentials(t.Context(), b.request("refused-mfa")); !errors.As(err, &refused) {
			t.Errorf("got %v", err)
		}
		b.made("AssumeRole 403", "AssumeRole 403")
		if len(b.codes.asked) != 1 {
			t.Errorf("asked %d times", len(b.codes.asked))
		}
	}
}

func TestARefusalOfACodeJustGivenStands(t *testing.T) {
	b := startBox(t)
	var refused *creds.RefusedError
	if _, err := b.broker.Credentials(t.Context(), b.request("refused-mfa")); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	b.made("GetSessionToken 200", "AssumeRole 403")
}

func TestAMistypedNewCodeIsTriedOnce(t *testing.T) {
	b := startBox(t)
	b.must("update")
	b.advance(10 * time.Minute)
	b.calls, b.codes.asked, b.codes.wrong = nil, nil, []string{"000000"}
	var rejected *creds.CodeRejectedError
	if _, err := b.broker.Credentials(t.Context(), b.request("fresh")); !errors.As(err, &rejected) {
		t.Errorf("got %v", err)
	}
	b.made("AssumeRole 403", "AssumeRole 403")
}

func TestWithNobodyToAskTheRefusalStands(t *testing.T) {
	for _, codes := range []creds.Codes{nil, mfa.Nobody{Why: "--no-input was given"}} {
		b := startBox(t)
		b.must("update")
		b.advance(10 * time.Minute)
		b.calls = nil
		b.broker.Codes = codes
		var refused *creds.RefusedError
		if _, err := b.broker.Credentials(t.Context(), b.request("fresh")); !errors.As(err, &refused) {
			t.Errorf("got %v", err)
		}
		b.made("AssumeRole 403")
	}
}

func TestAPolicyThatNoCodeLiftsIsNotTriedAgain(t *testing.T) {
	for _, tail := range []string{" with an explicit deny in a service control policy", " because no permissions boundary allows the sts:AssumeRole action"} {
		b, at, calls := odd(t, func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("Action") == "GetSessionToken" {
				_, _ = io.WriteString(w, reply(r, issuedUntil(inAnHour())))
				return
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: a is not authorized to perform: sts:AssumeRole on resource: b%s</Message></Error></ErrorResponse>", tail)
		})
		for range 2 {
			_, _ = ask(t, b, at, "mfa")
		}
		if calls.Load() != 3 {
			t.Errorf("%d calls", calls.Load())
		}
	}
}

// cameo_mfa_max_age: the source's session is opened anew, which serves the others.
func TestAProfileSaysHowOldTheSessionMayBe(t *testing.T) {
	b := startBox(t)
	b.must("update")
	b.made("GetSessionToken 200", "AssumeRole 200")
	b.advance(3 * time.Minute)
	b.must("fresh-by-age")
	b.made("AssumeRole 200")
	b.advance(58 * time.Minute)
	b.must("fresh-by-age")
	b.made("GetSessionToken 200", "AssumeRole 200")
	b.must("update2")
	b.made("AssumeRole 200")
	if len(b.codes.asked) != 2 {
		t.Errorf("asked %d times", len(b.codes.asked))
	}
}

func TestKeysThatTurnOutTemporaryEnterWithTheSameCode(t *testing.T) {
	var codes []string
	b, at, _ := odd(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") == "GetSessionToken" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Cannot call GetSessionToken with session credentials</Message></Error></ErrorResponse>")
			return
		}
		codes = append(codes, r.FormValue("TokenCode")+" "+r.FormValue("SerialNumber"))
		_, _ = io.WriteString(w, reply(r, issuedUntil(inAnHour())))
	})
	if _, err := ask(t, b, at, "mfa"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(codes, ", "); got != canaryCode+" arn:aws:iam::111122223333:mfa/me" {
		t.Errorf("AssumeRole with %s", got)
	}
}
