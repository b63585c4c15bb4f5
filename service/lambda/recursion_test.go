package lambda_test

import (
	"strings"
	"testing"
	"time"

	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"
	sdksqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sns"
)

// loop is a Python function that calls what leads back to it, by VIA, without end:
// its client sends the trace header or does not, as a SDK or a plain one would.
const loop = `
import json, os, urllib.error, urllib.parse, urllib.request

def request(service, path, body, method="POST", kind="application/x-www-form-urlencoded", more={}):
    headers = dict(more, **{
        "Authorization": "AWS4-HMAC-SHA256 Credential=" + os.environ["AWS_ACCESS_KEY_ID"] + "/20260101/us-east-1/" + service + "/aws4_request, SignedHeaders=host, Signature=x",
        "X-Amz-Security-Token": os.environ.get("AWS_SESSION_TOKEN", ""), "Content-Type": kind})
    if os.environ.get("HEADER") == "sent":
        headers["X-Amzn-Trace-Id"] = os.environ["_X_AMZN_TRACE_ID"]
    if os.environ.get("HEADER") == "own":
        headers["X-Amzn-Trace-Id"] = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"
    req = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + path, body, headers, method=method)
    try:
        return urllib.request.urlopen(req).read().decode()
    except urllib.error.HTTPError as e:
        return e.headers.get("X-Amzn-Errortype", "") + " " + e.read().decode()

def form(**members):
    return urllib.parse.urlencode(members).encode()

def handler(event, context):
    print("RAN")
    via, path = os.environ["VIA"], "/2015-03-31/functions/" + context.function_name + "/invocations"
    if via == "Invoke":
        answer = request("lambda", path, b"{}")
        return json.loads(answer) if answer.startswith("\"") else answer
    if via == "Event":
        request("lambda", path, b'{"again":1}', more={"X-Amz-Invocation-Type": "Event"})
    if via == "SQS":
        request("sqs", "/", form(Action="SendMessage", Version="2012-11-05", QueueUrl=os.environ["TO"], MessageBody="again"))
    if via == "SNS":
        request("sns", "/", form(Action="Publish", Version="2010-03-31", TopicArn=os.environ["TO"], Message="again"))
    if via == "S3":
        request("s3", "/" + os.environ["TO"] + "/in", b"again", "PUT", "text/plain")
`

// looping makes the function "fn" that goes on by way of a service.
func looping(t *testing.T, env *testenv.Env, header, via, to string, change ...func(*sdk.CreateFunctionInput)) {
	t.Helper()
	create(t, env, "fn", append([]func(*sdk.CreateFunctionInput){python(t, loop), func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"HEADER": header, "VIA": via, "TO": to}}
		in.Timeout = new(int32(900)) // on a busy host the 16 of a chain take their time
	}}, change...)...)
}

// runs is how often the function has run.
func runs(t *testing.T, env *testenv.Env) int {
	t.Helper()
	return strings.Count(logText(t, env, "fn"), "RAN")
}

// loopEnv is a server with what loops go through.
func loopEnv(t *testing.T, traces platform.Traces) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Traces: traces}, append(registrations(), sns.Registration(), s3.Registration(), cloudwatch.Registration())...)
}

// wantDropped waits until CloudWatch counts so many runs that were not, since
// they would have gone on a loop.
func wantDropped(t *testing.T, env *testenv.Env, want float64) {
	t.Helper()
	eventually(t, "dropped runs are counted", func() bool {
		env.Advance(10 * time.Second) // metrics are stored by and by
		out, err := env.CloudWatch().GetMetricStatistics(t.Context(), &sdkcloudwatch.GetMetricStatisticsInput{
			Namespace: new("AWS/Lambda"), MetricName: new("RecursiveInvocationsDropped"), Unit: cloudwatchtypes.StandardUnitCount,
			Dimensions: []cloudwatchtypes.Dimension{{Name: new("FunctionName"), Value: new("fn")}}, Period: new(int32(3600)),
			Statistics: []cloudwatchtypes.Statistic{cloudwatchtypes.StatisticSum}, StartTime: new(env.Now().Add(-24 * time.Hour)), EndTime: new(env.Now().Add(time.Hour)),
		})
		sum := 0.0
		if err == nil {
			for _, p := range out.Datapoints {
				sum += *p.Sum
			}
		}
		return sum == want
	})
}

func TestAFunctionThatInvokesItselfIsStopped(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		traces platform.Traces
		header string
	}{
		"header sent":          {platform.AllTraces, "sent"},
		"no header":            {platform.AllTraces, ""},
		"a header of its own":  {platform.AllTraces, "own"},
		"no header, no traces": {platform.NoTraces, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && tt.header != "sent" {
				t.Skip("starts a process for each of 32 runs")
			}
			env := loopEnv(t, tt.traces)
			looping(t, env, tt.header, "Invoke", "")
			out := invoke(t, env, "fn", "{}")
			if !strings.Contains(string(out.Payload), "RecursiveInvocationException") {
				t.Errorf("answered %s", out.Payload)
			}
			eventually(t, "16 runs are logged", func() bool { return runs(t, env) == 16 })
			// Another chain begins anew.
			if out := invoke(t, env, "fn", "{}"); !strings.Contains(string(out.Payload), "RecursiveInvocationException") {
				t.Errorf("answered %s", out.Payload)
			}
			eventually(t, "32 runs are logged", func() bool { return runs(t, env) == 32 })
			wantDropped(t, env, 2)
		})
	}
}

func TestEventsOfALoopEndAsDeadLetters(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		via    string
		traces platform.Traces
	}{
		"Lambda":            {"Event", platform.AllTraces},
		"Lambda, no traces": {"Event", platform.NoTraces},
		"SNS":               {"SNS", platform.AllTraces},
		"S3":                {"S3", platform.NoTraces},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && tt.via != "SNS" {
				t.Skip("starts a process for each of 16 runs")
			}
			env := loopEnv(t, tt.traces)
			ctx, fn := t.Context(), "arn:aws:lambda:us-east-1:000000000000:function:fn"
			dead, deadARN := newQueue(t, env, "dead", nil)
			failed, failedARN := newQueue(t, env, "failed", nil)
			to := map[string]string{"SNS": "arn:aws:sns:us-east-1:000000000000:t", "S3": "loop"}[tt.via]
			looping(t, env, "", tt.via, to, func(in *sdk.CreateFunctionInput) {
				in.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &deadARN}
			})
			if _, err := env.Lambda().PutFunctionEventInvokeConfig(ctx, &sdk.PutFunctionEventInvokeConfigInput{
				FunctionName: new("fn"), DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &failedARN}},
			}); err != nil {
				t.Fatal(err)
			}
			switch tt.via {
			case "SNS":
				if _, err := env.SNS().CreateTopic(ctx, &sdksns.CreateTopicInput{Name: new("t")}); err != nil {
					t.Fatal(err)
				}
				if _, err := env.SNS().Subscribe(ctx, &sdksns.SubscribeInput{TopicArn: &to, Protocol: new("lambda"), Endpoint: &fn}); err != nil {
					t.Fatal(err)
				}
			case "S3":
				bucket(t, env, fn)
			}
			if out := invoke(t, env, "fn", `{"first":1}`); out.FunctionError != nil {
				t.Fatalf("failed with %s", out.Payload)
			}
			if letter := receive(t, env, dead); !strings.Contains(letter, "again") && !strings.Contains(letter, "Records") {
				t.Errorf("dead letter %s", letter)
			}
			if record := receive(t, env, failed); !strings.Contains(record, `"requestPayload"`) {
				t.Errorf("record %s", record)
			}
			eventually(t, "16 runs are logged", func() bool { return runs(t, env) == 16 })
		})
	}
}

// bucket makes the bucket "loop" that tells a function of its objects.
func bucket(t *testing.T, env *testenv.Env, fn string) {
	t.Helper()
	if _, err := env.S3().CreateBucket(t.Context(), &sdks3.CreateBucketInput{Bucket: new("loop")}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.S3().PutBucketNotificationConfiguration(t.Context(), &sdks3.PutBucketNotificationConfigurationInput{
		Bucket: new("loop"), NotificationConfiguration: &s3types.NotificationConfiguration{
			LambdaFunctionConfigurations: []s3types.LambdaFunctionConfiguration{{
				LambdaFunctionArn: &fn, Events: []s3types.Event{s3types.EventS3ObjectCreated},
			}},
		},
	}); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesOfALoopGoToTheirQueuesDeadLetters(t *testing.T) {
	t.Parallel()
	for _, traces := range []platform.Traces{platform.AllTraces, platform.NoTraces} {
		t.Run(string(traces), func(t *testing.T) {
			env := loopEnv(t, traces)
			dead, deadARN := newQueue(t, env, "dead", nil)
			url, arn := newQueue(t, env, "q", map[string]string{
				"VisibilityTimeout": "900", "RedrivePolicy": `{"maxReceiveCount":1,"deadLetterTargetArn":"` + deadARN + `"}`,
			})
			looping(t, env, "", "SQS", url)
			mapSource(t, env, &sdk.CreateEventSourceMappingInput{EventSourceArn: &arn, BatchSize: new(int32(1))})
			if _, err := env.SQS().SendMessage(t.Context(), &sdksqs.SendMessageInput{QueueUrl: &url, MessageBody: new("first")}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "16 runs are logged", func() bool { return runs(t, env) == 16 })
			eventually(t, "the message is given up", func() bool {
				env.Advance(901 * time.Second)
				out, err := env.SQS().ReceiveMessage(t.Context(), &sdksqs.ReceiveMessageInput{QueueUrl: &dead, WaitTimeSeconds: 2})
				return err == nil && len(out.Messages) == 1 && *out.Messages[0].Body == "again"
			})
			if n := runs(t, env); n != 16 {
				t.Errorf("%d runs", n)
			}
			wantDropped(t, env, 1)
		})
	}
}

func TestAFunctionMayBeAllowedToLoop(t *testing.T) {
	t.Parallel()
	env := loopEnv(t, platform.AllTraces)
	_, deadARN := newQueue(t, env, "dead", nil)
	looping(t, env, "sent", "Event", "", func(in *sdk.CreateFunctionInput) { in.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &deadARN} })
	set := func(to types.RecursiveLoop) {
		t.Helper()
		if _, err := env.Lambda().PutFunctionRecursionConfig(t.Context(), &sdk.PutFunctionRecursionConfigInput{FunctionName: new("fn"), RecursiveLoop: to}); err != nil {
			t.Fatal(err)
		}
	}
	set(types.RecursiveLoopAllow)
	invoke(t, env, "fn", "{}")
	eventually(t, "it runs on", func() bool { return runs(t, env) > 20 })
	set(types.RecursiveLoopTerminate)
	url := env.URL() + "/000000000000/dead"
	receive(t, env, url) // and then it ends
}
