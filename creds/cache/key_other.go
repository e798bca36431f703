//go:build !linux && !darwin && !windows

package cache

import "path/filepath"

// AutoKey keeps the key in a file of $XDG_RUNTIME_DIR, which ends with the
// login; without one there is none.
func AutoKey(o KeyOptions) KeySource {
	if o.RuntimeDir == "" {
		return KeySource{}
	}
	return KeySource{[]place{keyFile{path: filepath.Join(o.RuntimeDir, "cameo", "cache-key"), under: o.RuntimeDir}}}
}
