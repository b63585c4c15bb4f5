package history

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/s2"

	"maru.dev/maru/kv"
)

const (
	// blockEvents is how many events a block has. More would pack better, and
	// make a look for what is rare unpack more.
	blockEvents = 128
	// blockBytes is how much their records have, at most, unless it is one.
	blockBytes = 512 << 10
	// maxPlain is more than any block has when it is unpacked.
	maxPlain = 4 << 20
)

// block is a block's row: events in the order of time.
type block struct {
	Events []Event
}

// AppendFixed implements kv.Fixed: the events packed.
func (b *block) AppendFixed(form []byte) ([]byte, bool) {
	plain, err := cbor.Marshal(b.Events)
	if err != nil {
		return nil, false
	}
	return append(form, s2.EncodeBetter(nil, plain)...), true
}

// ReadFixed implements kv.Fixed.
func (b *block) ReadFixed(form []byte) error {
	if n, err := s2.DecodedLen(form); err != nil || n > maxPlain {
		return fmt.Errorf("block of %d bytes: %w", n, errors.Join(err, kv.ErrTooLarge))
	}
	plain, err := s2.Decode(nil, form)
	if err != nil {
		return fmt.Errorf("unpack block: %w", err)
	}
	if err := cbor.Unmarshal(plain, &b.Events); err != nil {
		return fmt.Errorf("decode block: %w", err)
	}
	return nil
}

// place is that of the newest event.
func (b *block) place() Place { return b.Events[len(b.Events)-1].Place }

// attributes are those of all events, each once.
func (b *block) attributes() map[Attribute]bool {
	all := make(map[Attribute]bool)
	for i := range b.Events {
		for _, a := range b.Events[i].attributes() {
			all[a] = true
		}
	}
	return all
}

// Pack writes events, which are in the order of time, as blocks. None may be
// where there are blocks already.
func (l Log) Pack(tx *kv.Tx, events []Event) error {
	for len(events) > 0 {
		n := cut(events)
		b := block{events[:n]}
		if err := kv.Put(tx, b.place().at(l.blocks()), b); err != nil {
			return fmt.Errorf("write block: %w", err)
		}
		for a := range b.attributes() {
			if err := tx.Put(b.place().at(l.index(a)), nil); err != nil {
				return fmt.Errorf("write index: %w", err)
			}
		}
		events = events[n:]
	}
	return nil
}

// cut says how many events the next block takes.
func cut(events []Event) int {
	size := 0
	for i := range events {
		if size += len(events[i].JSON); i > 0 && size > blockBytes || i == blockEvents {
			return i
		}
	}
	return len(events)
}

// remove removes a block with its index.
func (l Log) remove(tx *kv.Tx, b *block) error {
	if err := tx.Delete(b.place().at(l.blocks())); err != nil {
		return fmt.Errorf("remove block: %w", err)
	}
	return l.unindex(tx, b)
}

// unindex removes a block's index.
func (l Log) unindex(tx *kv.Tx, b *block) error {
	for a := range b.attributes() {
		if err := tx.Delete(b.place().at(l.index(a))); err != nil {
			return fmt.Errorf("remove index: %w", err)
		}
	}
	return nil
}

// Unindex removes the index of events that are no part of a block, as folders
// before format 4 have it. It comes before Pack, whose rows may be the same.
func (l Log) Unindex(tx *kv.Tx, events []Event) error {
	for i := range events {
		if err := l.unindex(tx, &block{events[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

// from returns the first block that is not before a place.
func (l Log) from(tx *kv.Tx, p Place) (*block, error) {
	r := kv.Range{From: p.at(l.blocks()), To: kv.Prefix(l.blocks()).To, Limit: 1}
	for row, err := range kv.Scan[block](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("look for block: %w", err)
		}
		return &row.Value, nil
	}
	return nil, nil //nolint:nilnil // there need not be one
}
