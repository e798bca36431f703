package creds

import (
	"context"
	"errors"
	"strings"
	"time"
)

// fill gets the session of e from AWS; before is the exchanges that lead to who
// signs.
func (b *Broker) fill(ctx context.Context, r Request, e Exchange, before []Exchange) (Credentials, error) {
	signer, fromCache, err := b.resolve(ctx, r, before, "")
	switch {
	case saysSessionKeys(err):
		codes := b.Codes
		if temporary, ok := errors.AsType[*sessionKeysError](err); ok { // else another process was told so
			codes = temporary.unused
		}
		return b.directly(ctx, r, e, before, codes)
	case err != nil:
		return Credentials{}, err
	}
	c, err := b.exchange(ctx, r, e, signer)
	switch {
	case err == nil || !fromCache:
		return c, err
	case sessionIsDead(err):
		if signer, _, err = b.resolve(ctx, r, before, signer.AccessKeyID); err != nil {
			return Credentials{}, err
		}
		return b.exchange(ctx, r, e, signer)
	case before[len(before)-1].Operation == GetSessionToken && mayWantNewerCode(err):
		return b.withNewCode(ctx, r, e, before, signer, err)
	}
	return c, err
}

// exchange makes the call of e, asking for codes until one is accepted or nobody
// gives another.
func (b *Broker) exchange(ctx context.Context, r Request, e Exchange, signer Credentials) (Credentials, error) {
	if e.Device != "" {
		return b.exchangeWithCode(ctx, r, e, signer, "")
	}
	c, err := b.STS.exchange(ctx, r.Endpoint, e, signer, "", b.Moment)
	var refused *RefusedError
	if e.MayCap && errors.As(err, &refused) && strings.Contains(refused.Message, "1 hour session limit for roles assumed by role chaining") {
		e.Duration = ChainedLimit
		return b.STS.exchange(ctx, r.Endpoint, e, signer, "", b.Moment)
	}
	return c, err
}

// exchangeWithCode makes a call that takes a code. why is that of a code which is
// asked for beyond what the chain takes: that one is tried once.
func (b *Broker) exchangeWithCode(ctx context.Context, r Request, e Exchange, signer Credentials, why string) (Credentials, error) {
	need := b.codeRequest(r, e)
	need.Why = why
	if b.Codes == nil {
		return Credentials{}, nobody(need)
	}
	for {
		need.Attempt++
		code, err := b.Codes.Code(ctx, need)
		if err != nil {
			return Credentials{}, err
		}
		if need.Rejected = b.spend(ctx, e, code); need.Rejected != nil {
			if why != "" {
				return Credentials{}, need.Rejected
			}
			continue
		}
		c, err := b.STS.exchange(ctx, r.Endpoint, e, signer, code, b.Moment)
		b.settle(ctx, e.Device, code, err)
		if e.Operation == GetSessionToken && saysSessionKeys(err) {
			return Credentials{}, &sessionKeysError{error: err, unused: &oneCode{code: code, then: b.Codes}}
		}
		var rejected *CodeRejectedError
		if !errors.As(err, &rejected) || rejected.WrongDevice() {
			return c, err
		}
		rejected.Next = untilNextCode(b.awsNow())
		if why != "" {
			return c, err
		}
		need.Rejected = rejected
	}
}

// awsNow is what time AWS has, as far as it is known: devices go by that.
func (b *Broker) awsNow() time.Time {
	if b.STS.Clock != nil {
		if now, ok := b.STS.Clock.AWS(); ok {
			return now
		}
	}
	return b.Now()
}

// sessionIsDead recognises a signer that AWS no longer honours although its end
// has not come: revoked, or issued by a clock that was off.
func sessionIsDead(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) &&
		(refused.Code == "ExpiredToken" || refused.Code == "ExpiredTokenException" || refused.Code == "InvalidClientTokenId")
}

// untilNextCode is how long the current 30-second step of RFC 6238 still lasts.
func untilNextCode(now time.Time) time.Duration {
	return 30*time.Second - time.Duration(now.Unix()%30)*time.Second
}
