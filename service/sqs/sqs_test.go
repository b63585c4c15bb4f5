package sqs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/sqs"
)

// bench is a server with SQS and one client.
type bench struct {
	*testenv.Env
	t   *testing.T
	sqs *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, sqs.Registration())
	return &bench{env, t, env.SQS()}
}

// queue creates a queue with attributes given as name, value, …
func (b *bench) queue(name string, attributes ...string) *string {
	b.t.Helper()
	set := make(map[string]string)
	for i := 0; i < len(attributes); i += 2 {
		set[attributes[i]] = attributes[i+1]
	}
	if strings.HasSuffix(name, ".fifo") {
		set["FifoQueue"] = "true"
	}
	out, err := b.sqs.CreateQueue(b.t.Context(), &client.CreateQueueInput{QueueName: &name, Attributes: set})
	if err != nil {
		b.t.Fatalf("create %s: %v", name, err)
	}
	return out.QueueUrl
}

func (b *bench) send(url *string, body string) *client.SendMessageOutput {
	b.t.Helper()
	out, err := b.sqs.SendMessage(b.t.Context(), &client.SendMessageInput{QueueUrl: url, MessageBody: &body})
	if err != nil {
		b.t.Fatalf("send: %v", err)
	}
	return out
}

func (b *bench) sendTo(url *string, group, body string) *client.SendMessageOutput {
	b.t.Helper()
	out, err := b.sqs.SendMessage(b.t.Context(), &client.SendMessageInput{
		QueueUrl: url, MessageBody: &body, MessageGroupId: &group, MessageDeduplicationId: aws.String(group + "-" + body),
	})
	if err != nil {
		b.t.Fatalf("send: %v", err)
	}
	return out
}

func (b *bench) receive(url *string, how ...func(*client.ReceiveMessageInput)) []types.Message {
	b.t.Helper()
	in := &client.ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	}
	for _, h := range how {
		h(in)
	}
	out, err := b.sqs.ReceiveMessage(b.t.Context(), in)
	if err != nil {
		b.t.Fatalf("receive: %v", err)
	}
	return out.Messages
}

func (b *bench) delete(url *string, m types.Message) {
	b.t.Helper()
	if _, err := b.sqs.DeleteMessage(b.t.Context(), &client.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		b.t.Fatalf("delete: %v", err)
	}
}

func (b *bench) attribute(url *string, name types.QueueAttributeName) string {
	b.t.Helper()
	out, err := b.sqs.GetQueueAttributes(b.t.Context(), &client.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []types.QueueAttributeName{name},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.Attributes[string(name)]
}

// counts returns the approximate numbers: visible, in flight, delayed.
func (b *bench) counts(url *string) string {
	b.t.Helper()
	return strings.Join([]string{
		b.attribute(url, types.QueueAttributeNameApproximateNumberOfMessages),
		b.attribute(url, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		b.attribute(url, types.QueueAttributeNameApproximateNumberOfMessagesDelayed),
	}, " ")
}

func bodies(messages []types.Message) []string {
	out := []string{}
	for _, m := range messages {
		out = append(out, *m.Body)
	}
	return out
}

func (b *bench) wantCode(err error, want string) {
	b.t.Helper()
	if got := testenv.ErrorCode(err); got != want {
		b.t.Errorf("error %q (%v), want %q", got, err, want)
	}
}

func TestSentMessageIsReceivedOnceAndGoneAfterDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	sent := b.send(url, "hello")
	got := b.receive(url)
	if len(got) != 1 || *got[0].Body != "hello" || *got[0].MessageId != *sent.MessageId || *got[0].MD5OfBody != *sent.MD5OfMessageBody {
		t.Fatalf("received %+v", got)
	}
	a := got[0].Attributes
	if a["ApproximateReceiveCount"] != "1" || a["SentTimestamp"] == "" || a["ApproximateFirstReceiveTimestamp"] == "" || a["SenderId"] == "" {
		t.Errorf("system attributes %v", a)
	}
	if again := b.receive(url); len(again) != 0 {
		t.Errorf("received again while in flight: %v", bodies(again))
	}
	if c := b.counts(url); c != "0 1 0" {
		t.Errorf("counts %s, want 0 1 0", c)
	}
	b.delete(url, got[0])
	b.Advance(time.Hour)
	if again := b.receive(url); len(again) != 0 {
		t.Errorf("received after delete: %v", bodies(again))
	}
	if c := b.counts(url); c != "0 0 0" {
		t.Errorf("counts %s, want 0 0 0", c)
	}
}

func TestMessageComesBackAfterItsVisibilityTimeout(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q", "VisibilityTimeout", "500")
	b.send(url, "x")
	first := b.receive(url)
	b.Advance(400 * time.Second)
	if got := b.receive(url); len(got) != 0 {
		t.Fatal("came back too early")
	}
	b.Advance(200 * time.Second)
	second := b.receive(url)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("second receive: %+v", second)
	}
	b.delete(url, first[0]) // superseded: deletes nothing
	b.Advance(501 * time.Second)
	third := b.receive(url)
	if len(third) != 1 {
		t.Fatal("an old receipt handle deleted the message")
	}
	b.delete(url, third[0])
}

func TestChangeMessageVisibility(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.t = t
			url := b.queue(name)
			if strings.HasSuffix(name, ".fifo") {
				b.sendTo(url, "g", "x")
			} else {
				b.send(url, "x")
			}
			got := b.receive(url)
			change := func(seconds int32) error {
				_, err := b.sqs.ChangeMessageVisibility(t.Context(), &client.ChangeMessageVisibilityInput{
					QueueUrl: url, ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: seconds,
				})
				return err
			}
			b.wantCode(change(100), "")
			b.Advance(60 * time.Second)
			if len(b.receive(url)) != 0 {
				t.Error("visible before the longer timeout")
			}
			b.wantCode(change(43201), "InvalidParameterValue")
			b.wantCode(change(43200), "InvalidParameterValue") // beyond twelve hours in all
			b.wantCode(change(0), "")
			again := b.receive(url)
			if len(again) != 1 {
				t.Fatal("not visible after a timeout of zero")
			}
			b.wantCode(change(10), "InvalidParameterValue") // the old handle
			got = again
			b.delete(url, got[0])
			if c := b.counts(url); c != "0 0 0" {
				t.Errorf("counts %s", c)
			}
		})
	}
}

func TestHandleWorksAfterItsVisibilityWasChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	b.send(url, "x")
	got := b.receive(url)
	for _, seconds := range []int32{50, 70, 20} {
		_, err := b.sqs.ChangeMessageVisibility(t.Context(), &client.ChangeMessageVisibilityInput{
			QueueUrl: url, ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: seconds,
		})
		b.wantCode(err, "")
	}
	b.delete(url, got[0])
	b.Advance(2 * time.Minute)
	if len(b.receive(url)) != 0 {
		t.Error("the message was not deleted")
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q", "DelaySeconds", "60")
	b.send(url, "by queue")
	_, err := b.sqs.SendMessage(t.Context(), &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("own"), DelaySeconds: 10})
	b.wantCode(err, "")
	if c := b.counts(url); c != "0 0 2" {
		t.Errorf("counts %s, want 0 0 2", c)
	}
	b.Advance(11 * time.Second)
	if got := bodies(b.receive(url)); !slices.Contains(got, "own") || slices.Contains(got, "by queue") {
		t.Errorf("after 11 s: %v", got)
	}
	b.Advance(50 * time.Second)
	if got := bodies(b.receive(url)); !slices.Contains(got, "by queue") {
		t.Errorf("after 61 s: %v", got)
	}
}

func TestLongPollWakesForANewMessage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"q", "q.fifo"} {
		url := b.queue(name)
		got := make(chan []types.Message)
		go func() {
			got <- b.receive(url, func(in *client.ReceiveMessageInput) { in.WaitTimeSeconds = 20 })
		}()
		if name == "q" {
			b.send(url, "now")
		} else {
			b.sendTo(url, "g", "now")
		}
		select {
		case m := <-got:
			if len(m) != 1 {
				t.Errorf("%s: %d messages", name, len(m))
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: a long poll does not end", name)
		}
	}
}

func TestLongPollEndsEmpty(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	start := time.Now()
	if got := b.receive(url, func(in *client.ReceiveMessageInput) { in.WaitTimeSeconds = 1 }); len(got) != 0 {
		t.Error("received something")
	}
	if d := time.Since(start); d < 900*time.Millisecond {
		t.Errorf("waited %v", d)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"", ".fifo"} {
		t.Run("queue"+suffix, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.t = t
			dead := b.queue("dead" + suffix)
			deadARN := b.attribute(dead, types.QueueAttributeNameQueueArn)
			url := b.queue("q"+suffix, "VisibilityTimeout", "1",
				"RedrivePolicy", fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, deadARN))
			var sent *client.SendMessageOutput
			if suffix == "" {
				sent = b.send(url, "bad")
			} else {
				sent = b.sendTo(url, "g", "bad")
			}
			for range 2 {
				if len(b.receive(url)) != 1 {
					t.Fatal("not received")
				}
				b.Advance(2 * time.Second)
			}
			if len(b.receive(url)) != 0 {
				t.Fatal("received a third time")
			}
			got := b.receive(dead, func(in *client.ReceiveMessageInput) { in.VisibilityTimeout = 1 })
			if len(got) != 1 || *got[0].MessageId != *sent.MessageId {
				t.Fatalf("dead letters: %v", bodies(got))
			}
			source := b.attribute(url, types.QueueAttributeNameQueueArn)
			if got[0].Attributes["DeadLetterQueueSourceArn"] != source {
				t.Errorf("attributes %v", got[0].Attributes)
			}
			sources, err := b.sqs.ListDeadLetterSourceQueues(t.Context(), &client.ListDeadLetterSourceQueuesInput{QueueUrl: dead})
			if err != nil || !slices.Equal(sources.QueueUrls, []string{*url}) {
				t.Errorf("sources %v, %v", sources, err)
			}

			b.Advance(2 * time.Second)
			b.redrive(deadARN)
			back := b.receive(url)
			if len(back) != 1 || *back[0].Body != "bad" || back[0].Attributes["ApproximateReceiveCount"] != "1" {
				t.Fatalf("redriven: %+v", back)
			}
			if c := b.counts(dead); c != "0 0 0" {
				t.Errorf("dead letters left: %s", c)
			}
		})
	}
}

// redrive moves a dead-letter queue's messages back and waits for the end.
func (b *bench) redrive(deadARN string) {
	b.t.Helper()
	if _, err := b.sqs.StartMessageMoveTask(b.t.Context(), &client.StartMessageMoveTaskInput{SourceArn: &deadARN}); err != nil {
		b.t.Fatalf("redrive: %v", err)
	}
	testenv.Eventually(b.t, "the redrive completes", func() bool {
		out, err := b.sqs.ListMessageMoveTasks(b.t.Context(), &client.ListMessageMoveTasksInput{SourceArn: &deadARN})
		if err != nil {
			b.t.Fatal(err)
		}
		return *out.Results[0].Status == "COMPLETED" && out.Results[0].ApproximateNumberOfMessagesMoved == 1
	})
}

func TestMoveTaskRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("plain")
	source := b.attribute(url, types.QueueAttributeNameQueueArn)
	_, err := b.sqs.StartMessageMoveTask(t.Context(), &client.StartMessageMoveTaskInput{SourceArn: &source})
	b.wantCode(err, "InvalidParameterValue")
	_, err = b.sqs.StartMessageMoveTask(t.Context(), &client.StartMessageMoveTaskInput{SourceArn: aws.String("arn:aws:sqs:us-east-1:000000000000:none")})
	b.wantCode(err, "ResourceNotFoundException")
	_, err = b.sqs.CancelMessageMoveTask(t.Context(), &client.CancelMessageMoveTaskInput{TaskHandle: aws.String("none")})
	b.wantCode(err, "ResourceNotFoundException")
}

func TestFIFOKeepsOrderWithinAGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q.fifo")
	last := make(map[string]string)
	for i := range 4 {
		for _, g := range []string{"a", "b"} {
			out := b.sendTo(url, g, fmt.Sprint(i))
			if len(*out.SequenceNumber) != 20 || last[g] >= *out.SequenceNumber {
				t.Errorf("sequence number %s", *out.SequenceNumber)
			}
			last[g] = *out.SequenceNumber
		}
	}
	two := func(in *client.ReceiveMessageInput) { in.MaxNumberOfMessages = 2 }
	first := b.receive(url, two)
	if got := bodies(first); !slices.Equal(got, []string{"0", "1"}) || first[0].Attributes["MessageGroupId"] != first[1].Attributes["MessageGroupId"] {
		t.Fatalf("first receive: %v", got)
	}
	second := b.receive(url, two)
	if got := bodies(second); !slices.Equal(got, []string{"0", "1"}) || second[0].Attributes["MessageGroupId"] == first[0].Attributes["MessageGroupId"] {
		t.Fatalf("second receive: %v of %s", got, second[0].Attributes["MessageGroupId"])
	}
	if got := b.receive(url); len(got) != 0 {
		t.Fatalf("both groups are in flight, received %v", bodies(got))
	}
	b.delete(url, first[0])
	if got := b.receive(url); len(got) != 0 {
		t.Fatal("a group with one message in flight gave out another")
	}
	b.delete(url, first[1])
	if got := bodies(b.receive(url)); !slices.Equal(got, []string{"2", "3"}) {
		t.Fatalf("after the group was free: %v", got)
	}
	b.Advance(31 * time.Second)
	if got := b.receive(url, func(in *client.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 }); len(got) != 1 {
		t.Fatalf("after the timeout: %v", bodies(got))
	}
	_, err := b.sqs.DeleteMessage(t.Context(), &client.DeleteMessageInput{QueueUrl: url, ReceiptHandle: second[0].ReceiptHandle})
	b.wantCode(err, "InvalidParameterValue") // expired
}

func TestFIFODeduplicates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := map[string]struct {
		attributes []string
		groups     [2]string
		after      time.Duration
		want       int
	}{
		"same id":                 {groups: [2]string{"g", "g"}, want: 1},
		"same id in other group":  {groups: [2]string{"g", "h"}, want: 1},
		"scope of a group":        {attributes: []string{"DeduplicationScope", "messageGroup"}, groups: [2]string{"g", "h"}, want: 2},
		"after five minutes":      {groups: [2]string{"g", "g"}, after: 5*time.Minute + time.Second, want: 2},
		"before five minutes":     {groups: [2]string{"g", "g"}, after: 3 * time.Minute, want: 1},
		"content by its own hash": {attributes: []string{"ContentBasedDeduplication", "true"}, groups: [2]string{"g", "g"}, want: 1},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		url := b.queue(strings.ReplaceAll(name, " ", "-")+".fifo", tt.attributes...)
		var ids []string
		for i, g := range tt.groups {
			in := &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("body"), MessageGroupId: &tt.groups[i]}
			if len(tt.attributes) == 0 || tt.attributes[0] != "ContentBasedDeduplication" {
				in.MessageDeduplicationId = aws.String("id")
			}
			out, err := b.sqs.SendMessage(t.Context(), in)
			if err != nil {
				t.Fatalf("%s, group %s: %v", name, g, err)
			}
			ids = append(ids, *out.MessageId)
			if i == 0 {
				b.Advance(tt.after)
			}
		}
		if same := ids[0] == ids[1]; same != (tt.want == 1) {
			t.Errorf("%s: ids %v", name, ids)
		}
		got := b.receive(url)
		if len(got) < 2 {
			got = append(got, b.receive(url)...)
		}
		if len(got) != tt.want {
			t.Errorf("%s: received %d, want %d", name, len(got), tt.want)
		}
	}
}

func TestReceiveAttemptIsAnsweredTheSameAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q.fifo")
	b.sendTo(url, "g", "1")
	b.sendTo(url, "g", "2")
	attempt := func(in *client.ReceiveMessageInput) {
		in.MaxNumberOfMessages = 1
		in.ReceiveRequestAttemptId = aws.String("a1")
	}
	first, again := b.receive(url, attempt), b.receive(url, attempt)
	if len(first) != 1 || len(again) != 1 || *first[0].ReceiptHandle != *again[0].ReceiptHandle {
		t.Fatalf("first %v, again %v", bodies(first), bodies(again))
	}
	b.delete(url, first[0])
	if next := b.receive(url, attempt); len(next) != 1 || *next[0].Body != "2" {
		t.Errorf("after delete: %v", bodies(next))
	}
}

// Many receivers at once take each message exactly once.
func TestConcurrentReceiversShareWithoutOverlap(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		b := newBench(t)
		url := b.queue(name)
		const n = 200
		for i := 0; i < n; i += 10 {
			in := &client.SendMessageBatchInput{QueueUrl: url}
			for j := range 10 {
				e := types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(j)), MessageBody: aws.String(fmt.Sprint(i + j))}
				if name != "q" {
					e.MessageGroupId, e.MessageDeduplicationId = aws.String(fmt.Sprint(j%5)), e.MessageBody
				}
				in.Entries = append(in.Entries, e)
			}
			if out, err := b.sqs.SendMessageBatch(t.Context(), in); err != nil || len(out.Failed) > 0 {
				t.Fatal(out, err)
			}
		}
		var mu sync.Mutex
		seen, order := make(map[string]int), make(map[string][]string)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for {
					got := b.receive(url)
					mu.Lock()
					for _, m := range got {
						seen[*m.Body]++
						g := m.Attributes["MessageGroupId"]
						order[g] = append(order[g], m.Attributes["SequenceNumber"])
					}
					done := len(seen) == n
					mu.Unlock()
					for _, m := range got {
						b.delete(url, m)
					}
					if done {
						return
					}
				}
			})
		}
		group.Wait()
		for body, times := range seen {
			if times != 1 {
				t.Errorf("%s: message %s was received %d times", name, body, times)
			}
		}
		for g, numbers := range order {
			if name != "q" && !slices.IsSorted(numbers) {
				t.Errorf("%s: group %s came out of order", name, g)
			}
		}
		if c := b.counts(url); c != "0 0 0" {
			t.Errorf("%s: counts %s", name, c)
		}
	}
}

func TestMessageAttributesTravelWithTheirChecksum(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	// The SDK itself compares the checksums.
	_, err := b.sqs.SendMessage(t.Context(), &client.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("x"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"city":  {DataType: aws.String("String"), StringValue: aws.String("Zürich")},
			"n":     {DataType: aws.String("Number.int"), StringValue: aws.String("42")},
			"bytes": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 255}},
			"a.b":   {DataType: aws.String("String"), StringValue: aws.String("dotted")},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")},
		},
	})
	b.wantCode(err, "")
	got := b.receive(url, func(in *client.ReceiveMessageInput) {
		in.MessageAttributeNames = []string{"a.*", "city"}
		in.VisibilityTimeout = 1
	})
	if len(got) != 1 || len(got[0].MessageAttributes) != 2 || *got[0].MessageAttributes["city"].StringValue != "Zürich" {
		t.Fatalf("selected attributes: %+v", got)
	}
	if trace := got[0].Attributes["AWSTraceHeader"]; !strings.HasPrefix(trace, "Root=1-5759e988") {
		t.Errorf("trace header %q", trace)
	}
	b.Advance(2 * time.Second)
	if got = b.receive(url); len(got) != 1 || len(got[0].MessageAttributes) != 4 || got[0].MD5OfMessageAttributes == nil {
		t.Fatalf("all attributes: %+v", got)
	}
}

func TestLargeBodiesGoThroughWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	body := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	b.send(url, body)
	got := b.receive(url)
	if len(got) != 1 || *got[0].Body != body {
		t.Fatal("a body of 1 MiB came back changed")
	}
	b.delete(url, got[0])
	_, err := b.sqs.SendMessage(t.Context(), &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String(body + "x")})
	b.wantCode(err, "InvalidParameterValue")
}

func TestSendMessageRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, fifo := b.queue("q", "MaximumMessageSize", "1024"), b.queue("q.fifo")
	text := func(s string) map[string]types.MessageAttributeValue {
		return map[string]types.MessageAttributeValue{s: {DataType: aws.String("String"), StringValue: aws.String("v")}}
	}
	tests := map[string]struct {
		in   client.SendMessageInput
		code string
	}{
		"no queue":            {client.SendMessageInput{QueueUrl: aws.String(b.URL() + "/000000000000/none"), MessageBody: aws.String("x")}, "AWS.SimpleQueueService.NonExistentQueue"},
		"empty body":          {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("")}, "MissingParameter"},
		"too long":            {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String(strings.Repeat("x", 1025))}, "InvalidParameterValue"},
		"illegal character":   {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("a\x01")}, "InvalidMessageContents"},
		"delay too long":      {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), DelaySeconds: 901}, "InvalidParameterValue"},
		"dedup on standard":   {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), MessageDeduplicationId: aws.String("d")}, "InvalidParameterValue"},
		"no group":            {client.SendMessageInput{QueueUrl: fifo, MessageBody: aws.String("x"), MessageDeduplicationId: aws.String("d")}, "MissingParameter"},
		"no dedup":            {client.SendMessageInput{QueueUrl: fifo, MessageBody: aws.String("x"), MessageGroupId: aws.String("g")}, "InvalidParameterValue"},
		"delay on fifo":       {client.SendMessageInput{QueueUrl: fifo, MessageBody: aws.String("x"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("d"), DelaySeconds: 3}, "InvalidParameterValue"},
		"group with a space":  {client.SendMessageInput{QueueUrl: fifo, MessageBody: aws.String("x"), MessageGroupId: aws.String("a b"), MessageDeduplicationId: aws.String("d")}, "InvalidParameterValue"},
		"reserved attribute":  {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), MessageAttributes: text("AWS.x")}, "InvalidParameterValue"},
		"attribute ends in .": {client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), MessageAttributes: text("x.")}, "InvalidParameterValue"},
	}
	for name, tt := range tests {
		_, err := b.sqs.SendMessage(t.Context(), &tt.in)
		if got := testenv.ErrorCode(err); got != tt.code {
			t.Errorf("%s: error %q (%v), want %q", name, got, err, tt.code)
		}
	}
	if c := b.counts(url); c != "0 0 0" {
		t.Errorf("refused messages are in the queue: %s", c)
	}
}

func TestBatchTellsEachEntrysFate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	out, err := b.sqs.SendMessageBatch(t.Context(), &client.SendMessageBatchInput{
		QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{entry("good", "x"), entry("bad", "\x02")},
	})
	if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Id != "bad" || !out.Failed[0].SenderFault || *out.Failed[0].Code != "InvalidMessageContents" {
		t.Fatalf("%+v, %v", out, err)
	}
	_, err = b.sqs.SendMessageBatch(t.Context(), &client.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{entry("a", "x"), entry("a", "y")}})
	b.wantCode(err, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
	_, err = b.sqs.SendMessageBatch(t.Context(), &client.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{}})
	b.wantCode(err, "AWS.SimpleQueueService.EmptyBatchRequest")
	var many []types.SendMessageBatchRequestEntry
	for i := range 11 {
		many = append(many, entry(fmt.Sprint(i), "x"))
	}
	_, err = b.sqs.SendMessageBatch(t.Context(), &client.SendMessageBatchInput{QueueUrl: url, Entries: many})
	b.wantCode(err, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")

	got := b.receive(url)
	change, err := b.sqs.ChangeMessageVisibilityBatch(t.Context(), &client.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("1"), ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 99}, {Id: aws.String("2"), ReceiptHandle: aws.String("junk")},
	}})
	if err != nil || len(change.Successful) != 1 || len(change.Failed) != 1 || *change.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Fatalf("%+v, %v", change, err)
	}
	deleted, err := b.sqs.DeleteMessageBatch(t.Context(), &client.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("1"), ReceiptHandle: got[0].ReceiptHandle}, {Id: aws.String("2"), ReceiptHandle: aws.String("junk")},
	}})
	if err != nil || len(deleted.Successful) != 1 || len(deleted.Failed) != 1 {
		t.Fatalf("%+v, %v", deleted, err)
	}
	if c := b.counts(url); c != "0 0 0" {
		t.Errorf("counts %s", c)
	}
}

func TestExpiredMessagesAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, fifo := b.queue("q", "MessageRetentionPeriod", "60"), b.queue("q.fifo", "MessageRetentionPeriod", "60")
	b.send(url, "old")
	b.sendTo(fifo, "g", "old")
	b.Advance(61 * time.Second)
	b.send(url, "new")
	b.sendTo(fifo, "g", "new")
	for _, u := range []*string{url, fifo} {
		if got := bodies(b.receive(u)); !slices.Equal(got, []string{"new"}) {
			t.Errorf("%s: %v", *u, got)
		}
	}
	b.Advance(2 * time.Hour) // the hourly look removes the rest without a receiver
	testenv.Eventually(t, "the queues are empty", func() bool { return b.counts(url) == "0 0 0" && b.counts(fifo) == "0 0 0" })
}

func TestQueueLifeCycle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q", "DelaySeconds", "5")
	if again := b.queue("q", "DelaySeconds", "5"); *again != *url {
		t.Errorf("the same queue has two URLs: %s, %s", *url, *again)
	}
	_, err := b.sqs.CreateQueue(t.Context(), &client.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{"DelaySeconds": "6"}})
	b.wantCode(err, "QueueAlreadyExists")
	for _, name := range []string{"", "a b", strings.Repeat("x", 81), "x.fifo"} {
		_, err := b.sqs.CreateQueue(t.Context(), &client.CreateQueueInput{QueueName: aws.String(name)})
		if err == nil {
			t.Errorf("created %q", name)
		}
	}
	found, err := b.sqs.GetQueueUrl(t.Context(), &client.GetQueueUrlInput{QueueName: aws.String("q")})
	if err != nil || *found.QueueUrl != *url {
		t.Errorf("GetQueueUrl: %v, %v", found, err)
	}
	_, err = b.sqs.DeleteQueue(t.Context(), &client.DeleteQueueInput{QueueUrl: url})
	b.wantCode(err, "")
	_, err = b.sqs.GetQueueUrl(t.Context(), &client.GetQueueUrlInput{QueueName: aws.String("q")})
	b.wantCode(err, "AWS.SimpleQueueService.NonExistentQueue")
	_, err = b.sqs.CreateQueue(t.Context(), &client.CreateQueueInput{QueueName: aws.String("q")})
	b.wantCode(err, "AWS.SimpleQueueService.QueueDeletedRecently")
	b.Advance(61 * time.Second)
	url = b.queue("q")
	if len(b.receive(url)) != 0 {
		t.Error("a new queue has old messages")
	}
}

func TestPurgeEmptiesAndRests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	b.send(url, "a")
	b.send(url, "b")
	b.receive(url, func(in *client.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
	_, err := b.sqs.PurgeQueue(t.Context(), &client.PurgeQueueInput{QueueUrl: url})
	b.wantCode(err, "")
	_, err = b.sqs.PurgeQueue(t.Context(), &client.PurgeQueueInput{QueueUrl: url})
	b.wantCode(err, "AWS.SimpleQueueService.PurgeQueueInProgress")
	if c := b.counts(url); c != "0 0 0" {
		t.Errorf("counts %s", c)
	}
	b.send(url, "c")
	if got := bodies(b.receive(url)); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after purge: %v", got)
	}
}

func TestListQueuesPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 5 {
		b.queue(fmt.Sprintf("a%d", i))
	}
	b.queue("b")
	var names []string
	pages := client.NewListQueuesPaginator(b.sqs, &client.ListQueuesInput{QueueNamePrefix: aws.String("a"), MaxResults: aws.Int32(2)})
	n := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n++
		for _, u := range page.QueueUrls {
			names = append(names, u[strings.LastIndex(u, "/")+1:])
		}
	}
	if !slices.Equal(names, []string{"a0", "a1", "a2", "a3", "a4"}) || n != 3 {
		t.Errorf("%d pages: %v", n, names)
	}
}

func TestTagsAndPermissions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	_, err := b.sqs.TagQueue(t.Context(), &client.TagQueueInput{QueueUrl: url, Tags: map[string]string{"a": "1", "b": "2"}})
	b.wantCode(err, "")
	_, err = b.sqs.UntagQueue(t.Context(), &client.UntagQueueInput{QueueUrl: url, TagKeys: []string{"a"}})
	b.wantCode(err, "")
	tags, err := b.sqs.ListQueueTags(t.Context(), &client.ListQueueTagsInput{QueueUrl: url})
	if err != nil || !maps.Equal(tags.Tags, map[string]string{"b": "2"}) {
		t.Errorf("tags %v, %v", tags, err)
	}
	add := func(label string) error {
		_, err := b.sqs.AddPermission(t.Context(), &client.AddPermissionInput{
			QueueUrl: url, Label: &label, AWSAccountIds: []string{"111111111111"}, Actions: []string{"SendMessage"},
		})
		return err
	}
	b.wantCode(add("one"), "")
	b.wantCode(add("one"), "InvalidParameterValue")
	if p := b.attribute(url, types.QueueAttributeNamePolicy); !strings.Contains(p, `"SQS:SendMessage"`) || !strings.Contains(p, "111111111111:root") {
		t.Errorf("policy %s", p)
	}
	_, err = b.sqs.RemovePermission(t.Context(), &client.RemovePermissionInput{QueueUrl: url, Label: aws.String("one")})
	b.wantCode(err, "")
	if p := b.attribute(url, types.QueueAttributeNamePolicy); p != "" {
		t.Errorf("policy %s", p)
	}
}

func TestAttributeRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url := b.queue("q")
	tests := map[string]struct{ name, value, code string }{
		"unknown":          {"Nope", "1", "InvalidAttributeName"},
		"too large":        {"VisibilityTimeout", "43201", "InvalidAttributeValue"},
		"no number":        {"DelaySeconds", "x", "InvalidAttributeValue"},
		"policy no JSON":   {"Policy", "{", "InvalidAttributeValue"},
		"fifo only":        {"ContentBasedDeduplication", "true", "InvalidAttributeName"},
		"no target":        {"RedrivePolicy", `{"maxReceiveCount":3}`, "InvalidParameterValue"},
		"target not there": {"RedrivePolicy", `{"maxReceiveCount":3,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none"}`, "InvalidParameterValue"},
		"count too large":  {"RedrivePolicy", `{"maxReceiveCount":1001,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:q"}`, "InvalidParameterValue"},
		"good":             {"VisibilityTimeout", "7", ""},
	}
	for name, tt := range tests {
		_, err := b.sqs.SetQueueAttributes(t.Context(), &client.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{tt.name: tt.value}})
		if got := testenv.ErrorCode(err); got != tt.code {
			t.Errorf("%s: error %q (%v), want %q", name, got, err, tt.code)
		}
	}
	if v := b.attribute(url, types.QueueAttributeNameVisibilityTimeout); v != "7" {
		t.Errorf("VisibilityTimeout %s", v)
	}
	all, err := b.sqs.GetQueueAttributes(t.Context(), &client.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil || all.Attributes["QueueArn"] != "arn:aws:sqs:us-east-1:000000000000:q" || all.Attributes["MaximumMessageSize"] != "1048576" {
		t.Errorf("%v, %v", all, err)
	}
	_, err = b.sqs.GetQueueAttributes(t.Context(), &client.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"Nope"}})
	b.wantCode(err, "InvalidAttributeName")
}
