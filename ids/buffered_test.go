package ids

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"testing/iotest"
)

func TestBufferedHandsOutEachByteOnce(t *testing.T) {
	t.Parallel()
	// Numbers in order: a number seen twice was handed out twice.
	var mu sync.Mutex
	next := uint32(0)
	source := Buffered(readerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		for i := 0; i+4 <= len(p); i += 4 {
			binary.BigEndian.PutUint32(p[i:], next)
			next++
		}
		return len(p) &^ 3, nil
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
