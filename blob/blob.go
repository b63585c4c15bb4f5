// Package blob keeps large objects: files named by their content, written
// aside, synced and renamed, counted by references that live in kv.
package blob

import (
	"context"
	"io"

	"maru.dev/maru/kv"
)

// Ref names an object: the hexadecimal SHA-256 of its bytes.
type Ref string

// Store keeps objects in a folder.
type Store struct{}

// Open opens or creates the object folder dir ("" keeps objects in memory),
// whose reference counts are in store.
func Open(ctx context.Context, dir string, store *kv.Store) (*Store, error) { panic("not yet") }

// Create starts a new object. The caller must Commit or Abort.
func (s *Store) Create(ctx context.Context) (*Writer, error) { panic("not yet") }

// Put writes the whole of r as one object and returns its name and size.
func (s *Store) Put(ctx context.Context, r io.Reader) (Ref, int64, error) { panic("not yet") }

// Open returns the object's bytes, to be closed by the caller. A reader keeps
// the object while it is open, even if the last reference goes.
func (s *Store) Open(ref Ref) (io.ReadSeekCloser, error) { panic("not yet") }

// Path returns a file that holds the object's bytes, for code that needs one
// (a function's zip). It must not be changed, and only be used while the
// object is referenced.
func (s *Store) Path(ref Ref) (string, error) { panic("not yet") }

// Link adds one reference to an object in the transaction that needs it. An
// object that was never linked is swept after an hour.
func (s *Store) Link(tx *kv.Tx, ref Ref) error { panic("not yet") }

// Unlink takes one reference away. Objects without references are swept.
func (s *Store) Unlink(tx *kv.Tx, ref Ref) error { panic("not yet") }

// Run sweeps until ctx ends.
func (s *Store) Run(ctx context.Context) error { panic("not yet") }

// Reset removes every object.
func (s *Store) Reset(ctx context.Context) error { panic("not yet") }

// Writer is an object that is being written.
type Writer struct{}

// Write adds bytes.
func (w *Writer) Write(p []byte) (int, error) { panic("not yet") }

// Commit makes the object durable and names it.
func (w *Writer) Commit() (Ref, error) { panic("not yet") }

// Abort drops what was written. After Commit it does nothing.
func (w *Writer) Abort() { panic("not yet") }
