package creds

import (
	"context"
	"time"

	"cameo/profiles"
)

// Cache keeps sessions and lets any number of callers, in any number of
// processes, share one fill of a key.
type Cache interface {
	// Peek returns what is kept for key; an error where there is nothing that can
	// be used.
	Peek(key Key) (Credentials, error)
	// Fetch returns what is kept for the key of a flight if it is usable; else it
	// calls Fill, at most one caller at a time, and keeps the result. The error is
	// Fill's own, what others were told of theirs, a *LockedError, or the context's.
	Fetch(ctx context.Context, f Flight) (Credentials, error)
	// Await waits for a session that the caller cannot fill, as long as somebody
	// does who asks, and a moment for one to come. found is false where nobody did.
	// The error is what the others were told, a *LockedError, or the context's.
	Await(ctx context.Context, f Flight) (found bool, err error)
}

// Codes gives MFA codes. Code is asked again, with Attempt raised and the refusal
// in Rejected, until AWS accepts a code or Code returns an error.
type Codes interface {
	Code(ctx context.Context, need CodeRequest) (string, error)
}

// CodeRequest says what a code is wanted for.
type CodeRequest struct {
	Device  string // serial of the device
	Profile string // the profile whose role is asked for
	RoleARN string // of the role that the code leads to
	// Production is true where the role that is asked for is a production one.
	Production bool
	// Host is where the code goes, where that is a custom endpoint; empty: AWS.
	Host string
	// Lasts is how long the role's session will last where that is why the code is
	// for this role alone: AWS gives an hour to a role entered with a session that
	// one code opened for all; 0: it is not.
	Lasts time.Duration
	// Why says why a code is asked for although one has opened a session that lasts,
	// in a sentence to print before; empty: none has.
	Why      string
	Agent    string // the program that asks; empty: cameo itself
	Attempt  int    // 1 is the first
	Rejected error  // why the code before was refused; nil at the first attempt
	// Command is the profile's own command that prints a code (mfa_process); empty:
	// there is none. CommandDistrust says why it must not be run; empty: nothing.
	Command         profiles.Value
	CommandDistrust string
}

// Notes keep from run to run what is no secret and was learned of AWS.
type Notes interface {
	Has(note Key) bool
	Add(note Key) error
}

// Broker carries chains out. Its fields are set before first use; it is safe for
// concurrent use.
type Broker struct {
	STS   STS
	Cache Cache
	Codes Codes // nil: nobody can be asked
	// Spent remembers the codes that AWS has seen; nil: nobody does.
	Spent CodeMemory
	// Unattended says that no person waits for this very call: what AWS refused to
	// another process a moment ago is then not asked again.
	Unattended bool
	Now        func() time.Time
	// Uptime is how long the machine has been up; nil: not known. See Moment.
	Uptime func() time.Duration
	Notes  Notes // nil: nothing is remembered
	// Env looks up AWS_ACCESS_KEY_ID and its kin for chains that begin there.
	Env func(name string) (string, bool)
	// Begin gets the credentials of a first step that does not hold them itself;
	// nil: no such chain can be carried out.
	Begin func(ctx context.Context, step profiles.Step) (Credentials, error)
	// Observe is told what each exchange came to; nil: nobody is.
	Observe func(Event)
}

// Event is what one exchange of a chain came to.
type Event struct {
	Exchange Exchange
	Host     string // where it was asked for
	Cached   bool   // AWS was not asked
	Until    time.Time
	Took     time.Duration
	Err      error
}

// Forecast is what carrying a request out would take right now.
type Forecast struct {
	Exchanges []Exchange
	// Cached is the session of the whole chain that is already there; its Expires
	// is zero where AWS has to be asked.
	Cached Credentials
	// Code is the exchange that will ask for a code; nil: none will.
	Code *Exchange
}

// Forecast looks into the cache and asks nobody.
func (b *Broker) Forecast(r Request) (Forecast, error) {
	list, err := b.exchanges(r)
	if err != nil {
		return Forecast{}, err
	}
	f := Forecast{Exchanges: list}
	f.Cached, f.Code = b.foresee(list, r.Replace)
	return f, nil
}

// foresee looks which session of list is there already, and which exchange will ask
// for the first code; dead is an access key ID that will not do for the last one.
func (b *Broker) foresee(list []Exchange, dead string) (cached Credentials, code *Exchange) {
	now := b.Moment()
	for i := len(list) - 1; i > 0; i-- {
		c, err := b.Cache.Peek(list[i].Key)
		if err == nil && list[i].serves(c, now) {
			if i < len(list)-1 {
				break
			}
			if dead == "" || c.AccessKeyID != dead {
				return c, code
			}
		}
		if list[i].Device != "" {
			code = &list[i]
		}
	}
	return Credentials{}, code
}

// Credentials carries the request out: from the cache where it can, else with as
// few calls as the chain needs. Errors are those of Exchanges, the typed errors of
// this package, what Codes returned, and the context's.
func (b *Broker) Credentials(ctx context.Context, r Request) (Credentials, error) {
	list, err := b.exchanges(r)
	if err != nil {
		return Credentials{}, err
	}
	var c Credentials
	if err = b.awaitCode(ctx, r, list); err == nil {
		c, _, err = b.resolve(ctx, r, list, r.Replace)
	}
	if err != nil {
		return b.tideOver(r, list[len(list)-1], err)
	}
	return c, nil
}

// resolve yields the credentials of the last exchange of list, and whether they
// came out of the cache. dead is an access key ID that AWS no longer honours, or that
// is to be replaced: it is not used, whatever the cache says.
func (b *Broker) resolve(ctx context.Context, r Request, list []Exchange, dead string) (c Credentials, cached bool, err error) {
	e, before := list[len(list)-1], list[:len(list)-1]
	if e.Operation == UseKeys {
		c, err = b.begin(ctx, e.Step)
		return c, false, err
	}
	cached = true
	if b.Observe != nil {
		began := b.Now()
		defer func() {
			b.Observe(Event{Exchange: e, Host: r.Endpoint.Host(), Cached: cached, Until: c.Expires, Took: b.Now().Sub(began), Err: err})
		}()
	}
	usable := func(c Credentials) bool { return c.AccessKeyID != dead && b.usable(ctx, r, e, c) }
	flight := b.flight(b.codeRequest(r, e), e, usable)
	flight.Fill = func(ctx context.Context) (Credentials, error) {
		cached = false
		return b.fill(ctx, r, e, before)
	}
	c, err = b.Cache.Fetch(ctx, flight)
	return c, cached, err
}

func (b *Broker) begin(ctx context.Context, step profiles.Step) (Credentials, error) {
	if inline(&step) {
		return inlineCredentials(&step, b.Env)
	}
	if b.Begin == nil {
		return Credentials{}, &UnsupportedError{Step: step}
	}
	if step.Kind == profiles.Process {
		defer b.STS.waitFor("the credential_process of profile " + profiles.Quote(step.Profile))()
	}
	return b.Begin(ctx, step)
}

// Warm returns the session of the whole chain if it is in the cache and lasts;
// nothing else is touched. It is the path of credential_process.
func Warm(r Request, cache interface {
	Peek(Key) (Credentials, error)
}, now Moment, env func(string) (string, bool)) (Credentials, bool) {
	list, err := Exchanges(r, env)
	if err != nil || len(list) < 2 {
		return Credentials{}, false
	}
	last := &list[len(list)-1]
	c, err := cache.Peek(last.Key)
	return c, err == nil && last.serves(c, now)
}

// SourceOf names who signs the last exchange of a chain, as Exchange.Signer does;
// "" where the chain has no role.
func SourceOf(c profiles.Chain) string {
	n := len(c.Steps)
	if n < 2 {
		return ""
	}
	return signerOf(&c.Steps[n-2], &c.Steps[n-1])
}
