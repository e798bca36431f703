package tui

import (
	"fmt"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"cameo/profiles"
)

// problemsScreen lists what is wrong in the files, each with its line and what
// to write instead.
type problemsScreen struct {
	problems []profiles.Problem
	usable   int   // roles that loaded all the same
	from     []int // the first line of each, as drawn last
	edit     key.Binding
	reload   key.Binding
	dialog
}

func newProblemsScreen(overview Overview) *problemsScreen {
	return &problemsScreen{
		problems: overview.Problems, usable: len(overview.Rows), dialog: newDialog(bindEsc("back")),
		edit:   when(!overview.Sealed, bind("e", "edit at the line", "e")),
		reload: bind("r", "read the files again", "r"),
	}
}

func (s *problemsScreen) keys() keymap { return s.keymap(s.edit, s.reload) }

func (s *problemsScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	switch {
	case done:
		return does
	case key.Matches(press, s.edit):
		return editAction{s.shown().Position}
	case key.Matches(press, s.reload):
		return reloadAction{}
	}
	return nil
}

// shown is the problem at the top of what is seen.
func (s *problemsScreen) shown() profiles.Problem {
	for i, from := range s.from {
		if from >= s.scroll.top {
			return s.problems[i]
		}
	}
	return s.problems[len(s.problems)-1]
}

func (s *problemsScreen) render(f frame) page {
	var p page
	p.room(f)
	title := countProblems(len(s.problems)) + " in the files"
	p.text(f, spread(f.Strong.Render(title), f.Faint.Render(countRoles(s.usable)+" usable"), f.inner()))
	if f.h > 4 {
		p.add("")
	}
	fixed := len(p.lines)
	s.from = s.from[:0]
	for i, problem := range s.problems {
		if i > 0 && f.w >= narrow {
			p.add("")
		}
		s.from = append(s.from, len(p.lines)-fixed)
		renderProblem(f, &p, problem)
	}
	s.scroll.cut(f, &p, fixed)
	return p
}

// renderProblem draws one: where, the line as it stands in the file, what is
// wrong, what to do.
func renderProblem(f frame, p *page, problem profiles.Problem) {
	for _, line := range wrap(place(problem.Position, f.file), f.inner()) {
		p.text(f, f.Strong.Render(line))
	}
	indent := "  "
	say := func(text string, style renderer) {
		for _, line := range wrap(text, f.inner()-cells(indent)) {
			p.text(f, indent+style.Render(line))
		}
	}
	if text := inert(problem.Text); text != "" {
		number := strconv.Itoa(problem.Line) + " " + f.bar + " "
		p.text(f, indent+f.Faint.Render(number)+shorten(text, f.inner()-cells(indent+number), f.ellipsis))
	}
	say(inert(problem.Reason), f.Warning)
	say(inert(problem.Fix), f.Plain)
}

// place is FILE:LINE, with the file as file writes it.
func place(at profiles.Position, file func(string) string) string {
	if at.Line == 0 {
		return file(at.File)
	}
	return fmt.Sprintf("%s:%d", file(at.File), at.Line)
}

func countProblems(n int) string { return counted(n, "problem", "problems") }

func countRoles(n int) string { return counted(n, "role", "roles") }

func counted(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// problemsLine says how many problems there are, and in which file where it is
// one.
func problemsLine(problems []profiles.Problem, file func(string) string) string {
	where := file(problems[0].File)
	for _, problem := range problems {
		if problem.File != problems[0].File {
			where = "the files"
			break
		}
	}
	return countProblems(len(problems)) + " in " + where
}
