package creds

import (
	"context"
	"errors"
	"strings"
	"time"
)

// exchange makes the call of e, asking for codes until one is accepted or nobody
// gives another.
func (b *Broker) exchange(ctx context.Context, r Request, e Exchange, signer Credentials) (Credentials, error) {
	if e.Device != "" {
		return b.exchangeWithCode(ctx, r, e, signer)
	}
	c, err := b.STS.exchange(ctx, r.Endpoint, e, signer, "", b.Now())
	var refused *RefusedError
	if e.MayCap && errors.As(err, &refused) && strings.Contains(refused.Message, "1 hour session limit for roles assumed by role chaining") {
		e.Duration = ChainedLimit
		return b.STS.exchange(ctx, r.Endpoint, e, signer, "", b.Now())
	}
	return c, err
}

func (b *Broker) exchangeWithCode(ctx context.Context, r Request, e Exchange, signer Credentials) (Credentials, error) {
	need := CodeRequest{Device: e.Device, Profile: r.Chain.Profile, RoleARN: e.Step.RoleARN.Text, Production: r.Production, Agent: r.Agent}
	if e.Operation == AssumeRole && e.Duration > ChainedLimit {
		need.Lasts = e.Duration
	}
	if r.Endpoint.URL != "" {
		need.Host = r.Endpoint.Host()
	}
	if b.Codes == nil {
		return Credentials{}, &CodeNeededError{Device: e.Device, Profile: need.Profile, Why: "nobody can be asked here"}
	}
	for {
		need.Attempt++
		code, err := b.Codes.Code(ctx, need)
		if err != nil {
			return Credentials{}, err
		}
		c, err := b.STS.exchange(ctx, r.Endpoint, e, signer, code, b.Now())
		var rejected *CodeRejectedError
		if !errors.As(err, &rejected) || rejected.WrongDevice() {
			return c, err
		}
		rejected.Next = untilNextCode(b.Now())
		need.Rejected = rejected
	}
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
