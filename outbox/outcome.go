package outbox

import (
	"encoding/json"
	"fmt"

	"maru.dev/maru/kv"
)

// Ref says where a message is. Refs grow in the order of commits.
type Ref struct {
	Version uint64
	ID      string
}

// Outcome is how far a message's passing-on has come. The zero Outcome is the
// beginning.
type Outcome struct {
	Relayed string            // the server that took it
	Error   string            // why it could not be passed on, or not yet
	Done    []string          // recipients for whom it was taken
	Refused map[string]string // recipients for whom it never will be, and why
}

// messageKey is the row of a message's first chunk without the chunk's number.
func (r Ref) messageKey() kv.Key { return root().With("message", r.Version, r.ID) }

// outcomeKey is the row of a message's outcome.
func (r Ref) outcomeKey() kv.Key { return root().With("relay", r.Version, r.ID) }

// refOf reads a message's key.
func refOf(key kv.Key) (r Ref, err error) {
	err = key.Scan(4, &r.Version, &r.ID)
	return r, err
}

// remove deletes a chunk of a message, and with it the message's outcome.
func remove(tx *kv.Tx, chunk kv.Key) error {
	r, err := refOf(chunk)
	if err != nil {
		return err
	}
	if err := tx.Delete(r.outcomeKey()); err != nil {
		return err
	}
	return tx.Delete(chunk)
}

// addOutcome gives a message its outcome, if it has one.
func addOutcome(tx *kv.Tx, chunk kv.Key, m *Message) error {
	r, err := refOf(chunk)
	if err != nil {
		return err
	}
	o, ok, err := kv.Get[Outcome](tx, r.outcomeKey())
	if err == nil && ok {
		m.Relayed, m.RelayError = o.Relayed, o.Error
	}
	return err
}

// Newest is the newest message's place; the zero Ref when there is none.
func Newest(tx *kv.Tx) (r Ref, err error) {
	newest := messages()
	newest.Reverse, newest.Limit = true, 1
	for pair, err := range tx.Scan(newest) {
		if err != nil {
			return r, err
		}
		return refOf(pair.Key)
	}
	return r, nil
}

// After returns the places of up to limit messages that are newer than r,
// oldest first.
func After(tx *kv.Tx, r Ref, limit int) (list []Ref, err error) {
	newer := messages()
	if r.ID != "" {
		newer = newer.After(r.messageKey().With(1 << 30)) // behind all of its chunks
	}
	for pair, err := range tx.Scan(newer) {
		if err != nil {
			return nil, err
		}
		at, err := refOf(pair.Key)
		if err != nil {
			return nil, err
		}
		if n := len(list); n > 0 && list[n-1] == at {
			continue // another chunk
		}
		if len(list) == limit {
			return list, nil
		}
		list = append(list, at)
	}
	return list, nil
}

// Get reads the message at r, with its outcome. It may have been removed.
func Get(tx *kv.Tx, r Ref) (m Message, o Outcome, ok bool, err error) {
	var raw []byte
	for pair, err := range tx.Scan(kv.Prefix(r.messageKey())) {
		if err != nil {
			return m, o, false, err
		}
		raw = append(raw, pair.Value...)
	}
	if raw == nil {
		return m, o, false, nil
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, o, false, fmt.Errorf("read message: %w", err)
	}
	o, _, err = kv.Get[Outcome](tx, r.outcomeKey())
	return m, o, err == nil, err
}

// SetOutcome notes how far the message at r has come, if it is still there.
func SetOutcome(tx *kv.Tx, r Ref, o Outcome) error {
	_, ok, err := tx.Get(r.messageKey().With(0))
	if err != nil || !ok {
		return err
	}
	return kv.Put(tx, r.outcomeKey(), o)
}
