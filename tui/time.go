package tui

import (
	"fmt"
	"time"

	"cameo/profiles"
)

// left says how long remains, as the countdown shows it: as profiles.Span does, and in the
// last five minutes in steps of ten seconds, unless it has to be calm.
func (l look) left(d time.Duration) string {
	switch {
	case d <= 0:
		return "ended"
	case d >= lastMinutes, l.calm && d >= time.Minute:
		return profiles.Span(d) + " left"
	case l.calm:
		return "under 1m left"
	}
	step := d.Truncate(10 * time.Second)
	if step < time.Minute {
		return profiles.Span(step) + " left"
	}
	return fmt.Sprintf("%dm %02ds left", int(step/time.Minute), int(step%time.Minute/time.Second))
}

// lastMinutes is when the countdown starts to run in steps of ten seconds.
const lastMinutes = 5 * time.Minute

// untilNextStep is how long the text of left stays true.
func (l look) untilNextStep(end, now time.Time) time.Duration {
	d := end.Sub(now)
	step := time.Minute
	if d <= lastMinutes && !l.calm {
		step = 10 * time.Second
	}
	if d <= 0 {
		return time.Minute
	}
	return d%step + 50*time.Millisecond
}

// ago says when something was, as a person would.
func ago(then, now time.Time) string {
	d := now.Sub(then)
	switch {
	case then.IsZero():
		return ""
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh ago", int(d/time.Hour))
	case d < 48*time.Hour:
		return "yesterday"
	case d < 100*24*time.Hour:
		return fmt.Sprintf("%dd ago", int(d/(24*time.Hour)))
	}
	return then.Format("2006-01-02")
}

// codeWindow is the time step of RFC 6238 as virtual MFA devices use it.
const codeWindow = 30 * time.Second

// nextCode is how long until a device shows its next code.
func nextCode(now time.Time) time.Duration {
	return codeWindow - time.Duration(now.UnixNano()%int64(codeWindow))
}

// seconds rounds up to whole seconds, so that a countdown ends on 1.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
