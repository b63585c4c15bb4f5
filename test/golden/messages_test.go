package golden_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// account begins the ARNs of what is in the folder: service and resource follow.
func resource(service, name string) string {
	return "arn:aws:" + service + ":us-east-1:000000000000:" + name
}

// createQueue makes a queue that keeps messages as long as any may.
func createQueue(t *testing.T, p *testenv.Proc, name string) string {
	t.Helper()
	in := &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"MessageRetentionPeriod": "1209600"}, Tags: map[string]string{"made": "then"}}
	if strings.HasSuffix(name, ".fifo") {
		in.Attributes["FifoQueue"] = "true"
	}
	out, err := p.SQS().CreateQueue(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl
}

// queueURL finds a queue, whose address has the port of the day.
func queueURL(t *testing.T, p *testenv.Proc, name string) *string {
	t.Helper()
	out, err := p.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueueUrl
}

// take receives and deletes n messages, in the order in which they come.
func take(t *testing.T, p *testenv.Proc, queue string, n int) (all []types.Message) {
	t.Helper()
	url := queueURL(t, p, queue)
	for len(all) < n {
		out, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
		})
		if err != nil || len(out.Messages) == 0 {
			t.Fatalf("%s: %d messages of %d, %v", queue, len(all), n, err)
		}
		for _, m := range out.Messages {
			if _, err := p.SQS().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, out.Messages...)
	}
	return all
}

// bodies are the messages' texts.
func bodies(messages []types.Message) (all []string) {
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return all
}

// writeQueues leaves messages waiting, in flight and delayed, and groups in
// order.
func writeQueues(t *testing.T, p *testenv.Proc) {
	t.Helper()
	plain, ordered := createQueue(t, p, "plain"), createQueue(t, p, "ordered.fifo")
	for _, in := range []*sqs.SendMessageInput{
		{MessageBody: new("flown"), MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: new("Number.int"), StringValue: new("7")}}},
		{MessageBody: new("waiting ü")},
		{MessageBody: new("delayed"), DelaySeconds: 2},
	} {
		in.QueueUrl = &plain
		if _, err := p.SQS().SendMessage(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if *in.MessageBody == "flown" {
			if _, err := p.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &plain, VisibilityTimeout: 2}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, body := range []string{"a1", "b1", "a2", "b2", "a3"} {
		if _, err := p.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &ordered, MessageBody: &body, MessageGroupId: new(body[:1]), MessageDeduplicationId: &body,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// checkQueues takes all of it.
func checkQueues(t *testing.T, p *testenv.Proc) {
	messages := take(t, p, "plain", 3)
	got := bodies(messages)
	slices.Sort(got)
	if want := []string{"delayed", "flown", "waiting ü"}; !cmp.Equal(want, got) {
		t.Errorf("messages %v, want %v", got, want)
	}
	for _, m := range messages {
		if *m.Body == "flown" && (m.Attributes["ApproximateReceiveCount"] != "2" || m.MessageAttributes["kind"].StringValue == nil) {
			t.Errorf("the message in flight came back as %v, %v", m.Attributes, m.MessageAttributes)
		}
	}
	groups := map[string][]string{}
	for _, body := range bodies(take(t, p, "ordered.fifo", 5)) {
		groups[body[:1]] = append(groups[body[:1]], body)
	}
	if want := map[string][]string{"a": {"a1", "a2", "a3"}, "b": {"b1", "b2"}}; !cmp.Equal(want, groups) {
		t.Errorf("groups %v, want %v", groups, want)
	}
}

// writeTopics makes a topic with a filtered subscription.
func writeTopics(t *testing.T, p *testenv.Proc) {
	t.Helper()
	createQueue(t, p, "subscribed")
	topic, err := p.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("news")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SNS().Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: new("sqs"), Endpoint: new(resource("sqs", "subscribed")),
		Attributes: map[string]string{"RawMessageDelivery": "true", "FilterPolicy": `{"kind":["good"]}`},
	}); err != nil {
		t.Fatal(err)
	}
}

// checkTopics publishes through what is there.
func checkTopics(t *testing.T, p *testenv.Proc) {
	for _, kind := range []string{"bad", "good"} {
		if _, err := p.SNS().Publish(t.Context(), &sns.PublishInput{
			TopicArn: new(resource("sns", "news")), Message: &kind,
			MessageAttributes: map[string]snstypes.MessageAttributeValue{"kind": {DataType: new("String"), StringValue: &kind}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got := bodies(take(t, p, "subscribed", 1)); got[0] != "good" {
		t.Errorf("the subscription let %q through", got[0])
	}
}
