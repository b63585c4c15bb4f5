package awsrequest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsddb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awsevents "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	awssfn "github.com/aws/aws-sdk-go-v2/service/sfn"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/edge"
	"maru.dev/maru/gateway/rest/awsrequest"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/states"
)

const role = "arn:aws:iam::" + testenv.Account + ":role/api"

// world is a server with the services that integrations ask most, and a sender of a
// data plane on it.
type world struct {
	*testenv.Env

	sender awsrequest.Sender
}

// newWorld starts a server.
func newWorld(t *testing.T, mode platform.Mode) *world {
	t.Helper()
	inside := &edge.Inside{}
	e := testenv.NewWith(t, testenv.Options{Mode: mode, Mounts: func(service.Deps, func(string) any) []edge.Mount {
		return []edge.Mount{{Path: "/plane/", Handler: http.NotFoundHandler(), Inside: inside}}
	}}, sqs.Registration(), service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodb.New(d) }}, sns.Registration(), states.Registration(), events.Registration(), s3.Registration())
	return &world{Env: e, sender: awsrequest.Sender{Door: inside, Caller: e.Caller()}}
}

// send has a mapped request answered.
func (w *world) send(t *testing.T, uri string, r awsrequest.Request) *awsrequest.Response {
	t.Helper()
	target, err := awsrequest.Parse("arn:aws:apigateway:us-east-1:" + uri)
	if err != nil {
		t.Fatal(err)
	}
	r.Target, r.Account, r.Role = target, testenv.Account, role
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if r.Header == nil {
		r.Header = http.Header{"Content-Type": {"application/json"}}
	}
	out, err := w.sender.Send(call.With(context.Background(), call.Info{Endpoint: w.URL()}), &r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// form is the header of a form.
func form() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// must returns a value unless there is an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Queues take messages by their path, as a form, in the query, and in JSON.
func TestQueueTakesMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	url := *must(w.SQS().CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String("q")})).QueueUrl
	path := "sqs:path/" + testenv.Account + "/q"

	out := w.send(t, path, awsrequest.Request{Header: form(), Body: []byte("Action=SendMessage&MessageBody=one")})
	var sent struct {
		SendMessageResponse struct {
			SendMessageResult struct {
				MessageID, MD5OfMessageBody string
				SequenceNumber              *string
			}
			ResponseMetadata struct{ RequestID string }
		}
	}
	err := json.Unmarshal(out.Body, &sent)
	if r := sent.SendMessageResponse; err != nil || out.Status != 200 || r.SendMessageResult.MessageID == "" || r.ResponseMetadata.RequestID == "" {
		t.Errorf("%d %s: %v", out.Status, out.Body, err)
	}
	out = w.send(t, path, awsrequest.Request{Query: map[string][]string{"Action": {"SendMessage"}, "MessageBody": {"two"}}})
	if out.Status != 200 {
		t.Errorf("in the query: %d %s", out.Status, out.Body)
	}
	out = w.send(t, "sqs:action/SendMessage", awsrequest.Request{Query: map[string][]string{"QueueUrl": {url}, "MessageBody": {"three"}}})
	if out.Status != 200 {
		t.Errorf("by its action: %d %s", out.Status, out.Body)
	}
	out = w.send(t, "sqs:path/", awsrequest.Request{
		Header: http.Header{"X-Amz-Target": {"AmazonSQS.SendMessage"}, "Content-Type": {"application/x-amz-json-1.0"}},
		Body:   []byte(`{"QueueUrl":"` + url + `","MessageBody":"four"}`),
	})
	if out.Status != 200 || !strings.Contains(string(out.Body), `"MessageId"`) {
		t.Errorf("in JSON: %d %s", out.Status, out.Body)
	}
	got := map[string]bool{}
	for range 4 {
		for _, m := range must(w.SQS().ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})).Messages {
			got[*m.Body] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"one": true, "two": true, "three": true, "four": true}, got); diff != "" {
		t.Error(diff)
	}
}

// Query services answer in JSON, lists and maps as what they are, faults, too; and in
// XML to who asks for that.
func TestQueryServicesAnswerInJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	url := *must(w.SQS().CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String("q")})).QueueUrl
	must(w.SQS().SendMessage(t.Context(), &awssqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("a < b")}))
	path := "sqs:path/" + testenv.Account + "/q"
	out := w.send(t, path, awsrequest.Request{Header: form(), Body: []byte("Action=ReceiveMessage&AttributeName.1=ApproximateReceiveCount&VisibilityTimeout=0")})
	var got struct {
		ReceiveMessageResponse struct {
			ReceiveMessageResult struct {
				Messages []struct {
					Body       string
					Attributes map[string]string
				} `json:"messages"`
			}
		}
	}
	if err := json.Unmarshal(out.Body, &got); err != nil {
		t.Fatalf("%s: %v", out.Body, err)
	}
	messages := got.ReceiveMessageResponse.ReceiveMessageResult.Messages
	if len(messages) != 1 || messages[0].Body != "a < b" || messages[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("%s", out.Body)
	}
	out = w.send(t, "sqs:path/"+testenv.Account+"/none", awsrequest.Request{Header: form(), Body: []byte("Action=SendMessage&MessageBody=x")})
	if out.Status != 400 || !strings.HasPrefix(string(out.Body), `{"Error":{"Type":"Sender","Code":"AWS.SimpleQueueService.NonExistentQueue"`) {
		t.Errorf("%d %s", out.Status, out.Body)
	}
	header := form()
	header.Set("Accept", "application/xml")
	out = w.send(t, path, awsrequest.Request{Header: header, Body: []byte("Action=GetQueueAttributes&AttributeName.1=All")})
	if !strings.Contains(string(out.Body), "<GetQueueAttributesResult>") {
		t.Errorf("%s", out.Body)
	}
}

// Tables are asked in their own JSON, and refuse in it.
func TestTableIsAskedByAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	must(w.DynamoDB().CreateTable(t.Context(), &awsddb.CreateTableInput{
		TableName: aws.String("pets"), BillingMode: ddbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []ddbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddbtypes.ScalarAttributeTypeS}},
		KeySchema:            []ddbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddbtypes.KeyTypeHash}},
	}))
	if out := w.send(t, "dynamodb:action/PutItem", awsrequest.Request{Body: []byte(`{"TableName":"pets","Item":{"id":{"S":"1"},"name":{"S":"Rex"}}}`)}); out.Status != 200 {
		t.Fatalf("%d %s", out.Status, out.Body)
	}
	out := w.send(t, "dynamodb:action/GetItem", awsrequest.Request{Body: []byte(`{"TableName":"pets","Key":{"id":{"S":"1"}}}`)})
	if want := `{"Item":{"id":{"S":"1"},"name":{"S":"Rex"}}}`; !sameJSON(t, out.Body, want) {
		t.Errorf("%d %s", out.Status, out.Body)
	}
	out = w.send(t, "dynamodb:action/GetItem", awsrequest.Request{Body: []byte(`{"TableName":"none","Key":{"id":{"S":"1"}}}`)})
	if out.Status != 400 || !strings.Contains(string(out.Body), "ResourceNotFoundException") {
		t.Errorf("%d %s", out.Status, out.Body)
	}
}

// sameJSON compares documents whatever the order of their members.
func sameJSON(t *testing.T, got []byte, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		return false
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	return cmp.Equal(a, b)
}

// A state machine is started, a topic published to, a bus given events.
func TestWorkflowTopicAndBus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	machine := *must(w.SFN().CreateStateMachine(t.Context(), &awssfn.CreateStateMachineInput{
		Name: aws.String("m"), RoleArn: aws.String(role), Definition: aws.String(`{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`),
	})).StateMachineArn
	out := w.send(t, "states:action/StartExecution", awsrequest.Request{Body: []byte(`{"stateMachineArn":"` + machine + `","input":"{}","name":"e1"}`)})
	if out.Status != 200 || !strings.Contains(string(out.Body), ":execution:m:e1") {
		t.Errorf("%d %s", out.Status, out.Body)
	}
	must(w.SFN().DescribeExecution(t.Context(), &awssfn.DescribeExecutionInput{
		ExecutionArn: aws.String(strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":e1"),
	}))

	topic := *must(w.SNS().CreateTopic(t.Context(), &awssns.CreateTopicInput{Name: aws.String("t")})).TopicArn
	out = w.send(t, "sns:action/Publish", awsrequest.Request{Query: map[string][]string{"TopicArn": {topic}, "Message": {"hi"}}})
	if out.Status != 200 || !strings.Contains(string(out.Body), `"PublishResult":{"MessageId":"`) {
		t.Errorf("%d %s", out.Status, out.Body)
	}
	out = w.send(t, "sns:path//", awsrequest.Request{Header: form(), Body: []byte("Action=Publish&Version=2010-03-31&Message=hi&TopicArn=" + topic)})
	if out.Status != 200 || !strings.Contains(string(out.Body), `"PublishResult":{"MessageId":"`) {
		t.Errorf("%d %s", out.Status, out.Body)
	}

	must(w.EventBridge().CreateEventBus(t.Context(), &awsevents.CreateEventBusInput{Name: aws.String("bus")}))
	out = w.send(t, "events:action/PutEvents", awsrequest.Request{Body: []byte(`{"Entries":[{"Source":"api","DetailType":"d","Detail":"{}","EventBusName":"bus"}]}`)})
	if out.Status != 200 || !strings.Contains(string(out.Body), `"FailedEntryCount":0`) {
		t.Errorf("%d %s", out.Status, out.Body)
	}
}

// Objects are written and read by their path, and by the bucket's own host.
func TestObjectsByPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	must(w.S3().CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("photos")}))
	path := map[string]string{"bucket": "photos", "key": "a b/c+d.txt"}
	out := w.send(t, "s3:path/{bucket}/{key}", awsrequest.Request{
		Method: http.MethodPut, Path: path, Header: http.Header{"Content-Type": {"text/plain"}, "X-Amz-Meta-By": {"me"}, "Authorization": {"Bearer x"}}, Body: []byte("hello"),
	})
	if out.Status != 200 || out.Header.Get("Etag") == "" {
		t.Fatalf("%d %s", out.Status, out.Body)
	}
	head := must(w.S3().HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("photos"), Key: aws.String("a b/c+d.txt")}))
	if *head.ContentType != "text/plain" || head.Metadata["by"] != "me" {
		t.Errorf("%+v", head)
	}
	for _, uri := range []string{"s3:path/{bucket}/{key}", "photos.s3:path/{key}"} {
		out = w.send(t, uri, awsrequest.Request{Method: http.MethodGet, Path: path})
		if out.Status != 200 || string(out.Body) != "hello" || out.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: %d %s %v", uri, out.Status, out.Body, out.Header)
		}
	}
	out = w.send(t, "s3:path/photos?list-type=2", awsrequest.Request{Method: http.MethodGet})
	if out.Status != 200 || !strings.Contains(string(out.Body), "<Key>a b/c+d.txt</Key>") {
		t.Errorf("%d %s", out.Status, out.Body)
	}
	if out = w.send(t, "s3:path/photos/none", awsrequest.Request{Method: http.MethodGet}); out.Status != 404 || !strings.Contains(string(out.Body), "NoSuchKey") {
		t.Errorf("%d %s", out.Status, out.Body)
	}
}

// What is not served, and what a service does not have, is refused by an answer.
func TestUnknownServiceAndAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Developer)
	for uri, want := range map[string]int{"kinesis:action/PutRecord": 501, "dynamodb:action/Nope": 400, "sqs:action/Nope": 400} {
		if out := w.send(t, uri, awsrequest.Request{Body: []byte(`{}`)}); out.Status != want {
			t.Errorf("%s: %d %s", uri, out.Status, out.Body)
		}
	}
}

// A request is made in the integration's role, which has what its policies allow:
// where these are enforced, nothing yet.
func TestRequestIsMadeInTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, platform.Enforcing)
	out := w.send(t, "dynamodb:action/ListTables", awsrequest.Request{Body: []byte(`{}`)})
	if out.Status != 403 && out.Status != 400 || !strings.Contains(string(out.Body), "assumed-role/api/BackplaneAssumeRoleSession") {
		t.Errorf("%d %s", out.Status, out.Body)
	}
}

// URIs are read, and those that lead nowhere refused.
func TestParse(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]awsrequest.Target{
		"arn:aws:apigateway:us-east-1:sqs:path/1/q":                  {Region: "us-east-1", Service: "sqs", Path: "/1/q"},
		"arn:aws:apigateway:us-east-1:dynamodb:action/PutItem":       {Region: "us-east-1", Service: "dynamodb", Action: "PutItem", Path: "/"},
		"arn:aws:apigateway:us-east-1:sns:action/Publish&Subject=a":  {Region: "us-east-1", Service: "sns", Action: "Publish", Query: "Subject=a", Path: "/"},
		"arn:aws:apigateway:us-east-1:b.s3:path/{k}?versions&x=%20y": {Region: "us-east-1", Service: "s3", Subdomain: "b", Query: "versions&x=%20y", Path: "/{k}"},
		"arn:aws:apigateway:us-east-1:sns:path//":                    {Region: "us-east-1", Service: "sns", Path: "/"},
	} {
		got, err := awsrequest.Parse(uri)
		if err != nil {
			t.Errorf("%s: %v", uri, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}
	for _, uri := range []string{"", "http://x", "arn:aws:lambda:us-east-1:1:function:f", "arn:aws:apigateway:us-east-1:sqs:x/y", "arn:aws:apigateway:us-east-1:sqs:action/", "arn:aws:apigateway::sqs:path/", "arn:aws:apigateway:us-east-1:b.:path/"} {
		if got, err := awsrequest.Parse(uri); err == nil {
			t.Errorf("%q is %+v", uri, got)
		}
	}
}

// No URI makes the parser panic.
func FuzzParse(f *testing.F) {
	f.Add("arn:aws:apigateway:us-east-1:b.s3:path/{k}?versions")
	f.Add("arn:aws:apigateway:us-east-1:sns:action/Publish&Subject=a")
	f.Fuzz(func(t *testing.T, uri string) {
		if got, err := awsrequest.Parse(uri); err == nil && (got.Service == "" || got.Path == "") {
			t.Errorf("%q is %+v", uri, got)
		}
	})
}
