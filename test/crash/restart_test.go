package crash_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// dropped tells whether an error is that of a connection that has ended under a
// request, as no client is spared whose server is killed. Where the client has seen
// the end while it still writes, it is the client that has closed the connection.
func dropped(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "server closed idle connection")
}

// persistent are clients that repeat each request until it is answered.
type persistent struct {
	messages, objects, items, runs ledger

	proc   *testenv.Proc
	queue  string // FIFO: a message that is sent again is there once
	empty  string
	does   string       // a state machine
	killed atomic.Bool  // the server is ended by SIGKILL
	again  atomic.Int64 // how often they had to ask again
}

// prepare makes what the clients need.
func (w *persistent) prepare(t *testing.T) {
	t.Helper()
	w.queue = createQueue(t, w.proc, "persistent.fifo", map[string]string{"FifoQueue": "true"})
	w.empty = createQueue(t, w.proc, "empty", nil)
	if _, err := w.proc.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("persistent")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.proc.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("persistent"), BillingMode: ddbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []ddbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddbtypes.ScalarAttributeTypeS}},
		KeySchema:            []ddbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddbtypes.KeyTypeHash}},
	}); err != nil {
		t.Fatal(err)
	}
	machine, err := w.proc.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("does"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
		Definition: aws.String(`{"StartAt":"Done","States":{"Done":{"Type":"Pass","End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.does = *machine.StateMachineArn
}

// answered repeats a request until it is answered well. It fails the test, and is
// false, when a client is told anything but that nobody is there.
func (w *persistent) answered(t *testing.T, ask func() error) bool {
	t.Helper()
	for {
		err := ask()
		switch {
		case err == nil:
			return true
		case !errors.Is(err, syscall.ECONNREFUSED) && (!dropped(err) || !w.killed.Load()):
			t.Errorf("a client that tries again was told: %v", err)
			return false
		}
		w.again.Add(1)
		<-clock.System{}.NewTimer(5 * time.Millisecond).C()
	}
}

// send sends messages until ctx ends.
func (w *persistent) send(ctx context.Context, t *testing.T, client int) {
	t.Helper()
	for ctx.Err() == nil {
		name := w.messages.name(client)
		if !w.answered(t, func() error {
			_, err := w.proc.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{
				QueueUrl: &w.queue, MessageBody: &name, MessageGroupId: aws.String(fmt.Sprint(client)), MessageDeduplicationId: &name,
			})
			return err
		}) {
			return
		}
		w.messages.ack(name)
	}
}

// put stores objects until ctx ends.
func (w *persistent) put(ctx context.Context, t *testing.T, client int) {
	t.Helper()
	for ctx.Err() == nil {
		name := w.objects.name(client)
		if !w.answered(t, func() error {
			_, err := w.proc.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("persistent"), Key: &name, Body: strings.NewReader(name)})
			return err
		}) {
			return
		}
		w.objects.ack(name)
	}
}

// putItem writes items until ctx ends.
func (w *persistent) putItem(ctx context.Context, t *testing.T, client int) {
	t.Helper()
	for ctx.Err() == nil {
		name := w.items.name(client)
		if !w.answered(t, func() error {
			_, err := w.proc.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: aws.String("persistent"), Item: map[string]ddbtypes.AttributeValue{"id": &ddbtypes.AttributeValueMemberS{Value: name}},
			})
			return err
		}) {
			return
		}
		w.items.ack(name)
	}
}

// start starts executions until ctx ends. One that is asked for again has been
// started, and may have ended.
func (w *persistent) start(ctx context.Context, t *testing.T, client int) {
	t.Helper()
	for ctx.Err() == nil {
		name, asked := w.runs.name(client), 0
		if !w.answered(t, func() error {
			_, err := w.proc.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &w.does, Name: &name})
			if asked++; asked > 1 && testenv.ErrorCode(err) == "ExecutionAlreadyExists" {
				return nil
			}
			return err
		}) {
			return
		}
		w.runs.ack(name)
	}
}

// poll waits for messages that never come until ctx ends.
func (w *persistent) poll(ctx context.Context, t *testing.T) {
	t.Helper()
	for ctx.Err() == nil && w.answered(t, func() error {
		_, err := w.proc.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.empty, WaitTimeSeconds: 20})
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it has been told to stop waiting
		}
		return err
	}) {
	}
}

// check holds what is there against what was acknowledged.
func (w *persistent) check(t *testing.T) {
	t.Helper()
	found := count(drain(t, w.proc, w.queue))
	for name, n := range found {
		if n > 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	w.messages.compare(t, found)
	w.messages.forget()
	found = make(map[string]int)
	pages := s3.NewListObjectsV2Paginator(w.proc.S3(), &s3.ListObjectsV2Input{Bucket: aws.String("persistent")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			found[*o.Key]++
		}
	}
	w.objects.compare(t, found)
	found = make(map[string]int)
	rows := dynamodb.NewScanPaginator(w.proc.DynamoDB(), &dynamodb.ScanInput{TableName: aws.String("persistent")})
	for rows.HasMorePages() {
		page, err := rows.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			found[text(item["id"])]++
		}
	}
	w.items.compare(t, found)
	testenv.Eventually(t, "every execution has ended", func() bool {
		found = make(map[string]int)
		runs := sfn.NewListExecutionsPaginator(w.proc.SFN(), &sfn.ListExecutionsInput{StateMachineArn: &w.does, MaxResults: 1000})
		for runs.HasMorePages() {
			page, err := runs.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Executions {
				if e.Status != types.ExecutionStatusSucceeded {
					return false
				}
				found[*e.Name]++
			}
		}
		return true
	})
	w.runs.compare(t, found)
}

// TestClientsThatTryAgainSeeNoErrorsOverRestarts restarts the program under load.
// Where it is asked to end, by Ctrl-C or SIGTERM, clients see refused connections
// and nothing else; by SIGKILL, dropped ones, too. Each message is in its queue
// once, however often it was sent; each object, item and execution is there.
func TestClientsThatTryAgainSeeNoErrorsOverRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and restarts the whole program")
	}
	t.Parallel()
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	rounds := setting(t, "MARU_CRASH_ROUNDS", 3)
	t.Logf("%d restarts; MARU_CRASH_SEED=%d repeats them", rounds, seed)
	random := rand.New(rand.NewPCG(seed, 4))
	w := &persistent{proc: process(t)}
	w.prepare(t)
	for round := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		for n := range clients {
			asking.Go(func() { w.send(ctx, t, n) })
			asking.Go(func() { w.put(ctx, t, n) })
			asking.Go(func() { w.putItem(ctx, t, n) })
			asking.Go(func() { w.start(ctx, t, n) })
			asking.Go(func() { w.poll(ctx, t) })
		}
		pause := func() { <-clock.System{}.NewTimer(time.Duration(100+random.IntN(400)) * time.Millisecond).C() }
		pause()
		w.killed.Store(round%3 == 2)
		[]func(){w.proc.Stop, w.proc.Terminate, w.proc.Kill}[round%3]()
		w.proc.Start()
		pause()
		cancel()
		asking.Wait()
		w.check(t)
		if t.Failed() {
			return
		}
	}
	t.Logf("clients had to ask again %d times", w.again.Load())
}

// TestRequestsUnderWayAreFinishedWhenAsked stops the program by Ctrl-C and by
// SIGTERM while requests of some duration are under way: each has its answer.
func TestRequestsUnderWayAreFinishedWhenAsked(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and stops the whole program")
	}
	t.Parallel()
	tests := map[string]func(*testenv.Proc){"Ctrl-C": (*testenv.Proc).Stop, "SIGTERM": (*testenv.Proc).Terminate}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proc := process(t)
			url := createQueue(t, proc, "empty", nil)
			activity, err := proc.SFN().CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("idle")})
			if err != nil {
				t.Fatal(err)
			}
			machine, err := proc.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
				Name: aws.String("waits"), Type: types.StateMachineTypeExpress, RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
				Definition: aws.String(`{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":2,"Next":"Done"},"Done":{"Type":"Pass","Result":"done","End":true}}}`),
			})
			if err != nil {
				t.Fatal(err)
			}
			var asking, sending sync.WaitGroup
			sent := func() context.Context {
				sending.Add(1)
				return httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sending.Done() }})
			}
			execution, receive, work := sent(), sent(), sent()
			asking.Go(func() {
				out, err := proc.SFN().StartSyncExecution(execution, &sfn.StartSyncExecutionInput{StateMachineArn: machine.StateMachineArn})
				if err != nil || out.Status != types.SyncExecutionStatusSucceeded || aws.ToString(out.Output) != `"done"` {
					t.Errorf("an execution under way: %+v, %v", out, err)
				}
			})
			asking.Go(func() {
				out, err := proc.SQS().ReceiveMessage(receive, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
				if err != nil || len(out.Messages) > 0 {
					t.Errorf("a long poll under way: %+v, %v", out, err)
				}
			})
			asking.Go(func() {
				out, err := proc.SFN().GetActivityTask(work, &sfn.GetActivityTaskInput{ActivityArn: activity.ActivityArn})
				if err != nil || aws.ToString(out.TaskToken) != "" {
					t.Errorf("a worker that waits: %+v, %v", out, err)
				}
			})
			sending.Wait()
			end(proc)
			asking.Wait()
		})
	}
}
