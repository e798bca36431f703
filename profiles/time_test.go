package profiles_test

import (
	"testing"
	"time"

	"cameo/profiles"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m", time.Hour - time.Second: "59m", time.Hour: "1h",
		125 * time.Minute: "2h 5m", 47*time.Hour + 59*time.Minute: "47h 59m", 48 * time.Hour: "2d", 80 * time.Hour: "3d",
	} {
		if got := profiles.Span(d); got != want {
			t.Errorf("%s: %s, not %s", d, got, want)
		}
	}
}

// A clock time alone is one of today, where the reader is.
func TestClock(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, berlin) // a Thursday
	for at, want := range map[time.Time]string{
		now.Add(10 * time.Minute):               "23:40",
		now.Add(time.Hour).UTC():                "Fri 00:30",
		now.Add(-23*time.Hour - 30*time.Minute): "00:00",
		now.Add(-24 * time.Hour):                "Wed 23:30",
		now.Add(6 * 24 * time.Hour):             "Wed 23:30",
		now.Add(7 * 24 * time.Hour):             "2027-01-07 23:30",
		now.AddDate(-1, 0, 0):                   "2025-12-31 23:30",
	} {
		if got := profiles.Clock(at, now); got != want {
			t.Errorf("%s: %s, not %s", at, got, want)
		}
	}
}
