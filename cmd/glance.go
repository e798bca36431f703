package cmd

import (
	"time"

	"cameo/creds"
	"cameo/creds/cache"
	"cameo/internal/switching"
)

// glancing is s with a cache that has looked once which sessions it holds: a list of
// ten thousand roles must not open as many files to find that they are not there.
func glancing(s *switching.Switcher) *switching.Switcher {
	store, ok := s.Broker.Cache.(*cache.Store)
	if !ok {
		return s
	}
	kept, err := store.List()
	if err != nil {
		return s
	}
	broker, quick := *s.Broker, *s
	broker.Cache = glance{store, kept}
	quick.Broker = &broker
	return &quick
}

// glance is a cache that opens only what was there when it was listed.
type glance struct {
	*cache.Store
	kept map[creds.Key]time.Time
}

// Peek is that of the store, for what it holds.
func (g glance) Peek(key creds.Key) (creds.Credentials, error) {
	if _, ok := g.kept[key]; !ok {
		return creds.Credentials{}, cache.ErrMiss
	}
	return g.Store.Peek(key)
}
