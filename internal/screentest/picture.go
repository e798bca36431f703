package screentest

import (
	"io"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Picture is a screen at one moment.
type Picture struct {
	Width, Height int
	// Cells has Height rows of Width cells. The second cell of a wide character
	// has width 0.
	Cells [][]uv.Cell
	// CursorX and CursorY are where the cursor stands; Cursor is false where it
	// is hidden.
	CursorX, CursorY int
	Cursor           bool
}

// Text is the characters of the picture, one line each, without spaces at the
// ends of lines and without empty lines at the end.
func (p Picture) Text() string {
	var lines []string
	for _, row := range p.Cells {
		var line strings.Builder
		for _, cell := range row {
			switch {
			case cell.Width == 0 && cell.Content == "":
			case cell.Content == "":
				line.WriteByte(' ')
			default:
				line.WriteString(cell.Content)
			}
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Draw makes a picture of width by height cells from a frame: lines of text with
// escape sequences. A negative cursorX hides the cursor.
func Draw(frame string, width, height, cursorX, cursorY int) Picture {
	emu := vt.NewEmulator(width, height)
	go func() { _, _ = io.Copy(io.Discard, emu) }()
	_, _ = emu.WriteString(strings.ReplaceAll(frame, "\n", "\r\n"))
	p := picture(emu.CellAt, width, height)
	hangUp(emu)
	p.CursorX, p.CursorY, p.Cursor = cursorX, cursorY, cursorX >= 0
	return p
}

func picture(cellAt func(x, y int) *uv.Cell, width, height int) Picture {
	p := Picture{Width: width, Height: height}
	for y := range height {
		row := make([]uv.Cell, width)
		for x := 0; x < width; x++ {
			cell := cellAt(x, y)
			if cell == nil || cell.Content == "" && cell.Width == 0 {
				row[x] = uv.Cell{Content: " ", Width: 1}
				continue
			}
			row[x] = *cell
			for i := 1; i < cell.Width && x+1 < width; i++ {
				x++
				row[x] = uv.Cell{Style: cell.Style}
			}
		}
		p.Cells = append(p.Cells, row)
	}
	return p
}

// hangUp ends the goroutine that reads the terminal's answers. Emulator.Close
// would as well, but races with it.
func hangUp(emu *vt.Emulator) {
	if pipe, ok := emu.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
}
