package kv_test

import (
	"fmt"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestCacheShowsWhatTheTransactionSees(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	c := kv.NewCache[string](2)
	key := func(i int) kv.Key { return kv.NewKey("", "", "test", i) }
	get := func(tx *kv.Tx, i int) string {
		v, ok, err := c.Get(tx, key(i))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return ""
		}
		return *v
	}
	for round := range 3 {
		for i := range 5 { // more than it keeps
			want := fmt.Sprint(round, i)
			err := st.Update(t.Context(), func(tx *kv.Tx) error {
				if err := kv.Put(tx, key(i), want); err != nil {
					return err
				}
				if got := get(tx, i); got != want {
					t.Errorf("in its transaction %q, want %q", got, want)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			err = st.View(t.Context(), func(tx *kv.Tx) error {
				if got := get(tx, i); got != want {
					t.Errorf("after it %q, want %q", got, want)
				}
				if got := get(tx, 99); got != "" {
					t.Errorf("a missing record is %q", got)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
