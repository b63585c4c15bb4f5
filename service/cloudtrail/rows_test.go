package cloudtrail_test

import (
	"bytes"
	"testing"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
)

// rows counts the rows of CloudTrail that have a text in their key.
func rows(t testing.TB, st *kv.Store, mention string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		n = 0
		for _, region := range []string{"", testenv.Region} {
			for row, err := range tx.Scan(kv.Prefix(kv.NewKey(testenv.Account, region, "cloudtrail"))) {
				if err != nil {
					return err
				}
				if bytes.Contains(row.Key, []byte(mention)) {
					n++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
