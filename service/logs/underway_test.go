package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/lambda"
	api "maru.dev/maru/api/logs"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// neighbours are Lambda and S3 on the same store: what they are given is on disk
// when they answer, so a power cut that loses it loses the answer, too.
type neighbours struct {
	call.Caller
	store *kv.Store
}

// taken is the folder of what neighbours were given.
func taken() kv.Key { return kv.NewKey(testenv.Account, testenv.Region, "neighbours") }

// Call implements call.Caller.
func (n neighbours) Call(ctx context.Context, _, operation string, in any) (any, error) {
	put := func(key kv.Key, value []byte) error {
		return n.store.Update(ctx, func(tx *kv.Tx) error { return tx.Put(key, value) })
	}
	switch in := in.(type) {
	case *lambda.InvokeInput:
		if *in.InvocationType == string(lambda.InvocationTypeDryRun) {
			return nil, nil
		}
		return nil, n.store.Update(ctx, func(tx *kv.Tx) error {
			count, err := rowsBelow(tx, taken().With("invoked"))
			if err != nil {
				return err
			}
			return tx.Put(taken().With("invoked", count), in.Payload)
		})
	case *s3.PutObjectInput:
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return nil, err
		}
		return nil, put(taken().With("object", in.Key), body)
	}
	return nil, fmt.Errorf("nobody knows %s", operation)
}

// rowsBelow counts the rows of a folder.
func rowsBelow(tx *kv.Tx, folder kv.Key) (n int, err error) {
	for _, err := range tx.Scan(kv.Prefix(folder)) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// atWork is the service over a store, with its tasks running until stop.
func atWork(t *testing.T, st *kv.Store) (s *Service, stop func()) {
	t.Helper()
	s = testService(st, clock.System{})
	s.Caller = neighbours{store: st}
	return s, runTasks(s)
}

// runTasks runs a service's tasks until stop.
func runTasks(s *Service) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Tasks.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

// group "g" with a stream "s".
func makeGroup(ctx context.Context, t *testing.T, s *Service) {
	t.Helper()
	_, err := s.CreateLogGroup(ctx, &api.CreateLogGroupInput{LogGroupName: "g"})
	if err == nil {
		_, err = s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: "s"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// putLines puts messages into stream "s", a batch.
func putLines(ctx context.Context, t *testing.T, s *Service, messages ...string) {
	t.Helper()
	events := make([]api.InputLogEvent, len(messages))
	for i, m := range messages {
		events[i] = api.InputLogEvent{Timestamp: clock.System{}.Now().UnixMilli(), Message: m}
	}
	if _, err := s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: "s", LogEvents: events}); err != nil {
		t.Fatal(err)
	}
}

// delivered are the messages that the subscribed function was given, in order.
func delivered(ctx context.Context, t *testing.T, st *kv.Store) (messages []string) {
	t.Helper()
	err := st.View(ctx, func(tx *kv.Tx) error {
		messages = nil
		for row, err := range tx.Scan(kv.Prefix(taken().With("invoked"))) {
			if err != nil {
				return err
			}
			var event struct {
				Logs struct{ Data []byte } `json:"awslogs"`
			}
			var d delivery
			if err := json.Unmarshal(row.Value, &event); err != nil {
				return err
			}
			z, err := gzip.NewReader(bytes.NewReader(event.Logs.Data))
			if err != nil {
				return err
			}
			if err := json.NewDecoder(z).Decode(&d); err != nil {
				return err
			}
			for _, e := range d.Events {
				messages = append(messages, e.Message)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// Wherever the power fails, a subscription gets every event that was taken in,
// the first time in the order in which they came. Again come at most those that
// were under way.
func TestASubscriptionGoesOnAfterCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "")
	const batches = 4
	work := func(st *kv.Store, ack func()) {
		s, stop := atWork(t, st)
		defer stop()
		makeGroup(ctx, t, s)
		_, err := s.PutSubscriptionFilter(ctx, &api.PutSubscriptionFilterInput{
			LogGroupName: "g", FilterName: "f", FilterPattern: "wanted", DestinationArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range batches {
			putLines(ctx, t, s, fmt.Sprint("wanted ", i), "not this one")
			ack()
		}
		testenv.Eventually(t, "all is delivered", func() bool { return len(delivered(ctx, t, st)) >= batches })
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		_, stop := atWork(t, st)
		defer stop()
		var got []string
		testenv.Eventually(t, "what was taken in is delivered", func() bool {
			got = firsts(delivered(ctx, t, st))
			return len(got) >= acked
		})
		for i, message := range got {
			if message != fmt.Sprint("wanted ", i) {
				t.Errorf("of %d taken in: %q", acked, got)
				break
			}
		}
		if all := delivered(ctx, t, st); len(all) > 2*batches {
			t.Errorf("delivered again and again: %q", all)
		}
	})
}

// firsts are values without those that were there before.
func firsts(values []string) (out []string) {
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Wherever the power fails, a query that was started ends with what it is to
// find, and its place among those that run is free.
func TestAQueryGoesOnAfterCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "")
	const lines = 120
	var id string
	complete := func(s *Service) bool { return statusOf(ctx, t, s, id) == api.QueryStatusComplete }
	work := func(st *kv.Store, ack func()) {
		s, stop := atWork(t, st)
		defer stop()
		makeGroup(ctx, t, s)
		for i := range lines / 2 {
			putLines(ctx, t, s, fmt.Sprint("n=", i), "n=x")
		}
		out, err := s.StartQuery(ctx, &api.StartQueryInput{
			LogGroupName: new("g"), EndTime: clock.System{}.Now().Unix() + 60, QueryString: "parse 'n=*' as n | stats count(*) as lines, count_distinct(n) as kinds",
		})
		if err != nil {
			t.Fatal(err)
		}
		id = *out.QueryId
		ack()
		testenv.Eventually(t, "the query ends", func() bool { return complete(s) })
		ack()
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		if acked == 2 && !complete(testService(st, clock.System{})) {
			t.Error("a query that had ended has not")
		}
		s, stop := atWork(t, st)
		defer stop()
		testenv.Eventually(t, "the query ends", func() bool { return complete(s) })
		out, err := s.GetQueryResults(ctx, &api.GetQueryResultsInput{QueryId: id})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, row := range out.Results {
			for _, f := range row {
				got[*f.Field] = *f.Value
			}
		}
		if diff := cmp.Diff(map[string]string{"lines": fmt.Sprint(lines), "kinds": fmt.Sprint(lines/2 + 1)}, got); diff != "" {
			t.Error(diff)
		}
		if n := running(ctx, t, st); n != 0 {
			t.Errorf("%d queries are said to run", n)
		}
	})
}

// running is how many queries the service counts as running.
func running(ctx context.Context, t *testing.T, st *kv.Store) (n int64) {
	t.Helper()
	err := st.View(ctx, func(tx *kv.Tx) (err error) {
		n, err = tx.Count(homeOf(ctx).runningKey())
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// Wherever the power fails, an export that was begun writes every event of its
// streams once, and lets the next one begin.
func TestAnExportGoesOnAfterCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "")
	in := &api.CreateExportTaskInput{LogGroupName: "g", To: clock.System{}.Now().Add(time.Hour).UnixMilli(), Destination: "bucket"}
	var id string
	complete := func(s *Service) bool {
		out, err := s.DescribeExportTasks(ctx, &api.DescribeExportTasksInput{TaskId: &id})
		if err != nil || len(out.ExportTasks) != 1 {
			t.Fatal("no export: ", err)
		}
		return *out.ExportTasks[0].Status.Code == string(api.ExportTaskStatusCodeCompleted)
	}
	work := func(st *kv.Store, ack func()) {
		s, stop := atWork(t, st)
		defer stop()
		makeGroup(ctx, t, s)
		for _, name := range []string{"s", "t", "u"} {
			if name != "s" {
				if _, err := s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: name}); err != nil {
					t.Fatal(err)
				}
			}
			event := api.InputLogEvent{Timestamp: clock.System{}.Now().UnixMilli(), Message: "of " + name}
			if _, err := s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: name, LogEvents: []api.InputLogEvent{event, event}}); err != nil {
				t.Fatal(err)
			}
		}
		out, err := s.CreateExportTask(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		id = *out.TaskId
		ack()
		testenv.Eventually(t, "the export ends", func() bool { return complete(s) })
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		s, stop := atWork(t, st)
		defer stop()
		testenv.Eventually(t, "the export ends", func() bool { return complete(s) })
		want := map[string]string{"aws-logs-write-test": "", "ID/s/000000.gz": "of s,of s", "ID/t/000000.gz": "of t,of t", "ID/u/000000.gz": "of u,of u"}
		if diff := cmp.Diff(want, exported(ctx, t, st, id)); diff != "" {
			t.Error(diff)
		}
		if _, err := s.CreateExportTask(ctx, in); err != nil {
			t.Errorf("the next export: %v", err)
		}
	})
}

// exported are the objects that an export has written, by key below its prefix,
// without the times of their lines.
func exported(ctx context.Context, t *testing.T, st *kv.Store, id string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := st.View(ctx, func(tx *kv.Tx) error {
		folder := taken().With("object")
		for row, err := range tx.Scan(kv.Prefix(folder)) {
			if err != nil {
				return err
			}
			var key string
			if err := row.Key.Scan(4, &key); err != nil {
				return err
			}
			key = strings.ReplaceAll(strings.TrimPrefix(key, "exportedlogs/"), id, "ID")
			if !strings.HasSuffix(key, ".gz") {
				out[key] = ""
				continue
			}
			z, err := gzip.NewReader(bytes.NewReader(row.Value))
			if err != nil {
				return err
			}
			text, err := io.ReadAll(z)
			if err != nil {
				return err
			}
			var lines []string
			for line := range strings.Lines(string(text)) {
				_, message, _ := strings.Cut(strings.TrimSpace(line), " ")
				lines = append(lines, message)
			}
			out[key] = strings.Join(lines, ",")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return out
}

// gated is a clock that stops who looks at it, once it is shut. A search looks
// at it before each of its looks at the store.
type gated struct {
	*clock.Fake
	shut  chan struct{} // closed when somebody waits
	open  chan struct{} // closed to let all go on
	first sync.Once
}

// Now implements clock.Clock.
func (g *gated) Now() time.Time {
	g.first.Do(func() { close(g.shut) })
	<-g.open
	return g.Fake.Now()
}

// A query under way is ended by whoever stops it, on another node, too, or by the
// hour that it may take. What it has found by then can be had.
func TestAQueryUnderWayEnds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end  func(ctx context.Context, s *Service, c *clock.Fake, id string) error
		want string
	}{
		"stopped": {func(ctx context.Context, s *Service, _ *clock.Fake, id string) error {
			_, err := s.StopQuery(ctx, &api.StopQueryInput{QueryId: id})
			return err
		}, api.QueryStatusCancelled},
		"after an hour": {func(_ context.Context, _ *Service, c *clock.Fake, _ string) error {
			c.Advance(queryLasts)
			return nil
		}, api.QueryStatusTimeout},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := testenv.Context(t.Context(), "")
			st := kvtest.Open(t)
			other := testService(st, clock.System{}) // runs no tasks
			makeGroup(ctx, t, other)
			const lines = 3 * querySlice
			for i := range lines {
				putLines(ctx, t, other, fmt.Sprint("line ", i))
			}
			c := &gated{Fake: clock.NewFake(clock.System{}.Now()), shut: make(chan struct{}), open: make(chan struct{})}
			one := testService(st, clock.System{})
			one.Clock = c
			defer runTasks(one)()
			out, err := other.StartQuery(ctx, &api.StartQueryInput{
				LogGroupName: new("g"), EndTime: clock.System{}.Now().Unix() + 60, QueryString: "fields @message",
			})
			if err != nil {
				t.Fatal(err)
			}
			id := *out.QueryId
			<-c.shut
			if got := statusOf(ctx, t, other, id); got != api.QueryStatusRunning {
				t.Errorf("under way it is %s", got)
			}
			testenv.Eventually(t, "the search is watched", func() bool { return c.Waiting() >= 2 })
			if err := tt.end(ctx, other, c.Fake, id); err != nil {
				t.Fatal(err)
			}
			close(c.open)
			testenv.Eventually(t, "the query ends", func() bool { return one.Tasks.Running() == 0 && statusOf(ctx, t, other, id) == tt.want })
			if n := running(ctx, t, st); n != 0 {
				t.Errorf("%d queries are said to run", n)
			}
			_, err = other.StopQuery(ctx, &api.StopQueryInput{QueryId: id})
			if _, ok := errors.AsType[*api.InvalidParameterException](err); !ok {
				t.Errorf("what has ended is stopped: %v", err)
			}
		})
	}
}

// statusOf is a query's status.
func statusOf(ctx context.Context, t *testing.T, s *Service, id string) string {
	t.Helper()
	out, err := s.GetQueryResults(ctx, &api.GetQueryResultsInput{QueryId: id})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Status
}
