package profiles

import (
	"fmt"
	"time"
)

// Span is a length of time for people, in at most two units, rounded down: "41m",
// "2h 5m", "3d". What is negative is "0s".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(int(d/time.Second), 0))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		h, m := int(d/time.Hour), int(d%time.Hour/time.Minute)
		if m == 0 {
			return fmt.Sprintf("%dh", h)
		}
		return fmt.Sprintf("%dh %dm", h, m)
	}
	return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
}

// Clock is a time as people read clocks where now is: "14:05"; with its weekday where
// it is not of today, "Mon 00:30"; with its date where that is a week off or more,
// "2026-01-02 15:04".
func Clock(t, now time.Time) string {
	t = t.In(now.Location())
	noon := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	switch days := noon(t).Sub(noon(now)).Abs() / (24 * time.Hour); {
	case days == 0:
		return t.Format("15:04")
	case days < 7:
		return t.Format("Mon 15:04")
	}
	return t.Format("2006-01-02 15:04")
}
