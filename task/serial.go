package task

import (
	"fmt"

	"maru.dev/maru/kv"
)

// A serial lane is a chain of which only the head is indexed, so that nothing
// but the head can be claimed, on whatever node. Who removes the head indexes
// the next one in the same transaction.

// joinLane puts a task in its serial lane, and indexes it if it is the head.
func joinLane(tx *kv.Tx, id ID, rec record) error {
	if err := kv.Put(tx, serialKey(rec.Owner).With(rec.Serial, string(id)), string(id)); err != nil {
		return err
	}
	_, busy, err := kv.Get[string](tx, headKey(rec.Owner))
	if err != nil {
		return fmt.Errorf("load head of serial lane: %w", err)
	}
	if busy {
		return nil
	}
	return takeHead(tx, id, rec)
}

// takeHead makes a task the head of its lane.
func takeHead(tx *kv.Tx, id ID, rec record) error {
	if err := kv.Put(tx, headKey(rec.Owner), string(id)); err != nil {
		return err
	}
	if err := index(tx, id, rec, rec.Due); err != nil {
		return err
	}
	return announce(tx, id, rec, rec.Due)
}

// leaveLane takes a task out of its serial lane.
func leaveLane(tx *kv.Tx, id ID, rec record) error {
	own := serialKey(rec.Owner).With(rec.Serial, string(id))
	if err := tx.Delete(own); err != nil {
		return err
	}
	head, _, err := kv.Get[string](tx, headKey(rec.Owner))
	if err != nil {
		return fmt.Errorf("load head of serial lane: %w", err)
	}
	if head != string(id) {
		return nil
	}
	next := kv.Prefix(serialKey(rec.Owner)).After(own)
	next.Limit = 1
	for row, err := range kv.Scan[string](tx, next) {
		if err != nil {
			return fmt.Errorf("find next of serial lane: %w", err)
		}
		nextRec, ok, err := load[record](tx, recordKey(ID(row.Value)))
		if err != nil || !ok {
			return fmt.Errorf("load next of serial lane (found: %t): %w", ok, err)
		}
		return takeHead(tx, ID(row.Value), nextRec)
	}
	return tx.Delete(headKey(rec.Owner))
}
