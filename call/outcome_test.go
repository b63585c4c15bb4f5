package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// lastRecord is an Auditor that keeps the last call.
type lastRecord struct{ call.Record }

// Audit implements call.Auditor.
func (l *lastRecord) Audit(_ context.Context, r *call.Record) { l.Record = *r }

// The line, the span and the record of a call that the disk fails tell what its
// client is told; why it failed stands in the line beside it.
func TestADiskThatFailsIsToldAsItsClientIsTold(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{"full": kv.ErrFull, "failing": kv.ErrUnavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newDoor(t, allow{})
			f.queues.next = func(context.Context) error { return fmt.Errorf("store queue: %w", cause) }
			var kept lastRecord
			f.door.SetAuditor(&kept)
			_, err := f.door.Call(caller(t), "sqs", "GetQueueUrl", &api.GetQueueUrlInput{QueueName: "q"})
			if !errors.Is(err, cause) {
				t.Errorf("a caller inside gets %v, and cannot see that it may try again", err)
			}
			var line struct {
				Status             int
				Code, Level, Cause string
			}
			if err := json.Unmarshal(f.log.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			if line.Status != http.StatusServiceUnavailable || line.Code != "ServiceUnavailableException" || line.Level != "ERROR" || line.Cause == "" {
				t.Errorf("the line: %s", f.log)
			}
			f.tracer.Flush(t.Context())
			if len(f.spans) != 1 || f.spans[0].HTTP.Status != http.StatusServiceUnavailable || f.spans[0].Code != line.Code {
				t.Errorf("the span: %+v", f.spans)
			}
			if fault, ok := errors.AsType[wire.Error](kept.Err); !ok || fault.HTTPStatus() != http.StatusServiceUnavailable {
				t.Errorf("the record: %v", kept.Err)
			}
		})
	}
}
