package tui

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cameo/creds"
	"cameo/creds/refusal"
	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// world is the backend of the tests: it counts what it is asked, and judges
// every switch by what was typed on the screen.
type world struct {
	t  testing.TB
	mu sync.Mutex

	now      time.Time
	overview Overview
	plans    map[string]switching.Plan
	refuse   []error // of the next switches, in order; nil is yes
	planErr  error
	readyErr error

	readiness    map[string]Readiness // by profile
	signedIn     bool                 // a session of any MFA device is in the cache
	favouriteErr error
	exitErr      error
	panics       bool                 // Plan panics
	slow         bool                 // the answer to Switch is on its way, see driver.late
	news         []switching.Progress // told by Switch

	calls  map[string]int
	typed  func() string // the digits pressed or pasted on screens so far
	answer switching.Answer
	wish   Wish
	one    bool // the last exit was of one role

	tool     string // what copies; empty: nothing
	toolErr  error
	copied   []string // what the tool was given
	exported bool
	opened   switching.Session // in a browser
	picksFor Purpose           // what Enter is for

	consoleErr, activeErr error

	labels  Labels
	changed bool // the files are
	looks   int  // at them
	added   []string
	addErr  error
	edited  profiles.Position
	editErr error
}

// canary is a secret that must not be drawn.
const canary = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYcanarySECRET"

var noon = time.Date(2026, 11, 22, 13, 5, 12, 0, time.UTC)

func (w *world) count(method string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[string]int{}
	}
	w.calls[method]++
}

func (w *world) total() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, calls := range w.calls {
		n += calls
	}
	return n
}

func (w *world) Now() time.Time { return w.now }

func (w *world) Overview(context.Context) (Overview, error) {
	w.count("Overview")
	o := w.overview
	o.Rows = slices.Clone(o.Rows)
	return o, nil
}

func (w *world) Readiness(_ context.Context, of []roles.Role) ([]Readiness, error) {
	w.count("Readiness")
	known := make([]Readiness, len(of))
	for i, r := range of {
		known[i] = w.readiness[r.Profile]
		known[i].Code = r.MFA
		if w.signedIn {
			known[i].Code = ""
		}
	}
	return known, w.readyErr
}

func (w *world) SetFavourite(_ context.Context, role roles.Role, on bool) error {
	w.count("SetFavourite")
	if w.favouriteErr == nil {
		for i := range w.overview.Rows {
			if w.overview.Rows[i].Role.Profile == role.Profile {
				w.overview.Rows[i].Favourite = on
			}
		}
	}
	return w.favouriteErr
}

func (w *world) Plan(_ context.Context, wish Wish) (switching.Plan, error) {
	w.count("Plan")
	if w.panics {
		panic("plan fell over")
	}
	if w.planErr != nil {
		return switching.Plan{}, w.planErr
	}
	plan := w.plans[wish.Role.Profile]
	if wish.Device != "" && plan.Code == nil && !w.signedIn {
		plan.Code = &switching.CodeNeed{Device: wish.Device, Source: plan.Source, Serves: 12 * time.Hour}
		if plan.Guard == switching.WantDigits {
			plan.Guard = switching.WantCode
		}
	}
	if active := w.overview.State.Active; wish.Renew && active != nil && active.Role.ARN == wish.Role.ARN {
		plan.How, plan.Guard = switching.Renewed, switching.NoDemand
	}
	if wish.ReadOnly {
		plan.Session.ReadOnly, plan.Guard = true, switching.NoDemand
	}
	return plan, nil
}

func (w *world) Switch(_ context.Context, wish Wish, plan switching.Plan, given switching.Answer, watch func(switching.Progress)) (switching.Session, error) {
	w.count("Switch")
	w.answer, w.wish = given, wish
	w.judge(plan, given)
	for _, news := range w.news {
		watch(news)
	}
	if len(w.refuse) > 0 {
		err := w.refuse[0]
		w.refuse = w.refuse[1:]
		if err != nil {
			return switching.Session{}, err
		}
	}
	if wish.For == ForShell {
		w.overview.State.Active = &switching.Active{Role: plan.Role, ReadOnly: wish.ReadOnly, Expires: w.now.Add(time.Hour), SessionName: "david"}
	}
	return switching.Session{Role: plan.Role, Source: plan.Source,
		Credentials: creds.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: profiles.NewSecret(canary), Expires: w.now.Add(time.Hour)}}, nil
}

// judge fails the test where a production role that was picked is entered
// without what its guard wants.
func (w *world) judge(plan switching.Plan, given switching.Answer) {
	if plan.Role.Env != roles.Production || plan.How != switching.Picked || plan.Session.ReadOnly {
		return
	}
	account := plan.Role.AccountID
	code := len(given.Code) == 6 && given.OnScreen
	digits := given.Digits == account[len(account)-4:]
	switch plan.Guard {
	case switching.WantCode:
		if !code {
			w.t.Errorf("entered %s without a code typed on the screen: %+v", plan.Role.Profile, given)
		}
	case switching.WantDigits:
		if !digits {
			w.t.Errorf("entered %s without the digits of its account: %+v", plan.Role.Profile, given)
		}
	}
	if w.typed == nil {
		return
	}
	for _, part := range []string{given.Code, given.Digits} {
		if !isSubsequence(part, w.typed()) {
			w.t.Errorf("%q was answered but never typed; typed were %q", part, w.typed())
		}
	}
}

// isSubsequence reports whether typed has the digits of part in their order.
func isSubsequence(part, typed string) bool {
	for _, digit := range part {
		at := strings.IndexRune(typed, digit)
		if at < 0 {
			return false
		}
		typed = typed[at+1:]
	}
	return true
}

func (w *world) Changed(context.Context) bool {
	w.looks++
	was := w.changed
	w.changed = false
	return was
}

func (w *world) Add(_ context.Context, role string) error {
	w.count("Add")
	w.added = append(w.added, role)
	return w.addErr
}

func (w *world) Relabel(_ context.Context, role roles.Role, labels Labels, dry bool) (string, error) {
	w.count("Relabel")
	if !dry {
		w.labels = labels
	}
	if labels == (Labels{string(role.Env), role.Alias, role.Color}) {
		return "", w.editErr
	}
	return fmt.Sprintf("--- config\n+++ config\n@@ -12,2 +12,3 @@\n [profile %s]\n+cameo_env = %s\n", role.Profile, labels.Env), w.editErr
}

func (w *world) Editor(_ context.Context, at profiles.Position) (*exec.Cmd, error) {
	w.count("Editor")
	w.edited = at
	return exec.Command("true"), w.editErr
}

func (w *world) Link(_ context.Context, role roles.Role) (string, error) {
	w.count("Link")
	return "https://signin.aws.amazon.com/switchrole?account=" + role.AccountID + "&roleName=" + role.Name, nil
}

func (w *world) Exports(_ context.Context, session switching.Session) (profiles.Secret, error) {
	w.count("Exports")
	w.exported = true
	return profiles.NewSecret("export AWS_SECRET_ACCESS_KEY='" + session.Credentials.SecretAccessKey.Reveal() + "'\n"), nil
}

func (w *world) ConsoleLink(_ context.Context, session switching.Session) (profiles.Secret, error) {
	w.count("ConsoleLink")
	w.exported = true
	return profiles.NewSecret("https://signin.aws.amazon.com/federation?SigninToken=" + session.Credentials.SecretAccessKey.Reveal()), w.consoleErr
}

func (w *world) OpenConsole(_ context.Context, session switching.Session) (string, error) {
	w.count("OpenConsole")
	w.opened = session
	return "firefox", w.consoleErr
}

func (w *world) ActiveSession(context.Context) (switching.Session, error) {
	w.count("ActiveSession")
	if w.overview.State.Active == nil { // it was left while its page was still there
		return switching.Session{}, errors.New("no role is active")
	}
	return switching.Session{Role: w.overview.State.Active.Role}, w.activeErr
}

func (w *world) Copy(_ context.Context, text profiles.Secret) (string, error) {
	w.count("Copy")
	if w.tool != "" {
		w.copied = append(w.copied, text.Reveal())
	}
	return w.tool, w.toolErr
}

func (w *world) Exit(_ context.Context, one bool) (switching.Identity, error) {
	w.count("Exit")
	w.one = one
	if w.exitErr != nil {
		return switching.Identity{}, w.exitErr
	}
	w.overview.State.Active = nil
	return w.overview.State.Home, nil
}

// rehearsal is the world of the demo.
type rehearsal struct{ *world }

func (r rehearsal) DeviceCode(context.Context, string) (string, time.Duration, error) {
	r.count("DeviceCode")
	return "123456", nextCode(r.now), nil
}

func (r rehearsal) Trials(context.Context) ([]Trial, error) {
	r.count("Trials")
	denied := func(who, action, what string) string {
		return "AccessDenied: User: " + who + " is not authorized to perform: " + action + " on resource: arn:aws:s3:::" + what
	}
	const david, update = "arn:aws:iam::111122223333:user/david", "arn:aws:sts::123456789012:assumed-role/UpdateApp/david"
	trials := []Trial{{As: "David", Tried: "write s3://productionapp/hello.txt", Answer: denied(david, "s3:PutObject", "productionapp/hello.txt")}}
	if r.overview.State.Active != nil {
		trials = append(trials,
			Trial{As: "David", Tried: "delete s3://productionapp/hello.txt", Answer: "AccessDenied: Access Denied"},
			Trial{As: "UpdateApp", Tried: "write s3://productionapp/hello.txt", Answer: "ok", OK: true},
			Trial{As: "UpdateApp", Tried: "read s3://dev-scratch/notes.txt, which is David's", Answer: denied(update, "s3:GetObject", "dev-scratch/notes.txt")})
	}
	return trials, nil
}

// refused is an error as the backend words it.
type refused struct {
	what, next, words string
	badCode           bool
}

func (r refused) Error() string { return r.what }
func (r refused) Try() string   { return r.next }
func (r refused) Said() string  { return r.words }
func (r refused) CodeRejected() (string, bool) {
	return strings.TrimSuffix(r.what, "; next code in 3 s"), r.badCode
}

// explainedError is one whose meaning is known.
type explainedError struct {
	refused
	why refusal.Explanation
}

func (e explainedError) Explanation() refusal.Explanation { return e.why }

// deviceError is a refusal that a code may help.
type deviceError struct {
	explainedError
	device string
}

func (e deviceError) Device() string { return e.device }

const device = "arn:aws:iam::111122223333:mfa/david"

func role(profile, account, name string, env roles.Env, source, mfa string, line int) roles.Role {
	return roles.Role{Profile: profile, Partition: "aws", AccountID: account, Path: "/", Name: name,
		ARN: fmt.Sprintf("arn:aws:iam::%s:role/%s", account, name), Env: env, Source: source, MFA: mfa,
		Defined: profiles.Position{File: "/home/david/.aws/config", Line: line}}
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, now: noon, plans: map[string]switching.Plan{}}
	rows := []Row{
		{Role: role("payments-dev", "444455551234", "Admin", roles.Dev, "david", "", 12), Used: noon.Add(-2 * time.Hour), Weight: 3},
		{Role: role("prod-update", "123456789012", "UpdateApp", roles.Production, "david", device, 20), Used: noon.Add(-26 * time.Hour), Weight: 2},
		{Role: role("payments-prod", "444455554417", "Admin", roles.Production, "work/alice", "", 28), Used: noon.Add(-30 * time.Hour), Weight: 1},
		{Role: role("payments-stg", "444455559020", "Deploy", roles.Staging, "david", device, 36), Used: noon.Add(-3 * 24 * time.Hour), Weight: 0.5},
		{Role: role("analytics-dev", "444455550007", "ReadOnly", roles.Dev, "david", "", 44)},
		{Role: role("payments-sandbox", "444455557730", "AdminLite", roles.Sandbox, "david", "", 52)},
		{Role: role("legacy-audit", "222233334444", "Audit", roles.Unknown, "hub", "", 60), Favourite: true},
		{Role: role("loop-a", "222233334445", "Audit", roles.Unknown, "loop-b", "", 68)},
	}
	w.readiness = map[string]Readiness{
		"payments-dev": {Ready: noon.Add(41 * time.Minute)},
		"loop-a":       {Broken: errors.New(`profile "loop-a" and "loop-b" name each other as source`)},
	}
	for i := range rows {
		rows[i].Code = rows[i].Role.MFA
	}
	rows[0].Role.Tags, rows[0].Role.Alias, rows[0].Role.Region = "team=payments", "pd", "eu-west-1"
	w.overview = Overview{
		State:  switching.State{Home: switching.Identity{Name: "david", ARN: "arn:aws:iam::111122223333:user/david", AccountID: "111122223333"}},
		Region: "eu-west-1", Rows: rows, Looked: []string{"/home/david/.aws/config", "/home/david/.aws/credentials"},
	}
	for _, row := range rows {
		plan := switching.Plan{Role: row.Role, How: switching.Picked, Source: row.Role.Source, Host: "sts.eu-west-1.amazonaws.com", Steps: stepsTo(row.Role),
			Session: switching.SessionTerms{Name: "david", Duration: time.Hour, Region: row.Role.Region}}
		if row.Role.MFA != "" {
			plan.Code = &switching.CodeNeed{Device: row.Role.MFA, Source: "david", Serves: 12 * time.Hour}
		}
		switch {
		case row.Role.Env == roles.Production && plan.Code != nil:
			plan.Guard = switching.WantCode
		case row.Role.Env == roles.Production:
			plan.Guard = switching.WantDigits
		}
		w.plans[row.Role.Profile] = plan
	}
	return w
}

func stepsTo(role roles.Role) []switching.Step {
	last := switching.Step{What: role.Name + " in " + role.AccountID}
	if role.MFA == "" {
		last.What += ", signed by david"
		return []switching.Step{last}
	}
	return []switching.Step{{What: "session of david"}, last}
}

// inRole puts the world into the role of one of its rows.
func (w *world) inRole(profile string, lasts time.Duration) *world {
	for _, row := range w.overview.Rows {
		if row.Role.Profile == profile {
			w.overview.State.Active = &switching.Active{Role: row.Role, Expires: w.now.Add(lasts), SessionName: "david"}
		}
	}
	return w
}
