package creds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cameo/profiles"
)

// Flight is one session that any number of callers, in any number of processes,
// may want at once: one of them fills it, the others are given what came of it.
type Flight struct {
	Key    Key
	Usable func(Credentials) bool // whether what is kept will do
	Fill   func(context.Context) (Credentials, error)
	// Asks says that Fill will ask somebody for a code: callers who cannot ask wait
	// for it (see Cache.Await).
	Asks bool
	// Tell is what the others are told of a Fill that failed; nil bytes: nothing,
	// and the next in line tries for itself. It must hold no secret.
	Tell func(error) []byte
	// Told is the error that such words stand for; nil: they are not for this caller,
	// which tries for itself. meanwhile is true where they were said while it waited.
	Told func(words []byte, meanwhile bool) error
}

// CodeFate is what became of a code.
type CodeFate struct {
	// Rejected is what AWS said of a code that it did not accept; nil: it took the
	// code, or may have.
	Rejected *Answer
}

// CodeMemory knows, for all processes of this user, which codes AWS has seen: each
// works once. It holds no code in clear.
type CodeMemory interface {
	// Spend says that a code is about to be sent; known is true, with its fate, for
	// one that was sent before and will not be accepted again.
	Spend(ctx context.Context, device, code string) (fate CodeFate, known bool)
	// Settle says what became of a code that was spent; nil: AWS has not looked at it.
	Settle(ctx context.Context, device, code string, fate *CodeFate)
}

// Offer is whether codes can be had.
type Offer int

// The offers.
const (
	SomeCode Offer = iota // somebody, or a command, can be asked
	OwnCode               // the code is at hand
	NoCode                // there is nobody to ask
)

// Offerer is a Codes that knows, without asking, what it can offer. Of any other it
// is thought that it can ask somebody.
type Offerer interface {
	Offer(need CodeRequest) Offer
}

// offer is what the Codes of the Broker can offer.
func (b *Broker) offer(need CodeRequest) Offer {
	if b.Codes == nil {
		return NoCode
	}
	if o, ok := b.Codes.(Offerer); ok {
		return o.Offer(need)
	}
	return SomeCode
}

// codeRequest is what the code of an exchange is wanted for.
func (b *Broker) codeRequest(r Request, e Exchange) CodeRequest {
	need := CodeRequest{Device: e.Device, Profile: r.Chain.Profile, RoleARN: e.Step.RoleARN.Text, Production: r.Production, Agent: r.Agent,
		Command: e.Step.MFAProcess, CommandDistrust: e.Step.MFAProcessDistrust}
	if e.Operation == AssumeRole && e.Duration > ChainedLimit {
		need.Lasts = e.Duration
	}
	if r.Endpoint.URL != "" {
		need.Host = r.Endpoint.Host()
	}
	return need
}

// nobody gives a code where Broker.Codes is nil.
func nobody(need CodeRequest) error {
	return &CodeNeededError{Device: need.Device, Profile: need.Profile, Why: "nobody can be asked here"}
}

// awaitCode lets a caller who cannot give the code that the request needs wait for
// another process that can: one that asks right now, or comes within a moment.
func (b *Broker) awaitCode(ctx context.Context, r Request, list []Exchange) error {
	for {
		_, e := b.foresee(list, r.Replace)
		if e == nil {
			return nil
		}
		need := b.codeRequest(r, *e)
		if b.offer(need) != NoCode {
			return nil
		}
		if c, err := b.Cache.Peek(e.Key); err == nil && c.AccessKeyID != r.Replace && b.usable(ctx, r, *e, c) {
			return nil // AWS's clock says that it lasts, which foresee did not ask
		}
		dead := ""
		if e.Key == list[len(list)-1].Key {
			dead = r.Replace
		}
		found, err := b.Cache.Await(ctx, b.flight(need, *e, func(c Credentials) bool { return c.AccessKeyID != dead && e.serves(c, b.Moment()) }))
		switch {
		case err != nil:
			return err
		case found:
			continue
		case b.Codes == nil:
			return nobody(need)
		}
		need.Attempt = 1
		_, err = b.Codes.Code(ctx, need)
		return err
	}
}

// flight is how an exchange is shared with other processes. Of a failure others are
// told only where it is one of e's own call, and not of one before it.
func (b *Broker) flight(need CodeRequest, e Exchange, usable func(Credentials) bool) Flight {
	offer := SomeCode
	if e.Device != "" {
		offer = b.offer(need)
	}
	return Flight{
		Key: e.Key, Usable: usable,
		Asks: e.Device != "" && offer != NoCode,
		Tell: func(err error) []byte { return wordsOf(err, e) },
		Told: func(words []byte, meanwhile bool) error {
			if offer == OwnCode {
				return nil // it is not known to be refused
			}
			var said said
			if json.Unmarshal(words, &said) != nil {
				return nil
			}
			if known := b.Unattended && said.lasts(); !meanwhile && !known {
				return nil
			}
			return said.err(need, e)
		},
	}
}

// said is a failure as another process is told of it.
type said struct {
	Kind   sayable
	Answer Answer        // AWS's
	By     Caller        // whom AWS knew as the caller
	Next   time.Duration `json:",omitempty"`
	Why    string        `json:",omitempty"` // of unanswered, cameo's own
}

type sayable string

const (
	refusal    sayable = "refused"
	rejection  sayable = "rejected"
	unanswered sayable = "unanswered"
)

// wordsOf is what others are told of an error: nothing unless AWS itself refused
// the call of e, or somebody was asked for its code and did not answer.
func wordsOf(err error, e Exchange) []byte {
	var refused *RefusedError
	var rejected *CodeRejectedError
	var needed *CodeNeededError
	var cancelled *CancelledError
	var s said
	switch {
	case errors.As(err, &cancelled) && cancelled.Device == e.Device:
		s = said{Kind: unanswered, Why: cancelled.Why}
	case errors.As(err, &needed) && needed.Asked && needed.Device == e.Device:
		s = said{Kind: unanswered, Why: needed.Why}
	case errors.As(err, &rejected) && rejected.Device == e.Device:
		s = said{Kind: rejection, Answer: rejected.Answer, By: rejected.By, Next: rejected.Next}
	case errors.As(err, &refused) && refused.Operation == e.Operation && refused.Step.RoleARN.Text == e.Step.RoleARN.Text:
		s = said{Kind: refusal, Answer: refused.Answer, By: refused.By}
	default:
		return nil
	}
	words, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return words
}

// lasts reports whether what was said holds for a while: a role that was refused
// is refused to the next process too, but the next code may be right.
func (s said) lasts() bool {
	return s.Kind == refusal || s.Kind == rejection && (&CodeRejectedError{Answer: s.Answer}).WrongDevice()
}

// err is the error of the caller to whom it was said.
func (s said) err(need CodeRequest, e Exchange) error {
	switch s.Kind {
	case refusal:
		return &RefusedError{Answer: s.Answer, Exchange: e, By: s.By}
	case rejection:
		return &CodeRejectedError{Answer: s.Answer, Exchange: e, By: s.By, Device: e.Device, Next: s.Next}
	case unanswered:
		return &CodeNeededError{Device: need.Device, Profile: need.Profile, Why: s.Why}
	}
	return nil
}

// spend asks the memory whether a code can still be accepted. The error is a
// *CodeUsedError or a *CodeRejectedError.
func (b *Broker) spend(ctx context.Context, e Exchange, code string) error {
	if b.Spent == nil {
		return nil
	}
	fate, known := b.Spent.Spend(ctx, e.Device, code)
	switch {
	case !known:
		return nil
	case fate.Rejected != nil:
		return &CodeRejectedError{Answer: *fate.Rejected, Exchange: e, Device: e.Device, Next: untilNextCode(b.awsNow())}
	}
	return &CodeUsedError{Device: e.Device, Next: untilNextCode(b.awsNow())}
}

// settle tells the memory what became of a code.
func (b *Broker) settle(ctx context.Context, device, code string, err error) {
	if b.Spent == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	var rejected *CodeRejectedError
	var refused *RefusedError
	switch {
	case saysSessionKeys(err):
		b.Spent.Settle(ctx, device, code, nil)
	case errors.As(err, &rejected) && !rejected.WrongDevice():
		b.Spent.Settle(ctx, device, code, &CodeFate{Rejected: &rejected.Answer})
	case err == nil, errors.As(err, &refused) && refused.Code == "AccessDenied":
		b.Spent.Settle(ctx, device, code, &CodeFate{})
	default:
		b.Spent.Settle(ctx, device, code, nil)
	}
}

// CodeUsedError: the code was sent to AWS before, and each works once.
type CodeUsedError struct {
	Device string
	// Next is how long until the device shows another code.
	Next time.Duration
}

func (e *CodeUsedError) Error() string {
	return fmt.Sprintf("%s; next code in %d s", usedCode, int(e.Next/time.Second))
}

const usedCode = "that MFA code was already used: each code works once"

// CodeRejected is as of a CodeRejectedError: another code may be accepted.
func (e *CodeUsedError) CodeRejected() (why string, another bool) { return usedCode, true }

// LockedError: another process gets the same session, and has not moved for long.
type LockedError struct {
	PID     int    // of the other process; 0: not known
	Program string // that it works for, as it came; empty: not known
	Held    time.Duration
	Waited  time.Duration
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is getting the same session and has not moved for %d s: it may be stopped",
		e.Who(), int(e.Waited.Round(time.Second)/time.Second))
}

// Who is the other process in words, inert.
func (e *LockedError) Who() string {
	switch {
	case e.PID == 0:
		return "another process"
	case e.Program == "":
		return fmt.Sprintf("pid %d", e.PID)
	}
	return fmt.Sprintf("pid %d (`%s`, %d s)", e.PID, profiles.Inert(e.Program), int(e.Held/time.Second))
}

// Try is a command that lets a stopped process go on.
func (e *LockedError) Try() string {
	if e.PID == 0 {
		return ""
	}
	return fmt.Sprintf("kill -CONT %d", e.PID)
}
