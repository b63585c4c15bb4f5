package console

import (
	"strings"
	"testing"
	"time"
)

// A ticket that was sealed is read as it was, with its own key alone; and nothing
// else is a ticket.
func FuzzUnseal(f *testing.F) {
	key, other := []byte("key"), []byte("another key")
	for _, id := range []string{"AKIAIOSFODNN7EXAMPLE", "", "a.b", ".", "a\x00", "\xff", strings.Repeat("a", 300)} {
		f.Add(id, int64(1_893_456_000), "AKIA.1893456000.AAAA")
		f.Add(id, int64(-1), "..")
	}
	f.Fuzz(func(t *testing.T, id string, until int64, text string) {
		want := ticket{id, time.Unix(until, 0)}
		sealed := want.seal(key)
		got, ok := unseal(key, sealed)
		if ok != (len(sealed) <= maxTicket) || ok && (got.accessKey != id || !got.until.Equal(want.until)) {
			t.Errorf("%q is read as %+v: %t", sealed, got, ok)
		}
		if got, ok := unseal(other, sealed); ok {
			t.Errorf("another key reads %+v", got)
		}
		if got, ok := unseal(key, text); ok && got.seal(key) != text {
			t.Errorf("%q is read as %+v", text, got)
		}
		if text != "" {
			cut := strings.LastIndexByte(sealed, '.')
			if got, ok := unseal(key, sealed[:cut]+text+sealed[cut:]); ok {
				t.Errorf("%q is put into %q, and read as %+v", text, sealed, got)
			}
		}
	})
}
