package events_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	lambdaapi "maru.dev/maru/api/lambda"
	statesapi "maru.dev/maru/api/states"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/logs"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
)

// functions stands in for Lambda and keeps what it is invoked with. As long as
// refuse is set it is throttled.
type functions struct {
	lambdaapi.Unimplemented

	mu     sync.Mutex
	events []string
	refuse error
}

// Invoke keeps an event.
func (f *functions) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, f.refuse
	}
	f.events = append(f.events, string(in.Payload))
	return &lambdaapi.InvokeOutput{StatusCode: new(int32(202))}, nil
}

// taken returns the events so far.
func (f *functions) taken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

// machines stands in for Step Functions and keeps what executions begin with.
type machines struct {
	statesapi.Unimplemented

	mu     sync.Mutex
	inputs []string
}

// StartExecution keeps an input.
func (m *machines) StartExecution(_ context.Context, in *statesapi.StartExecutionInput) (*statesapi.StartExecutionOutput, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs = append(m.inputs, *in.Input)
	return &statesapi.StartExecutionOutput{ExecutionArn: in.StateMachineArn}, nil
}

// bench is a server with EventBridge and its targets.
type bench struct {
	*testenv.Env
	t         testing.TB
	events    *client.Client
	sqs       *sqsclient.Client
	functions *functions
	machines  *machines
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, functions: &functions{}, machines: &machines{}}
	b.Env = testenv.New(t, events.Registration(), sqs.Registration(), sns.Registration(), logs.Registration(),
		service.Registration{Model: lambdaapi.Model, New: func(service.Deps) any { return b.functions }},
		service.Registration{Model: statesapi.Model, New: func(service.Deps) any { return b.machines }},
	)
	b.events, b.sqs = b.EventBridge(), b.SQS()
	return b
}

// no ends the test if there is an error.
func (b *bench) no(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// queueARN is the ARN of a queue.
func queueARN(name string) string { return "arn:aws:sqs:us-east-1:000000000000:" + name }

// queue makes a queue and returns its ARN.
func (b *bench) queue(name string) string {
	b.t.Helper()
	_, err := b.sqs.CreateQueue(b.t.Context(), &sqsclient.CreateQueueInput{QueueName: &name})
	b.no(err)
	return queueARN(name)
}

// rule makes a rule of a pattern with targets on a bus; "" is the default one.
func (b *bench) rule(bus, name, pattern string, targets ...types.Target) string {
	b.t.Helper()
	in := &client.PutRuleInput{Name: &name, EventPattern: &pattern}
	put := &client.PutTargetsInput{Rule: &name, Targets: targets}
	if bus != "" {
		in.EventBusName, put.EventBusName = &bus, &bus
	}
	out, err := b.events.PutRule(b.t.Context(), in)
	b.no(err)
	for i := range targets {
		if targets[i].Id == nil {
			targets[i].Id = aws.String(string(rune('a' + i)))
		}
	}
	if len(targets) > 0 {
		_, err = b.events.PutTargets(b.t.Context(), put)
		b.no(err)
	}
	return *out.RuleArn
}

// entry is an event of a shop.
func entry(detailType, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: aws.String("shop"), DetailType: &detailType, Detail: &detail}
}

// put puts events that must all be taken, and returns their ids.
func (b *bench) put(entries ...types.PutEventsRequestEntry) (ids []string) {
	b.t.Helper()
	out, err := b.events.PutEvents(b.t.Context(), &client.PutEventsInput{Entries: entries})
	b.no(err)
	if out.FailedEntryCount != 0 {
		b.t.Fatalf("%d entries failed: %s %s", out.FailedEntryCount, aws.ToString(out.Entries[0].ErrorCode), aws.ToString(out.Entries[0].ErrorMessage))
	}
	for _, e := range out.Entries {
		ids = append(ids, *e.EventId)
	}
	return ids
}

// receive waits for a message in a queue and takes it out.
func (b *bench) receive(name string) sqstypes.Message {
	b.t.Helper()
	url := b.URL() + "/000000000000/" + name
	out, err := b.sqs.ReceiveMessage(b.t.Context(), &sqsclient.ReceiveMessageInput{
		QueueUrl: &url, WaitTimeSeconds: 20, MessageAttributeNames: []string{"All"},
	})
	b.no(err)
	if len(out.Messages) == 0 {
		b.t.Fatalf("queue %s is empty", name)
	}
	_, err = b.sqs.DeleteMessage(b.t.Context(), &sqsclient.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: out.Messages[0].ReceiptHandle})
	b.no(err)
	return out.Messages[0]
}

// empty fails the test if a queue has a message.
func (b *bench) empty(name string) {
	b.t.Helper()
	out, err := b.sqs.ReceiveMessage(b.t.Context(), &sqsclient.ReceiveMessageInput{QueueUrl: aws.String(b.URL() + "/000000000000/" + name)})
	b.no(err)
	if len(out.Messages) > 0 {
		b.t.Fatalf("queue %s has %s", name, *out.Messages[0].Body)
	}
}

// fields reads a JSON object.
func fields(tb testing.TB, text string) map[string]any {
	tb.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return out
}

func TestPutEventsReachesATargetAsAnEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule("", "orders", `{"source":["shop"],"detail":{"total":[{"numeric":[">",10]}]}}`, types.Target{Arn: aws.String(b.queue("q"))})
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	e := entry("order", `{ "total": 12, "items": [1, 2] }`)
	e.Time, e.Resources = &at, []string{"arn:x"}
	ids := b.put(entry("order", `{"total":1}`), e)
	got := fields(t, *b.receive("q").Body)
	if got["id"] != ids[1] {
		t.Errorf("id %v, want %v", got["id"], ids[1])
	}
	delete(got, "id")
	text, _ := json.Marshal(got)
	const want = `{"account":"000000000000","detail":{"items":[1,2],"total":12},"detail-type":"order","region":"us-east-1","resources":["arn:x"],"source":"shop","time":"2026-01-02T03:04:05Z","version":"0"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	b.empty("q")
}
