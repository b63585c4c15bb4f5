package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
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
	p := process(t)
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("due")})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(time.Hour).UTC()
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
	advance(t, p, time.Hour)
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

// minutely makes what is due each minute: a rule and a schedule by rate, and the
// same by cron. Each tells a queue which of them it is, when it was due, and the
// name of the event or execution.
func minutely(t *testing.T, p *testenv.Proc, queue string) {
	t.Helper()
	for name, expression := range map[string]string{"rate": "rate(1 minute)", "cron": "cron(* * * * ? *)"} {
		_, err := p.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, ScheduleExpression: &expression})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: &name, Targets: []eventtypes.Target{{
			Id: new("q"), Arn: &queue, InputTransformer: &eventtypes.InputTransformer{
				InputPathsMap: map[string]string{"at": "$.time", "id": "$.id"}, InputTemplate: new(`{"of":"rule <aws.events.rule-name>","at":<at>,"id":<id>}`),
			},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
			Name: &name, ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
			Target: &types.Target{
				Arn: &queue, RoleArn: new("arn:aws:iam::000000000000:role/r"),
				Input: new(`{"of":"schedule ` + name + `","at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>"}`),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// timesheet is who has told which time, by the names of events and executions.
// A message may come twice, since the queue knows a delivery that is made again
// for five minutes only, by a clock that is moved.
type timesheet map[string]map[time.Time]map[string]bool

// read takes a message.
func (w timesheet) read(t *testing.T, body string) {
	t.Helper()
	var m struct {
		Of, ID string
		At     time.Time
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	if w[m.Of] == nil {
		w[m.Of] = map[time.Time]map[string]bool{}
	}
	if w[m.Of][m.At] == nil {
		w[m.Of][m.At] = map[string]bool{}
	}
	w[m.Of][m.At][m.ID] = true
}

// complete tells whether four have told at least so many minutes, with none
// between the first and the last left out.
func (w timesheet) complete(least int) bool {
	for _, times := range w {
		var first, last time.Time
		for at := range times {
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
		if len(times) < least || int(last.Sub(first)/time.Minute)+1 != len(times) {
			return false
		}
	}
	return len(w) == 4
}

// The clock is moved by minutes and the program killed, again and again, while
// what is due each minute is told. In the end each minute was told by each of the
// rules and schedules, by one event or execution, and none is missing.
func TestEachMinuteIsToldOnceThroughKillsAndAMovedClock(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	t.Parallel()
	seed := setting(t, "MARU_CRASH_SEED", uint64(time.Now().UnixNano()))
	rounds := setting(t, "MARU_CRASH_ROUNDS", 5)
	t.Logf("%d kills; MARU_CRASH_SEED=%d repeats them", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p := process(t)
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("told")})
	if err != nil {
		t.Fatal(err)
	}
	minutely(t, p, "arn:aws:sqs:us-east-1:000000000000:told")
	moved := 0
	for range rounds {
		minutes := 5 + random.IntN(5)
		advance(t, p, time.Duration(minutes)*time.Minute)
		moved += minutes
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond) // somewhere on the way
		p.Kill()
		p.Restart()
	}
	told := timesheet{}
	for !told.complete(moved) {
		for body := range take(t, p, *queue.QueueUrl, 1) {
			told.read(t, body)
		}
		if t.Failed() {
			return
		}
	}
	for of, times := range told {
		for at, names := range times {
			if len(names) != 1 {
				t.Errorf("%s told %v by %d names", of, at, len(names))
			}
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
