package blob

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"maru.dev/maru/kv"
)

// unlinkedFor is how long an object that was put can wait for its first link.
const unlinkedFor = time.Hour

// bufferSize is what a Writer holds back, so that small writes do not each
// cost a system call.
const bufferSize = 64 << 10

// errWriterDone says that a Writer was used after its end.
var errWriterDone = errors.New("blob: writer has been committed or aborted")

// Writer is an object that is being written.
type Writer struct {
	store *Store
	ctx   context.Context //nolint:containedctx // Write and Commit have none by io.Writer's form
	file  draft
	buf   *bufio.Writer
	hash  hash.Hash
	size  int64
	done  bool
}

// Create starts a new object. The caller must Commit or Abort. A disk that is full or
// fails is kv.ErrFull or kv.ErrUnavailable here, in Write and in Commit.
func (s *Store) Create(ctx context.Context) (*Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := s.files.create(s.ids.Hex(16))
	if err != nil {
		return nil, fmt.Errorf("create object: %w", kv.DiskError(err))
	}
	w := &Writer{store: s, ctx: ctx, file: file, hash: sha256.New()}
	w.buf = bufio.NewWriterSize(growing{w}, bufferSize)
	return w, nil
}

// growing is a Writer's file, which leaves the store what it needs of the disk: a
// large object must not be what fills it.
type growing struct{ w *Writer }

// Write writes to the file, if there is room.
func (g growing) Write(p []byte) (int, error) {
	if err := g.w.store.kv.Room(g.w.ctx, len(p)); err != nil {
		return 0, err
	}
	n, err := g.w.file.Write(p)
	return n, kv.DiskError(err)
}

// Write adds bytes.
func (w *Writer) Write(p []byte) (int, error) {
	if w.done {
		return 0, errWriterDone
	}
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.buf.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Commit makes the object durable and names it.
func (w *Writer) Commit() (Ref, error) {
	if w.done {
		return "", errWriterDone
	}
	defer w.Abort()
	if err := w.ctx.Err(); err != nil {
		return "", err
	}
	if err := w.buf.Flush(); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	ref := Ref(hex.EncodeToString(w.hash.Sum(nil)))
	touched, err := w.store.touch(w.ctx, ref)
	if err != nil {
		return "", fmt.Errorf("commit object: %w", err)
	}
	if touched {
		return ref, nil // it is there already: the draft is dropped
	}
	if err := w.place(ref); err != nil {
		return "", fmt.Errorf("commit object: %w", err)
	}
	return ref, nil
}

// place puts the draft in the object's place, and then says in kv that it is
// there.
func (w *Writer) place(ref Ref) error {
	s := w.store
	s.placing.RLock()
	defer s.placing.RUnlock()
	at := name{ref, s.ids.Hex(16)}
	w.done = true
	if err := w.file.place(at); err != nil {
		return kv.DiskError(err)
	}
	used := false
	err := s.kv.Update(w.ctx, func(tx *kv.Tx) error {
		used = false
		_, exists, err := loadObject(tx, ref)
		if err != nil {
			return err
		}
		if !exists { // otherwise another writer of the same content was faster
			used = true
			if err := kv.Put(tx, objectKey(ref), object{Nonce: at.nonce, Size: w.size}); err != nil {
				return err
			}
		}
		return s.protect(tx, ref)
	})
	if err == nil && !used {
		return s.files.remove(at)
	}
	// After an error the row may be there all the same: the file stays, and is
	// removed as an orphan if it is one.
	return err
}

// touch protects ref from the sweeper for a while, if there is such an object.
func (s *Store) touch(ctx context.Context, ref Ref) (exists bool, err error) {
	err = s.kv.Update(ctx, func(tx *kv.Tx) error {
		_, exists, err = loadObject(tx, ref)
		if err != nil || !exists {
			return err
		}
		return s.protect(tx, ref)
	})
	return exists, err
}

// protect writes that ref has just been put, and that whoever put it is yet to
// link it.
func (s *Store) protect(tx *kv.Tx, ref Ref) error {
	now := s.clock.Now()
	waiting, err := s.waiting(tx, ref)
	if err != nil {
		return err
	}
	return errors.Join(
		kv.Put(tx, putKey(ref), now),
		kv.Put(tx, waitKey(ref), waiting+1),
		tx.Put(dueKey(now.Add(unlinkedFor), ref), nil),
	)
}

// waiting counts the puts of ref that may yet be linked. Those of over an hour
// ago no longer may.
func (s *Store) waiting(tx *kv.Tx, ref Ref) (int64, error) {
	put, ok, err := kv.Get[time.Time](tx, putKey(ref))
	if err != nil || !ok || !s.clock.Now().Before(put.Add(unlinkedFor)) {
		return 0, err
	}
	n, ok, err := kv.Get[int64](tx, waitKey(ref))
	if err == nil && !ok {
		n = 1 // put by a maru that did not count
	}
	return n, err
}

// Abort drops what was written. After Commit it does nothing.
func (w *Writer) Abort() {
	if !w.done {
		w.done = true
		w.file.drop()
	}
}
