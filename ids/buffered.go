package ids

import (
	"io"
	"sync"
)

// blockSize is how many random bytes are read at a time.
const blockSize = 1024

// Buffered reads from random in blocks and hands them out in pieces, since a
// read of the system's randomness costs more than an identifier should. It is
// safe for concurrent use when random is. No byte is handed out twice.
func Buffered(random io.Reader) io.Reader {
	return &buffered{random: random, blocks: sync.Pool{New: func() any { return new(block) }}}
}

type buffered struct {
	random io.Reader
	blocks sync.Pool // *block, each used by one reader at a time
}

// block is what is left of a read.
type block struct {
	bytes [blockSize]byte
	left  int // at the end of bytes
}

// Read fills p.
func (b *buffered) Read(p []byte) (int, error) {
	if len(p) > blockSize/4 {
		return io.ReadFull(b.random, p)
	}
	k := b.blocks.Get().(*block)
	defer b.blocks.Put(k)
	if k.left < len(p) {
		if _, err := io.ReadFull(b.random, k.bytes[:]); err != nil {
			k.left = 0
			return 0, err
		}
		k.left = blockSize
	}
	from := k.bytes[blockSize-k.left:]
	copy(p, from)
	clear(from[:len(p)]) // what was a secret does not stay in memory
	k.left -= len(p)
	return len(p), nil
}
