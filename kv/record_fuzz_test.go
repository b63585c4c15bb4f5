package kv_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// What is put into a record comes out of it again, whatever the texts are.
func FuzzRecord(f *testing.F) {
	type row struct {
		Text  string
		Bytes []byte
		Map   map[string]string
		Any   any
		At    time.Time
		Next  *row
	}
	for _, text := range []string{"", "a", "caf\xe9", "\x00", "\xed\xa0\x80", "é"} {
		f.Add(text, []byte(text), int64(1_700_000_000_000_000_001))
		f.Add(text, []byte{1}, int64(-1))
	}
	st := kvtest.Open(f)
	key := kv.NewKey("r")
	f.Fuzz(func(t *testing.T, text string, bytes []byte, at int64) {
		want := row{Text: text, Bytes: bytes, Map: map[string]string{text: text}, Any: map[string]any{text: text}, At: time.Unix(0, at).UTC()}
		want.Next = &row{Text: text, At: want.At}
		if err := st.Update(t.Context(), func(tx *kv.Tx) error { return kv.Put(tx, key, want) }); err != nil {
			t.Fatal(err)
		}
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			got, ok, err := kv.Get[row](tx, key)
			if diff := cmp.Diff(want, got); err == nil && (!ok || diff != "") {
				t.Errorf("%t %s", ok, diff)
			}
			return err
		})
		if err != nil {
			t.Errorf("what was put cannot be read: %v", err)
		}
	})
}
