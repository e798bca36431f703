package creds_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cameo/creds"
)

// offering is a Codes that says what it can offer.
type offering struct {
	offer creds.Offer
	code  func(creds.CodeRequest) (string, error)
}

func (o offering) Offer(creds.CodeRequest) creds.Offer { return o.offer }

func (o offering) Code(_ context.Context, need creds.CodeRequest) (string, error) {
	return o.code(need)
}

func nobody() offering {
	return offering{creds.NoCode, func(need creds.CodeRequest) (string, error) {
		return "", &creds.CodeNeededError{Device: need.Device, Profile: need.Profile, Why: "nobody is here"}
	}}
}

// asking lets one process ask for a code, by answer, while another one that cannot
// waits; it returns what the other one came to.
func asking(b *box, codes creds.Offer, answer func(creds.CodeRequest) (string, error)) (waiter error) {
	asked := make(chan struct{})
	done := make(chan error, 1)
	one, other := *b.broker, *b.broker
	other.Codes = nobody()
	gate := make(chan struct{})
	one.Codes = offering{codes, func(need creds.CodeRequest) (string, error) {
		if need.Attempt == 1 {
			close(asked)
			<-gate
		}
		return answer(need)
	}}
	go func() { _, _ = one.Credentials(b.Context(), b.request("update")) }()
	<-asked
	go func() {
		_, err := other.Credentials(b.Context(), b.request("update"))
		done <- err
	}()
	time.Sleep(100 * time.Millisecond) // until the other one waits
	close(gate)
	return <-done
}

func TestWhoWaitsForACodeIsGivenTheSession(t *testing.T) {
	b := startBox(t)
	if err := asking(b, creds.SomeCode, func(creds.CodeRequest) (string, error) { return b.code(), nil }); err != nil {
		t.Error(err)
	}
	b.made("GetSessionToken 200", "AssumeRole 200")
}

func TestWhoWaitsForACodeLearnsWhyNoneCame(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(creds.CodeRequest) (string, error)
		says   string
	}{
		"timed out": {func(need creds.CodeRequest) (string, error) {
			return "", &creds.CodeNeededError{Device: need.Device, Profile: "another", Asked: true, Why: "prompt timed out on /dev/pts/3"}
		}, "prompt timed out on /dev/pts/3"},
		"cancelled": {func(need creds.CodeRequest) (string, error) {
			return "", &creds.CancelledError{Device: need.Device, Why: "prompt was cancelled on /dev/pts/3", Err: errors.New("Ctrl-C")}
		}, "prompt was cancelled on /dev/pts/3"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBox(t)
			err := asking(b, creds.SomeCode, c.answer)
			var needed *creds.CodeNeededError
			if !errors.As(err, &needed) || needed.Profile != "update" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			b.made()
		})
	}
}

func TestWhoWaitsForACodeLearnsThatAWSRefusedIt(t *testing.T) {
	b := startBox(t)
	err := asking(b, creds.OwnCode, func(need creds.CodeRequest) (string, error) {
		if need.Rejected != nil {
			return "", need.Rejected
		}
		return "000000", nil
	})
	var rejected *creds.CodeRejectedError
	if !errors.As(err, &rejected) || rejected.WrongDevice() || rejected.Next == 0 {
		t.Errorf("got %v", err)
	}
	b.made("GetSessionToken 403")
	// A code of one's own is tried all the same, at once.
	own := *b.broker
	own.Unattended = true
	own.Codes = offering{creds.OwnCode, func(creds.CodeRequest) (string, error) { return b.code(), nil }}
	if _, err := own.Credentials(t.Context(), b.request("update")); err != nil {
		t.Error(err)
	}
}

// stuck is a cache whose keys are all held by a process that was stopped.
type stuck struct{ creds.Cache }

func (stuck) Fetch(context.Context, creds.Flight) (creds.Credentials, error) {
	return creds.Credentials{}, &creds.LockedError{PID: 4711, Program: "terra\x1bform", Held: 42 * time.Second, Waited: 30 * time.Second}
}

func TestASessionThatLastsIsServedWhileAnotherProcessIsStuck(t *testing.T) {
	b := startBox(t)
	kept := b.must("hop1")
	b.advance(time.Until(kept.Expires) - 3*time.Minute) // to be renewed, and good still
	broker := *b.broker
	broker.Cache = stuck{b.broker.Cache}
	if c, err := broker.Credentials(t.Context(), b.request("hop1")); err != nil || c.AccessKeyID != kept.AccessKeyID {
		t.Errorf("%v, %v", c, err)
	}
	b.advance(5 * time.Minute)
	_, err := broker.Credentials(t.Context(), b.request("hop1"))
	var locked *creds.LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), "pid 4711 (`terra\\x1bform`, 42 s)") || locked.Try() != "kill -CONT 4711" {
		t.Errorf("got %v", err)
	}
}
