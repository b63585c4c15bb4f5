// Package metrics_test holds that services publish AWS's metrics by themselves:
// under its names, units and dimensions, as unmodified clients see them.
package metrics_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	gwtypes "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedtypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	sestypes "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sesv2types "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	iamapi "maru.dev/maru/api/iam"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/edge"
	"maru.dev/maru/gateway"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	gatewayservice "maru.dev/maru/service/apigatewayv2"
	cloudwatchservice "maru.dev/maru/service/cloudwatch"
	dynamodbservice "maru.dev/maru/service/dynamodb"
	eventsservice "maru.dev/maru/service/events"
	iamservice "maru.dev/maru/service/iam"
	lambdaservice "maru.dev/maru/service/lambda"
	logsservice "maru.dev/maru/service/logs"
	pipesservice "maru.dev/maru/service/pipes"
	s3service "maru.dev/maru/service/s3"
	schedulerservice "maru.dev/maru/service/scheduler"
	sesservice "maru.dev/maru/service/ses"
	sesv2service "maru.dev/maru/service/sesv2"
	snsservice "maru.dev/maru/service/sns"
	sqsservice "maru.dev/maru/service/sqs"
	statesservice "maru.dev/maru/service/states"
	stsservice "maru.dev/maru/service/sts"
)

const role = "arn:aws:iam::000000000000:role/r"

// bench is a server with all that publishes metrics.
type bench struct {
	*testenv.Env
	t *testing.T
}

// newBench starts a server.
func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.NewWith(
		t, testenv.Options{Mounts: mounts},
		cloudwatchservice.Registration(), sqsservice.Registration(), snsservice.Registration(), eventsservice.Registration(),
		logsservice.Registration(), s3service.Registration(), lambdaservice.Registration(),
		statesservice.Registration(), schedulerservice.Registration(), pipesservice.Registration(), gatewayservice.Registration(),
		sesservice.Registration(), sesv2service.Registration(),
		service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodbservice.New(d) }},
		service.Registration{Model: stsapi.Model, New: func(d service.Deps) any { return stsservice.New(d) }},
		service.Registration{Model: iamapi.Model, New: func(d service.Deps) any { return iamservice.New(d) }},
	)
	return &bench{env, t}
}

// mounts puts the gateway on the server.
func mounts(d service.Deps, find func(id string) any) []edge.Mount {
	source := find("apigatewayv2").(plan.Source)
	g := front.New(source, d.Log, gateway.New(gateway.Options{
		Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Metrics: d.Metrics,
	}))
	var list []edge.Mount
	for _, prefix := range front.PathPrefixes() {
		list = append(list, edge.Mount{Path: prefix, Handler: g})
	}
	return list
}

// must stops the test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// queue makes a queue and returns its URL and ARN.
func (b *bench) queue(name string) (url, arn string) {
	b.t.Helper()
	out := must[*sqs.CreateQueueOutput](b.t)(b.SQS().CreateQueue(b.t.Context(), &sqs.CreateQueueInput{QueueName: &name}))
	return *out.QueueUrl, "arn:aws:sqs:us-east-1:000000000000:" + name
}

// want is what a metric is to be.
type want struct {
	namespace, name, dimensions, unit string
	stat                              cwtypes.Statistic
	is                                float64
	atLeast                           bool
}

// dimensions reads "Name=value,Name=value".
func dimensions(text string) (list []cwtypes.Dimension) {
	for _, part := range strings.Split(text, ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			list = append(list, cwtypes.Dimension{Name: &name, Value: &value})
		}
	}
	return list
}

// value asks CloudWatch for a metric over the last hours.
func (b *bench) value(w want) (float64, bool) {
	b.t.Helper()
	now := b.Now()
	out := must[*cloudwatch.GetMetricStatisticsOutput](b.t)(b.CloudWatch().GetMetricStatistics(b.t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: &w.namespace, MetricName: &w.name, Dimensions: dimensions(w.dimensions), Unit: cwtypes.StandardUnit(w.unit),
		Statistics: []cwtypes.Statistic{w.stat}, Period: new(int32(60)), StartTime: new(now.Add(-2 * time.Hour)), EndTime: new(now.Add(time.Hour)),
	}))
	var total float64
	for _, p := range out.Datapoints {
		switch w.stat {
		case cwtypes.StatisticMaximum:
			total = max(total, *p.Maximum)
		default:
			total += aws.ToFloat64(p.Sum) + aws.ToFloat64(p.SampleCount)
		}
	}
	return total, len(out.Datapoints) > 0
}

// expect waits for metrics. Time goes on meanwhile, a minute at a time, as long
// as the test says so.
func (b *bench) expect(wants ...want) {
	b.t.Helper()
	for i := range wants {
		w := &wants[i]
		if w.stat == "" {
			w.stat = cwtypes.StatisticSum
		}
		var got float64
		var there bool
		b.Advance(10 * time.Second) // a flush is due
		deadline := time.Now().Add(2 * time.Minute)
		for time.Now().Before(deadline) {
			got, there = b.value(*w)
			if there && (got == w.is || w.atLeast && got >= w.is) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if !there || got != w.is && (!w.atLeast || got < w.is) {
			b.t.Errorf("%s %s{%s} in %s: got %v (%v), want %v", w.namespace, w.name, w.dimensions, w.unit, got, there, w.is)
		}
	}
}

func TestQueuesPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, _ := b.queue("q")
	for _, text := range []string{"hello", "there"} {
		must[*sqs.SendMessageOutput](t)(b.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &text}))
	}
	must[*sqs.SendMessageBatchOutput](t)(b.SQS().SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []sqstypes.SendMessageBatchRequestEntry{
		{Id: new("a"), MessageBody: new("1234567890")}, {Id: new("b"), MessageBody: new("x"), DelaySeconds: 600}, {Id: new("bad"), MessageBody: new("x"), DelaySeconds: 5000},
	}}))
	got := must[*sqs.ReceiveMessageOutput](t)(b.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 2, VisibilityTimeout: 600}))
	must[*sqs.DeleteMessageOutput](t)(b.SQS().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got.Messages[0].ReceiptHandle}))
	empty, _ := b.queue("empty")
	must[*sqs.ReceiveMessageOutput](t)(b.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &empty}))
	b.Advance(time.Minute)
	const ns = "AWS/SQS"
	b.expect(
		want{namespace: ns, name: "NumberOfMessagesSent", dimensions: "QueueName=q", unit: "Count", is: 4},
		want{namespace: ns, name: "SentMessageSize", dimensions: "QueueName=q", unit: "Bytes", is: 21},
		want{namespace: ns, name: "NumberOfMessagesReceived", dimensions: "QueueName=q", unit: "Count", is: float64(len(got.Messages))},
		want{namespace: ns, name: "NumberOfMessagesDeleted", dimensions: "QueueName=q", unit: "Count", is: 1},
		want{namespace: ns, name: "NumberOfEmptyReceives", dimensions: "QueueName=empty", unit: "Count", is: 1},
		want{namespace: ns, name: "ApproximateNumberOfMessagesVisible", dimensions: "QueueName=q", unit: "Count", stat: cwtypes.StatisticMaximum, is: float64(3 - len(got.Messages))},
		want{namespace: ns, name: "ApproximateNumberOfMessagesNotVisible", dimensions: "QueueName=q", unit: "Count", stat: cwtypes.StatisticMaximum, is: float64(len(got.Messages) - 1)},
		want{namespace: ns, name: "ApproximateNumberOfMessagesDelayed", dimensions: "QueueName=q", unit: "Count", stat: cwtypes.StatisticMaximum, is: 1},
		want{namespace: ns, name: "ApproximateAgeOfOldestMessage", dimensions: "QueueName=q", unit: "Seconds", stat: cwtypes.StatisticMaximum, is: 1, atLeast: true},
	)
}

func TestTopicsPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, arn := b.queue("q")
	topic := must[*sns.CreateTopicOutput](t)(b.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("news")})).TopicArn
	for _, filter := range []string{"", `{"kind":["a"]}`} {
		in := &sns.SubscribeInput{TopicArn: topic, Protocol: new("sqs"), Endpoint: &arn, Attributes: map[string]string{}}
		if filter != "" {
			in.Attributes["FilterPolicy"] = filter
			_, other := b.queue("other")
			in.Endpoint = &other
		}
		must[*sns.SubscribeOutput](t)(b.SNS().Subscribe(t.Context(), in))
	}
	_, gone := b.queue("letters")
	must[*sns.SubscribeOutput](t)(b.SNS().Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: topic, Protocol: new("sqs"), Endpoint: new("arn:aws:sqs:us-east-1:000000000000:nowhere"),
		Attributes: map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q}`, gone)},
	}))
	must[*sns.PublishOutput](t)(b.SNS().Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: new("12345")}))
	const ns, dims = "AWS/SNS", "TopicName=news"
	b.expect(
		want{namespace: ns, name: "NumberOfMessagesPublished", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "PublishSize", dimensions: dims, unit: "Bytes", is: 5},
		want{namespace: ns, name: "NumberOfNotificationsDelivered", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "NumberOfNotificationsFilteredOut", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "NumberOfNotificationsFilteredOut-NoMessageAttributes", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "NumberOfNotificationsFailed", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "NumberOfNotificationsRedrivenToDlq", dimensions: dims, unit: "Count", is: 1},
	)
}

func TestTablesPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	must[*dynamodb.CreateTableOutput](t)(b.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: new("tab"), BillingMode: ddbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []ddbtypes.AttributeDefinition{{AttributeName: new("pk"), AttributeType: "S"}},
		KeySchema:            []ddbtypes.KeySchemaElement{{AttributeName: new("pk"), KeyType: "HASH"}},
	}))
	item := map[string]ddbtypes.AttributeValue{"pk": &ddbtypes.AttributeValueMemberS{Value: "a"}}
	put := &dynamodb.PutItemInput{TableName: new("tab"), Item: item}
	must[*dynamodb.PutItemOutput](t)(b.DynamoDB().PutItem(t.Context(), put))
	put.ConditionExpression = new("attribute_not_exists(pk)")
	if _, err := b.DynamoDB().PutItem(t.Context(), put); testenv.ErrorCode(err) != "ConditionalCheckFailedException" {
		t.Fatal(err)
	}
	if _, err := b.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("nothing"), Key: item}); err == nil {
		t.Fatal("read a table that is not there")
	}
	must[*dynamodb.GetItemOutput](t)(b.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("tab"), Key: item, ConsistentRead: new(true)}))
	must[*dynamodb.ScanOutput](t)(b.DynamoDB().Scan(t.Context(), &dynamodb.ScanInput{TableName: new("tab")}))
	const ns = "AWS/DynamoDB"
	b.expect(
		want{namespace: ns, name: "SuccessfulRequestLatency", dimensions: "TableName=tab,Operation=PutItem", unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 1},
		want{namespace: ns, name: "SuccessfulRequestLatency", dimensions: "TableName=tab,Operation=Scan", unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 1},
		want{namespace: ns, name: "ReturnedItemCount", dimensions: "TableName=tab,Operation=Scan", unit: "Count", is: 1},
		want{namespace: ns, name: "ConditionalCheckFailedRequests", dimensions: "TableName=tab", unit: "Count", is: 1},
		want{namespace: ns, name: "UserErrors", unit: "Count", is: 1},
		want{namespace: ns, name: "ConsumedWriteCapacityUnits", dimensions: "TableName=tab", unit: "Count", is: 1},
		want{namespace: ns, name: "ConsumedReadCapacityUnits", dimensions: "TableName=tab", unit: "Count", is: 1.5},
	)
}

func TestBucketsAndLogGroupsPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	must[*s3.CreateBucketOutput](t)(b.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("bkt")}))
	must[*s3.PutObjectOutput](t)(b.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: new("bkt"), Key: new("k"), Body: strings.NewReader("12345678")}))
	out := must[*s3.GetObjectOutput](t)(b.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: new("bkt"), Key: new("k")}))
	_, _ = io.Copy(io.Discard, out.Body)
	_ = out.Body.Close()
	if _, err := b.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: new("bkt"), Key: new("nothing")}); err == nil {
		t.Fatal("got what is not there")
	}
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(b.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("g")}))
	must[*cloudwatchlogs.CreateLogStreamOutput](t)(b.Logs().CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: new("g"), LogStreamName: new("s")}))
	must[*cloudwatchlogs.PutLogEventsOutput](t)(b.Logs().PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: new("g"), LogStreamName: new("s"), LogEvents: []logtypes.InputLogEvent{
		{Timestamp: new(b.Now().UnixMilli()), Message: new("hello")}, {Timestamp: new(b.Now().UnixMilli()), Message: new("there")},
	}}))
	b.Advance(time.Minute)
	const ns, dims = "AWS/S3", "BucketName=bkt,FilterId=EntireBucket"
	b.expect(
		want{namespace: "AWS/Usage", name: "CallCount", dimensions: "Type=API,Resource=PutLogEvents,Service=Logs,Class=None", unit: "None", is: 1},
		want{namespace: "AWS/Usage", name: "CallCount", dimensions: "Type=API,Resource=GetMetricStatistics,Service=CloudWatch,Class=None", unit: "None", is: 1, atLeast: true},
		want{namespace: ns, name: "AllRequests", dimensions: dims, unit: "Count", is: 3},
		want{namespace: ns, name: "PutRequests", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "GetRequests", dimensions: dims, unit: "Count", is: 2},
		want{namespace: ns, name: "4xxErrors", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "BytesDownloaded", dimensions: dims, unit: "Bytes", is: 8},
		want{namespace: ns, name: "BytesUploaded", dimensions: dims, unit: "Bytes", is: 8, atLeast: true}, // chunked signing adds to it
		want{namespace: ns, name: "NumberOfObjects", dimensions: "BucketName=bkt,StorageType=AllStorageTypes", unit: "Count", stat: cwtypes.StatisticMaximum, is: 1},
		want{namespace: ns, name: "BucketSizeBytes", dimensions: "BucketName=bkt,StorageType=StandardStorage", unit: "Bytes", stat: cwtypes.StatisticMaximum, is: 8},
		want{namespace: "AWS/Logs", name: "IncomingLogEvents", dimensions: "LogGroupName=g", unit: "Count", is: 2},
		want{namespace: "AWS/Logs", name: "IncomingBytes", dimensions: "LogGroupName=g", unit: "Bytes", is: 10},
	)
}

func TestRulesSchedulesAndPipesPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sourceURL, sourceARN := b.queue("source")
	_, target := b.queue("target")
	_, letters := b.queue("letters")
	must[*eventbridge.PutRuleOutput](t)(b.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: new("rule"), EventPattern: new(`{"source":["me"]}`)}))
	must[*eventbridge.PutTargetsOutput](t)(b.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: new("rule"), Targets: []ebtypes.Target{
		{Id: new("good"), Arn: &target},
		{Id: new("bad"), Arn: new("arn:aws:sqs:us-east-1:000000000000:nowhere"), DeadLetterConfig: &ebtypes.DeadLetterConfig{Arn: &letters}},
	}}))
	must[*eventbridge.PutEventsOutput](t)(b.EventBridge().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
		{Source: new("me"), DetailType: new("d"), Detail: new("{}")}, {Source: new("other"), DetailType: new("d"), Detail: new("{}")},
	}}))
	must[*scheduler.CreateScheduleOutput](t)(b.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: new("once"), ScheduleExpression: new("at(" + b.Now().Add(30*time.Second).UTC().Format("2006-01-02T15:04:05") + ")"),
		FlexibleTimeWindow: &schedtypes.FlexibleTimeWindow{Mode: schedtypes.FlexibleTimeWindowModeOff},
		Target:             &schedtypes.Target{Arn: &target, RoleArn: new(role)},
	}))
	must[*pipes.CreatePipeOutput](t)(b.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{Name: new("pipe"), RoleArn: new(role), Source: &sourceARN, Target: &target}))
	must[*sqs.SendMessageOutput](t)(b.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &sourceURL, MessageBody: new(`{"a":1}`)}))
	testenv.Eventually(t, "the pipe is done with its message, which a later time would show it again", func() bool {
		a := must[*sqs.GetQueueAttributesOutput](t)(b.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &sourceURL, AttributeNames: []sqstypes.QueueAttributeName{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"},
		})).Attributes
		return a["ApproximateNumberOfMessages"] == "0" && a["ApproximateNumberOfMessagesNotVisible"] == "0"
	})
	b.Advance(time.Minute)
	b.expect(
		want{namespace: "AWS/Events", name: "MatchedEvents", dimensions: "RuleName=rule", unit: "Count", is: 1},
		want{namespace: "AWS/Events", name: "TriggeredRules", unit: "Count", is: 1},
		want{namespace: "AWS/Events", name: "TriggeredRules", dimensions: "EventBusName=default", unit: "Count", is: 1},
		want{namespace: "AWS/Events", name: "Invocations", dimensions: "RuleName=rule", unit: "Count", is: 2},
		want{namespace: "AWS/Events", name: "FailedInvocations", dimensions: "RuleName=rule", unit: "Count", is: 1},
		want{namespace: "AWS/Events", name: "InvocationsSentToDlq", dimensions: "RuleName=rule", unit: "Count", is: 1},
		want{namespace: "AWS/Events", name: "PutEventsEntriesCount", unit: "Count", is: 2},
		want{namespace: "AWS/Scheduler", name: "InvocationAttemptCount", dimensions: "ScheduleGroup=default", unit: "Count", is: 1},
		want{namespace: "AWS/EventBridge/Pipes", name: "EventCount", dimensions: "PipeName=pipe", unit: "None", is: 1},
		want{namespace: "AWS/EventBridge/Pipes", name: "Duration", dimensions: "PipeName=pipe", unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 1},
	)
}

func TestExecutionsPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	define := func(name, definition string, kind sfntypes.StateMachineType) string {
		return *must[*sfn.CreateStateMachineOutput](t)(b.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
			Name: &name, RoleArn: new(role), Definition: &definition, Type: kind,
		})).StateMachineArn
	}
	good := define("good", `{"StartAt":"a","States":{"a":{"Type":"Succeed"}}}`, sfntypes.StateMachineTypeStandard)
	bad := define("bad", `{"StartAt":"a","States":{"a":{"Type":"Fail"}}}`, sfntypes.StateMachineTypeExpress)
	must[*sfn.StartExecutionOutput](t)(b.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &good}))
	must[*sfn.StartSyncExecutionOutput](t)(b.SFN().StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &bad}))
	const ns = "AWS/States"
	b.expect(
		want{namespace: ns, name: "ExecutionsStarted", dimensions: "StateMachineArn=" + good, unit: "Count", is: 1},
		want{namespace: ns, name: "ExecutionsSucceeded", dimensions: "StateMachineArn=" + good, unit: "Count", is: 1},
		want{namespace: ns, name: "ExecutionTime", dimensions: "StateMachineArn=" + good, unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 1},
		want{namespace: ns, name: "ExecutionsFailed", dimensions: "StateMachineArn=" + good, unit: "Count", is: 0},
		want{namespace: ns, name: "ExecutionsFailed", dimensions: "StateMachineArn=" + bad, unit: "Count", is: 1},
		want{namespace: ns, name: "ExpressExecutionBilledDuration", dimensions: "StateMachineArn=" + bad, unit: "Milliseconds", is: 100},
	)
}

func TestAPIsPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	api := must[*apigatewayv2.CreateApiOutput](t)(b.APIGatewayV2().CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: new("a"), ProtocolType: gwtypes.ProtocolTypeHttp})).ApiId
	must[*apigatewayv2.CreateStageOutput](t)(b.APIGatewayV2().CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
		ApiId: api, StageName: new("$default"), AutoDeploy: new(true), DefaultRouteSettings: &gwtypes.RouteSettings{DetailedMetricsEnabled: new(true)},
	}))
	i := must[*apigatewayv2.CreateIntegrationOutput](t)(b.APIGatewayV2().CreateIntegration(t.Context(), &apigatewayv2.CreateIntegrationInput{
		ApiId: api, IntegrationType: gwtypes.IntegrationTypeHttpProxy, IntegrationMethod: new("GET"), IntegrationUri: new(b.URL() + "/_maru/health"), PayloadFormatVersion: new("1.0"),
	})).IntegrationId
	must[*apigatewayv2.CreateRouteOutput](t)(b.APIGatewayV2().CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: api, RouteKey: new("GET /x/{id}"), Target: new("integrations/" + *i)}))
	for _, path := range []string{"/x/1", "/x/2", "/nothing"} {
		request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL()+front.PathPrefixes()[0]+*api+path, nil))
		response := must[*http.Response](t)(b.HTTP().Do(request))
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	const ns = "AWS/ApiGateway"
	b.expect(
		want{namespace: ns, name: "Count", dimensions: "ApiId=" + *api, unit: "Count", is: 3},
		want{namespace: ns, name: "4xx", dimensions: "ApiId=" + *api + ",Stage=$default", unit: "Count", is: 1},
		want{namespace: ns, name: "5xx", dimensions: "ApiId=" + *api, unit: "Count", is: 0},
		want{namespace: ns, name: "Latency", dimensions: "ApiId=" + *api, unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 3},
		want{namespace: ns, name: "IntegrationLatency", dimensions: "ApiId=" + *api, unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 2},
		want{namespace: ns, name: "Count", dimensions: "ApiId=" + *api + ",Stage=$default,Resource=/x/{id},Method=GET", unit: "Count", is: 2},
	)
}

// broken makes a function that ends before it answers.
func (b *bench) broken(name string) {
	b.t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	h := &zip.FileHeader{Name: "bootstrap"}
	h.SetMode(os.FileMode(0o755))
	f := must[io.Writer](b.t)(w.CreateHeader(h))
	must[int](b.t)(f.Write([]byte("#!/bin/sh\nexit 3\n")))
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	must[*lambda.CreateFunctionOutput](b.t)(b.Lambda().CreateFunction(b.t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Role: new(role), Runtime: lambdatypes.RuntimeProvidedal2023, Handler: new("bootstrap"),
		Code: &lambdatypes.FunctionCode{ZipFile: archive.Bytes()}, Timeout: new(int32(10)),
	}))
}

func TestProvisionedConcurrencyPublishesMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.broken("fn")
	must[*lambda.PublishVersionOutput](t)(b.Lambda().PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: new("fn")}))
	must[*lambda.PutProvisionedConcurrencyConfigOutput](t)(b.Lambda().PutProvisionedConcurrencyConfig(t.Context(), &lambda.PutProvisionedConcurrencyConfigInput{
		FunctionName: new("fn"), Qualifier: new("1"), ProvisionedConcurrentExecutions: new(int32(2)),
	}))
	for _, qualifier := range []string{"1", "$LATEST"} {
		must[*lambda.InvokeOutput](t)(b.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("fn"), Qualifier: &qualifier}))
	}
	const ns, dims = "AWS/Lambda", "FunctionName=fn,Resource=fn:1"
	b.expect(
		want{namespace: ns, name: "ProvisionedConcurrencyInvocations", dimensions: dims, unit: "Count", is: 1},
		want{namespace: ns, name: "ProvisionedConcurrencyInvocations", dimensions: "FunctionName=fn", unit: "Count", is: 1},
		want{namespace: ns, name: "ProvisionedConcurrentExecutions", dimensions: dims, unit: "Count", stat: cwtypes.StatisticMaximum, is: 1},
		want{namespace: ns, name: "ProvisionedConcurrencyUtilization", dimensions: dims, unit: "Count", stat: cwtypes.StatisticMaximum, is: 0.5},
	)
}

// TestAFunctionsErrorsRaiseAnAlarm goes all the way: a function that fails, its
// metric, the alarm on it, the topic that the alarm tells, and the queue that
// has subscribed.
func TestAFunctionsErrorsRaiseAnAlarm(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, arn := b.queue("oncall")
	topic := must[*sns.CreateTopicOutput](t)(b.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("alarms")})).TopicArn
	must[*sns.SubscribeOutput](t)(b.SNS().Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic, Protocol: new("sqs"), Endpoint: &arn}))
	must[*cloudwatch.PutMetricAlarmOutput](t)(b.CloudWatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: new("errors"), Namespace: new("AWS/Lambda"), MetricName: new("Errors"), Dimensions: dimensions("FunctionName=fn"),
		Statistic: cwtypes.StatisticSum, Period: new(int32(60)), EvaluationPeriods: new(int32(1)), Threshold: new(1.0),
		ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanOrEqualToThreshold, AlarmActions: []string{*topic}, TreatMissingData: new("notBreaching"),
	}))
	b.broken("fn")
	for range 2 {
		out := must[*lambda.InvokeOutput](t)(b.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("fn")}))
		if out.FunctionError == nil {
			t.Fatal("the function did not fail")
		}
	}
	must[*lambda.InvokeOutput](t)(b.Lambda().Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("fn"), InvocationType: lambdatypes.InvocationTypeEvent}))
	b.expect(
		want{namespace: "AWS/Lambda", name: "Invocations", dimensions: "FunctionName=fn", unit: "Count", is: 3, atLeast: true},
		want{namespace: "AWS/Lambda", name: "Errors", dimensions: "FunctionName=fn", unit: "Count", is: 3, atLeast: true},
		want{namespace: "AWS/Lambda", name: "Errors", dimensions: "FunctionName=fn,Resource=fn", unit: "Count", is: 3, atLeast: true},
		want{namespace: "AWS/Lambda", name: "Errors", unit: "Count", is: 3, atLeast: true},
		want{namespace: "AWS/Lambda", name: "Throttles", dimensions: "FunctionName=fn", unit: "Count", is: 0},
		want{namespace: "AWS/Lambda", name: "Duration", dimensions: "FunctionName=fn", unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 3, atLeast: true},
		want{namespace: "AWS/Lambda", name: "ConcurrentExecutions", dimensions: "FunctionName=fn", unit: "Count", stat: cwtypes.StatisticMaximum, is: 1, atLeast: true},
		want{namespace: "AWS/Lambda", name: "AsyncEventsReceived", dimensions: "FunctionName=fn", unit: "Count", is: 1},
		want{namespace: "AWS/Lambda", name: "AsyncEventAge", dimensions: "FunctionName=fn", unit: "Milliseconds", stat: cwtypes.StatisticSampleCount, is: 1, atLeast: true},
	)
	b.Advance(time.Minute)
	testenv.Eventually(t, "the alarm's message in the queue", func() bool {
		got := must[*sqs.ReceiveMessageOutput](t)(b.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url}))
		return slices.ContainsFunc(got.Messages, func(m sqstypes.Message) bool {
			return strings.Contains(*m.Body, `\"NewStateValue\":\"ALARM\"`) && strings.Contains(*m.Body, "AWS/Lambda")
		})
	})
}

// TestMetricsAreListedUnderAWSsNames guards against a name that AWS does not
// have.
func TestMetricsAreListedUnderAWSsNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, _ := b.queue("q")
	must[*sqs.SendMessageOutput](t)(b.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: new("x")}))
	b.expect(want{namespace: "AWS/SQS", name: "NumberOfMessagesSent", dimensions: "QueueName=q", unit: "Count", is: 1})
	out := must[*cloudwatch.ListMetricsOutput](t)(b.CloudWatch().ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: new("AWS/SQS")}))
	names := make(map[string]bool)
	for _, m := range out.Metrics {
		names[*m.MetricName] = true
	}
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, []string{"NumberOfMessagesSent", "SentMessageSize"}) {
		t.Errorf("listed %v", got)
	}
}

// TestPrometheusReadsTheSameMetrics scrapes the platform.
func TestPrometheusReadsTheSameMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	url, _ := b.queue("q")
	must[*sqs.SendMessageOutput](t)(b.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: new("x")}))
	request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL()+"/_maru/metrics", nil))
	response := must[*http.Response](t)(b.HTTP().Do(request))
	text := string(must[[]byte](t)(io.ReadAll(response.Body)))
	_ = response.Body.Close()
	for _, line := range []string{
		`aws_sqs_number_of_messages_sent_total{account="000000000000",region="us-east-1",queue_name="q"} 1`,
		"# TYPE go_goroutines gauge", "maru_store_commits_total ",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not among what was read", line)
		}
	}
}

func TestTasksOfExecutionsPublishMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.broken("fn")
	const fn = "arn:aws:lambda:us-east-1:000000000000:function:fn"
	url, _ := b.queue("q")
	definition := fmt.Sprintf(`{"StartAt":"send","States":{
		"send":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":%q,"MessageBody":"x"},"Next":"call"},
		"call":{"Type":"Task","Resource":%q,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"end"}],"Next":"end"},
		"end":{"Type":"Succeed"}}}`, url, fn)
	for _, kind := range []sfntypes.StateMachineType{sfntypes.StateMachineTypeStandard, sfntypes.StateMachineTypeExpress} {
		machine := must[*sfn.CreateStateMachineOutput](t)(b.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
			Name: new(string(kind)), RoleArn: new(role), Definition: &definition, Type: kind,
		})).StateMachineArn
		must[*sfn.StartExecutionOutput](t)(b.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine}))
		b.expect(want{namespace: "AWS/States", name: "ExecutionsSucceeded", dimensions: "StateMachineArn=" + *machine, unit: "Count", is: 1})
	}
	const send = "ServiceIntegrationResourceArn=arn:aws:states:::sqs:sendMessage"
	for name, dimensions := range map[string]string{
		"ServiceIntegrationsScheduled": send, "ServiceIntegrationsStarted": send, "ServiceIntegrationsSucceeded": send,
		"LambdaFunctionsScheduled": "LambdaFunctionArn=" + fn, "LambdaFunctionsStarted": "LambdaFunctionArn=" + fn, "LambdaFunctionsFailed": "LambdaFunctionArn=" + fn,
	} {
		b.expect(want{namespace: "AWS/States", name: name, dimensions: dimensions, unit: "Count", is: 2})
	}
}

func TestMailPublishesMetrics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const me = "me@example.com"
	must[*sesv2.CreateEmailIdentityOutput](t)(b.SESv2().CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: new(me)}))
	must[*sesv2.SendEmailOutput](t)(b.SESv2().SendEmail(t.Context(), &sesv2.SendEmailInput{
		FromEmailAddress: new(me), Destination: &sesv2types.Destination{ToAddresses: []string{me}},
		Content: &sesv2types.EmailContent{Raw: &sesv2types.RawMessage{Data: []byte("From: " + me + "\r\nTo: " + me + "\r\nSubject: x\r\n\r\nx\r\n")}},
	}))
	must[*ses.SendRawEmailOutput](t)(b.SES().SendRawEmail(t.Context(), &ses.SendRawEmailInput{
		RawMessage: &sestypes.RawMessage{Data: []byte("From: " + me + "\r\nTo: " + me + "\r\nSubject: y\r\n\r\ny\r\n")},
	}))
	b.expect(want{namespace: "AWS/SES", name: "Send", unit: "Count", is: 2}, want{namespace: "AWS/SES", name: "Delivery", unit: "Count", is: 2})
}
