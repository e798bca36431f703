package creds_test

import (
	"testing"
	"time"

	"cameo/creds"
)

func TestFormatDurationIsReadBack(t *testing.T) {
	for text, d := range map[string]time.Duration{"0s": 0, "10s": 10 * time.Second, "10m": 10 * time.Minute, "1h": time.Hour, "10h": 10 * time.Hour,
		"1h30m": 90 * time.Minute, "2m10s": 130 * time.Second, "1h0m20s": time.Hour + 20*time.Second, "-1h": -time.Hour} {
		got := creds.FormatDuration(d)
		if back, err := time.ParseDuration(got); got != text || err != nil || back != d {
			t.Errorf("%v: got %q, want %q (%v)", d, got, text, err)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{30 * time.Second: "less than a minute ago", 15 * time.Minute: "15m ago", 3 * time.Hour: "3h ago", 50 * time.Hour: "2d ago"} {
		if got := creds.Ago(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
