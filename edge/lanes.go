package edge

import (
	"context"
	"errors"
	"net"
	"sync"
)

// lanes are the lanes of a server.
type lanes struct {
	mu      sync.Mutex
	all     map[*lane]struct{}
	closing bool          // idle lanes have been told
	none    chan struct{} // closed once there are none, while closing
}

// add adds a lane. While the server closes it is one of a connection that was
// there before: it has its request answered, if it comes at once.
func (s *lanes) add(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = make(map[*lane]struct{})
	}
	s.all[l] = struct{}{}
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

// drain waits until all lanes have ended. Idle ones end by themselves in a
// moment: until then the requests that are on their way to them are answered.
func (s *lanes) drain(ctx context.Context) error {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		for l := range s.all {
			l.hasten()
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
		if errors.Is(err, net.ErrClosed) && s.isClosing() {
			return // lanes still hand over
		}
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
		s.lanes.add(l)
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
