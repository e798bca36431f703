package profiles

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unsafe"

	"cameo/internal/safefile"
)

// LargestFile is how many bytes a file may have, 16 MiB: some 100,000 profiles, which
// are listed within a second.
const LargestFile = 16 << 20

// Read reads the two files. One that does not exist is empty. Anything but a
// regular file (or a link to one) and a file over [LargestFile] is refused with a
// [*FileError], without waiting on a pipe or a device.
func Read(files Files) (*Set, error) {
	s := new(Set)
	for _, f := range []struct {
		path          string
		inCredentials bool
		into          **Document
		variable      string
	}{
		{files.Config, false, &s.config, "AWS_CONFIG_FILE"},
		{files.Credentials, true, &s.credentials, "AWS_SHARED_CREDENTIALS_FILE"},
	} {
		if f.path == "" {
			return nil, &FileError{
				Why: "no home directory is known, so neither are the AWS config files",
				Fix: "export HOME=DIRECTORY, or " + f.variable + "=FILE",
			}
		}
		d, err := readDocument(f.path, f.inCredentials)
		if err != nil {
			return nil, err
		}
		*f.into = d
	}
	return s, nil
}

func readDocument(path string, inCredentials bool) (*Document, error) {
	file, info, err := safefile.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		d := newDocument(path, "", inCredentials)
		d.Missing = true
		return d, nil
	}
	if err != nil {
		return nil, refusal(path, err)
	}
	defer file.Close()
	if isNull(info) {
		return newDocument(path, "", inCredentials), nil
	}
	if why := unfit(info); why != "" {
		return nil, &FileError{Path: path, Why: why}
	}
	text, err := readAll(file, info.Size())
	if err != nil {
		return nil, refusal(path, err)
	}
	if len(text) > LargestFile {
		return nil, &FileError{Path: path, Why: tooLarge()}
	}
	d := newDocument(path, text, inCredentials)
	d.Distrust = safefile.Distrust(info)
	return d, nil
}

func tooLarge() string {
	return fmt.Sprintf("is larger than %d MiB, which no AWS config file should be", LargestFile>>20)
}

// isNull recognises /dev/null, with which people say that there shall be no such
// file.
func isNull(info fs.FileInfo) bool {
	if info.Mode().IsRegular() {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// unfit says why a file is not read, or nothing.
func unfit(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "is a directory, not a file"
	case mode&fs.ModeNamedPipe != 0:
		return "is a pipe, not a file"
	case !mode.IsRegular():
		return "is a device or a socket, not a file"
	case info.Size() > LargestFile:
		return tooLarge()
	}
	return ""
}

// refusal is the error of the operating system without the words that Go puts
// before it.
func refusal(path string, err error) error {
	why := err
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		why = pathErr.Err
	}
	return &FileError{Path: path, Why: why.Error(), Err: err}
}

// readAll reads a file of about size bytes, and not much more than LargestFile.
func readAll(file *os.File, size int64) (string, error) {
	buf := make([]byte, 0, size+512)
	for len(buf) <= LargestFile {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := file.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
	}
	// Nobody else has buf, so the string cannot change: no second copy of a file
	// that may be large.
	return unsafe.String(unsafe.SliceData(buf), len(buf)), nil
}
