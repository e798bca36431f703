package creds

import (
	"strings"
	"time"

	"cameo/profiles"
)

// FormatDuration writes a duration as people do, and as --duration takes it: "1h",
// "15m", "1h30m", "10s".
func FormatDuration(d time.Duration) string {
	text := d.String()
	if d%time.Minute == 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	if text == "" {
		return "0s"
	}
	return text
}

// Ago says how long something is past: "5m ago", "3h 20m ago", "2d ago".
func Ago(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute ago"
	}
	return profiles.Span(d) + " ago"
}
