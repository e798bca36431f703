package tui

import (
	"strings"

	"cameo/profiles"
)

// detailsHeight is the lines that the details take below the list: the rule
// and six facts.
const detailsHeight = 7

// detailLines says everything the list knows about one role; where there is
// height for it (tall), each fact on a line of its own.
func detailLines(f frame, row Row, tall bool) []string {
	role := row.Role
	var p page
	p.text(f, f.named(role).Bold(true).Render(shorten(inert(role.Label()), f.inner()-badgeWidth-5, f.ellipsis))+"  "+f.label(role.Env))
	if row.Broken != nil {
		p.labelled(f, "broken", row.whyBroken(), f.Plain)
	}
	value := func(label, text string) {
		if text != "" {
			p.text(f, f.Faint.Render(pad(label, 10))+shorten(inert(text), f.inner()-10, f.ellipsis))
		}
	}
	value("role", role.ARN)
	if tall {
		value("account", role.Account)
	}
	signs := role.Source
	switch {
	case row.Code != "" && tall:
		signs += "  with a code of " + row.Code
	case row.Code != "":
		signs += "  with a code"
	}
	value("via", signs)
	p.column(f, "session", session(f, row), f.Plain)
	if tall {
		value("used", used(f, row))
	}
	value("defined", position(f, role.Defined))
	if tall {
		value("alias", role.Alias)
		value("region", role.Region)
		value("tags", role.Tags)
	} else {
		value("also", strings.Join(extras(row), "  "))
	}
	return p.lines
}

func session(f frame, row Row) string {
	if row.Ready.After(f.now) {
		return "ready until " + profiles.Clock(row.Ready, f.now)
	}
	return "none yet"
}

func used(f frame, row Row) string {
	if last := ago(row.Used, f.now); last != "" {
		return last
	}
	return "not yet"
}

func extras(row Row) []string {
	var facts []string
	for _, fact := range []struct{ label, text string }{
		{"account", row.Role.Account}, {"alias", row.Role.Alias}, {"region", row.Role.Region}, {"tags", row.Role.Tags},
	} {
		if fact.text != "" {
			facts = append(facts, fact.label+" "+fact.text)
		}
	}
	return facts
}

func position(f frame, p profiles.Position) string {
	if p.File == "" {
		return ""
	}
	return place(p, f.file)
}
