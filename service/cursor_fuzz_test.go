package service

import (
	"encoding/base64"
	"strings"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// Whoever forges a token, seal and all, reads rows of the list that it is for, in
// order and each once, and of no other account's.
func FuzzAfterToken(f *testing.F) {
	st := kvtest.Open(f)
	list := kv.NewKey("000000000000", "us-east-1", "sqs", "q")
	err := st.Update(f.Context(), func(tx *kv.Tx) error {
		for _, account := range []string{"000000000000", "00000000000", "111111111111"} {
			for _, kind := range []string{"p", "q", "q\x00", "r"} {
				for _, name := range []string{"", "a", "a\x00", "b", "\xff"} {
					if err := tx.Put(kv.NewKey(account, "us-east-1", "sqs", kind, name), []byte("v")); err != nil {
						return err
					}
				}
			}
		}
		return tx.Put(list, []byte("v"))
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, last := range []string{
		"", "\x00", "\xff", "\xff\xff\xff", string(list.With("a")[len(list):]), string(list.With("b")[len(list):]) + "\x00",
		string(kv.NewKey("111111111111")), string(kv.NewKey("111111111111", "us-east-1", "sqs", "q")), strings.Repeat("a", 2000),
	} {
		f.Add([]byte(last), false)
		f.Add([]byte(last), true)
	}
	f.Fuzz(func(t *testing.T, last []byte, reverse bool) {
		forged := base64.RawURLEncoding.EncodeToString(append([]byte(seal(list, string(last))), last...))
		rows := kv.Prefix(list)
		rows.Reverse = reverse
		rest, ok := AfterToken(list, rows, &forged)
		if ok == (len(last) == 0) {
			t.Fatalf("%q is a place: %t", last, ok)
		}
		if !ok {
			return
		}
		var before kv.Key
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			for pair, err := range tx.Scan(rest) {
				if err != nil {
					return err
				}
				if !strings.HasPrefix(string(pair.Key), string(list)) || !rows.Holds(pair.Key) {
					t.Errorf("%q leads to %q", last, pair.Key)
				}
				if before != nil && (string(before) < string(pair.Key)) == reverse {
					t.Errorf("%q comes before %q", before, pair.Key)
				}
				before = pair.Key
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
