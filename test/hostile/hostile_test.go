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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// complaint is what a neighbour has to say of an attack, or "". What it bears is
// measured by its own calls before: fifty times as long as the middle one took, for
// one call of a hundred, and a machine that compiles and tests other things at the
// same time may have three seconds. A single call is not to hang either.
func complaint(before, during []time.Duration) string {
	slow := max(3*time.Second, 50*within(before, 0.5))
	if got := within(during, 0.99); got > slow {
		return fmt.Sprintf("99 %% of the neighbour's calls took up to %v, more than %v", got, slow)
	}
	if got := within(during, 1); got > 4*slow {
		return fmt.Sprintf("one of the neighbour's calls took %v, more than %v", got, 4*slow)
	}
	return ""
}

// How much memory the server may have held at its worst.
const (
	// ceiling is bodies of 512 MiB, and as much again for what is made of them.
	ceiling = 1 << 30
	// workCeiling is for work that the server does by itself, where each piece has a
	// limit and there are many at a time: queries of logs take the most.
	workCeiling = 6 << 30
)

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
func (n *neighbour) leave(t *testing.T, ceiling int64) {
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
	peak := peakBytes(t, n.proc.PID())
	t.Logf("during: %s; the server held %d MB at most", told(n.took[quiet:]), peak>>20)
	if said := complaint(n.took[:quiet], n.took[quiet:]); said != "" {
		t.Error(said)
	}
	if peak > ceiling {
		t.Errorf("the server held %d MB, more than %d", peak>>20, ceiling>>20)
	}
}

// within is how long a share of the calls took at most.
func within(took []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(share*float64(len(sorted)-1))]
}

func TestANeighbourWhoIsKeptWaitingComplains(t *testing.T) {
	t.Parallel()
	calls := func(n int, took time.Duration) []time.Duration { return slices.Repeat([]time.Duration{took}, n) }
	for name, tt := range map[string]struct {
		before, during []time.Duration
		complains      bool
	}{
		"nothing is felt":           {calls(quiet, time.Millisecond), calls(500, 2*time.Millisecond), false},
		"slower, as a busy machine": {calls(quiet, 5*time.Millisecond), append(calls(500, 500*time.Millisecond), 2*time.Second), false},
		"as slow as before":         {calls(quiet, 100*time.Millisecond), calls(500, 4*time.Second), false},
		"starved":                   {calls(quiet, time.Millisecond), calls(10, 4*time.Second), true},
		"starved on a slow machine": {calls(quiet, 100*time.Millisecond), calls(10, 6*time.Second), true},
		"two of a hundred are":      {calls(quiet, time.Millisecond), append(calls(98, time.Millisecond), calls(2, 4*time.Second)...), true},
		"one of a thousand hangs":   {calls(quiet, time.Millisecond), append(calls(1000, time.Millisecond), 20*time.Second), true},
		"the only one hangs":        {calls(quiet, time.Millisecond), calls(1, 20*time.Second), true},
	} {
		if said := complaint(tt.before, tt.during); (said != "") != tt.complains {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// told writes what a neighbour saw.
func told(took []time.Duration) string {
	at := func(share float64) time.Duration { return within(took, share).Round(10 * time.Microsecond) }
	return fmt.Sprintf("%d calls, median %v, 99 %% within %v, worst %v", len(took), at(0.5), at(0.99), at(1))
}

// peakBytes is the most memory that a process has ever held.
func peakBytes(t *testing.T, pid int) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// openFiles is how many files and connections a process has open.
func openFiles(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestHostileClientsEndInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and attacks the whole program")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	open := openFiles(t, p.PID())
	var all sync.WaitGroup // and not t.Parallel: most of them wait, all at the same time
	for name, attack := range attacks() {
		all.Go(func() { t.Run(name, func(t *testing.T) { attack(t, p) }) })
	}
	all.Wait()
	testenv.Eventually(t, "the attackers' connections are forgotten", func() bool { return openFiles(t, p.PID()) < open+100 })
	n.leave(t, ceiling)
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
	n.leave(t, ceiling)
}

func TestHostileFunctionsEndInALimit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program and has it run bad functions")
	}
	p := testenv.Process(t)
	n := settle(t, p)
	functions(t, p)
	n.leave(t, ceiling)
}
