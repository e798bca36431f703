package creds

import (
	"time"

	"golang.org/x/sys/unix"
)

// Uptime is how long this machine has been up, time in suspend included; 0: not
// known.
func Uptime() time.Duration {
	var at unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &at) != nil {
		return 0
	}
	return time.Duration(at.Nano())
}
