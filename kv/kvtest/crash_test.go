package kvtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"maru.dev/maru/kv"
)

// putRow writes a row.
func putRow(st *kv.Store, kind string, i int) error {
	return st.Update(context.Background(), func(tx *kv.Tx) error {
		return tx.Put(kv.NewKey(kind, i), []byte("value"))
	})
}

// putBoth writes a row and its index entry together.
func putBoth(st *kv.Store, i int) error {
	return st.Update(context.Background(), func(tx *kv.Tx) error {
		return errors.Join(tx.Put(kv.NewKey("row", i), []byte("value")), tx.Put(kv.NewKey("index", i), nil))
	})
}

// count counts the rows of a kind.
func count(st *kv.Store, kind string) (n int, err error) {
	err = st.View(context.Background(), func(tx *kv.Tx) error {
		for _, err := range tx.Scan(kv.Prefix(kv.NewKey(kind))) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// fiveRows writes and acknowledges five rows.
func fiveRows(t testing.TB, put func(st *kv.Store, i int) error) func(st *kv.Store, ack func()) {
	return func(st *kv.Store, ack func()) {
		for i := range 5 {
			if err := put(st, i); err != nil {
				t.Errorf("put: %v", err)
			}
			ack()
		}
	}
}

// consistent wants each acknowledged row, and each row with its index entry.
func consistent(t testing.TB) func(st *kv.Store, acked int) {
	return func(st *kv.Store, acked int) {
		rows, err := count(st, "row")
		index, err2 := count(st, "index")
		if err := errors.Join(err, err2); err != nil {
			t.Errorf("count: %v", err)
		}
		if rows < acked || rows != index {
			t.Errorf("%d acknowledged, %d rows, %d index entries", acked, rows, index)
		}
	}
}

func TestCrashPassesWhatIsDurable(t *testing.T) {
	t.Parallel()
	checks, most := 0, 0
	Crash(t, fiveRows(t, putBoth), func(st *kv.Store, acked int) {
		consistent(t)(st, acked)
		checks++
		most = max(most, acked)
	})
	if checks < 20 || most != 5 {
		t.Errorf("%d checks, at most %d acknowledged", checks, most)
	}
}

// recorder is a test that notes its failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper()             {}
func (r *recorder) Failed() bool        { return len(r.failures) > 0 }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestCrashFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lying bool
		put   func(st *kv.Store, i int) error
	}{
		"a commit that does not sync": {lying: true, put: putBoth},
		"an index written in a second transaction": {put: func(st *kv.Store, i int) error {
			return errors.Join(putRow(st, "row", i), putRow(st, "index", i))
		}},
		"an acknowledgement before the commit": {put: func() func(st *kv.Store, i int) error {
			return func(st *kv.Store, i int) error {
				if i == 0 {
					return nil
				}
				return putBoth(st, i)
			}
		}()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			crash(r, &cutDisk{FS: vfs.NewCrashableMem(), lying: tt.lying}, fiveRows(r, tt.put), consistent(r))
			if !r.Failed() {
				t.Error("the fault was not found")
			}
		})
	}
}

func TestLongWorkIsCutAtABoundedNumberOfMoments(t *testing.T) {
	t.Parallel()
	checks := 0
	Crash(t, func(st *kv.Store, ack func()) {
		for i := range 500 {
			if err := putBoth(st, i); err != nil {
				t.Error(err)
			}
			ack()
		}
	}, func(st *kv.Store, acked int) {
		consistent(t)(st, acked)
		checks++
	})
	if checks < maxCuts/2 || checks > maxCuts+2 {
		t.Errorf("%d checks", checks)
	}
}
