package stream

import (
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// Write appends r to a shard. index tells it from the other records of the
// transaction.
func (s Space) Write(tx *kv.Tx, id string, shard int, index uint64, r Record) error {
	if err := tx.PutAtCommit(s.Log(id, shard), []any{index}, r.encode()); err != nil {
		return fmt.Errorf("write stream record: %w", err)
	}
	return nil
}

// Close disables st: a last row ends each of its shards, behind every record
// written before.
func (s Space) Close(tx *kv.Tx, st Stream, at time.Time) error {
	for shard := range st.Shards {
		if err := s.Write(tx, st.ID, shard, 0, Record{Event: End, At: at}); err != nil {
			return err
		}
	}
	st.Status, st.Disabled = Disabled, at
	return kv.Put(tx, s.Key(st.Table, st.Label), st)
}

// Entry is a record where it is in the log.
type Entry struct {
	Position
	Record
}

// Page is what Read found.
type Page struct {
	Entries []Entry
	Next    Position // where to go on
	Ended   bool     // nothing comes after it
}

// Read returns the records of a shard from a position on, at most limit of
// them and, but for the first, at most maxBytes.
func (s Space) Read(tx *kv.Tx, id string, shard int, from Position, limit, maxBytes int) (Page, error) {
	rows := s.Log(id, shard)
	r := kv.Prefix(rows)
	r.From = rows.With(from.Version, from.Index)
	page, size := Page{Next: from}, 0
	for e, err := range entries(tx, r) {
		if err != nil {
			return page, err
		}
		if e.Event == End {
			page.Ended = true
			return page, nil
		}
		size += e.Size()
		if len(page.Entries) == limit || size > maxBytes && len(page.Entries) > 0 {
			return page, nil
		}
		page.Entries = append(page.Entries, e)
		page.Next = Position{e.Version, e.Index + 1}
	}
	return page, nil
}

// Newest returns the last row of a shard, the one that ends it included.
func (s Space) Newest(tx *kv.Tx, id string, shard int) (Entry, bool, error) {
	r := kv.Prefix(s.Log(id, shard))
	r.Reverse, r.Limit = true, 1
	for e, err := range entries(tx, r) {
		return e, err == nil, err
	}
	return Entry{}, false, nil
}

// Trimmed returns the last position of a shard that has been removed.
func (s Space) Trimmed(tx *kv.Tx, id string, shard int) (Position, bool, error) {
	return kv.Get[Position](tx, s.trimmed(id, shard))
}

// Trim removes up to batch records of a shard from before a time. It returns
// the time of the oldest one left, or the zero time when there is none.
func (s Space) Trim(tx *kv.Tx, id string, shard int, before time.Time, batch int) (oldest time.Time, more bool, err error) {
	r := kv.Prefix(s.Log(id, shard))
	r.Limit = batch + 1
	if at, ok, err := s.Trimmed(tx, id, shard); err != nil {
		return oldest, false, err
	} else if ok { // start behind what is gone: its tombstones may still be there
		r.From = s.Log(id, shard).With(at.Version, at.Index+1)
	}
	var last *Position
	n := 0
	for e, err := range entries(tx, r) {
		if err != nil {
			return oldest, false, err
		}
		if !e.At.Before(before) || e.Event == End {
			oldest = e.At
			break
		}
		if n++; n > batch {
			oldest, more = e.At, true
			break
		}
		last = &e.Position
	}
	if last == nil {
		return oldest, more, nil
	}
	gone := kv.Prefix(s.Log(id, shard))
	gone.To = s.Log(id, shard).With(last.Version, last.Index+1)
	if err := tx.DeleteRange(gone); err != nil {
		return oldest, more, fmt.Errorf("trim stream: %w", err)
	}
	return oldest, more, kv.Put(tx, s.trimmed(id, shard), *last)
}

// Forget removes a stream with all that it holds.
func (s Space) Forget(tx *kv.Tx, st Stream) error {
	if err := tx.DeleteRange(s.Logs(st.ID)); err != nil {
		return fmt.Errorf("remove stream: %w", err)
	}
	if err := tx.DeleteRange(kv.Prefix(s.root.With("trim", st.ID))); err != nil {
		return fmt.Errorf("remove stream: %w", err)
	}
	return tx.Delete(s.Key(st.Table, st.Label))
}

// entries decodes the rows of r.
func entries(tx *kv.Tx, r kv.Range) func(yield func(Entry, error) bool) {
	return func(yield func(Entry, error) bool) {
		for pair, err := range tx.Scan(r) {
			var e Entry
			if err == nil {
				e, err = entry(pair)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// entry decodes one row.
func entry(pair kv.Pair) (Entry, error) {
	var e Entry
	// account, region, dynamodb, log, id, shard, version, index
	if err := pair.Key.Scan(6, &e.Version, &e.Index); err != nil {
		return e, fmt.Errorf("read stream log: %w", err)
	}
	var err error
	e.Record, err = decode(pair.Value)
	return e, err
}
