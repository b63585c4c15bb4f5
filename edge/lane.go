package edge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"maru.dev/maru/clock"
)

// A lane serves the ordinary requests of one cleartext connection: those that
// SDKs make of the awsJson services, which are the most frequent by far. What is
// ordinary is defined narrowly (see parseOrdinary), and everything else is none
// of its business: at the first request that it does not know it hands the
// connection, with every byte that it has read, to net/http, which keeps it. So
// there is one judge of what is malformed, slow or strange, and HTTP/2, bodies
// in chunks, upgrades and streams are as they were.
//
// It is worth its lines since it makes one system call to read a request and one
// to write its reply, and no goroutine beside its own: see docs/adr/0015.
type lane struct {
	server *Server
	conn   net.Conn
	remote string
	hand   *handover

	mu   sync.Mutex
	busy bool // has a request, and is in no haste

	buffer   []byte    // what has been read and not been answered
	taken    int64     // of the memory for bodies
	armed    time.Time // when the deadline for the next request was last moved
	known    bool      // something has come
	request  ordinary
	names    map[string]string // headers' names as they came, and as Go writes them
	template http.Request
	url      url.URL
	reply    laneWriter
}

// Sizes of a lane.
const (
	laneStart = 8 << 10  // its buffer at first
	laneKept  = 64 << 10 // and between requests
	laneHead  = 32 << 10 // a longer head is net/http's
	laneBody  = 1 << 20  // and so is a longer body
	laneNames = 64       // names of headers that it remembers
	laneName  = 64       // and how long they may be
)

// newLane returns a lane for conn.
func (s *Server) newLane(conn net.Conn, hand *handover) *lane {
	l := &lane{
		server: s, conn: conn, remote: conn.RemoteAddr().String(), hand: hand,
		buffer: make([]byte, 0, laneStart), names: make(map[string]string),
	}
	l.request.header = make(http.Header, 16)
	l.reply = laneWriter{lane: l, header: make(http.Header, 8)}
	return l
}

// run serves the connection until it ends or is handed over.
func (l *lane) run() {
	defer l.server.lanes.remove(l)
	defer l.release()
	defer l.ended()
	for {
		switch more, err := l.next(); {
		case err != nil:
			_ = l.conn.Close()
			return
		case !more:
			_ = l.conn.SetReadDeadline(time.Time{})
			l.release()
			l.hand.give(&replayed{Conn: l.conn, pending: l.buffer})
			return
		}
		l.work(true)
		l.serve()
		l.work(false)
		if l.reply.last() {
			_ = l.conn.Close()
			return
		}
		l.forget()
	}
}

// work says whether the lane has a request.
func (l *lane) work(busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = busy
}

// hasten gives an idle lane a moment for its next request.
func (l *lane) hasten() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.busy {
		_ = l.conn.SetReadDeadline(clock.System{}.Now().Add(linger))
	}
}

// ended closes the connection of a handler that panicked: half a reply may be
// out. http.ErrAbortHandler asks for just that.
func (l *lane) ended() {
	reason := recover()
	if reason == nil {
		return
	}
	_ = l.conn.Close()
	if reason != http.ErrAbortHandler { //nolint:errorlint // the very value is what handlers panic with
		l.server.options.Log.Error("panic in a connection", "cause", fmt.Sprint(reason), "stack", string(debug.Stack()))
	}
}

// forget drops the request that was answered; what came behind it stays.
func (l *lane) forget() {
	l.release()
	rest := l.buffer[l.request.size:]
	if cap(l.buffer) > laneKept && len(rest) <= laneStart {
		l.buffer = append(make([]byte, 0, laneStart), rest...)
		return
	}
	l.buffer = l.buffer[:copy(l.buffer, rest)]
}

// next reads the next request. more is false when the connection is net/http's
// from here on; an error ends it.
func (l *lane) next() (more bool, err error) {
	if len(l.buffer) == 0 {
		patience := l.server.options.Limits.IdleTime
		if !l.known {
			patience = l.server.options.Limits.HeaderTime
		}
		err := l.read(patience)
		if errors.Is(err, os.ErrDeadlineExceeded) && l.server.isClosing() {
			err = l.read(patience) // what came while this machine was busy elsewhere
		}
		if err != nil {
			return false, err
		}
	}
	if !l.known {
		l.known, l.armed = true, time.Time{} // from now on it may be idle for longer
	}
	if !l.request.parse(l) {
		return false, nil
	}
	return l.rest(), nil
}

// rest reads the rest of the request. It is false when that is net/http's to
// do: whoever sends too little or too slowly gets its answer, and what there is
// no memory for is refused there.
func (l *lane) rest() bool {
	var began time.Time
	stall := l.server.options.Limits.StallTime
	for len(l.buffer) < l.request.size {
		if len(l.buffer) == cap(l.buffer) && !l.grow() {
			return false
		}
		if err := l.read(stall); err != nil {
			return false // net/http will meet it, too
		}
		if len(l.buffer) >= l.request.size {
			break
		}
		now := clock.System{}.Now() // the network keeps real time
		if began.IsZero() {
			began = now
		}
		if now.Sub(began) > stall {
			return false
		}
	}
	return true
}

// grow makes room for more of the request, if there is memory left. A large body
// gets it as it comes, and not as it is announced: announcing costs nothing.
func (l *lane) grow() bool {
	size := min(l.request.size, max(2*cap(l.buffer), freeBytes))
	if more := int64(size) - freeBytes - l.taken; more > 0 {
		if !l.server.hold(more) {
			return false
		}
		l.taken += more
	}
	l.buffer = append(make([]byte, 0, size), l.buffer...)
	return true
}

// release gives back what has been taken.
func (l *lane) release() {
	if l.taken > 0 {
		l.server.bodies.Add(-l.taken)
		l.taken = 0
	}
}

// read reads what has come into the buffer's room. The deadline is moved at most
// once a second.
func (l *lane) read(patience time.Duration) error {
	if now := (clock.System{}).Now(); now.Sub(l.armed) >= time.Second || len(l.buffer) > 0 {
		l.armed = now
		if len(l.buffer) > 0 {
			l.armed = time.Time{} // this deadline is not the one of the next request
		}
		if err := l.conn.SetReadDeadline(now.Add(patience)); err != nil {
			return err
		}
	}
	if len(l.buffer) == 0 && l.server.isClosing() { // it may have been idle too late to be told
		l.hasten()
	}
	n, err := l.conn.Read(l.buffer[len(l.buffer):cap(l.buffer)])
	l.buffer = l.buffer[:len(l.buffer)+n]
	if n > 0 {
		return nil
	}
	return err
}

// serve answers the request.
func (l *lane) serve() {
	ctx := &laneContext{Context: l.server.base, conn: l.conn}
	l.url = url.URL{Path: "/"}
	l.template = http.Request{
		Method: http.MethodPost, URL: &l.url, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: l.request.header, Body: &heldBody{bytes: l.buffer[l.request.head:l.request.size:l.request.size]},
		ContentLength: int64(l.request.size - l.request.head),
		Host:          l.request.host, RemoteAddr: l.remote, RequestURI: "/",
	}
	l.reply.begin()
	defer func() {
		if early, watched := ctx.end(); watched {
			l.buffer = append(l.buffer, early...)
			l.armed = time.Time{} // the watch has moved the deadline
		}
	}()
	l.server.ServeHTTP(&l.reply, l.template.WithContext(ctx))
	l.reply.finish()
}

// heldBody is a request's body that has been read whole.
type heldBody struct {
	bytes []byte
	read  int
}

// Read implements io.Reader.
func (b *heldBody) Read(p []byte) (int, error) {
	n := copy(p, b.bytes[b.read:])
	b.read += n
	if b.read == len(b.bytes) {
		return n, io.EOF
	}
	return n, nil
}

// Close implements io.Closer.
func (*heldBody) Close() error { return nil }

// ordinary is a request that a lane serves: POST / with X-Amz-Target and a body
// of known length.
type ordinary struct {
	header http.Header
	values [32]string
	host   string
	head   int // length of the head
	size   int // with the body
}

// The request's first line, and the end of its head.
const (
	ordinaryLine = "POST / HTTP/1.1\r\n"
	headEnd      = "\r\n\r\n"
)

// parse reads the head of a request at the start of l's buffer. Anything that it
// is not sure of, be it allowed or not, is net/http's to judge.
func (o *ordinary) parse(l *lane) bool {
	window := l.buffer[:min(len(l.buffer), laneHead)]
	end := bytes.Index(window, []byte(headEnd))
	if end < 0 || !bytes.HasPrefix(window, []byte(ordinaryLine)) {
		return false
	}
	o.head = end + len(headEnd)
	text := string(window[len(ordinaryLine) : end+2])
	clear(o.header)
	o.host = ""
	length, n := -1, 0
	for len(text) > 0 {
		line, rest, _ := strings.Cut(text, "\r\n")
		text = rest
		raw, value, ok := strings.Cut(line, ":")
		if !ok || n == len(o.values) {
			return false
		}
		name := l.name(raw)
		value = trimSpace(value)
		if name == "" || !isPlain(value) {
			return false
		}
		switch name {
		case "Host":
			if o.host != "" || !isHost(value) {
				return false
			}
			o.host = value
			continue
		case "Content-Length":
			if length, ok = decimal(value); !ok || length > laneBody {
				return false
			}
		case "Connection":
			if !strings.EqualFold(value, "keep-alive") {
				return false
			}
		case "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect", "Origin", "Http2-Settings", "Proxy-Connection":
			return false
		}
		o.values[n] = value
		o.header[name] = o.values[n : n+1 : n+1]
		if n++; len(o.header) < n {
			return false // a name that was there before
		}
	}
	o.size = o.head + length
	return length >= 0 && o.host != "" && len(o.header["X-Amz-Target"]) == 1
}

// name returns a header's name as Go writes it, or "" if it is none.
func (l *lane) name(raw string) string {
	if name, ok := l.names[raw]; ok {
		return name
	}
	if raw == "" {
		return ""
	}
	for i := range len(raw) {
		if c := raw[i]; !isAlphanumeric(c) && c != '-' && c != '_' {
			return ""
		}
	}
	name := http.CanonicalHeaderKey(raw)
	if len(l.names) < laneNames && len(raw) <= laneName {
		l.names[strings.Clone(raw)] = name
	}
	return name
}

// trimSpace is a header's value without the space around it.
func trimSpace(value string) string {
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value = value[1:]
	}
	for len(value) > 0 && (value[len(value)-1] == ' ' || value[len(value)-1] == '\t') {
		value = value[:len(value)-1]
	}
	return value
}

// isAlphanumeric tells whether c is a letter or a digit.
func isAlphanumeric(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// isPlain tells whether a header's value is printable ASCII.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isHost tells whether a Host header is an ordinary one.
func isHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; !isAlphanumeric(c) && !strings.ContainsRune(".-:[]_", rune(c)) {
			return false
		}
	}
	return host != ""
}

// decimal reads a short number of digits only.
func decimal(text string) (n int, ok bool) {
	if text == "" || len(text) > 8 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, true
}
