package sqs

import (
	"encoding/binary"
	"errors"
	"time"
)

// The fixed form of a position, which each send and each receive writes: a byte
// of flags, the count of receives, and what the flags say is there. Numbers are
// varints, times nanoseconds since 1970, texts have their length before them.
// What later versions add takes another flag; one that is not known is an error.
const (
	withFirst   = 1 << iota // First
	withMove                // Moved
	withMessage             // the message, as fixedMessage says
	withRare                // Source, Group, Dedup and Seq of the message
	withSpan                // its Span
	allFlags    = withFirst | withMove | withMessage | withRare | withSpan
)

// errTorn is a position that is not what AppendFixed wrote.
var errTorn = errors.New("sqs: stored position is torn")

// AppendFixed implements kv.Fixed. A message with attributes or parts is left to
// CBOR.
func (p *position) AppendFixed(b []byte) ([]byte, bool) {
	m, flags, size := p.Message, byte(0), 0
	if m != nil {
		if m.Attributes != nil || m.Parts != 0 || m.Sent.IsZero() {
			return nil, false
		}
		flags |= withMessage
		if m.Source != "" || m.Group != "" || m.Dedup != "" || m.Seq != 0 {
			flags |= withRare
		}
		if m.Span != "" {
			flags |= withSpan
		}
		size = len(m.ID) + len(m.Body) + len(m.Sender) + len(m.Trace) + len(m.Source) + len(m.Group) + len(m.Dedup) + len(m.Span)
	}
	if !p.First.IsZero() {
		flags |= withFirst
	}
	if p.Moved {
		flags |= withMove
	}
	b = append(make([]byte, 0, len(b)+size+64), b...)
	b = binary.AppendUvarint(append(b, flags), uint64(p.Receives))
	if flags&withFirst != 0 {
		b = binary.AppendVarint(b, p.First.UnixNano())
	}
	if flags&withMessage == 0 {
		return b, true
	}
	b = binary.AppendVarint(b, m.Sent.UnixNano())
	b = appendText(appendText(appendText(appendText(b, m.ID), m.Body), m.Sender), m.Trace)
	if flags&withRare != 0 {
		b = appendText(appendText(appendText(b, m.Source), m.Group), m.Dedup)
		b = binary.AppendUvarint(b, m.Seq)
	}
	if flags&withSpan != 0 {
		b = appendText(b, m.Span)
	}
	return b, true
}

// appendText appends a text behind its length.
func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// ReadFixed implements kv.Fixed.
func (p *position) ReadFixed(form []byte) error {
	if len(form) == 0 || form[0]&^allFlags != 0 {
		return errTorn
	}
	flags, r := form[0], fixedReader{rest: string(form[1:])}
	*p = position{Receives: int(r.uvarint()), Moved: flags&withMove != 0}
	if flags&withFirst != 0 {
		p.First = r.time()
	}
	if flags&withMessage != 0 {
		m := &message{Sent: r.time(), ID: r.text(), Body: r.text(), Sender: r.text(), Trace: r.text()}
		if flags&withRare != 0 {
			m.Source, m.Group, m.Dedup, m.Seq = r.text(), r.text(), r.text(), r.uvarint()
		}
		if flags&withSpan != 0 {
			m.Span = r.text()
		}
		p.Message = m
	}
	if r.torn || r.rest != "" {
		return errTorn
	}
	return nil
}

// fixedReader reads a fixed form from its front. Texts share its memory. Once
// torn, it returns zeros.
type fixedReader struct {
	rest string
	torn bool
}

func (r *fixedReader) uvarint() (n uint64) {
	for shift := 0; shift < 64 && shift/7 < len(r.rest); shift += 7 {
		c := r.rest[shift/7]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			r.rest = r.rest[shift/7+1:]
			return n
		}
	}
	r.rest, r.torn = "", true
	return 0
}

func (r *fixedReader) time() time.Time {
	n := r.uvarint() // zigzag, as AppendVarint writes it
	return time.Unix(0, int64(n>>1)^-int64(n&1)).UTC()
}

func (r *fixedReader) text() (text string) {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.rest, r.torn = "", true
		return ""
	}
	text, r.rest = r.rest[:n], r.rest[n:]
	return text
}
