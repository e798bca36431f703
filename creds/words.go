package creds

import (
	"fmt"
	"strings"
	"time"
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

// Ago says how long something is past: "5 min ago", "3 h ago", "2 d ago".
func Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute ago"
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min ago", int(d.Round(time.Minute)/time.Minute))
	case d < 36*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Round(time.Hour)/time.Hour))
	}
	const day = 24 * time.Hour
	return fmt.Sprintf("%d d ago", int(d.Round(day)/day))
}
