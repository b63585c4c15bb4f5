package sqs

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// newTestService returns the service over a store, with a clock that stands.
func newTestService(st *kv.Store) (*Service, *clock.Fake, context.Context) {
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), Endpoint: "http://localhost:4566"}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	info := call.Info{Account: "000000000000", Region: "us-east-1", Endpoint: d.Endpoint}
	return New(d), c, call.With(context.Background(), info)
}

const testURL = "http://localhost:4566/000000000000/"

// must stops a test at an error of the service.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// consistency counts a queue's messages in each of its indexes, and fails the
// test when they do not agree.
func consistency(t *testing.T, st *kv.Store, name string) (messages int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		q, ok, err := kv.Get[queue](tx, home{"000000000000", "us-east-1"}.queueKey(name))
		if err != nil || !ok {
			return err
		}
		rows := func(folder string) (n int) {
			for _, err := range tx.Scan(kv.Prefix(q.key(folder, q.ID))) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		messages = rows("v")
		bodies, groups := 0, 0
		if q.FIFO {
			messages, bodies, groups = rows("m"), rows("m"), rows("g")
		}
		counted, err := tx.Count(q.countKey())
		if rows("b") != bodies || int(counted) != messages || groups != rows("r") || q.FIFO && (groups > 0) != (messages > 0) {
			t.Errorf("%s: %d messages, %d bodies, %d counted, %d groups, %d ready", name, messages, rows("b"), counted, groups, rows("r"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// After any crash every acknowledged message is there, with all that makes it
// receivable, and no acknowledged delete has come back.
func TestMessagesSurviveACrash(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What is in the queue after each acknowledgement, and what may be
			// there when the next step was under way.
			var after []int
			work := func(st *kv.Store, ack func()) {
				after = []int{0}
				s, _, ctx := newTestService(st)
				done := func(messages int) {
					after = append(after, messages)
					ack()
				}
				in := &api.CreateQueueInput{QueueName: name}
				if strings.HasSuffix(name, ".fifo") {
					in.Attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
				}
				url := *must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, in)).QueueUrl
				done(0)
				group := func(g string) *string {
					if in.Attributes == nil {
						return nil
					}
					return &g
				}
				for i, body := range []string{"a", "b", "c"} {
					must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: url, MessageBody: body, MessageGroupId: group(body)}))
					done(i + 1)
				}
				must[*api.SendMessageBatchOutput](t)(s.SendMessageBatch(ctx, &api.SendMessageBatchInput{QueueUrl: url, Entries: []api.SendMessageBatchRequestEntry{
					{Id: "1", MessageBody: "d", MessageGroupId: group("a")}, {Id: "2", MessageBody: "e", MessageGroupId: group("a")},
				}}))
				done(5)
				got := must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: new(int32(3))}))
				done(5)
				must[*api.ChangeMessageVisibilityOutput](t)(s.ChangeMessageVisibility(ctx, &api.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: *got.Messages[0].ReceiptHandle, VisibilityTimeout: 90}))
				done(5)
				for i, m := range got.Messages {
					must[*api.DeleteMessageOutput](t)(s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: url, ReceiptHandle: *m.ReceiptHandle}))
					done(4 - i)
				}
				must[*api.PurgeQueueOutput](t)(s.PurgeQueue(ctx, &api.PurgeQueueInput{QueueUrl: url}))
				done(0)
			}
			check := func(st *kv.Store, acked int) {
				n := consistency(t, st, name)
				if n != after[acked] && (acked+1 >= len(after) || n != after[acked+1]) {
					t.Errorf("%d messages after %d acknowledgements", n, acked)
				}
			}
			kvtest.Crash(t, work, check)
		})
	}
}

// A message that is given up is in exactly one queue at any time.
func TestDeadLettersSurviveACrash(t *testing.T) {
	t.Parallel()
	work := func(st *kv.Store, ack func()) {
		s, c, ctx := newTestService(st)
		must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "dead"}))
		must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q", Attributes: map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}`,
		}}))
		must[*api.SendMessageOutput](t)(s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: testURL + "q", MessageBody: "x"}))
		ack()
		for range 2 {
			must[*api.ReceiveMessageOutput](t)(s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "q", VisibilityTimeout: new(int32(1))}))
			c.Advance(2 * time.Second)
		}
	}
	check := func(st *kv.Store, acked int) {
		if total := consistency(t, st, "q") + consistency(t, st, "dead"); acked > 0 && total != 1 {
			t.Errorf("%d copies of the message", total)
		}
	}
	kvtest.Crash(t, work, check)
}

// What is changed of a queue is there after a crash, whole.
func TestQueueChangesSurviveACrash(t *testing.T) {
	t.Parallel()
	steps := []func(t *testing.T, s *Service, c *clock.Fake, ctx context.Context){
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q"}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.SetQueueAttributesOutput](t)(s.SetQueueAttributes(ctx, &api.SetQueueAttributesInput{QueueUrl: testURL + "q", Attributes: map[string]string{"DelaySeconds": "5"}}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.TagQueueOutput](t)(s.TagQueue(ctx, &api.TagQueueInput{QueueUrl: testURL + "q", Tags: map[string]string{"a": "1"}}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.AddPermissionOutput](t)(s.AddPermission(ctx, &api.AddPermissionInput{QueueUrl: testURL + "q", Label: "l", AWSAccountIds: []string{"111111111111"}, Actions: []string{"*"}}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.RemovePermissionOutput](t)(s.RemovePermission(ctx, &api.RemovePermissionInput{QueueUrl: testURL + "q", Label: "l"}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.UntagQueueOutput](t)(s.UntagQueue(ctx, &api.UntagQueueInput{QueueUrl: testURL + "q", TagKeys: []string{"a"}}))
		},
		func(t *testing.T, s *Service, _ *clock.Fake, ctx context.Context) {
			must[*api.DeleteQueueOutput](t)(s.DeleteQueue(ctx, &api.DeleteQueueInput{QueueUrl: testURL + "q"}))
		},
	}
	state := func(st *kv.Store) string {
		text := "none"
		err := st.View(t.Context(), func(tx *kv.Tx) error {
			q, ok, err := kv.Get[queue](tx, home{"000000000000", "us-east-1"}.queueKey("q"))
			if ok {
				text = strings.Join([]string{q.Set["DelaySeconds"], q.Tags["a"], q.Set["Policy"]}, "|")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var states []string
	work := func(st *kv.Store, ack func()) {
		s, c, ctx := newTestService(st)
		states = []string{state(st)}
		for _, step := range steps {
			step(t, s, c, ctx)
			states = append(states, state(st))
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		if got := state(st); got != states[acked] && (acked+1 >= len(states) || got != states[acked+1]) {
			t.Errorf("after %d steps: %q", acked, got)
		}
	}
	kvtest.Crash(t, work, check)
}

func FuzzReceiptHandle(f *testing.F) {
	f.Add("")
	f.Add(receipt{queue: "q", sid: []byte("0123456789abcdef"), at: 1, group: "g", seq: 7}.handle())
	f.Add("AAAA")
	f.Fuzz(func(_ *testing.T, handle string) {
		r, err := parseReceipt(&queue{ID: "q", FIFO: true}, handle)
		if err == nil && r.queue != "q" {
			panic("a receipt of another queue")
		}
	})
}

// With a backlog, receiving must not walk over what was consumed before.
func BenchmarkReceiveDelete(b *testing.B) {
	for name, backlog := range map[string]int{"backlog=1000": 1000, "backlog=200000": 200_000} {
		b.Run(name, func(b *testing.B) {
			st := kvtest.Open(b)
			s, c, ctx := newTestService(st)
			if _, err := s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q"}); err != nil {
				b.Fatal(err)
			}
			body := strings.Repeat("x", 100)
			for i := 0; i < backlog; i += 10 {
				in := &api.SendMessageBatchInput{QueueUrl: testURL + "q"}
				for j := range 10 {
					in.Entries = append(in.Entries, api.SendMessageBatchRequestEntry{Id: string(rune('a' + j)), MessageBody: body})
				}
				c.Advance(time.Microsecond)
				if _, err := s.SendMessageBatch(ctx, in); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				c.Advance(50 * time.Microsecond)
				if _, err := s.SendMessage(ctx, &api.SendMessageInput{QueueUrl: testURL + "q", MessageBody: body}); err != nil {
					b.Fatal(err)
				}
				out, err := s.ReceiveMessage(ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "q"})
				if err != nil || len(out.Messages) != 1 {
					b.Fatal(err, len(out.Messages))
				}
				if _, err := s.DeleteMessage(ctx, &api.DeleteMessageInput{QueueUrl: testURL + "q", ReceiptHandle: *out.Messages[0].ReceiptHandle}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A delivery that is made again, since its first outcome is not known, is one
// message; two that only look the same are two.
func TestDeliveryMadeAgainIsOneMessage(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, c, ctx := newTestService(st)
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, &api.CreateQueueInput{QueueName: "q"}))
	send := func(once string) string {
		info := call.From(ctx)
		info.Once = once
		out := must[*api.SendMessageOutput](t)(s.SendMessage(call.With(ctx, info), &api.SendMessageInput{QueueUrl: testURL + "q", MessageBody: "x"}))
		return *out.MessageId
	}
	if first, again := send("a"), send("a"); first != again {
		t.Errorf("made again it is %s, not %s", again, first)
	}
	if consistency(t, st, "q") != 1 {
		t.Error("a delivery made again is there twice")
	}
	send("b")
	send("")
	send("")
	if n := consistency(t, st, "q"); n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
	c.Advance(dedupInterval + time.Second)
	d := s.Deps // of the next start: the program was not there meanwhile
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	s = New(d)
	send("c")
	send("a")
	if n := consistency(t, st, "q"); n != 5 {
		t.Errorf("after a start that was late %d messages, want 5", n)
	}
	c.Advance(dedupInterval + time.Second)
	send("d") // forgets what is over
	send("a")
	if n := consistency(t, st, "q"); n != 7 {
		t.Errorf("after the interval %d messages, want 7", n)
	}
}
