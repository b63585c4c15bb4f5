package compute

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"syscall"

	"maru.dev/maru/clock"
)

const (
	maxLine  = 256 * 1024 // bytes of one log event
	readSize = 64 * 1024
	// maxDrain bounds one drain, so that a flood cannot hold up the answer.
	maxDrain = 4 << 20
)

// capture reads what a process writes to its standard output and error, cut
// into lines. Both are one pipe, so that their order is kept.
type capture struct {
	clock clock.Clock
	emit  func([]Line)

	mu      sync.Mutex
	buf     []byte
	rest    []byte // the line that is not ended yet
	tail    []byte
	tailOn  bool
	readEnd *os.File
}

// newCapture returns a capture that gives lines to emit.
func newCapture(c clock.Clock, emit func([]Line)) *capture {
	return &capture{clock: c, emit: emit}
}

// attach makes a new pipe, reads it in the background, and returns the end
// that a process writes to. The caller closes it.
func (c *capture) attach() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if old := c.swap(r); old != nil {
		_ = old.Close()
	}
	conn, err := r.SyscallConn()
	if err != nil {
		return nil, err
	}
	go func() {
		_ = conn.Read(func(fd uintptr) bool { return c.read(int(fd)) }) // ends when the pipe does
	}()
	return w, nil
}

// read takes what is in the pipe; it returns true at its end.
func (c *capture) read(fd int) (ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buf == nil {
		c.buf = make([]byte, readSize)
	}
	for total := 0; total < maxDrain; {
		n, err := syscall.Read(fd, c.buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return false
		case err != nil || n == 0:
			c.flushRest()
			return true
		}
		total += n
		c.add(c.buf[:n])
	}
	return false
}

// drain takes what the process has written up to now, so that it stands in the
// log before the lines that follow it.
func (c *capture) drain() {
	c.mu.Lock()
	r := c.readEnd
	c.mu.Unlock()
	if r == nil {
		return
	}
	conn, err := r.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { c.read(int(fd)) }) // closed: nothing to drain
	c.mu.Lock()
	c.flushRest()
	c.mu.Unlock()
}

// add cuts p into lines. The lock is held.
func (c *capture) add(p []byte) {
	var lines []Line
	now := c.clock.Now()
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			c.rest = append(c.rest, p...)
			p = nil
		} else {
			c.rest = append(c.rest, p[:i+1]...)
			p = p[i+1:]
		}
		for len(c.rest) > maxLine {
			lines = append(lines, Line{At: now, Text: string(c.rest[:maxLine])})
			c.rest = append(c.rest[:0], c.rest[maxLine:]...)
		}
		if i >= 0 && len(c.rest) > 0 {
			lines = append(lines, Line{At: now, Text: string(c.rest)})
			c.rest = c.rest[:0]
		}
	}
	c.out(lines)
}

// flushRest gives away a line without an end. The lock is held.
func (c *capture) flushRest() {
	if len(c.rest) == 0 {
		return
	}
	line := string(c.rest)
	c.rest = nil
	c.out([]Line{{At: c.clock.Now(), Text: line}})
}

// out gives lines away and keeps their end for the tail. The lock is held.
func (c *capture) out(lines []Line) {
	if len(lines) == 0 {
		return
	}
	if c.tailOn {
		for _, l := range lines {
			c.tail = append(c.tail, l.Text...)
			if len(l.Text) == 0 || l.Text[len(l.Text)-1] != '\n' {
				c.tail = append(c.tail, '\n')
			}
		}
		if len(c.tail) > tailSize {
			c.tail = append(c.tail[:0], c.tail[len(c.tail)-tailSize:]...)
		}
	}
	c.emit(lines)
}

// say adds a line of the platform's own.
func (c *capture) say(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out([]Line{{At: c.clock.Now(), Text: text, Platform: true}})
}

// startTail begins to keep the end of the log.
func (c *capture) startTail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tailOn, c.tail = true, nil
}

// endTail returns the end of the log since startTail.
func (c *capture) endTail() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	tail := c.tail
	c.tailOn, c.tail = false, nil
	return tail
}

// close takes what is left and closes the pipe.
func (c *capture) close() {
	c.drain()
	if old := c.swap(nil); old != nil {
		_ = old.Close()
	}
}

// swap sets the pipe that is read and returns the one before. It is closed
// without the lock: Close waits for the reader, which wants it.
func (c *capture) swap(r *os.File) *os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.readEnd
	c.readEnd = r
	return old
}

// sayAll adds several lines of the platform's at once.
func (c *capture) sayAll(texts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	lines := make([]Line, len(texts))
	for i, t := range texts {
		lines[i] = Line{At: now, Text: t, Platform: true}
	}
	c.out(lines)
}
