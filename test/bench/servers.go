package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// server is one that is measured.
type server struct {
	address string
	pid     int // 0: not started by us
}

// servers are the two that are measured.
type servers struct{ floor, maru server }

// serveFloor is the floor: a write answers after one synced commit, a read
// after one get.
func serveFloor(address string) error {
	dir, err := os.MkdirTemp("", "maru-floor-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := pebble.Open(dir, &pebble.Options{})
	if err != nil {
		return err
	}
	var n atomic.Uint64
	value := make([]byte, 200)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /write", func(w http.ResponseWriter, r *http.Request) {
		key := fmt.Appendf(nil, "%016d", n.Add(1))
		if err := db.Set(key, value, pebble.Sync); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte("{}"))
	})
	mux.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		got, closer, err := db.Get([]byte("0000000000000001"))
		if err == nil {
			_, _ = w.Write(got)
			_ = closer.Close()
			return
		}
		http.Error(w, err.Error(), http.StatusInternalServerError)
	})
	if err := db.Set([]byte("0000000000000001"), value, pebble.Sync); err != nil {
		return err
	}
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// start starts the floor and, unless an endpoint is given, maru.
func start(o *options) (*servers, func(), error) {
	ctx, cancel := context.WithCancel(context.Background())
	var children []*exec.Cmd
	dir, err := os.MkdirTemp("", "maru-bench-")
	if err != nil {
		cancel()
		return nil, nil, err
	}
	stop := func() {
		cancel()
		for _, c := range children {
			_ = c.Wait()
		}
		_ = os.RemoveAll(dir)
	}
	launch := func(to *server, program string, args ...string) error {
		c := exec.CommandContext(ctx, program, args...)
		c.Stderr = os.Stderr
		c.Env = append(os.Environ(), "TMPDIR="+dir) // it is killed, and leaves its folders to stop
		if err := c.Start(); err != nil {
			return fmt.Errorf("start %s: %w", program, err)
		}
		children = append(children, c)
		to.pid = c.Process.Pid
		return await(to.address)
	}
	self, err := os.Executable()
	if err != nil {
		stop()
		return nil, nil, err
	}
	s := &servers{floor: server{address: free()}, maru: server{address: strings.TrimPrefix(o.endpoint, "http://")}}
	if err := launch(&s.floor, self, "-floor", s.floor.address); err != nil {
		stop()
		return nil, nil, err
	}
	if s.maru.address == "" {
		s.maru.address = free()
		binary := filepath.Join(dir, "maru")
		build := exec.CommandContext(ctx, "go", "build", "-o", binary, "maru.dev/maru/cmd/maru")
		build.Stderr = os.Stderr
		err := build.Run()
		if err == nil {
			err = launch(&s.maru, binary, "up", "--listen", s.maru.address, "--data", filepath.Join(dir, "data"))
		}
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("start maru: %w", err)
		}
	}
	return s, stop, nil
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
	for range 200 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens on %s", address)
}
