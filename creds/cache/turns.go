package cache

import (
	"context"
	"sync"

	"cameo/creds"
)

// turns lets one goroutine at a time work on a key, so that a process waits
// for another one with one thread, not with one per caller.
type turns struct {
	mu    sync.Mutex
	queue map[creds.Key]*turn
}

type turn struct {
	slot  chan struct{} // holds one value while somebody works
	users int           // those who work or wait
}

// take waits for the turn until ctx ends. The function it returns ends it.
func (t *turns) take(ctx context.Context, key creds.Key) (func(), error) {
	t.mu.Lock()
	if t.queue == nil {
		t.queue = map[creds.Key]*turn{}
	}
	mine := t.queue[key]
	if mine == nil {
		mine = &turn{slot: make(chan struct{}, 1)}
		t.queue[key] = mine
	}
	mine.users++
	t.mu.Unlock()
	select {
	case mine.slot <- struct{}{}:
		return func() { <-mine.slot; t.leave(key, mine) }, nil
	case <-ctx.Done():
		t.leave(key, mine)
		return nil, context.Cause(ctx)
	}
}

func (t *turns) leave(key creds.Key, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.queue, key)
	}
}
