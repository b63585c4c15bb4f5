package sqs

import (
	"context"
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/task"
)

// spyClock is a clock that stands, and tells until when each sleep is.
type spyClock struct {
	*clock.Fake
	sleeps chan time.Duration // from start
	start  time.Time
}

// NewTimer implements clock.Clock.
func (c *spyClock) NewTimer(d time.Duration) clock.Timer {
	until := c.Now().Add(d)
	timer := c.Fake.NewTimer(d)
	c.sleeps <- until.Sub(c.start) // whoever is told may move the clock at once
	return timer
}

// waiting is a queue that a long poll of twenty seconds waits at, asked of one node
// while another one acts.
type waiting struct {
	t      *testing.T
	node   *Service // that acts
	waiter *Service
	clock  *spyClock
	ctx    context.Context
	name   string
	ended  chan polled
}

// polled is how a long poll has ended.
type polled struct {
	bodies []string
	err    error
}

// newWaiting makes a queue on a store that one or two nodes share.
func newWaiting(t *testing.T, name string, nodes int) *waiting {
	t.Helper()
	s, c, ctx := newTestService(kvtest.Open(t))
	spy := &spyClock{Fake: c, sleeps: make(chan time.Duration, 100), start: c.Now()}
	node := func() *Service {
		d := s.Deps
		d.Clock = spy
		d.Tasks = task.New(task.Options{Store: d.Store, Clock: spy, IDs: d.IDs, Log: d.Log})
		return New(d)
	}
	w := &waiting{t: t, node: node(), clock: spy, ctx: ctx, name: name, ended: make(chan polled, 1)}
	if w.waiter = w.node; nodes > 1 {
		w.waiter = node()
	}
	w.create(name)
	return w
}

// create makes a queue, given attributes as name, value, … A queue whose name ends so
// is a FIFO queue.
func (w *waiting) create(name string, attributes ...string) {
	w.t.Helper()
	set := map[string]string{"VisibilityTimeout": "600"}
	if isFIFO(name) {
		set["FifoQueue"], set["ContentBasedDeduplication"] = "true", "true"
	}
	for i := 0; i < len(attributes); i += 2 {
		set[attributes[i]] = attributes[i+1]
	}
	must[*api.CreateQueueOutput](w.t)(w.node.CreateQueue(w.ctx, &api.CreateQueueInput{QueueName: name, Attributes: set}))
}

// isFIFO tells a FIFO queue by its name.
func isFIFO(name string) bool { return len(name) > 5 && name[len(name)-5:] == ".fifo" }

// send sends to a queue, after delay seconds.
func (w *waiting) send(name, body string, delay int32) {
	w.t.Helper()
	in := &api.SendMessageInput{QueueUrl: testURL + name, MessageBody: body}
	if isFIFO(name) {
		in.MessageGroupId = new("g")
	} else {
		in.DelaySeconds = &delay
	}
	must[*api.SendMessageOutput](w.t)(w.node.SendMessage(w.ctx, in))
}

// take receives one message without waiting and returns its handle.
func (w *waiting) take(name string) string {
	w.t.Helper()
	out := must[*api.ReceiveMessageOutput](w.t)(w.node.ReceiveMessage(w.ctx, &api.ReceiveMessageInput{QueueUrl: testURL + name}))
	if len(out.Messages) != 1 {
		w.t.Fatalf("took %d messages of %s", len(out.Messages), name)
	}
	return *out.Messages[0].ReceiptHandle
}

// change says anew how long a message stays invisible.
func (w *waiting) change(handle string, seconds int32) {
	w.t.Helper()
	must[*api.ChangeMessageVisibilityOutput](w.t)(w.node.ChangeMessageVisibility(w.ctx, &api.ChangeMessageVisibilityInput{
		QueueUrl: testURL + w.name, ReceiptHandle: handle, VisibilityTimeout: seconds,
	}))
}

// delete deletes a message.
func (w *waiting) delete(handle string) {
	w.t.Helper()
	must[*api.DeleteMessageOutput](w.t)(w.node.DeleteMessage(w.ctx, &api.DeleteMessageInput{QueueUrl: testURL + w.name, ReceiptHandle: handle}))
}

// poll begins the long poll.
func (w *waiting) poll() {
	go func() {
		out, err := w.waiter.ReceiveMessage(w.ctx, &api.ReceiveMessageInput{QueueUrl: testURL + w.name, WaitTimeSeconds: new(int32(20))})
		got := polled{err: err}
		if err == nil {
			for _, m := range out.Messages {
				got.bodies = append(got.bodies, *m.Body)
			}
		}
		w.ended <- got
	}()
}

// asleep waits until the poll sleeps until a time.
func (w *waiting) asleep(until time.Duration) {
	w.t.Helper()
	timeout := clock.System{}.NewTimer(2 * time.Minute)
	defer timeout.Stop()
	var seen []time.Duration
	for {
		select {
		case at := <-w.clock.sleeps:
			if at == until {
				return
			}
			seen = append(seen, at)
		case got := <-w.ended:
			w.t.Fatalf("the poll has ended with %v, not slept until %v", got, until)
		case <-timeout.C():
			w.t.Fatalf("the poll sleeps until %v, not %v", seen, until)
		}
	}
}

// gets waits until the poll has ended, with a message.
func (w *waiting) gets(body string) {
	w.t.Helper()
	timeout := clock.System{}.NewTimer(2 * time.Minute)
	defer timeout.Stop()
	select {
	case got := <-w.ended:
		if got.err != nil || len(got.bodies) != 1 || got.bodies[0] != body {
			w.t.Errorf("the poll has got %v, want %s", got, body)
		}
	case <-timeout.C():
		w.t.Fatal("the poll was not woken")
	}
}

const seconds = time.Second

func TestLongPollIsWokenByWhateverMakesAMessageVisible(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		queue string
		// before is what there is when the poll begins; cause what happens while it
		// waits, after which it sleeps until due.
		before func(w *waiting) (handle string)
		cause  func(w *waiting, handle string)
		due    time.Duration
	}{
		"a message is sent": {
			cause: func(w *waiting, _ string) { w.send(w.name, "x", 0) },
		},
		"a message is sent to a group": {
			queue: "q.fifo",
			cause: func(w *waiting, _ string) { w.send(w.name, "x", 0) },
		},
		"a message is sent with a delay": {
			cause: func(w *waiting, _ string) { w.send(w.name, "x", 5) },
			due:   5 * seconds,
		},
		"one message after another is sent with shorter delays": {
			cause: func(w *waiting, _ string) {
				w.send(w.name, "late", 19)
				w.send(w.name, "later", 900)
				w.asleep(19 * seconds)
				w.send(w.name, "x", 4)
			},
			due: 4 * seconds,
		},
		"a delay ends that had begun before": {
			before: func(w *waiting) string { w.send(w.name, "x", 7); return "" },
			due:    7 * seconds,
		},
		"a timeout ends that had begun before": {
			before: func(w *waiting) string { return w.inFlight("x") },
			cause:  func(w *waiting, handle string) { w.change(handle, 11) },
			due:    11 * seconds,
		},
		"a receiver lets go": {
			before: func(w *waiting) string { return w.inFlight("x") },
			cause:  func(w *waiting, handle string) { w.change(handle, 0) },
		},
		"a receiver lets go of a group": {
			queue:  "q.fifo",
			before: func(w *waiting) string { return w.inFlight("x") },
			cause:  func(w *waiting, handle string) { w.change(handle, 0) },
		},
		"a receiver will let go of a group": {
			queue:  "q.fifo",
			before: func(w *waiting) string { return w.inFlight("x") },
			cause:  func(w *waiting, handle string) { w.change(handle, 3) },
			due:    3 * seconds,
		},
		"what stands before a message of its group is deleted": {
			queue: "q.fifo",
			before: func(w *waiting) string {
				handle := w.inFlight("first")
				w.send(w.name, "x", 0)
				return handle
			},
			cause: func(w *waiting, handle string) { w.delete(handle) },
		},
		"another receiver takes a message for a short time": {
			before: func(w *waiting) string { w.send(w.name, "x", 600); return "" },
			cause:  func(w *waiting, _ string) { w.takeUnseen(6 * seconds) },
			due:    6 * seconds,
		},
		"what a sleep was for has gone, and more was put behind it": {
			before: func(w *waiting) string { return w.inFlight("x") },
			cause: func(w *waiting, handle string) {
				w.change(handle, 5)
				w.asleep(5 * seconds)
				w.send(w.name, "x", 8)
				w.delete(handle)
				w.clock.Advance(5 * seconds)
			},
			due: 8 * seconds,
		},
		"a message goes to the dead letters": {
			queue: "dead",
			before: func(w *waiting) string {
				w.create("source", "RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"1"}`)
				w.send("source", "x", 0)
				w.take("source")
				w.clock.Advance(600 * seconds)
				w.clock.start = w.clock.Now()
				return ""
			},
			cause: func(w *waiting, _ string) {
				out := must[*api.ReceiveMessageOutput](w.t)(w.node.ReceiveMessage(w.ctx, &api.ReceiveMessageInput{QueueUrl: testURL + "source"}))
				if len(out.Messages) != 0 {
					w.t.Error("received once more than it may be")
				}
			},
		},
		"a dead letter is moved back": {
			before: func(w *waiting) string {
				w.create("dead")
				w.create("source", "RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"1"}`)
				w.send("dead", "x", 0)
				return ""
			},
			cause: func(w *waiting, _ string) { w.redrive("dead", w.name) },
		},
	}
	for name, tt := range tests {
		for where, nodes := range map[string]int{"here": 1, "on another node": 2} {
			t.Run(name+" "+where, func(t *testing.T) {
				t.Parallel()
				if tt.queue == "" {
					tt.queue = "q"
				}
				w := newWaiting(t, tt.queue, nodes)
				handle := ""
				if tt.before != nil {
					handle = tt.before(w)
				}
				w.poll()
				if tt.cause != nil {
					w.asleep(20 * seconds)
					tt.cause(w, handle)
				}
				if tt.due > 0 {
					w.asleep(tt.due)
					w.clock.Advance(w.clock.start.Add(tt.due).Sub(w.clock.Now()))
				}
				w.gets("x")
			})
		}
	}
}

// inFlight sends a message and takes it for ten minutes.
func (w *waiting) inFlight(body string) (handle string) {
	w.t.Helper()
	w.send(w.name, body, 0)
	return w.take(w.name)
}

// takeUnseen takes the queue's only message, as a receiver would that was faster than
// the one that waits.
func (w *waiting) takeUnseen(visibility time.Duration) {
	w.t.Helper()
	q := must[*queue](w.t)(w.node.find(w.ctx, testURL+w.name))
	var rows []spot
	err := w.node.Store.View(w.ctx, func(tx *kv.Tx) error {
		for row, err := range tx.Scan(kv.Prefix(q.positionsKey())) {
			var p spot
			var sid []byte
			if err := errors.Join(err, row.Key.Scan(5, &p.at, &sid)); err != nil {
				return err
			}
			p.sid = string(sid)
			rows = append(rows, p)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	must[[]delivery](w.t)(w.node.takeRows(w.ctx, q, receive{want: 1, visibility: visibility}, rows))
}

// redrive moves a dead letter.
func (w *waiting) redrive(from, to string) {
	w.t.Helper()
	const arn = "arn:aws:sqs:us-east-1:000000000000:"
	out := must[*api.StartMessageMoveTaskOutput](w.t)(w.node.StartMessageMoveTask(w.ctx, &api.StartMessageMoveTaskInput{
		SourceArn: arn + from, DestinationArn: new(arn + to),
	}))
	err := w.node.Store.Update(w.ctx, func(tx *kv.Tx) error {
		_, _, err := w.node.moveSome(tx, home{"000000000000", "us-east-1"}, *out.TaskHandle, w.clock.Now())
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestLongPollEndsWithItsQueue(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		w := newWaiting(t, name, 2)
		w.poll()
		w.asleep(20 * seconds)
		must[*api.DeleteQueueOutput](t)(w.node.DeleteQueue(w.ctx, &api.DeleteQueueInput{QueueUrl: testURL + name}))
		got := <-w.ended
		if _, ok := errors.AsType[*api.QueueDoesNotExist](got.err); !ok {
			t.Errorf("%s: the poll has ended with %v", name, got)
		}
	}
}

// A message that another node puts where this one has looked already, since it had
// begun before, is found by who was woken for it.
func TestLongPollFindsWhatAnotherNodeWroteLate(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q", "q.fifo"} {
		w := newWaiting(t, name, 2)
		w.poll()
		w.asleep(20 * seconds)
		entry := &api.SendMessageBatchRequestEntry{MessageBody: "x", MessageGroupId: new("other")}
		o := must[*outgoing](t)(w.node.outgoing(w.ctx, entry, w.clock.Now()))
		w.clock.Advance(100 * time.Millisecond)
		w.send(name, "y", 0)
		w.gets("y")
		w.poll()
		w.asleep(20*seconds + 100*time.Millisecond)
		err := w.node.Store.Update(w.ctx, func(tx *kv.Tx) error {
			q, err := w.node.load(w.ctx, tx, testURL+name)
			if err != nil {
				return err
			}
			return errors.Join(o.fit(q), w.node.append(tx, q, o))
		})
		if err != nil {
			t.Fatal(err)
		}
		w.asleep(rereadWoken)
		w.clock.Advance(rereadWoken - 100*time.Millisecond)
		w.gets("x")
	}
}

// failing is a context that is found to have ended when its transaction is to be
// committed.
type failing struct {
	context.Context //nolint:containedctx // it is one
	asked           chan struct{}
	end             chan struct{}
}

// Err implements context.Context.
func (c *failing) Err() error {
	select {
	case c.asked <- struct{}{}:
	case <-c.end:
		return context.Canceled
	}
	return nil
}

// A message is looked for again once the receiver that had it in hand has failed.
func TestLongPollIsWokenByAReceiverThatFails(t *testing.T) {
	t.Parallel()
	w := newWaiting(t, "q", 1)
	w.send("q", "x", 0)
	q := must[*queue](t)(w.node.find(w.ctx, testURL+"q"))
	ctx := &failing{w.ctx, make(chan struct{}), make(chan struct{})}
	failed := make(chan error)
	go func() {
		_, err := w.node.take(ctx, q, receive{want: 1, visibility: time.Minute})
		failed <- err
	}()
	<-ctx.asked // to read
	<-ctx.asked // to write
	w.poll()
	w.asleep(20 * seconds)
	close(ctx.end)
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the receiver has ended with %v", err)
	}
	w.gets("x")
}

// What a node remembers of the future says nothing of what it did not read: the past
// of a look, and what lies between two looks.
func TestFutureIsRememberedAsFarAsItWasRead(t *testing.T) {
	t.Parallel()
	w := newWaiting(t, "q", 1)
	w.send("q", "x", 5)
	w.send("q", "x", 8)
	q := must[*queue](t)(w.node.find(w.ctx, testURL+"q"))
	h := w.node.ready.of(q)
	for _, look := range []struct{ now, until, want int }{
		{0, 3, 3}, {6, 20, 8}, {4, 20, 5}, {8, 9, 9}, {4, 20, 5}, {0, 20, 5}, {1, 4, 4},
	} {
		at := func(n int) time.Time { return w.clock.start.Add(time.Duration(n) * seconds) }
		err := w.node.Store.View(w.ctx, func(tx *kv.Tx) error {
			got, err := h.firstVisible(tx, q, 1, at(look.now), at(look.until))
			if want := at(look.want); !got.Equal(want) {
				t.Errorf("look %v: %v, want %v", look, got.Sub(w.clock.start), look.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
