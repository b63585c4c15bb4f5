package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"maru.dev/maru/clock"
)

const (
	// linger is how long a connection that is idle when the server closes may
	// still bring a request. A client that uses it does so within that time, and is
	// told with the answer to come back by another; who does not loses nothing.
	linger = 150 * time.Millisecond
	// knocking is how long those may be let in whose connection the system has
	// taken, and the server not yet.
	knocking = 25 * time.Millisecond
	// farewell is how long a handler has to answer once its context has ended.
	farewell = time.Second
)

// Close ends the server so that no client is told anything but that nobody is
// there any more: it stops listening, has those who wait for what may never come
// answered (see call.Closing), and lets requests under way end, and those that
// come by idle connections in the next moment. What takes longer than the grace is
// cancelled, and at last cut.
func (s *Server) Close() error {
	s.leaving.Do(func() { close(s.closing) })
	if l := s.door.Load(); l != nil {
		l.end()
	}
	idle := clock.System{}.Now().Add(linger)
	err := s.drain(s.options.Limits.Grace, idle)
	s.cancel()
	if err == nil {
		return nil
	}
	if s.drain(farewell, idle) == nil {
		return nil
	}
	s.lanes.cut()
	if err := s.http.Close(); err != nil {
		return errors.Join(errors.New("close connections"), err)
	}
	return nil
}

// isClosing tells whether Close has been called.
func (s *Server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// lastWords tells a client not to use its connection again, when the server
// closes.
func (s *Server) lastWords(w http.ResponseWriter) {
	if s.isClosing() {
		w.Header()["Connection"] = []string{"close"}
	}
}

// drain waits for requests under way: first for the lanes, which may still hand
// over, then for net/http, which closes at once what is idle.
func (s *Server) drain(grace time.Duration, idle time.Time) error {
	ctx, stop := context.WithTimeout(context.Background(), grace)
	defer stop()
	if err := s.lanes.drain(ctx); err != nil {
		return err
	}
	s.quiet(ctx, idle)
	return s.http.Shutdown(ctx)
}

// quiet waits until idle connections have had their moment, or there are none.
func (s *Server) quiet(ctx context.Context, idle time.Time) {
	l := s.door.Load()
	if l == nil {
		return
	}
	moment := clock.System{}.NewTimer(idle.Sub(clock.System{}.Now()))
	defer moment.Stop()
	for l.open.Load() > 0 {
		select {
		case <-l.none:
		case <-moment.C():
			return
		case <-ctx.Done():
			return
		}
	}
}

// end lets in who has knocked already, refuses who comes from now on, and closes
// the listener: had it just been closed, the system would have reset connections
// that it has taken and clients have sent requests by.
func (l *limitedListener) end() {
	l.ending.Store(true)
	refuse(l.Listener)
	limit := clock.System{}.NewTimer(10 * knocking)
	defer limit.Stop()
	if d, ok := l.Listener.(interface{ SetDeadline(t time.Time) error }); ok && d.SetDeadline(clock.System{}.Now().Add(knocking)) == nil {
		select {
		case <-l.ended:
		case <-limit.C(): // nobody accepts, or not at the moment
		}
	}
	_ = l.Close()
}

// last turns the error by which accepting ends after end into that of a closed
// listener, which it is.
func (l *limitedListener) last(err error) error {
	if !l.ending.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	_ = l.Close()
	l.once.Do(func() { close(l.ended) })
	return net.ErrClosed
}
