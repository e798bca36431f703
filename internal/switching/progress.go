package switching

import (
	"time"

	"cameo/creds"
	"cameo/profiles"
)

// Step is one call of AWS that carrying a plan out may take, unless what it gives is
// in the cache.
type Step struct {
	// What it gives, in words: "session of david", "Admin in 444455551234"; where a role
	// is the first of them, with who signs.
	What string

	key creds.Key
}

// Progress is news of a plan that is being carried out.
type Progress struct {
	// Words says in a sentence what is waited for; empty: a step is done, of which the
	// rest speaks.
	Words  string
	Done   int       // its index in Plan.Steps
	Cached bool      // AWS was not asked
	Until  time.Time // when what it gave ends, as AWS says
}

// stepsOf are the calls that list may take. What a chain begins with is none.
func stepsOf(list []creds.Exchange) []Step {
	var steps []Step
	for _, e := range list {
		step := Step{key: e.Key}
		switch e.Operation {
		case creds.GetSessionToken:
			step.What = "session of " + signerName(e.Signer)
		case creds.AssumeRole:
			step.What = e.Step.RoleARN.Text
			if arn, err := profiles.ParseRoleARN(step.What); err == nil {
				step.What = arn.Name + " in " + arn.Account
			}
			if len(steps) == 0 {
				step.What += ", signed by " + signerName(e.Signer)
			}
		default:
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

// watched is b, which tells watch whenever a step of steps is done.
func watched(b *creds.Broker, steps []Step, watch func(Progress)) *creds.Broker {
	if watch == nil {
		return b
	}
	broker := *b
	broker.Observe = func(e creds.Event) {
		if b.Observe != nil {
			b.Observe(e)
		}
		for i, step := range steps {
			if e.Err == nil && step.key == e.Exchange.Key {
				watch(Progress{Done: i, Cached: e.Cached, Until: e.Until})
			}
		}
	}
	return &broker
}
