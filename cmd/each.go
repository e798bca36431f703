package cmd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"cameo/internal/roles"
	"cameo/internal/switching"
	"cameo/profiles"
)

// each runs one command in every role that query matches, and returns the worst
// exit code. Sessions are had one after the other, so that one code of a source
// serves all its roles; the commands then run side by side.
func (a *app) each(ctx context.Context, flags sessionFlags, query string, parallel int, argv []string) error {
	if parallel < 1 {
		return usage("cameo exec --help", "--parallel: %d is less than 1", parallel)
	}
	path, err := lookPath(argv[0])
	if err != nil {
		return err
	}
	u, err := a.sessions(ctx, flags, "exec")
	if err != nil {
		return err
	}
	q := roles.ParseQuery(query)
	matches, err := a.matcher(q)
	if err != nil {
		return err
	}
	chosen, leftOut := matching(u.switcher.Book, q, matches)
	if len(chosen) == 0 {
		err := fmt.Sprintf("no role matches %s", profiles.Quote(query))
		if leftOut > 0 {
			err += fmt.Sprintf(", but %d of production: they are left out unless the query says env:prod", leftOut)
		}
		return &codedError{exit: exitNoRole, code: "role_not_found", message: err, try: "cameo profiles " + shellWord(query)}
	}
	results := a.runEach(ctx, u, chosen, parallel, path, argv)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return a.summary(results, leftOut)
}

func matching(book *roles.Book, q roles.Query, matches func(roles.Role) bool) (chosen []roles.Role, leftOut int) {
	for _, r := range book.All() {
		switch {
		case !matches(r):
		case r.Env == roles.Production && !q.Names(roles.Production):
			leftOut++
		default:
			chosen = append(chosen, r)
		}
	}
	return chosen, leftOut
}

// result is how the command ended in one role.
type result struct {
	role roles.Role
	exit int
	err  error // where it did not start
}

func (a *app) runEach(ctx context.Context, u *sessions, chosen []roles.Role, parallel int, path string, argv []string) []result {
	results := make([]result, len(chosen))
	out := &prefixed{stdout: a.world.Stdout, stderr: a.world.Stderr}
	slots := make(chan struct{}, parallel)
	var running sync.WaitGroup
	for i, role := range chosen {
		results[i].role = role
		session, err := u.of(ctx, role)
		if err != nil {
			results[i].exit, results[i].err = explain(ctx, err).exit, err
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			results[i].exit, results[i].err = exitCancelled, ctx.Err()
			continue
		}
		running.Go(func() {
			defer func() { <-slots }()
			results[i].exit, results[i].err = a.runIn(ctx, session, out, path, argv)
		})
	}
	running.Wait()
	return results
}

// runIn runs the command in one role. It has no stdin: it would have to share it.
func (a *app) runIn(ctx context.Context, session switching.Session, out *prefixed, path string, argv []string) (int, error) {
	label := profiles.Inert(session.Role.Label())
	stdout, stderr := out.stream(label, out.stdout), out.stream(label, out.stderr)
	c := exec.CommandContext(ctx, path)
	c.Args, c.Env = argv, sessionEnviron(a.childEnviron(), session)
	c.Stdout, c.Stderr = stdout, stderr
	c.Cancel, c.WaitDelay = func() error { return terminate(c.Process) }, 5*time.Second
	err := c.Run()
	stdout.finish()
	stderr.finish()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitOf(ended), nil
	}
	if err != nil {
		return exitNotStarted, err
	}
	return exitOK, nil
}

// summary says on stderr how many ended how, and gives the worst exit code.
func (a *app) summary(results []result, leftOut int) error {
	worst, ok := exitOK, 0
	for _, r := range results {
		if r.err == nil && r.exit == exitOK {
			ok++
		}
		worst = max(worst, r.exit)
	}
	for _, said := range failures(results) {
		a.note("%s", said)
	}
	text := fmt.Sprintf("%s: %d ok, %d failed", count(len(results), "role"), ok, len(results)-ok)
	if leftOut > 0 {
		text += fmt.Sprintf("; %d of production left out: env:prod takes them in", leftOut)
	}
	a.note("%s", text)
	if worst != exitOK {
		return &statusError{exit: worst}
	}
	return nil
}

// failures says how the roles ended that did not end well: what is the same of several,
// once.
func failures(results []result) []string {
	var order []string
	roles := map[string][]string{}
	for _, r := range results {
		label := profiles.Inert(r.role.Label())
		var what string
		switch {
		case r.err != nil:
			what = explain(context.Background(), r.err).message
			if rest, ok := strings.CutPrefix(what, profiles.WhoAsks(r.role.Label())+" "); ok && rest[0] != '(' {
				what = rest // it begins with the profile that it is about
			}
		case r.exit != exitOK:
			what = fmt.Sprintf("exit code %d", r.exit)
		default:
			continue
		}
		if roles[what] == nil {
			order = append(order, what)
		}
		roles[what] = append(roles[what], label)
	}
	const enough = 12
	for i, what := range order {
		those := roles[what]
		who := strings.Join(those[:min(len(those), enough)], ", ")
		if n := len(those) - enough; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		if len(those) > 1 && strings.HasPrefix(what, "needs ") {
			what = "each " + what
		}
		order[i] = who + ": " + what
	}
	return order
}

// count says "1 role", "2 roles".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// prefixed writes whole lines of several commands, each behind its role's name.
type prefixed struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
}

func (p *prefixed) stream(label string, to io.Writer) *lines {
	return &lines{shared: p, to: to, prefix: []byte(label + " | ")}
}

// lines is an io.Writer that passes on complete lines.
type lines struct {
	shared *prefixed
	to     io.Writer
	prefix []byte
	rest   []byte
}

// longestLine is how much of a line is held back until its end comes.
const longestLine = 64 << 10

func (l *lines) Write(data []byte) (int, error) {
	l.rest = append(l.rest, data...)
	for {
		n, line, _ := bufio.ScanLines(l.rest, false)
		if n == 0 && len(l.rest) > longestLine {
			n, line = len(l.rest), l.rest
		}
		if n == 0 {
			return len(data), nil
		}
		if err := l.emit(line); err != nil {
			return 0, err
		}
		l.rest = l.rest[n:]
	}
}

func (l *lines) emit(line []byte) error {
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	_, err := l.to.Write(bytes.Join([][]byte{l.prefix, line, []byte("\n")}, nil))
	return err
}

// finish passes on a last line without an end.
func (l *lines) finish() {
	if len(l.rest) > 0 {
		_ = l.emit([]byte(strings.TrimRight(string(l.rest), "\r")))
		l.rest = nil
	}
}
