package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cameo/creds"
	"cameo/creds/mfa"
	"cameo/creds/refusal"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// trial is what came of carrying a chain out to see whether AWS lets the user in.
type trial struct {
	role     roles.Role
	request  creds.Request
	forecast creds.Forecast
	caller   string // ARN of the identity that the chain begins with; empty where AWS did not say
	events   map[creds.Key]creds.Event
	session  switching.Session
	err      error     // of the exchange that failed
	now      time.Time // where the reader is
	why      refusal.Explanation
}

// check carries the chain of a role out and says what came of it. The session that
// it gets is dropped.
func (a *app) check(ctx context.Context, word string, flags explainFlags) error {
	code, err := a.readCode(ctx, flags.code)
	if err != nil {
		return err
	}
	s, err := a.switcher()
	if err != nil {
		return err
	}
	if flags.json {
		s.Broker.Codes = mfa.Nobody{Why: "nothing is asked with --json: supply it with --mfa-code"}
	}
	ask, err := a.asked(ctx, s, word, flags)
	if err != nil {
		return err
	}
	t, err := a.try(ctx, s, ask, code)
	if err != nil {
		return &attemptError{err: err, verb: checkCommand(ask.Role.Label()), flags: flags.again()}
	}
	if flags.json {
		err = printJSON(a.world.Stdout, t.answer(ctx))
	} else {
		_, err = io.WriteString(a.world.Stdout, foldLines(t.text(), a.columns()))
	}
	if err == nil && t.err != nil {
		err = &statusError{exit: explain(ctx, t.err).exit}
	}
	return err
}

// try carries the chain out. The error is one that is not about AWS's answer: the
// configuration, a code that nobody can give.
func (a *app) try(ctx context.Context, s *switching.Switcher, ask switching.Ask, code string) (*trial, error) {
	role := ask.Role
	t := &trial{role: role, events: map[creds.Key]creds.Event{}, now: a.world.Now().Local()}
	var err error
	if t.request, err = s.Request(ask); err != nil {
		return nil, err
	}
	if t.forecast, err = s.Broker.Forecast(t.request); err != nil {
		return nil, err
	}
	broker := *s.Broker
	broker.Begin = once(broker.Begin)
	broker.Unattended = false // what AWS refused a moment ago is asked again
	broker.Observe = func(e creds.Event) {
		if s.Broker.Observe != nil {
			s.Broker.Observe(e)
		}
		t.events[e.Exchange.Key] = e
	}
	list := t.forecast.Exchanges
	if last := list[len(list)-1]; last.Operation != creds.UseKeys {
		broker.Cache = afresh{broker.Cache, last.Key}
	}
	fresh := *s
	fresh.Broker = &broker
	if t.forecast, err = broker.Forecast(t.request); err != nil {
		return nil, err
	}
	if t.caller, t.err = whoBegins(ctx, &broker, t.request); t.err == nil {
		if t.forecast.Code == nil {
			code = ""
		}
		t.session, t.err = fresh.Use(ctx, ask, code)
	}
	if t.err == nil {
		return t, nil
	}
	facts := refusal.Facts{Now: a.world.Now(), Chain: list, Caller: t.caller, Role: shellWord(role.Label())}
	facts.WorkedAt, facts.SeenAt = a.entered(role)
	for _, r := range s.Book.All() {
		facts.KnownRoles = append(facts.KnownRoles, r.ARN)
	}
	var ok bool
	if t.why, ok = refusal.Explain(t.err, facts); !ok {
		return nil, t.err
	}
	return t, nil
}

// whoBegins asks AWS who signs first: it answers that to any keys it accepts.
func whoBegins(ctx context.Context, b *creds.Broker, r creds.Request) (string, error) {
	first := r
	first.Chain.Steps = r.Chain.Steps[:1]
	keys, err := b.Credentials(ctx, first)
	if err != nil {
		return "", err
	}
	arn, _, err := b.STS.Identity(ctx, r.Endpoint, keys, r.Chain.Steps[0].Profile)
	return arn, err
}

// once remembers what a way to begin gave, so that its program runs once.
func once(begin func(context.Context, profiles.Step) (creds.Credentials, error)) func(context.Context, profiles.Step) (creds.Credentials, error) {
	if begin == nil {
		return nil
	}
	var kept *creds.Credentials
	return func(ctx context.Context, step profiles.Step) (creds.Credentials, error) {
		if kept != nil {
			return *kept, nil
		}
		c, err := begin(ctx, step)
		if err == nil {
			kept = &c
		}
		return c, err
	}
}

// afresh is a cache that has nothing for one key, and keeps nothing for it.
type afresh struct {
	creds.Cache
	key creds.Key
}

var errAfresh = errors.New("it is asked for afresh")

func (c afresh) Peek(key creds.Key) (creds.Credentials, error) {
	if key == c.key {
		return creds.Credentials{}, errAfresh
	}
	return c.Cache.Peek(key)
}

func (c afresh) Fetch(ctx context.Context, f creds.Flight) (creds.Credentials, error) {
	if f.Key == c.key {
		return f.Fill(ctx)
	}
	return c.Cache.Fetch(ctx, f)
}

// entered is when a role was entered last by its profile, and by any; zero where
// that is not remembered.
func (a *app) entered(role roles.Role) (byThis, byAny time.Time) {
	for _, visit := range a.recents().Visits() {
		if visit.Is(role) {
			byThis = visit.Used[0]
		}
		if visit.ARN == role.ARN && visit.Used[0].After(byAny) {
			byAny = visit.Used[0]
		}
	}
	// Commands that were given the role are no visits.
	if e, ok := a.history().LastSuccess(role.ARN, role.Source); ok && e.Profile == role.Profile && e.Time.After(byThis) {
		byThis = e.Time
		byAny = later(byAny, byThis)
	}
	return byThis, byAny
}

func later(x, y time.Time) time.Time {
	if y.After(x) {
		return y
	}
	return x
}

// outcome says what came of one exchange.
func (t *trial) outcome(i int) string {
	event, made := t.events[t.forecast.Exchanges[i].Key]
	switch {
	case i == 0 && t.caller != "":
		return "ok: " + profiles.Inert(t.caller)
	case t.why.Step == i+1 && t.err != nil:
		return "REFUSED"
	case made && event.Err == nil && event.Cached:
		return "ok: from the cache, until " + profiles.Clock(event.Until, t.now)
	case made && event.Err == nil:
		return "ok, until " + profiles.Clock(event.Until, t.now)
	}
	return "not tried"
}

// whyShown is how many causes are told in full; the others are named.
const whyShown = 3

func (t *trial) text() string {
	var b strings.Builder
	writeExchanges(&b, t.role, t.request, t.forecast.Exchanges, t.outcome)
	b.WriteByte('\n')
	if t.err == nil {
		fmt.Fprintf(&b, "AWS lets you in now, as %s, until %s.\nNothing was handed over, and the session is dropped.\n",
			profiles.Inert(t.identity()), profiles.Clock(t.ends(), t.now))
		return b.String()
	}
	if t.why.Step > 0 {
		fmt.Fprintf(&b, "Step %d of %d: ", t.why.Step, t.why.Steps)
	}
	fmt.Fprintf(&b, "%s: %s.\n", t.why.What, strings.TrimSuffix(t.why.Summary, "."))
	if t.why.Message != "" {
		fmt.Fprintf(&b, "AWS said: %s (%s)\n", t.why.Message, t.why.Raw())
	}
	told := t.why.Causes[:min(whyShown, len(t.why.Causes))]
	for i, c := range told {
		fmt.Fprintf(&b, "\n%d. %s: %s\n", i+1, c.Certainty, c.Why)
		for _, e := range c.Evidence {
			fmt.Fprintf(&b, "   - %s\n", e)
		}
		fmt.Fprintf(&b, "   %s\n", c.Fix)
		if command := commandOf(c); command != "" {
			fmt.Fprintf(&b, "   try: %s\n", command)
		}
		if c.Ask != nil {
			writeAsk(&b, *c.Ask)
		}
	}
	var others []string
	for _, c := range t.why.Causes[len(told):] {
		others = append(others, string(c.Kind))
	}
	if len(others) > 0 {
		fmt.Fprintf(&b, "\nLess likely: %s.\n", strings.ReplaceAll(strings.Join(others, ", "), "_", " "))
	}
	return b.String()
}

func writeAsk(b *strings.Builder, ask refusal.Ask) {
	fmt.Fprintf(b, "   Ask %s %s", ask.Whom, ask.For)
	if ask.Policy == "" {
		b.WriteString(".\n")
		return
	}
	b.WriteString(":\n")
	for line := range strings.Lines(ask.Policy + "\n") {
		b.WriteString("     " + profiles.Inert(strings.TrimSuffix(line, "\n")) + "\n")
	}
}

// commandOf is what a cause has to type, else the command that opens the line it
// is about.
func commandOf(c refusal.Cause) string {
	if c.Command == "" && c.At.Line > 0 {
		return editAt(c.At)
	}
	return c.Command
}

// identity is who the user would be.
func (t *trial) identity() string {
	if t.session.Credentials.ARN != "" {
		return t.session.Credentials.ARN
	}
	return t.caller
}

func (t *trial) ends() time.Time { return t.session.Credentials.Expires }

type checkAnswer struct {
	explainAnswer
	Caller   string       `json:"caller,omitempty"`   // who the chain begins with
	Identity string       `json:"identity,omitempty"` // who the user would be
	Refusal  *refusalJSON `json:"refusal"`
}

type refusalJSON struct {
	Code      string      `json:"code"`
	Summary   string      `json:"summary"`
	Message   string      `json:"message,omitempty"`
	Step      int         `json:"step,omitempty"`
	Steps     int         `json:"steps,omitempty"`
	Causes    []causeJSON `json:"causes"`
	RequestID string      `json:"request_id,omitempty"`
	Report    string      `json:"report"` // for the role's owner, without secrets
}

type causeJSON struct {
	Kind      refusal.Kind      `json:"kind"`
	Certainty refusal.Certainty `json:"certainty"`
	Why       string            `json:"why"`
	Evidence  []string          `json:"evidence"`
	Fix       string            `json:"fix"`
	Try       string            `json:"try,omitempty"`
	Ask       *askJSON          `json:"ask,omitempty"`
}

type askJSON struct {
	Whom   string          `json:"whom"`
	For    string          `json:"for"`
	Policy json.RawMessage `json:"policy,omitempty"`
}

func (t *trial) answer(ctx context.Context) checkAnswer {
	answer := checkAnswer{explainAnswer: answerOf(t.role.Label(), t.request.Chain), Caller: t.caller}
	if t.err == nil {
		answer.Identity = t.identity()
		return answer
	}
	r := refusalJSON{Code: t.why.Code, Summary: t.why.Summary, Message: t.why.Message, Step: t.why.Step, Steps: t.why.Steps, RequestID: t.why.RequestID, Report: t.why.Report(), Causes: []causeJSON{}}
	if r.Code == "" {
		r.Code = explain(ctx, t.err).code
	}
	for _, c := range t.why.Causes {
		cause := causeJSON{Kind: c.Kind, Certainty: c.Certainty, Why: c.Why, Evidence: append([]string{}, c.Evidence...), Fix: c.Fix, Try: commandOf(c)}
		if c.Ask != nil {
			cause.Ask = &askJSON{Whom: c.Ask.Whom, For: c.Ask.For, Policy: json.RawMessage(c.Ask.Policy)}
		}
		r.Causes = append(r.Causes, cause)
	}
	answer.Refusal = &r
	return answer
}
