package sqs

import (
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// home is the account and region that a queue lives in.
type home struct{ Account, Region string }

// homeOf returns where a call's queues live.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key returns a key of the service.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "sqs").With(parts...)
}

func (h home) queueKey(name string) kv.Key {
	return kv.NewKey(h.Account, h.Region, "sqs", "q", name) // at once: each call asks for it
}

func (h home) deletedKey(name string) kv.Key   { return h.key("x", name) }
func (h home) sourcesKey(dlqARN string) kv.Key { return h.key("s", dlqARN) }
func (h home) moveKey(handle string) kv.Key    { return h.key("k", handle) }
func (h home) movesKey(sourceARN string) kv.Key {
	return h.key("t", sourceARN)
}

// arnOf returns the ARN of a queue.
func (h home) arnOf(name string) string { return arn.New("sqs", h.Region, h.Account, name) }

// rows are the folders that a queue's own rows live in, in the order of doc.go.
func rows() []string {
	return []string{"n", "b", "c", "v", "f", "m", "g", "r", "d", "e", "a"}
}

// key returns a key of the service in the queue's home.
func (q *queue) key(parts ...any) kv.Key {
	if q.prefix == nil {
		return q.home().key(parts...)
	}
	return q.prefix.With(parts...)
}

func (q *queue) countKey() kv.Key {
	if q.counter == nil {
		return q.key("n", q.ID)
	}
	return q.counter
}

func (q *queue) bodyKey(sid []byte) kv.Key       { return q.key("b", q.ID, sid) }
func (q *queue) partsKey(sid []byte) kv.Key      { return q.key("c", q.ID, sid) }
func (q *queue) positionsKey() kv.Key            { return q.key("v", q.ID) }
func (q *queue) forwardKey(sid []byte) kv.Key    { return q.key("f", q.ID, sid) }
func (q *queue) elementsKey(group string) kv.Key { return q.key("m", q.ID, group) }
func (q *queue) groupKey(group string) kv.Key    { return q.key("g", q.ID, group) }
func (q *queue) readyKey() kv.Key                { return q.key("r", q.ID) }
func (q *queue) horizonKey() kv.Key              { return q.key("h", q.ID) }

// futureKey is the index by the time from which messages can be received.
func (q *queue) futureKey() kv.Key {
	if q.FIFO {
		return q.readyKey()
	}
	return q.positionsKey()
}

func (q *queue) positionKey(at time.Time, sid []byte) kv.Key {
	return q.key("v", q.ID, at.UnixNano(), sid)
}

func (q *queue) elementKey(group string, seq uint64) kv.Key {
	return q.key("m", q.ID, group, seq)
}

func (q *queue) groupReadyKey(at time.Time, group string) kv.Key {
	return q.key("r", q.ID, at.UnixNano(), group)
}

func (q *queue) duplicateKey(scope, dedupID string) kv.Key {
	return q.key("d", q.ID, scope, dedupID)
}

func (q *queue) duplicateExpiryKey(at time.Time, scope, dedupID string) kv.Key {
	return q.key("e", q.ID, at.UnixNano(), scope, dedupID)
}

func (q *queue) attemptKey(id string) kv.Key { return q.key("a", q.ID, id) }
