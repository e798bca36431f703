package safefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Edit is a change of a file that is its user's own and that other programs
// write too: their configuration.
type Edit struct {
	Path string
	// Backup is where the bytes are kept that the day's first edit changes; empty:
	// nowhere.
	Backup string
	Now    time.Time // says which day it is, and what a killed process left long ago
	Limit  int       // bytes; a larger file gives a *RefusedError
}

// ChangedError says that somebody else changed a file each time that it was to
// be replaced. It was left as they wrote it.
type ChangedError struct {
	Path string
	// Kept is a file with bytes of somebody else's that could not be put back,
	// because of yet another writer; empty: there are none.
	Kept string
}

func (e *ChangedError) Error() string {
	text := fmt.Sprintf("%q: another program keeps writing to it", e.Path)
	if e.Kept != "" {
		text += fmt.Sprintf("; what it held for a moment is in %q", e.Kept)
	}
	return text
}

const editTries = 4 // the first one, and three more

// Do replaces the file by what change makes of its bytes; a file that does not
// exist has none, and is created with mode 0600. Symbolic links stay, and the
// file that they lead to is replaced in its own directory, with its mode, owner
// and extended attributes. A reader, and a machine that loses power, has the old
// bytes or the new ones. Where another program wrote in between, change is asked
// again with what that wrote; after three times a [*ChangedError] is returned.
// An error of change is returned as it is. Where change returns what it was
// given nothing is written.
//
// A file with a second name, a directory or a device, and a file whose owner the
// new one cannot be given, give a [*RefusedError].
func (e Edit) Do(change func(old []byte) ([]byte, error)) error {
	target, err := resolve(e.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(e.Path), 0o700); err == nil {
			target, err = resolve(e.Path)
		}
	}
	if err != nil {
		return err
	}
	for range editTries {
		done, err := e.try(target, change)
		if done || err != nil {
			return err
		}
	}
	return &ChangedError{Path: e.Path}
}

// found is a file as it was read. No info: there was none.
type found struct {
	data []byte
	info fs.FileInfo
}

func (f found) same(other found) bool {
	if f.info == nil || other.info == nil {
		return f.info == nil && other.info == nil
	}
	return os.SameFile(f.info, other.info) && f.info.ModTime().Equal(other.info.ModTime()) && bytes.Equal(f.data, other.data)
}

// try makes one attempt; done is false where somebody else was quicker.
func (e Edit) try(target string, change func([]byte) ([]byte, error)) (done bool, err error) {
	old, err := e.read(target)
	if err != nil {
		return false, err
	}
	data, err := change(bytes.Clone(old.data))
	if err != nil || bytes.Equal(data, old.data) {
		return true, err
	}
	if err := e.backUp(old); err != nil {
		return false, err
	}
	dir, name := filepath.Split(target)
	temp, err := os.CreateTemp(dir, "."+name+tempMark+"*") // O_EXCL, 0600
	if err != nil {
		return false, err
	}
	kept := false
	defer func() {
		_ = temp.Close()
		if !kept {
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return false, err
	}
	if old.info != nil {
		if err := likeness(temp, target, old.info); err != nil {
			return false, err
		}
	}
	if err := temp.Sync(); err != nil {
		return false, err
	}
	if now, err := e.read(target); err != nil || !old.same(now) {
		return false, err
	}
	if err := temp.Close(); err != nil {
		return false, err
	}
	kept, done, err = e.place(temp.Name(), target, old, data)
	if err != nil || !done {
		return false, err
	}
	sweep(target, e.Now)
	return true, syncDir(dir)
}

// read reads the file without waiting on a pipe.
func (e Edit) read(target string) (found, error) {
	file, err := openRegular(target)
	if errors.Is(err, fs.ErrNotExist) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return found{}, err
	}
	switch {
	case !info.Mode().IsRegular():
		return found{}, &RefusedError{Path: e.Path, Reason: NotRegular}
	case names(info) > 1:
		return found{}, &RefusedError{Path: e.Path, Reason: HardLinked}
	case info.Size() > int64(e.Limit):
		return found{}, &RefusedError{Path: e.Path, Reason: TooLarge}
	}
	data, err := io.ReadAll(io.LimitReader(file, int64(e.Limit)+1))
	if err == nil && len(data) > e.Limit {
		err = &RefusedError{Path: e.Path, Reason: TooLarge}
	}
	return found{data, info}, err
}

// backUp keeps the bytes before the first edit of a day. The backup is a file of
// its own, never what a link in its place leads to.
func (e Edit) backUp(old found) error {
	if e.Backup == "" || old.info == nil {
		return nil
	}
	info, err := os.Lstat(e.Backup)
	if err == nil && info.Mode().IsRegular() && info.ModTime().In(e.Now.Location()).Format(time.DateOnly) == e.Now.Format(time.DateOnly) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return &RefusedError{Path: e.Backup, Reason: NotRegular}
	}
	if err := Write(e.Backup, old.data, old.info.Mode().Perm()&0o700); err != nil {
		return err
	}
	return os.Chtimes(e.Backup, e.Now, e.Now)
}

// place puts the file temp in target's place, if old is still there. kept says
// that temp is no longer the caller's to remove.
func (e Edit) place(temp, target string, old found, data []byte) (kept, done bool, err error) {
	if old.info == nil {
		err := createBy(temp, target)
		if errors.Is(err, fs.ErrExist) {
			return false, false, nil
		}
		return err == nil, err == nil, err
	}
	err = exchange(temp, target)
	if errors.Is(err, errors.ErrUnsupported) { // between the last look and this, somebody may write
		err = replace(temp, target)
		return err == nil, err == nil, err
	}
	if err != nil {
		return false, false, err
	}
	// What was there is in temp now, whoever wrote it.
	if was, err := e.read(temp); err == nil && old.same(was) {
		return false, true, nil
	}
	if err := exchange(temp, target); err != nil {
		return true, false, e.conflict(temp, target)
	}
	if mine, err := e.read(temp); err == nil && bytes.Equal(mine.data, data) {
		return false, false, nil // as if nothing had been: try again
	}
	// Somebody wrote twice meanwhile. The last bytes stay, the others are kept.
	_ = exchange(temp, target)
	return true, false, e.conflict(temp, target)
}

// conflict gives what was taken out of target a name that people see.
func (e Edit) conflict(temp, target string) error {
	kept := target + ".cameo-conflict"
	if err := os.Rename(temp, kept); err != nil {
		kept = temp
	}
	return &ChangedError{Path: e.Path, Kept: kept}
}

// sweep removes what killed processes left of their edits of target.
func sweep(target string, now time.Time) {
	const stale = 10 * time.Minute
	dir, name := filepath.Split(target)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "."+name+tempMark) {
			continue
		}
		info, err := entry.Info()
		if err == nil && info.Mode().IsRegular() && now.Sub(lastChange(info)) > stale {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}
