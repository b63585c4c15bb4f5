package stream

import (
	"encoding/binary"
	"errors"
	"time"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/wire"
)

// Reply returns an item of a record as a reply holds it: nil when there is none.
func Reply(m attr.Item) wire.Emitter { return attr.Reply(m) }

// Event is what happened to an item.
type Event byte

// The events. End closes a shard: the last row of a stream that was disabled.
const (
	Insert Event = iota + 1
	Modify
	Remove
	End
)

// String is the event's name in the API.
func (e Event) String() string {
	switch e {
	case Insert:
		return "INSERT"
	case Modify:
		return "MODIFY"
	case Remove:
		return "REMOVE"
	}
	return ""
}

// Record is one change of one item.
type Record struct {
	Event   Event
	Expired bool // the change is a deletion by time to live
	At      time.Time
	Keys    attr.Item
	Old     attr.Item // nil when the view has none, or there was no item
	New     attr.Item
	Trace   string // of the request that changed the item, if it is kept
}

// recordVersion is the first byte of every stored record.
const recordVersion = 1

// The flags in a stored record.
const (
	hasOld = 1 << iota
	hasNew
	expired
	hasTrace
)

// errTorn is a row that is not what encode wrote.
var errTorn = errors.New("stream record is torn")

// encode returns the stored form of r: version, event, flags, milliseconds,
// then keys, old and new item, each with its length before it, and the trace.
func (r Record) encode() []byte {
	b := make([]byte, 0, 32+2*(r.Keys.Size()+r.Old.Size()+r.New.Size()))
	var flags byte
	if r.Old != nil {
		flags |= hasOld
	}
	if r.New != nil {
		flags |= hasNew
	}
	if r.Expired {
		flags |= expired
	}
	if r.Trace != "" {
		flags |= hasTrace
	}
	b = append(b, recordVersion, byte(r.Event), flags)
	b = binary.AppendVarint(b, r.At.UnixMilli())
	b = appendItem(b, r.Keys)
	if r.Old != nil {
		b = appendItem(b, r.Old)
	}
	if r.New != nil {
		b = appendItem(b, r.New)
	}
	return append(b, r.Trace...)
}

// appendItem appends m with its length before it.
func appendItem(b []byte, m attr.Item) []byte {
	e := m.Encode()
	return append(binary.AppendUvarint(b, uint64(len(e))), e...)
}

// decode reads what encode wrote.
func decode(b []byte) (Record, error) {
	if len(b) < 4 || b[0] != recordVersion {
		return Record{}, errTorn
	}
	r := Record{Event: Event(b[1]), Expired: b[2]&expired != 0}
	flags := b[2]
	ms, n := binary.Varint(b[3:])
	if n <= 0 {
		return Record{}, errTorn
	}
	r.At = time.UnixMilli(ms).UTC()
	rest := b[3+n:]
	var err error
	if r.Keys, rest, err = cutItem(rest, true); err != nil {
		return Record{}, err
	}
	if r.Old, rest, err = cutItem(rest, flags&hasOld != 0); err != nil {
		return Record{}, err
	}
	if r.New, rest, err = cutItem(rest, flags&hasNew != 0); err == nil && flags&hasTrace != 0 {
		r.Trace = string(rest)
	}
	return r, err
}

// cutItem reads an item off the front of b, if there is one.
func cutItem(b []byte, there bool) (attr.Item, []byte, error) {
	if !there {
		return nil, b, nil
	}
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, errTorn
	}
	m, err := attr.Decode(b[n : n+int(size)])
	return m, b[n+int(size):], err
}

// Size is what the record counts for: its keys and images.
func (r Record) Size() int { return r.Keys.Size() + r.Old.Size() + r.New.Size() }
