package task

import (
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// record is a task as it was asked for.
type record struct {
	Kind    string
	Owner   string
	Serial  uint64 `cbor:",omitempty"`
	Key     string `cbor:",omitempty"`
	Due     time.Time
	Dated   bool   `cbor:",omitempty"`
	Body    []byte // CBOR, or its first part
	Parts   int    `cbor:",omitempty"` // how many rows x hold the rest
	Account string `cbor:",omitempty"`
	Region  string `cbor:",omitempty"`
	TraceID string `cbor:",omitempty"`
	Policy  Policy
	Lease   time.Duration `cbor:",omitempty"`
}

// state is how far a task has come.
type state struct {
	Due      time.Time // where it stands in the indexes
	FirstDue time.Time
	Attempt  int
	LastErr  string `cbor:",omitempty"`
	Dead     string `cbor:",omitempty"` // why it is being given up; only onDead is still to run
	Lease    lease
}

// lease is a run's right to a task. Token is unique to each run of an instance.
type lease struct {
	Node     string `cbor:",omitempty"`
	Instance string `cbor:",omitempty"`
	Token    uint64 `cbor:",omitempty"` // 0 is no lease
	Until    time.Time
}

// hint is what the indexes say of a task beside its place in them.
type hint struct {
	Kind  string    `cbor:"k"`
	Owner string    `cbor:"o"`
	Due   time.Time `cbor:"d"`
	Dated bool      `cbor:"a,omitempty"` // Due is a date, not that of another attempt
}

// maxPart is how much of a body one row holds.
const maxPart = 512 << 10

// root is the beginning of all keys of this package.
func root(table string) kv.Key { return kv.NewKey("", "", "task", table) }

func recordKey(id ID) kv.Key             { return root("t").With(string(id)) }
func partsKey(id ID) kv.Key              { return root("x").With(string(id)) }
func stateKey(id ID) kv.Key              { return root("s").With(string(id)) }
func dueKey(due time.Time, id ID) kv.Key { return root("d").With(due, string(id)) }
func laneKey(owner string) kv.Key        { return root("l").With(owner) }
func newsKey() kv.Key                    { return root("n") }
func uniqueKey(kind, key string) kv.Key  { return root("k").With(kind, key) }
func serialKey(owner string) kv.Key      { return root("q").With(owner) }
func headKey(owner string) kv.Key        { return root("h").With(owner) }
func instanceKey(node string) kv.Key     { return root("i").With(node) }

// topic is woken by every transaction that adds tasks.
func topic() kv.Key { return kv.NewKey("", "", "topic", "task") }

// saveRecord writes rec, its body in as many rows as it takes.
func saveRecord(tx *kv.Tx, id ID, rec record) error {
	rest := rec.Body
	if len(rest) > maxPart {
		rec.Body, rest = rest[:maxPart], rest[maxPart:]
		for len(rest) > 0 {
			n := min(maxPart, len(rest))
			if err := tx.Put(partsKey(id).With(rec.Parts), rest[:n]); err != nil {
				return fmt.Errorf("save part of task: %w", err)
			}
			rest = rest[n:]
			rec.Parts++
		}
	}
	return kv.Put(tx, recordKey(id), rec)
}

// loadBody returns rec's body in full.
func loadBody(tx *kv.Tx, id ID, rec record) ([]byte, error) {
	if rec.Parts == 0 {
		return rec.Body, nil
	}
	body := append([]byte(nil), rec.Body...)
	for i := range rec.Parts {
		part, ok, err := tx.Get(partsKey(id).With(i))
		if err != nil || !ok {
			return nil, fmt.Errorf("load part %d of task %s (found: %t): %w", i, id, ok, err)
		}
		body = append(body, part...)
	}
	return body, nil
}

// loadState returns a task's state: that of its record before its first claim.
func loadState(tx *kv.Tx, id ID, rec record) (state, error) {
	st, ok, err := load[state](tx, stateKey(id))
	if err != nil {
		return state{}, fmt.Errorf("load state of task: %w", err)
	}
	if !ok {
		return state{Due: rec.Due, FirstDue: rec.Due}, nil
	}
	return st, nil
}

// index makes a task findable at due.
func index(tx *kv.Tx, id ID, rec record, due time.Time) error {
	h := hint{Kind: rec.Kind, Owner: rec.Owner, Due: due, Dated: rec.Dated && due.Equal(rec.Due)}
	if err := kv.Put(tx, dueKey(due, id), h); err != nil {
		return err
	}
	return kv.Put(tx, laneKey(rec.Owner).With(due, string(id)), h)
}

// unindex is the end of index.
func unindex(tx *kv.Tx, id ID, rec record, due time.Time) error {
	if err := tx.Delete(dueKey(due, id)); err != nil {
		return err
	}
	return tx.Delete(laneKey(rec.Owner).With(due, string(id)))
}

// announce tells the nodes of a task that was indexed.
func announce(tx *kv.Tx, id ID, rec record, due time.Time) error {
	value, err := encode(hint{Kind: rec.Kind, Owner: rec.Owner, Due: due})
	if err != nil {
		return err
	}
	if err := tx.PutAtCommit(newsKey(), []any{string(id)}, value); err != nil {
		return err
	}
	tx.Wake(topic())
	return nil
}

// remove deletes all rows of a task, and lets the next one of a serial lane
// take its place.
func remove(tx *kv.Tx, id ID, rec record, st state) error {
	for _, key := range []kv.Key{recordKey(id), stateKey(id)} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	if rec.Parts > 0 {
		if err := tx.DeleteRange(kv.Prefix(partsKey(id))); err != nil {
			return err
		}
	}
	if rec.Key != "" {
		if err := tx.Delete(uniqueKey(rec.Kind, rec.Key)); err != nil {
			return err
		}
	}
	if err := unindex(tx, id, rec, st.Due); err != nil {
		return err
	}
	if rec.Serial == 0 {
		return nil
	}
	return leaveLane(tx, id, rec)
}

// discard deletes what is known of a task whose record cannot be read.
func discard(tx *kv.Tx, e *entry) error {
	for _, key := range []kv.Key{
		recordKey(e.id), stateKey(e.id), dueKey(e.due, e.id), laneKey(e.owner).With(e.due, string(e.id)),
	} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return tx.DeleteRange(kv.Prefix(partsKey(e.id)))
}
