package logs

import "testing"

// An event's id is refused, or names one place in one way.
func FuzzReadPlace(f *testing.F) {
	f.Add(place{At: 1_700_000_000_000, Version: 7, Index: 3}.String())
	f.Add("-0000000000000000001+0000000000000000007_000000000000003")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := readPlace(text)
		if !ok {
			return
		}
		if again, ok := readPlace(p.String()); !ok || again != p {
			t.Errorf("%q is %+v, and that %+v", text, p, again)
		}
	})
}
