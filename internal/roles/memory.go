package roles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"cameo/internal/safefile"
)

// memory is the form of the small files in which cameo remembers something of roles.
type memory[T any] struct {
	Version int `json:"version"`
	Roles   []T `json:"roles"`
}

// remembered is what the file at path has, of at most limit bytes. One that is not
// there or cannot be read has nothing: no switch depends on it.
func remembered[T any](path string, limit int) []T {
	if path == "" {
		return nil
	}
	data, err := safefile.Read(path, limit)
	if err != nil {
		return nil
	}
	var m memory[T]
	if json.Unmarshal(data, &m) != nil || m.Version != 1 {
		return nil
	}
	return m.Roles
}

// remember replaces the file at path by what change gives, which no other process
// changes meanwhile. what names it in an error.
func remember[T any](ctx context.Context, path, what string, change func() []T) error {
	if err := safefile.PrivateDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	lock, err := safefile.Lock(ctx, path+".lock")
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w", what, err)
	}
	if lock != nil {
		defer lock.Release()
	}
	data, err := json.Marshal(memory[T]{Version: 1, Roles: change()})
	if err != nil {
		return err
	}
	if err := safefile.Write(path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
