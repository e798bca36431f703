package tui

import (
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// firstRunScreen stands in the place of the list while there is no role: where
// they were looked for, and what can be done about it.
type firstRunScreen struct {
	overview Overview
	choices  []choice
	problems key.Binding
	reload   key.Binding
	dialog
}

func newFirstRunScreen(overview Overview) *firstRunScreen {
	return &firstRunScreen{
		overview: overview, choices: choices(overview), dialog: newDialog(bindEsc("leave")),
		problems: when(len(overview.Problems) > 0, bind("ctrl-e", "problems in the files", "ctrl+e")),
		reload:   bind("r", "read the files again", "r"),
	}
}

// choice is something that can be done while there is no role.
type choice struct {
	bind  key.Binding
	words string
	line  string // what it would be on the command line
	does  action
}

// choices are those that work here, numbered as they stand.
func choices(overview Overview) []choice {
	var all []choice
	add := func(words, line, help string, does action) {
		number := strconv.Itoa(len(all) + 1)
		all = append(all, choice{bind(number, help, number), words, line, does})
	}
	if !overview.Sealed {
		add("Add a role: paste an ARN or a link", "cameo add ARN", "add a role", addingAction{})
		add("Roles of many accounts: a rule, in your editor", "cameo config edit", "open the settings", editAction{})
	}
	add("Try the sandbox, which is not AWS", "cameo demo", "try the sandbox", demoAction{})
	if line := overview.setUp(); line != "" {
		add("Let this shell switch: copy this line", line, "copy the line", copyAction{what: "line", text: line})
	}
	return all
}

func (s *firstRunScreen) keys() keymap {
	k := s.keymap(s.reload, s.problems)
	for _, c := range s.choices {
		k.more = append(k.more, c.bind)
	}
	return k
}

func (s *firstRunScreen) handle(msg tea.Msg) action {
	press, does, done := s.common(msg)
	if done {
		return does
	}
	for _, c := range s.choices {
		if key.Matches(press, c.bind) {
			return c.does
		}
	}
	switch {
	case key.Matches(press, s.problems):
		return problemsAction{}
	case key.Matches(press, s.reload):
		return reloadAction{}
	}
	return nil
}

// configFile is the file that profiles are written in.
func (o Overview) configFile() string {
	if len(o.Looked) == 0 {
		return "~/.aws/config"
	}
	return o.Looked[0]
}

// stanza is what a role looks like in the config file, to copy: the profile that
// signs has to be one that exists
// (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html).
func stanza() []string {
	return []string{
		"[profile payments]",
		"role_arn = arn:aws:iam::123456789012:role/Deploy",
		"source_profile = default",
		"region = eu-west-1",
	}
}

// setUp is the line that lets this shell switch; empty where it can already, or
// where nobody knows the line.
func (o Overview) setUp() string {
	if o.Integrated {
		return ""
	}
	return inert(o.ShellSetup)
}

func (s *firstRunScreen) render(f frame) page {
	var p page
	p.room(f)
	p.text(f, f.Strong.Render("No roles yet."))
	gap := func() {
		if f.h >= 10 && f.w >= narrow {
			p.add("")
		}
	}
	gap()
	for i, file := range s.overview.Looked {
		label := "looked in"
		if i > 0 && f.w >= narrow {
			label = ""
		}
		name := f.file(file)
		if slices.Contains(s.overview.Missing, file) {
			name += ", which is not there"
		}
		p.labelled(f, label, name, f.Plain)
	}
	if n := len(s.overview.Problems); n > 0 {
		p.labelled(f, "found", problemsLine(s.overview.Problems, f.file), f.Warning)
	}
	gap()
	for _, c := range s.choices {
		head := f.Key.Render(c.bind.Help().Key) + "  "
		room := f.inner() - 3
		text := c.words
		if f.w >= narrow && c.line != "" {
			text = pad(c.words, 47)
		}
		if c.line != "" && cells(text)+2+cells(c.line) <= room {
			p.text(f, head+text+"  "+f.Strong.Render(c.line))
			continue
		}
		for i, line := range wrap(c.words, room) {
			p.text(f, map[bool]string{true: head, false: "   "}[i == 0]+line)
		}
		if f.w < narrow { // the number does it too
			continue
		}
		for _, line := range wrap(c.line, room) {
			p.text(f, "   "+f.Strong.Render(line))
		}
	}
	gap()
	config := f.file(s.overview.configFile())
	if f.w < narrow { // no room for lines that one could copy
		p.add(wrapped(f, "Add a role: a [profile NAME] with role_arn and source_profile in "+config, f.Plain)...)
		s.scroll.cut(f, &p, 0)
		return p
	}
	p.add(wrapped(f, "A role is a profile in "+config+" that names it and the profile that signs:", f.Plain)...)
	if f.airy() {
		p.add("")
	}
	for _, line := range stanza() {
		p.text(f, "    "+line)
	}
	s.scroll.cut(f, &p, 0)
	return p
}
