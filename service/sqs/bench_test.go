package sqs_test

import (
	"context"
	"fmt"
	"testing"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
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

// BenchmarkLongPollThatFindsNothing is a long poll as it looks before it sleeps, each
// after a message that was sent, received and deleted; where few were handled in the
// last visibility timeout, and many: it costs the same.
func BenchmarkLongPollThatFindsNothing(b *testing.B) {
	for _, name := range []string{"q", "q.fifo"} {
		for _, n := range []int{10, 20_000} {
			b.Run(fmt.Sprint(name, " ", n), func(b *testing.B) {
				env := testenv.New(b, sqs.Registration())
				set := map[string]string{"VisibilityTimeout": "15"}
				if name != "q" {
					set["FifoQueue"] = "true"
				}
				do := func(ctx context.Context, operation string, in any) any {
					out, err := env.Caller().Call(ctx, "sqs", operation, in)
					if err != nil {
						b.Fatal(err)
					}
					return out
				}
				ctx, url := env.Context(), env.URL()+"/"+testenv.Account+"/"+name
				do(ctx, "CreateQueue", &api.CreateQueueInput{QueueName: name, Attributes: set})
				handled := 0
				handle := func(batch int) {
					send := &api.SendMessageBatchInput{QueueUrl: url}
					for range batch {
						e := api.SendMessageBatchRequestEntry{Id: fmt.Sprint("e", handled), MessageBody: "x"}
						if name != "q" {
							e.MessageGroupId, e.MessageDeduplicationId = &e.Id, &e.Id
						}
						send.Entries = append(send.Entries, e)
						handled++
					}
					do(ctx, "SendMessageBatch", send)
					got := do(ctx, "ReceiveMessage", &api.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: new(int32(10))}).(*api.ReceiveMessageOutput)
					remove := &api.DeleteMessageBatchInput{QueueUrl: url}
					for _, m := range got.Messages {
						remove.Entries = append(remove.Entries, api.DeleteMessageBatchRequestEntry{Id: *m.MessageId, ReceiptHandle: *m.ReceiptHandle})
					}
					do(ctx, "DeleteMessageBatch", remove)
				}
				for handled < n {
					handle(10)
				}
				// A server that ends answers its polls when they would begin to sleep.
				closing := make(chan struct{})
				close(closing)
				poll := call.WithClosing(ctx, closing)
				b.ReportAllocs()
				for b.Loop() {
					handle(1)
					do(poll, "ReceiveMessage", &api.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: new(int32(20))})
				}
			})
		}
	}
}
