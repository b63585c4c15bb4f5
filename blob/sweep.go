package blob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

const (
	// sweepBatch is how many visits one transaction makes.
	sweepBatch = 64
	// sweepEvery bounds how late a visit is that no wake-up announced: those of
	// objects that were put and never linked.
	sweepEvery = time.Minute
	// lateBy is how far behind the present a visit may yet be written: another
	// node's clock's error and the length of a transaction, with plenty to spare.
	lateBy = 10 * time.Minute
	// orphanAge is how old a file without a row must be to be an orphan, rather
	// than one whose row is about to be written by another process.
	orphanAge = 24 * time.Hour
)

// Run sweeps until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	w := s.kv.Watch(sweepTopic())
	defer w.Stop()
	defer s.files.close()
	if err := s.removeOrphans(ctx); err != nil {
		return s.ended(ctx, fmt.Errorf("remove orphans: %w", err))
	}
	timer := s.clock.NewTimer(sweepEvery)
	defer timer.Stop()
	for {
		if err := s.sweep(ctx); err != nil && !errors.Is(err, kv.ErrFull) && !errors.Is(err, kv.ErrUnavailable) {
			return s.ended(ctx, fmt.Errorf("sweep objects: %w", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.C():
		case <-timer.C():
			timer.Reset(sweepEvery)
		}
	}
}

// ended returns err, unless Run has only been told to end.
func (s *Store) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// sweep makes all visits that are due. It begins a little before the end of the
// sweep before: further ahead there is nothing but the tombstones of its visits.
// The first one of a process begins at the front.
func (s *Store) sweep(ctx context.Context) error {
	now := s.clock.Now()
	visits := kv.Prefix(root().With("due"))
	visits.To = root().With("due", now.Add(1))
	visits.Limit = sweepBatch
	if swept := s.swept.Load(); swept != nil && swept.Before(now) {
		visits.From = root().With("due", swept.Add(-lateBy))
	}
	for {
		last, dead, err := s.visit(ctx, visits)
		if err != nil {
			return err
		}
		if last == nil {
			s.swept.Store(&now)
			return nil
		}
		for _, file := range dead {
			if err := s.files.remove(file); err != nil {
				return err
			}
		}
		visits = visits.After(last) // what was removed is not scanned again
	}
}

// visit makes a batch of visits. It returns the key of the last, and the files
// that nothing names any more.
func (s *Store) visit(ctx context.Context, visits kv.Range) (last kv.Key, dead []name, err error) {
	err = s.kv.Update(ctx, func(tx *kv.Tx) error {
		last, dead = nil, nil
		for pair, err := range tx.Scan(visits) {
			if err != nil {
				return err
			}
			last = pair.Key
			var ref string
			if err := pair.Key.Scan(5, &ref); err != nil {
				return err
			}
			if err := tx.Delete(pair.Key); err != nil {
				return err
			}
			file, gone, err := s.reap(tx, Ref(ref))
			if err != nil {
				return err
			}
			if gone {
				dead = append(dead, file)
			}
		}
		return nil
	})
	return last, dead, err
}

// reap removes the rows of ref if nothing needs it: no link, and no put that may
// be about to be linked.
func (s *Store) reap(tx *kv.Tx, ref Ref) (file name, gone bool, err error) {
	row, exists, err := loadObject(tx, ref)
	if err != nil || !exists {
		return name{}, false, err
	}
	links, err := tx.Count(linksKey(ref))
	if err != nil || links > 0 {
		return name{}, false, err
	}
	waiting, err := s.waiting(tx, ref)
	if err != nil || waiting > 0 {
		return name{}, false, err
	}
	err = errors.Join(tx.Delete(objectKey(ref)), tx.Delete(linksKey(ref)), tx.Delete(putKey(ref)), tx.Delete(waitKey(ref)))
	return name{ref, row.Nonce}, true, err
}

// removeOrphans removes old files that no row names: what crashes have left.
func (s *Store) removeOrphans(ctx context.Context) error {
	before := s.clock.Now().Add(-orphanAge)
	return s.files.each(before, func(file name) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var row object
		err := s.kv.View(ctx, func(tx *kv.Tx) (err error) {
			row, _, err = loadObject(tx, file.ref)
			return err
		})
		if err != nil || row.Nonce == file.nonce {
			return err
		}
		return s.files.remove(file)
	})
}
