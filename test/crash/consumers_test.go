package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/internal/testenv"
)

// flight is how long the queues' messages are in flight: longer than a round, so
// that what comes twice was not given back.
const flight = 10 * time.Minute

// flying are the settings of a queue whose messages are in flight so long.
func flying(settings map[string]string) map[string]string {
	settings["VisibilityTimeout"] = fmt.Sprint(flight.Seconds())
	return settings
}

// land gives back what a kill has left in flight.
func land(t *testing.T, env *testenv.Proc, url string) {
	t.Helper()
	const away = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
	out, err := env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{away}})
	if err != nil {
		t.Fatal(err)
	}
	if out.Attributes[string(away)] != "0" {
		advance(t, env, flight)
	}
}

// standardQueue: what was sent is received once, then or after the restart, and
// what was deleted is gone.
type standardQueue struct {
	env *testenv.Proc
	url string
	ledger
}

func (w *standardQueue) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.env, "standard", flying(map[string]string{}))
}

func (w *standardQueue) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		if random.IntN(20) == 0 {
			if w.consume(ctx) != nil {
				return
			}
			continue
		}
		name := w.name(number)
		if _, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.url, MessageBody: &name}); err != nil {
			return
		}
		w.ack(name)
	}
}

// consume receives some messages and deletes them.
func (w *standardQueue) consume(ctx context.Context) error {
	out, err := w.env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.url, MaxNumberOfMessages: 10})
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		_, err := w.env.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &w.url, ReceiptHandle: m.ReceiptHandle})
		if w.gone(*m.Body, err == nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *standardQueue) check(t *testing.T) {
	land(t, w.env, w.url)
	found := count(drain(t, w.env, w.url))
	for name, n := range found {
		if n > 1 {
			t.Errorf("%s was received %d times, though each was deleted at once", name, n)
		}
	}
	w.compare(t, found)
	w.forget()
}

// lane is a change of a message group, whose front is the only message that can
// be received: it is sent to its end, or deleted at its front. No name says that
// nothing is left.
type lane struct {
	group, name string
	deleted     bool
}

// group is FIFO queues as porcupine sees them, by message group. Outputs tell
// whether a change is known to have happened.
func group() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) (groups [][]porcupine.Operation) {
			places := make(map[string]int)
			for _, op := range history {
				at, ok := places[op.Input.(lane).group]
				if !ok {
					at = len(groups)
					groups, places[op.Input.(lane).group] = append(groups, nil), at
				}
				groups[at] = append(groups[at], op)
			}
			return groups
		},
		Init: func() any { return []string(nil) },
		Step: func(state, input, output any) (bool, any) {
			now, in, known := state.([]string), input.(lane), output.(bool)
			switch {
			case in.name == "":
				return len(now) == 0, now
			case !in.deleted:
				return true, append(slices.Clip(now), in.name)
			case len(now) > 0 && now[0] == in.name:
				return true, now[1:]
			}
			return !known, now
		},
		Equal: func(a, b any) bool { return slices.Equal(a.([]string), b.([]string)) },
	}
}

// fifoQueue: a group's messages come in the order in which they were sent, each
// until it is deleted and no longer. Each client sends to a group of its own, and
// receives from all.
type fifoQueue struct {
	env *testenv.Proc
	url string
	ledger
	done judged
}

func (w *fifoQueue) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.env, "ordered.fifo", flying(map[string]string{"FifoQueue": "true"}))
}

// mute implements work.
func (w *fifoQueue) mute(on bool) {
	w.ledger.mute(on)
	w.done.mute(on)
}

func (w *fifoQueue) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		if random.IntN(8) == 0 {
			if _, err := w.consume(ctx, number); err != nil {
				return
			}
			continue
		}
		name, called := w.name(number), tick()
		_, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: &w.url, MessageBody: &name, MessageGroupId: aws.String(fmt.Sprint(number)), MessageDeduplicationId: &name,
		})
		w.done.note(number, called, lane{group: fmt.Sprint(number), name: name}, err == nil, err == nil)
		if err != nil {
			return
		}
		w.ack(name)
	}
}

// consume receives some messages of a group and deletes them, and returns them.
func (w *fifoQueue) consume(ctx context.Context, client int) (bodies []string, err error) {
	out, err := w.env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.url, MaxNumberOfMessages: 10})
	if err != nil {
		return nil, err
	}
	for _, m := range out.Messages {
		called := tick() // not when it was received: the checker would have to think of all orders of ten
		_, err := w.env.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &w.url, ReceiptHandle: m.ReceiptHandle})
		of, _, _ := strings.Cut(*m.Body, "-")
		w.done.note(client, called, lane{group: of, name: *m.Body, deleted: true}, err == nil, err == nil)
		if client < clients {
			w.gone(*m.Body, err == nil)
		}
		if err != nil {
			return bodies, err
		}
		bodies = append(bodies, *m.Body)
	}
	return bodies, nil
}

func (w *fifoQueue) check(t *testing.T) {
	land(t, w.env, w.url)
	var bodies []string
	for {
		some, err := w.consume(t.Context(), clients)
		if err != nil {
			t.Fatal(err)
		}
		if bodies = append(bodies, some...); len(some) == 0 {
			break
		}
	}
	last := make(map[string]string)
	for _, b := range bodies {
		of, _, _ := strings.Cut(b, "-")
		if b <= last[of] {
			t.Errorf("%s came after %s", b, last[of])
		}
		last[of] = b
	}
	for n := range clients {
		w.done.note(clients, tick(), lane{group: fmt.Sprint(n)}, true, true)
	}
	w.done.judge(t, group())
	w.compare(t, count(bodies))
	w.forget()
}
