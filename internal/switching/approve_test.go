package switching_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"

	"pgregory.net/rapid"
)

func withGuard(mode string) func(*switching.Switcher) {
	return func(s *switching.Switcher) { s.Settings.Guard.Prod = mode }
}

func by(how switching.How) func(*switching.Ask) {
	return func(a *switching.Ask) { a.How = how }
}

func TestTheGuardDemands(t *testing.T) {
	const none, code, digits = switching.NoDemand, switching.WantCode, switching.WantDigits
	for _, c := range []struct {
		setting, role           string
		named, picked, previous switching.Demand
	}{
		{"choose", "prod", none, digits, digits},
		{"choose", "prod-mfa", none, code, code},
		{"choose", "stg", none, none, none},
		{"choose", "nosource", none, none, none},
		{"always", "prod", digits, digits, digits},
		{"always", "prod-mfa", digits, digits, digits},
		{"always", "stg", none, none, none},
		{"off", "prod", none, none, none},
		{"off", "prod-mfa", none, none, none},
	} {
		s := newStage(withGuard(c.setting), func(s *switching.Switcher) { s.Settings.Source = "work" })
		for how, want := range map[switching.How]switching.Demand{switching.Named: c.named, switching.Picked: c.picked, switching.Previous: c.previous} {
			if got := s.plan(t, c.role, by(how)).Guard; got != want {
				t.Errorf("guard %s, %s, how %d: %d, want %d", c.setting, c.role, how, got, want)
			}
		}
	}
}

func TestRenewingIsNeverGuarded(t *testing.T) {
	for _, mode := range []string{"choose", "always", "off"} {
		if got := newStage(withGuard(mode)).plan(t, "prod-mfa", by(switching.Renewed)).Guard; got != switching.NoDemand {
			t.Errorf("guard %s: %d", mode, got)
		}
	}
}

func TestWhereTheSourcesSessionLivesNoCodeIsAskedSoTheDigitsAre(t *testing.T) {
	s := newStage()
	s.keep(t, "prod-mfa", noon.Add(time.Hour))
	p := s.plan(t, "prod-mfa", by(switching.Picked))
	if p.Code != nil || p.Guard != switching.WantDigits || !p.Ready.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", p)
	}
}

func TestApprove(t *testing.T) {
	onScreen := switching.Answer{Code: "123456", OnScreen: true}
	flag := switching.Answer{Code: "123456"}
	digits := switching.Answer{Digits: "9012"}
	wrong := switching.Answer{Digits: "9013", Code: "123456", OnScreen: true}
	for _, c := range []struct {
		name, setting, role string
		how                 switching.How
		answer              switching.Answer
		passes              bool
	}{
		{"named", "choose", "prod", switching.Named, switching.Answer{}, true},
		{"named, with a code on the command line", "choose", "prod-mfa", switching.Named, flag, true},
		{"picked without an answer", "choose", "prod", switching.Picked, switching.Answer{}, false},
		{"picked, with the digits", "choose", "prod", switching.Picked, digits, true},
		{"picked, with a code where none is asked", "choose", "prod", switching.Picked, onScreen, false},
		{"picked, with the code on the screen", "choose", "prod-mfa", switching.Picked, onScreen, true},
		{"picked, with the code from a flag", "choose", "prod-mfa", switching.Picked, flag, false},
		{"picked, with the digits in place of the code", "choose", "prod-mfa", switching.Picked, digits, true},
		{"picked, on the screen, no code", "choose", "prod-mfa", switching.Picked, switching.Answer{OnScreen: true}, false},
		{"previous without an answer", "choose", "prod-mfa", switching.Previous, switching.Answer{}, false},
		{"previous, with wrong digits and a code", "choose", "prod-mfa", switching.Previous, wrong, false},
		{"always: named", "always", "prod", switching.Named, switching.Answer{}, false},
		{"always: named, with the code on the screen", "always", "prod-mfa", switching.Named, onScreen, false},
		{"always: named, with the digits", "always", "prod-mfa", switching.Named, digits, true},
		{"off: picked", "off", "prod", switching.Picked, switching.Answer{}, true},
		{"wrong digits where none are wanted", "choose", "prod", switching.Named, wrong, false},
		{"staging", "choose", "stg", switching.Picked, switching.Answer{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := switching.Approve(newStage(withGuard(c.setting)).plan(t, c.role, by(c.how)), c.answer)
			var guard *switching.GuardError
			if (err == nil) != c.passes || err != nil && !errors.As(err, &guard) {
				t.Fatalf("got %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), c.role+" is production") || !strings.Contains(err.Error(), "123456789012") || guard.Given != c.answer.Digits) {
				t.Errorf("says %v", err)
			}
		})
	}
}

// Whatever is answered, and whatever is done to the plan on the way: a production
// role that was picked passes by its digits or by a code on the screen only.
func TestNoAnswerSlipsPastTheGuard(t *testing.T) {
	s := newStage()
	plans := map[string]switching.Plan{"prod": s.plan(t, "prod", by(switching.Picked)), "prod-mfa": s.plan(t, "prod-mfa", by(switching.Previous))}
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom([]string{"prod", "prod-mfa"}).Draw(t, "role")
		p := plans[role]
		if rapid.Bool().Draw(t, "tampered") {
			p.Guard, p.How, p.Role.Env = switching.NoDemand, switching.Named, roles.Dev
			p.Role.AccountID = rapid.SampledFrom([]string{"", "123456789012", "000000000000"}).Draw(t, "account")
		}
		a := switching.Answer{
			Code:     rapid.SampledFrom([]string{"", "123456", "9012"}).Draw(t, "code"),
			Digits:   rapid.SampledFrom([]string{"", "9012", "0000", "123456789012", " 9012", "٩٠١٢"}).Draw(t, "digits"),
			OnScreen: rapid.Bool().Draw(t, "on screen"),
		}
		_, err := switching.Approve(p, a)
		right := a.Digits == "9012" || role == "prod-mfa" && a.Digits == "" && a.Code != "" && a.OnScreen
		if (err == nil) != right {
			t.Fatalf("%+v: %v", a, err)
		}
	})
}

func TestAlwaysWantsTheDigitsHoweverTheRoleWasChosen(t *testing.T) {
	s := newStage(withGuard("always"))
	rapid.Check(t, func(rt *rapid.T) {
		p := s.plan(t, rapid.SampledFrom([]string{"prod", "prod-mfa"}).Draw(rt, "role"), by(switching.How(rapid.IntRange(0, 2).Draw(rt, "how"))))
		a := switching.Answer{Code: "123456", Digits: rapid.StringMatching(`|9012|[0-9]{4}`).Draw(rt, "digits"), OnScreen: true}
		if _, err := switching.Approve(p, a); (err == nil) != (a.Digits == "9012") {
			rt.Fatalf("%+v: %v", a, err)
		}
	})
}

func TestAnApprovalCannotBeForged(t *testing.T) {
	s := newStage()
	if _, err := s.CarryOut(t.Context(), switching.Approved{}, nil); !errors.Is(err, switching.ErrNotApproved) {
		t.Errorf("the zero value: %v", err)
	}
	made, err := switching.Approve(switching.Plan{Role: s.role(t, "prod")}, switching.Answer{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CarryOut(t.Context(), made, nil); !errors.Is(err, switching.ErrNotApproved) {
		t.Errorf("of a plan that nobody made: %v", err)
	}
}

func TestARoleWithoutAnAccountIsNeverConfirmedByNothing(t *testing.T) {
	_, err := switching.Approve(switching.Plan{Guard: switching.WantDigits}, switching.Answer{})
	if err == nil {
		t.Error("it passed")
	}
	if text := fmt.Sprint(err); text == "" {
		t.Error("it says nothing")
	}
}
