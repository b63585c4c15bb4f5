package edge

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// laneContext is the context of a lane's request. Like net/http's it ends when
// the client goes away or the server does; but the client is only watched once
// somebody waits for the end, as long polls do: a request that is answered at
// once has no need of it.
type laneContext struct {
	context.Context // the server's

	conn  net.Conn
	mu    sync.Mutex
	watch *watch
	over  bool // the request has been answered
}

// closedChannel is the Done of what is over.
func closedChannel() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// Done implements context.Context.
func (c *laneContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch == nil {
		if c.over {
			return closedChannel()
		}
		c.watch = newWatch(c.Context, c.conn)
	}
	return c.watch.ctx.Done()
}

// Err implements context.Context.
func (c *laneContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.watch != nil:
		return c.watch.ctx.Err()
	case c.over:
		return context.Canceled
	default:
		return c.Context.Err()
	}
}

// Value implements context.Context. Package context finds by it what Done comes
// from, and needs no goroutine for each context below.
func (c *laneContext) Value(key any) any {
	c.mu.Lock()
	w := c.watch
	c.mu.Unlock()
	if w != nil {
		return w.ctx.Value(key)
	}
	return c.Context.Value(key)
}

// end ends the context. It returns what a watch has read, which belongs to the
// next request, and whether there was one.
func (c *laneContext) end() (early []byte, watched bool) {
	c.mu.Lock()
	c.over = true
	w := c.watch
	c.mu.Unlock()
	if w == nil {
		return nil, false
	}
	return w.end(c.conn), true
}

// watch waits for the end of a connection while its request is answered.
type watch struct {
	ctx      context.Context
	cancel   context.CancelFunc
	stopping atomic.Bool
	stopped  chan struct{}
	early    [1]byte // the beginning of the next request
	n        int
}

// newWatch begins to watch conn, from which nobody else reads until its end.
func newWatch(parent context.Context, conn net.Conn) *watch {
	w := &watch{stopped: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancel(parent)
	_ = conn.SetReadDeadline(time.Time{})
	go w.run(conn)
	return w
}

// run reads what should not come yet. A client that sends its next request ahead
// is there, and is not watched further.
func (w *watch) run(conn net.Conn) {
	defer close(w.stopped)
	n, err := conn.Read(w.early[:])
	w.n = n
	if n == 0 && err != nil && !w.stopping.Load() {
		w.cancel()
	}
}

// end stops the watch and returns what it has read.
func (w *watch) end(conn net.Conn) []byte {
	w.stopping.Store(true)
	_ = conn.SetReadDeadline(time.Unix(1, 0))
	<-w.stopped
	w.cancel()
	return w.early[:w.n]
}
