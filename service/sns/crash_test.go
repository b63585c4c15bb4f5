package sns_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	api "maru.dev/maru/api/sns"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/task"
)

// queues stands in for SQS behind a Caller: it keeps bodies by queue.
type queues struct {
	mu   sync.Mutex
	sent map[string][]string
}

// Call takes a SendMessage.
func (q *queues) Call(_ context.Context, _, operation string, in any) (any, error) {
	m, ok := in.(*sqsapi.SendMessageInput)
	if !ok {
		return nil, errors.New("unexpected " + operation)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent[m.QueueUrl] = append(q.sent[m.QueueUrl], m.MessageBody)
	return &sqsapi.SendMessageOutput{}, nil
}

// CallJSON is not used by deliveries.
func (*queues) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, errors.New("not used")
}

// offline is SNS over a store, without a server.
type offline struct {
	*sns.Service
	tasks  *task.Queue
	queues *queues
}

func newOffline(st *kv.Store) *offline {
	o := &offline{queues: &queues{sent: map[string][]string{}}}
	source := ids.New(rand.Reader)
	o.tasks = task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source, Caller: o.queues})
	o.Service = sns.New(service.Deps{Store: st, Tasks: o.tasks, Caller: o.queues, Clock: clock.System{}, IDs: source, Endpoint: "http://127.0.0.1"})
	return o
}

// drain delivers all there is to deliver.
func (o *offline) drain(t *testing.T, st *kv.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.tasks.Run(ctx) }()
	testenv.Eventually(t, "all is delivered", func() bool { return count(t, st, kv.NewKey("", "", "task", "t")) == 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// count counts the rows below a prefix.
func count(t *testing.T, st *kv.Store, prefix kv.Key) int {
	t.Helper()
	n := 0
	err := st.View(context.Background(), func(tx *kv.Tx) error {
		for _, err := range tx.Scan(kv.Prefix(prefix)) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

const (
	crashTopic = "arn:aws:sns:us-east-1:000000000000:t"
	crashFIFO  = "arn:aws:sns:us-east-1:000000000000:t.fifo"
	queueBase  = "arn:aws:sqs:us-east-1:000000000000:"
)

// After any power cut, each message whose publish was acknowledged reaches
// every queue that was subscribed by then, in order where order is promised, and
// each message reaches all of its subscribers or none.
func TestPublishCrash(t *testing.T) {
	t.Parallel()
	const n = 4
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	work := func(st *kv.Store, ack func()) {
		o := newOffline(st)
		if _, err := o.Certificate(ctx); err != nil {
			t.Error(err)
		}
		must2(o.CreateTopic(ctx, &api.CreateTopicInput{Name: "t"}))
		must2(o.CreateTopic(ctx, &api.CreateTopicInput{Name: "t.fifo", Attributes: attributes("FifoTopic", "true", "ContentBasedDeduplication", "true")}))
		for i := range 2 {
			must2(o.Subscribe(ctx, &api.SubscribeInput{TopicArn: crashTopic, Protocol: "sqs", Endpoint: new(queueBase + fmt.Sprint("q", i)), Attributes: attributes("RawMessageDelivery", "true")}))
			must2(o.Subscribe(ctx, &api.SubscribeInput{TopicArn: crashFIFO, Protocol: "sqs", Endpoint: new(queueBase + fmt.Sprint("f", i, ".fifo")), Attributes: attributes("RawMessageDelivery", "true")}))
		}
		for i := range n {
			must2(o.Publish(ctx, &api.PublishInput{TopicArn: new(crashTopic), Message: fmt.Sprint(i)}))
			ack()
			must2(o.Publish(ctx, &api.PublishInput{TopicArn: new(crashFIFO), Message: fmt.Sprint(i), MessageGroupId: new("g")}))
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		o := newOffline(st)
		o.drain(t, st)
		sent := o.queues.sent
		for _, q := range []string{"q0", "q1"} {
			if got := len(sent["/000000000000/"+q]); got < (acked+1)/2 || got != len(sent["/000000000000/q0"]) {
				t.Errorf("%d acknowledged, %d reached %s", acked, got, q)
			}
		}
		for _, q := range []string{"f0.fifo", "f1.fifo"} {
			got := sent["/000000000000/"+q]
			if len(got) < acked/2 {
				t.Errorf("%d acknowledged, %d reached %s", acked, len(got), q)
			}
			for i, body := range got {
				if body != fmt.Sprint(i) {
					t.Errorf("%s got %v", q, got)
				}
			}
		}
	}
	kvtest.Crash(t, work, check)
}

// After any power cut, what a mutating operation acknowledged is there, and its
// rows are there together or not at all.
func TestMutationsCrash(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	steps := []struct {
		name string
		do   func(o *offline) error
		// done tells whether the effect of the step, and of none later, is whole.
		done func(o *offline) bool
	}{
		{
			"subscribe",
			func(o *offline) error {
				_, err := o.Subscribe(ctx, &api.SubscribeInput{TopicArn: crashTopic, Protocol: "sqs", Endpoint: new(queueBase + "q")})
				return err
			},
			func(o *offline) bool {
				return len(must2(o.ListSubscriptions(ctx, &api.ListSubscriptionsInput{})).Subscriptions) == 1
			},
		},
		{
			"tag",
			func(o *offline) error {
				_, err := o.TagResource(ctx, &api.TagResourceInput{ResourceArn: crashTopic, Tags: []api.Tag{{Key: "a", Value: "b"}}})
				return err
			},
			func(o *offline) bool {
				return len(must2(o.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceArn: crashTopic})).Tags) == 1
			},
		},
		{
			"set topic attribute",
			func(o *offline) error {
				_, err := o.SetTopicAttributes(ctx, &api.SetTopicAttributesInput{TopicArn: crashTopic, AttributeName: "DisplayName", AttributeValue: new("x")})
				return err
			},
			func(o *offline) bool {
				return must2(o.GetTopicAttributes(ctx, &api.GetTopicAttributesInput{TopicArn: crashTopic})).Attributes["DisplayName"] == "x"
			},
		},
		{
			"application",
			func(o *offline) error {
				_, err := o.CreatePlatformApplication(ctx, &api.CreatePlatformApplicationInput{Name: "a", Platform: "GCM", Attributes: attributes("PlatformCredential", "x")})
				return err
			},
			func(o *offline) bool {
				return len(must2(o.ListPlatformApplications(ctx, &api.ListPlatformApplicationsInput{})).PlatformApplications) == 1
			},
		},
		{
			"sms attributes",
			func(o *offline) error {
				_, err := o.SetSMSAttributes(ctx, &api.SetSMSAttributesInput{Attributes: attributes("DefaultSenderID", "x")})
				return err
			},
			func(o *offline) bool {
				return must2(o.GetSMSAttributes(ctx, &api.GetSMSAttributesInput{})).Attributes["DefaultSenderID"] == "x"
			},
		},
	}
	work := func(st *kv.Store, ack func()) {
		o := newOffline(st)
		must2(o.CreateTopic(ctx, &api.CreateTopicInput{Name: "t"}))
		ack()
		for _, s := range steps {
			if err := s.do(o); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			ack()
		}
		must2(o.DeleteTopic(ctx, &api.DeleteTopicInput{TopicArn: crashTopic}))
		ack()
	}
	check := func(st *kv.Store, acked int) {
		o := newOffline(st)
		topics := len(must2(o.ListTopics(ctx, &api.ListTopicsInput{})).Topics)
		deleted := topics == 0 && acked > len(steps)
		if topics == 0 && acked >= 1 && acked <= len(steps) {
			t.Errorf("%d acknowledged, and the topic is gone", acked)
		}
		if acked == len(steps)+2 && !deleted {
			t.Error("a deleted topic is back")
		}
		if deleted || topics == 0 {
			// Nothing of the topic is left.
			for _, table := range []string{"sub", "end", "token", "count"} {
				if n := count(t, st, kv.NewKey(testenv.Account, testenv.Region, "sns", table)); n > 0 {
					t.Errorf("%d rows of %s without a topic", n, table)
				}
			}
			return
		}
		for i, s := range steps {
			if i+1 < acked && !s.done(o) {
				t.Errorf("%d acknowledged, but not: %s", acked, s.name)
			}
		}
		subs := count(t, st, kv.NewKey(testenv.Account, testenv.Region, "sns", "sub"))
		if ends := count(t, st, kv.NewKey(testenv.Account, testenv.Region, "sns", "end")); subs != ends {
			t.Errorf("%d subscriptions, %d endpoints", subs, ends)
		}
	}
	kvtest.Crash(t, work, check)
}
