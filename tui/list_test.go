package tui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"cameo/internal/roles"
	"cameo/internal/screentest"
	"cameo/internal/switching"
)

// names are the roles and the headings of the list, from top to bottom.
func names(d *driver) []string {
	var all []string
	for _, l := range d.m.list.lines {
		if l.row < 0 {
			all = append(all, l.heading)
		} else {
			all = append(all, d.m.list.overview.Rows[l.row].Role.Label())
		}
	}
	return all
}

func expect(t *testing.T, d *driver, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, names(d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTheListBeginsWithTheRolesEnteredLast(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	expect(t, d, "RECENT", "payments-dev", "prod-update", "payments-prod", "payments-stg",
		"FAVOURITE", "legacy-audit", "ACCOUNTS", "analytics-dev", "loop-a", "payments-sandbox")
	d.sees("RECENT", "FAVOURITE", "* legacy-audit", "ACCOUNTS")
	for i := range w.overview.Rows {
		w.overview.Rows[i].Used = noon.Add(-time.Duration(i) * time.Hour)
	}
	w.inRole("payments-dev", time.Hour) // the role that is active is not the one before it
	d = drive(t, w, w, 100, 30, func(o *Options) { o.Height = 30 })
	expect(t, d, "RECENT", "prod-update", "payments-prod", "payments-stg", "analytics-dev", "payments-sandbox",
		"FAVOURITE", "legacy-audit", "ACCOUNTS", "loop-a", "payments-dev")
	d.sees("● active")
	if row, _ := d.m.list.current(); row.Role.Profile != "prod-update" {
		t.Errorf("Enter goes to %s", row.Role.Profile)
	}
}

func TestAListOfOneSectionHasNoHeading(t *testing.T) {
	w := newWorld(t)
	for i := range w.overview.Rows {
		w.overview.Rows[i].Used, w.overview.Rows[i].Favourite = time.Time{}, false
	}
	d := drive(t, w, w, 100, 30)
	d.seesNo("ACCOUNTS")
	if all := names(d); all[0] != "analytics-dev" || !slices.IsSorted(all) {
		t.Errorf("the order is %v", all)
	}
}

func TestTheOrderOfTheSettings(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30, func(o *Options) { o.Order = "name" })
	expect(t, d, "FAVOURITE", "legacy-audit", "ACCOUNTS", "analytics-dev", "loop-a", "payments-dev", "payments-prod", "payments-sandbox", "payments-stg", "prod-update")
	d.sees("by name  8 roles")
	d.press("ctrl+t")
	d.sees("RECENT")
	d.seesNo("by name")
	d.typeText("pay")
	if got := names(d)[:2]; !slices.Equal(got, []string{"payments-dev", "payments-prod"}) {
		t.Errorf("by use: %v", names(d))
	}
	w.overview.Rows[3].Weight = 9 // payments-stg
	d = drive(t, w, w, 100, 30)
	d.typeText("payments")
	if got := names(d)[0]; got != "payments-stg" {
		t.Errorf("by use: %v", names(d))
	}
	d.press("ctrl+t")
	if got := names(d)[0]; got != "payments-dev" {
		t.Errorf("by name: %v", names(d))
	}
}

func TestHitsAreGroupedByAccount(t *testing.T) {
	w := newWorld(t)
	w.overview.Rows = append(w.overview.Rows, Row{Role: role("payments-read", "444455551234", "ReadOnly", roles.Dev, "david", "", 80)})
	d := drive(t, w, w, 100, 30)
	d.typeText("pay")
	d.press("down", "ctrl+g")
	expect(t, d, "444455551234", "payments-dev", "payments-read", "444455554417", "payments-prod", "444455559020", "payments-stg", "444455557730", "payments-sandbox")
	if row, _ := d.m.list.current(); row.Role.Profile != "payments-prod" {
		t.Errorf("the cursor went to %s", row.Role.Profile)
	}
	d.sees("grouped  5 of 9")
	d.press("ctrl+u")
	expect(t, d, "RECENT", "payments-dev", "prod-update", "payments-prod", "payments-stg", "FAVOURITE", "legacy-audit",
		"444455550007", "analytics-dev", "222233334445", "loop-a", "444455551234", "payments-read", "444455557730", "payments-sandbox")
}

// What is found out late fills cells in; nothing moves under the cursor.
func TestReadinessComesLate(t *testing.T) {
	w := newWorld(t)
	d := startOnly(t, w, w, 100, 30)
	d.send(d.queue[0]()) // the overview, and no more
	d.send(d.queue[len(d.queue)-2]())
	d.settle()
	d.sees("ready 40m", "name each other as source")
	before := names(d)
	d.press("down", "down")
	d.send(readinessMsg{now: w.now, read: d.m.reads, readiness: make([]Readiness, 8)})
	d.seesNo("ready 40m", "name each other as source")
	d.send(readinessMsg{now: w.now, read: d.m.reads - 1, readiness: []Readiness{{Ready: noon.Add(time.Hour)}}})
	d.send(readinessMsg{now: w.now, read: d.m.reads, err: errors.New("no")})
	d.seesNo("ready ")
	if !slices.Equal(before, names(d)) || d.m.list.cursor != 2 {
		t.Error("the list moved")
	}
	d.typeText("is:ready")
	d.sees("No role matches")
	ready := make([]Readiness, 8)
	ready[3].Ready = noon.Add(time.Hour)
	d.send(readinessMsg{now: w.now, read: d.m.reads, readiness: ready})
	d.sees("1 of 8", "payments-stg")
}

// A role says "MFA" only where somebody is going to be asked for a code.
func TestOneCodeIsEnoughForTheRowsThatItServes(t *testing.T) {
	w := newWorld(t)
	d := startOnly(t, w, w, 100, 30)
	d.send(d.queue[0]())
	d.sees("MFA")
	w.signedIn = true
	d = drive(t, w, w, 100, 30)
	d.seesNo("MFA")
	d.press("down")
	d.sees("prod-update  !!", "via       david")
	d.seesNo("with a code")
}

func TestAFavouriteIsMarkedWhereItStands(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 100, 30)
	before := names(d)
	d.press("ctrl+f")
	d.sees("payments-dev is a favourite now", "▸*")
	if !slices.Equal(before, names(d)) {
		t.Errorf("it moved: %v", names(d))
	}
	d.typeText("is:fav")
	d.sees("2 of 8")
	d.press("ctrl+f")
	d.sees("payments-dev is no favourite any more")
	w.favouriteErr = errors.New("the disk is full")
	d.press("ctrl+f")
	d.sees("payments-dev stays as it is: the disk is full")
	if w.calls["SetFavourite"] != 3 {
		t.Errorf("asked %d times", w.calls["SetFavourite"])
	}
}

// Reading the files again leaves every row where it is; new ones come last.
func TestTheOrderIsFrozenWhileTheListIsOpen(t *testing.T) {
	w := newWorld(t)
	w.overview.Problems = someProblems()
	d := drive(t, w, w, 100, 30)
	d.press("down", "down")
	w.overview.Rows = slices.Delete(w.overview.Rows, 1, 2) // prod-update
	w.overview.Rows[0].Used = time.Time{}
	w.overview.Rows[4].Favourite = true
	w.overview.Rows = append([]Row{{Role: role("a-new-one", "444455550000", "Admin", roles.Dev, "david", "", 90)}}, w.overview.Rows...)
	w.overview.Problems = nil
	d.press("ctrl+e", "r")
	expect(t, d, "RECENT", "payments-dev", "payments-prod", "payments-stg", "FAVOURITE", "legacy-audit",
		"ACCOUNTS", "analytics-dev", "loop-a", "payments-sandbox", "a-new-one")
	if row, _ := d.m.list.current(); row.Role.Profile != "payments-prod" {
		t.Errorf("the cursor went to %s", row.Role.Profile)
	}
}

func TestRightOpensTheDetailsBehindTheFilter(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 80, 24)
	d.typeText("stg")
	d.press("left", "right")
	d.seesNo("role      arn")
	d.press("right")
	d.sees("role      arn")
	d.press("right")
	d.seesNo("role      arn")
}

func TestWhatMatchedIsUnderlined(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 80, 24, func(o *Options) { o.Theme = "mono" })
	d.typeText("pay adm 4417")
	var underlined string
	for _, cells := range screentest.Draw(d.styled(), 80, 24, -1, 0).Cells {
		for _, cell := range cells {
			if cell.Style.Underline != 0 {
				underlined += cell.Content
			}
		}
	}
	if underlined != "pay4417Adm" {
		t.Errorf("underlined is %q in\n%s", underlined, d.frame())
	}
	// Underlining takes no room, also where names are cut and characters wide.
	for _, text := range []string{"漢字-payments", "e\u0301-payments", "payments"} {
		marks := make([]bool, len([]rune(text)))
		for i := range marks {
			marks[i] = i%2 == 0
		}
		for width := range 20 {
			got := d.m.look.lettered(text, marks, width, d.m.look.Plain)
			plain := d.m.look.lettered(text, nil, width, d.m.look.Plain)
			if ansi.Strip(got) != ansi.Strip(plain) || cells(got) != width {
				t.Errorf("%q in %d: %q, without marks %q", text, width, got, plain)
			}
		}
	}
}

// As the window shrinks: the last use goes first, then the middle of the account,
// the source, the readiness. Name, badge, role and four digits stay.
func TestWhatARowDropsFirst(t *testing.T) {
	w := newWorld(t)
	steps := []string{"yesterday", "123456789012", "via david", "MFA", "!!"}
	gone := 0
	for width := 110; width >= 36; width-- {
		d := drive(t, w, w, width, 19, func(o *Options) { o.Filter = "update" })
		frame := d.frame()
		for i, text := range steps {
			if strings.Contains(frame, text) {
				if i < gone {
					t.Errorf("%q is there at %d columns, though %q is gone", text, width, steps[gone-1])
				}
			} else {
				gone = max(gone, i+1)
			}
		}
		for _, text := range []string{"prod-update", "[PROD]", "9012", "UpdateApp"} {
			if !strings.Contains(frame, text) {
				t.Errorf("at %d columns %q is missing in\n%s", width, text, frame)
			}
		}
	}
	if gone != len(steps) {
		t.Errorf("%d of %q go", gone, steps)
	}
}

func TestColoursAreTheTerminalsOwn(t *testing.T) {
	for text, want := range map[string]any{
		"red": lipgloss.Red, "#C0392B": lipgloss.Red, "ff8800": lipgloss.Yellow, "27ae60": lipgloss.Green, "00bcd4": lipgloss.Cyan,
		"2f5fc4": lipgloss.Blue, "Purple": lipgloss.Magenta, "ff00aa": lipgloss.Magenta, "808080": nil, "000000": nil, "": nil, "\x1b[31m": nil, "12345": nil,
	} {
		if got, ok := ansiColour(text); ok != (want != nil) || ok && got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	if s := newStyles(true).named(roles.Role{Color: "red"}).Render("x"); s != "x" {
		t.Errorf("mono paints %q", s)
	}
	if s := newStyles(false).named(roles.Role{Color: "red"}).Render("x"); s != "\x1b[31mx\x1b[m" {
		t.Errorf("auto paints %q", s)
	}
}

func TestAMistypedNameIsMended(t *testing.T) {
	w := newWorld(t)
	w.overview.Rows = manyRows(12)
	for i := range w.overview.Rows {
		w.overview.Rows[i].Role.Profile = strings.Replace(w.overview.Rows[i].Role.Profile, "-0", "-payments-0", 1)
	}
	d := drive(t, w, w, 100, 30)
	d.typeText("paiments")
	d.sees(`No role matches "paiments". Did you mean payments (12)?  ctrl-u clears`)
	d.press("ctrl+u")
	d.sees("12 roles")
}

// A rule's role has no profile: what it is about to be is told by the account's name.
func TestTheGuardNamesTheAccountOfARole(t *testing.T) {
	w := newWorld(t)
	of := role("", "444455554417", "Admin", roles.Production, "david", "", 7)
	of.Account, of.Called = "payments-prod", "payments-prod/Admin"
	w.overview.Rows = []Row{{Role: of}}
	w.plans[""] = switching.Plan{Role: of, How: switching.Picked, Source: "david", Guard: switching.WantDigits}
	d := drive(t, w, w, 80, 24)
	d.press("enter")
	d.sees("Become Admin in 444455554417  payments-prod", "Last 4 digits")
	c := &conversation{}
	if got, want := c.roleSentence(of), "PRODUCTION. Admin in payments-prod, account 4444 5555 4417."; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// Where rows have no room for their names, that under the cursor stands in whole below.
func TestTheNameUnderTheCursorIsSeenInWhole(t *testing.T) {
	w := newWorld(t)
	for i, name := range []string{"acme-payments-production-admin", "acme-payroll-production-admin"} {
		w.overview.Rows[i].Role.Profile = name
	}
	for _, size := range [][2]int{{40, 12}, {40, 8}, {60, 10}} {
		d := drive(t, w, w, size[0], size[1])
		d.sees("acme-payments-production-admin")
		d.press("down")
		d.sees("acme-payroll-production-admin")
	}
	d := drive(t, w, w, 40, 12)
	d.press("tab")
	d.sees("Admin in 444455551234", "acme-payments-production-admin")
}

// What was typed, or pasted, is shown as it is, and only as long as one reads.
func TestNothingIsFoundForWhatWasPasted(t *testing.T) {
	w := newWorld(t)
	d := drive(t, w, w, 80, 24)
	d.typeText(`eval "$(cameo init bash)"; ` + strings.Repeat("x", 100))
	d.sees(`No role matches "eval "$(cameo init bash)`, "ctrl-u clears")
	d.seesNo(strings.Repeat("x", 100), `\"`)
}

// Long names leave a window of 80 columns room to say what is ready.
func TestReadinessIsSeenBesideLongNames(t *testing.T) {
	w := newWorld(t)
	w.overview.Rows[5].Role.Profile, w.overview.Rows[5].Role.Name = "acme-compliance-prod-readonly", "acme-readonly"
	for _, h := range []int{24, 12} {
		drive(t, w, w, 80, h).sees("ready 40m", "acme-compliance-prod-readonly")
	}
}

// A field that takes a few words says which, where another is typed.
func TestNothingIsFoundForAWordThatAFieldNeverTakes(t *testing.T) {
	w := newWorld(t)
	for typed, hint := range map[string]string{"is:foo": "is: takes fav or ready.", "env:qa": "env: takes prod, staging, dev or sandbox."} {
		d := drive(t, w, w, 80, 24)
		d.typeText(typed)
		d.sees(`No role matches "`+typed+`". `+hint, "ctrl-u clears")
		d.typeText("y")
		d.press("backspace")
		d.sees(hint)
	}
	d := drive(t, w, w, 80, 24)
	d.typeText("is:fav env:prod")
	d.seesNo("takes")
}
