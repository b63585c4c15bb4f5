// Package soak_test uses the real program for as long as it is told to
// (MARU_SOAK, a duration; `make soak` an hour) with work that leaves nothing
// behind, and holds what the program takes at the end against what it took in
// the middle: memory, goroutines, open files and disk stay.
package soak_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eb "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// sample is what the program takes at a moment.
type sample struct {
	at         time.Duration
	calls      int64
	memory     int64 // resident bytes
	goroutines int64
	files      int64
	disk       int64 // bytes
}

// String is a line of the report.
func (s sample) String() string {
	return fmt.Sprintf("%8v: %9d calls, %4d MiB, %4d goroutines, %4d files, %4d MiB on disk",
		s.at.Round(time.Second), s.calls, s.memory>>20, s.goroutines, s.files, s.disk>>20)
}

// What may come on top of half as much again between the middle and the end:
// a short run is not in its stride by then.
const (
	spareMemory = 256 << 20
	spareCount  = 100
	spareDisk   = 256 << 20
)

func TestNothingGrowsUnderALoadThatLeavesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and loads the whole program")
	}
	long := 20 * time.Second
	if text := os.Getenv("MARU_SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	p := testenv.Process(t)
	l := newLoad(t, p)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, work := range []func(context.Context, int, *rand.Rand) error{l.queue, l.table, l.object, l.event, l.workflow} {
		for client := range 2 {
			running.Go(func() { l.loop(ctx, client, work) })
		}
	}
	began := clock.System{}.Now()
	var samples []sample
	for n := 1; n <= 20; n++ {
		<-clock.System{}.NewTimer(long / 20).C()
		s := take(t, p)
		s.at, s.calls = clock.System{}.Now().Sub(began), l.calls.Load()
		t.Log(s)
		samples = append(samples, s)
	}
	stop()
	running.Wait()
	for _, err := range l.faults {
		t.Error(err)
	}
	middle, end := highest(samples[5:10]), highest(samples[15:])
	grown := func(what string, before, after, spare int64) {
		if after > before+before/2+spare {
			t.Errorf("%s grew from %d to %d", what, before, after)
		}
	}
	grown("memory", middle.memory, end.memory, spareMemory)
	grown("goroutines", middle.goroutines, end.goroutines, spareCount)
	grown("open files", middle.files, end.files, spareCount)
	grown("disk", middle.disk, end.disk, spareDisk)
}

// highest is the most of each that samples have.
func highest(samples []sample) (h sample) {
	for _, s := range samples {
		h.memory, h.goroutines = max(h.memory, s.memory), max(h.goroutines, s.goroutines)
		h.files, h.disk = max(h.files, s.files), max(h.disk, s.disk)
	}
	return h
}

// take looks at the program.
func take(t *testing.T, p *testenv.Proc) (s sample) {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Skipf("this system does not tell what a process takes: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			s.memory = kib << 10
		}
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	s.files = int64(len(files))
	// A file may go while it is looked at. The log for people has a limit of its own.
	_ = filepath.WalkDir(p.Dir(), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "maru.log") {
			return nil //nolint:nilerr // gone
		}
		if info, err := d.Info(); err == nil {
			s.disk += info.Size()
		}
		return nil
	})
	s.goroutines = goroutines(t, p)
	return s
}

// goroutines reads the program's own count.
func goroutines(t *testing.T, p *testenv.Proc) int64 {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/_maru/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := p.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the metrics do not count goroutines")
	return 0
}

// load is work of all kinds.
type load struct {
	proc    *testenv.Proc
	queues  [2]*string
	machine *string
	calls   atomic.Int64

	mu     sync.Mutex
	faults []error
}

// newLoad makes what the work needs.
func newLoad(t *testing.T, p *testenv.Proc) *load {
	t.Helper()
	l := &load{proc: p}
	for i, name := range []string{"work", "events"} {
		out, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
		if err != nil {
			t.Fatal(err)
		}
		l.queues[i] = out.QueueUrl
	}
	if _, err := p.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: new("work"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: new("k"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: new("k"), KeyType: ddb.KeyTypeHash}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("work")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: new("work"), EventPattern: new(`{"source":["work"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: new("work"), Targets: []eb.Target{{Id: new("q"), Arn: new("arn:aws:sqs:us-east-1:000000000000:events")}},
	}); err != nil {
		t.Fatal(err)
	}
	machine, err := p.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: new("work"), RoleArn: new("arn:aws:iam::000000000000:role/work"), Type: "EXPRESS",
		Definition: new(`{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	l.machine = machine.StateMachineArn
	return l
}

// loop does one kind of work until ctx ends or it fails.
func (l *load) loop(ctx context.Context, client int, work func(context.Context, int, *rand.Rand) error) {
	random := rand.New(rand.NewPCG(uint64(client), 0))
	for ctx.Err() == nil {
		if err := work(ctx, client, random); err != nil && ctx.Err() == nil {
			l.mu.Lock()
			l.faults = append(l.faults, err)
			l.mu.Unlock()
			return
		}
		l.calls.Add(1)
	}
}

// drain takes what is in a queue.
func (l *load) drain(ctx context.Context, queue *string) error {
	out, err := l.proc.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue, MaxNumberOfMessages: 10})
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		if _, err := l.proc.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return err
		}
	}
	return nil
}

// queue sends, receives and deletes.
func (l *load) queue(ctx context.Context, _ int, _ *rand.Rand) error {
	if _, err := l.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: l.queues[0], MessageBody: new(strings.Repeat("x", 500))}); err != nil {
		return err
	}
	return l.drain(ctx, l.queues[0])
}

// table writes the same thousand items again and again, and removes some.
func (l *load) table(ctx context.Context, _ int, random *rand.Rand) error {
	key := map[string]ddb.AttributeValue{"k": &ddb.AttributeValueMemberS{Value: strconv.Itoa(random.IntN(1000))}}
	if random.IntN(4) == 0 {
		_, err := l.proc.DynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: new("work"), Key: key})
		return err
	}
	key["v"] = &ddb.AttributeValueMemberS{Value: strings.Repeat("x", 1000)}
	_, err := l.proc.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{TableName: new("work"), Item: key})
	return err
}

// object writes the same twenty objects, beside their rows and in files.
func (l *load) object(ctx context.Context, _ int, random *rand.Rand) error {
	_, err := l.proc.S3().PutObject(ctx, &s3.PutObjectInput{
		Bucket: new("work"), Key: new(strconv.Itoa(random.IntN(20))), Body: strings.NewReader(strings.Repeat("x", random.IntN(200_000))),
	})
	return err
}

// event puts an event that a rule has delivered, and takes what came.
func (l *load) event(ctx context.Context, _ int, _ *rand.Rand) error {
	if _, err := l.proc.EventBridge().PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []eb.PutEventsRequestEntry{
		{Source: new("work"), DetailType: new("d"), Detail: new(`{}`)},
	}}); err != nil {
		return err
	}
	return l.drain(ctx, l.queues[1])
}

// workflow runs an express execution, of which nothing is kept.
func (l *load) workflow(ctx context.Context, _ int, _ *rand.Rand) error {
	_, err := l.proc.SFN().StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: l.machine, Input: new(`{}`)})
	return err
}
