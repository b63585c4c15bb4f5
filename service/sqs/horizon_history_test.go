package sqs

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/task"
)

// TestNoVisibleMessageIsLeftWhilePollsWait lets long polls of two nodes wait at a
// queue while messages are sent, delayed, taken, let go and deleted at random: each
// time the clock has moved, whatever is visible is taken by one of them.
func TestNoVisibleMessageIsLeftWhilePollsWait(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			h := newPolled(t, name, seed)
			random := rand.New(rand.NewPCG(seed, 0))
			for range 60 {
				for range random.IntN(4) {
					h.send(random)
				}
				h.clock.Advance(500 * time.Millisecond)
				testenv.Eventually(t, "nothing visible is left", func() bool { return h.visible() == 0 })
			}
		})
	}
}

// polledQueue is a queue that polls of two nodes wait at.
type polledQueue struct {
	t     *testing.T
	nodes []*Service
	clock *clock.Fake
	ctx   context.Context
	name  string
}

// newPolled makes a queue and two polls of each node, which handle what they get.
func newPolled(t *testing.T, name string, seed uint64) *polledQueue {
	t.Helper()
	s, c, ctx := newTestService(kvtest.Open(t))
	d := s.Deps
	d.Tasks = task.New(task.Options{Store: d.Store, Clock: c, IDs: d.IDs, Log: d.Log})
	h := &polledQueue{t: t, nodes: []*Service{s, New(d)}, clock: c, name: name}
	ctx, stop := context.WithCancel(ctx)
	h.ctx = ctx
	in := &api.CreateQueueInput{QueueName: name}
	if isFIFO(name) {
		in.Attributes = map[string]string{"FifoQueue": "true"}
	}
	must[*api.CreateQueueOutput](t)(s.CreateQueue(ctx, in))
	var polls sync.WaitGroup
	t.Cleanup(polls.Wait)
	t.Cleanup(stop)
	for i := range 4 {
		random := rand.New(rand.NewPCG(seed, uint64(i+1)))
		polls.Go(func() { h.poll(h.nodes[i%2], random) })
	}
	return h
}

// send sends a message by one of the nodes, delayed if the queue allows it.
func (h *polledQueue) send(random *rand.Rand) {
	h.t.Helper()
	in := &api.SendMessageInput{QueueUrl: testURL + h.name, MessageBody: "x"}
	if isFIFO(h.name) {
		in.MessageGroupId, in.MessageDeduplicationId = new(string(rune('a'+random.IntN(3)))), new(h.nodes[0].IDs.UUID())
	} else {
		in.DelaySeconds = new(random.Int32N(4))
	}
	must[*api.SendMessageOutput](h.t)(h.nodes[random.IntN(2)].SendMessage(h.ctx, in))
}

// poll receives until the test ends. A third of what it gets is deleted, a third
// let go for a while and a third forgotten.
func (h *polledQueue) poll(s *Service, random *rand.Rand) {
	for h.ctx.Err() == nil {
		out, err := s.ReceiveMessage(h.ctx, &api.ReceiveMessageInput{
			QueueUrl: testURL + h.name, WaitTimeSeconds: new(int32(20)), VisibilityTimeout: new(1 + random.Int32N(25)),
		})
		if err != nil {
			continue // the test ends
		}
		for _, m := range out.Messages {
			switch random.IntN(3) {
			case 0:
				_, _ = s.DeleteMessage(h.ctx, &api.DeleteMessageInput{QueueUrl: testURL + h.name, ReceiptHandle: *m.ReceiptHandle})
			case 1:
				_, _ = s.ChangeMessageVisibility(h.ctx, &api.ChangeMessageVisibilityInput{
					QueueUrl: testURL + h.name, ReceiptHandle: *m.ReceiptHandle, VisibilityTimeout: 1 + random.Int32N(25),
				})
			}
		}
	}
}

// visible counts what can be received.
func (h *polledQueue) visible() (n int) {
	h.t.Helper()
	s := h.nodes[0]
	q := must[*queue](h.t)(s.find(h.ctx, testURL+h.name))
	err := s.Store.View(h.ctx, func(tx *kv.Tx) error {
		r := kv.Range{From: q.futureKey(), To: q.futureKey().With(s.Clock.Now().UnixNano() + 1)}
		for _, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}
