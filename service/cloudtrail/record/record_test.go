package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	dynamodb "maru.dev/maru/api/dynamodb"
	events "maru.dev/maru/api/events"
	lambda "maru.dev/maru/api/lambda"
	s3 "maru.dev/maru/api/s3"
	sns "maru.dev/maru/api/sns"
	sqs "maru.dev/maru/api/sqs"
	states "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// of is what the door tells of a call of an operation.
func of(t testing.TB, model *wire.Service, operation string, in, out any) *call.Record {
	t.Helper()
	for i := range model.Operations {
		if op := &model.Operations[i]; op.Name == operation {
			return &call.Record{Model: model, Operation: op, In: in, Out: out, Info: call.Info{
				Account: "000000000000", Region: "us-east-1", RequestID: "846a10b7-dc3f-456f-aef1-dac53a1a71be", SourceIP: "127.0.0.1", UserAgent: "test",
				Principal: call.Principal{Kind: call.Root, Account: "000000000000", ARN: "arn:aws:iam::000000000000:root", UserID: "000000000000"},
			}}
		}
	}
	t.Fatalf("no operation %s", operation)
	return nil
}

// build writes a call's record and reads it as JSON.
func build(t testing.TB, r *call.Record) map[string]any {
	t.Helper()
	c := new(Classes).Of(r.Model, r.Operation)
	var resources []Resource
	if c.Data != "" {
		resources = c.DataResources(&r.Info, r.In)
	}
	e := Build(r, c, "id", time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), resources)
	var out map[string]any
	if err := json.Unmarshal(e.JSON, &out); err != nil {
		t.Fatalf("%v in %s", err, e.JSON)
	}
	return out
}

func TestParametersAreWritten(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		record *call.Record
		name   string
		in     string
		out    string
	}{
		"a function": {
			of(t, lambda.Model, "CreateFunction", &lambda.CreateFunctionInput{
				FunctionName: "f", Role: "r", Code: &lambda.FunctionCode{ZipFile: []byte("zip")}, Timeout: new(int32(3)),
				Environment: &lambda.Environment{Variables: map[string]string{"KEY": "secret"}},
			}, &lambda.CreateFunctionOutput{FunctionName: new("f"), CodeSize: new(int64(7))}), "CreateFunction20150331",
			`{"functionName":"f","role":"r","code":{},"timeout":3,"environment":{"variables":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`,
			`{"functionName":"f","codeSize":7}`,
		},
		"an invocation": {
			of(t, lambda.Model, "Invoke", &lambda.InvokeInput{FunctionName: "f", Payload: []byte("{}")}, &lambda.InvokeOutput{Payload: []byte("{}"), ExecutedVersion: new("$LATEST")}),
			"Invoke", `{"functionName":"f"}`, `null`,
		},
		"a message": {
			of(t, sqs.Model, "SendMessage", &sqs.SendMessageInput{QueueUrl: "u", MessageBody: "secret"}, &sqs.SendMessageOutput{MessageId: new("m")}),
			"SendMessage", `{"queueUrl":"u","messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `{"messageId":"m"}`,
		},
		"a batch": {
			of(t, sqs.Model, "SendMessageBatch", &sqs.SendMessageBatchInput{QueueUrl: "u", Entries: []sqs.SendMessageBatchRequestEntry{{Id: "1", MessageBody: "secret"}}}, nil),
			"SendMessageBatch", `{"queueUrl":"u","entries":[{"id":"1","messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}`, `null`,
		},
		"an item": {
			of(t, dynamodb.Model, "PutItem", &dynamodb.PutItemInput{TableName: "t", Item: map[string]dynamodb.AttributeValue{"id": {S: new("secret")}, "n": {N: new("1")}}}, nil),
			"PutItem", `{"tableName":"t","item":["id","n"]}`, `null`,
		},
		"a key": {
			of(t, dynamodb.Model, "GetItem", &dynamodb.GetItemInput{TableName: "t", Key: map[string]dynamodb.AttributeValue{"id": {S: new("a")}, "n": {N: new("1")}}}, nil),
			"GetItem", `{"tableName":"t","key":{"id":"a","n":"1"}}`, `null`,
		},
		"an execution": {
			of(t, states.Model, "StartExecution", &states.StartExecutionInput{StateMachineArn: "a", Input: new("secret")}, &states.StartExecutionOutput{ExecutionArn: "e", StartDate: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)}),
			"StartExecution", `{"stateMachineArn":"a","input":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `{"executionArn":"e","startDate":"Jan 2, 2026, 3:04:05 PM"}`,
		},
		"a credential among attributes": {
			of(t, sns.Model, "CreatePlatformApplication", &sns.CreatePlatformApplicationInput{Name: "n", Platform: "GCM", Attributes: map[string]string{"PlatformCredential": "secret", "SuccessFeedbackSampleRate": "5"}}, nil),
			"CreatePlatformApplication",
			`{"name":"n","platform":"GCM","attributes":{"PlatformCredential":"HIDDEN_DUE_TO_SECURITY_REASONS","SuccessFeedbackSampleRate":"5"}}`, `null`,
		},
		"an object": {
			of(t, s3.Model, "PutObject", &s3.PutObjectInput{Bucket: "b", Key: "k", Body: strings.NewReader("secret"), ACL: new("private"), Metadata: map[string]string{"a": "b"}}, &s3.PutObjectOutput{ServerSideEncryption: new("AES256")}),
			"PutObject", `{"bucketName":"b","key":"k","x-amz-acl":"private"}`, `{"x-amz-server-side-encryption":"AES256"}`,
		},
		"a payload of S3": {
			of(t, s3.Model, "PutPublicAccessBlock", &s3.PutPublicAccessBlockInput{Bucket: "b", PublicAccessBlockConfiguration: &s3.PublicAccessBlockConfiguration{BlockPublicAcls: new(true)}}, nil),
			"PutBucketPublicAccessBlock", `{"bucketName":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":true}}`, `null`,
		},
		"events": {
			of(t, events.Model, "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{{Source: new("s"), Detail: new("secret")}}}, nil),
			"PutEvents", `{"entries":[{"source":"s","detail":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}`, `null`,
		},
		"what only reads": {
			of(t, sqs.Model, "GetQueueUrl", &sqs.GetQueueUrlInput{QueueName: "q"}, &sqs.GetQueueUrlOutput{QueueUrl: new("u")}),
			"GetQueueUrl", `{"queueName":"q"}`, `null`,
		},
		"too much": {
			of(t, sqs.Model, "CreateQueue", &sqs.CreateQueueInput{QueueName: strings.Repeat("q", 100<<10)}, nil),
			"CreateQueue", `{"omitted":true,"originalSize":102416,"reason":"requestParameters too large"}`, `null`,
		},
		"no input": {of(t, sqs.Model, "CreateQueue", nil, nil), "CreateQueue", `null`, `null`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := build(t, tt.record)
			for member, want := range map[string]string{"requestParameters": tt.in, "responseElements": tt.out} {
				var w any
				if err := json.Unmarshal([]byte(want), &w); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(w, got[member]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", member, diff)
				}
			}
			if got["eventName"] != tt.name {
				t.Errorf("name %v, want %s", got["eventName"], tt.name)
			}
			raw, _ := json.Marshal(got)
			if bytes.Contains(raw, []byte("secret")) {
				t.Errorf("tells a secret: %s", raw)
			}
		})
	}
}

func TestDataEventsNameTheirResources(t *testing.T) {
	t.Parallel()
	const function = "arn:aws:lambda:us-east-1:000000000000:function:f"
	table := func(name string) string { return "arn:aws:dynamodb:us-east-1:000000000000:table/" + name }
	tests := map[string]struct {
		record *call.Record
		want   []string
	}{
		"a name":       {of(t, lambda.Model, "Invoke", &lambda.InvokeInput{FunctionName: "f"}, nil), []string{function}},
		"a version":    {of(t, lambda.Model, "Invoke", &lambda.InvokeInput{FunctionName: "f:3"}, nil), []string{function}},
		"part of it":   {of(t, lambda.Model, "Invoke", &lambda.InvokeInput{FunctionName: "000000000000:function:f:live"}, nil), []string{function}},
		"all of it":    {of(t, lambda.Model, "Invoke", &lambda.InvokeInput{FunctionName: function + ":live"}, nil), []string{function}},
		"a queue":      {of(t, sqs.Model, "SendMessage", &sqs.SendMessageInput{QueueUrl: "http://x:1/000000000000/q"}, nil), []string{"arn:aws:sqs:us-east-1:000000000000:q"}},
		"a topic":      {of(t, sns.Model, "Publish", &sns.PublishInput{TopicArn: new("arn:aws:sns:us-east-1:000000000000:t")}, nil), []string{"arn:aws:sns:us-east-1:000000000000:t"}},
		"a table":      {of(t, dynamodb.Model, "Query", &dynamodb.QueryInput{TableName: "a"}, nil), []string{table("a")}},
		"a batch":      {of(t, dynamodb.Model, "BatchGetItem", &dynamodb.BatchGetItemInput{RequestItems: map[string]dynamodb.KeysAndAttributes{"b": {}, "a": {}}}, nil), []string{table("a"), table("b")}},
		"a statement":  {of(t, dynamodb.Model, "ExecuteStatement", &dynamodb.ExecuteStatementInput{Statement: "SELECT"}, nil), []string{""}},
		"an event bus": {of(t, events.Model, "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{{}, {EventBusName: new("own")}, {}}}, nil), []string{"arn:aws:events:us-east-1:000000000000:event-bus/default", "arn:aws:events:us-east-1:000000000000:event-bus/own"}},
		"a transaction": {
			of(t, dynamodb.Model, "TransactWriteItems", &dynamodb.TransactWriteItemsInput{TransactItems: []dynamodb.TransactWriteItem{{Put: &dynamodb.Put{TableName: "a"}}, {Delete: &dynamodb.Delete{TableName: "b"}}}}, nil),
			[]string{table("a"), table("b")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range new(Classes).Of(tt.record.Model, tt.record.Operation).DataResources(&tt.record.Info, tt.record.In) {
				got = append(got, r.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestIdentitiesAreWritten(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		info call.Info
		want string
		name string
	}{
		"a service": {
			call.Info{Principal: call.Principal{Kind: call.Service, Service: "lambda.amazonaws.com"}},
			`{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}`, "",
		},
		"a role that a service has taken": {
			call.From(call.InRole(t.Context(), "scheduler.amazonaws.com", "arn:aws:iam::000000000000:role/deep/r", "s", "000000000000", "us-east-1")),
			`{"type":"AssumedRole","principalId":"r:s","arn":"arn:aws:sts::000000000000:assumed-role/r/s","accountId":"000000000000",
			"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"r","arn":"arn:aws:iam::000000000000:role/deep/r","accountId":"000000000000","userName":"r"},
			"attributes":{"creationDate":"2026-01-02T03:04:05Z","mfaAuthenticated":"false"}},"invokedBy":"scheduler.amazonaws.com"}`, "s",
		},
		"a federated user": {
			call.Info{Principal: call.Principal{Kind: call.User, Account: "000000000000", ARN: "arn:aws:sts::000000000000:federated-user/bob", UserID: "000000000000:bob", AccessKey: "ASIAX"}},
			`{"type":"FederatedUser","principalId":"000000000000:bob","arn":"arn:aws:sts::000000000000:federated-user/bob","accountId":"000000000000","accessKeyId":"ASIAX",
			"sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}`, "bob",
		},
		"nobody": {call.Info{}, `{"type":"AWSAccount","accountId":"anonymous"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := identityOf(&tt.info, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
			var want, got any
			if err := errors.Join(json.Unmarshal([]byte(tt.want), &want), json.Unmarshal(id.append(nil), &got)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || id.name() != tt.name {
				t.Errorf("name %q (-want +got):\n%s", id.name(), diff)
			}
		})
	}
}

func TestFailuresOfOursKeepTheirWords(t *testing.T) {
	t.Parallel()
	r := of(t, sqs.Model, "CreateQueue", &sqs.CreateQueueInput{QueueName: "q"}, nil)
	r.Err = errors.New("disk on fire")
	if got := build(t, r); got["errorCode"] != "InternalFailure" || got["errorMessage"] != nil {
		t.Errorf("%v", got)
	}
	r.Err = &wire.APIError{Code: "Bad", Message: strings.Repeat("é", maxText)}
	if got := build(t, r); got["errorCode"] != "Bad" || len(got["errorMessage"].(string)) > maxText {
		t.Errorf("%v", got)
	}
}

func TestTLSIsTold(t *testing.T) {
	t.Parallel()
	r := of(t, sqs.Model, "CreateQueue", &sqs.CreateQueueInput{QueueName: "q"}, nil)
	r.Info.Endpoint = "https://maru.example:4566"
	if got := build(t, r); got["tlsDetails"].(map[string]any)["clientProvidedHostHeader"] != "maru.example:4566" {
		t.Errorf("%v", got["tlsDetails"])
	}
	r.Inside = true
	if got := build(t, r); got["tlsDetails"] != nil {
		t.Errorf("inside: %v", got["tlsDetails"])
	}
}

// Whatever is in a request, its record is JSON that is no larger than a record
// may be.
func FuzzBuild(f *testing.F) {
	f.Add("q", "a", "b", "agent")
	f.Add("\"\\\x00\xff", "</script>", "é\u2028", "\x7f")
	f.Fuzz(func(t *testing.T, queue, key, value, agent string) {
		r := of(t, sqs.Model, "CreateQueue", &sqs.CreateQueueInput{QueueName: queue, Attributes: map[string]string{key: value}}, nil)
		r.Info.UserAgent = agent
		r.Err = &wire.APIError{Code: "Bad", Message: value}
		c := new(Classes).Of(r.Model, r.Operation)
		e := Build(r, c, "id", time.Unix(0, 0), nil)
		if !json.Valid(e.JSON) || len(e.JSON) > 256<<10 {
			t.Errorf("%d bytes: %.300q", len(e.JSON), e.JSON)
		}
	})
}
