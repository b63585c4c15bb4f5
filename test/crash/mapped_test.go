package crash_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// mapped: what was sent to a queue gets through the function that its event
// source mapping calls.
type mapped struct {
	env      *testenv.Proc
	from, to string
	ledger
}

func (w *mapped) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	// What a killed function had is there again after as long as it may run.
	w.from = createQueue(t, w.env, "mapped-from", map[string]string{"VisibilityTimeout": "5"})
	w.to = createQueue(t, w.env, "mapped-to", nil)
	mapFunction(t, w.env, "forward", w.to, &lambda.CreateEventSourceMappingInput{
		EventSourceArn: aws.String("arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":mapped-from"),
	})
}

// client sends, no faster than the function takes.
func (w *mapped) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		if _, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.from, MessageBody: &name}); err != nil {
			return
		}
		w.ack(name)
		<-clock.System{}.NewTimer(20 * time.Millisecond).C()
	}
}

// check waits for what the kill has cut off. A message may come twice: it was
// sent on, and the function was killed before it had said so.
func (w *mapped) check(t *testing.T) {
	t.Cleanup(func() { w.explain(t) })
	w.compare(t, count(arrive(t, w.env, w.to, &w.ledger)))
	w.forget()
}

// explain tells, of a check that failed, where the messages are.
func (w *mapped) explain(t *testing.T) {
	t.Helper()
	if !t.Failed() {
		return
	}
	queue, err := w.env.SQS().GetQueueAttributes(context.WithoutCancel(t.Context()), &sqs.GetQueueAttributesInput{
		QueueUrl: &w.from, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		t.Logf("the function's queue: %v", err)
		return
	}
	t.Logf("the function's queue: %v", queue.Attributes)
	explain(t, w.env, "forward")
}
