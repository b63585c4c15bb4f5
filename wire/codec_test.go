package wire_test

import (
	"bytes"
	"io"
	"testing"

	"maru.dev/maru/wire"
)

// sparse is a body that comes in small pieces, and keeps the most room that there was
// for one of them.
type sparse struct {
	left, room int
}

// Read brings a few bytes.
func (s *sparse) Read(p []byte) (int, error) {
	s.room = max(s.room, len(p))
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	return copy(p, "piece"), nil
}

// A body takes memory as its bytes come, and not as it is announced: announcing costs
// nothing.
func TestAnnouncedBodiesTakeNoMemory(t *testing.T) {
	t.Parallel()
	for _, announced := range []int64{100_000, 1_000_000, 1 << 40} {
		body := &sparse{left: 3}
		var buffers wire.Buffers
		got, done, err := buffers.Read(&wire.Request{Body: body, ContentLength: announced})
		if err != nil || !bytes.Equal(got, []byte("piecepiecepiece")) {
			t.Fatalf("%q, %v", got, err)
		}
		done()
		if body.room > 128<<10 {
			t.Errorf("for %d bytes that were announced room was made for %d", announced, body.room)
		}
	}
}
