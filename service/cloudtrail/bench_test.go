package cloudtrail

import (
	"context"
	"testing"

	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
)

// BenchmarkAudit measures what the record of a call costs, by what the call is.
func BenchmarkAudit(b *testing.B) {
	ctx := testenv.Context(context.Background(), "")
	for _, bm := range []struct {
		name      string
		operation string
		in, out   any
	}{
		{"data event that nobody selects", "SendMessage", &sqsapi.SendMessageInput{QueueUrl: "http://127.0.0.1:4566/000000000000/orders", MessageBody: "x"}, &sqsapi.SendMessageOutput{}},
		{"reading management event", "GetQueueUrl", &sqsapi.GetQueueUrlInput{QueueName: "orders"}, &sqsapi.GetQueueUrlOutput{}},
		{"writing management event", "CreateQueue", &sqsapi.CreateQueueInput{QueueName: "orders"}, &sqsapi.CreateQueueOutput{}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			st, err := kv.Open(ctx, kv.Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			s := onStore(st)
			r := recordOf(ctx, sqsapi.Model, bm.operation, bm.in, bm.out)
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s.Audit(ctx, r)
				}
			})
			b.StopTimer()
			if err := s.flush(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}
