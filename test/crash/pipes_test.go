package crash_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// piped: what was sent to a queue gets through the pipe to another.
type piped struct {
	env      *testenv.Proc
	from, to string
	ledger
}

func (w *piped) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	// What a killed pipe had is there again after as long as a call may take.
	w.from = createQueue(t, w.env, "piped-from", map[string]string{"VisibilityTimeout": "5"})
	w.to = createQueue(t, w.env, "piped-to", nil)
	arn := "arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":piped-"
	if _, err := w.env.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{
		Name: aws.String("piped"), Source: aws.String(arn + "from"), Target: aws.String(arn + "to"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
		TargetParameters: &types.PipeTargetParameters{InputTemplate: aws.String("<$.body>")},
	}); err != nil {
		t.Fatal(err)
	}
}

// client sends, no faster than the pipe takes.
func (w *piped) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		if _, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.from, MessageBody: &name}); err != nil {
			return
		}
		w.ack(name)
		<-clock.System{}.NewTimer(10 * time.Millisecond).C()
	}
}

// check waits for what the kill has cut off. A message may come twice: it was
// sent on, and the pipe was killed before that was noted.
func (w *piped) check(t *testing.T) {
	w.compare(t, count(arrive(t, w.env, w.to, &w.ledger)))
	w.forget()
}
