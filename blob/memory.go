package blob

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// memory keeps files in memory, as long as the process lives.
type memory struct {
	mu    sync.Mutex
	bytes map[name][]byte
	dir   string // of the files that path made
}

// newMemory returns an empty memory.
func newMemory() *memory { return &memory{bytes: make(map[name][]byte)} }

// create implements files.
func (m *memory) create(string) (draft, error) { return &memoryDraft{memory: m}, nil }

// load returns the bytes of a file.
func (m *memory) load(at name) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.bytes[at]
	if !ok {
		return nil, os.ErrNotExist
	}
	return content, nil
}

// open implements files.
func (m *memory) open(at name) (io.ReadSeekCloser, error) {
	content, err := m.load(at)
	if err != nil {
		return nil, err
	}
	return memoryReader{bytes.NewReader(content)}, nil
}

// path implements files: the file is made when first asked for.
func (m *memory) path(at name) (string, error) {
	content, err := m.load(at)
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		if m.dir, err = os.MkdirTemp("", "maru-objects-"); err != nil {
			return "", err
		}
	}
	path := filepath.Join(m.dir, string(at.ref)+"."+at.nonce)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, os.WriteFile(path, content, 0o600)
}

// remove implements files.
func (m *memory) remove(at name) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bytes, at)
	if m.dir == "" {
		return nil
	}
	return ignoreMissing(os.Remove(filepath.Join(m.dir, string(at.ref)+"."+at.nonce)))
}

// each implements files: crashes leave nothing in memory.
func (m *memory) each(time.Time, func(name) error) error { return nil }

// clear implements files.
func (m *memory) clear() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.bytes)
	return m.dropFiles()
}

// dropFiles removes what path has made. Callers hold mu.
func (m *memory) dropFiles() error {
	if m.dir == "" {
		return nil
	}
	dir := m.dir
	m.dir = ""
	return os.RemoveAll(dir)
}

// close implements files.
func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.dropFiles() // in the system's folder for such
}

// memoryReader reads a file in memory.
type memoryReader struct{ *bytes.Reader }

// Close implements io.Closer.
func (memoryReader) Close() error { return nil }

// memoryDraft is a draft in memory.
type memoryDraft struct {
	memory  *memory
	content []byte
	ended   bool
}

// Write implements io.Writer.
func (d *memoryDraft) Write(p []byte) (int, error) {
	if d.ended {
		return 0, errors.ErrUnsupported
	}
	d.content = append(d.content, p...)
	return len(p), nil
}

// place implements draft.
func (d *memoryDraft) place(at name) error {
	d.ended = true
	d.memory.mu.Lock()
	defer d.memory.mu.Unlock()
	d.memory.bytes[at] = d.content
	return nil
}

// drop implements draft.
func (d *memoryDraft) drop() { d.ended, d.content = true, nil }
