package tui

import (
	"image/color"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"cameo/internal/roles"
	"cameo/profiles"
)

// named is how the name of a role is drawn: in the colour that the user gave it. The
// badge keeps its own.
func (s Styles) named(role roles.Role) lipgloss.Style {
	if c, ok := ansiColour(role.Color); ok && !s.mono {
		return s.Plain.Foreground(c)
	}
	return s.Plain
}

// ansiColour is the one of the terminal's own six colours that is nearest to what
// was written: a word, or six hexadecimal digits. What is nearly grey is none.
func ansiColour(text string) (color.Color, bool) {
	words := map[string]color.Color{
		"red": lipgloss.Red, "orange": lipgloss.Yellow, "yellow": lipgloss.Yellow, "green": lipgloss.Green,
		"turquoise": lipgloss.Cyan, "blue": lipgloss.Blue, "purple": lipgloss.Magenta, "pink": lipgloss.Magenta,
	}
	if c, known := words[profiles.ColorWord(text)]; known {
		return c, true
	}
	digits := strings.TrimPrefix(strings.TrimSpace(text), "#")
	value, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return nil, false
	}
	hue, grey := hueOf(int(value>>16), int(value>>8&0xff), int(value&0xff))
	if grey {
		return nil, false
	}
	for _, part := range []struct {
		below int
		is    color.Color
	}{
		{20, lipgloss.Red}, {75, lipgloss.Yellow}, {160, lipgloss.Green}, {200, lipgloss.Cyan},
		{260, lipgloss.Blue}, {340, lipgloss.Magenta},
	} {
		if hue < part.below {
			return part.is, true
		}
	}
	return lipgloss.Red, true
}

// hueOf is the place of a colour on the colour wheel, in degrees from red.
func hueOf(r, g, b int) (degrees int, grey bool) {
	most, least := max(r, g, b), min(r, g, b)
	spread := most - least
	if spread*5 < most || most < 40 {
		return 0, true
	}
	switch most {
	case r:
		degrees = 60 * (g - b) / spread
	case g:
		degrees = 120 + 60*(b-r)/spread
	default:
		degrees = 240 + 60*(r-g)/spread
	}
	return (degrees + 360) % 360, false
}
