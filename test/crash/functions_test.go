package crash_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// program is what the functions behind mappings run: forward sends what comes from
// a queue to the queue NEXT, tell what comes from a stream, in the order of each
// item's changes.
const program = `
import json, os, urllib.request, uuid

def send(message):
    body = json.dumps({"QueueUrl": os.environ["NEXT"], **message}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/", body, {
        "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x" % os.environ["AWS_ACCESS_KEY_ID"],
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})).read()

def forward(event, context):
    for r in event["Records"]:
        send({"MessageBody": r["body"]})

def tell(event, context):
    for r in event["Records"]:
        item = r["dynamodb"]["NewImage"]
        id = item["id"]["S"]
        send({"MessageBody": id + " " + item["version"]["N"], "MessageGroupId": id, "MessageDeduplicationId": str(uuid.uuid4())})
`

// runnable tells whether there is what a program needs.
func runnable(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// mapFunction makes a function of one of program's handlers, which sends to the
// queue next, and the event source mapping that calls it.
func mapFunction(t *testing.T, env *testenv.Proc, handler, next string, mapping *lambda.CreateEventSourceMappingInput) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	file, err := z.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(program)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := env.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &handler, Runtime: types.RuntimePython311, Handler: aws.String("app." + handler), Role: aws.String("arn:aws:iam::000000000000:role/r"),
		Code: &types.FunctionCode{ZipFile: b.Bytes()}, Timeout: aws.Int32(5), Environment: &types.Environment{Variables: map[string]string{"NEXT": next}},
	}); err != nil {
		t.Fatal(err)
	}
	mapping.FunctionName = &handler
	if _, err := env.Lambda().CreateEventSourceMapping(t.Context(), mapping); err != nil {
		t.Fatal(err)
	}
}

// explain tells, of a check that failed, how a function's mapping is and what the
// function said last.
func explain(t *testing.T, env *testenv.Proc, function string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	mappings, err := env.Lambda().ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &function})
	if err != nil {
		t.Logf("mappings of %s: %v", function, err)
		return
	}
	for _, m := range mappings.EventSourceMappings {
		t.Logf("the mapping of %s: %s, %s", function, *m.State, *m.LastProcessingResult)
	}
	group := aws.String("/aws/lambda/" + function)
	streams, err := env.Logs().DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: group, OrderBy: logtypes.OrderByLastEventTime, Descending: aws.Bool(true), Limit: aws.Int32(3),
	})
	if err != nil {
		t.Logf("log of %s: %v", function, err)
		return
	}
	for _, s := range streams.LogStreams {
		said, err := env.Logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: s.LogStreamName, Limit: aws.Int32(20)})
		if err != nil {
			t.Logf("log of %s: %v", function, err)
			return
		}
		for _, e := range said.Events {
			t.Logf("%s: %s", *s.LogStreamName, *e.Message)
		}
	}
}
