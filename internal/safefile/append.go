package safefile

import (
	"fmt"
	"io"
	"slices"
)

// AppendLine adds a line to a file of lines, in one write, so that those of several
// processes do not mix; the file is made, with mode 0600, where it is missing. Where
// somebody died in the middle of a line, that line is ended first. It returns how
// long the file is then. A link, a foreign file or one that is not regular gives a
// *RefusedError and is left alone.
func AppendLine(path string, line []byte) (size int64, err error) {
	file, err := openAppend(path)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	if size, err = file.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	text := append(slices.Clone(line), '\n')
	if size > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, size-1); err != nil {
			return size, fmt.Errorf("%q: %w", path, err)
		}
		if last[0] != '\n' {
			text = append([]byte{'\n'}, text...)
		}
	}
	n, err := file.Write(text)
	return size + int64(n), err
}
