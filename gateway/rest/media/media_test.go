package media

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCompressionGoesBothWays(t *testing.T) {
	t.Parallel()
	body := []byte(strings.Repeat("x", 1000))
	for accept, want := range map[string]string{"gzip": "gzip", "br, deflate": "deflate", "*": "gzip", "gzip;q=0, deflate;q=0.1": "deflate", "br": "", "": ""} {
		out, encoding := Compress(body, accept)
		if encoding != want || want != "" && len(out) >= len(body) {
			t.Errorf("%q: %q, %d bytes", accept, encoding, len(out))
		}
		back, known, err := Inflate(out, encoding, 1000)
		if string(back) != string(body) || known != (want != "") || err != nil {
			t.Errorf("%q: back to %d bytes (%v), %v", accept, len(back), known, err)
		}
		if _, _, err := Inflate(out, encoding, 999); want != "" && !errors.Is(err, ErrTooLong) {
			t.Errorf("%q: over the limit: %v", accept, err)
		}
	}
	if _, _, err := Inflate([]byte("none"), "gzip", 10); err == nil {
		t.Error("what is not compressed was inflated")
	}
}

// What a client accepts chooses among what there is, and nothing else.
func FuzzChoose(f *testing.F) {
	f.Add("text/plain", "application/json|text/plain")
	f.Add("*/*;q=0.1, TEXT/HTML ; x=y", "text/html; charset=utf-8")
	f.Fuzz(func(t *testing.T, accept, kinds string) {
		list := strings.Split(kinds, "|")
		if got := Choose(accept, list); !slices.Contains(list, got) {
			t.Errorf("%q of %q", got, list)
		}
	})
}
