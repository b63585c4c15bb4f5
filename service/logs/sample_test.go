package logs

import (
	"testing"
)

// Of whatever comes a sample has as many as are wanted, in order, and no long
// stretch of it is without one.
func TestASampleIsSpreadOverAll(t *testing.T) {
	t.Parallel()
	const most = 50
	for n := range 20 * most {
		s := sample[int]{most: most}
		for i := range n {
			if s.wants() {
				s.add(i)
			}
		}
		got, partial := s.all()
		if partial != (n > most) || len(got) != min(n, most) {
			t.Fatalf("of %d: %d, partial %t", n, len(got), partial)
		}
		last := -1
		for _, v := range append(got, n) {
			if gap := v - last; gap < 1 || gap > 4*n/most+1 {
				t.Fatalf("of %d: after %d comes %d", n, last, v)
			}
			last = v
		}
	}
}
