package ids

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"
)

func TestBufferedHandsOutEachByteOnce(t *testing.T) {
	t.Parallel()
	// Numbers in order: a number seen twice was handed out twice.
	var numbers bytes.Buffer
	for i := range uint32(200_000) {
		_ = binary.Write(&numbers, binary.BigEndian, i)
	}
	var mu sync.Mutex
	source := Buffered(readerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return io.ReadFull(&numbers, p)
	}))
	seen := sync.Map{}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 5_000 {
				var p [8]byte
				if _, err := source.Read(p[:]); err != nil {
					t.Error(err)
					return
				}
				if _, twice := seen.LoadOrStore(p, true); twice {
					t.Errorf("%x was handed out twice", p)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestBufferedReportsItsSourcesFailure(t *testing.T) {
	t.Parallel()
	failure := errors.New("no randomness")
	if _, err := Buffered(iotest.ErrReader(failure)).Read(make([]byte, 8)); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func BenchmarkUUID(b *testing.B) {
	for name, source := range map[string]Source{"plain": New(rand.Reader), "buffered": New(Buffered(rand.Reader))} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = source.UUID()
			}
		})
	}
}
