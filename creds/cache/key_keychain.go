//go:build darwin || windows

package cache

import (
	"path/filepath"

	"cameo/internal/secrets"
)

// AutoKey keeps the key in the Keychain or the Credential Manager.
func AutoKey(o KeyOptions) KeySource {
	if o.Description == "" {
		o.Description = "cameo:cache-key:v1"
	}
	return KeySource{[]place{systemStore(secrets.OS(o.Env), o)}}
}

func systemStore(store secrets.Store, o KeyOptions) place {
	return osStore{
		get:     func() ([]byte, error) { return store.Get(o.Description) },
		set:     func(key []byte) error { return store.Set(o.Description, key) },
		lock:    filepath.Join(o.Dir, keyLock),
		absent:  secrets.ErrNoStore,
		missing: secrets.ErrNotFound,
	}
}
