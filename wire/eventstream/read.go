package eventstream

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"maru.dev/maru/wire"
)

// MaxFrame is the size of the largest frame that a Reader takes, as AWS's own.
const MaxFrame = 16 << 20

// Message is one frame: its headers by name, and its payload.
type Message struct {
	Type    string // "event", "exception", "error"; of signed streams: ""
	Name    string // the event's or exception's
	Headers eventstream.Headers
	Payload []byte
}

// Reader reads frames from a request's body.
type Reader struct {
	in     *bufio.Reader
	frames *eventstream.Decoder
	buf    []byte
}

// NewReader returns a Reader of in.
func NewReader(in io.Reader) *Reader {
	return &Reader{in: bufio.NewReader(in), frames: eventstream.NewDecoder()}
}

// Next returns the next frame, or io.EOF after the last. Its payload is good
// until the next call. A frame that breaks the format is the caller's fault.
func (r *Reader) Next() (Message, error) {
	prelude, err := r.in.Peek(12)
	if err != nil {
		if errors.Is(err, io.EOF) && len(prelude) > 0 {
			return Message{}, malformed("The event stream ends inside of a frame.")
		}
		return Message{}, err
	}
	// The library makes room for what a frame says of its size before it has
	// seen it, so the prelude is looked at first.
	if size := binary.BigEndian.Uint32(prelude); size > MaxFrame || size < 16 || binary.BigEndian.Uint32(prelude[4:]) > size-16 {
		return Message{}, malformed("The event stream has a frame of impossible size.")
	}
	m, err := r.frames.Decode(r.in, r.buf[:0])
	if err != nil {
		return Message{}, malformed("The event stream has a malformed frame.")
	}
	r.buf = m.Payload
	out := Message{Headers: m.Headers, Payload: m.Payload}
	out.Type = text(m.Headers, ":message-type")
	out.Name = text(m.Headers, ":"+out.Type+"-type")
	return out, nil
}

func text(headers eventstream.Headers, name string) string {
	v, _ := headers.Get(name).(eventstream.StringValue)
	return string(v)
}

func malformed(message string) error { return wire.SerializationError(message) }
