package screentest

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
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
