package blob

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkPut stores objects of various sizes, each of its own content.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{4 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, rest := onDisk(b).Store, strings.Repeat("x", size-10)
			b.SetBytes(int64(size))
			n := 0
			for b.Loop() {
				n++
				if _, _, err := s.Put(b.Context(), strings.NewReader(fmt.Sprintf("%010d", n)+rest)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen reads an object.
func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{4 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := onDisk(b).Store
			ref, _, err := s.Put(b.Context(), strings.NewReader(strings.Repeat("x", size)))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				r, err := s.Open(ref)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); err != nil || n != int64(size) {
					b.Fatal(n, err)
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
