package outbox_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/outbox"
)

// add stores messages in a transaction of their own.
func add(t *testing.T, st *kv.Store, messages ...outbox.Message) {
	t.Helper()
	for _, m := range messages {
		if err := st.Update(context.Background(), func(tx *kv.Tx) error { return outbox.Add(tx, m) }); err != nil {
			t.Fatal(err)
		}
	}
}

// list returns what is stored.
func list(t *testing.T, st *kv.Store) []outbox.Message {
	t.Helper()
	var got []outbox.Message
	err := st.View(context.Background(), func(tx *kv.Tx) error {
		for m, err := range outbox.List(tx) {
			if err != nil {
				return err
			}
			got = append(got, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestListReturnsMessagesNewestFirst(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	first := outbox.Message{ID: "1", Channel: "email", At: at, Account: "000000000000", To: []string{"a@example.com"}, Subject: "é", HTML: "<p>"}
	large := outbox.Message{ID: "2", Channel: "email", At: at, To: []string{"b@example.com"}, Raw: bytes.Repeat([]byte("x"), 5<<20)}
	last := outbox.Message{ID: "3", Channel: "sms", At: at, To: []string{"+1"}, Text: "hello"}
	add(t, st, first, large, last)
	if diff := cmp.Diff([]outbox.Message{last, large, first}, list(t, st), cmp.Comparer(bytes.Equal)); diff != "" {
		t.Error(diff)
	}
}

func TestOldMessagesGo(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	const total, kept, slack = 10_600, 10_000, 600
	for i := 0; i < total; i += 50 {
		err := st.Update(t.Context(), func(tx *kv.Tx) error {
			for j := range 50 {
				if err := outbox.Add(tx, outbox.Message{ID: fmt.Sprintf("%08d", i+j)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := list(t, st)
	if len(got) < kept || len(got) >= kept+slack {
		t.Errorf("%d messages are kept", len(got))
	}
	if got[0].ID != fmt.Sprintf("%08d", total-1) {
		t.Errorf("the newest is %s", got[0].ID)
	}
}
