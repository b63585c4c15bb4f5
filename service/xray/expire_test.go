package xray

import (
	"testing"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// An old trace leaves no row behind, whatever its documents replaced.
func TestOldTracesAreRemovedWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	h := homeOf(ctx)
	st := kvtest.Open(t)
	s := onStore(st)
	for _, end := range []string{`"in_progress":true`, `"end_time":1600000009`} {
		_, err := s.PutTraceSegments(ctx, &api.PutTraceSegmentsInput{TraceSegmentDocuments: []string{
			`{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000,` + end + `}`,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, cutoff := range []time.Duration{-time.Hour, time.Hour} {
		left := 0
		err := st.Update(ctx, func(tx *kv.Tx) error {
			left = 0
			if _, err := expire(tx, h, s.now().Add(cutoff)); err != nil {
				return err
			}
			for row, err := range tx.Scan(kv.Prefix(h.key())) {
				if err != nil {
					return err
				}
				switch row.Key.String() {
				case h.expiryKey().String(), h.tracesKey().String(), h.bytesKey().String():
				default:
					left++
				}
			}
			return nil
		})
		if err != nil || (left == 0) != (cutoff > 0) {
			t.Errorf("%s: %d rows are left, %v", cutoff, left, err)
		}
	}
}
