package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"golang.org/x/sys/unix"
)

// serveFloor is what figures are held against, behind net/http. As the floor of
// a program with a store: a write answers after one synced commit of Pebble, of
// what the request carries, a read after one get. As the limit of the machine: a
// write answers after its bytes are appended to a file and synced, together with
// whoever waits, and a read at once.
func serveFloor(address string) error {
	dir, err := os.MkdirTemp("", "maru-floor-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := pebble.Open(filepath.Join(dir, "pebble"), &pebble.Options{})
	if err != nil {
		return err
	}
	log, err := newAppender(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	value := make([]byte, 200)
	if err := db.Set([]byte("0000000000000001"), value, pebble.Sync); err != nil {
		return err
	}
	var n atomic.Uint64
	mux := http.NewServeMux()
	answer := func(path string, do func(body []byte) ([]byte, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				body, err = do(body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = w.Write(body)
		})
	}
	answer("/write", func(body []byte) ([]byte, error) {
		return []byte("{}"), db.Set(fmt.Appendf(nil, "%016d", n.Add(1)), body, pebble.Sync)
	})
	answer("/read", func([]byte) ([]byte, error) {
		got, closer, err := db.Get([]byte("0000000000000001"))
		if err != nil {
			return nil, err
		}
		defer func() { _ = closer.Close() }()
		return append([]byte(nil), got...), nil
	})
	answer("/append", func(body []byte) ([]byte, error) { return []byte("{}"), log.append(body) })
	answer("/bare", func([]byte) ([]byte, error) { return value, nil })
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// appender appends to a file. One sync serves all who came before it began.
type appender struct {
	file *os.File

	mu      sync.Mutex
	pending []byte
	waiting []chan error
	busy    bool // somebody writes and syncs
}

// newAppender makes the file.
func newAppender(name string) (*appender, error) {
	file, err := os.Create(name)
	return &appender{file: file}, err
}

// append returns when data is on disk.
func (a *appender) append(data []byte) error {
	done := make(chan error, 1)
	a.mu.Lock()
	a.pending = append(a.pending, data...)
	a.waiting = append(a.waiting, done)
	lead := !a.busy
	a.busy = true
	a.mu.Unlock()
	if lead {
		a.flush()
	}
	return <-done
}

// flush writes and syncs until nobody waits.
func (a *appender) flush() {
	for {
		a.mu.Lock()
		data, waiting := a.pending, a.waiting
		a.pending, a.waiting = nil, nil
		a.busy = len(waiting) > 0
		a.mu.Unlock()
		if len(waiting) == 0 {
			return
		}
		_, err := a.file.Write(data)
		if err == nil {
			err = unix.Fdatasync(int(a.file.Fd()))
		}
		for _, done := range waiting {
			done <- err
		}
	}
}
