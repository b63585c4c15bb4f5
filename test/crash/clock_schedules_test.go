package crash_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
)

// TestSchedulesKeepTheirTimesWhenTheClockHasBeenSetBack has schedules that are due
// each minute, by rate and by the calendar, and one that is due once.
func TestSchedulesKeepTheirTimesWhenTheClockHasBeenSetBack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	once := clock.System{}.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05")
	urls := make(map[string]string)
	for name, expression := range map[string]string{"rate": "rate(1 minute)", "cron": "cron(* * * * ? *)", "once": "at(" + once + ")"} {
		urls[name] = createQueue(t, p, name, nil)
		_, err := p.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
			Name: &name, ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
			Target: &types.Target{
				Arn: new("arn:aws:sqs:us-east-1:000000000000:" + name), RoleArn: new("arn:aws:iam::000000000000:role/r"), Input: new("<aws.scheduler.scheduled-time>"),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	turn(p, -5*time.Hour)
	for _, name := range []string{"rate", "cron"} {
		for range 3 {
			advance(t, p, time.Minute+late)
			body := await(t, p, urls[name])
			if at, err := time.Parse("2006-01-02T15:04:05Z", body); err != nil || now(t, p).Before(at) && name == "cron" {
				t.Errorf("%s is due at %s, at %v (%v)", name, body, now(t, p), err)
			}
		}
	}
	advance(t, p, 2*time.Hour) // longer than it had to go
	later := createQueue(t, p, "later", nil)
	say(t, p, later, "later", func(in *sqs.SendMessageInput) { in.DelaySeconds = 10 })
	if got := await(t, p, later); got != "later" {
		t.Errorf("got %q", got)
	}
	out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: new(urls["once"])})
	if err != nil || len(out.Messages) > 0 {
		t.Errorf("what is due at %s has come hours before: %+v, %v", once, out, err)
	}
	advance(t, p, 4*time.Hour)
	if got := await(t, p, urls["once"]); got != once+"Z" {
		t.Errorf("due at %s, want %s", got, once)
	}
}
