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
