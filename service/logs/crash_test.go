package logs

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/task"
)

// After a crash between any two steps the group is as one of them left it, and
// its events, their index and their count agree.
func TestLogsSurviveACrash(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	at := c.Now().UnixMilli()
	steps := []func(s *Service) (any, error){
		func(s *Service) (any, error) {
			return s.CreateLogGroup(ctx, &api.CreateLogGroupInput{LogGroupName: "g"})
		},
		func(s *Service) (any, error) {
			return s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: "s"})
		},
		func(s *Service) (any, error) {
			return s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: "s", LogEvents: []api.InputLogEvent{{Timestamp: at, Message: "a"}, {Timestamp: at, Message: "b"}}})
		},
		func(s *Service) (any, error) {
			return s.PutRetentionPolicy(ctx, &api.PutRetentionPolicyInput{LogGroupName: "g", RetentionInDays: 7})
		},
		func(s *Service) (any, error) {
			return s.DeleteRetentionPolicy(ctx, &api.DeleteRetentionPolicyInput{LogGroupName: "g"})
		},
		func(s *Service) (any, error) {
			return s.TagLogGroup(ctx, &api.TagLogGroupInput{LogGroupName: "g", Tags: map[string]string{"k": "v"}})
		},
		func(s *Service) (any, error) {
			return s.UntagLogGroup(ctx, &api.UntagLogGroupInput{LogGroupName: "g", Tags: []string{"k"}})
		},
		func(s *Service) (any, error) {
			return s.TagResource(ctx, &api.TagResourceInput{ResourceArn: "arn:aws:logs:us-east-1:000000000000:log-group:g", Tags: map[string]string{"k": "v"}})
		},
		func(s *Service) (any, error) {
			return s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: "arn:aws:logs:us-east-1:000000000000:log-group:g", TagKeys: []string{"k"}})
		},
		func(s *Service) (any, error) {
			return s.AssociateKmsKey(ctx, &api.AssociateKmsKeyInput{LogGroupName: new("g"), KmsKeyId: "k"})
		},
		func(s *Service) (any, error) {
			return s.DisassociateKmsKey(ctx, &api.DisassociateKmsKeyInput{LogGroupName: new("g")})
		},
		func(s *Service) (any, error) {
			return s.DeleteLogStream(ctx, &api.DeleteLogStreamInput{LogGroupName: "g", LogStreamName: "s"})
		},
		func(s *Service) (any, error) {
			return s.DeleteLogGroup(ctx, &api.DeleteLogGroupInput{LogGroupName: "g"})
		},
	}
	var states []string
	work := func(st *kv.Store, ack func()) {
		s := testService(st, c)
		states = []string{state(ctx, t, st)}
		for i, step := range steps {
			if _, err := step(s); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			states = append(states, state(ctx, t, st))
			ack()
		}
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if got := state(ctx, t, st); got != states[acked] && (acked+1 >= len(states) || got != states[acked+1]) {
			t.Errorf("after %d steps: %s", acked, got)
		}
	})
}

func testService(st *kv.Store, c clock.Clock) *Service {
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	return New(d)
}

// state describes what is stored of group "g".
func state(ctx context.Context, t *testing.T, st *kv.Store) (text string) {
	t.Helper()
	h := homeOf(ctx)
	err := st.View(ctx, func(tx *kv.Tx) error {
		g, ok, err := kv.Get[group](tx, h.groupKey("g"))
		if err != nil || !ok {
			text = "none"
			return err
		}
		count := make(map[string]int)
		var bytes int64
		for _, folder := range rows() {
			for row, err := range tx.Scan(kv.Prefix(h.key(folder, g.ID))) {
				if err != nil {
					return err
				}
				count[folder]++
				if folder == "c" {
					c, err := chunk.Open(row.Value)
					if err != nil {
						t.Errorf("a chunk: %v", err)
					}
					bytes += c.Text + overhead*int64(c.Count)
				}
			}
		}
		counted, err := tx.Count(h.bytesKey(g.ID))
		if counted != bytes || count["c"] != count["y"] || count["c"] != count["v"] || count["s"] != count["o"] {
			t.Errorf("rows %v, %d bytes, %d counted", count, bytes, counted)
		}
		text = fmt.Sprint(count, g.Retention, g.Tags)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// everyone is a caller of a platform on which whatever is called succeeds.
type everyone struct{ call.Caller }

// Call implements call.Caller.
func (everyone) Call(context.Context, string, string, any) (any, error) { return nil, nil }

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	at := c.Now().UnixMilli()
	const function = "arn:aws:lambda:us-east-1:000000000000:function:f"
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		s := testService(st, c)
		s.Caller = everyone{}
		steps.Did(s.CreateLogGroup(ctx, &api.CreateLogGroupInput{LogGroupName: "g"}))
		steps.Did(s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: "s"}))
		transform := []api.MetricTransformation{{MetricName: "m", MetricNamespace: "n", MetricValue: "1"}}
		steps.Did(s.PutMetricFilter(ctx, &api.PutMetricFilterInput{LogGroupName: "g", FilterName: "f", MetricTransformations: transform}))
		steps.Did(s.PutSubscriptionFilter(ctx, &api.PutSubscriptionFilterInput{LogGroupName: "g", FilterName: "f", DestinationArn: function}))
		// The events, and the tasks that take them to both filters, are there together.
		steps.Did(s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: "s", LogEvents: []api.InputLogEvent{{Timestamp: at, Message: "a"}}}))
		steps.Did(s.DeleteSubscriptionFilter(ctx, &api.DeleteSubscriptionFilterInput{LogGroupName: "g", FilterName: "f"}))
		steps.Did(s.DeleteMetricFilter(ctx, &api.DeleteMetricFilterInput{LogGroupName: "g", FilterName: "f"}))
		steps.Did(s.PutDestination(ctx, &api.PutDestinationInput{DestinationName: "d", TargetArn: "arn:aws:kinesis:us-east-1:000000000000:stream/s", RoleArn: "r"}))
		steps.Did(s.PutDestinationPolicy(ctx, &api.PutDestinationPolicyInput{DestinationName: "d", AccessPolicy: "{}"}))
		steps.Did(s.DeleteDestination(ctx, &api.DeleteDestinationInput{DestinationName: "d"}))
		steps.Did(s.PutResourcePolicy(ctx, &api.PutResourcePolicyInput{PolicyName: new("p"), PolicyDocument: new(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents","Resource":"*"}}`)}))
		steps.Did(s.DeleteResourcePolicy(ctx, &api.DeleteResourcePolicyInput{PolicyName: new("p")}))
		kept, err := s.PutQueryDefinition(ctx, &api.PutQueryDefinitionInput{Name: "q", QueryString: "fields @message"})
		steps.Did(kept, err)
		steps.Did(s.DeleteQueryDefinition(ctx, &api.DeleteQueryDefinitionInput{QueryDefinitionId: *kept.QueryDefinitionId}))
		query, err := s.StartQuery(ctx, &api.StartQueryInput{LogGroupName: new("g"), QueryString: "fields @message", EndTime: at})
		steps.Did(query, err)
		steps.Did(s.StopQuery(ctx, &api.StopQueryInput{QueryId: *query.QueryId}))
		export, err := s.CreateExportTask(ctx, &api.CreateExportTaskInput{LogGroupName: "g", From: 0, To: at, Destination: "b"})
		steps.Did(export, err)
		steps.Did(s.CancelExportTask(ctx, &api.CancelExportTaskInput{TaskId: *export.TaskId}))
		steps.Did(s.DeleteLogGroup(ctx, &api.DeleteLogGroupInput{LogGroupName: "g"}))
	})
}
