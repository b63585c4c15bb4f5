package pipes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	streamsapi "maru.dev/maru/api/dynamodbstreams"
	eventsapi "maru.dev/maru/api/events"
	lambdaapi "maru.dev/maru/api/lambda"
	statesapi "maru.dev/maru/api/states"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	dynamodbsvc "maru.dev/maru/service/dynamodb"
	streamssvc "maru.dev/maru/service/dynamodbstreams"
	eventssvc "maru.dev/maru/service/events"
	"maru.dev/maru/service/events/connection"
	logssvc "maru.dev/maru/service/logs"
	pipessvc "maru.dev/maru/service/pipes"
	sqssvc "maru.dev/maru/service/sqs"
)

const role = "arn:aws:iam::000000000000:role/r"

// code stands in for Lambda: answer is what functions make of an event.
type code struct {
	lambdaapi.Unimplemented
	answer func(name string, event []byte) (string, bool)
	mu     sync.Mutex
	events []string
}

// Invoke runs a function.
func (c *code) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, string(in.Payload))
	answer, ok := c.answer(in.FunctionName, in.Payload)
	out := &lambdaapi.InvokeOutput{Payload: []byte(answer)}
	if !ok {
		out.FunctionError = new("Unhandled")
	}
	return out, nil
}

// workflows stands in for Step Functions.
type workflows struct {
	statesapi.Unimplemented
	started chan string
}

// StartExecution notes an execution.
func (w *workflows) StartExecution(_ context.Context, in *statesapi.StartExecutionInput) (*statesapi.StartExecutionOutput, error) {
	w.started <- *in.Input
	return &statesapi.StartExecutionOutput{ExecutionArn: "x"}, nil
}

// StartSyncExecution answers with its input, wrapped.
func (*workflows) StartSyncExecution(_ context.Context, in *statesapi.StartSyncExecutionInput) (*statesapi.StartSyncExecutionOutput, error) {
	return &statesapi.StartSyncExecutionOutput{ExecutionArn: "x", Status: "SUCCEEDED", Output: new(`{"enriched":` + *in.Input + `}`)}, nil
}

// bus stands in for EventBridge: it refuses the events whose detail says so.
type bus struct {
	eventsapi.Unimplemented
	taken chan eventsapi.PutEventsRequestEntry
}

// PutEvents takes events.
func (b *bus) PutEvents(_ context.Context, in *eventsapi.PutEventsInput) (*eventsapi.PutEventsOutput, error) {
	out := &eventsapi.PutEventsOutput{FailedEntryCount: new(int32(0))}
	for _, e := range in.Entries {
		if strings.Contains(*e.Detail, "poison") {
			*out.FailedEntryCount++
			out.Entries = append(out.Entries, eventsapi.PutEventsResultEntry{ErrorCode: new("InternalFailure")})
			continue
		}
		b.taken <- e
		out.Entries = append(out.Entries, eventsapi.PutEventsResultEntry{EventId: new("e")})
	}
	return out, nil
}

// world is a server with pipes and what they connect.
type world struct {
	*testenv.Env
	code      *code
	workflows *workflows
	bus       *bus
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		code:      &code{answer: func(string, []byte) (string, bool) { return "null", true }},
		workflows: &workflows{started: make(chan string, 100)}, bus: &bus{taken: make(chan eventsapi.PutEventsRequestEntry, 100)},
	}
	w.Env = testenv.New(t, pipessvc.Registration(), sqssvc.Registration(), logssvc.Registration(),
		service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodbsvc.New(d) }},
		service.Registration{Model: streamsapi.Model, New: func(d service.Deps) any { return streamssvc.New(d) }},
		service.Registration{Model: lambdaapi.Model, New: func(service.Deps) any { return w.code }},
		service.Registration{Model: statesapi.Model, New: func(service.Deps) any { return w.workflows }},
		service.Registration{Model: eventsapi.Model, New: func(service.Deps) any { return w.bus }})
	return w
}

func (w *world) queue(t *testing.T, name string) (url, arn string) {
	t.Helper()
	out, err := w.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "600"}})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl, "arn:aws:sqs:us-east-1:000000000000:" + name
}

func (w *world) send(t *testing.T, url string, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		if _, err := w.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &b}); err != nil {
			t.Fatal(err)
		}
	}
}

// receive takes n bodies from a queue.
func (w *world) receive(t *testing.T, url string, n int) []string {
	t.Helper()
	got := []string{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for len(got) < n {
		out, err := w.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatalf("%v: %v", got, err)
		}
		for _, m := range out.Messages {
			got = append(got, *m.Body)
			if _, err := w.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(got)
	return got
}

// left is how many messages a queue holds.
func (w *world) left(t *testing.T, url string) string {
	t.Helper()
	out, err := w.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

// pipe makes a pipe and waits until it runs.
func (w *world) pipe(t *testing.T, source, target string, how ...func(in *pipes.CreatePipeInput)) {
	t.Helper()
	in := &pipes.CreatePipeInput{Name: new("p"), Source: &source, Target: &target, RoleArn: new(role)}
	for _, h := range how {
		h(in)
	}
	if _, err := w.Pipes().CreatePipe(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	w.await(t, types.PipeStateRunning)
}

func (w *world) await(t *testing.T, state types.PipeState) {
	t.Helper()
	testenv.Eventually(t, "the pipe is "+string(state), func() bool {
		out, err := w.Pipes().DescribePipe(t.Context(), &pipes.DescribePipeInput{Name: new("p")})
		return err == nil && out.CurrentState == state
	})
}

func TestPipeFiltersAndRewrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	to, target := w.queue(t, "to")
	w.pipe(t, source, target, func(in *pipes.CreatePipeInput) {
		in.SourceParameters = &types.PipeSourceParameters{FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: new(`{"body":{"kind":["good"]}}`)}}}}
		in.TargetParameters = &types.PipeTargetParameters{InputTemplate: new(`{"n":<$.body.n>,"of":"<aws.pipes.pipe-name>","from":"<aws.pipes.source-arn>"}`)}
	})
	w.send(t, from, `{"kind":"good","n":1}`, `{"kind":"bad","n":2}`, `{"kind":"good","n":3}`)
	want := []string{`{"from":"` + source + `","n":1,"of":"p"}`, `{"from":"` + source + `","n":3,"of":"p"}`}
	if diff := cmp.Diff(want, w.receive(t, to, 2)); diff != "" {
		t.Error(diff)
	}
	testenv.Eventually(t, "the source is empty", func() bool { return w.left(t, from) == "0+0" })
}

func TestFunctionGetsAListAndFailsSingleRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	failed := 0
	w.code.answer = func(_ string, event []byte) (string, bool) {
		var records []struct{ MessageID, Body string }
		if err := json.Unmarshal(event, &records); err != nil {
			t.Error(err)
		}
		for _, r := range records {
			if r.Body == "poison" && failed == 0 {
				failed++
				return fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, r.MessageID), true
			}
		}
		return `["another form"]`, true
	}
	w.pipe(t, source, "arn:aws:lambda:us-east-1:000000000000:function:f")
	w.send(t, from, "fine", "poison")
	testenv.Eventually(t, "the poison alone is left", func() bool {
		w.code.mu.Lock()
		refused := failed == 1
		w.code.mu.Unlock()
		return refused && w.left(t, from) == "0+1"
	})
	w.Advance(601 * time.Second) // what failed comes back
	testenv.Eventually(t, "the source is empty", func() bool { return w.left(t, from) == "0+0" })
	w.code.mu.Lock()
	defer w.code.mu.Unlock()
	if n := strings.Count(strings.Join(w.code.events, ""), `"body":"poison"`); n < 2 {
		t.Errorf("the function saw the failing record %d times", n)
	}
}

func TestEnrichmentAnswersWhatGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	to, target := w.queue(t, "to")
	w.code.answer = func(_ string, event []byte) (string, bool) {
		switch {
		case strings.Contains(string(event), "drop"):
			return `[]`, true
		case strings.Contains(string(event), "two"):
			return `[{"a":1},{"a":2}]`, true
		}
		return `{"got":` + string(event) + `}`, true
	}
	w.pipe(t, source, target, func(in *pipes.CreatePipeInput) {
		in.Enrichment = new("arn:aws:lambda:us-east-1:000000000000:function:f")
		in.EnrichmentParameters = &types.PipeEnrichmentParameters{InputTemplate: new(`"<$.body>!"`)}
		in.SourceParameters = &types.PipeSourceParameters{SqsQueueParameters: &types.PipeSourceSqsQueueParameters{BatchSize: new(int32(1))}}
	})
	w.send(t, from, "drop", "two", "one")
	if diff := cmp.Diff([]string{`{"a":1}`, `{"a":2}`, `{"got":["one!"]}`}, w.receive(t, to, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestWorkflowsEnrichAndAreStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	machine := "arn:aws:states:us-east-1:000000000000:stateMachine:m"
	w.pipe(t, source, machine, func(in *pipes.CreatePipeInput) {
		in.Enrichment = &machine
		in.EnrichmentParameters = &types.PipeEnrichmentParameters{InputTemplate: new(`<$.body>`)}
		in.TargetParameters = &types.PipeTargetParameters{
			StepFunctionStateMachineParameters: &types.PipeTargetStateMachineParameters{InvocationType: types.PipeTargetInvocationTypeFireAndForget},
		}
	})
	w.send(t, from, `hi`)
	if got := <-w.workflows.started; got != `[{"enriched":["hi"]}]` {
		t.Errorf("started with %s", got)
	}
}

func TestBusGetsEventsAndRefusesSome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	w.pipe(t, source, "arn:aws:events:us-east-1:000000000000:event-bus/shop", func(in *pipes.CreatePipeInput) {
		in.TargetParameters = &types.PipeTargetParameters{
			InputTemplate:                 new(`{"v":"<$.body.v>"}`),
			EventBridgeEventBusParameters: &types.PipeTargetEventBridgeEventBusParameters{Source: new("mine"), Resources: []string{"$.body.r"}},
		}
	})
	w.send(t, from, `{"v":"fine","r":"arn"}`, `{"v":"poison"}`)
	got := <-w.bus.taken
	want := eventsapi.PutEventsRequestEntry{
		EventBusName: new("arn:aws:events:us-east-1:000000000000:event-bus/shop"), Source: new("mine"), DetailType: new("Event from aws:sqs"),
		Detail: new(`{"v":"fine"}`), Resources: []string{"arn"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	testenv.Eventually(t, "the poison stays", func() bool { l := w.left(t, from); return l == "0+1" || l == "1+0" })
}

func TestLinesGoToLogsAndSoDoesTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	for _, name := range []string{"lines", "journal"} {
		if _, err := w.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	group := "arn:aws:logs:us-east-1:000000000000:log-group:"
	w.pipe(t, source, group+"lines", func(in *pipes.CreatePipeInput) {
		in.TargetParameters = &types.PipeTargetParameters{
			InputTemplate: new("body <$.body>"), CloudWatchLogsParameters: &types.PipeTargetCloudWatchLogsParameters{LogStreamName: new("s")},
		}
		in.LogConfiguration = &types.PipeLogConfigurationParameters{
			Level:                        types.LogLevelTrace,
			CloudwatchLogsLogDestination: &types.CloudwatchLogsLogDestinationParameters{LogGroupArn: new(group + "journal:*")},
			IncludeExecutionData:         []types.IncludeExecutionDataOption{types.IncludeExecutionDataOptionAll},
		}
	})
	w.send(t, from, "hi")
	read := func(name string) (lines []string) {
		out, err := w.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &name})
		if err != nil {
			return nil
		}
		for _, e := range out.Events {
			lines = append(lines, *e.Message)
		}
		return lines
	}
	testenv.Eventually(t, "the line is there", func() bool { return slices.Equal(read("lines"), []string{"body hi"}) })
	var steps []string
	testenv.Eventually(t, "the journal is there", func() bool {
		steps = read("journal")
		return len(steps) > 0 && strings.Contains(steps[len(steps)-1], "EXECUTION_SUCCEEDED")
	})
	for i, line := range steps {
		var record struct{ MessageType string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		steps[i] = record.MessageType
	}
	want := []string{
		"EXECUTION_STARTED", "TARGET_STAGE_ENTERED", "TARGET_TRANSFORMATION_STARTED", "TARGET_TRANSFORMATION_SUCCEEDED",
		"TARGET_INVOCATION_STARTED", "TARGET_INVOCATION_SUCCEEDED", "TARGET_STAGE_SUCCEEDED", "EXECUTION_SUCCEEDED",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error(diff)
	}
}

func TestStreamIsReadInOrderAndGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dead, deadARN := w.queue(t, "dead")
	table, err := w.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: new("table"), BillingMode: "PAY_PER_REQUEST",
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: new("all"), AttributeType: "S"}, {AttributeName: new("id"), AttributeType: "S"}},
		KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: new("all"), KeyType: "HASH"}, {AttributeName: new("id"), KeyType: "RANGE"}},
		StreamSpecification:  &dynamodbtypes.StreamSpecification{StreamEnabled: new(true), StreamViewType: "NEW_IMAGE"},
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 100)
	w.code.answer = func(_ string, event []byte) (string, bool) {
		if strings.Contains(string(event), "poison") {
			return `"no"`, false
		}
		seen <- string(event)
		return "", true
	}
	w.pipe(t, *table.TableDescription.LatestStreamArn, "arn:aws:lambda:us-east-1:000000000000:function:f", func(in *pipes.CreatePipeInput) {
		in.SourceParameters = &types.PipeSourceParameters{DynamoDBStreamParameters: &types.PipeSourceDynamoDBStreamParameters{
			StartingPosition: types.DynamoDBStreamStartPositionLatest, MaximumRetryAttempts: new(int32(0)), BatchSize: new(int32(1)),
			DeadLetterConfig: &types.DeadLetterConfig{Arn: &deadARN},
		}}
		in.TargetParameters = &types.PipeTargetParameters{InputTemplate: new(`"<$.dynamodb.Keys.id.S>"`)}
	})
	for _, id := range []string{"poison", "a", "b"} {
		if _, err := w.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: new("table"), Item: map[string]dynamodbtypes.AttributeValue{
				"all": &dynamodbtypes.AttributeValueMemberS{Value: "one shard"}, "id": &dynamodbtypes.AttributeValueMemberS{Value: id},
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := <-seen, <-seen; a != `["a"]` || b != `["b"]` {
		t.Errorf("saw %s, %s", a, b)
	}
	var letter struct {
		Context            struct{ PartnerResourceArn, Condition string }
		DDBStreamBatchInfo struct{ BatchSize int }
	}
	if err := json.Unmarshal([]byte(w.receive(t, dead, 1)[0]), &letter); err != nil {
		t.Fatal(err)
	}
	if letter.Context.Condition != "RetryAttemptsExhausted" || letter.Context.PartnerResourceArn != "arn:aws:pipes:us-east-1:000000000000:pipe/p" || letter.DDBStreamBatchInfo.BatchSize != 1 {
		t.Errorf("dead letter %+v", letter)
	}
}

func TestStoppedPipeReadsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, source := w.queue(t, "from")
	to, target := w.queue(t, "to")
	w.pipe(t, source, target)
	c := w.Pipes()
	if _, err := c.StopPipe(t.Context(), &pipes.StopPipeInput{Name: new("p")}); err != nil {
		t.Fatal(err)
	}
	w.await(t, types.PipeStateStopped)
	_, err := c.StopPipe(t.Context(), &pipes.StopPipeInput{Name: new("p")})
	if code := testenv.ErrorCode(err); code != "ConflictException" {
		t.Errorf("stopped twice: %v", err)
	}
	if _, err := c.UpdatePipe(t.Context(), &pipes.UpdatePipeInput{
		Name: new("p"), RoleArn: new(role), TargetParameters: &types.PipeTargetParameters{InputTemplate: new(`"new <$.body>"`)},
	}); err != nil {
		t.Fatal(err)
	}
	w.await(t, types.PipeStateStopped)
	w.send(t, from, "hi")
	if _, err := c.StartPipe(t.Context(), &pipes.StartPipeInput{Name: new("p")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"new hi"}, w.receive(t, to, 1)); diff != "" {
		t.Error(diff)
	}
	w.await(t, types.PipeStateRunning)
	if _, err := c.DeletePipe(t.Context(), &pipes.DeletePipeInput{Name: new("p")}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the pipe is gone", func() bool {
		_, err := c.DescribePipe(t.Context(), &pipes.DescribePipeInput{Name: new("p")})
		return testenv.ErrorCode(err) == "NotFoundException"
	})
}

func TestPipeWithoutSourceSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, target := w.queue(t, "to")
	if _, err := w.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{
		Name: new("p"), Source: new("arn:aws:sqs:us-east-1:000000000000:nope"), Target: &target, RoleArn: new(role),
	}); err != nil {
		t.Fatal(err)
	}
	w.await(t, types.PipeStateCreateFailed)
	out, err := w.Pipes().DescribePipe(t.Context(), &pipes.DescribePipeInput{Name: new("p")})
	if err != nil || out.StateReason == nil || *out.StateReason == "" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestCreatePipeHoldsTheRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, source := w.queue(t, "from")
	_, target := w.queue(t, "to")
	tests := map[string]func(in *pipes.CreatePipeInput){
		"kinesis": func(in *pipes.CreatePipeInput) { in.Source = new("arn:aws:kinesis:us-east-1:000000000000:stream/s") },
		"kafka":   func(in *pipes.CreatePipeInput) { in.Source = new("smk://broker:9092") },
		"stream without position": func(in *pipes.CreatePipeInput) {
			in.Source = new("arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000")
		},
		"strange target":     func(in *pipes.CreatePipeInput) { in.Target = new("arn:aws:ecs:us-east-1:000000000000:cluster/c") },
		"strange enricher":   func(in *pipes.CreatePipeInput) { in.Enrichment = &target },
		"fifo without group": func(in *pipes.CreatePipeInput) { in.Target = new(target + ".fifo") },
		"bad filter": func(in *pipes.CreatePipeInput) {
			in.SourceParameters = &types.PipeSourceParameters{FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: new(`{"a":1}`)}}}}
		},
		"large batch without window": func(in *pipes.CreatePipeInput) {
			in.SourceParameters = &types.PipeSourceParameters{SqsQueueParameters: &types.PipeSourceSqsQueueParameters{BatchSize: new(int32(11))}}
		},
		"parameters of another target": func(in *pipes.CreatePipeInput) {
			in.TargetParameters = &types.PipeTargetParameters{LambdaFunctionParameters: &types.PipeTargetLambdaFunctionParameters{}}
		},
		"another's queue": func(in *pipes.CreatePipeInput) { in.Source = new("arn:aws:sqs:us-east-1:111122223333:q") },
		"name":            func(in *pipes.CreatePipeInput) { in.Name = new("a b") },
		"more parameters than a row holds": func(in *pipes.CreatePipeInput) {
			in.Enrichment = new("arn:aws:events:us-east-1:000000000000:api-destination/d/0")
			in.EnrichmentParameters = &types.PipeEnrichmentParameters{HttpParameters: &types.PipeEnrichmentHttpParameters{PathParameterValues: slices.Repeat([]string{strings.Repeat("x", 1000)}, 2000)}}
		},
	}
	for name, how := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &pipes.CreatePipeInput{Name: new("x"), Source: &source, Target: &target, RoleArn: new(role)}
			how(in)
			_, err := w.Pipes().CreatePipe(t.Context(), in)
			if code := testenv.ErrorCode(err); code != "ValidationException" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPipesAreListedAndTagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, source := w.queue(t, "from")
	_, target := w.queue(t, "to")
	c := w.Pipes()
	var arn string
	for i := range 5 {
		out, err := c.CreatePipe(t.Context(), &pipes.CreatePipeInput{
			Name: new(fmt.Sprint("p", i)), Source: &source, Target: &target, RoleArn: new(role), DesiredState: types.RequestedPipeStateStopped,
			Tags: map[string]string{"a": "1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		arn = *out.Arn
	}
	var names []string
	for p := pipes.NewListPipesPaginator(c, &pipes.ListPipesInput{Limit: new(int32(2)), DesiredState: types.RequestedPipeStateStopped}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Pipes {
			names = append(names, *s.Name)
		}
	}
	if diff := cmp.Diff([]string{"p0", "p1", "p2", "p3", "p4"}, names); diff != "" {
		t.Error(diff)
	}
	if _, err := c.TagResource(t.Context(), &pipes.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"b": "2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UntagResource(t.Context(), &pipes.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &pipes.ListTagsForResourceInput{ResourceArn: &arn})
	if diff := cmp.Diff(map[string]string{"b": "2"}, tags.Tags); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestEndpointsEnrichAndAreCalled(t *testing.T) {
	t.Parallel()
	type call struct{ method, path, header, body, key string }
	calls := make(chan call, 10)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/enrich" {
			_, _ = fmt.Fprintf(out, `{"enriched":%s}`, body)
			return
		}
		calls <- call{r.Method, r.URL.String(), r.Header.Get("X-From"), string(body), r.Header.Get("X-Key")}
	}))
	defer server.Close()
	env := testenv.New(t, pipessvc.Registration(), sqssvc.Registration(), eventssvc.Registration())
	w := &world{Env: env}
	from, source := w.queue(t, "from")
	make := func(name, path string) string {
		t.Helper()
		connection, err := env.Caller().CallJSON(env.Context(), "events", "CreateConnection", []byte(`{"Name":"`+name+`","AuthorizationType":"API_KEY",
			"AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"secret"}}}`))
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ ConnectionArn, ApiDestinationArn string }
		if err := json.Unmarshal(connection, &c); err != nil {
			t.Fatal(err)
		}
		destination, err := env.Caller().CallJSON(env.Context(), "events", "CreateApiDestination", []byte(
			`{"Name":"`+name+`","ConnectionArn":"`+c.ConnectionArn+`","HttpMethod":"PUT","InvocationEndpoint":"`+server.URL+path+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(destination, &c); err != nil {
			t.Fatal(err)
		}
		return c.ApiDestinationArn
	}
	enrichment, target := make("enrich", "/enrich"), make("target", "/orders/*")
	w.pipe(t, source, target, func(in *pipes.CreatePipeInput) {
		in.Enrichment = &enrichment
		in.EnrichmentParameters = &types.PipeEnrichmentParameters{InputTemplate: new(`<$.body>`)}
		in.TargetParameters = &types.PipeTargetParameters{HttpParameters: &types.PipeTargetHttpParameters{
			PathParameterValues: []string{"$.enriched.id"}, QueryStringParameters: map[string]string{"q": "1"}, HeaderParameters: map[string]string{"X-From": "$.enriched.from"},
		}}
	})
	w.send(t, from, `{"id":"a b","from":"me"}`)
	got := <-calls
	want := call{"PUT", "/orders/a%20b?q=1", "me", `{"enriched":{"from":"me","id":"a b"}}`, "secret"}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	err := env.Store().View(t.Context(), func(tx *kv.Tx) error {
		for _, name := range []string{"enrich", "target"} {
			turn := connection.Turn{Account: testenv.Account, Region: testenv.Region, Destination: name}
			if next, ok, err := kv.Get[time.Time](tx, turn.Key()); err != nil || !ok || next.IsZero() {
				t.Errorf("%s was called out of turn: %v", name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
