package logs

import (
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/test/proc"
)

// megabytes is how much the benchmark of searches looks through.
var megabytes = flag.Int64("megabytes", 1024, "MiB of messages that BenchmarkSearch looks through")

// benchLines is how many lines a batch of the benchmarks has.
const benchLines = 5000

// benchBatch makes lines such as services write, of about 150 bytes.
func benchBatch(at int64, n int) []api.InputLogEvent {
	out := make([]api.InputLogEvent, benchLines)
	for i := range out {
		level := "INFO"
		if (i+n)%1000 == 0 {
			level = "ERROR"
		}
		out[i] = api.InputLogEvent{Timestamp: at + int64(i)/10, Message: fmt.Sprintf(
			`{"level":"%s","time":"2026-01-01T00:00:%02d.%03dZ","request":"%08x-%04x","path":"/orders/%d","status":%d,"latency":%d.%d,"msg":"order was taken"}`,
			level, i%60, i%1000, i*2654435761, n, i%5000, 200+i%3, i%300, i%10)}
	}
	return out
}

// onDisk is the service over a store in a folder, with its tasks running.
func onDisk(b *testing.B) *Service {
	b.Helper()
	st, err := kv.Open(b.Context(), kv.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	s := New(d)
	var running sync.WaitGroup
	running.Go(func() { _ = d.Tasks.Run(b.Context()) })
	b.Cleanup(func() { running.Wait(); _ = st.Close() })
	return s
}

// fill puts megabytes of lines into group "g", from four streams at a time, and
// returns how many bytes of messages and lines they are.
func fill(b *testing.B, s *Service, megabytes int64) (bytes, lines int64) {
	b.Helper()
	ctx := call.With(b.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	if _, err := s.CreateLogGroup(ctx, &api.CreateLogGroupInput{LogGroupName: "g"}); err != nil {
		b.Fatal(err)
	}
	var total, count atomic.Int64
	var writers sync.WaitGroup
	for w := range 4 {
		name := fmt.Sprint("s", w)
		if _, err := s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: name}); err != nil {
			b.Fatal(err)
		}
		writers.Go(func() {
			at := s.Clock.Now().Add(-time.Hour).UnixMilli()
			for n := 0; total.Load() < megabytes<<20; n++ {
				batch := benchBatch(at+int64(n)*500, n)
				for _, e := range batch {
					total.Add(int64(len(e.Message)))
				}
				count.Add(int64(len(batch)))
				if _, err := s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: name, LogEvents: batch}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	return total.Load(), count.Load()
}

// BenchmarkIngest is how many lines a second are on disk.
func BenchmarkIngest(b *testing.B) {
	s := onDisk(b)
	b.ResetTimer()
	began := time.Now()
	bytes, lines := fill(b, s, int64(b.N))
	b.ReportMetric(float64(lines)/time.Since(began).Seconds(), "lines/s")
	b.ReportMetric(float64(bytes)/1e6/time.Since(began).Seconds(), "MB/s")
}

// BenchmarkSearch is how many bytes of messages a second are searched: by
// FilterLogEvents, and by queries. Once over a GiB each:
//
//	go test -run '^$' -bench Search -benchtime 1x ./service/logs -megabytes 1024
func BenchmarkSearch(b *testing.B) {
	s := onDisk(b)
	bytes, _ := fill(b, s, *megabytes)
	ctx := call.With(b.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	for name, pattern := range map[string]string{"nothing": `"no such words"`, "one in a thousand": "ERROR", "json": `{ $.status = 999 }`} {
		b.Run("filter "+name, func(b *testing.B) {
			began := proc.Of(os.Getpid()).CPU
			for b.Loop() {
				in := &api.FilterLogEventsInput{LogGroupName: new("g"), FilterPattern: &pattern}
				for {
					out, err := s.FilterLogEvents(ctx, in)
					if err != nil {
						b.Fatal(err)
					}
					if in.NextToken = out.NextToken; out.NextToken == nil {
						break
					}
				}
			}
			report(b, bytes, began)
		})
	}
	for _, query := range []string{
		"filter @message like 'no such words'", "filter @message like /ERROR/", "filter level = 'ERROR' | stats count(*) by path",
		"stats count(*) by bin(1m)", "filter @message like /status\":20[12],/ | stats count(*)", "stats avg(latency) by status",
	} {
		b.Run("query "+strings.ReplaceAll(query, "/", "|"), func(b *testing.B) {
			began := proc.Of(os.Getpid()).CPU
			for b.Loop() {
				started, err := s.StartQuery(ctx, &api.StartQueryInput{LogGroupName: new("g"), QueryString: query, EndTime: s.Clock.Now().Unix()})
				if err != nil {
					b.Fatal(err)
				}
				w := s.Store.Watch(homeOf(ctx).queryTopic(*started.QueryId))
				for {
					out, err := s.GetQueryResults(ctx, &api.GetQueryResultsInput{QueryId: *started.QueryId})
					if err != nil {
						b.Fatal(err)
					}
					if *out.Status == "Complete" {
						break
					}
					<-w.C()
				}
				w.Stop()
			}
			report(b, bytes, began)
		})
	}
}

// report tells how much was searched in a second, and in a second of one
// processor, which says more on a machine that others use. began is the
// processor time at the start.
func report(b *testing.B, bytes int64, began time.Duration) {
	b.Helper()
	megabytes := float64(bytes) / 1e6 * float64(b.N)
	b.ReportMetric(megabytes/b.Elapsed().Seconds(), "MB/s")
	b.ReportMetric(megabytes/(proc.Of(os.Getpid()).CPU-began).Seconds(), "MB/cpu-s")
}
