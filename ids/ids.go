// Package ids makes identifiers and randomness for whatever needs them, so
// that a test can have the same ones each time.
package ids

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// Source makes identifiers from a stream of random bytes (crypto/rand.Reader
// outside tests). It is safe for concurrent use when its reader is.
type Source struct {
	random  io.Reader
	scratch *sync.Pool // *[scratchSize]byte, for what becomes text
}

// scratchSize is room for the bytes of an id and for its text.
const scratchSize = 64

// New returns a Source over random.
func New(random io.Reader) Source {
	return Source{random, &sync.Pool{New: func() any { return new([scratchSize]byte) }}}
}

// Bytes returns n random bytes. It panics when the reader fails: there is no
// safe way on without randomness.
func (s Source) Bytes(n int) []byte {
	b := make([]byte, n)
	s.fill(b)
	return b
}

// fill fills b with random bytes.
func (s Source) fill(b []byte) {
	if _, err := io.ReadFull(s.random, b); err != nil {
		panic(fmt.Errorf("read random bytes: %w", err))
	}
}

// UUID returns a random (version 4) UUID in its 36-character form.
func (s Source) UUID() string { return s.uuid(4, nil) }

// TimeUUID returns a UUID that begins with a time in milliseconds (version 7), so
// that they sort by it; see TimeOf.
//
// Spec: RFC 9562, UUID Version 7.
func (s Source) TimeUUID(at time.Time) string {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	return s.uuid(7, ms[2:])
}

// TimeOf reads the milliseconds since 1970 that a UUID of TimeUUID begins with.
func TimeOf(uuid string) (ms int64, ok bool) {
	if len(uuid) != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[14] != '7' {
		return 0, false
	}
	ms, err := strconv.ParseInt(uuid[:8]+uuid[9:13], 16, 64)
	return ms, err == nil && ms >= 0
}

// uuid returns a UUID of a version that begins with some bytes; the others are
// random.
func (s Source) uuid(version byte, begin []byte) string {
	scratch := s.scratch.Get().(*[scratchSize]byte)
	defer s.scratch.Put(scratch)
	b, text := scratch[:16], scratch[16:52]
	s.fill(b)
	copy(b, begin)
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:36], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text)
}

// Hex returns n random lower-case hexadecimal digits.
func (s Source) Hex(n int) string {
	size := (n + 1) / 2
	if 3*size > scratchSize {
		return hex.EncodeToString(s.Bytes(size))[:n]
	}
	scratch := s.scratch.Get().(*[scratchSize]byte)
	defer s.scratch.Put(scratch)
	b, text := scratch[:size], scratch[size:3*size]
	s.fill(b)
	hex.Encode(text, b)
	return string(text[:n])
}

// The alphabets of AWS's identifiers.
const (
	Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"     // access keys and IAM unique ids
	Lower = "abcdefghijklmnopqrstuvwxyz0123456789" // API ids and the like
	Alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// String returns n characters of alphabet, each as likely as the next.
func (s Source) String(n int, alphabet string) string {
	limit := 256 - 256%len(alphabet) // above it a byte would favour the first characters
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range s.Bytes(n - len(out)) {
			if int(b) < limit {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

// Float returns a number in [0, 1), for jitter and weighted choices.
func (s Source) Float() float64 {
	var n uint64
	for _, b := range s.Bytes(7) {
		n = n<<8 | uint64(b)
	}
	return float64(n>>3) / (1 << 53)
}
