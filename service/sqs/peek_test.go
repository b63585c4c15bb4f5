package sqs_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/internal/testenv"
	platform "maru.dev/maru/service"
	service "maru.dev/maru/service/sqs"
)

// peekable is a server, and its queues from inside.
func peekable(t *testing.T) (*testenv.Env, *service.Service) {
	t.Helper()
	var svc *service.Service
	reg := service.Registration()
	reg.New = func(d platform.Deps) any {
		svc = service.New(d)
		return svc
	}
	return testenv.New(t, reg), svc
}

func TestPeekShowsWithoutReceiving(t *testing.T) {
	t.Parallel()
	for name, fifo := range map[string]bool{"standard": false, "fifo.fifo": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, svc := peekable(t)
			in := &sqs.CreateQueueInput{QueueName: &name}
			if fifo {
				in.Attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
			}
			q, err := env.SQS().CreateQueue(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				send := &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String(fmt.Sprintf("message %d", i))}
				if fifo {
					send.MessageGroupId = aws.String("g")
				}
				if _, err := env.SQS().SendMessage(t.Context(), send); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				var bodies []string
				err := svc.Peek(env.Context(), *q.QueueUrl, 2, func(m api.Message, visible time.Time) {
					bodies = append(bodies, *m.Body)
					if m.ReceiptHandle != nil || m.Attributes["ApproximateReceiveCount"] != "0" || visible.After(env.Now()) {
						t.Errorf("peeked %+v, visible %v", m, visible)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{"message 0", "message 1"}, bodies); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestPeekSaysWhenThereIsNoQueue(t *testing.T) {
	t.Parallel()
	env, svc := peekable(t)
	err := svc.Peek(env.Context(), env.URL()+"/000000000000/nope", 1, func(api.Message, time.Time) {})
	if _, ok := errors.AsType[*api.QueueDoesNotExist](err); !ok {
		t.Errorf("%v, want QueueDoesNotExist", err)
	}
}
