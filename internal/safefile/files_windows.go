package safefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

// Read returns the contents of a regular file that has one name and at most
// limit bytes. It follows no reparse point in the last element of path.
// Anything else that is there gives a *RefusedError; nothing there gives an
// error that is fs.ErrNotExist.
func Read(path string, limit int) ([]byte, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	const itself = windows.FILE_FLAG_OPEN_REPARSE_POINT | windows.FILE_FLAG_BACKUP_SEMANTICS
	handle, err := windows.CreateFile(name, windows.GENERIC_READ, shareAll, nil, windows.OPEN_EXISTING, itself, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(handle), path)
	defer file.Close()
	if kind, err := windows.GetFileType(handle); err != nil || kind != windows.FILE_TYPE_DISK {
		return nil, &RefusedError{Path: path, Reason: NotRegular}
	}
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(handle, &info); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	switch size := int64(info.FileSizeHigh)<<32 | int64(info.FileSizeLow); {
	case info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0:
		return nil, &RefusedError{Path: path, Reason: Symlink}
	case info.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY != 0:
		return nil, &RefusedError{Path: path, Reason: NotRegular}
	case info.NumberOfLinks > 1: // 0: it was replaced since it was opened
		return nil, &RefusedError{Path: path, Reason: HardLinked}
	case size > int64(limit):
		return nil, &RefusedError{Path: path, Reason: TooLarge}
	}
	return io.ReadAll(io.LimitReader(file, int64(limit)))
}

// ReadPrivate is [Read]: the folder's access list decides who else may read.
func ReadPrivate(path string, limit int) ([]byte, error) { return Read(path, limit) }

// PrivateDir makes sure that path is a directory and not a reparse point,
// creating it with its parents where it is missing; anything else gives a
// *RefusedError. A new directory inherits the access list of its parent.
func PrivateDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		if info, statErr := os.Lstat(path); statErr == nil && !info.IsDir() {
			return &RefusedError{Path: path, Reason: NotDirectory}
		}
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return &RefusedError{Path: path, Reason: Symlink}
	}
	return nil
}

func keepOwner(*os.File, string) {}

// replace retries for 200 ms where a virus scanner or a reader holds the
// target open.
func replace(temp, target string) error {
	const patience, pause = 200 * time.Millisecond, 10 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		err := os.Rename(temp, target)
		held := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if !held || time.Now().After(end) {
			return err
		}
	}
}

func syncDir(string) error { return nil } // a directory cannot be synced on Windows

func checkLockFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return &RefusedError{Path: path, Reason: NotRegular}
	}
	return nil
}

const lockOpenFlags = os.O_CREATE | os.O_RDWR

// A locked file cannot be written through a second handle on Windows, so the
// holder leaves no name.
func writeHolder(string, Holder) {}

func readHolder(string) Holder { return Holder{} }

func isLink(path string) bool {
	info, err := os.Lstat(filepath.Clean(path))
	return err == nil && info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0
}

// openAppend opens a regular file for reading and appending, and makes it where it
// is missing.
func openAppend(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil {
		switch {
		case info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0:
			return nil, &RefusedError{Path: path, Reason: Symlink}
		case !info.Mode().IsRegular():
			return nil, &RefusedError{Path: path, Reason: NotRegular}
		}
	}
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
}

// openWithoutWaiting is os.Open: opening does not wait for a pipe here.
func openWithoutWaiting(path string) (*os.File, error) { return os.Open(path) }

// Distrust is empty: the access list of the folder decides who may write a file.
func Distrust(fs.FileInfo) string { return "" }
