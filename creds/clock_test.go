package creds_test

import (
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"cameo/creds"
	"cameo/internal/sandbox"
)

const year = 365 * 24 * time.Hour

// offsets are those at which programs fail, and a sample from ten years to either
// side.
func offsets() []time.Duration {
	list := []time.Duration{-year, -16 * time.Minute, -14 * time.Minute, 0, 14 * time.Minute, 16 * time.Minute, year, -10 * year, 10 * year}
	random := mathrand.New(mathrand.NewPCG(64, 65))
	for range 40 {
		list = append(list, time.Duration((random.Float64()*2-1)*10*float64(year)))
	}
	return list
}

var firstCall = map[string]string{"hop3": "AssumeRole", "update": "GetSessionToken"}

func TestASwitchWorksHoweverFarTheClockIsOff(t *testing.T) {
	for _, off := range offsets() {
		for _, profile := range []string{"hop3", "update"} {
			t.Run(fmt.Sprint(profile, off), func(t *testing.T) {
				b := startBox(t)
				b.broker.STS.MaxAttempts = 1 // a clock is no reason to spend a try
				b.setClock(off)
				c := b.must(profile)
				ends := b.now().Add(time.Hour)
				if wrong := c.Expires.Sub(ends).Abs(); wrong > 2*time.Second {
					t.Errorf("the end is %v from AWS's", wrong)
				}
				calls := strings.Join(b.calls, ", ")
				refused := strings.Count(calls, "403")
				if want := map[bool]int{true: 1, false: 0}[off.Abs() > 15*time.Minute]; refused != want || want == 1 && !strings.HasPrefix(calls, firstCall[profile]+" 403, "+firstCall[profile]+" 200") {
					t.Errorf("calls %s; %d should be refused", calls, want)
				}
				if len(b.codes.asked) > 1 {
					t.Errorf("asked %d times", len(b.codes.asked))
				}
				if said := strings.Contains(strings.Join(b.told, "\n"), "the clock of this machine is"); said != (refused > 0) {
					t.Errorf("told %q", b.told)
				}
				b.calls = nil
				b.checkServed(profile, c)
			})
		}
	}
}

// checkServed follows a fresh session of an hour to its end: it is served while
// AWS honours it for five minutes more, and never later.
func (b *box) checkServed(profile string, c creds.Credentials) {
	b.Helper()
	b.advance(54*time.Minute + 50*time.Second)
	if least, most := c.Left(b.moment()); (least-5*time.Minute-10*time.Second).Abs() > 2*time.Second || least != most {
		b.Errorf("left: %v to %v", least, most)
	}
	if again, ok := creds.Warm(b.request(profile), b.broker.Cache, b.moment(), never); !ok || again != c {
		b.Error("a good session is not served")
	}
	b.advance(13 * time.Second)
	if _, ok := creds.Warm(b.request(profile), b.broker.Cache, b.moment(), never); ok {
		b.Error("a session is served that is about to end")
	}
	if next := b.must(profile); next == c {
		b.Error("it was not renewed")
	}
}

func TestTheSignatureIsNotTriedAgainForeverOrForNothing(t *testing.T) {
	answer := func(message, date string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = nil
			if date != "" {
				w.Header().Set("Date", date)
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>%s</Message></Error></ErrorResponse>", message)
		}
	}
	stamp := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("20060102T150405Z") }
	expired := fmt.Sprintf("Signature expired: a is now earlier than b (%s - 15 min.)", stamp(time.Hour))
	for _, c := range []struct {
		name, message, date string
		calls               int32
	}{
		{"only the message tells the time", expired, "", 2},
		{"a wrong secret", "The request signature we calculated does not match", time.Now().UTC().Format(http.TimeFormat), 1},
		{"a wrong secret, and nobody tells the time", "The request signature we calculated does not match", "", 1},
		{"a wrong secret and a wrong clock", "The request signature we calculated does not match", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 2},
		{"the message counts, not a proxy's Date", expired, time.Now().UTC().Format(http.TimeFormat), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, at, calls := odd(t, answer(c.message, c.date))
			_, err := ask(t, b, at, "mfa")
			var refused *creds.RefusedError
			if !errors.As(err, &refused) || calls.Load() != c.calls {
				t.Errorf("%d calls, want %d; %v", calls.Load(), c.calls, err)
			}
		})
	}
}

// A clock that is set while a session lives neither ends nor revives it.
func TestASessionOutlivesAJumpOfTheClock(t *testing.T) {
	for _, before := range []time.Duration{0, -year, year} {
		for _, after := range []time.Duration{0, -2 * time.Hour, 2 * time.Hour, -year, year, 26 * time.Hour} {
			for _, uptime := range []bool{true, false} {
				t.Run(fmt.Sprint(before, after, uptime), func(t *testing.T) {
					b := startBox(t)
					if !uptime {
						b.broker.Uptime = nil
					}
					b.setClock(before)
					c := b.must("hop1")
					b.advance(30 * time.Minute)
					b.setClock(after)
					b.calls = nil
					if again := b.must("hop1"); again != c && (uptime || !thrownAwayForSafety(before, after)) {
						t.Errorf("a good session is thrown away: %v", b.calls)
					}
					b.advance(31 * time.Minute)
					if late := b.must("hop1"); !late.Expires.After(b.now().Add(5 * time.Minute)) {
						t.Error("a session is served that has ended")
					}
				})
			}
		}
	}
}

// thrownAwayForSafety: without Uptime a clock that was set ahead looks as if the
// time had passed, and of one that was off twice nothing can be told.
func thrownAwayForSafety(before, after time.Duration) bool {
	return before != after && (after > 0 || before != 0 && after != 0)
}

func TestASessionThatEndedStaysEndedWhenTheClockGoesBack(t *testing.T) {
	b := startBox(t)
	c := b.must("hop1-mfa-long")
	b.advance(4*time.Hour + time.Minute)
	b.setClock(-2 * time.Hour)
	if _, ok := creds.Warm(b.request("hop1-mfa-long"), b.broker.Cache, b.moment(), never); ok {
		t.Error("Warm serves a dead session")
	}
	if late := b.must("hop1-mfa-long"); late == c {
		t.Error("a dead session is served")
	}
}

func TestSuspendCounts(t *testing.T) {
	b := startBox(t)
	c := b.must("hop1")
	b.advance(8 * time.Hour)
	if least, most := c.Left(b.moment()); least != most || least > -7*time.Hour+time.Second {
		t.Errorf("left: %v to %v", least, most)
	}
}

// A machine that was halted without noticing (a virtual one) has a right wall clock
// again and an uptime that lacks the pause: AWS is asked for the time.
func TestAPauseOfTheMachineDoesNotReviveASession(t *testing.T) {
	b := startBox(t)
	c := b.must("hop1")
	b.booted = b.booted.Add(8 * time.Hour)
	b.advance(8 * time.Hour)
	b.broker.STS.Clock = &creds.Clock{Now: b.local} // another process
	if late := b.must("hop1"); late == c {
		t.Error("a dead session is served")
	}
}

func TestLeftWithoutAnEndOrAClock(t *testing.T) {
	now := creds.Moment{Wall: time.Now()}
	if least, _ := (creds.Credentials{}).Left(now); least != math.MaxInt64 {
		t.Error(least)
	}
	c := creds.Credentials{Expires: now.Wall.Add(time.Hour)}
	if least, most := c.Left(now); least != time.Hour || most != time.Hour {
		t.Error(least, most)
	}
}

func TestTheEndIsShownByThisMachinesClock(t *testing.T) {
	b := startBox(t)
	b.setClock(20 * time.Minute)
	c := b.must("hop1")
	if wrong := c.Shown(b.moment()).Sub(b.local().Add(time.Hour)).Abs(); wrong > 2*time.Second {
		t.Errorf("shown %v off", wrong)
	}
	b.setClock(0) // it is set right
	if c.Shown(b.moment()).Sub(c.Expires).Abs() > 2*time.Second {
		t.Error("the old offset counts after the clock was set right")
	}
}

func TestTheMarginIsATenthOfAShortLife(t *testing.T) {
	b := startBox(t)
	request := b.request("hop1")
	request.Duration = 15 * time.Minute
	c, err := b.broker.Credentials(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	b.advance(13*time.Minute + 25*time.Second)
	if _, ok := creds.Warm(request, b.broker.Cache, b.moment(), never); !ok {
		t.Error("with 95 s of 15 minutes left it is not served")
	}
	b.advance(10 * time.Second)
	if next, err := b.broker.Credentials(t.Context(), request); err != nil || next == c {
		t.Error("with 85 s of 15 minutes left it is not renewed", err)
	}
}

func TestWhatCannotBeRenewedIsServedWhileItLasts(t *testing.T) {
	for _, c := range []struct {
		name, profile string
		fault         sandbox.Fault
		nobody        bool
	}{
		{"AWS cannot answer", "hop1", sandbox.Fault{Status: 503, Code: "ServiceUnavailable"}, false},
		{"throttled", "hop1", sandbox.Fault{Status: 400, Code: "Throttling"}, false},
		{"nobody to ask for a code", "hop1-mfa-long", sandbox.Fault{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBox(t)
			first := b.must(c.profile)
			b.advance(first.Expires.Sub(b.now()) - 90*time.Second)
			b.fault = func(sandbox.Call) sandbox.Fault { return c.fault }
			if c.nobody {
				b.broker.Codes = nil
			}
			if again := b.must(c.profile); again != first {
				t.Error("the session that is there was not served")
			}
			if told := strings.Join(b.told, "\n"); !strings.Contains(told, "cannot be renewed now, and lasts 1m still") {
				t.Errorf("told %q", told)
			}
			request := b.request(c.profile)
			request.Replace = first.AccessKeyID
			if _, err := b.broker.Credentials(t.Context(), request); err == nil {
				t.Error("a renewal that was asked for gave the old session")
			}
			b.advance(35 * time.Second)
			if _, err := b.broker.Credentials(t.Context(), b.request(c.profile)); err == nil {
				t.Error("with 55 s left it was served")
			}
		})
	}
}

func TestARefusalIsNotTidedOver(t *testing.T) {
	b := startBox(t)
	first := b.must("hop1")
	b.advance(first.Expires.Sub(b.now()) - 2*time.Minute)
	b.fault = func(sandbox.Call) sandbox.Fault {
		return sandbox.Fault{Status: 403, Code: "AccessDenied", Message: "User: a is not authorized to perform: sts:AssumeRole on resource: b"}
	}
	var refused *creds.RefusedError
	if _, err := b.broker.Credentials(t.Context(), b.request("hop1")); !errors.As(err, &refused) {
		t.Error(err)
	}
}
