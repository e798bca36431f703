package screentest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Palette is the colours of a terminal, as #rrggbb.
type Palette struct {
	Background, Foreground string
	Colours                [16]string // the ANSI colours 0 to 15
}

// Dark is a dark terminal with quiet colours.
func Dark() Palette {
	return Palette{Background: "#1c1f26", Foreground: "#d7dae0", Colours: [16]string{
		"#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf",
		"#545862", "#e88388", "#b1d196", "#eccf98", "#7fc1f5", "#d7a1e7", "#7bcad3", "#f0f2f5",
	}}
}

// Light is a light terminal with quiet colours.
func Light() Palette {
	return Palette{Background: "#fbfbfa", Foreground: "#2a2d33", Colours: [16]string{
		"#2a2d33", "#c4302b", "#3a7d34", "#a86b00", "#2f5fc4", "#8f3fa8", "#0b7a85", "#c9ccd1",
		"#6b7078", "#d9534f", "#4c9a45", "#c08412", "#4a78d8", "#a95cc0", "#1f97a3", "#fbfbfa",
	}}
}

const (
	cellWidth, cellHeight = 8.4, 19.0
	baseline              = 14.0
	border                = 14.0
)

// SVG draws the picture. Every run of text says how wide it is, so that columns
// line up in whatever fixed-width font the viewer has.
func (p Picture) SVG(colours Palette) []byte {
	var b bytes.Buffer
	w, h := float64(p.Width)*cellWidth+2*border, float64(p.Height)*cellHeight+2*border
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", colours.Background)
	fmt.Fprintf(&b, `<g font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace" font-size="14" style="font-variant-ligatures:none" xml:space="preserve">`+"\n")
	for y, row := range p.Cells {
		for x := 0; x < len(row); {
			x = p.run(&b, row, x, y, colours)
		}
	}
	if p.Cursor {
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="0.55"/>`+"\n",
			border+float64(p.CursorX)*cellWidth, border+float64(p.CursorY)*cellHeight, cellWidth, cellHeight, colours.Foreground)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// run draws the longest run of cells of one style that starts at x, and returns
// where the next one starts.
func (p Picture) run(b *bytes.Buffer, row []uv.Cell, x, y int, colours Palette) int {
	style := row[x].Style
	var text strings.Builder
	end := x
	for end < len(row) && row[end].Style.Equal(&style) {
		if row[end].Width > 1 && end > x { // wide characters stand alone
			break
		}
		text.WriteString(row[end].Content)
		step := max(row[end].Width, 1)
		end += step
		if step > 1 {
			break
		}
	}
	end = min(max(end, x+1), len(row))
	fg, bg := colours.resolve(style.Fg, colours.Foreground), colours.resolve(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = colours.Background
		}
		fg, bg = bg, fg
	}
	left, width := border+float64(x)*cellWidth, float64(end-x)*cellWidth
	top := border + float64(y)*cellHeight
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, top, width, cellHeight, bg)
	}
	if !blank(text.String()) {
		extra := ""
		if style.Attrs&uv.AttrBold != 0 {
			extra += ` font-weight="bold"`
		}
		if style.Attrs&uv.AttrFaint != 0 {
			extra += ` fill-opacity="0.58"`
		}
		if style.Attrs&uv.AttrItalic != 0 {
			extra += ` font-style="italic"`
		}
		if style.Underline != 0 {
			extra += ` text-decoration="underline"`
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>`,
			left, top+baseline, width, fg, extra)
		_ = xml.EscapeText(b, []byte(text.String()))
		b.WriteString("</text>\n")
	}
	return end
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' {
			return false
		}
	}
	return true
}

// resolve gives the palette's colour for c; none where c is nil.
func (p Palette) resolve(c color.Color, none string) string {
	switch c := c.(type) {
	case nil:
		return none
	case ansi.BasicColor:
		return p.Colours[c&15]
	case ansi.IndexedColor:
		if c < 16 {
			return p.Colours[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
