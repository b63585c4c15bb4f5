package sns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
)

// functions stands in for Lambda and keeps what it is invoked with.
type functions struct {
	lambdaapi.Unimplemented

	mu     sync.Mutex
	events [][]byte
}

// Invoke keeps an event.
func (f *functions) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, in.Payload)
	return &lambdaapi.InvokeOutput{StatusCode: new(int32(202))}, nil
}

// taken returns the events so far.
func (f *functions) taken() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

// bench is a server with SNS, SQS and a Lambda that keeps its events.
type bench struct {
	*testenv.Env
	t         *testing.T
	sns       *client.Client
	sqs       *sqsclient.Client
	functions *functions
	service   *sns.Service
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, functions: &functions{}}
	b.Env = testenv.New(t,
		service.Registration{Model: sns.Registration().Model, New: func(d service.Deps) any { b.service = sns.New(d); return b.service }},
		sqs.Registration(),
		service.Registration{Model: lambdaapi.Model, New: func(service.Deps) any { return b.functions }},
	)
	b.sns, b.sqs = b.SNS(), b.SQS()
	return b
}

// must returns v, or ends the test.
func must[T any](t testing.TB, v T) func(err error) T {
	return func(err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// attributes makes a map of name, value, …
func attributes(list ...string) map[string]string {
	out := make(map[string]string)
	for i := 0; i < len(list); i += 2 {
		out[list[i]] = list[i+1]
	}
	return out
}

// topic creates a topic and returns its ARN.
func (b *bench) topic(name string, attrs ...string) *string {
	b.t.Helper()
	set := attributes(attrs...)
	if strings.HasSuffix(name, ".fifo") {
		set["FifoTopic"] = "true"
	}
	out, err := b.sns.CreateTopic(b.t.Context(), &client.CreateTopicInput{Name: &name, Attributes: set})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.TopicArn
}

// queue creates a queue and returns its URL and ARN.
func (b *bench) queue(name string) (url, arn *string) {
	b.t.Helper()
	set := map[string]string{}
	if strings.HasSuffix(name, ".fifo") {
		set["FifoQueue"] = "true"
	}
	out, err := b.sqs.CreateQueue(b.t.Context(), &sqsclient.CreateQueueInput{QueueName: &name, Attributes: set})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.QueueUrl, aws.String("arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + name)
}

// subscribe subscribes an endpoint and returns the subscription's ARN.
func (b *bench) subscribe(topic *string, protocol string, endpoint *string, attrs ...string) *string {
	b.t.Helper()
	out, err := b.sns.Subscribe(b.t.Context(), &client.SubscribeInput{
		TopicArn: topic, Protocol: &protocol, Endpoint: endpoint, Attributes: attributes(attrs...), ReturnSubscriptionArn: true,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.SubscriptionArn
}

// publish publishes a message.
func (b *bench) publish(topic *string, message string) *client.PublishOutput {
	b.t.Helper()
	out, err := b.sns.Publish(b.t.Context(), &client.PublishInput{TopicArn: topic, Message: &message})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// receive takes messages from a queue until there are n.
func (b *bench) receive(url *string, n int) []sqstypes.Message {
	b.t.Helper()
	var all []sqstypes.Message
	for deadline := time.Now().Add(2 * time.Minute); len(all) < n; {
		if time.Now().After(deadline) {
			b.t.Fatalf("%d of %d messages came", len(all), n)
		}
		out, err := b.sqs.ReceiveMessage(b.t.Context(), &sqsclient.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, m := range out.Messages {
			if _, err := b.sqs.DeleteMessage(b.t.Context(), &sqsclient.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				b.t.Fatal(err)
			}
		}
		all = append(all, out.Messages...)
	}
	return all
}

func TestTopicLifecycle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	arn := b.topic("orders", "DisplayName", "Orders")
	if want := "arn:aws:sns:us-east-1:000000000000:orders"; *arn != want {
		t.Errorf("ARN %s, want %s", *arn, want)
	}
	b.topic("orders", "DisplayName", "Orders")
	b.topic("orders")
	_, err := b.sns.CreateTopic(t.Context(), &client.CreateTopicInput{Name: aws.String("orders"), Attributes: attributes("DisplayName", "Other")})
	if got := testenv.ErrorCode(err); got != "InvalidParameter" {
		t.Errorf("create with other attributes: %s", got)
	}
	if _, err := b.sns.SetTopicAttributes(t.Context(), &client.SetTopicAttributesInput{TopicArn: arn, AttributeName: aws.String("KmsMasterKeyId"), AttributeValue: aws.String("alias/x")}); err != nil {
		t.Fatal(err)
	}
	b.subscribe(arn, "sms", aws.String("+491711234567"))
	b.subscribe(arn, "email", aws.String("a@example.com"))
	out, err := b.sns.GetTopicAttributes(t.Context(), &client.GetTopicAttributesInput{TopicArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.Attributes["Policy"], "__default_statement_ID") || !strings.Contains(out.Attributes["EffectiveDeliveryPolicy"], `"numRetries":3`) {
		t.Errorf("attributes %v", out.Attributes)
	}
	delete(out.Attributes, "Policy")
	delete(out.Attributes, "EffectiveDeliveryPolicy")
	want := attributes("TopicArn", *arn, "Owner", testenv.Account, "DisplayName", "Orders", "KmsMasterKeyId", "alias/x",
		"SubscriptionsConfirmed", "1", "SubscriptionsPending", "1", "SubscriptionsDeleted", "0")
	if diff := cmp.Diff(want, out.Attributes); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if _, err := b.sns.DeleteTopic(t.Context(), &client.DeleteTopicInput{TopicArn: arn}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.sns.GetTopicAttributes(t.Context(), &client.GetTopicAttributesInput{TopicArn: arn}); testenv.ErrorCode(err) != "NotFound" {
		t.Errorf("deleted topic: %v", err)
	}
	subs, err := b.sns.ListSubscriptions(t.Context(), &client.ListSubscriptionsInput{})
	if err != nil || len(subs.Subscriptions) != 0 {
		t.Errorf("subscriptions of a deleted topic: %v, %v", subs, err)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := map[string]bool{}
	for i := range 205 {
		want[*b.topic(fmt.Sprintf("t%03d", i))] = true
	}
	pages := client.NewListTopicsPaginator(b.sns, &client.ListTopicsInput{})
	sizes := []int{}
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out.Topics))
		for _, topic := range out.Topics {
			delete(want, *topic.TopicArn)
		}
	}
	if diff := cmp.Diff([]int{100, 100, 5}, sizes); diff != "" || len(want) > 0 {
		t.Errorf("%d topics missing; pages %s", len(want), diff)
	}
	_, err := b.sns.ListTopics(t.Context(), &client.ListTopicsInput{NextToken: aws.String("nonsense")})
	if got := testenv.ErrorCode(err); got != "InvalidParameter" {
		t.Errorf("bad token: %s", got)
	}
}

func TestPublishReachesQueuesRawAndWrapped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	wrappedURL, wrapped := b.queue("wrapped")
	rawURL, raw := b.queue("raw")
	sub := b.subscribe(topic, "sqs", wrapped)
	b.subscribe(topic, "sqs", raw, "RawMessageDelivery", "TRUE")
	out, err := b.sns.Publish(t.Context(), &client.PublishInput{
		TopicArn: topic, Message: aws.String(`<b>"hi" & bye</b>`), Subject: aws.String("greeting"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"s": {DataType: aws.String("String"), StringValue: aws.String("x")},
			"n": {DataType: aws.String("Number"), StringValue: aws.String("1.5")},
			"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := b.receive(rawURL, 1)[0]
	if *m.Body != `<b>"hi" & bye</b>` {
		t.Errorf("raw body %q", *m.Body)
	}
	if diff := cmp.Diff([]byte{0, 255}, m.MessageAttributes["b"].BinaryValue); diff != "" || *m.MessageAttributes["n"].DataType != "Number" {
		t.Errorf("raw attributes %v", m.MessageAttributes)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(*b.receive(wrappedURL, 1)[0].Body), &got); err != nil {
		t.Fatal(err)
	}
	verify(t, b.service, got)
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", got["Timestamp"].(string)); err != nil {
		t.Error(err)
	}
	for _, made := range []string{"Timestamp", "Signature", "SigningCertURL"} {
		delete(got, made)
	}
	want := map[string]any{
		"Type": "Notification", "MessageId": *out.MessageId, "TopicArn": *topic, "Subject": "greeting", "Message": `<b>"hi" & bye</b>`,
		"SignatureVersion": "1", "UnsubscribeURL": b.URL() + "/?Action=Unsubscribe&SubscriptionArn=" + strings.ReplaceAll(*sub, ":", "%3A"),
		"MessageAttributes": map[string]any{
			"s": map[string]any{"Type": "String", "Value": "x"}, "n": map[string]any{"Type": "Number", "Value": "1.5"},
			"b": map[string]any{"Type": "Binary", "Value": "AP8="},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFunctionsGetEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t", "SignatureVersion", "2")
	sub := b.subscribe(topic, "lambda", aws.String("arn:aws:lambda:us-east-1:000000000000:function:f"))
	b.publish(topic, "hi")
	testenv.Eventually(t, "the function is invoked", func() bool { return len(b.functions.taken()) == 1 })
	var event struct {
		Records []struct {
			EventSource, EventVersion, EventSubscriptionArn string
			Sns                                             map[string]any
		}
	}
	if err := json.Unmarshal(b.functions.taken()[0], &event); err != nil {
		t.Fatal(err)
	}
	r := event.Records[0]
	if r.EventSource != "aws:sns" || r.EventVersion != "1.0" || r.EventSubscriptionArn != *sub {
		t.Errorf("record %+v", r)
	}
	if subject, there := r.Sns["Subject"]; !there || subject != nil || r.Sns["Message"] != "hi" || r.Sns["SigningCertUrl"] == nil || r.Sns["SignatureVersion"] != "2" {
		t.Errorf("Sns %v", r.Sns)
	}
	verify(t, b.service, r.Sns)
}

func TestFanOutToManySubscribers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	want := map[string]bool{}
	for i := range 250 {
		want[*b.subscribe(topic, "lambda", aws.String(fmt.Sprintf("arn:aws:lambda:us-east-1:000000000000:function:f%d", i)))] = true
	}
	b.publish(topic, "hi")
	testenv.Eventually(t, "all functions are invoked", func() bool { return len(b.functions.taken()) >= 250 })
	for _, raw := range b.functions.taken() {
		var event struct {
			Records []struct{ EventSubscriptionArn string }
		}
		if err := json.Unmarshal(raw, &event); err != nil {
			t.Fatal(err)
		}
		if arn := event.Records[0].EventSubscriptionArn; !want[arn] {
			t.Errorf("%s got the message twice", arn)
		} else {
			delete(want, arn)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d subscribers were left out", len(want))
	}
}

func TestFIFOTopicKeepsOrderAndDropsDuplicates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t.fifo", "ContentBasedDeduplication", "true")
	url, arn := b.queue("q.fifo")
	standardURL, standard := b.queue("standard")
	b.subscribe(topic, "sqs", arn, "RawMessageDelivery", "true")
	b.subscribe(topic, "sqs", standard, "RawMessageDelivery", "true")
	const n = 30
	last := ""
	for i := range n {
		in := &client.PublishInput{TopicArn: topic, Message: aws.String(fmt.Sprint(i)), MessageGroupId: aws.String(fmt.Sprint("g", i%3))}
		out := must(t, must2(b.sns.Publish(t.Context(), in)))(nil)
		if *out.SequenceNumber <= last || len(*out.SequenceNumber) != 20 {
			t.Errorf("sequence number %s after %s", *out.SequenceNumber, last)
		}
		last = *out.SequenceNumber
		again := must2(b.sns.Publish(t.Context(), in))
		if *again.MessageId != *out.MessageId || *again.SequenceNumber != *out.SequenceNumber {
			t.Errorf("a duplicate is %s/%s, the original %s/%s", *again.MessageId, *again.SequenceNumber, *out.MessageId, *out.SequenceNumber)
		}
	}
	next := map[string]int{"g0": 0, "g1": 1, "g2": 2}
	for _, m := range b.receive(url, n) {
		group := m.Attributes["MessageGroupId"]
		if want := fmt.Sprint(next[group]); *m.Body != want {
			t.Fatalf("group %s: %s came, want %s", group, *m.Body, want)
		}
		next[group] += 3
	}
	b.receive(standardURL, n)

	// After five minutes the same is another.
	b.Advance(5*time.Minute + time.Second)
	in := &client.PublishInput{TopicArn: topic, Message: aws.String("0"), MessageGroupId: aws.String("g0")}
	if out := must2(b.sns.Publish(t.Context(), in)); *out.SequenceNumber <= last {
		t.Errorf("sequence number %s after %s", *out.SequenceNumber, last)
	}
	b.receive(url, 1)
}

// must2 is v when err is nil.
func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestFilterPolicies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	attrURL, attr := b.queue("attr")
	bodyURL, body := b.queue("body")
	sub := b.subscribe(topic, "sqs", attr, "RawMessageDelivery", "true", "FilterPolicy", `{"kind":["order",{"prefix":"inv"}]}`)
	b.subscribe(topic, "sqs", body, "RawMessageDelivery", "true", "FilterPolicy", `{"price":{"usd":[{"numeric":[">",10]}]}}`, "FilterPolicyScope", "MessageBody")
	send := func(message, kind string) {
		in := &client.PublishInput{TopicArn: topic, Message: &message}
		if kind != "" {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: &kind}}
		}
		must2(b.sns.Publish(t.Context(), in))
	}
	send("one", "order")
	send("two", "other")
	send(`{"price":{"usd":11}}`, "invoice")
	send(`{"price":{"usd":9}}`, "")
	got := map[string]bool{}
	for _, m := range b.receive(attrURL, 2) {
		got[*m.Body] = true
	}
	if diff := cmp.Diff(map[string]bool{"one": true, `{"price":{"usd":11}}`: true}, got); diff != "" {
		t.Error(diff)
	}
	if m := b.receive(bodyURL, 1)[0]; *m.Body != `{"price":{"usd":11}}` {
		t.Errorf("body %s", *m.Body)
	}
	// A policy can be changed and taken away.
	for _, policy := range []string{`{"kind":["other"]}`, ""} {
		must2(b.sns.SetSubscriptionAttributes(t.Context(), &client.SetSubscriptionAttributesInput{SubscriptionArn: sub, AttributeName: aws.String("FilterPolicy"), AttributeValue: &policy}))
		send("three", "other")
		if m := b.receive(attrURL, 1)[0]; *m.Body != "three" {
			t.Errorf("body %s", *m.Body)
		}
	}
}

func TestMessageStructureAndBatch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	url, arn := b.queue("q")
	b.subscribe(topic, "sqs", arn, "RawMessageDelivery", "true")
	must2(b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic, MessageStructure: aws.String("json"), Message: aws.String(`{"default":"d","sqs":"for the queue","x":{}}`)}))
	if m := b.receive(url, 1)[0]; *m.Body != "for the queue" {
		t.Errorf("body %s", *m.Body)
	}
	entry := func(id, message, structure string) types.PublishBatchRequestEntry {
		e := types.PublishBatchRequestEntry{Id: &id, Message: &message}
		if structure != "" {
			e.MessageStructure = &structure
		}
		return e
	}
	out := must2(b.sns.PublishBatch(t.Context(), &client.PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
		entry("a", "one", ""), entry("b", `{"x":"no default"}`, "json"), entry("c", "two", ""),
	}}))
	if len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Id != "b" || *out.Failed[0].Code != "InvalidParameter" || !out.Failed[0].SenderFault {
		t.Errorf("batch %+v %+v", out.Successful, out.Failed)
	}
	b.receive(url, 2)
	tests := map[string]struct {
		entries []types.PublishBatchRequestEntry
		want    string
	}{
		"none":     {nil, "EmptyBatchRequest"},
		"distinct": {[]types.PublishBatchRequestEntry{entry("a", "x", ""), entry("a", "x", "")}, "BatchEntryIdsNotDistinct"},
		"id":       {[]types.PublishBatchRequestEntry{entry("a b", "x", "")}, "InvalidBatchEntryId"},
		"long":     {[]types.PublishBatchRequestEntry{entry("a", strings.Repeat("x", 200<<10), ""), entry("b", strings.Repeat("x", 60<<10), "")}, "BatchRequestTooLong"},
	}
	for name, tt := range tests {
		if tt.entries == nil {
			tt.entries = []types.PublishBatchRequestEntry{}
		}
		_, err := b.sns.PublishBatch(t.Context(), &client.PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: tt.entries})
		if got := testenv.ErrorCode(err); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	var eleven []types.PublishBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(fmt.Sprint(i), "x", ""))
	}
	_, err := b.sns.PublishBatch(t.Context(), &client.PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: eleven})
	if got := testenv.ErrorCode(err); got != "TooManyEntriesInBatchRequest" {
		t.Errorf("eleven: %s", got)
	}
}

// What cannot be delivered ends in the subscription's dead-letter queue with
// the reason.
func TestDeadLetterQueue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t")
	url, dead := b.queue("dead")
	b.subscribe(topic, "sqs", aws.String("arn:aws:sqs:us-east-1:000000000000:gone"), "RawMessageDelivery", "true",
		"RedrivePolicy", `{"deadLetterTargetArn":"`+*dead+`"}`)
	b.publish(topic, "lost")
	m := b.receive(url, 1)[0]
	if *m.Body != "lost" || !strings.Contains(*m.MessageAttributes["ErrorCode"].StringValue, "QueueDoesNotExist") && !strings.Contains(*m.MessageAttributes["ErrorCode"].StringValue, "NonExistentQueue") {
		t.Errorf("%s %v", *m.Body, m.MessageAttributes)
	}
}

// However many publish at a time, a group's messages arrive in the order of
// their sequence numbers.
func TestFIFOOrderUnderConcurrentPublishers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	topic := b.topic("t.fifo", "ContentBasedDeduplication", "true")
	url, arn := b.queue("q.fifo")
	b.subscribe(topic, "sqs", arn, "RawMessageDelivery", "true")
	const publishers, each = 8, 10
	var (
		mu   sync.Mutex
		body = map[string]string{} // by sequence number
		all  sync.WaitGroup
	)
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				text := fmt.Sprint(p, "/", i)
				out, err := b.sns.Publish(t.Context(), &client.PublishInput{TopicArn: topic, Message: &text, MessageGroupId: aws.String("g")})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if other, taken := body[*out.SequenceNumber]; taken {
					t.Errorf("%s and %s have the number %s", text, other, *out.SequenceNumber)
				}
				body[*out.SequenceNumber] = text
				mu.Unlock()
			}
		})
	}
	all.Wait()
	var want, got []string
	for _, number := range slices.Sorted(maps.Keys(body)) {
		want = append(want, body[number])
	}
	for _, m := range b.receive(url, publishers*each) {
		got = append(got, *m.Body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
