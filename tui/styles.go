package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"

	"cameo/internal/roles"
)

// Styles is every look there is on the screens, by meaning. It uses the
// terminal's own foreground and background, bold, faint, reverse and the ANSI
// colours 1 to 6, so that it is readable on light and on dark without asking the
// terminal which it is. No meaning is told by colour alone.
type Styles struct {
	Plain    lipgloss.Style
	Strong   lipgloss.Style // who, account and role
	Faint    lipgloss.Style // what is secondary
	Selected lipgloss.Style // the mark of the row the cursor is on
	Cursor   lipgloss.Style // the name in that row
	Danger   lipgloss.Style // the banner of production
	Warning  lipgloss.Style // something is wrong, or about to end
	Good     lipgloss.Style // allowed, ready
	Key      lipgloss.Style // a key in the last line

	badges map[roles.Env]lipgloss.Style
	mono   bool
}

func newStyles(mono bool) Styles {
	plain := lipgloss.NewStyle()
	colour := func(s lipgloss.Style, c color.Color) lipgloss.Style {
		if mono {
			return s
		}
		return s.Foreground(c)
	}
	bold, reverse := plain.Bold(true), plain.Reverse(true)
	return Styles{
		mono:     mono,
		Plain:    plain,
		Strong:   bold,
		Faint:    plain.Faint(true),
		Selected: colour(bold, lipgloss.Blue),
		Cursor:   bold.Reverse(true),
		Danger:   colour(bold.Reverse(true), lipgloss.Red),
		Warning:  colour(bold, lipgloss.Red),
		Good:     colour(plain, lipgloss.Green),
		Key:      bold,
		badges: map[roles.Env]lipgloss.Style{
			roles.Production: colour(bold.Reverse(true), lipgloss.Red),
			roles.Staging:    colour(reverse, lipgloss.Yellow),
			roles.Dev:        colour(reverse, lipgloss.Blue),
			roles.Sandbox:    colour(reverse, lipgloss.Cyan),
		},
	}
}

// glyphs are the few characters of the screens that are not letters.
type glyphs struct {
	rule, bar, mark, dot, ellipsis, sep, up, down string
}

func newGlyphs(utf8 bool) glyphs {
	if utf8 {
		return glyphs{rule: "─", bar: "│", mark: "▸", dot: "●", ellipsis: "…", sep: "·", up: "↑", down: "↓"}
	}
	return glyphs{rule: "-", bar: "|", mark: ">", dot: "*", ellipsis: "..", sep: "-", up: "up", down: "down"}
}

// look is what every screen draws with.
type look struct {
	Styles
	glyphs
	calm bool   // nothing counts seconds
	home string // the home folder, shown as ~; empty: not known
}

// file is the name of a file as it is shown.
func (l look) file(path string) string { return homely(inert(path), l.home) }

const badgeWidth = 6

// badge is the label of an environment, always six columns. One that nobody named
// has none: most roles of a new user are such, and nothing is wrong with them.
func (l look) badge(env roles.Env) string {
	words := map[roles.Env]string{
		roles.Production: "[PROD]", roles.Staging: "[STG ]", roles.Dev: "[DEV ]", roles.Sandbox: "[SBX ]",
	}
	if word, known := words[env]; known {
		return l.badges[env].Render(word)
	}
	return strings.Repeat(" ", badgeWidth)
}

// label is the badge where it stands in a sentence, with the mark of production
// before it and a space behind it; empty where there is none.
func (l look) label(env roles.Env) string {
	if _, known := l.badges[env]; !known {
		return ""
	}
	return strings.TrimLeft(l.alarm(env)+" ", " ") + l.badge(env) + " "
}

// alarm is the mark that stands before a production badge, two columns wide.
func (l look) alarm(env roles.Env) string {
	if env == roles.Production {
		return l.Warning.Render("!!")
	}
	return "  "
}
