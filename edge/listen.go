package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
)

// newHTTP configures net/http's server.
func (s *Server) newHTTP() *http.Server {
	ctx, cancel := context.WithCancel(call.WithClosing(context.Background(), s.closing))
	s.base, s.cancel = ctx, cancel
	l := s.options.Limits
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s,
		MaxHeaderBytes:    l.HeaderBytes,
		ReadHeaderTimeout: l.HeaderTime,
		IdleTimeout:       l.IdleTime,
		Protocols:         protocols,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
		// A client may hold many long polls open over one connection.
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 1000, SendPingTimeout: time.Minute},
	}
}

// Serve answers the connections of l until Close. With certificates it speaks
// TLS.
func (s *Server) Serve(l net.Listener, certificates *tls.Config) error {
	limited := &limitedListener{Listener: l, limit: int64(s.options.Limits.Connections), stall: s.options.Limits.StallTime, ended: make(chan struct{}), none: make(chan struct{}, 1)}
	s.door.Store(limited)
	var err error
	if certificates != nil {
		s.http.TLSConfig = certificates
		err = s.http.ServeTLS(limited, "", "")
	} else {
		hand := newHandover(limited)
		go s.accept(hand)
		err = s.http.Serve(hand)
	}
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) && s.isClosing() {
		return nil
	}
	return fmt.Errorf("serve %s: %w", l.Addr(), err)
}

// limitedListener turns connections away when there are too many.
type limitedListener struct {
	net.Listener
	limit int64
	stall time.Duration // how long a client may take nothing of its reply
	open  atomic.Int64

	ending atomic.Bool
	once   sync.Once
	ended  chan struct{} // closed when everybody who came in time has been let in
	none   chan struct{} // told when no connection is open
}

// tooMany is the reply to a connection that is turned away. It is plain
// HTTP/1.1; clients of other protocols see the connection close.
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n" +
	"Content-Type: application/json\r\nContent-Length: 72\r\n\r\n" +
	`{"__type":"ServiceUnavailable","message":"Too many open connections."}` + "\r\n"

// Accept returns the next connection for which there is room.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, l.last(err)
		}
		if l.open.Add(1) <= l.limit {
			return &limitedConn{Conn: conn, stall: l.stall, release: l.release}, nil
		}
		l.release()
		turnAway(conn)
	}
}

// release gives a connection's place back.
func (l *limitedListener) release() {
	if l.open.Add(-1) == 0 {
		select {
		case l.none <- struct{}{}:
		default:
		}
	}
}

// turnAway answers without waiting for anything: the reply fits the socket's
// own buffer.
func turnAway(conn net.Conn) {
	_ = conn.SetDeadline(clock.System{}.Now().Add(time.Second))
	_, _ = conn.Write([]byte(tooMany))
	_ = conn.Close()
}

// limitedConn gives its place back once, and waits no longer than the stall time
// for a client that takes nothing of what is written.
type limitedConn struct {
	net.Conn
	stall   time.Duration
	armed   atomic.Int64 // when the deadline for writing was last set, in nanoseconds; 0: there is none
	once    sync.Once
	release func()
}

// Write writes p. The deadline is moved at most once a second.
func (c *limitedConn) Write(p []byte) (int, error) {
	if now := (clock.System{}).Now(); now.UnixNano()-c.armed.Load() >= int64(time.Second) {
		if err := c.SetWriteDeadline(now.Add(c.stall)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// SetWriteDeadline implements net.Conn.
func (c *limitedConn) SetWriteDeadline(t time.Time) error {
	c.moved(t)
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *limitedConn) SetDeadline(t time.Time) error {
	c.moved(t)
	return c.Conn.SetDeadline(t)
}

// moved notes that the deadline for writing is set, or lifted.
func (c *limitedConn) moved(t time.Time) {
	if t.IsZero() {
		c.armed.Store(0)
		return
	}
	c.armed.Store(clock.System{}.Now().UnixNano())
}

// Close closes the connection.
func (c *limitedConn) Close() error {
	defer c.once.Do(c.release)
	return c.Conn.Close()
}
