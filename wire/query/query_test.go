package query_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/iam"
	"maru.dev/maru/api/sns"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/wiretest"
	"maru.dev/maru/wire/query"
)

// The forms that clients older than SQS's JSON protocol send.
func TestDecodeReadsClassicSQS(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		op, body string
		want     any
	}{
		"attributes": {
			"CreateQueue", "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Attribute.2.Name=FifoQueue&Attribute.2.Value=true&Tag.1.Key=a&Tag.1.Value=b",
			&sqs.CreateQueueInput{QueueName: "q", Attributes: map[string]string{"DelaySeconds": "5", "FifoQueue": "true"}, Tags: map[string]string{"a": "b"}},
		},
		"message attributes": {
			"SendMessage", "QueueUrl=q&MessageBody=hi&DelaySeconds=3&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=AAE%3D",
			&sqs.SendMessageInput{QueueUrl: "q", MessageBody: "hi", DelaySeconds: new(int32(3)), MessageAttributes: map[string]sqs.MessageAttributeValue{
				"a": {DataType: "Binary", BinaryValue: []byte{0, 1}},
			}},
		},
		"batch in any order": {
			"SendMessageBatch", "QueueUrl=q&SendMessageBatchRequestEntry.10.Id=j&SendMessageBatchRequestEntry.10.MessageBody=10&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=2",
			&sqs.SendMessageBatchInput{QueueUrl: "q", Entries: []sqs.SendMessageBatchRequestEntry{{Id: "b", MessageBody: "2"}, {Id: "j", MessageBody: "10"}}},
		},
		"names": {
			"ReceiveMessage", "QueueUrl=q&AttributeName.1=All&MessageAttributeName.1=a&MessageAttributeName.2=b&MaxNumberOfMessages=2",
			&sqs.ReceiveMessageInput{QueueUrl: "q", AttributeNames: []string{"All"}, MessageAttributeNames: []string{"a", "b"}, MaxNumberOfMessages: new(int32(2))},
		},
		"tags": {
			"TagQueue", "QueueUrl=q&Tag.1.Key=a&Tag.1.Value=b",
			&sqs.TagQueueInput{QueueUrl: "q", Tags: map[string]string{"a": "b"}},
		},
		"tags, as the reference writes them": {
			"TagQueue", "QueueUrl=q&Tags.1.Key=a&Tags.1.Value=",
			&sqs.TagQueueInput{QueueUrl: "q", Tags: map[string]string{"a": ""}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := query.New().Decode(sqs.Model, wiretest.Operation(t, sqs.Model, tt.op), wiretest.Request(t, "POST", "/", tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeReadsQueryStringsAndForms(t *testing.T) {
	t.Parallel()
	op := wiretest.Operation(t, sns.Model, "Publish")
	want := &sns.PublishInput{TopicArn: new("t"), Message: "m", MessageAttributes: map[string]sns.MessageAttributeValue{"k": {DataType: "String", StringValue: new("v")}}}
	values := "Action=Publish&TopicArn=t&Message=m&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v"
	form := wiretest.Request(t, "POST", "/", "")
	form.Form, _ = url.ParseQuery(values)
	for name, r := range map[string]*wire.Request{
		"GET": wiretest.Request(t, "GET", "/?"+values, ""), "POST": wiretest.Request(t, "POST", "/", values), "read by the edge": form,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := query.New().Decode(sns.Model, op, r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		svc            *wire.Service
		op, body, want string
	}{
		"missing": {iam.Model, "GetRole", "", "ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"},
		"too short": {iam.Model, "GetRole", "RoleName=", "ValidationError: 2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; " +
			"Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"bad number": {iam.Model, "ListRoles", "MaxItems=x", "SerializationException: x can not be converted to an Integer"},
		"bad form":   {iam.Model, "ListRoles", "a=%zz", "SerializationException: The request body is not form-encoded."},
		"of SQS":     {sqs.Model, "SendMessage", "QueueUrl=q", "MissingParameter: The request must contain the parameter MessageBody."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := query.New().Decode(tt.svc, wiretest.Operation(t, tt.svc, tt.op), wiretest.Request(t, "POST", "/", tt.body))
			if got := wiretest.Fault(err); got != tt.want {
				t.Errorf("\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestEncodeWritesResultAndMetadata(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		op   string
		out  any
		want string
	}{
		"messages": {
			"ReceiveMessage", &sqs.ReceiveMessageOutput{Messages: []sqs.Message{{
				MessageId: new("1"), Body: new("<&>"), Attributes: map[string]string{"SentTimestamp": "0"},
				MessageAttributes: map[string]sqs.MessageAttributeValue{"a": {DataType: "String", StringValue: new("v")}},
			}}},
			`<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message><MessageId>1</MessageId><Body>&lt;&amp;&gt;</Body>` +
				`<Attribute><Name>SentTimestamp</Name><Value>0</Value></Attribute><MessageAttribute><Name>a</Name><Value><StringValue>v</StringValue><DataType>String</DataType></Value></MessageAttribute>` +
				`</Message></ReceiveMessageResult><ResponseMetadata><RequestId>request-id</RequestId></ResponseMetadata></ReceiveMessageResponse>`,
		},
		"nothing": {
			"DeleteMessage", &sqs.DeleteMessageOutput{},
			`<DeleteMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ResponseMetadata><RequestId>request-id</RequestId></ResponseMetadata></DeleteMessageResponse>`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := wiretest.Response()
			if err := query.New().Encode(sqs.Model, wiretest.Operation(t, sqs.Model, tt.op), tt.out, w); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(w.Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeErrorUsesTheOlderCode(t *testing.T) {
	t.Parallel()
	w := wiretest.Response()
	if err := query.New().EncodeError(sqs.Model, nil, &sqs.QueueDoesNotExist{Message: "no"}, w); err != nil {
		t.Fatal(err)
	}
	want := `<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>` +
		`<Message>no</Message></Error><RequestId>request-id</RequestId></ErrorResponse>`
	if diff := cmp.Diff(want, string(w.Body)); diff != "" || w.Status != http.StatusBadRequest {
		t.Errorf("%d %s", w.Status, diff)
	}
	w = wiretest.Response()
	if err := query.NewEC2().EncodeError(sqs.Model, nil, &wire.APIError{Code: "A", Message: "m"}, w); err != nil {
		t.Fatal(err)
	}
	if want := "<Response><Errors><Error><Code>A</Code><Message>m</Message></Error></Errors><RequestID>request-id</RequestID></Response>"; !strings.HasSuffix(string(w.Body), want) {
		t.Errorf("%s, want %s", w.Body, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"QueueUrl=q&MessageBody=hi&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String", "Tag.1.Key=a&Tag.1=b&Tag=", "a=%zz&.=&..1=2",
		"SendMessageBatchRequestEntry.99999999999.Id=j&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.BinaryListValue.1=AA==",
	} {
		f.Add(seed)
	}
	op := wiretest.Operation(f, sqs.Model, "SendMessageBatch")
	one := wiretest.Operation(f, sqs.Model, "SendMessage")
	codec := query.New()
	f.Fuzz(func(t *testing.T, body string) {
		for _, op := range []*wire.Operation{op, one} {
			if _, err := codec.Decode(sqs.Model, op, wiretest.Request(t, "POST", "/", body)); err != nil && wiretest.Fault(err) == "" {
				t.Fatalf("not the caller's fault: %v", err)
			}
		}
	})
}

func BenchmarkSendMessage(b *testing.B) {
	const body = "Action=SendMessage&QueueUrl=http%3A%2F%2Flocalhost%3A4566%2F000000000000%2Forders&MessageBody=%7B%22order%22%3A4711%7D&DelaySeconds=0" +
		"&MessageAttribute.1.Name=kind&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=order"
	codec, op := query.New(), wiretest.Operation(b, sqs.Model, "SendMessage")
	out := &sqs.SendMessageOutput{MessageId: new("5fea7756-0ea4-451a-a703-a558b933e274")}
	b.ReportAllocs()
	for b.Loop() {
		r := &wire.Request{Body: strings.NewReader(body), ContentLength: int64(len(body))}
		if _, err := codec.Decode(sqs.Model, op, r); err != nil {
			b.Fatal(err)
		}
		if err := codec.Encode(sqs.Model, op, out, wiretest.Response()); err != nil {
			b.Fatal(err)
		}
	}
}
