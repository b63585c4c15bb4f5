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

// ack notes that a name was acknowledged, unless somebody has removed what it stands
// for before its sender was answered.
func (l *ledger) ack(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if acked, there := l.tried[name]; there {
		l.tried[name] = acked || !l.muted
	}
}

// mute implements work.
func (l *ledger) mute(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.muted = on
}

// names are those of the round.
func (l *ledger) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.tried))
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

// old tells whether a name was tried in an earlier round, and not in this one.
func (l *ledger) old(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, now := l.tried[name]
	return !now
}

// forget ends a round: what was tried in it need not be found any more.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.late {
		clear(l.past)
	} else if l.past == nil {
		l.past = maps.Clone(l.tried)
	} else {
		maps.Copy(l.past, l.tried)
	}
	clear(l.tried)
}

// gone notes that what a name stands for was removed, where the removal was
// acknowledged; else it may be found once more.
func (l *ledger) gone(name string, acked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tried, name)
	delete(l.past, name)
	if !acked || l.muted {
		if l.past == nil {
			l.past = make(map[string]bool)
		}
		l.past[name] = false
	}
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
			t.Errorf("%s is there; it was removed, or nobody sent it in this round", name)
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

// subscribe makes a topic and queues that are subscribed to it, and returns the
// topic's ARN and the queues' addresses. Names of FIFO ones end as AWS's do.
func subscribe(t *testing.T, env *testenv.Proc, topic string, queues ...string) (arn string, urls []string) {
	t.Helper()
	var of, settings map[string]string
	if strings.HasSuffix(topic, ".fifo") {
		of, settings = map[string]string{"FifoTopic": "true"}, map[string]string{"FifoQueue": "true"}
	}
	made, err := env.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &topic, Attributes: of})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range queues {
		queue := "arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + name
		policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue,
			"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": *made.TopicArn}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		with := map[string]string{"Policy": string(policy)}
		maps.Copy(with, settings)
		urls = append(urls, createQueue(t, env, name, with))
		if _, err := env.SNS().Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: &queue, Attributes: map[string]string{"RawMessageDelivery": "true"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	return *made.TopicArn, urls
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
	w.topic, w.urls = subscribe(t, w.env, "news", "fan-a", "fan-b")
}

func (w *fanOut) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
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
		w.compare(t, count(arrive(t, w.env, url, &w.ledger)))
	}
	w.forget()
}

// arrive takes messages from a queue until all that was acknowledged has come,
// and returns them in the order in which they came.
func arrive(t *testing.T, env *testenv.Proc, url string, l *ledger) (bodies []string) {
	t.Helper()
	testenv.Eventually(t, "every acknowledged message is in "+url, func() bool {
		bodies = append(bodies, drain(t, env, url)...)
		return l.reached(count(bodies))
	})
	return bodies
}

// orderedFanOut: what was published to a FIFO topic reaches every subscribed
// queue in its group's order. Each client has a group of its own.
type orderedFanOut struct {
	env   *testenv.Proc
	topic string
	urls  []string
	ahead bool // the clock was set ahead in this round
	ledger
}

func (w *orderedFanOut) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	w.topic, w.urls = subscribe(t, w.env, "order.fifo", "order-a.fifo", "order-b.fifo")
}

func (w *orderedFanOut) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		if _, err := w.env.SNS().Publish(ctx, &sns.PublishInput{
			TopicArn: &w.topic, Message: &name, MessageGroupId: aws.String(fmt.Sprint(number)), MessageDeduplicationId: &name,
		}); err != nil {
			return
		}
		w.ack(name)
	}
}

// turned implements turner.
func (w *orderedFanOut) turned(j jump) { w.ahead = j == ahead }

// check waits for deliveries that the kill has cut off. One that is made again
// comes again only where the clock has left the five minutes behind in which a queue
// knows it: it was set ahead in this round, or was moved since an earlier one.
func (w *orderedFanOut) check(t *testing.T) {
	for _, url := range w.urls {
		bodies := arrive(t, w.env, url, &w.ledger)
		for _, fault := range disordered(bodies, func(name string) bool { return w.ahead || w.old(name) }) {
			t.Errorf("%s: %s", url, fault)
		}
		w.compare(t, count(bodies))
	}
	w.forget()
}

// disordered returns which messages have come out of their senders' order, or again
// where they may not. A name begins with its sender's.
func disordered(bodies []string, again func(name string) bool) (faults []string) {
	last, seen := make(map[string]string), make(map[string]bool)
	for _, b := range bodies {
		of, _, _ := strings.Cut(b, "-")
		switch {
		case seen[b] && !again(b):
			faults = append(faults, b+" came again")
		case !seen[b] && b < last[of]:
			faults = append(faults, b+" came first after "+last[of])
		}
		seen[b], last[of] = true, max(b, last[of])
	}
	return faults
}
