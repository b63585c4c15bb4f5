package soak_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	cwl "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eb "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	fn "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// role is the role of what needs one.
const role = "arn:aws:iam::000000000000:role/soak"

// step is one piece of work by one of several clients. n counts its pieces.
type step func(ctx context.Context, client, n int, random *rand.Rand) error

// load is work of all kinds.
type load struct {
	proc    *testenv.Proc
	queues  map[string]*string
	topic   *string
	machine *string
	api     string // the path that leads to the function
	steps   []step
	pause   time.Duration // after each step
	calls   atomic.Int64

	mu     sync.Mutex
	faults []error
}

// run does the work until ctx ends.
func (l *load) run(ctx context.Context) {
	var running sync.WaitGroup
	for _, work := range l.steps {
		for client := range 2 {
			running.Go(func() { l.loop(ctx, client, work) })
		}
	}
	running.Wait()
}

// loop does one kind of work until ctx ends or it fails.
func (l *load) loop(ctx context.Context, client int, work step) {
	random := rand.New(rand.NewPCG(uint64(client), 0))
	for n := 0; ctx.Err() == nil; n++ {
		if err := work(ctx, client, n, random); err != nil && ctx.Err() == nil {
			l.mu.Lock()
			l.faults = append(l.faults, err)
			l.mu.Unlock()
			return
		}
		l.calls.Add(1)
		wait(ctx, l.pause)
	}
}

// wait waits, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := clock.System{}.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C():
	}
}

// newLoad makes what the work needs.
func newLoad(t *testing.T, p *testenv.Proc) *load {
	t.Helper()
	l := &load{proc: p, queues: make(map[string]*string)}
	l.steps = []step{l.queue, l.fifo, l.publish, l.table, l.transaction, l.object, l.multipart, l.event, l.scheduled, l.workflow, l.churn}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"work", "events", "news", "due", "mapped", "work.fifo"} {
		in := &sqs.CreateQueueInput{QueueName: &name}
		if strings.HasSuffix(name, ".fifo") {
			in.Attributes = map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}
		}
		if name == "mapped" { // no less than the function's time
			in.Attributes = map[string]string{"VisibilityTimeout": "60"}
		}
		out, err := p.SQS().CreateQueue(t.Context(), in)
		must(err)
		l.queues[name] = out.QueueUrl
	}
	topic, err := p.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("news")})
	must(err)
	l.topic = topic.TopicArn
	_, err = p.SNS().Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: l.topic, Protocol: new("sqs"), Endpoint: new("arn:aws:sqs:us-east-1:000000000000:news")})
	must(err)
	must(l.createTable(t.Context(), "work"))
	_, err = p.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("work")})
	must(err)
	must(l.createRule(t.Context(), "work"))
	l.machine, err = l.createMachine(t.Context(), "work")
	must(err)
	if python, err := exec.LookPath("python3"); err != nil {
		t.Logf("no functions: %v", err)
	} else {
		t.Logf("functions run on %s", python)
		must(l.createFunction(t.Context()))
		must(l.connectFunction(t.Context()))
		l.steps = append(l.steps, l.function, l.mapped, l.gateway)
	}
	return l
}

func (l *load) createTable(ctx context.Context, name string) error {
	_, err := l.proc.DynamoDB().CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{
			{AttributeName: new("k"), AttributeType: ddb.ScalarAttributeTypeS}, {AttributeName: new("of"), AttributeType: ddb.ScalarAttributeTypeS},
		},
		KeySchema: []ddb.KeySchemaElement{{AttributeName: new("k"), KeyType: ddb.KeyTypeHash}},
		GlobalSecondaryIndexes: []ddb.GlobalSecondaryIndex{{
			IndexName: new("places"), KeySchema: []ddb.KeySchemaElement{{AttributeName: new("of"), KeyType: ddb.KeyTypeHash}},
			Projection: &ddb.Projection{ProjectionType: ddb.ProjectionTypeAll},
		}},
	})
	return err
}

// createRule makes a rule that has events of the source name delivered.
func (l *load) createRule(ctx context.Context, name string) error {
	if _, err := l.proc.EventBridge().PutRule(ctx, &eventbridge.PutRuleInput{Name: &name, EventPattern: new(fmt.Sprintf(`{"source":[%q]}`, name))}); err != nil {
		return err
	}
	_, err := l.proc.EventBridge().PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: &name, Targets: []eb.Target{{Id: new("q"), Arn: new("arn:aws:sqs:us-east-1:000000000000:events")}},
	})
	return err
}

func (l *load) createMachine(ctx context.Context, name string) (*string, error) {
	out, err := l.proc.SFN().CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: &name, RoleArn: new(role), Type: "EXPRESS", Definition: new(`{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`),
	})
	if err != nil {
		return nil, err
	}
	return out.StateMachineArn, nil
}

func (l *load) createFunction(ctx context.Context) error {
	var code bytes.Buffer
	files := zip.NewWriter(&code)
	file, err := files.Create("app.py")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(file, "def handler(event, context):\n    print('hello')\n    return event\n"); err != nil {
		return err
	}
	if err := files.Close(); err != nil {
		return err
	}
	_, err = l.proc.Lambda().CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: new("work"), Runtime: fn.RuntimePython311, Handler: new("app.handler"), Role: new(role), Code: &fn.FunctionCode{ZipFile: code.Bytes()},
		Timeout: new(int32(60)), // the machine may do much else
	})
	return err
}

// drain takes what is in a queue.
func (l *load) drain(ctx context.Context, queue string) error {
	url := l.queues[queue]
	out, err := l.proc.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		if _, err := l.proc.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return err
		}
	}
	return nil
}

// queue sends, receives and deletes.
func (l *load) queue(ctx context.Context, _, _ int, _ *rand.Rand) error {
	if _, err := l.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: l.queues["work"], MessageBody: new(strings.Repeat("x", 500))}); err != nil {
		return err
	}
	return l.drain(ctx, "work")
}

// fifo sends to a few groups, with a deduplication id each.
func (l *load) fifo(ctx context.Context, client, n int, random *rand.Rand) error {
	if _, err := l.proc.SQS().SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: l.queues["work.fifo"], MessageBody: new(fmt.Sprintf("%d %d", client, n)), MessageGroupId: new(strconv.Itoa(random.IntN(5))),
	}); err != nil {
		return err
	}
	return l.drain(ctx, "work.fifo")
}

// publish publishes to a topic, and takes what came.
func (l *load) publish(ctx context.Context, _, _ int, _ *rand.Rand) error {
	if _, err := l.proc.SNS().Publish(ctx, &sns.PublishInput{TopicArn: l.topic, Message: new("news")}); err != nil {
		return err
	}
	return l.drain(ctx, "news")
}

// table writes the same thousand items again and again, each with another place in
// the index, and removes some.
func (l *load) table(ctx context.Context, _, _ int, random *rand.Rand) error {
	key := map[string]ddb.AttributeValue{"k": &ddb.AttributeValueMemberS{Value: strconv.Itoa(random.IntN(1000))}}
	if random.IntN(4) == 0 {
		_, err := l.proc.DynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: new("work"), Key: key})
		return err
	}
	key["of"] = &ddb.AttributeValueMemberS{Value: strconv.Itoa(random.IntN(100))}
	key["v"] = &ddb.AttributeValueMemberS{Value: strings.Repeat("x", 1000)}
	_, err := l.proc.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{TableName: new("work"), Item: key})
	return err
}

// transaction counts in two items at once. Another client may be at the same.
func (l *load) transaction(ctx context.Context, _, _ int, random *rand.Rand) error {
	var in dynamodb.TransactWriteItemsInput
	first := random.IntN(20)
	for _, n := range []int{first, first + 20} {
		in.TransactItems = append(in.TransactItems, ddb.TransactWriteItem{Update: &ddb.Update{
			TableName: new("work"), Key: map[string]ddb.AttributeValue{"k": &ddb.AttributeValueMemberS{Value: fmt.Sprintf("count %d", n)}},
			UpdateExpression: new("ADD n :one"), ExpressionAttributeValues: map[string]ddb.AttributeValue{":one": &ddb.AttributeValueMemberN{Value: "1"}},
		}})
	}
	_, err := l.proc.DynamoDB().TransactWriteItems(ctx, &in)
	var canceled *ddb.TransactionCanceledException
	if errors.As(err, &canceled) {
		return nil
	}
	return err
}

// object writes and reads the same twenty objects, beside their rows and in
// files.
func (l *load) object(ctx context.Context, client, _ int, random *rand.Rand) error {
	key := fmt.Sprintf("%d/%d", client, random.IntN(20))
	if _, err := l.proc.S3().PutObject(ctx, &s3.PutObjectInput{
		Bucket: new("work"), Key: &key, Body: strings.NewReader(strings.Repeat("x", random.IntN(200_000))),
	}); err != nil {
		return err
	}
	out, err := l.proc.S3().GetObject(ctx, &s3.GetObjectInput{Bucket: new("work"), Key: &key})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, out.Body)
	return errors.Join(err, out.Body.Close())
}

// event puts an event that a rule has delivered, and takes what came.
func (l *load) event(ctx context.Context, _, _ int, _ *rand.Rand) error {
	if _, err := l.proc.EventBridge().PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []eb.PutEventsRequestEntry{
		{Source: new("work"), DetailType: new("d"), Detail: new(`{}`)},
	}}); err != nil {
		return err
	}
	return l.drain(ctx, "events")
}

// workflow runs an express execution, of which nothing is kept.
func (l *load) workflow(ctx context.Context, _, _ int, _ *rand.Rand) error {
	_, err := l.proc.SFN().StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: l.machine, Input: new(`{}`)})
	return err
}

// function invokes a function, twenty times a second: each leaves lines in the
// log group, which goes now and then.
func (l *load) function(ctx context.Context, client, n int, _ *rand.Rand) error {
	wait(ctx, 100*time.Millisecond)
	if client == 0 && n%200 == 199 {
		_, err := l.proc.Logs().DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: new("/aws/lambda/work")})
		var missing *cwl.ResourceNotFoundException
		if err != nil && !errors.As(err, &missing) {
			return err
		}
	}
	out, err := l.proc.Lambda().Invoke(ctx, &lambda.InvokeInput{FunctionName: new("work"), Payload: []byte(`{"hello":"you"}`)})
	if err == nil && out.FunctionError != nil {
		return fmt.Errorf("function: %s", out.Payload)
	}
	return err
}

// churn makes things, uses them, and deletes them, one set a second. Their
// names come again: a queue's after a hundred seconds, since AWS wants sixty.
func (l *load) churn(ctx context.Context, client, n int, _ *rand.Rand) error {
	wait(ctx, time.Second)
	name := fmt.Sprintf("passing-%d-%d", client, n%100)
	p := l.proc
	queue, err := p.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return err
	}
	if _, err := p.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: new("left behind")}); err != nil {
		return err
	}
	if err := l.createTable(ctx, name); err != nil {
		return err
	}
	if _, err := p.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &name, Item: map[string]ddb.AttributeValue{"k": &ddb.AttributeValueMemberS{Value: "left behind"}},
	}); err != nil {
		return err
	}
	machine, err := l.createMachine(ctx, name)
	if err != nil {
		return err
	}
	if err := l.createRule(ctx, name); err != nil {
		return err
	}
	if err := l.writeLog(ctx, name); err != nil {
		return err
	}
	_, err = p.SQS().DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue.QueueUrl})
	_, err2 := p.DynamoDB().DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
	_, err3 := p.SFN().DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: machine})
	_, err4 := p.EventBridge().RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: &name, Ids: []string{"q"}})
	_, err5 := p.EventBridge().DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: &name})
	_, err6 := p.Logs().DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &name})
	return errors.Join(err, err2, err3, err4, err5, err6)
}

// writeLog makes a log group with a hundred lines.
func (l *load) writeLog(ctx context.Context, name string) error {
	if _, err := l.proc.Logs().CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
		return err
	}
	if _, err := l.proc.Logs().CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &name, LogStreamName: &name}); err != nil {
		return err
	}
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &name, LogStreamName: &name}
	for n := range 100 {
		in.LogEvents = append(in.LogEvents, cwl.InputLogEvent{Timestamp: new(clock.System{}.Now().UnixMilli()), Message: new(fmt.Sprintf("line %d", n))})
	}
	_, err := l.proc.Logs().PutLogEvents(ctx, in)
	return err
}
