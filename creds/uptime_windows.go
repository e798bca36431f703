package creds

import (
	"time"

	"golang.org/x/sys/windows"
)

// Uptime is how long this machine has been up, time in suspend included; 0: not
// known.
func Uptime() time.Duration { return windows.DurationSinceBoot() }
