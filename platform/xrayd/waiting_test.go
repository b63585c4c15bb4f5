package xrayd

import (
	"strings"
	"testing"
)

// What comes faster than it is stored is bounded by its number and its size, and
// what is stored makes room.
func TestWhatWaitsIsBounded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ size, want int }{
		"small documents": {1, maxWaiting},
		"large documents": {maxDatagram, maxHeld / maxDatagram},
		"an odd size":     {maxDatagram - 1, maxHeld / (maxDatagram - 1)},
	} {
		d := &Daemon{waiting: make(chan string, maxWaiting), options: Options{Home: func(string) (string, string) { return "", "" }}}
		document := strings.Repeat("x", tt.size)
		for range maxWaiting + 1 {
			d.take(document)
		}
		if got := len(d.waiting); got != tt.want || d.Dropped() != int64(maxWaiting+1-got) {
			t.Errorf("%s: %d wait, %d are dropped", name, got, d.Dropped())
		}
		d.sort(map[home][]string{}, <-d.waiting)
		d.take(document)
		d.take(document)
		if got := len(d.waiting); got != tt.want || d.Dropped() != int64(maxWaiting+2-got) {
			t.Errorf("%s: %d wait once one is stored, %d are dropped", name, got, d.Dropped())
		}
	}
}
