package creds

import (
	"context"
	"errors"
	"time"

	"cameo/profiles"
)

// How long a session must still last to be handed out. A role's: as long as AWS's
// own tools renew ahead, or a tenth of a short life. A source's only signs
// requests, and the roles it opens outlive it. The last resort is for when there is
// no other to be had.
const (
	roleMargin   = 5 * time.Minute
	sourceMargin = time.Minute
	lastResort   = time.Minute
)

func (e *Exchange) margin() time.Duration {
	if e.Operation == GetSessionToken {
		return sourceMargin
	}
	return min(roleMargin, e.Duration/10)
}

// age is how long ago AWS handed the credentials out; negative: not known.
func (c Credentials) age(now Moment) time.Duration {
	_, latest, sure := c.Issued.AWSNow(now)
	if c.Issued.AWS.IsZero() || !sure {
		return -1
	}
	return max(0, latest.Sub(c.Issued.AWS))
}

// young reports whether a session of the source is new enough for the role that e
// leads to.
func (e *Exchange) young(c Credentials, now Moment) bool {
	if e.MaxAge == 0 {
		return true
	}
	age := c.age(now)
	return age >= 0 && age < e.MaxAge
}

// serves reports whether c can be handed out for e as far as this machine's clocks
// tell. It asks nobody.
func (e *Exchange) serves(c Credentials, now Moment) bool {
	least, _ := c.Left(now)
	return least >= e.margin() && e.young(c, now)
}

// Moment is what the broker's clocks say.
func (b *Broker) Moment() Moment {
	now := Moment{Wall: b.Now()}
	if b.Uptime != nil {
		now.Uptime = b.Uptime()
	}
	return now
}

// usable is Exchange.serves; but where this machine's clocks disagree on whether c
// lasts, because one was set since, AWS is asked what time it is.
func (b *Broker) usable(ctx context.Context, r Request, e Exchange, c Credentials) bool {
	now := b.Moment()
	least, most := c.Left(now)
	switch margin := e.margin(); {
	case !e.young(c, now) || most < margin:
		return false
	case least >= margin:
		return true
	}
	at, err := b.STS.Reach(ctx, r.Endpoint)
	return err == nil && !at.IsZero() && c.Expires.Sub(at) >= e.margin()
}

// tideOver answers a failure to renew with the session that is there, where AWS
// cannot be asked, nobody for a code, or another process does not move, and it lasts
// a minute still. Else the failure stands.
func (b *Broker) tideOver(r Request, last Exchange, failure error) (Credentials, error) {
	var unreachable *UnreachableError
	var unavailable *UnavailableError
	var bad *BadReplyError
	var nobody *CodeNeededError
	var locked *LockedError
	transient := errors.As(failure, &unreachable) || errors.As(failure, &unavailable) || errors.As(failure, &bad) ||
		errors.As(failure, &nobody) || errors.As(failure, &locked)
	if !transient {
		return Credentials{}, failure
	}
	c, err := b.Cache.Peek(last.Key)
	if err != nil || c.AccessKeyID == r.Replace {
		return Credentials{}, failure
	}
	least, _ := c.Left(b.Moment())
	if least < lastResort {
		return Credentials{}, failure
	}
	b.STS.tell("the session cannot be renewed now, and lasts %s still: %v", profiles.Span(least), failure)
	return c, nil
}
