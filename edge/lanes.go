package edge

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// What a lane does at the moment.
const (
	laneIdle = iota // waits for a request
	laneBusy
	laneShut // its connection was closed while it was idle
)

// lanes are the lanes of a server.
type lanes struct {
	closing atomic.Bool

	mu   sync.Mutex
	all  map[*lane]struct{}
	none chan struct{} // closed once there are none, while closing
}

// add adds a lane, unless the server closes.
func (s *lanes) add(l *lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	if s.all == nil {
		s.all = make(map[*lane]struct{})
	}
	s.all[l] = struct{}{}
	return true
}

// remove removes a lane that has ended.
func (s *lanes) remove(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, l)
	if len(s.all) == 0 && s.none != nil {
		close(s.none)
		s.none = nil
	}
}

// begin says that a lane has a request. It may not serve it once the server has
// closed its connection.
func (*lanes) begin(l *lane) bool { return l.state.CompareAndSwap(laneIdle, laneBusy) }

// end says that a lane has answered its request. It may not wait for another
// once the server closes.
func (s *lanes) end(l *lane) bool {
	l.state.Store(laneIdle)
	return !s.closing.Load()
}

// drain closes idle lanes and waits for the others.
func (s *lanes) drain(ctx context.Context) error {
	s.mu.Lock()
	s.closing.Store(true)
	for l := range s.all {
		if l.state.CompareAndSwap(laneIdle, laneShut) {
			_ = l.conn.Close()
		}
	}
	if len(s.all) == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.none == nil {
		s.none = make(chan struct{})
	}
	none := s.none
	s.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cut closes all connections.
func (s *lanes) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.all {
		_ = l.conn.Close()
	}
}

// handover is the listener from which net/http gets the connections that lanes
// give up. Closing it closes the real one.
type handover struct {
	net.Listener

	conns  chan accepted
	closed chan struct{}
	once   sync.Once
}

// accepted is a connection, or why there is none.
type accepted struct {
	conn net.Conn
	err  error
}

// newHandover returns a handover for the connections of l.
func newHandover(l net.Listener) *handover {
	return &handover{Listener: l, conns: make(chan accepted), closed: make(chan struct{})}
}

// give gives a connection to net/http.
func (h *handover) give(conn net.Conn) {
	select {
	case h.conns <- accepted{conn: conn}:
	case <-h.closed:
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case a := <-h.conns:
		return a.conn, a.err
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return h.Listener.Close()
}

// accept starts a lane for each connection. A failure goes to net/http, which
// knows which ones pass, and waits before it asks again.
func (s *Server) accept(h *handover) {
	for {
		conn, err := h.Listener.Accept()
		if err != nil {
			select {
			case h.conns <- accepted{err: err}:
			case <-h.closed:
				return
			}
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		l := s.newLane(conn, h)
		if !s.lanes.add(l) {
			_ = conn.Close()
			continue
		}
		go l.run()
	}
}

// replayed is a connection of which a part has been read already.
type replayed struct {
	net.Conn

	pending []byte
}

// Read reads that part first.
func (r *replayed) Read(p []byte) (int, error) {
	if len(r.pending) > 0 {
		n := copy(p, r.pending)
		r.pending = r.pending[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}
