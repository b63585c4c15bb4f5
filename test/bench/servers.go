package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/test/proc"
)

// server is one that is measured.
type server struct {
	name    string
	address string
	pid     int // 0: unknown
	floor   bool

	start   func() error // starts it again on its data; nil for a server that is not ours
	process *exec.Cmd
	peak    int64 // of memory, of processes that have ended
}

// memory is the most that the server has taken.
func (s *server) memory() int64 { return max(s.peak, proc.Of(s.pid).Peak) }

// rest waits until a server has done what it does by itself when it has been
// filled (compactions, deliveries), a minute at most: that is no cost of what is
// measured next.
func (s *server) rest() {
	for range 60 {
		before := proc.Of(s.pid).CPU
		time.Sleep(time.Second)
		if proc.Of(s.pid).CPU-before < 50*time.Millisecond {
			return
		}
	}
}

// again starts a server of ours again on what it has; others go on as they are.
func (s *server) again() error {
	if s.start == nil {
		return nil
	}
	s.rest()
	s.kill()
	return s.start()
}

// kill ends a server of ours as a crash does.
func (s *server) kill() {
	s.peak = s.memory()
	_ = s.process.Process.Kill() // unless it has ended
	_ = s.process.Wait()
}

// world is the servers of a run, with what is to be cleaned up.
type world struct {
	dir      string
	ctx      context.Context //nolint:containedctx // of the servers: it is what ends them
	cancel   func()
	children []*exec.Cmd
	binary   string // of this tree's maru, once built
}

// newWorld makes a world without servers.
func newWorld() (*world, error) {
	dir, err := os.MkdirTemp("", "maru-bench-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w, nil
}

// close ends the servers and removes their data.
func (w *world) close() {
	w.cancel()
	for _, c := range w.children {
		_ = c.Wait() // killed
	}
	_ = os.RemoveAll(w.dir)
}

// launch starts a program that is to listen on s.address.
func (w *world) launch(s *server, program string, args ...string) error {
	s.start = func() error {
		c := exec.CommandContext(w.ctx, program, args...)
		c.Stderr = os.Stderr
		c.Env = append(os.Environ(), "TMPDIR="+w.dir) // it is killed, and leaves its folders to close
		if err := c.Start(); err != nil {
			return fmt.Errorf("start %s: %w", program, err)
		}
		w.children = append(w.children, c)
		s.process, s.pid = c, c.Process.Pid
		return await(s.address)
	}
	return s.start()
}

// startFloor starts this command as the floor.
func (w *world) startFloor() (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{name: "floor", address: free(), floor: true}
	return s, w.launch(s, self, "-floor", s.address)
}

// startMaru starts a maru on a new data folder: a given program, or, for "",
// this tree's.
func (w *world) startMaru(name, program string) (*server, error) {
	if program == "" {
		if err := w.build(); err != nil {
			return nil, err
		}
		program = w.binary
	}
	s := &server{name: name, address: free()}
	dir, err := os.MkdirTemp(w.dir, "data-")
	if err != nil {
		return nil, err
	}
	return s, w.launch(s, program, "up", "--listen", s.address, "--data", dir)
}

// build builds this tree's maru, once, as it is delivered: without C, the
// store's memory is Go's.
func (w *world) build() error {
	if w.binary != "" {
		return nil
	}
	binary := filepath.Join(w.dir, "maru")
	c := exec.CommandContext(w.ctx, "go", "build", "-o", binary, "maru.dev/maru/cmd/maru")
	c.Stderr, c.Env = os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
	if err := c.Run(); err != nil {
		return fmt.Errorf("build maru: %w", err)
	}
	w.binary = binary
	return nil
}

// endpoint finds or starts the server that a flag names: [NAME=]URL[#PID],
// [NAME=]PROGRAM, or "self" for this tree's maru.
func (w *world) endpoint(text string) (*server, error) {
	name, what, named := strings.Cut(text, "=")
	if !named {
		name, what = "", text
	}
	if what == "self" || what == "" {
		return w.startMaru(or(name, "maru"), "")
	}
	u, err := url.Parse(what)
	if err != nil || u.Scheme != "http" {
		if info, err := os.Stat(what); err == nil && !info.IsDir() {
			return w.startMaru(or(name, filepath.Base(what)), what)
		}
		return nil, fmt.Errorf("-endpoint %s: want self, http://HOST:PORT, http://HOST:PORT#PID or a maru program, with NAME= before it if you like", text)
	}
	s := &server{name: or(name, u.Host), address: u.Host}
	if u.Fragment != "" {
		if s.pid, err = strconv.Atoi(u.Fragment); err != nil {
			return nil, fmt.Errorf("-endpoint %s: %q is no process id", text, u.Fragment)
		}
	}
	return s, await(s.address)
}

// or is a, or b where there is no a.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// free returns a loopback address that nobody listens on.
func free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		panic(err)
	}
	return address
}

// await waits until somebody listens on address.
func await(address string) error {
	for range 10_000 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("nobody listens on %s", address)
}
