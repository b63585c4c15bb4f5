package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eb "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// turn is a running program whose clock is set over its death.
func turn(p *testenv.Proc, by time.Duration) {
	p.Kill()
	p.Start("--time", clock.System{}.Now().Add(by).Format(time.RFC3339Nano))
}

// await takes one message off a queue, which comes within some seconds.
func await(t *testing.T, p *testenv.Proc, url string) string {
	t.Helper()
	out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := p.SQS().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: out.Messages[0].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	return *out.Messages[0].Body
}

// waiting tells whether a message comes within a second, and leaves it there.
func waiting(t *testing.T, p *testenv.Proc, url string) bool {
	t.Helper()
	out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Messages {
		if _, err := p.SQS().ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	return len(out.Messages) > 0
}

// say sends a message, with what else it has.
func say(t *testing.T, p *testenv.Proc, url, body string, more ...func(*sqs.SendMessageInput)) {
	t.Helper()
	in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}
	for _, add := range more {
		add(in)
	}
	if _, err := p.SQS().SendMessage(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasDueIsDueWhenTheClockHasBeenSetBack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	standard, delayed := createQueue(t, p, "standard", nil), createQueue(t, p, "delayed", nil)
	flights := createQueue(t, p, "flights", map[string]string{"VisibilityTimeout": "5"})
	ordered := createQueue(t, p, "ordered.fifo", map[string]string{"FifoQueue": "true"})
	say(t, p, standard, "visible")
	say(t, p, delayed, "delayed", func(in *sqs.SendMessageInput) { in.DelaySeconds = 5 })
	say(t, p, flights, "in flight")
	held, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &flights})
	if err != nil || len(held.Messages) != 1 {
		t.Fatalf("%+v, %v", held, err)
	}
	say(t, p, ordered, "in order", func(in *sqs.SendMessageInput) {
		in.MessageGroupId, in.MessageDeduplicationId = new("g"), new("d")
	})
	turn(p, -5*time.Hour)
	for url, want := range map[string]string{standard: "visible", delayed: "delayed", flights: "in flight", ordered: "in order"} {
		if got := await(t, p, url); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAClockMayBeSetBackTwiceAndAheadAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	url := createQueue(t, p, "q", nil)
	var want []string
	for i, by := range []time.Duration{-time.Hour, -9 * time.Hour, 3 * time.Hour, -3 * time.Hour} {
		body := fmt.Sprint("sent before turn ", i)
		say(t, p, url, body)
		want = append(want, body)
		turn(p, by)
	}
	got := make([]string, len(want))
	for i := range got {
		got[i] = await(t, p, url)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestBringingBackMayBeKilled has thousands of messages brought back by a program
// that is killed while it does so. None is lost, and none comes twice. When it is
// killed MARU_CRASH_SEED repeats.
func TestBringingBackMayBeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	t.Logf("MARU_CRASH_SEED=%d repeats the kills", seed)
	random := rand.New(rand.NewPCG(seed, 5))
	p := process(t)
	url := createQueue(t, p, "q", nil)
	const batches = 300
	for i := range batches {
		var entries []types.SendMessageBatchRequestEntry
		for j := range 10 {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: new(fmt.Sprint(j)), MessageBody: new(fmt.Sprint(10*i + j))})
		}
		if out, err := p.SQS().SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries}); err != nil || len(out.Failed) > 0 {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	p.Kill()
	p.Stillborn(10*time.Millisecond, "--time", clock.System{}.Now().Add(-5*time.Hour).Format(time.RFC3339Nano))
	for range 8 {
		p.Stillborn(time.Duration(random.Int64N(int64(200 * time.Millisecond))))
	}
	p.Start()
	advance(t, p, late)
	got := drain(t, p, url)
	for body, n := range count(got) {
		if n > 1 {
			t.Errorf("message %s came %d times", body, n)
		}
	}
	if len(got) != 10*batches {
		t.Errorf("%d of %d messages came", len(got), 10*batches)
	}
}

// TestWorkflowsGoOnWhenTheClockHasBeenSetBack waits for seconds, which pass, and
// until a time, which has not come.
func TestWorkflowsGoOnWhenTheClockHasBeenSetBack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	until := clock.System{}.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	arns := make(map[string]string)
	for name, wait := range map[string]string{"seconds": `"Seconds":2`, "timestamp": fmt.Sprintf(`"Timestamp":%q`, until)} {
		machine, err := p.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
			Name: &name, RoleArn: new("arn:aws:iam::000000000000:role/r"),
			Definition: new(`{"StartAt":"W","States":{"W":{"Type":"Wait",` + wait + `,"End":true}}}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		x, err := p.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine.StateMachineArn})
		if err != nil {
			t.Fatal(err)
		}
		arns[name] = *x.ExecutionArn
	}
	turn(p, -5*time.Hour)
	status := func(name string) sfntypes.ExecutionStatus {
		x, err := p.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: new(arns[name])})
		if err != nil {
			t.Fatal(err)
		}
		return x.Status
	}
	testenv.Eventually(t, "two seconds pass", func() bool { return status("seconds") == sfntypes.ExecutionStatusSucceeded })
	// After as long as it had to go, the time has not come by the calendar. What is
	// due then is seen to before what is due a little later.
	url := createQueue(t, p, "q", nil)
	say(t, p, url, "later", func(in *sqs.SendMessageInput) { in.DelaySeconds = 900 })
	advance(t, p, 2*time.Hour)
	if got := await(t, p, url); got != "later" {
		t.Errorf("got %q", got)
	}
	if got := status("timestamp"); got != sfntypes.ExecutionStatusRunning {
		t.Errorf("an execution that waits for %s has %s hours before", until, got)
	}
	advance(t, p, 4*time.Hour)
	testenv.Eventually(t, "the time comes", func() bool { return status("timestamp") == sfntypes.ExecutionStatusSucceeded })
}

// TestRulesKeepTheirPaceWhenTheClockHasBeenSetBack has a rule that is due each
// minute, whatever the calendar says, and one that is due at each full minute.
func TestRulesKeepTheirPaceWhenTheClockHasBeenSetBack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the whole program")
	}
	t.Parallel()
	p := process(t)
	urls := make(map[string]string)
	for name, expression := range map[string]string{"rate": "rate(1 minute)", "cron": "cron(* * * * ? *)"} {
		urls[name] = createQueue(t, p, name, nil)
		if _, err := p.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, ScheduleExpression: &expression}); err != nil {
			t.Fatal(err)
		}
		_, err := p.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
			Rule: &name, Targets: []eb.Target{{Id: new("t"), Arn: new("arn:aws:sqs:us-east-1:000000000000:" + name)}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	turn(p, -5*time.Hour)
	for name, url := range urls {
		for range 2 {
			// Where a minute has just begun again, a rule by the calendar may find so late.
			for n := 0; !waiting(t, p, url) && n < 10; n++ {
				advance(t, p, 30*time.Second)
			}
			if body := await(t, p, url); !strings.Contains(body, now(t, p).UTC().Format("2006-01-02")) {
				t.Errorf("%s told of %s", name, body)
			}
		}
	}
}
