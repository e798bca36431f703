package creds

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// Moment is what this machine's clocks say at one time.
type Moment struct {
	Wall time.Time
	// Uptime is how long the machine has been up, time in suspend included; 0: not
	// known. Nobody can set it, so it tells whether the wall clock was set.
	Uptime time.Duration
}

// Issued is when AWS handed a session out, by its own clock and by those of this
// machine. It makes a session's end comparable with a clock that is off, or that
// is set while the session lives. The zero value: not known.
type Issued struct {
	AWS    time.Time     `json:"aws,omitzero"`   // UTC
	Local  time.Time     `json:"local,omitzero"` // UTC
	Uptime time.Duration `json:"uptime,omitzero"`
}

// clockSlack is how far two clocks may be apart that are taken to agree: AWS's Date
// has whole seconds, and an answer takes its time.
const clockSlack = 30 * time.Second

// AWSNow is between which times AWS's clock stands now, as far as this machine's
// clocks tell; sure is false where nothing can be told from them. earliest and
// latest are the same unless a clock was set since.
func (i Issued) AWSNow(now Moment) (earliest, latest time.Time, sure bool) {
	if i.AWS.IsZero() {
		return now.Wall, now.Wall, true
	}
	ahead := i.AWS.Sub(i.Local)
	wall := now.Wall.Add(ahead)
	estimates := []time.Time{wall}
	if now.Uptime > 0 && i.Uptime > 0 && now.Uptime >= i.Uptime { // else it is not known, or the machine was started again
		running := i.AWS.Add(now.Uptime - i.Uptime)
		if wall.Sub(running).Abs() <= clockSlack {
			return running, running, true
		}
		estimates = append(estimates, running)
	}
	if ahead.Abs() > clockSlack {
		estimates = append(estimates, now.Wall) // a clock that was off may have been set right
	}
	for _, at := range estimates {
		if at.Before(i.AWS.Add(-clockSlack)) {
			continue // it cannot be earlier now than then: that clock was set back
		}
		if !sure || at.Before(earliest) {
			earliest = at
		}
		if !sure || at.After(latest) {
			latest = at
		}
		sure = true
	}
	return earliest, latest, sure
}

// Left is how long AWS honours the credentials still: between least and most,
// which are the same unless a clock was set since they were issued. Negative: they
// have ended. For credentials without an end both are math.MaxInt64.
func (c Credentials) Left(now Moment) (least, most time.Duration) {
	if c.Expires.IsZero() {
		return math.MaxInt64, math.MaxInt64
	}
	earliest, latest, sure := c.Issued.AWSNow(now)
	if !sure {
		return math.MinInt64, c.Expires.Sub(c.Issued.AWS)
	}
	return c.Expires.Sub(latest), c.Expires.Sub(earliest)
}

// Shown is the end of the credentials as this machine's clock is going to show it,
// for people who look at that clock. AWS's own is Expires; the two differ by how far
// the clock is off, if that is more than half a minute. Programs are told AWS's own:
// it stays true when the clock is set right, and of the SDKs those that do not correct
// their clock cannot sign a request anyway once it is off by more than AWS takes.
func (c Credentials) Shown(now Moment) time.Time { return c.Issued.Shown(c.Expires, now) }

// Shown is a time of AWS's clock as this machine's clock is going to show it.
func (i Issued) Shown(at time.Time, now Moment) time.Time {
	_, latest, sure := i.AWSNow(now)
	if ahead := latest.Sub(now.Wall); sure && !at.IsZero() && ahead.Abs() > clockSlack {
		return at.Add(-ahead)
	}
	return at
}

// Clock is the clock that requests are signed by: this machine's, corrected by what
// AWS's answers say of its own. Share one among the calls of a process: then only
// the first of them is refused where this machine's clock is off. The zero value is
// ready; it is safe for concurrent use.
type Clock struct {
	Now func() time.Time // this machine's clock; nil: time.Now

	mu       sync.Mutex
	measured bool
	ahead    time.Duration // AWS's clock minus this machine's, as measured last
	signing  time.Duration // what is added to this machine's clock to sign
}

func (c *Clock) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// AWS is the time by AWS's clock; ok is false before its first answer.
func (c *Clock) AWS() (now time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(c.ahead), c.measured
}

// measure takes down what AWS's clock says now.
func (c *Clock) measure(served time.Time) {
	ahead := served.Sub(c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.measured, c.ahead = true, ahead
}

func (c *Clock) offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signing
}

// worthCorrecting is how far a signature's time must be off before the same
// request is signed again: AWS takes fifteen minutes, some endpoints five.
const worthCorrecting = 4 * time.Minute

// saidTime is the time of AWS in "Signature expired: A is now earlier than B
// (20220127T015928Z - 15 min.)", which no proxy rewrites as it may a Date.
func saidTime(message string) (at time.Time, ok bool) {
	const layout = "20060102T150405Z"
	_, text, _ := strings.Cut(message, "(")
	if len(text) < len(layout) {
		return time.Time{}, false
	}
	at, err := time.Parse(layout, text[:len(layout)])
	return at, err == nil
}

// corrected returns with which offset to sign a request again that was refused
// when it was signed with used; ok is false where another time would not help.
func (c *Clock) corrected(err error, used time.Duration) (offset time.Duration, ok bool) {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return 0, false
	}
	switch api.ErrorCode() {
	case "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException":
	default:
		return 0, false
	}
	if at, said := saidTime(api.ErrorMessage()); said {
		c.measure(at)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.measured || (c.ahead-used).Abs() <= worthCorrecting {
		return 0, false
	}
	c.signing = c.ahead
	return c.signing, true
}

// timed tells a Clock of every answer, but for those out of a cache (RFC 9111, Age).
type timed struct {
	client *http.Client
	clock  *Clock
}

// Do is that of the client.
func (t timed) Do(r *http.Request) (*http.Response, error) {
	response, err := t.client.Do(r) //nolint:gosec // where requests go is for the user to say (FindEndpoint)
	if err == nil && response.Header.Get("Age") == "" {
		if served, dateErr := http.ParseTime(response.Header.Get("Date")); dateErr == nil {
			t.clock.measure(served)
		}
	}
	return response, err
}

// timedSigner signs by a Clock.
type timedSigner struct {
	signer *v4.Signer
	clock  *Clock
	offset time.Duration
}

// SignHTTP is that of the SDK's signer, at the time of the clock.
func (t timedSigner) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, payloadHash, service, region string, _ time.Time,
	options ...func(*v4.SignerOptions)) error {
	return t.signer.SignHTTP(ctx, c, r, payloadHash, service, region, t.clock.now().Add(t.offset), options...)
}
