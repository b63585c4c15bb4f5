package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/disk"
)

// Ref names an object: the hexadecimal SHA-256 of its bytes.
type Ref string

// ErrNotFound says that there is no such object.
var ErrNotFound = errors.New("blob: no such object")

// Valid says whether r has the form of a name. Nothing else becomes part of a
// path.
func (r Ref) Valid() bool {
	if len(r) != 64 {
		return false
	}
	for _, c := range []byte(r) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Store keeps objects in a folder.
type Store struct {
	kv    *kv.Store
	files files
	clock clock.Clock
	ids   ids.Source

	swept atomic.Pointer[time.Time] // when the last whole sweep began; see sweep

	placing sync.RWMutex // held for reading from placing a file to its row; Reset excludes that
}

// Open opens or creates the object folder dir ("" keeps objects in memory),
// whose reference counts are in store.
func Open(ctx context.Context, dir string, store *kv.Store) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if dir == "" {
		return newStore(store, newMemory(), clock.System{}), nil
	}
	files, err := newFolder(disk.System(), dir)
	if err != nil {
		return nil, fmt.Errorf("open object folder: %w", err)
	}
	return newStore(store, files, clock.System{}), nil
}

// newStore returns a store that keeps its objects in f.
func newStore(store *kv.Store, f files, c clock.Clock) *Store {
	return &Store{kv: store, files: f, clock: c, ids: ids.New(rand.Reader)}
}

// Put writes the whole of r as one object and returns its name and size.
func (s *Store) Put(ctx context.Context, r io.Reader) (Ref, int64, error) {
	w, err := s.Create(ctx)
	if err != nil {
		return "", 0, err
	}
	defer w.Abort()
	n, err := io.Copy(w, r)
	if err != nil {
		return "", 0, fmt.Errorf("write object: %w", err)
	}
	ref, err := w.Commit()
	return ref, n, err
}

// Open returns the object's bytes, to be closed by the caller. A reader keeps
// the object while it is open, even if the last reference goes.
func (s *Store) Open(ref Ref) (io.ReadSeekCloser, error) {
	return find(s, ref, s.files.open)
}

// Path returns a file that holds the object's bytes, for code that needs one
// (a function's zip). It must not be changed, and only be used while the
// object is referenced.
func (s *Store) Path(ref Ref) (string, error) {
	return find(s, ref, s.files.path)
}

// find looks up ref's file and does something with it. Between the two it may
// be swept and put again under another name, so it is looked up twice.
func find[T any](s *Store, ref Ref, do func(name) (T, error)) (T, error) {
	var none T
	for try := 0; ; try++ {
		var row object
		var ok bool
		err := s.kv.View(context.Background(), func(tx *kv.Tx) (err error) {
			row, ok, err = loadObject(tx, ref)
			return err
		})
		if err != nil {
			return none, fmt.Errorf("find object: %w", err)
		}
		if !ok {
			return none, fmt.Errorf("%w: %s", ErrNotFound, ref)
		}
		found, err := do(name{ref, row.Nonce})
		if err == nil {
			return found, nil
		}
		if try > 0 || !errors.Is(err, os.ErrNotExist) {
			return none, fmt.Errorf("open object: %w", err)
		}
	}
}

// Link adds one reference to an object in the transaction that needs it. An
// object that was never linked is swept after an hour. A link that comes without
// a put of its own (a copy) may be taken for that of a put under way, which then
// fails if the object goes before it is linked, and is to be put again.
func (s *Store) Link(tx *kv.Tx, ref Ref) error {
	_, ok, err := loadObject(tx, ref)
	if err != nil {
		return fmt.Errorf("link object: %w", err)
	}
	if !ok {
		return fmt.Errorf("%w: %s", ErrNotFound, ref)
	}
	waiting, err := s.waiting(tx, ref)
	if err != nil {
		return fmt.Errorf("link object: %w", err)
	}
	if waiting > 0 {
		if err := kv.Put(tx, waitKey(ref), waiting-1); err != nil {
			return err
		}
	}
	return tx.Add(linksKey(ref), 1)
}

// Unlink takes one reference away. Objects without references are swept.
func (s *Store) Unlink(tx *kv.Tx, ref Ref) error {
	if !ref.Valid() {
		return errRef
	}
	tx.Wake(sweepTopic())
	return errors.Join(
		tx.Add(linksKey(ref), -1),
		tx.Put(dueKey(s.clock.Now(), ref), nil),
	)
}

// Reset removes every object.
func (s *Store) Reset(ctx context.Context) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	err := s.kv.Update(ctx, func(tx *kv.Tx) error { return tx.DeleteRange(kv.Prefix(root())) })
	if err != nil {
		return fmt.Errorf("forget objects: %w", err)
	}
	if err := s.files.clear(); err != nil {
		return fmt.Errorf("remove objects: %w", err)
	}
	return nil
}
