package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"golang.org/x/sys/unix"
)

// maxAnswer bounds what the floor answers, in bytes.
const maxAnswer = 64 << 10

// serveFloor is what figures are held against, behind net/http. As the floor of
// a program with a store: a write answers after one synced commit of Pebble, of
// what the request carries, a read after one get. As the limit of the machine: a
// write answers after its bytes are appended to a file and synced, together with
// whoever waits, and a read at once. The paths end in how many bytes to answer.
func serveFloor(address string) error {
	dir, err := os.MkdirTemp("", "maru-floor-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := pebble.Open(filepath.Join(dir, "pebble"), &pebble.Options{Logger: silent{}})
	if err != nil {
		return err
	}
	log, err := newAppender(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	value := make([]byte, maxAnswer)
	var n atomic.Uint64
	mux := http.NewServeMux()
	answer := func(path string, do func(body []byte, size int) ([]byte, error)) {
		mux.HandleFunc(path+"/{size}", func(w http.ResponseWriter, r *http.Request) {
			size, err := strconv.Atoi(r.PathValue("size"))
			if err != nil || size < 0 || size > maxAnswer {
				http.Error(w, "no size of an answer", http.StatusBadRequest)
				return
			}
			body, err := io.ReadAll(r.Body)
			if err == nil {
				body, err = do(body, size)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/x-amz-json-1.0") // so that net/http need not guess
			w.Header().Set("Content-Length", strconv.Itoa(size))
			_, _ = w.Write(body)
		})
	}
	answer("/write", func(body []byte, size int) ([]byte, error) {
		return value[:size], db.Set(fmt.Appendf(nil, "%016d", n.Add(1)), body, pebble.Sync)
	})
	answer("/read", func(_ []byte, size int) ([]byte, error) {
		key := fmt.Appendf(nil, "answer %d", size)
		got, closer, err := db.Get(key)
		if errors.Is(err, pebble.ErrNotFound) { // the first to ask for so much
			return value[:size], db.Set(key, value[:size], pebble.Sync)
		} else if err != nil {
			return nil, err
		}
		defer func() { _ = closer.Close() }()
		return bytes.Clone(got), nil
	})
	answer("/append", func(body []byte, size int) ([]byte, error) { return value[:size], log.append(body) })
	answer("/bare", func(_ []byte, size int) ([]byte, error) { return value[:size], nil })
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

// silent keeps the store's log from the tables.
type silent struct{}

func (silent) Infof(string, ...any) {}

func (silent) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (silent) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
