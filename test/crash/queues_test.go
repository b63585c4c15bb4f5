package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/internal/testenv"
)

// ledger notes what was attempted and what was acknowledged, by name.
type ledger struct {
	mu    sync.Mutex
	tried map[string]bool // true: acknowledged
	next  int
	muted bool            // answers do not count
	late  bool            // what was tried in earlier rounds may still come
	past  map[string]bool // of those rounds, where it may
}

// name makes a name for something new.
func (l *ledger) name(client int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tried == nil {
		l.tried = make(map[string]bool)
	}
	l.next++
	name := fmt.Sprintf("%d-%07d", client, l.next)
	l.tried[name] = false
	return name
}

// ack notes that a name was acknowledged.
func (l *ledger) ack(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried[name] = l.tried[name] || !l.muted
}

// mute implements work.
func (l *ledger) mute(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.muted = on
}

// missing returns what was acknowledged and not found.
func (l *ledger) missing(found map[string]int) (names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, acked := range l.tried {
		if acked && found[name] == 0 {
			names = append(names, name)
		}
	}
	return names
}

// reached tells whether everything that was acknowledged was found.
func (l *ledger) reached(found map[string]int) bool { return len(l.missing(found)) == 0 }

// known tells whether a name was ever tried, in this round or an earlier one.
func (l *ledger) known(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, now := l.tried[name]
	_, before := l.past[name]
	return now || before
}

// forget ends a round: what was tried in it need not be found any more.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.past == nil {
		l.past = make(map[string]bool)
	}
	if l.late {
		maps.Copy(l.past, l.tried)
	}
	clear(l.tried)
}

// compare holds what was found against the ledger.
func (l *ledger) compare(t *testing.T, found map[string]int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	acked := 0
	for _, name := range slices.Sorted(maps.Keys(l.tried)) {
		if l.tried[name] {
			acked++
			if found[name] == 0 {
				t.Errorf("%s was acknowledged and is lost", name)
			}
		}
	}
	for name := range found {
		_, now := l.tried[name]
		if _, before := l.past[name]; !now && !before {
			t.Errorf("%s is there; nobody sent it in this round", name)
		}
	}
	t.Logf("%d acknowledged of %d tried, %d found", acked, len(l.tried), len(found))
}

// createQueue makes a queue and returns its address.
func createQueue(t *testing.T, env *testenv.Proc, name string, attributes map[string]string) string {
	t.Helper()
	out, err := env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl
}

// drain receives and deletes until the queue is empty, and returns the bodies
// in the order in which they came.
func drain(t *testing.T, env *testenv.Proc, url string) []string {
	t.Helper()
	var bodies []string
	for {
		out, err := env.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return bodies
		}
		var done []types.DeleteMessageBatchRequestEntry
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
		gone, err := env.SQS().DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: done})
		if err != nil || len(gone.Failed) > 0 {
			t.Fatalf("delete: %+v, %v", gone, err)
		}
	}
}

// count tells how often each body came.
func count(bodies []string) map[string]int {
	found := make(map[string]int)
	for _, b := range bodies {
		found[b]++
	}
	return found
}

// standardQueue: what was sent is received once after the restart.
type standardQueue struct {
	env *testenv.Proc
	url string
	ledger
}

func (w *standardQueue) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.env, "standard", nil)
}

func (w *standardQueue) client(ctx context.Context, number int, _ *rand.Rand) {
	for ctx.Err() == nil {
		name := w.name(number)
		if _, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.url, MessageBody: &name}); err != nil {
			return
		}
		w.ack(name)
	}
}

func (w *standardQueue) check(t *testing.T) {
	found := count(drain(t, w.env, w.url))
	for name, n := range found {
		if n > 1 {
			t.Errorf("%s was received %d times, though each was deleted at once", name, n)
		}
	}
	w.compare(t, found)
	w.forget()
}

// fifoQueue: a group's messages come in the order in which they were sent.
// Each client has a group of its own.
type fifoQueue struct {
	env *testenv.Proc
	url string
	ledger
}

func (w *fifoQueue) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.env, "ordered.fifo", map[string]string{"FifoQueue": "true"})
}

func (w *fifoQueue) client(ctx context.Context, number int, _ *rand.Rand) {
	for ctx.Err() == nil {
		name := w.name(number)
		_, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &w.url, MessageBody: &name, MessageGroupId: aws.String(fmt.Sprint(number)), MessageDeduplicationId: &name,
		})
		if err != nil {
			return
		}
		w.ack(name)
	}
}

func (w *fifoQueue) check(t *testing.T) {
	bodies := drain(t, w.env, w.url)
	last := make(map[string]string)
	for _, b := range bodies {
		group, _, _ := strings.Cut(b, "-")
		if b <= last[group] {
			t.Errorf("%s came after %s", b, last[group])
		}
		last[group] = b
	}
	w.compare(t, count(bodies))
	w.forget()
}

// fanOut: what was published reaches every subscribed queue.
type fanOut struct {
	env   *testenv.Proc
	topic string
	urls  []string
	ledger
}

func (w *fanOut) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	topic, err := w.env.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("news")})
	if err != nil {
		t.Fatal(err)
	}
	w.topic = *topic.TopicArn
	for _, name := range []string{"fan-a", "fan-b"} {
		arn := "arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + name
		policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
			"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": w.topic}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		w.urls = append(w.urls, createQueue(t, w.env, name, map[string]string{"Policy": string(policy)}))
		_, err = w.env.SNS().Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: &w.topic, Protocol: aws.String("sqs"), Endpoint: &arn, Attributes: map[string]string{"RawMessageDelivery": "true"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (w *fanOut) client(ctx context.Context, number int, _ *rand.Rand) {
	for ctx.Err() == nil {
		name := w.name(number)
		if _, err := w.env.SNS().Publish(ctx, &sns.PublishInput{TopicArn: &w.topic, Message: &name}); err != nil {
			return
		}
		w.ack(name)
	}
}

// check waits for deliveries that the kill has cut off: they go on after the
// restart. One may come twice, or in the next round where its Publish was not
// acknowledged, as a standard topic's may on AWS.
func (w *fanOut) check(t *testing.T) {
	for _, url := range w.urls {
		found := make(map[string]int)
		testenv.Eventually(t, "every acknowledged message is in "+url, func() bool {
			for _, b := range drain(t, w.env, url) {
				found[b]++
			}
			return w.reached(found)
		})
		w.compare(t, found)
	}
	w.forget()
}
