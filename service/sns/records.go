package sns

import (
	"strings"
	"time"
)

// topic is a stored topic. Attributes are those that its owner has set.
type topic struct {
	Attributes map[string]string `cbor:"a,omitempty"`
	Policy     string            `cbor:"p"`
	Tags       map[string]string `cbor:"t,omitempty"`
	DataPolicy string            `cbor:"d,omitempty"`

	ref topicRef
}

// fifo tells whether the topic keeps order.
func (t *topic) fifo() bool { return strings.HasSuffix(t.ref.name, fifoSuffix) }

// subscription is a stored subscription. Attributes are those that may be set.
type subscription struct {
	Protocol      string            `cbor:"p"`
	Endpoint      string            `cbor:"e"`
	Owner         string            `cbor:"o"`
	Principal     string            `cbor:"r,omitempty"`
	Attributes    map[string]string `cbor:"a,omitempty"`
	Pending       bool              `cbor:"w,omitempty"`
	Token         string            `cbor:"t,omitempty"` // stays valid after confirmation, which is idempotent
	Authenticated bool              `cbor:"u,omitempty"` // confirmed by a signed call
	LockedDown    bool              `cbor:"l,omitempty"` // AuthenticateOnUnsubscribe

	topic topicRef
	id    string
}

// ARN is the subscription's name.
func (s *subscription) ARN() string { return s.topic.ARN() + ":" + s.id }

// raw tells whether messages are delivered without an envelope.
func (s *subscription) raw() bool { return s.Attributes["RawMessageDelivery"] == "true" }

// receipt is what the publisher of a duplicate gets to see again.
type receipt struct {
	MessageID string    `cbor:"m"`
	Sequence  uint64    `cbor:"s"`
	Until     time.Time `cbor:"u"`
}
