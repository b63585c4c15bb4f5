package sqs

import (
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// queue is a stored queue: its attributes as they were set, and as they count.
type queue struct {
	ID       string // new for each creation, so that a queue's rows are its own
	Name     string
	Account  string
	Region   string
	FIFO     bool
	Created  time.Time
	Modified time.Time
	Purged   time.Time
	Set      map[string]string // attributes as given
	Tags     map[string]string

	Delay      time.Duration
	Visibility time.Duration
	Wait       time.Duration
	Retention  time.Duration
	MaxSize    int
	DeadLetter string // ARN
	MaxReceive int    // 0 without dead letters

	DedupByContent bool
	DedupByGroup   bool
	Ahead          time.Duration `cbor:",omitempty"` // how far sequence numbers are ahead of a clock that was set back

	// Worked out when a queue is read through Service.queues; see prepare.
	prefix, topic, counter kv.Key
}

// prepare works out the keys that each request about a queue begins with.
func (q *queue) prepare() {
	q.prefix = q.home().key()
	q.topic = service.Topic(q.ARN())
	q.counter = q.countKey()
}

// wakeTopic is the topic that is woken when a message of q becomes visible.
func (q *queue) wakeTopic() kv.Key {
	if q.topic == nil {
		return service.Topic(q.ARN())
	}
	return q.topic
}

func (q *queue) home() home { return home{q.Account, q.Region} }

// ARN names the queue.
func (q *queue) ARN() string { return q.home().arnOf(q.Name) }

// message is what does not change of a message while it is in a queue.
type message struct {
	ID         string                               `cbor:"i"`
	Body       string                               `cbor:"b"`           // the first part of a large one
	Parts      int                                  `cbor:"p,omitempty"` // further parts, in rows of their own
	Sent       time.Time                            `cbor:"t"`
	Sender     string                               `cbor:"s,omitempty"`
	Attributes map[string]api.MessageAttributeValue `cbor:"a,omitempty"`
	Trace      string                               `cbor:"x,omitempty"`
	Span       string                               `cbor:"xs,omitempty"` // see setTrace
	Source     string                               `cbor:"o,omitempty"`  // ARN of the queue that gave it up
	Group      string                               `cbor:"g,omitempty"`
	Dedup      string                               `cbor:"d,omitempty"`
	Seq        uint64                               `cbor:"q,omitempty"`
}

// position is the state of a standard queue's message; when it is visible
// stands in the key. A small message stands in it, too, so that sending it
// writes one row and receiving it moves one.
type position struct {
	Message  *message  `cbor:"b,omitempty"`
	Receives int       `cbor:"r,omitempty"`
	First    time.Time `cbor:"f,omitzero"`
	Moved    bool      `cbor:"m,omitempty"` // a forward row exists
}

// forward says where a message is whose receipt handle names another place.
type forward struct {
	Receipt int64 `cbor:"r"` // where the receipt handle says it is
	At      int64 `cbor:"a"`
}

// element is a message of a FIFO group.
type element struct {
	SID      []byte    `cbor:"s"`
	At       time.Time `cbor:"a"`           // visible from then on
	Receipt  int64     `cbor:"p,omitempty"` // what the newest receipt handle says
	Receives int       `cbor:"r,omitempty"`
	First    time.Time `cbor:"f,omitzero"`
}

// group is a message group with messages.
type group struct {
	Ready time.Time `cbor:"r"` // nothing of it is given out before
	Last  uint64    `cbor:"l"` // the newest sequence number
	Head  uint64    `cbor:"h"` // no message has a smaller one
}

// duplicate is what was sent under a deduplication id.
type duplicate struct {
	MessageID string    `cbor:"i"`
	Seq       uint64    `cbor:"q"`
	Until     time.Time `cbor:"u"`
}

// attempt is what a receive request attempt was given.
type attempt struct {
	Until   time.Time `cbor:"u"`
	Handles []string  `cbor:"h"`
}

// move is a message move task.
type move struct {
	Handle      string
	Source      string // ARN of the dead-letter queue
	Destination string // ARN; empty: back to where each message came from
	Rate        int32  // messages a second; 0: as fast as it goes
	Status      string // RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED
	Failure     string
	Moved       int64
	ToMove      int64
	Started     time.Time
}
