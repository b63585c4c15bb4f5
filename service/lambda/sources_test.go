package lambda_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	sdkdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	streamsapi "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/dynamodbstreams"
)

// forwarder is a Python function that sends what it is given to the queue OUT,
// and fails where the event says so.
const forwarder = `
import json, os, urllib.request, urllib.parse

def send(body):
    data = urllib.parse.urlencode({"Action": "SendMessage", "QueueUrl": os.environ["OUT"], "MessageBody": body, "Version": "2012-11-05"}).encode()
    req = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/", data, {
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x",
        "Content-Type": "application/x-www-form-urlencoded"})
    urllib.request.urlopen(req).read()

def handler(event, context):
    failures = []
    for r in event["Records"]:
        text = r["body"] if "body" in r else r["dynamodb"]["Keys"]["id"]["S"]
        if "poison" in text:
            if os.environ.get("PARTIAL"):
                failures.append({"itemIdentifier": r.get("messageId") or r["dynamodb"]["SequenceNumber"]})
                continue
            raise Exception("poison")
        send(text if not os.environ.get("WHOLE") else json.dumps(r))
    return {"batchItemFailures": failures}
`

// newForwarder makes the forwarder with its queue OUT.
func newForwarder(t *testing.T, env *testenv.Env, variables map[string]string) (out string) {
	t.Helper()
	url, _ := newQueue(t, env, "out", nil)
	all := map[string]string{"OUT": url}
	for k, v := range variables {
		all[k] = v
	}
	create(t, env, "fn", python(t, forwarder), func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: all}
	})
	return url
}

// mapSource makes a mapping and waits until it is enabled.
func mapSource(t *testing.T, env *testenv.Env, in *sdk.CreateEventSourceMappingInput) string {
	t.Helper()
	in.FunctionName = new("fn")
	m, err := env.Lambda().CreateEventSourceMapping(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if *m.State != "Creating" {
		t.Errorf("state %s", *m.State)
	}
	eventually(t, "the mapping is enabled", func() bool {
		got, err := env.Lambda().GetEventSourceMapping(t.Context(), &sdk.GetEventSourceMappingInput{UUID: m.UUID})
		return err == nil && *got.State == "Enabled"
	})
	return *m.UUID
}

// sendTo sends messages.
func sendTo(t *testing.T, env *testenv.Env, url string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		_, err := env.SQS().SendMessage(t.Context(), &sdksqs.SendMessageInput{
			QueueUrl: &url, MessageBody: &body, MessageAttributes: map[string]sqstypes.MessageAttributeValue{"k": {DataType: new("String"), StringValue: new("v")}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// depth is how many messages a queue has, in flight or not.
func depth(t *testing.T, env *testenv.Env, url string) string {
	t.Helper()
	out, err := env.SQS().GetQueueAttributes(t.Context(), &sdksqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

func TestQueueFeedsFunction(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	out := newForwarder(t, env, map[string]string{"WHOLE": "1"})
	in, inARN := newQueue(t, env, "in", nil)
	mapSource(t, env, &sdk.CreateEventSourceMappingInput{EventSourceArn: &inARN})
	sendTo(t, env, in, "hello")
	var record struct {
		Body, EventSource, EventSourceARN, AwsRegion, MessageID string
		Attributes                                              map[string]string
		MessageAttributes                                       map[string]struct{ StringValue, DataType string }
	}
	if err := json.Unmarshal([]byte(receive(t, env, out)), &record); err != nil {
		t.Fatal(err)
	}
	if record.Body != "hello" || record.EventSource != "aws:sqs" || record.EventSourceARN != inARN || record.AwsRegion != "us-east-1" ||
		record.Attributes["ApproximateReceiveCount"] != "1" || record.MessageAttributes["k"].StringValue != "v" || record.MessageID == "" {
		t.Errorf("record %+v", record)
	}
	eventually(t, "the message is deleted", func() bool { return depth(t, env, in) == "0+0" })
}

func TestQueueFailuresStay(t *testing.T) {
	t.Parallel()
	for name, partial := range map[string]bool{"whole batch": false, "partial": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			variables := map[string]string{}
			mapping := &sdk.CreateEventSourceMappingInput{}
			if partial {
				variables["PARTIAL"] = "1"
				mapping.FunctionResponseTypes = []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}
			}
			out := newForwarder(t, env, variables)
			in, inARN := newQueue(t, env, "in", nil)
			mapping.EventSourceArn = &inARN
			sendTo(t, env, in, "good", "poison")
			mapSource(t, env, mapping)
			if partial {
				if got := receive(t, env, out); got != "good" {
					t.Errorf("got %s", got)
				}
				eventually(t, "the good one is gone, the other stays", func() bool { return depth(t, env, in) == "0+1" })
				return
			}
			eventually(t, "the result is told", func() bool {
				got, err := env.Lambda().ListEventSourceMappings(t.Context(), &sdk.ListEventSourceMappingsInput{FunctionName: new("fn")})
				return err == nil && len(got.EventSourceMappings) == 1 && *got.EventSourceMappings[0].LastProcessingResult == "PROBLEM: Function call failed"
			})
			if got := depth(t, env, in); got != "0+2" {
				t.Errorf("queue holds %s", got)
			}
		})
	}
}

func TestQueueFilters(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	out := newForwarder(t, env, nil)
	in, inARN := newQueue(t, env, "in", nil)
	mapSource(t, env, &sdk.CreateEventSourceMappingInput{
		EventSourceArn: &inARN,
		FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: new(`{"body":{"n":[{"numeric":[">",5]}]}}`)}}},
	})
	sendTo(t, env, in, `{"n":1}`, `no JSON`, `{"n":9}`)
	if got := receive(t, env, out); got != `{"n":9}` {
		t.Errorf("got %s", got)
	}
	eventually(t, "all are deleted", func() bool { return depth(t, env, in) == "0+0" })
}

func TestMappingStopsWhenDisabledAndDeleted(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	out := newForwarder(t, env, nil)
	in, inARN := newQueue(t, env, "in", nil)
	id := mapSource(t, env, &sdk.CreateEventSourceMappingInput{EventSourceArn: &inARN})
	_, err := env.Lambda().CreateEventSourceMapping(t.Context(), &sdk.CreateEventSourceMappingInput{EventSourceArn: &inARN, FunctionName: new("fn")})
	wantError(t, err, "ResourceConflictException", "already exists. Please update or delete the existing mapping with UUID "+id)
	if _, err := env.Lambda().UpdateEventSourceMapping(t.Context(), &sdk.UpdateEventSourceMappingInput{UUID: &id, Enabled: new(false)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the poller lets go", func() bool {
		sendTo(t, env, in, "x")
		return depth(t, env, in) != "0+0" && depth(t, env, in) != "0+1"
	})
	if _, err := env.Lambda().UpdateEventSourceMapping(t.Context(), &sdk.UpdateEventSourceMappingInput{UUID: &id, Enabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	receive(t, env, out)
	deleted, err := env.Lambda().DeleteEventSourceMapping(t.Context(), &sdk.DeleteEventSourceMappingInput{UUID: &id})
	if err != nil || *deleted.State != "Deleting" {
		t.Errorf("%+v %v", deleted, err)
	}
	_, err = env.Lambda().GetEventSourceMapping(t.Context(), &sdk.GetEventSourceMappingInput{UUID: &id})
	wantError(t, err, "ResourceNotFoundException", "")
}

func TestCreateMappingRefuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	_, queue := newQueue(t, env, "q", nil)
	_, short := newQueue(t, env, "short", map[string]string{"VisibilityTimeout": "5"})
	_, fifo := newQueue(t, env, "q.fifo", map[string]string{"FifoQueue": "true"})
	tests := map[string]struct {
		in            sdk.CreateEventSourceMappingInput
		code, message string
	}{
		"no queue":       {sdk.CreateEventSourceMappingInput{EventSourceArn: new("arn:aws:sqs:us-east-1:000000000000:nope")}, "InvalidParameterValueException", "AWS.SimpleQueueService.NonExistentQueue"},
		"no function":    {sdk.CreateEventSourceMappingInput{EventSourceArn: &queue, FunctionName: new("nope")}, "ResourceNotFoundException", "Function not found"},
		"short":          {sdk.CreateEventSourceMappingInput{EventSourceArn: &short}, "InvalidParameterValueException", "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds"},
		"batch":          {sdk.CreateEventSourceMappingInput{EventSourceArn: &queue, BatchSize: new(int32(100))}, "InvalidParameterValueException", "Maximum batch window"},
		"fifo window":    {sdk.CreateEventSourceMappingInput{EventSourceArn: &fifo, MaximumBatchingWindowInSeconds: new(int32(1))}, "InvalidParameterValueException", "not supported for FIFO"},
		"bad filter":     {sdk.CreateEventSourceMappingInput{EventSourceArn: &queue, FilterCriteria: &types.FilterCriteria{Filters: []types.Filter{{Pattern: new(`{"a":1}`)}}}}, "InvalidParameterValueException", "Invalid filter pattern"},
		"kinesis":        {sdk.CreateEventSourceMappingInput{EventSourceArn: new("arn:aws:kinesis:us-east-1:000000000000:stream/s")}, "InvalidParameterValueException", "not kinesis"},
		"stream options": {sdk.CreateEventSourceMappingInput{EventSourceArn: &queue, BisectBatchOnFunctionError: new(true)}, "InvalidParameterValueException", "are for streams"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := tt.in
			if in.FunctionName == nil {
				in.FunctionName = new("fn")
			}
			_, err := env.Lambda().CreateEventSourceMapping(t.Context(), &in)
			wantError(t, err, tt.code, tt.message)
		})
	}
}

// streamEnv is a server with a table whose stream feeds the forwarder.
func streamEnv(t *testing.T, variables map[string]string) (env *testenv.Env, out, stream string) {
	t.Helper()
	env = testenv.New(t, append(registrations(),
		service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodb.New(d) }},
		service.Registration{Model: streamsapi.Model, New: func(d service.Deps) any { return dynamodbstreams.New(d) }})...)
	out = newForwarder(t, env, variables)
	table, err := env.DynamoDB().CreateTable(t.Context(), &sdkdynamodb.CreateTableInput{
		TableName: new("things"), BillingMode: dynamodbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: new("id"), AttributeType: "S"}},
		KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: new("id"), KeyType: "HASH"}},
		StreamSpecification:  &dynamodbtypes.StreamSpecification{StreamEnabled: new(true), StreamViewType: "NEW_AND_OLD_IMAGES"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return env, out, *table.TableDescription.LatestStreamArn
}

// putItem writes an item.
func putItem(t *testing.T, env *testenv.Env, id string) {
	t.Helper()
	_, err := env.DynamoDB().PutItem(t.Context(), &sdkdynamodb.PutItemInput{
		TableName: new("things"), Item: map[string]dynamodbtypes.AttributeValue{"id": &dynamodbtypes.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStreamFeedsFunction(t *testing.T) {
	t.Parallel()
	for _, position := range []types.EventSourcePosition{types.EventSourcePositionLatest, types.EventSourcePositionTrimHorizon} {
		t.Run(string(position), func(t *testing.T) {
			t.Parallel()
			env, out, stream := streamEnv(t, map[string]string{"WHOLE": "1"})
			putItem(t, env, "before")
			mapSource(t, env, &sdk.CreateEventSourceMappingInput{EventSourceArn: &stream, StartingPosition: position})
			putItem(t, env, "after")
			want := map[string]bool{"after": true} // a queue that is not FIFO keeps no order
			if position == types.EventSourcePositionTrimHorizon {
				want["before"] = true
			}
			for len(want) > 0 {
				var record struct {
					EventName, EventSource, EventSourceARN, EventVersion string
					Dynamodb                                             struct {
						ApproximateCreationDateTime float64
						Keys, NewImage              map[string]map[string]string
						SequenceNumber              string
						StreamViewType              string
					}
				}
				text := receive(t, env, out)
				if err := json.Unmarshal([]byte(text), &record); err != nil {
					t.Fatal(err)
				}
				d := record.Dynamodb
				id := d.Keys["id"]["S"]
				expected := want[id]
				delete(want, id)
				if !expected || record.EventName != "INSERT" || record.EventSource != "aws:dynamodb" || record.EventSourceARN != stream ||
					d.SequenceNumber == "" || d.NewImage["id"]["S"] != id || d.StreamViewType != "NEW_AND_OLD_IMAGES" || d.ApproximateCreationDateTime < 1e9 {
					t.Fatalf("record %s", text)
				}
			}
		})
	}
}

func TestStreamPoisonIsBisectedAndSentAway(t *testing.T) {
	t.Parallel()
	env, out, stream := streamEnv(t, nil)
	failed, failedARN := newQueue(t, env, "failed", nil)
	for i := range 8 {
		id := fmt.Sprint("good", i)
		if i == 5 {
			id = "poison"
		}
		putItem(t, env, id)
	}
	mapSource(t, env, &sdk.CreateEventSourceMappingInput{
		EventSourceArn: &stream, StartingPosition: types.EventSourcePositionTrimHorizon, BisectBatchOnFunctionError: new(true),
		MaximumRetryAttempts: new(int32(1)), DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &failedARN}},
	})
	text := receive(t, env, failed)
	var record struct {
		RequestContext     struct{ Condition, FunctionArn string }
		ResponseContext    struct{ FunctionError string }
		DDBStreamBatchInfo struct {
			BatchSize                                       int
			ShardID, StartSequenceNumber, EndSequenceNumber string
		}
	}
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		t.Fatal(err)
	}
	info := record.DDBStreamBatchInfo
	if record.RequestContext.Condition != "RetryAttemptsExhausted" || record.ResponseContext.FunctionError != "Unhandled" || info.BatchSize != 1 || info.StartSequenceNumber != info.EndSequenceNumber {
		t.Errorf("record %s", text)
	}
	seen := make(map[string]bool)
	for len(seen) < 7 {
		seen[receive(t, env, out)] = true
	}
	if seen["poison"] || !seen["good7"] {
		t.Errorf("seen %v", seen)
	}
}

func TestStreamPartialFailureGoesOnFromThere(t *testing.T) {
	t.Parallel()
	env, out, stream := streamEnv(t, map[string]string{"PARTIAL": "1"})
	for _, id := range []string{"a", "poison", "c"} {
		putItem(t, env, id)
	}
	mapSource(t, env, &sdk.CreateEventSourceMappingInput{
		EventSourceArn: &stream, StartingPosition: types.EventSourcePositionTrimHorizon, MaximumRetryAttempts: new(int32(1)),
		FunctionResponseTypes: []types.FunctionResponseType{types.FunctionResponseTypeReportBatchItemFailures}, ParallelizationFactor: new(int32(1)),
	})
	var got []string
	for len(got) < 2 {
		got = append(got, receive(t, env, out))
	}
	if all := strings.Join(got, ","); !strings.Contains(all, "a") && !strings.Contains(all, "c") {
		t.Errorf("got %s", all)
	}
	putItem(t, env, "later")
	for receive(t, env, out) != "later" {
	}
}

func TestTumblingWindowsCarryTheirState(t *testing.T) {
	t.Parallel()
	env, out, stream := streamEnv(t, nil)
	source := strings.Replace(forwarder, "    failures = []", `    send(json.dumps(event))
    return {"state": {"seen": event["state"].get("seen", 0) + len(event["Records"])}}`, 1)
	_, err := env.Lambda().UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: new("fn"), ZipFile: zipOf(t, map[string]string{"index.py": source})})
	if err != nil {
		t.Fatal(err)
	}
	const length = 15 * time.Minute
	start := env.Now().Truncate(length).Add(length)
	env.Advance(start.Sub(env.Now()) + time.Second)
	mapSource(t, env, &sdk.CreateEventSourceMappingInput{
		EventSourceArn: &stream, StartingPosition: types.EventSourcePositionTrimHorizon, TumblingWindowInSeconds: new(int32(length / time.Second)),
	})
	type event struct {
		Records                 []any
		Window                  struct{ Start, End string }
		State                   map[string]int
		ShardID, EventSourceARN string
		IsFinalInvokeForWindow  bool
		IsWindowTerminatedEarly bool
	}
	step := func(want event) {
		t.Helper()
		text := receive(t, env, out)
		var got event
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if got.ShardID == "" || got.EventSourceARN != stream || got.Records == nil || len(got.Records) != len(want.Records) {
			t.Errorf("event %s", text)
		}
		got.ShardID, got.EventSourceARN, got.Records, want.Records = "", "", nil, nil
		want.Window.Start, want.Window.End = start.Format(time.RFC3339), start.Add(length).Format(time.RFC3339)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("event (-want +got):\n%s", d)
		}
	}
	putItem(t, env, "a")
	step(event{Records: make([]any, 1), State: map[string]int{}})
	if _, err := env.DynamoDB().DeleteItem(t.Context(), &sdkdynamodb.DeleteItemInput{ // of the same item, and so in the same shard
		TableName: new("things"), Key: map[string]dynamodbtypes.AttributeValue{"id": &dynamodbtypes.AttributeValueMemberS{Value: "a"}},
	}); err != nil {
		t.Fatal(err)
	}
	step(event{Records: make([]any, 1), State: map[string]int{"seen": 1}})
	env.Advance(length + time.Second)
	step(event{State: map[string]int{"seen": 2}, IsFinalInvokeForWindow: true})
	_, err = env.Lambda().UpdateEventSourceMapping(t.Context(), &sdk.UpdateEventSourceMappingInput{UUID: mappingOf(t, env), ParallelizationFactor: new(int32(2))})
	wantError(t, err, "InvalidParameterValueException", "Tumbling windows")
}

// mappingOf is the id of the only mapping.
func mappingOf(t *testing.T, env *testenv.Env) *string {
	t.Helper()
	got, err := env.Lambda().ListEventSourceMappings(t.Context(), &sdk.ListEventSourceMappingsInput{})
	if err != nil || len(got.EventSourceMappings) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	return got.EventSourceMappings[0].UUID
}
