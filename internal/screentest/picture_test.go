package screentest

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

func TestDrawAndText(t *testing.T) {
	p := Draw("\x1b[1mbold\x1b[m 漢字\nsecond", 12, 3, 2, 1)
	if got, want := p.Text(), "bold 漢字\nsecond"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	if !p.Cursor || p.CursorX != 2 || p.CursorY != 1 {
		t.Errorf("cursor is %v at %d,%d", p.Cursor, p.CursorX, p.CursorY)
	}
}

func TestSVG(t *testing.T) {
	p := Draw("\x1b[1mbold\x1b[m \x1b[2mfaint\x1b[m \x1b[7;31m<PROD>\x1b[m 漢字", 30, 2, 0, 1)
	svg := p.SVG(Dark())
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
	}
	colours := Dark()
	for _, want := range []string{
		`font-weight="bold">bold</text>`,
		`fill-opacity="0.58">faint</text>`,
		`fill="` + colours.Colours[1] + `"/>`,                                // reverse: the colour is the background
		`fill="` + colours.Background + `">&lt;PROD&gt;</text>`,              // and the background the colour
		`textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#d7dae0">漢`, // two columns each
		`fill-opacity="0.55"`,                                                // the cursor
	} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%s is not in\n%s", want, svg)
		}
	}
	if bytes.Equal(svg, p.SVG(Light())) {
		t.Error("light and dark are the same")
	}
}

// mask writes text in the place of what pattern matches in a row of narrow
// characters, in its style, cell by cell; what follows moves, and spaces fill the end.
func mask(row []uv.Cell, pattern *regexp.Regexp, text string) {
	var line strings.Builder
	for _, cell := range row {
		r, _ := utf8.DecodeRuneInString(cell.Content)
		if r > 0x7f || cell.Content == "" {
			r = 0x7f // one byte each, so that offsets are columns
		}
		line.WriteRune(r)
	}
	at := pattern.FindStringIndex(line.String())
	if at == nil {
		return
	}
	var masked []uv.Cell
	for i, r := range text {
		old := row[min(at[0]+i, at[1]-1)]
		masked = append(masked, uv.Cell{Content: string(r), Width: 1, Style: old.Style})
	}
	rest := append(masked, row[at[1]:]...)
	for i := at[0]; i < len(row); i++ {
		row[i] = uv.Cell{Content: " ", Width: 1}
		if i-at[0] < len(rest) {
			row[i] = rest[i-at[0]]
		}
	}
}

func TestMask(t *testing.T) {
	p := Draw("漢 in \x1b[1m/tmp/x-123\x1b[m:12 ok", 24, 1, -1, 0)
	mask(p.Cells[0], regexp.MustCompile(`/\S*x-\d+`), "~/x")
	if got, want := p.Text(), "漢 in ~/x:12 ok"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	if len(p.Cells[0]) != 24 {
		t.Errorf("the row has %d cells", len(p.Cells[0]))
	}
}
