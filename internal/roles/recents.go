package roles

import (
	"context"
	"math"
	"slices"
	"time"
)

// Recents remembers which roles were entered and when, in a small file without
// secrets: for the order of the list, and for "-".
type Recents struct {
	Path string // empty: nothing is remembered
	Now  func() time.Time
}

// Visit is a role that was entered.
type Visit struct {
	Profile string      `json:"profile,omitempty"`
	ARN     string      `json:"arn"`
	Used    []time.Time `json:"used"` // newest first, at most ten
	// Shell is the process ID of the shell that entered the role last, and Until
	// when the session ends that it got; one that was narrowed does not count.
	Shell string    `json:"shell,omitempty"`
	Until time.Time `json:"until,omitzero"`
	// ReadOnly is true where the last of all visits was read-only.
	ReadOnly bool `json:"read_only,omitempty"`
	// Narrowed is true where policies narrowed the last of all visits, beside or in
	// place of read-only. They are not remembered.
	Narrowed bool `json:"narrowed,omitempty"`
}

// Stay is one entering of a role.
type Stay struct {
	Shell    string    // the process ID of the shell that entered it
	Until    time.Time // when its session ends
	ReadOnly bool
	Narrowed bool // by policies, beside or in place of read-only
}

func (s Stay) whole() bool { return !s.ReadOnly && !s.Narrowed }

// Is reports whether the visit was to role.
func (v Visit) Is(role Role) bool { return v.Profile == role.Profile && v.ARN == role.ARN }

// Entered reports whether a shell has been in role, with all its rights, and that
// session still lives.
func (r Recents) Entered(role Role, shell string) bool {
	for _, v := range r.Visits() {
		if v.Is(role) {
			return shell != "" && v.Shell == shell && v.Until.After(r.Now())
		}
	}
	return false
}

// Limits of the file.
const (
	visitsKept   = 500
	timesKept    = 10
	recentsLimit = 1 << 20
)

// halfLife is how fast a visit loses weight in Visit.Frecency.
const halfLife = 72 * time.Hour

// Frecency weighs how often and how recently the role was entered: each of the last
// ten visits counts 1, halved for every three days that have passed.
func (v Visit) Frecency(now time.Time) float64 {
	sum := 0.0
	for _, t := range v.Used[:min(len(v.Used), timesKept)] {
		sum += math.Exp2(-max(0, now.Sub(t)).Hours() / halfLife.Hours())
	}
	return sum
}

// Visits lists the roles entered, the last one first. A file that is not there or
// cannot be read is an empty list: nothing depends on it.
func (r Recents) Visits() []Visit {
	return slices.DeleteFunc(remembered[Visit](r.Path, recentsLimit), func(v Visit) bool { return len(v.Used) == 0 })
}

// Record notes that role was entered now.
func (r Recents) Record(ctx context.Context, role Role, s Stay) error {
	if r.Path == "" {
		return nil
	}
	return remember(ctx, r.Path, "recent roles", func() []Visit {
		visit := Visit{Profile: role.Profile, ARN: role.ARN, Shell: s.Shell, Until: s.Until, ReadOnly: s.ReadOnly, Narrowed: s.Narrowed}
		if !s.whole() {
			visit.Shell, visit.Until = "", time.Time{}
		}
		rest := slices.DeleteFunc(r.Visits(), func(v Visit) bool {
			if v.Is(role) {
				visit.Used = v.Used
				if !s.whole() {
					visit.Shell, visit.Until = v.Shell, v.Until
				}
			}
			return v.Is(role)
		})
		visit.Used = append([]time.Time{r.Now().UTC().Truncate(time.Second)}, visit.Used...)
		visit.Used = visit.Used[:min(len(visit.Used), timesKept)]
		all := append([]Visit{visit}, rest...)
		return all[:min(len(all), visitsKept)]
	})
}
