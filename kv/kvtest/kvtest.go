// Package kvtest tests what is built on kv: stores for tests, stores whose
// disk fails, and power cuts at every moment that matters.
package kvtest

import (
	"testing"

	"maru.dev/maru/kv"
)

// Open returns an empty store in memory that is closed when the test ends.
func Open(t testing.TB) *kv.Store {
	t.Helper()
	st, err := kv.Open(t.Context(), kv.Options{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}
