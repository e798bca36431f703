package tui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"cameo/creds/refusal"
	"cameo/internal/roles"
	"cameo/internal/screentest"
	"cameo/internal/switching"
	"cameo/profiles"
)

var (
	update = flag.Bool("update", false, "write the golden frames anew")
	shots  = flag.String("shots", "", "write an SVG of every screen into this directory")
)

// scene is one screen, brought about by pressing keys.
type scene struct {
	name  string
	enter func(t testing.TB, w, h int, change ...func(*Options)) *driver
}

func scenes() []scene {
	plain := func(name string, then func(d *driver), prepare ...func(w *world)) scene {
		return scene{name, func(t testing.TB, w, h int, change ...func(*Options)) *driver {
			world := newWorld(t)
			for _, p := range prepare {
				p(world)
			}
			d := drive(t, world, world, w, h, append(change, func(o *Options) { o.For = world.picksFor })...)
			then(d)
			return d
		}}
	}
	demo := func(name string, then func(d *driver), prepare ...func(w *world)) scene {
		return scene{name, func(t testing.TB, w, h int, change ...func(*Options)) *driver {
			world := newWorld(t)
			world.overview.Sandbox, world.overview.Sealed = true, true
			world.overview.Advice = "You are David, a developer. Press Enter for your roles, then Enter on prod-update: it asks for a code, and shows the one on David's phone."
			for _, p := range prepare {
				p(world)
			}
			d := drive(t, rehearsal{world}, world, w, h, change...)
			then(d)
			return d
		}}
	}
	nothing := func(*driver) {}
	denied := refused{what: "AWS refused UpdateApp in 123456789012: the role may not trust david, or wants MFA that was not given",
		next:  "cameo explain prod-update --check",
		words: "User: arn:aws:iam::111122223333:user/david is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/UpdateApp"}
	const alice = "arn:aws:iam::111122223333:user/alice"
	explained := explainedError{refused{what: "AWS refused Admin in 444455551234", next: "cameo explain payments-dev --check"}, refusal.Explanation{
		What: `AWS refused Admin in 444455551234 (profile "payments-dev")`, Summary: "AWS gives no reason; likely the trust policy does not let alice in, or it wants MFA",
		Code: "AccessDenied", RequestID: "1f3c-77", Host: "sts.eu-west-1.amazonaws.com", Role: "arn:aws:iam::444455551234:role/Admin", Caller: alice, At: noon,
		Message: "User: " + alice + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455551234:role/Admin",
		Causes: []refusal.Cause{
			{Kind: refusal.TrustPolicy, Certainty: refusal.Likely, Why: "No statement of the role's trust policy lets alice in.", Fix: "Ask the owner of the role to add the statement of the report.",
				Ask: &refusal.Ask{Whom: "the owner of role Admin in account 444455551234", For: "to add this statement to the role's trust policy", Policy: "{\n  \"Effect\": \"Allow\"\n}"}},
			{Kind: refusal.MFARequired, Certainty: refusal.Possible, Why: "The trust policy wants MFA, and none was given.", Fix: "Name your device in mfa_serial of the profile."},
		}}}
	unreachable := explainedError{refused{what: "cannot reach sts.eu-west-1.amazonaws.com"}, refusal.Explanation{
		What: "AWS did not answer", Summary: "cannot reach sts.eu-west-1.amazonaws.com in 10 s", Host: "sts.eu-west-1.amazonaws.com",
		Causes: []refusal.Cause{{Kind: refusal.Unavailable, Certainty: refusal.Certain, Why: "Cannot reach sts.eu-west-1.amazonaws.com in 10 s.", Fix: "Look at the network, the VPN and the proxy."}}}}
	return []scene{
		plain("refused", func(d *driver) { d.press("enter") }, func(w *world) { w.refuse = []error{explained} }),
		plain("refused-raw", func(d *driver) { d.press("enter", "enter") }, func(w *world) { w.refuse = []error{explained} }),
		plain("refused-copied", func(d *driver) { d.press("enter", "y") }, func(w *world) { w.refuse = []error{explained} }),
		plain("refused-code", func(d *driver) { d.press("enter") }, func(w *world) { w.refuse = []error{deviceError{explained, device}} }),
		plain("unreachable", func(d *driver) { d.press("enter") }, func(w *world) { w.refuse = []error{unreachable} }),
		plain("list", nothing),
		plain("list-production", func(d *driver) { d.press("down") }),
		plain("list-filtered", func(d *driver) { d.typeText("pay adm") }),
		plain("list-nothing-found", func(d *driver) { d.typeText("paymetns") }),
		plain("list-broken", func(d *driver) { d.typeText("loop"); d.press("enter") }),
		plain("list-details", func(d *driver) { d.press("right") }),
		plain("list-letters", func(d *driver) { d.typeText("pyd 44") }),
		plain("list-grouped", func(d *driver) { d.typeText("adm"); d.press("ctrl+g") }),
		plain("list-by-name", func(d *driver) { d.press("ctrl+t") }),
		plain("list-favoured", func(d *driver) { d.press("ctrl+f") }),
		plain("list-hostile", nothing, func(w *world) { w.overview.Rows = append(awkwardRows(), w.overview.Rows...) }),
		plain("list-active", func(d *driver) { d.press("enter") }, func(w *world) { w.inRole("payments-stg", 42*time.Minute) }),
		plain("list-notices", nothing, func(w *world) {
			w.overview.Notices = []string{"config.toml:17: unknown key \"acounts\"", "the cache cannot be written"}
		}),
		plain("list-problems", nothing, func(w *world) { w.overview.Problems = someProblems() }),
		plain("problems", func(d *driver) { d.press("ctrl+e") }, func(w *world) { w.overview.Problems = someProblems() }),
		plain("problems-first", nothing, func(w *world) { w.overview.Problems, w.overview.Rows = someProblems(), nil }),
		plain("first-run", nothing, func(w *world) {
			w.overview.Rows, w.overview.ShellSetup = nil, `eval "$(cameo init zsh)"`
			w.overview.Missing = w.overview.Looked[1:]
		}),
		plain("first-run-problems", func(d *driver) { d.press("esc") }, func(w *world) {
			w.overview.Problems, w.overview.Rows, w.overview.Integrated = someProblems(), nil, true
		}),
		plain("code", func(d *driver) { d.typeText("stg"); d.press("enter"); d.typeText("123") }),
		plain("code-production", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("12") }),
		plain("code-cancelled", func(d *driver) { d.typeText("update"); d.press("enter", "esc") }),
		plain("code-rejected", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("111111") }, func(w *world) {
			w.refuse = []error{refused{what: "AWS did not accept that MFA code: mistyped, used before, or the clock is off; next code in 3 s", badCode: true}}
		}),
		plain("code-for-an-hour", func(d *driver) { d.typeText("update"); d.press("enter") }, func(w *world) {
			plan := w.plans["prod-update"]
			plan.Session.WhyNotLonger = "AWS limits a role entered from another session to 1 hour"
			plan.Session.Region = "eu-west-1"
			w.plans["prod-update"] = plan
		}),
		plain("code-of-its-own", func(d *driver) { d.typeText("update"); d.press("enter") }, func(w *world) {
			plan := w.plans["prod-update"]
			plan.Session.Duration, plan.Code.Serves = 4*time.Hour, 0
			w.plans["prod-update"] = plan
		}),
		demo("code-sandbox", func(d *driver) { d.press("enter"); d.typeText("update"); d.press("enter") }),
		plain("guard", func(d *driver) { d.typeText("payments-prod"); d.press("enter"); d.typeText("44") }),
		plain("guard-wrong", func(d *driver) { d.typeText("payments-prod"); d.press("enter"); d.typeText("4418") }),
		plain("waiting", func(d *driver) {
			d.w.slow = true
			d.press("enter")
			d.pass(2300 * time.Millisecond)
		}),
		plain("waiting-hops", func(d *driver) {
			d.w.slow = true
			d.typeText("legacy")
			d.press("enter")
			d.pass(4300 * time.Millisecond)
		}, func(w *world) {
			const host = "sts.eu-west-1.amazonaws.com"
			plan := w.plans["legacy-audit"]
			plan.Steps = []switching.Step{{What: "session of david"}, {What: "hub in 222233334444"},
				{What: "Gate in 222233334444"}, {What: "Audit in 222233334444"}}
			w.plans["legacy-audit"] = plan
			w.news = []switching.Progress{{Done: 1, Cached: true, Until: noon.Add(42 * time.Minute)}, {Done: 2, Until: noon.Add(time.Hour)},
				{Words: host + " asks to slow down: try 2 of 3"}}
		}),
		plain("menu", func(d *driver) { d.press("down", "tab") }),
		plain("menu-broken", func(d *driver) { d.typeText("loop"); d.press("tab") }),
		plain("menu-active", func(d *driver) { d.press("enter", "tab", "down") }, func(w *world) { w.inRole("payments-stg", 42*time.Minute) }),
		demo("menu-demo", func(d *driver) { d.press("enter", "tab") }),
		plain("command", func(d *driver) { d.typeText("payments-prod"); d.press("tab", "c"); d.typeText("aws s3 ls") }),
		plain("copy-keys", func(d *driver) { d.typeText("payments-prod"); d.press("tab", "v") }),
		plain("copy-keys-guard", func(d *driver) { d.typeText("payments-prod"); d.press("tab", "v", "enter") }),
		plain("console", func(d *driver) { d.press("tab", "o") }),
		plain("console-guard", func(d *driver) { d.typeText("payments-prod"); d.press("ctrl+o") }),
		plain("console-failed", func(d *driver) { d.press("ctrl+o") }, func(w *world) {
			w.consoleErr = refused{what: "there is no browser to open here, and the setting browser names none", next: "cameo console payments-dev --print"}
		}),
		plain("console-link", func(d *driver) { d.typeText("payments-prod"); d.press("tab", "u") }),
		plain("console-link-copied", func(d *driver) { d.press("tab", "u", "enter") }),
		plain("list-for-console", nothing, func(w *world) { w.picksFor = ForConsole }),
		plain("labels", func(d *driver) { d.press("tab", "e") }),
		plain("labels-change", func(d *driver) {
			d.press("tab", "e", "ctrl+u")
			d.typeText("env=staging alias=pd")
			d.press("enter")
		}),
		plain("copied", func(d *driver) { d.press("tab", "y") }),
		plain("copied-link", func(d *driver) { d.press("tab", "l") }, func(w *world) { w.tool = "wl-copy" }),
		plain("guard-cached", func(d *driver) { d.typeText("payments-prod"); d.press("enter") }, func(w *world) {
			plan := w.plans["payments-prod"]
			plan.Ready = noon.Add(41 * time.Minute)
			w.plans["payments-prod"] = plan
		}),
		plain("stack", func(d *driver) { d.press("s") }, func(w *world) {
			w.inRole("payments-prod", 42*time.Minute)
			w.overview.Undo = &Undo{Sets: []string{"AWS_PROFILE=work", "AWS_REGION=eu-west-1"}, Removes: 8}
		}),
		plain("stack-chained", func(d *driver) { d.press("ctrl+x") }, func(w *world) {
			w.inRole("payments-prod", 12*time.Minute)
			w.overview.State.Below = []roles.Role{w.overview.Rows[6].Role}
		}),
		plain("stack-inherited", func(d *driver) { d.press("s") }, func(w *world) {
			w.inRole("payments-dev", 12*time.Minute)
			w.overview.State.Active.Inherited = true
		}),
		plain("active", nothing, func(w *world) { w.inRole("prod-update", 42*time.Minute) }),
		plain("active-renewable", nothing, func(w *world) { w.inRole("payments-prod", 42*time.Minute).overview.Renewable = true }),
		plain("active-chained", nothing, func(w *world) {
			w.inRole("payments-prod", 42*time.Minute).overview.Renewal = "enter hub again first, which signs for it: its session has ended"
			w.overview.State.Below = []roles.Role{w.overview.Rows[6].Role}
		}),
		plain("active-ending", nothing, func(w *world) { w.inRole("payments-dev", 4*time.Minute+10*time.Second) }),
		plain("active-ended", nothing, func(w *world) { w.inRole("payments-dev", -3*time.Minute).overview.Renewable = true }),
		plain("active-inherited", nothing, func(w *world) {
			w.inRole("payments-dev", 42*time.Minute)
			w.overview.State.Active.Inherited, w.overview.State.Active.KeysChanged = true, true
		}),
		demo("demo-home", nothing),
		demo("demo-active", nothing, func(w *world) { w.inRole("prod-update", 58*time.Minute) }),
		plain("failure", func(d *driver) { d.typeText("update"); d.press("enter"); d.typeText("123456") }, func(w *world) {
			w.refuse = []error{denied}
		}),
		plain("failure-plain", func(d *driver) { d.press("enter") }, func(w *world) { w.planErr = errors.New("cannot reach the network") }),
		plain("help", func(d *driver) { d.press("f1") }),
		plain("help-end", func(d *driver) { d.press("f1", "end") }),
	}
}

// awkwardRows have names that are hard to line up.
func awkwardRows() []Row {
	var rows []Row
	for i, name := range []string{"漢字-本番", "cafe\u0301-prod", "👩🏽‍🚀-ops", "🇩🇪-eu", "नमस्ते", "ｆｕｌｌ", "a\x1b[31mred\u202e\tb", "\u0301first", "ᄀ\u1161\u11a8", "❤️-1️⃣", strings.Repeat("very-long-", 6)} {
		rows = append(rows, Row{Role: role(name, fmt.Sprintf("%012d", 700000000000+i), "Rôle"+name, roles.Dev, name, "", i), Used: noon.Add(-time.Duration(i) * time.Hour)})
	}
	rows[0].Role.Color, rows[1].Role.Color = "#c0392b", "purple"
	return rows
}

func someProblems() []profiles.Problem {
	at := func(line int) profiles.Position {
		return profiles.Position{File: "/home/david/.aws/config", Line: line}
	}
	return []profiles.Problem{
		{Position: at(17), Text: "[profile payments", Reason: "the header does not end", Fix: `close it with "]"`},
		{Position: at(88), Text: "role_arn arn:aws:iam::444455551234:role/Admin", Reason: `has no "="`, Fix: "write role_arn = arn:aws:iam::444455551234:role/Admin"},
	}
}

// sizes are those of windows, and 80x14: what a screen has below a prompt.
var sizes = []struct{ w, h int }{{132, 40}, {100, 30}, {80, 24}, {80, 14}, {40, 12}, {20, 5}}

// Every screen at every size, once as one reads it and once with its styles, in
// both themes; one file for each screen.
func TestGoldenFrames(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			var frames txtar.Archive
			add := func(name, text string) {
				frames.Files = append(frames.Files, txtar.File{Name: name, Data: []byte(text + "\n")})
			}
			for _, size := range sizes {
				name := fmt.Sprintf("%dx%d", size.w, size.h)
				auto := s.enter(t, size.w, size.h)
				mono := s.enter(t, size.w, size.h, func(o *Options) { o.Theme = "mono" })
				if auto.frame() != mono.frame() {
					t.Errorf("the themes differ in words:\n%s\n%s", auto.frame(), mono.frame())
				}
				if colour.MatchString(mono.styled()) {
					t.Errorf("mono has colours: %q", mono.styled())
				}
				add(name, auto.frame())
				if size.w >= 40 {
					add(name+" auto", visible(auto.styled()))
					add(name+" mono", visible(mono.styled()))
				}
				if *shots != "" {
					shoot(t, filepath.Join(*shots, s.name+"-"+name), auto)
				}
			}
			golden(t, s.name+".txtar", string(txtar.Format(&frames)))
		})
	}
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*\b(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)\b`)

// visible makes escape sequences readable in a diff.
func visible(s string) string { return strings.ReplaceAll(s, "\x1b", "^") }

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.ReplaceAll(string(want), "\r\n", "\n"), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

func shoot(t *testing.T, path string, d *driver) {
	t.Helper()
	x, y := -1, -1
	if c := d.m.View().Cursor; c != nil {
		x, y = c.X, c.Y
	}
	p := screentest.Draw(d.styled(), d.m.w, d.m.h, x, y)
	for name, palette := range map[string]screentest.Palette{"dark": screentest.Dark(), "light": screentest.Light()} {
		if err := os.WriteFile(path+"-"+name+".svg", p.SVG(palette), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutUTF8TheGlyphsAreASCII(t *testing.T) {
	for _, s := range scenes() {
		if s.name == "list-hostile" { // its names are not
			continue
		}
		d := s.enter(t, 100, 30, func(o *Options) { o.Environ = []string{"LANG=C", "TERM=vt100"} })
		for _, r := range d.frame() {
			if r > 0x7e {
				t.Errorf("%s: %q is not ASCII in\n%s", s.name, r, d.frame())
				break
			}
		}
	}
}

// Whatever a name is made of, what stands behind it stands in one column: on a
// terminal that goes by characters, and on one that goes by code points.
func TestColumnsLineUp(t *testing.T) {
	for _, size := range sizes {
		if size.w < 40 {
			continue
		}
		w := newWorld(t)
		w.overview.Rows = awkwardRows()
		d := drive(t, w, w, size.w, size.h)
		for range len(w.overview.Rows) {
			column, rows, below := -1, 0, size.h
			if size.w >= roomy && size.w < wide {
				below -= detailsHeight + 1 // the details have a badge too
			}
			picture := screentest.Draw(d.styled(), size.w, size.h, -1, 0)
			for _, row := range picture.Cells[2:below] {
				for x, cell := range row {
					if cell.Content != "[" || x+4 >= len(row) || row[x+1].Content != "D" || row[x+4].Content != " " || x > 60 {
						continue
					}
					if column < 0 {
						column = x
					}
					if rows++; x != column {
						t.Errorf("%dx%d: a badge stands in column %d, another in %d\n%s", size.w, size.h, column, x, d.frame())
					}
					break
				}
			}
			if rows < 5 {
				t.Fatalf("%d badges in\n%s", rows, d.frame())
			}
			for line := range strings.SplitSeq(d.styled(), "\n") {
				if at := strings.Index(line, "[DEV ]"); at > 0 && ansi.StringWidth(line[:at]) != ansi.StringWidthWc(line[:at]) {
					t.Errorf("terminals disagree on %q", line[:at])
				}
			}
			d.press("down")
		}
	}
}
