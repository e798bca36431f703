//go:build unix

package screentest

import (
	"io"
	"sync"
	"time"
)

// link brings bytes to a writer, in order, so long after they were written to it.
type link struct {
	to    io.Writer
	delay time.Duration
	queue chan parcel
	quit  chan struct{} // closed: nothing more is taken
	once  sync.Once
	empty chan struct{} // closed when all that was taken has arrived
}

type parcel struct {
	bytes []byte
	due   time.Time
}

func newLink(to io.Writer, delay time.Duration) *link {
	l := &link{to: to, delay: delay, queue: make(chan parcel, 1024), quit: make(chan struct{}), empty: make(chan struct{})}
	if delay == 0 {
		close(l.empty)
		return l
	}
	go l.carry()
	return l
}

func (l *link) Write(p []byte) (int, error) {
	if l.delay == 0 {
		return l.to.Write(p)
	}
	select {
	case <-l.quit:
		return 0, io.ErrClosedPipe
	case l.queue <- parcel{append([]byte(nil), p...), time.Now().Add(l.delay)}:
		return len(p), nil
	}
}

func (l *link) carry() {
	defer close(l.empty)
	for {
		select {
		case p := <-l.queue:
			l.deliver(p)
		case <-l.quit:
			for len(l.queue) > 0 {
				l.deliver(<-l.queue)
			}
			return
		}
	}
}

// deliver waits until the parcel is due. A writer that takes nothing any more is one
// whose end the test sees elsewhere.
func (l *link) deliver(p parcel) {
	time.Sleep(time.Until(p.due))
	_, _ = l.to.Write(p.bytes)
}

// end waits until all has arrived.
func (l *link) end() {
	l.once.Do(func() { close(l.quit) })
	<-l.empty
}
