package sns

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// TestMessagesAreSignedOutsideTheirTransaction looks at what a transaction
// finds that needs two signatures: first none, and nothing of it is kept; then
// both.
func TestMessagesAreSignedOutsideTheirTransaction(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	source := ids.New(rand.Reader)
	tasks := task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source})
	s := New(service.Deps{Store: st, Tasks: tasks, Clock: clock.System{}, IDs: source})
	env, err := s.envelope(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var runs [][2]string
	key := kv.NewKey("", "", "test")
	err = s.update(t.Context(), env, func(tx *kv.Tx) error {
		one, err := env.sign("1", "Message", "one")
		two, err2 := env.sign("2", "Message", "two")
		runs = append(runs, [2]string{one, two})
		return errors.Join(err, err2, tx.Add(key, 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || runs[0] != [2]string{} || runs[1][0] == "" || runs[1][1] == "" {
		t.Errorf("signatures of each run: %q", runs)
	}
	err = st.View(context.Background(), func(tx *kv.Tx) error {
		n, err := tx.Count(key)
		if n != 1 {
			t.Errorf("written %d times", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if sig, err := env.sign("1", "Message", "at once"); sig == "" || err != nil {
		t.Errorf("outside: %q, %v", sig, err)
	}
	failure := errors.New("no such topic")
	if err := s.update(t.Context(), env, func(*kv.Tx) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}
