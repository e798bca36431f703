package roles

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func newRecents(t *testing.T) (Recents, *time.Time) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return Recents{Path: filepath.Join(t.TempDir(), "state", "recents.json"), Now: func() time.Time { return now }}, &now
}

func record(t *testing.T, r Recents, profile string) {
	t.Helper()
	if err := r.Record(t.Context(), Role{Profile: profile, ARN: "arn:" + profile}, Stay{Shell: "1", Until: r.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
}

func TestTheRoleEnteredLastComesFirst(t *testing.T) {
	r, now := newRecents(t)
	for _, profile := range []string{"a", "b", "a"} {
		record(t, r, profile)
		*now = now.Add(time.Minute)
	}
	visits := r.Visits()
	if len(visits) != 2 || visits[0].Profile != "a" || len(visits[0].Used) != 2 || visits[1].Profile != "b" {
		t.Errorf("%+v", visits)
	}
	if !(visits[0].Frecency(*now) > visits[1].Frecency(*now)) {
		t.Error("two visits weigh no more than one")
	}
}

func TestAVisitLosesHalfItsWeightInThreeDays(t *testing.T) {
	now := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	v := Visit{Used: []time.Time{now, now.Add(-72 * time.Hour)}}
	if got := v.Frecency(now); got != 1.5 {
		t.Error(got)
	}
	if got := (Visit{Used: []time.Time{now.Add(time.Hour)}}).Frecency(now); got != 1 {
		t.Error("a visit in the future:", got)
	}
}

func TestAShellHasEnteredARoleWhileItsSessionLives(t *testing.T) {
	r, now := newRecents(t)
	record(t, r, "a")
	role := Role{Profile: "a", ARN: "arn:a"}
	if !r.Entered(role, "1") || r.Entered(role, "2") || r.Entered(role, "") || r.Entered(Role{Profile: "a", ARN: "arn:other"}, "1") {
		t.Error("the wrong shell, or role, counts")
	}
	*now = now.Add(2 * time.Hour)
	if r.Entered(role, "1") {
		t.Error("the session has ended")
	}
}

func TestADamagedMemoryIsAnEmptyOne(t *testing.T) {
	r, _ := newRecents(t)
	record(t, r, "a")
	if err := os.WriteFile(r.Path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v := r.Visits(); len(v) != 0 {
		t.Error(v)
	}
	record(t, r, "b")
	if v := r.Visits(); len(v) != 1 {
		t.Error(v)
	}
	if (Recents{}).Visits() != nil || (Recents{}).Record(t.Context(), Role{}, Stay{}) != nil {
		t.Error("without a place nothing is remembered, and nothing fails")
	}
}

func TestVisitsAtTheSameTimeAreAllKept(t *testing.T) {
	r, _ := newRecents(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			name := string(rune('a' + i))
			if err := r.Record(t.Context(), Role{Profile: name, ARN: name}, Stay{Shell: "1"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if v := r.Visits(); len(v) != 20 {
		t.Error(len(v))
	}
}

func TestReadingARoleIsNoLeaveToComeBackToAllOfIt(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := Recents{Path: filepath.Join(t.TempDir(), "recents.json"), Now: func() time.Time { return now }}
	role := Role{Profile: "prod", ARN: "arn:prod"}
	enter := func(s Stay) {
		t.Helper()
		if err := r.Record(t.Context(), role, s); err != nil {
			t.Fatal(err)
		}
	}
	enter(Stay{Shell: "1", Until: now.Add(time.Hour), ReadOnly: true})
	if r.Entered(role, "1") || !r.Visits()[0].ReadOnly {
		t.Errorf("after reading: %+v", r.Visits())
	}
	enter(Stay{Shell: "1", Until: now.Add(time.Hour)})
	if !r.Entered(role, "1") || r.Visits()[0].ReadOnly {
		t.Errorf("after the whole role: %+v", r.Visits())
	}
	enter(Stay{Shell: "2", Until: now.Add(2 * time.Hour), ReadOnly: true})
	if v := r.Visits()[0]; !r.Entered(role, "1") || r.Entered(role, "2") || !v.ReadOnly || len(v.Used) != 3 {
		t.Errorf("after both: %+v", v)
	}
}

func TestANarrowedStayIsNoLeaveForTheWholeRole(t *testing.T) {
	for _, stay := range []Stay{{Shell: "1", ReadOnly: true}, {Shell: "1", Narrowed: true}, {Shell: "1", ReadOnly: true, Narrowed: true}} {
		r, _ := newRecents(t)
		stay.Until = r.Now().Add(time.Hour)
		role := Role{Profile: "a", ARN: "arn:a"}
		if err := r.Record(t.Context(), role, stay); err != nil {
			t.Fatal(err)
		}
		if r.Entered(role, "1") {
			t.Errorf("%+v counts as having been in the whole role", stay)
		}
		if v := r.Visits()[0]; v.ReadOnly != stay.ReadOnly || v.Narrowed != stay.Narrowed {
			t.Errorf("%+v is remembered as %+v", stay, v)
		}
		record(t, r, "a")
		stay.Shell = "2"
		if err := r.Record(t.Context(), role, stay); err != nil {
			t.Fatal(err)
		}
		if !r.Entered(role, "1") || r.Entered(role, "2") {
			t.Errorf("%+v takes away, or over, the leave of a shell that was in the whole role", stay)
		}
	}
}
