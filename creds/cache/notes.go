package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cameo/creds"
	"cameo/internal/safefile"
)

const (
	noteSuffix = ".note"
	noteLife   = 90 * 24 * time.Hour // then what it says is found out again
)

// Notes are a [creds.Notes] in the cache's directory: one empty file for each, whose
// name is a digest. They hold no secret and do not say what they are about.
type Notes struct {
	Dir string
	Now func() time.Time
}

func (n Notes) path(note creds.Key) string {
	return filepath.Join(n.Dir, note.String()+noteSuffix)
}

// Has reports whether a note was added within the last 90 days.
func (n Notes) Has(note creds.Key) bool {
	info, err := os.Lstat(n.path(note))
	return err == nil && info.Mode().Type() == fs.FileMode(0) && n.Now().Sub(info.ModTime()) < noteLife
}

// Add adds a note, or makes an old one new.
func (n Notes) Add(note creds.Key) error {
	if err := safefile.PrivateDir(n.Dir); err != nil {
		return err
	}
	if err := safefile.Write(n.path(note), nil, 0o600); err != nil {
		return err
	}
	return os.Chtimes(n.path(note), n.Now(), n.Now())
}
