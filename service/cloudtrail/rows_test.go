package cloudtrail_test

import (
	"bytes"
	"math"
	"testing"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/history"
)

// home begins the keys of the event history.
func home() kv.Key { return kv.NewKey(testenv.Account, testenv.Region, "cloudtrail") }

// ever counts the events of a name that are stored, however old.
func ever(t testing.TB, st *kv.Store, name string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		found, err := history.New(home()).Find(tx, history.Query{To: math.MaxInt64, With: &history.Attribute{Key: "EventName", Value: name}, Limit: 1000})
		n = len(found)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// kept counts the rows of a kind.
func kept(t testing.TB, st *kv.Store, kind string) int {
	t.Helper()
	return count(t, st, kv.Prefix(home().With(kind)), "")
}

// tasks counts the tasks of a kind.
func tasks(t testing.TB, st *kv.Store, kind string) int {
	t.Helper()
	return count(t, st, kv.Prefix(kv.NewKey("", "", "task", "t")), kind)
}

// count counts the rows of a range that have a text in their value.
func count(t testing.TB, st *kv.Store, r kv.Range, text string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		n = 0
		for row, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			if bytes.Contains(row.Value, []byte(text)) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
