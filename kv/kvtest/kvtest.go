package kvtest

import (
	"testing"

	"maru.dev/maru/kv"
)

// Open returns an empty store in memory that is closed when the test ends.
func Open(tb testing.TB) *kv.Store {
	tb.Helper()
	st, err := kv.Open(tb.Context(), kv.Options{Memory: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	return st
}
