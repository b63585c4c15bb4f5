package kvtest

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"maru.dev/maru/kv"
)

// History crashes a history of operations, each of which is one transaction:
// after a power cut at any moment the store holds, row for row, what the last
// acknowledged operation left, or what the one under way was about to leave.
// The history hands the results of its operations to Steps.Did.
func History(t *testing.T, history func(st *kv.Store, h *Steps)) {
	t.Helper()
	var recorded *Steps
	work := func(st *kv.Store, ack func()) {
		t.Helper()
		recorded = newSteps(t, st, ack)
		history(st, recorded)
	}
	Crash(t, work, func(st *kv.Store, acked int) {
		t.Helper()
		recorded.check(recorded.rows(st), acked)
	})
}

// newSteps begins a history with what the store holds now.
func newSteps(tb testing.TB, st *kv.Store, ack func()) *Steps {
	tb.Helper()
	s := &Steps{tb: tb, st: st, ack: ack}
	s.states = []state{{rows: s.rows(st)}}
	return s
}

// Steps records what a history's operations leave.
type Steps struct {
	tb     testing.TB
	st     *kv.Store
	ack    func()
	except []kv.Range
	states []state
}

// Except leaves the rows below a prefix out of the comparison: those that may be
// written ahead of the operation that needs them, and are swept when it never
// comes.
func (s *Steps) Except(prefix kv.Key) {
	s.except = append(s.except, kv.Prefix(prefix))
}

// state is what an operation left in the store, and where it was called.
type state struct {
	caller string
	rows   map[string]string
}

// Did takes what an operation returned, and acknowledges it. An operation that
// fails or leaves the store as it was fails the test, since nothing is proved by
// it.
func (s *Steps) Did(_ any, err error) {
	s.tb.Helper()
	_, file, line, _ := runtime.Caller(1)
	now := state{caller: fmt.Sprintf("%s:%d", filepath.Base(file), line), rows: s.rows(s.st)}
	switch last := s.states[len(s.states)-1]; {
	case err != nil:
		s.tb.Fatalf("%v", err)
	case maps.Equal(now.rows, last.rows):
		s.tb.Errorf("the operation at %s changed nothing", now.caller)
	}
	s.states = append(s.states, now)
	s.ack()
}

// check holds what a power cut left against what was recorded.
func (s *Steps) check(got map[string]string, acked int) {
	s.tb.Helper()
	last := s.states[acked]
	if maps.Equal(got, last.rows) {
		return
	}
	if acked+1 == len(s.states) {
		s.tb.Errorf("after all operations were acknowledged: %s", difference(got, last.rows))
		return
	}
	if next := s.states[acked+1]; !maps.Equal(got, next.rows) {
		s.tb.Errorf("neither as before the operation at %s: %s\nnor as after it: %s",
			next.caller, difference(got, last.rows), difference(got, next.rows))
	}
}

// difference tells the rows in which a store is not as it should be.
func difference(got, want map[string]string) string {
	var out []string
	for key, value := range got {
		switch other, ok := want[key]; {
		case !ok:
			out = append(out, "row too many "+kv.Key(key).String())
		case other != value:
			out = append(out, "other value "+kv.Key(key).String())
		}
	}
	for key := range want {
		if _, ok := got[key]; !ok {
			out = append(out, "row missing "+kv.Key(key).String())
		}
	}
	slices.Sort(out)
	return fmt.Sprintf("%q", out)
}

// rows reads the store, but for what is left out.
func (s *Steps) rows(st *kv.Store) map[string]string {
	s.tb.Helper()
	all := make(map[string]string)
	err := st.View(s.tb.Context(), func(tx *kv.Tx) error {
		for row, err := range tx.Scan(kv.Range{}) {
			if err != nil {
				return err
			}
			left := slices.ContainsFunc(s.except, func(r kv.Range) bool {
				return bytes.Compare(row.Key, r.From) >= 0 && bytes.Compare(row.Key, r.To) < 0
			})
			if !left {
				all[string(row.Key)] = string(row.Value)
			}
		}
		return nil
	})
	if err != nil {
		s.tb.Errorf("read the store: %v", err)
	}
	return all
}
