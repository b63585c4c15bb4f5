package stream

import "testing"

// A sequence number is written in one way, and sorts as a text as it does as a place.
func FuzzParseSequence(f *testing.F) {
	f.Add(First, Position{1<<64 - 1, indexDigits - 1}.Sequence())
	f.Add(Position{7, 0}.Sequence(), Position{7, 1}.Sequence())
	f.Add("1-00000000000000000001"+"00000", "1000000000000000000001+0001")
	f.Add("", "1")
	f.Fuzz(func(t *testing.T, one, other string) {
		a, err := ParseSequence(one)
		if err != nil {
			return
		}
		if a.Sequence() != one {
			t.Errorf("%q is %+v, and that %q", one, a, a.Sequence())
		}
		if b, err := ParseSequence(other); err == nil && a.Less(b) != (one < other) {
			t.Errorf("%q is before %q: %t", one, other, a.Less(b))
		}
	})
}
