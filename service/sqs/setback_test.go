package sqs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
)

// setBackBy is how far the clock of these tests is set back: a new service's
// stands where that of the one before has begun.
const setBackBy = 10 * time.Hour

// before is what clients hold when the clock is set back.
type before struct {
	flight, changed, ordered string // receipt handles
	duplicate                string // the message that was sent under id x
	attempt                  string // a handle that was received by attempt y
}

// prepareSetBack fills queues with messages of all conditions.
func prepareSetBack(ctx context.Context, t *testing.T, s *Service, c *clock.Fake) (b before) {
	t.Helper()
	create := func(name string, attributes map[string]string) {
		if strings.HasSuffix(name, ".fifo") {
			attributes["FifoQueue"] = "true"
		}
		must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: name, Attributes: attributes}))
	}
	send := func(queue, body string, delay int32) {
		must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: testURL + queue, MessageBody: body, DelaySeconds: &delay}))
	}
	sendTo := func(queue, group, body string) string {
		return *must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{
			QueueUrl: testURL + queue, MessageBody: body, MessageGroupId: &group, MessageDeduplicationId: &body,
		})).MessageId
	}
	receive := func(queue string, attempt *string) string {
		out := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{
			QueueUrl: testURL + queue, VisibilityTimeout: new(int32(30)), ReceiveRequestAttemptId: attempt,
		}))
		if len(out.Messages) != 1 {
			t.Fatalf("%d messages from %s", len(out.Messages), queue)
		}
		return *out.Messages[0].ReceiptHandle
	}
	for _, name := range []string{"q", "large", "flights", "gone"} {
		create(name, nil)
	}
	create("q.fifo", map[string]string{})
	create("slow.fifo", map[string]string{"DelaySeconds": "5"})
	create("tried.fifo", map[string]string{})
	send("q", "old", 0)
	c.Advance(setBackBy - time.Hour)
	send("q", "new", 0)
	send("large", strings.Repeat("large ", 1000), 0)
	c.Advance(time.Hour)
	send("q", "delayed", 5)
	send("flights", "flight", 0)
	b.flight = receive("flights", nil)
	send("flights", "changed", 0)
	b.changed = receive("flights", nil)
	must[*api.ChangeMessageVisibilityOutput](t)(s.ChangeMessageVisibility(ctx, &api.ChangeMessageVisibilityInput{
		QueueUrl: testURL + "flights", ReceiptHandle: b.changed, VisibilityTimeout: 60,
	}))
	sendTo("q.fifo", "a", "a1")
	b.ordered = receive("q.fifo", nil)
	sendTo("q.fifo", "a", "a2")
	sendTo("q.fifo", "b", "b1")
	b.duplicate = sendTo("q.fifo", "c", "x")
	sendTo("slow.fifo", "a", "slow")
	sendTo("tried.fifo", "a", "tried")
	b.attempt = receive("tried.fifo", new("y"))
	must[*api.PurgeQueueOutput](t)(s.PurgeQueue(ctx, &api.PurgeQueueInput{QueueUrl: testURL + "gone"}))
	must[*api.DeleteQueueOutput](t)(s.DeleteQueue(ctx, &api.DeleteQueueInput{QueueUrl: testURL + "gone"}))
	return b
}

// checkSetBack holds the queues of prepareSetBack against what is due, and when.
func checkSetBack(ctx context.Context, t *testing.T, s *Service, c *clock.Fake, b before) {
	t.Helper()
	expect := func(queue string, want ...string) {
		t.Helper()
		out := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{
			QueueUrl: testURL + queue, MaxNumberOfMessages: new(int32(10)), VisibilityTimeout: new(int32(7200)),
		}))
		var got []string
		for _, m := range out.Messages {
			body := *m.Body
			got = append(got, body[:min(len(body), 7)])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("after %v, %s gives %q, want %q", c.Now().Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), queue, got, want)
		}
	}
	expect("q", "old", "new")
	expect("large", "large l")
	expect("flights")
	expect("q.fifo", "b1", "x")
	expect("slow.fifo")
	again := must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{
		QueueUrl: testURL + "q.fifo", MessageBody: "other", MessageGroupId: new("d"), MessageDeduplicationId: new("x"),
	}))
	if *again.MessageId != b.duplicate {
		t.Error("a deduplication id was forgotten")
	}
	tried := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{
		QueueUrl: testURL + "tried.fifo", ReceiveRequestAttemptId: new("y"), VisibilityTimeout: new(int32(30)),
	}))
	if len(tried.Messages) != 1 || *tried.Messages[0].ReceiptHandle != b.attempt {
		t.Errorf("an attempt that is made again is given %+v", tried.Messages)
	}
	create := func() error {
		_, err := s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "gone"})
		return err
	}
	if err := create(); err == nil {
		t.Error("the name of a queue that was deleted does not rest")
	}
	c.Advance(5*time.Second - time.Nanosecond)
	expect("q")
	expect("slow.fifo")
	c.Advance(time.Nanosecond)
	expect("q", "delayed")
	expect("slow.fifo", "slow")
	// Receipt handles of before are good as long as they would have been.
	must[*api.ChangeMessageVisibilityOutput](t)(s.ChangeMessageVisibility(ctx, &api.ChangeMessageVisibilityInput{
		QueueUrl: testURL + "flights", ReceiptHandle: b.flight, VisibilityTimeout: 25,
	}))
	c.Advance(25*time.Second - time.Nanosecond)
	expect("flights")
	expect("q.fifo")
	must[*api.DeleteMessageOutput](t)(s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: testURL + "q.fifo", ReceiptHandle: b.ordered}))
	expect("q.fifo", "a2")
	c.Advance(time.Nanosecond)
	must[*api.DeleteMessageOutput](t)(s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: testURL + "flights", ReceiptHandle: b.flight}))
	expect("flights")
	c.Advance(30 * time.Second)
	expect("flights", "changed")
	if err := create(); err != nil {
		t.Errorf("a minute after a queue was deleted its name is not free: %v", err)
	}
	c.Advance(dedupInterval)
	again = must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{
		QueueUrl: testURL + "q.fifo", MessageBody: "other", MessageGroupId: new("d"), MessageDeduplicationId: new("x"),
	}))
	if *again.MessageId == b.duplicate {
		t.Error("a deduplication id is known after five minutes")
	}
	expect("q.fifo", "other")
	for _, name := range []string{"q", "flights", "q.fifo", "slow.fifo"} {
		consistency(t, s.Store, name)
	}
}

// TestMessagesAreBroughtBackWhenTheClockWasSetBack loses power at each moment of
// the bringing back, too, and goes on with it.
func TestMessagesAreBroughtBackWhenTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	jump := setback.Jump{By: setBackBy, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	rewind := func(s *Service) {
		if err := s.Rewind(t.Context(), setback.NewWalk(s.Store, kv.NewKey("", "", "progress"), jump)); err != nil {
			t.Fatal(err)
		}
	}
	var held before
	work := func(st *kv.Store, ack func()) {
		s, c, ctx := newTestService(st)
		held = prepareSetBack(ctx, t, s, c)
		ack()
		s, _, _ = newTestService(st)
		rewind(s)
		ack()
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		s, c, ctx := newTestService(st)
		rewind(s)
		checkSetBack(ctx, t, s, c, held)
	})
}

// TestReceiptHandlesOutliveTwoSetBacks deletes by a handle whose message has been
// brought back twice.
func TestReceiptHandlesOutliveTwoSetBacks(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, c, ctx := newTestService(st)
	begin := c.Now()
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q"}))
	c.Advance(2 * setBackBy)
	must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: testURL + "q", MessageBody: "x"}))
	got := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "q"}))
	for i, now := range []time.Time{begin.Add(setBackBy), begin} {
		w := setback.NewWalk(st, kv.NewKey("", "", "progress", i), setback.Jump{By: setBackBy, Now: now})
		if err := s.Rewind(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	s, _, ctx = newTestService(st)
	must[*api.DeleteMessageOutput](t)(s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: testURL + "q", ReceiptHandle: *got.Messages[0].ReceiptHandle}))
	if n := consistency(t, st, "q"); n != 0 {
		t.Errorf("%d messages are left", n)
	}
}

// TestPurgingRestsAMinuteThoughTheClockWasSetBack purges a queue again.
func TestPurgingRestsAMinuteThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, c, ctx := newTestService(st)
	begin := c.Now()
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q"}))
	c.Advance(setBackBy)
	purge := func() error {
		_, err := s.PurgeQueue(ctx, &api.PurgeQueueInput{QueueUrl: testURL + "q"})
		return err
	}
	if err := purge(); err != nil {
		t.Fatal(err)
	}
	s, c, ctx = newTestService(st)
	if err := s.Rewind(ctx, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: setBackBy, Now: begin})); err != nil {
		t.Fatal(err)
	}
	c.Advance(purgeRest - time.Nanosecond)
	if err := purge(); err == nil {
		t.Error("a queue is purged twice within a minute")
	} else if _, ok := errors.AsType[*api.PurgeQueueInProgress](err); !ok {
		t.Error(err)
	}
	c.Advance(time.Nanosecond)
	if err := purge(); err != nil {
		t.Errorf("a minute after a purge: %v", err)
	}
}

// TestSequenceNumbersRiseThoughTheClockWasSetBack sends to a group that becomes empty
// each time, before and after two set-backs.
func TestSequenceNumbersRiseThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, c, ctx := newTestService(st)
	begin := c.Now()
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{
		QueueName: "q.fifo", Attributes: map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"},
	}))
	last := ""
	for round := range 3 {
		if round > 0 {
			s, c, ctx = newTestService(st)
			w := setback.NewWalk(st, kv.NewKey("", "", "progress", int64(round)), setback.Jump{By: setBackBy, Now: begin})
			for range 2 { // the second finds it done
				if err := s.Rewind(ctx, w); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, then := range []time.Duration{setBackBy - time.Second, time.Second} {
			sent := must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{
				QueueUrl: testURL + "q.fifo", MessageBody: c.Now().String() + last, MessageGroupId: new("g"),
			}))
			if *sent.SequenceNumber <= last {
				t.Errorf("round %d: %s comes after %s", round, *sent.SequenceNumber, last)
			}
			last = *sent.SequenceNumber
			got := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "q.fifo"}))
			if len(got.Messages) != 1 {
				t.Fatalf("%d messages", len(got.Messages))
			}
			must[*api.DeleteMessageOutput](t)(s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: testURL + "q.fifo", ReceiptHandle: *got.Messages[0].ReceiptHandle}))
			c.Advance(then)
		}
	}
}
