package logs_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/test/proc"
)

// BenchmarkIngestOverThePort is how many lines a second an unmodified client
// brings into the real program by PutLogEvents, four streams at a time and a
// thousand lines of 150 bytes in a batch; each is on disk when it is answered.
// The client, which makes and signs the JSON, is on the same machine.
//
//	go test -run '^$' -bench IngestOverThePort -benchtime 1000x ./service/logs
func BenchmarkIngestOverThePort(b *testing.B) {
	const streams, lines = 4, 1000
	p := testenv.Process(b)
	logs := p.Logs()
	group := aws.String("g")
	if _, err := logs.CreateLogGroup(b.Context(), &client.CreateLogGroupInput{LogGroupName: group}); err != nil {
		b.Fatal(err)
	}
	for i := range streams {
		if _, err := logs.CreateLogStream(b.Context(), &client.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String(fmt.Sprint("s", i))}); err != nil {
			b.Fatal(err)
		}
	}
	before, began := proc.Of(p.PID()).CPU, time.Now()
	var batches atomic.Int64
	var work sync.WaitGroup
	b.ResetTimer()
	for i := range streams {
		work.Go(func() {
			for n := batches.Add(1); n <= int64(b.N); n = batches.Add(1) {
				events := make([]types.InputLogEvent, lines)
				at := time.Now().UnixMilli()
				for j := range events {
					events[j] = types.InputLogEvent{Timestamp: &at, Message: aws.String(fmt.Sprintf(
						`{"level":"INFO","time":"2026-01-01T00:00:%02d.%03dZ","request":"%08x-%04x","path":"/orders/%d","status":%d,"latency":%d.%d,"msg":"order was taken"}`,
						j%60, j%1000, j*2654435761, n, j%5000, 200+j%3, j%300, j%10))}
				}
				_, err := logs.PutLogEvents(b.Context(), &client.PutLogEventsInput{LogGroupName: group, LogStreamName: aws.String(fmt.Sprint("s", i)), LogEvents: events})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	total := float64(b.N * lines)
	b.ReportMetric(total/time.Since(began).Seconds(), "lines/s")
	b.ReportMetric(float64((proc.Of(p.PID()).CPU-before).Nanoseconds())/total, "server-ns/line")
}
