package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
)

var (
	errLeave = errors.New("the user leaves")
	errBack  = errors.New("the user goes back")
)

// conversation is one run of the linear mode.
type conversation struct {
	backend   Backend
	rehearsal Rehearsal // nil: the backend is not one
	opts      Options
	lines     lineReader
	out       io.Writer
	width     func() int // of a line; 0: not known
	pause     func(ctx context.Context, d time.Duration) error

	overview Overview
	index    *roles.Index // of the rows
	now      time.Time
}

func newConversation(opts Options, lines lineReader, out io.Writer) *conversation {
	rehearsal, _ := opts.Backend.(Rehearsal)
	return &conversation{backend: opts.Backend, rehearsal: rehearsal, opts: opts, lines: lines, out: out, width: opts.width, pause: pause}
}

// hold is the whole conversation. A panic of the backend is a [*CrashError].
func (c *conversation) hold(ctx context.Context) (result Result, err error) {
	defer func() {
		if value := recover(); value != nil {
			crash, ok := value.(*CrashError)
			if !ok {
				crash = &CrashError{Value: value, Stack: debug.Stack()}
			}
			result, err = Result{}, crash
		}
	}()
	if err := c.look(ctx); err != nil {
		return Result{}, err
	}
	result, err = c.begin(ctx)
	if errors.Is(err, errLeave) {
		return Result{Kind: c.left()}, nil
	}
	return result, err
}

// left is how leaving in order is called: nothing came of it, or what was done
// before stays.
func (c *conversation) left() Kind {
	if c.startsAtActive() {
		return Closed
	}
	return Cancelled
}

func (c *conversation) startsAtActive() bool {
	return c.opts.Filter == "" && c.opts.Height == 0 && (c.overview.State.Active != nil || c.rehearsal != nil)
}

func (c *conversation) stays() bool { return c.rehearsal != nil }

// look reads the overview.
func (c *conversation) look(ctx context.Context) (err error) {
	c.overview, err = wait(ctx, func(ctx context.Context) (Overview, error) {
		o, err := c.backend.Overview(ctx)
		if err != nil {
			return o, err
		}
		known, err := c.backend.Readiness(ctx, rolesOf(o.Rows))
		for i := range min(len(known), len(o.Rows)) {
			o.Rows[i].Readiness = known[i]
		}
		return o, err
	})
	c.now = c.backend.Now()
	c.index = newIndex(c.overview.Rows)
	return err
}

// begin is the first page, and the pages that follow where the program stays open:
// the role that is active, or the roles.
func (c *conversation) begin(ctx context.Context) (Result, error) {
	c.say("cameo. " + c.whoYouAre())
	c.sayNotes()
	if c.overview.LinearAdvice != "" {
		c.say(inert(c.overview.LinearAdvice))
	}
	if !c.startsAtActive() {
		result, err := c.choose(ctx, c.opts.Filter)
		switch {
		case errors.Is(err, errBack):
			return Result{}, errLeave
		case err != nil || !c.stays():
			return result, err
		}
	}
	for fresh := true; ; {
		if fresh {
			if err := c.sayTrials(ctx); err != nil {
				return Result{}, err
			}
		}
		result, err := c.atActive(ctx)
		fresh = err == nil
		if err == nil && (result.Kind == Closed || !c.stays()) || err != nil && !errors.Is(err, errBack) {
			return result, err
		}
	}
}

// atActive is the page of the role that is active, or of home in a rehearsal.
func (c *conversation) atActive(ctx context.Context) (Result, error) {
	question := "Type switch to choose a role, or an empty line to close: "
	renewable := c.overview.canRenew()
	switch {
	case renewable:
		question = "Type exit to leave the role, refresh to renew it, switch to choose another, or an empty line to close: "
	case c.overview.State.Active != nil:
		question = "Type exit to leave the role, switch to choose another, or an empty line to close: "
	}
	if c.overview.Renewal != "" {
		c.say("To renew the role: " + inert(c.overview.Renewal) + ".")
	}
	for {
		line, err := c.ask(ctx, question)
		if err != nil {
			return Result{}, err
		}
		switch word := strings.ToLower(line); {
		case word == "" || word == "q":
			return Result{Kind: Closed}, nil
		case word == "switch":
			return c.choose(ctx, "")
		case word == "exit" && c.overview.State.Active != nil:
			return c.exit(ctx)
		case word == "refresh" && renewable && !c.overview.Renewable:
			return Result{Kind: Refresh}, nil
		case word == "refresh" && renewable:
			return c.pursue(ctx, Wish{Role: c.overview.State.Active.Role, Renew: true})
		}
		c.say(fmt.Sprintf("%q is not an answer here.", line))
	}
}

// exit leaves the active role. A failure is said, and the user is asked again.
func (c *conversation) exit(ctx context.Context) (Result, error) {
	identity, err := wait(ctx, func(ctx context.Context) (switching.Identity, error) { return c.backend.Exit(ctx, false) })
	switch {
	case gone(ctx, err):
		return Result{}, err
	case err != nil:
		c.sayFailure("Could not leave the role", err)
		return Result{}, errBack
	}
	if c.stays() {
		if err := c.look(ctx); err != nil {
			return Result{}, err
		}
		c.say("Done. " + c.whoYouAre())
	}
	return Result{Kind: Exited, Identity: identity}, nil
}

const (
	choicesAtOnce = 9
	// mostChoices keeps numbers at two digits: three or more are the part of an
	// account.
	mostChoices = 99
)

// choose lists roles, searches, and enters the one that is chosen. errBack is the
// empty line.
func (c *conversation) choose(ctx context.Context, query string) (Result, error) {
	if len(c.overview.Rows) == 0 {
		return c.firstRun(ctx)
	}
	found, said := c.search(query)
	for {
		line, err := c.ask(ctx, c.listQuestion(query, said, len(found)))
		if err != nil {
			return Result{}, err
		}
		digits, readOnly := readOnlyNumber(line)
		number, notNumber := strconv.Atoi(digits)
		switch word := strings.ToLower(line); {
		case word == "":
			return Result{}, errBack
		case word == "q":
			return Result{}, errLeave
		case word == "m" && said < min(len(found), mostChoices):
			said = c.sayRows(found, said)
		case word == "m":
			c.say("There are no more; type more text to search.")
		case word == "*":
			query = ""
			found, said = c.search(query)
		case word == "problems" && len(c.overview.Problems) > 0:
			c.sayProblems()
		case notNumber == nil && len(digits) <= 2 && (number < 1 || number > said):
			c.say(fmt.Sprintf("There is no number %s.", digits))
		case notNumber == nil && len(digits) <= 2:
			result, err := c.enter(ctx, c.overview.Rows[found[number-1]], readOnly)
			if !errors.Is(err, errBack) {
				return result, err
			}
		default:
			query = line
			found, said = c.search(query)
		}
	}
}

// search says what a query finds, and lists the first.
func (c *conversation) search(query string) (found []int, said int) {
	by := c.opts.order()
	if query == "" {
		for _, s := range sections(c.overview, c.index.ByName(), by) {
			found = append(found, s.rows...)
		}
	} else {
		found = c.index.Search(roles.ParseQuery(query), by == byUse)
	}
	all := countRoles(len(c.overview.Rows))
	switch {
	case query == "":
		c.say(all + ".")
	case len(found) == 0:
		text := fmt.Sprintf("No role matches %q.", query)
		if s := c.index.Suggest(query); s.Query != "" {
			text += fmt.Sprintf(" Did you mean %s? That matches %s.", s.Query, countRoles(s.Roles))
		} else if hint := roles.ParseQuery(query).Hint(); hint != "" {
			text += " " + hint
		}
		c.say(text)
	case len(found) == 1:
		c.say(fmt.Sprintf("1 of %s matches %q.", all, query))
	default:
		c.say(fmt.Sprintf("%d of %s match %q.", len(found), all, query))
	}
	return found, c.sayRows(found, 0)
}

// sayRows lists the next of found after the first said, and returns how many are
// said now.
func (c *conversation) sayRows(found []int, said int) int {
	last := min(said+choicesAtOnce, len(found), mostChoices)
	for i := said; i < last; i++ {
		c.say(fmt.Sprintf("%d. %s", i+1, c.rowWords(c.overview.Rows[found[i]])))
	}
	return last
}

// readOnlyNumber takes the r off "r 2" and "r2"; what else it may be is left alone.
func readOnlyNumber(line string) (digits string, readOnly bool) {
	if rest, found := strings.CutPrefix(strings.ToLower(line), "r"); found {
		if rest = strings.TrimSpace(rest); rest != "" && len(rest) <= 2 && digitsOnly(rest) {
			return rest, true
		}
	}
	return line, false
}

// listQuestion offers only what would be taken.
func (c *conversation) listQuestion(query string, said, found int) string {
	var offers []string
	if said > 0 {
		does := "switch"
		if c.opts.For == ForConsole {
			does = "open the console"
		}
		offers = append(offers, "a number to "+does+", r and a number for read-only")
	}
	if rest := min(found, mostChoices) - said; rest > 0 {
		offers = append(offers, fmt.Sprintf("m for %d more", min(rest, choicesAtOnce)))
	}
	if query != "" {
		offers = append(offers, "other text to search", "* for all roles")
	} else {
		offers = append(offers, "text to search")
	}
	if len(c.overview.Problems) > 0 {
		offers = append(offers, "problems to hear them")
	}
	end := "leave"
	if c.startsAtActive() {
		end = "go back"
	}
	return "Type " + strings.Join(offers, ", ") + ", or an empty line to " + end + ": "
}

// firstRun says what can be done while there is no role.
func (c *conversation) firstRun(ctx context.Context) (Result, error) {
	for {
		c.sayFirstRun()
		line, err := c.ask(ctx, "Type r to read the files again, or an empty line to leave: ")
		switch {
		case err != nil:
			return Result{}, err
		case line == "":
			return Result{}, errBack
		case !strings.EqualFold(line, "r"):
			return Result{}, errLeave
		}
		if err := c.look(ctx); err != nil {
			return Result{}, err
		}
		c.sayNotes()
		if len(c.overview.Rows) > 0 {
			return c.choose(ctx, c.opts.Filter)
		}
	}
}

// enter enters the role of a row: errBack goes back to the list.
func (c *conversation) enter(ctx context.Context, row Row, readOnly bool) (Result, error) {
	if row.Broken != nil {
		c.say(c.rowWords(row))
		return Result{}, errBack
	}
	return c.pursue(ctx, Wish{Role: row.Role, ReadOnly: readOnly, For: c.opts.For})
}

// pursue is become, with what goes wrong said, and tried again with a code where one
// may have been wanted. errBack goes back to the question before.
func (c *conversation) pursue(ctx context.Context, wish Wish) (Result, error) {
	for {
		result, err := c.become(ctx, wish)
		switch {
		case err == nil, errors.Is(err, errBack), errors.Is(err, errLeave), gone(ctx, err):
			return result, err
		}
		c.sayFailure(wish.words().failed+spokenRole(wish.Role), err)
		device := missingDevice(err)
		if tried := triedDevice(err, wish); tried != "" && device == "" {
			c.say("It was refused with MFA as well, of " + inert(tried) + ".")
		}
		if device == "" {
			return Result{}, errBack
		}
		line, err := c.ask(ctx, "Type m to try again with a code of "+inert(device)+", or an empty line to go back: ")
		switch {
		case err != nil:
			return Result{}, err
		case strings.EqualFold(line, "q"):
			return Result{}, errLeave
		case !strings.EqualFold(line, "m"):
			return Result{}, errBack
		}
		wish = wish.with(device)
	}
}

// become plans, asks for what the plan needs, and carries it out. This is the only
// place that does.
func (c *conversation) become(ctx context.Context, wish Wish) (Result, error) {
	plan, err := wait(ctx, func(ctx context.Context) (switching.Plan, error) { return c.backend.Plan(ctx, wish) })
	if err != nil {
		return Result{}, err
	}
	c.sayPlan(plan)
	var given switching.Answer
	if plan.Guard == switching.WantDigits || plan.Guard == switching.WantCode && plan.Code == nil {
		if given.Digits, err = c.askAccount(ctx, plan, wish.cancelled(1)); err != nil {
			return Result{}, err
		}
	}
	for attempt := 1; ; attempt++ {
		if plan.Code != nil {
			if given.Code, err = c.askCode(ctx, plan, wish.cancelled(attempt)); err != nil {
				return Result{}, err
			}
			given.OnScreen = true
		}
		c.say("Asking AWS for the role.")
		session, err := c.carryOut(ctx, wish, plan, given)
		_, another := codeRejected(err)
		switch {
		case plan.Code != nil && another:
			c.say(sentence(inert(err.Error())))
			continue
		case err != nil:
			return Result{}, err
		}
		if c.opts.For == ForConsole {
			return Result{Kind: Picked, Session: session}, nil
		}
		if c.stays() {
			if err := c.look(ctx); err != nil {
				return Result{}, err
			}
			c.say("Done. " + c.whoYouAre())
		}
		return Result{Kind: Switched, Session: session}, nil
	}
}

// carryOut says what is waited for meanwhile.
func (c *conversation) carryOut(ctx context.Context, wish Wish, plan switching.Plan, given switching.Answer) (switching.Session, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	news := make(chan switching.Progress)
	return waitHearing(ctx, func(ctx context.Context) (switching.Session, error) {
		return c.backend.Switch(ctx, wish, plan, given, tellOf(ctx, news))
	}, news, func(p switching.Progress) {
		if p.Words != "" {
			c.say(sentence(inert(p.Words)))
		}
	})
}

// askAccount asks for the last digits of the account until they are right. What
// was typed before the account was named does not answer it.
func (c *conversation) askAccount(ctx context.Context, plan switching.Plan, cancelled string) (string, error) {
	c.lines.Forget(ctx)
	for {
		digits, err := c.askDigits(ctx, c.roleSentence(plan.Role)+" Its last 4 digits, or an empty line to cancel: ", switching.GuardDigits, cancelled)
		if err != nil || digits == switching.LastDigits(plan.Role) {
			return digits, err
		}
		c.say(digits + " is not how this account ends. Nothing was requested.")
	}
}

// askCode asks for a code; in a rehearsal, the device says its own first. What was
// typed before, a second Enter behind a code that was rejected, does not answer it.
func (c *conversation) askCode(ctx context.Context, plan switching.Plan, cancelled string) (string, error) {
	if c.rehearsal != nil {
		if err := c.sayDevice(ctx, plan.Code.Device); err != nil {
			return "", err
		}
	}
	c.lines.Forget(ctx)
	return c.askDigits(ctx, c.roleSentence(plan.Role)+" MFA code, or an empty line to cancel: ", codeLength, cancelled)
}

// askDigits asks until exactly n digits come; cancelled is said where none are given.
func (c *conversation) askDigits(ctx context.Context, question string, n int, cancelled string) (string, error) {
	for {
		line, err := c.ask(ctx, question)
		if err != nil {
			return "", err
		}
		digits := strings.NewReplacer(" ", "", "-", "").Replace(line)
		switch {
		case digits == "" || strings.EqualFold(digits, "q"):
			c.say(cancelled)
			return "", errBack
		case len(digits) == n && digitsOnly(digits):
			return digits, nil
		}
		c.say(fmt.Sprintf("That takes exactly %d digits.", n))
	}
}

// ask says a question and reads the line that answers it, made inert.
func (c *conversation) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.out, c.folded(question)+" ")
	line, err := c.lines.ReadLine(ctx)
	c.now = c.backend.Now()
	return strings.TrimSpace(inert(line)), err
}
