package sqs_test

import (
	"fmt"
	"testing"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/sqs"
)

// BenchmarkListQueuesBeside is a page of ten queues where there are few others,
// and many: it costs the same.
func BenchmarkListQueuesBeside(b *testing.B) {
	for _, n := range []int{11, 3000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			env := testenv.New(b, sqs.Registration())
			for i := range n {
				if _, err := env.Caller().Call(env.Context(), "sqs", "CreateQueue", &api.CreateQueueInput{QueueName: fmt.Sprintf("beside-%d", i)}); err != nil {
					b.Fatal(err)
				}
			}
			ctx, in := env.Context(), &api.ListQueuesInput{QueueNamePrefix: new("beside-"), MaxResults: new(int32(10))}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := env.Caller().Call(ctx, "sqs", "ListQueues", in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
