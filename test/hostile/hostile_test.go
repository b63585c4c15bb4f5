// Package hostile_test attacks the real program with what strangers and broken
// programs send, and lets it run functions that behave badly, while a neighbour
// uses it. Each attack ends in a limit with a clear error; the neighbour is
// served without one, and how fast is told.
package hostile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// bearable is how long one of a hundred of the neighbour's calls may take, in
// the worst case, on a machine that is busy with the attack itself, and with what
// else runs on it: by itself it is some tens of milliseconds. More is a neighbour
// who is kept waiting, and not a machine that is slow.
const bearable = 30 * time.Second

// neighbour uses a queue and a table until it is told to stop.
type neighbour struct {
	proc  *testenv.Proc
	queue *string
	took  []time.Duration
	fault error
	stop  context.CancelFunc
	alone chan struct{} // closed once it has lived for a while without an attack
	ended chan struct{}
}

// quiet is how many calls a neighbour makes before the attack begins, so that a
// run tells both.
const quiet = 100

// settle makes what a neighbour needs, and lets it begin.
func settle(t *testing.T, p *testenv.Proc) *neighbour {
	t.Helper()
	queue, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("neighbour")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("neighbour"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("k"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("k"), KeyType: ddb.KeyTypeHash}},
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	n := &neighbour{proc: p, queue: queue.QueueUrl, stop: stop, alone: make(chan struct{}), ended: make(chan struct{})}
	go n.live(ctx)
	select {
	case <-n.alone:
	case <-n.ended:
	}
	return n
}

// live makes a call each ten milliseconds.
func (n *neighbour) live(ctx context.Context) {
	defer close(n.ended)
	for ctx.Err() == nil {
		began := clock.System{}.Now()
		if err := n.use(ctx, len(n.took)); err != nil && ctx.Err() == nil {
			n.fault = errors.Join(n.fault, err)
			return
		}
		if n.took = append(n.took, clock.System{}.Now().Sub(began)); len(n.took) == quiet {
			close(n.alone)
		}
		<-clock.System{}.NewTimer(10 * time.Millisecond).C()
	}
}

// use makes one of the neighbour's calls.
func (n *neighbour) use(ctx context.Context, turn int) error {
	switch turn % 3 {
	case 0:
		_, err := n.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: n.queue, MessageBody: aws.String("hello")})
		return err
	case 1:
		out, err := n.proc.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: n.queue})
		if err != nil || len(out.Messages) == 0 {
			return errors.Join(err, errors.New("no message"))
		}
		_, err = n.proc.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: n.queue, ReceiptHandle: out.Messages[0].ReceiptHandle})
		return err
	}
	_, err := n.proc.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("neighbour"), Item: map[string]ddb.AttributeValue{"k": &ddb.AttributeValueMemberS{Value: fmt.Sprint(turn)}},
	})
	return err
}

// leave ends the neighbour, and holds what it saw against what it can bear.
func (n *neighbour) leave(t *testing.T) {
	t.Helper()
	n.stop()
	<-n.ended
	if n.fault != nil {
		t.Errorf("the neighbour was refused: %v", n.fault)
	}
	if len(n.took) <= quiet {
		t.Fatal("the neighbour did nothing")
	}
	t.Logf("before: %s", told(n.took[:quiet]))
	t.Logf("during: %s; the server holds %s", told(n.took[quiet:]), resident(n.proc.PID()))
	if worst := within(n.took[quiet:], 0.99); worst > bearable {
		t.Errorf("99 %% of the neighbour's calls took up to %v, more than %v", worst, bearable)
	}
}

// within is how long a share of the calls took at most.
func within(took []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(share*float64(len(sorted)-1))]
}

// told writes what a neighbour saw.
func told(took []time.Duration) string {
	at := func(share float64) time.Duration { return within(took, share).Round(10 * time.Microsecond) }
	return fmt.Sprintf("%d calls, median %v, 99 %% within %v, worst %v", len(took), at(0.5), at(0.99), at(1))
}

// resident tells how much memory a process holds.
func resident(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "?"
}

func TestHostileClientsEndInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and attacks the whole program")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	t.Run("attacks", func(t *testing.T) {
		for name, attack := range attacks() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				attack(t, p)
			})
		}
	})
	n.leave(t)
}

func TestHostileDocumentsEndInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and attacks the whole program")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	t.Run("documents", func(t *testing.T) {
		for name, d := range documents(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d.send(t, p)
			})
		}
	})
	n.leave(t)
}

func TestHostileFunctionsEndInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program and has it run bad functions")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	functions(t, p)
	n.leave(t)
}
