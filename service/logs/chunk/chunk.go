// Package chunk is how the events of one stream are stored: many to a row,
// compressed, so that a search reads, unpacks and looks through them in large
// pieces.
//
// # Format
//
// A chunk is a version byte and a head of
//
//	stream ID, stream name    uvarint length and bytes each
//	first, last, ingested     varints, milliseconds; last and ingested less first
//	count, text, packed       uvarints: events, bytes of their messages, 1 if the body is S2
//
// and its body: for each event the uvarints of its time less the one before it
// and of its message's length, then all messages, one behind another.
package chunk

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"
)

const (
	// version begins every chunk.
	version = 1
	// Span is how far apart, in milliseconds, the first and the last event of a
	// chunk may be. A reader of a span of time need look no further around it.
	Span = 5_000
	// maxText is how many bytes of messages a chunk has, unless it is of one
	// event.
	maxText = 256 << 10
	// maxEvents bounds the events of a chunk.
	maxEvents = 10_000
	// maxBody is more than any body has.
	maxBody = 4 << 20
	// packFrom is the size from which a body is worth compressing.
	packFrom = 512
)

// Event is one line of a stream.
type Event struct {
	At      int64 // milliseconds
	Message string
}

// Head is what a chunk says of its events without unpacking them.
type Head struct {
	StreamID string
	Stream   string
	First    int64
	Last     int64
	Ingested int64
	Count    int
	Text     int64 // bytes of all messages
}

// Cut says how many of the events, which are in the order of time, the next
// chunk takes.
func Cut(events []Event) int {
	text := 0
	for i, e := range events {
		if text += len(e.Message); i > 0 && (text > maxText || e.At-events[0].At > Span || i == maxEvents) {
			return i
		}
	}
	return len(events)
}

// Encode writes a chunk of events, which are not empty and in the order of
// time.
func Encode(streamID, stream string, ingested int64, events []Event) []byte {
	body := make([]byte, 0, 64)
	text, before := 0, events[0].At
	for _, e := range events {
		body = binary.AppendUvarint(body, uint64(e.At-before))
		body = binary.AppendUvarint(body, uint64(len(e.Message)))
		before = e.At
		text += len(e.Message)
	}
	if cap(body)-len(body) < text {
		body = append(make([]byte, 0, len(body)+text), body...)
	}
	for _, e := range events {
		body = append(body, e.Message...)
	}
	first := events[0].At
	out := make([]byte, 0, len(streamID)+len(stream)+40+len(body)/2)
	out = append(out, version)
	out = appendText(out, streamID)
	out = appendText(out, stream)
	out = binary.AppendVarint(out, first)
	out = binary.AppendVarint(out, before-first)
	out = binary.AppendVarint(out, ingested-first)
	out = binary.AppendUvarint(out, uint64(len(events)))
	out = binary.AppendUvarint(out, uint64(text))
	if len(body) >= packFrom {
		if packed := s2.Encode(nil, body); len(packed) < len(body) {
			return append(append(out, 1), packed...)
		}
	}
	return append(append(out, 0), body...)
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// errBroken says that bytes are no chunk.
var errBroken = errors.New("broken chunk of log events")

// reader takes a chunk apart.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) text() string {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	t := string(r.rest[:n])
	r.rest = r.rest[n:]
	return t
}

// Chunk is a chunk whose head has been read.
type Chunk struct {
	Head

	packed bool
	body   []byte
}

// Open reads a chunk's head. The chunk refers to value, which must not change.
func Open(value []byte) (Chunk, error) {
	if len(value) == 0 || value[0] != version {
		return Chunk{}, fmt.Errorf("%w: unknown version", errBroken)
	}
	r := reader{rest: value[1:]}
	var c Chunk
	c.StreamID, c.Stream = r.text(), r.text()
	c.First = r.varint()
	c.Last = c.First + r.varint()
	c.Ingested = c.First + r.varint()
	c.Count = int(min(r.uvarint(), maxEvents))
	c.Text = int64(r.uvarint())
	c.packed = r.uvarint() == 1
	if c.body = r.rest; r.bad || c.Count == 0 {
		return Chunk{}, errBroken
	}
	return c, nil
}

// Body is the events of a chunk, unpacked.
type Body struct {
	times   []byte // what the body begins with: times and lengths
	scratch []byte
	// Text is all messages, one behind another.
	Text  string
	first int64
	count int
}

// Unpack reads a chunk's body. It may use scratch, which is then part of the
// body, for as long as nothing of it is needed any more.
func (c *Chunk) Unpack(scratch []byte) (Body, error) {
	body := c.body
	if c.packed {
		if n, err := s2.DecodedLen(body); err != nil || n > maxBody {
			return Body{}, errBroken
		}
		var err error
		if body, err = s2.Decode(scratch[:cap(scratch)], body); err != nil {
			return Body{}, fmt.Errorf("%w: %w", errBroken, err)
		}
		scratch = body
	}
	if c.Text < 0 || c.Text > int64(len(body)) {
		return Body{}, errBroken
	}
	at := len(body) - int(c.Text)
	return Body{times: body[:at], scratch: scratch, Text: string(body[at:]), first: c.First, count: c.Count}, nil
}

// Scratch returns memory for the next body, once this one's events have been
// read.
func (b Body) Scratch() []byte { return b.scratch }

// All gives each event, with its number in the chunk. Messages are parts of
// Text: who keeps a few of them for long clones them.
func (b Body) All(yield func(i int, e Event) bool) error {
	r, text, at := reader{rest: b.times}, b.Text, b.first
	for i := range b.count {
		at += int64(r.uvarint())
		n := r.uvarint()
		if r.bad || n > uint64(len(text)) {
			return errBroken
		}
		message := text[:n]
		text = text[n:]
		if !yield(i, Event{at, message}) {
			return nil
		}
	}
	return nil
}
