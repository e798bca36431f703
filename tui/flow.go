package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"cameo/internal/switching"
	"cameo/profiles"
)

// errand is the switch that is under way.
type errand struct {
	wish    Wish
	line    string // of ForCommand
	plan    switching.Plan
	given   switching.Answer
	attempt int
}

// newTurn cancels what is under way and begins another question.
func (m *root) newTurn() turn {
	m.next = nil
	return m.turns.begin()
}

// end leaves the program.
func (m *root) end(result Result, err error) tea.Cmd {
	if m.out.done {
		return tea.Quit
	}
	m.turns.stop()
	m.out = outcome{done: true, result: result, err: err}
	return tea.Quit
}

// perform carries out what a screen wants.
func (m *root) perform(a action) tea.Cmd {
	switch a := a.(type) {
	case backAction:
		return m.back()
	case listAction:
		return m.openList("")
	case problemsAction:
		return m.open(newProblemsScreen(m.overview))
	case reloadAction:
		m.await("Reading your AWS files", "", waitStep{what: "profiles and roles"})
		return tea.Batch(m.do.overview(m.turns.turn, true), m.reveal())
	case endAction:
		return m.end(Result{Kind: a.kind}, nil)
	case helpAction:
		return m.toggleHelp()
	case stackAction:
		return m.open(newStackScreen(m.overview))
	case exitAction:
		m.await("Leaving the role", "", waitStep{what: "handing the shell back"})
		return tea.Batch(m.do.exit(m.turns.turn, a.one), m.reveal())
	case favouriteAction:
		return tea.Batch(m.backToList(), m.do.favourite(m.turns.parent, a.role, a.on))
	case demoAction:
		return m.end(Result{Kind: Demo}, nil)
	case addingAction:
		return m.open(newAddScreen(m.look.file(m.overview.configFile())))
	case addAction:
		return m.add(a.role)
	case labellingAction:
		return m.open(newLabelsScreen(a.role))
	case labelsAction:
		return m.label(a)
	case relabelAction:
		return m.do.relabel(m.newTurn(), m.labels.role, m.labels.labels)
	case retryAction:
		return m.askPlan(m.errand.wish, m.errand.line)
	case withCodeAction:
		return m.askPlan(m.errand.wish.with(a.device), m.errand.line)
	case editAction:
		return m.edit(a.at)
	case menuAction, detailsAction, askAction, linkAction, copyAction:
		return m.performOnRole(a)
	case pickAction, lineAction, runAction, activeConsoleAction:
		return m.performWish(a)
	case digitsAction:
		m.errand.given.Digits = a.digits
		return m.proceed()
	case codeAction:
		m.errand.given.Code, m.errand.given.OnScreen = a.code, true
		return m.proceed()
	}
	return nil
}

// performOnRole carries out what needs no session.
func (m *root) performOnRole(a action) tea.Cmd {
	switch a := a.(type) {
	case menuAction:
		return m.open(newMenuScreen(a.row, menuFacts{active: m.overview.State.Active != nil, rehearsal: m.stays(), editable: !m.overview.Sealed, details: !m.list.always}))
	case detailsAction:
		m.list.details = true
		return m.backToList()
	case askAction:
		return m.open(a.question)
	case linkAction:
		return tea.Batch(m.backToList(), m.do.link(m.turns.turn, a.role))
	case copyAction:
		return m.copyText(a)
	}
	return nil
}

// copyText copies what is no secret. A failure stays to be read.
func (m *root) copyText(a copyAction) tea.Cmd {
	if a.shown == "" {
		a.shown = a.text
	}
	var back tea.Cmd
	if _, menu := m.screen.(*menuScreen); menu {
		back = m.backToList()
	}
	return tea.Batch(back, m.do.copy(m.turns.turn, clipping{a.what, a.shown, profiles.NewSecret(a.text)}))
}

// performWish sets out to get a session.
func (m *root) performWish(a action) tea.Cmd {
	switch a := a.(type) {
	case pickAction:
		return m.askPlan(a.wish, "")
	case lineAction:
		return m.open(newLineScreen(a.wish))
	case runAction:
		return m.askPlan(a.wish, a.line)
	case activeConsoleAction:
		return m.openActiveConsole()
	}
	return nil
}

// backToList closes what was opened over the page below.
func (m *root) backToList() tea.Cmd {
	if m.base != nil && m.screen != m.base {
		return m.open(m.base)
	}
	return nil
}

// await begins a turn in which nothing can be done but cancel.
func (m *root) await(doing, promise string, steps ...waitStep) {
	m.newTurn()
	m.wait = newWaitingScreen(doing, promise, m.now, steps...)
}

func (m *root) reveal() tea.Cmd { return m.do.reveal(m.turns.turn, noticeable) }

func (m *root) reload() tea.Cmd {
	m.await("Reading your AWS files", "", waitStep{what: "profiles, roles and the state of this shell"})
	return tea.Batch(m.do.overview(m.turns.turn, false), m.reveal())
}

func (m *root) askPlan(wish Wish, line string) tea.Cmd {
	m.errand = errand{wish: wish, line: line, attempt: 1, plan: switching.Plan{Role: wish.Role}}
	m.await(wish.words().doing+roleWords(wish.Role), unchangedPromise, waitStep{what: "finding the way there"})
	return tea.Batch(m.do.plan(m.turns.turn, wish), m.reveal())
}

const (
	unchangedPromise = "The shell is unchanged until the last step."
	stillUnchanged   = "Cancelled: this shell is unchanged."
)

// proceed asks for what the plan still needs, and carries it out when nothing
// is missing. This is the only place that does.
func (m *root) proceed() tea.Cmd {
	plan, given := m.errand.plan, m.errand.given
	wantsDigits := plan.Guard == switching.WantDigits || plan.Guard == switching.WantCode && plan.Code == nil
	switch {
	case wantsDigits && given.Digits == "":
		return m.hold(newGuardScreen(m.errand.wish, plan))
	case plan.Code != nil && given.Code == "":
		return m.hold(newCodeScreen(m.errand.wish, plan, m.errand.attempt, ""))
	}
	m.await(m.errand.wish.words().doing+roleWords(plan.Role), unchangedPromise, stepsOf(plan, m.errand.wish)...)
	return tea.Batch(m.do.carryOut(m.turns.turn, m.errand.wish, plan, given), m.reveal())
}

// hold opens a screen that opens by itself, after its grace.
func (m *root) hold(s screen) tea.Cmd { return m.holdFor(s, grace) }

func (m *root) holdFor(s screen, d time.Duration) tea.Cmd {
	if m.wait != nil && m.wait.shown { // what is drawn stays until then
		m.screen = m.wait
	}
	t := m.newTurn()
	m.next, m.wait, m.help, m.early = s, nil, nil, nil
	return m.do.open(t, d)
}

// open shows a screen at once.
func (m *root) open(s screen) tea.Cmd {
	t := m.newTurn()
	m.screen, m.wait, m.help = s, nil, nil
	cmds := []tea.Cmd{m.do.beat(t, s.beat(m.frame()))}
	if m.do.rehearsal != nil {
		switch s := s.(type) {
		case *activeScreen:
			cmds = append(cmds, m.do.trials(t))
		case *codeScreen:
			cmds = append(cmds, m.do.device(t, s.plan.Code.Device))
		}
	}
	early := m.early
	m.early = nil
	for _, msg := range early {
		cmds = append(cmds, m.typed(msg))
	}
	return tea.Batch(cmds...)
}

func (m *root) openList(query string) tea.Cmd {
	if len(m.overview.Rows) == 0 {
		m.base = newFirstRunScreen(m.overview)
		return m.open(m.base)
	}
	if m.list == nil {
		m.list = newListScreen(m.overview, query, m.opts.order())
		m.list.purpose = m.opts.For
	}
	m.base = m.list
	return m.open(m.list)
}

// reread takes what the files say now in, without moving the user further than
// one step: to the problems that remain, else to where they were shown from.
func (m *root) reread(overview Overview) tea.Cmd {
	m.overview = overview
	if m.list != nil {
		m.list.load(overview)
	}
	if m.atActive() {
		m.base = newActiveScreen(overview, m.do.rehearsal != nil)
		return m.open(m.base)
	}
	opened := m.openList(m.opts.Filter)
	if len(overview.Problems) > 0 {
		return m.open(newProblemsScreen(overview))
	}
	return opened
}

// back is one step back from wherever the user is.
func (m *root) back() tea.Cmd {
	switch {
	case m.help != nil:
		m.help = nil
		return nil
	case m.base == nil:
		return m.end(Result{Kind: Cancelled}, nil)
	case m.wait != nil || m.next != nil || m.screen != m.base:
		m.toast = m.cancelled()
		return m.open(m.base)
	case m.startsAtActive() && !m.atActive():
		m.base = newActiveScreen(m.overview, m.do.rehearsal != nil)
		return m.open(m.base)
	}
	return m.end(Result{Kind: Cancelled}, nil)
}

// cancelled says what stepping back from where the user is leaves; empty where
// nothing was under way.
func (m *root) cancelled() string {
	if m.wait != nil { // AWS may have been asked by now
		return m.wait.cancelled
	}
	switch s := m.screen.(type) {
	case *guardScreen:
		return s.wish.cancelled(1)
	case *codeScreen:
		return s.wish.cancelled(s.attempt)
	}
	return ""
}

// startsAtActive reports whether the first page is who you are, and the list
// comes after it.
func (m *root) startsAtActive() bool {
	return m.opts.Height == 0 && m.opts.Filter == "" &&
		(m.overview.State.Active != nil || m.do.rehearsal != nil)
}

func (m *root) atActive() bool {
	_, active := m.base.(*activeScreen)
	return active
}

func (m *root) stays() bool { return m.do.rehearsal != nil }

// fail explains what did not work; where nothing was shown yet, the caller explains
// it instead.
func (m *root) fail(title string, err error) tea.Cmd {
	if m.base == nil {
		return m.end(Result{}, err)
	}
	still := who(m.overview.State.Home)
	if active := m.overview.State.Active; active != nil {
		still = inert(active.Role.Label())
	}
	return m.hold(newFailureScreen(title, err, still, m.errand.wish))
}

// later is the time that passed since the last message.
func (m *root) later(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
}
