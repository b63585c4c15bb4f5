package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// eventARN begins the ARNs of this test's queues and buses.
const eventARN = "arn:aws:%s:us-east-1:000000000000:%s"

// eventing is a bus with an archive and a rule whose targets are a queue, a
// FIFO queue, another bus (whose rule has a queue) and a queue that is not there
// (with a queue for dead letters). A second rule takes what a replay brings.
type eventing struct {
	proc *testenv.Proc
	urls map[string]string

	mu    sync.Mutex
	tried map[string]bool // the names of events
	acked []string
}

// arrival is an event that came to a queue, with its number where that is FIFO.
type arrival struct{ name, sequence string }

// misled returns what is wrong with the events that came to a queue: one that nobody
// has put, one that came more often than it may, and one out of its queue's order.
func misled(tried map[string]bool, came []arrival, most int) (faults []string) {
	seen, last := make(map[string]int), ""
	for _, a := range came {
		seen[a.name]++
		switch {
		case !tried[a.name]:
			faults = append(faults, a.name+" came, and nobody has put it")
		case seen[a.name] == most+1:
			faults = append(faults, fmt.Sprintf("%s came more than %d times", a.name, most))
		case a.sequence != "" && a.sequence <= last:
			faults = append(faults, fmt.Sprintf("%s, the queue's %s, came after %s", a.name, a.sequence, last))
		}
		last = a.sequence
	}
	return faults
}

// eventQueues are the test's: each acknowledged event comes to each of the first four.
var eventQueues = [...]string{"plain", "ordered.fifo", "beyond", "dead", "replayed"}

// prepare makes what the clients need.
func (w *eventing) prepare(t *testing.T) {
	t.Helper()
	w.urls = make(map[string]string)
	for _, name := range eventQueues {
		in := &sqs.CreateQueueInput{QueueName: &name}
		if strings.HasSuffix(name, ".fifo") {
			in.Attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
		}
		out, err := w.proc.SQS().CreateQueue(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		w.urls[name] = *out.QueueUrl
	}
	for _, name := range []string{"near", "far"} {
		if _, err := w.proc.EventBridge().CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	queue := func(name string) *string { return aws.String(fmt.Sprintf(eventARN, "sqs", name)) }
	w.rule(t, "near", "all", `{"source":["crash"],"replay-name":[{"exists":false}]}`,
		types.Target{Id: aws.String("plain"), Arn: queue("plain")},
		types.Target{Id: aws.String("ordered"), Arn: queue("ordered.fifo"), SqsParameters: &types.SqsParameters{MessageGroupId: aws.String("g")}},
		types.Target{Id: aws.String("far"), Arn: aws.String(fmt.Sprintf(eventARN, "events", "event-bus/far")), RoleArn: aws.String("arn:aws:iam::000000000000:role/r")},
		types.Target{
			Id: aws.String("none"), Arn: queue("none"), DeadLetterConfig: &types.DeadLetterConfig{Arn: queue("dead")},
			RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(0)},
		})
	w.rule(t, "near", "again", `{"source":["crash"],"replay-name":["again"]}`, types.Target{Id: aws.String("replayed"), Arn: queue("replayed")})
	w.rule(t, "far", "all", `{"source":["crash"]}`, types.Target{Id: aws.String("beyond"), Arn: queue("beyond")})
	_, err := w.proc.EventBridge().CreateArchive(t.Context(), &eventbridge.CreateArchiveInput{
		ArchiveName: aws.String("kept"), EventSourceArn: aws.String(fmt.Sprintf(eventARN, "events", "event-bus/near")), EventPattern: aws.String(`{"source":["crash"]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rule makes a rule with its targets.
func (w *eventing) rule(t *testing.T, bus, name, pattern string, targets ...types.Target) {
	t.Helper()
	if _, err := w.proc.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{EventBusName: &bus, Name: &name, EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	out, err := w.proc.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{EventBusName: &bus, Rule: &name, Targets: targets})
	if err != nil || out.FailedEntryCount > 0 {
		t.Fatal(err, out)
	}
}

// put puts events until ctx ends, and notes which were acknowledged.
func (w *eventing) put(ctx context.Context, client int, random *rand.Rand) {
	for i := 0; ctx.Err() == nil; i++ {
		names, entries := []string(nil), []types.PutEventsRequestEntry(nil)
		for j := range 1 + random.IntN(5) {
			name := fmt.Sprintf("%d-%05d-%d", client, i, j)
			names = append(names, name)
			entries = append(entries, types.PutEventsRequestEntry{
				EventBusName: aws.String("near"), Source: aws.String("crash"), DetailType: aws.String("t"), Detail: aws.String(`{"name":"` + name + `"}`),
			})
		}
		w.mu.Lock()
		for _, name := range names {
			w.tried[name] = true
		}
		w.mu.Unlock()
		out, err := w.proc.EventBridge().PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
		if err == nil && out.FailedEntryCount == 0 {
			w.mu.Lock()
			w.acked = append(w.acked, names...)
			w.mu.Unlock()
		}
		// What is delivered five times over is put no faster than it is taken.
		<-clock.System{}.NewTimer(20 * time.Millisecond).C()
	}
}

// TestEventsSurviveSIGKILL puts events while the program is killed again and
// again. Each that was acknowledged comes to each target, or to its dead
// letters, and is in the archive, whose replay (killed, too) brings all again. A
// kill may have a delivery made again, which a FIFO queue takes once.
func TestEventsSurviveSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	kills := setting(t, "MARU_CRASH_ROUNDS", 3)
	t.Logf("%d kills; MARU_CRASH_SEED=%d repeats them", kills, seed)
	random := rand.New(rand.NewPCG(seed, 3))

	w := &eventing{proc: process(t), tried: make(map[string]bool)}
	w.prepare(t)
	ctx, stop := context.WithCancel(t.Context())
	var putting sync.WaitGroup
	for n := range clients {
		own := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		putting.Go(func() { w.put(ctx, n, own) })
	}
	kill := func() {
		<-clock.System{}.NewTimer(time.Duration(100+random.IntN(700)) * time.Millisecond).C()
		w.proc.Kill()
		w.proc.Restart()
	}
	for range kills {
		kill()
	}
	stop()
	putting.Wait()
	t.Logf("%d events were acknowledged", len(w.acked))
	if len(w.acked) == 0 {
		t.Fatal("no event was acknowledged")
	}
	for _, name := range eventQueues[:4] {
		w.arrive(t, name, 1+int(kills))
	}
	_, err := w.proc.EventBridge().StartReplay(t.Context(), &eventbridge.StartReplayInput{
		ReplayName: aws.String("again"), EventSourceArn: aws.String("arn:aws:events:us-east-1:000000000000:archive/kept"),
		EventStartTime: aws.Time(clock.System{}.Now().Add(-time.Hour)), EventEndTime: aws.Time(clock.System{}.Now().Add(time.Second)),
		Destination: &types.ReplayDestination{Arn: aws.String(fmt.Sprintf(eventARN, "events", "event-bus/near"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	kill()
	w.arrive(t, "replayed", 2)
}

// arrive takes messages from a queue until every acknowledged event was there, and
// none comes any more. It is patient as long as there is progress: they are many. An
// event comes no more often than most, and to a FIFO queue once.
func (w *eventing) arrive(t *testing.T, queue string, most int) {
	t.Helper()
	if strings.HasSuffix(queue, ".fifo") {
		most = 1
	}
	var came []arrival
	missing := make(map[string]bool)
	for _, name := range w.acked {
		missing[name] = true
	}
	take := func() bool {
		some := w.take(t, queue)
		for _, a := range some {
			delete(missing, a.name)
		}
		came = append(came, some...)
		return len(some) > 0
	}
	for len(missing) > 0 {
		testenv.Eventually(t, "more events come to "+queue, take)
	}
	for take() { // what else there is, too
	}
	for _, fault := range misled(w.tried, came, most) {
		t.Errorf("%s: %s", queue, fault)
	}
	t.Logf("%s: %d of %d events were acknowledged, and %d came", queue, len(w.acked), len(w.tried), len(came))
}

// take takes messages from a queue and returns their events.
func (w *eventing) take(t *testing.T, queue string) (came []arrival) {
	t.Helper()
	const sequence = sqstypes.MessageSystemAttributeNameSequenceNumber
	url := w.urls[queue]
	got, err := w.proc.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 300,
		MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sequence},
	})
	if err != nil {
		t.Fatal(err)
	}
	var done []sqstypes.DeleteMessageBatchRequestEntry
	for i, m := range got.Messages {
		var event struct {
			Detail struct {
				Name string `json:"name"`
			} `json:"detail"`
		}
		if err := json.Unmarshal([]byte(*m.Body), &event); err != nil || event.Detail.Name == "" {
			t.Errorf("%s: %v: %s", queue, err, *m.Body)
		}
		came = append(came, arrival{event.Detail.Name, m.Attributes[string(sequence)]})
		done = append(done, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
	}
	if len(done) > 0 {
		if _, err := w.proc.SQS().DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: done}); err != nil {
			t.Fatal(err)
		}
	}
	return came
}
