package crash_test

import (
	"archive/zip"
	"bytes"
	"context"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// forward is a function that sends what it gets to another queue.
const forward = `
import json, os, urllib.request
def handler(event, context):
    for r in event["Records"]:
        body = json.dumps({"QueueUrl": os.environ["NEXT"], "MessageBody": r["body"]}).encode()
        urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/", body, {
            "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x" % os.environ["AWS_ACCESS_KEY_ID"],
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})).read()
`

// mapped: what was sent to a queue gets through the function that its event
// source mapping calls.
type mapped struct {
	env      *testenv.Proc
	from, to string
	ledger
}

// runnable tells whether there is what the function needs.
func runnable() bool {
	_, err := exec.LookPath("python3")
	return err == nil
}

func (w *mapped) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	// What a killed function had is there again after as long as it may run.
	w.from = createQueue(t, w.env, "mapped-from", map[string]string{"VisibilityTimeout": "5"})
	w.to = createQueue(t, w.env, "mapped-to", nil)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	file, err := z.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(forward)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.env.Lambda().CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("forward"), Runtime: types.RuntimePython311, Handler: aws.String("app.handler"), Role: aws.String("arn:aws:iam::000000000000:role/r"),
		Code: &types.FunctionCode{ZipFile: b.Bytes()}, Timeout: aws.Int32(5), Environment: &types.Environment{Variables: map[string]string{"NEXT": w.to}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.env.Lambda().CreateEventSourceMapping(t.Context(), &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String("forward"), EventSourceArn: aws.String("arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":mapped-from"),
	}); err != nil {
		t.Fatal(err)
	}
}

// client sends, no faster than the function takes.
func (w *mapped) client(ctx context.Context, number int, _ *rand.Rand) {
	for ctx.Err() == nil {
		name := w.name(number)
		if _, err := w.env.SQS().SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &w.from, MessageBody: &name}); err != nil {
			return
		}
		w.ack(name)
		<-clock.System{}.NewTimer(20 * time.Millisecond).C()
	}
}

// check waits for what the kill has cut off. A message may come twice: it was
// sent on, and the function was killed before it had said so.
func (w *mapped) check(t *testing.T) {
	found := make(map[string]int)
	testenv.Eventually(t, "every acknowledged message has gone through the function", func() bool {
		for _, b := range drain(t, w.env, w.to) {
			found[b]++
		}
		return w.reached(found)
	})
	w.compare(t, found)
	w.forget()
}
