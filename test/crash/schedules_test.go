package crash_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
)

// Schedules that are due at once are killed on their way to a queue. Each of
// them gets there, once.
func TestSchedulesFireOnceThroughAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	t.Parallel()
	const schedules = 400
	p := testenv.Process(t)
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("due")})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(4 * time.Second).UTC()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < schedules; i += 8 {
				_, err := p.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
					Name: new(fmt.Sprint("s", i)), ScheduleExpression: new("at(" + at.Format("2006-01-02T15:04:05") + ")"),
					FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
					Target: &types.Target{
						Arn: new("arn:aws:sqs:us-east-1:000000000000:due"), RoleArn: new("arn:aws:iam::000000000000:role/r"),
						Input: new("<aws.scheduler.schedule-arn>"),
					},
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	// Some are there: the others are on their way.
	got := take(t, p, *queue.QueueUrl, 1)
	for range 3 {
		p.Kill()
		p.Restart()
		for name, n := range take(t, p, *queue.QueueUrl, 1) {
			got[name] += n
		}
	}
	for len(got) < schedules {
		for name, n := range take(t, p, *queue.QueueUrl, 1) {
			got[name] += n
		}
		if t.Failed() {
			return
		}
	}
	for name, n := range got {
		if n != 1 {
			t.Errorf("%s fired %d times", name, n)
		}
	}
}

// take takes messages from a queue, at least n, and counts them by body.
func take(t *testing.T, p *testenv.Proc, url string, n int) map[string]int {
	t.Helper()
	got := map[string]int{}
	for taken := 0; taken < n; {
		out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10})
		if err != nil || len(out.Messages) == 0 {
			t.Errorf("%d messages after %d: %v", len(out.Messages), taken, err)
			return got
		}
		for _, m := range out.Messages {
			got[*m.Body]++
			taken++
			if _, err := p.SQS().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
	}
	return got
}
