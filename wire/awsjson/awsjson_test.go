package awsjson_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/awsjson"
	"maru.dev/maru/wire/internal/wiretest"
)

func operation(t testing.TB, svc *wire.Service, name string) *wire.Operation {
	t.Helper()
	for i := range svc.Operations {
		if svc.Operations[i].Name == name {
			return &svc.Operations[i]
		}
	}
	t.Fatalf("%s has no %s", svc.ID, name)
	return nil
}

func decode(t testing.TB, svc *wire.Service, op, body string) (any, error) {
	t.Helper()
	return awsjson.New().Decode(svc, operation(t, svc, op), &wire.Request{Body: strings.NewReader(body), ContentLength: int64(len(body))})
}

func TestDecodeSendMessage(t *testing.T) {
	t.Parallel()
	got, err := decode(t, sqs.Model, "SendMessage", `{"QueueUrl":"q","Unknown":{"a":[1]},"MessageBody":"h\u00e9\n","DelaySeconds":5.9,
		"MessageGroupId":null,"MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"AAE="},"b":{"StringValue":"x","DataType":"String"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &sqs.SendMessageInput{
		QueueUrl: "q", MessageBody: "hé\n", DelaySeconds: new(int32(5)),
		MessageAttributes: map[string]sqs.MessageAttributeValue{
			"a": {DataType: "Binary", BinaryValue: []byte{0, 1}}, "b": {DataType: "String", StringValue: new("x")},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeTellsAbsentFromEmpty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, message string }{
		"absent": {`{"QueueUrl":"q"}`, "The request must contain the parameter MessageBody."},
		"null":   {`{"QueueUrl":"q","MessageBody":null}`, "The request must contain the parameter MessageBody."},
		"empty":  {`{"QueueUrl":"q","MessageBody":""}`, ""},
		"inside of an attribute": {
			`{"QueueUrl":"q","MessageBody":"b","MessageAttributes":{"a":{"StringValue":"x"}}}`, "The request must contain the parameter DataType.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(t, sqs.Model, "SendMessage", tt.body)
			if got := message(err); got != tt.message {
				t.Errorf("%q, want %q", got, tt.message)
			}
		})
	}
}

func message(err error) string {
	var fault wire.Error
	if errors.As(err, &fault) {
		return fault.ErrorMessage()
	}
	return ""
}

// Wrong types are told in the words of AWS's framework.
func TestDecodeTellsOfWrongTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"number for string":  {`{"TableName":1}`, "NUMBER_VALUE cannot be converted to String"},
		"true for string":    {`{"TableName":true}`, "TRUE_VALUE cannot be converted to String"},
		"map for string":     {`{"TableName":{}}`, "Start of structure or map found where not expected."},
		"list for string":    {`{"TableName":[]}`, "Unrecognized collection type class java.lang.String"},
		"string for map":     {`{"Item":"x"}`, "Unexpected field type"},
		"list for map":       {`{"Item":[]}`, "Start of list found where not expected"},
		"string for boolean": {`{"Item":{"a":{"BOOL":"true"}}}`, "Unexpected token received from parser"},
		"broken base64":      {`{"Item":{"a":{"B":"AAA"}}}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
		"foreign base64":     {`{"Item":{"a":{"B":"A*AA"}}}`, "Invalid Base64 character: '*'"},
		"no JSON":            {`{"TableName"`, "The request body is not valid JSON."},
		"no object":          {`[]`, "Start of list found where not expected"},
		"more than one":      {`{} {}`, "The request has data after its JSON value."},
		"invalid UTF-8":      {"{\"TableName\":\"\xff\"}", "The request body is not valid JSON."},
		"deep":               {`{"Item":{"a":` + strings.Repeat(`{"L":[`, 500) + strings.Repeat(`]}`, 500) + `}}`, "The request is nested too deeply."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(t, dynamodb.Model, "PutItem", tt.body)
			var fault *wire.APIError
			if !errors.As(err, &fault) || fault.Code != "SerializationException" || fault.Message != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestDecodeValidatesInTheFrameworksWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1025)
	tests := map[string]struct{ op, body, want string }{
		"missing": {
			"PutItem", `{}`,
			"2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null; " +
				"Value null at 'item' failed to satisfy constraint: Member must not be null",
		},
		"too long": {
			"PutItem", `{"TableName":"` + long + `","Item":{}}`,
			"1 validation error detected: Value '" + long + "' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 1024",
		},
		"list path": {
			"CreateTable", `{"TableName":"tab","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"x"}],"AttributeDefinitions":[]}`,
			"1 validation error detected: Value 'x' at 'keySchema.2.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]",
		},
		"required inside of a list": {
			"CreateTable", `{"TableName":"tab","KeySchema":[{"KeyType":"HASH"}],"AttributeDefinitions":[]}`,
			"1 validation error detected: Value null at 'keySchema.1.member.attributeName' failed to satisfy constraint: Member must not be null",
		},
		"map values": {
			"BatchWriteItem", `{"RequestItems":{"tab":[]}}`,
			"1 validation error detected: Value '{tab=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: " +
				"[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
		},
		"number": {
			"Scan", `{"TableName":"tab","Limit":0}`,
			"1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(t, dynamodb.Model, tt.op, tt.body)
			if got := message(err); got != tt.want {
				t.Errorf("\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestEncodeErrorCarriesCodeMessageAndMembers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		svc    *wire.Service
		fault  wire.Error
		status int
		body   string
		header string
	}{
		"modelled": {
			dynamodb.Model, &dynamodb.ConditionalCheckFailedException{
				Message: "The conditional request failed", Item: wiretest.Emitted{Value: map[string]any{"a": map[string]any{"S": "x"}}},
			}, 400,
			`{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed","Item":{"a":{"S":"x"}}}`, "",
		},
		"common": {
			dynamodb.Model, &wire.APIError{Code: "ValidationException", Message: `a "b"`}, 400,
			`{"__type":"com.amazon.coral.validate#ValidationException","message":"a \"b\""}`, "",
		},
		"query compatible": {
			sqs.Model, &sqs.QueueDoesNotExist{Message: "no"}, 400,
			`{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}`, "AWS.SimpleQueueService.NonExistentQueue;Sender",
		},
		"ours": {
			sqs.Model, &wire.APIError{Code: "InternalFailure", Status: 500}, 500,
			`{"__type":"com.amazon.coral.service#InternalFailure","message":""}`, "InternalFailure;Receiver",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire.Response{Header: http.Header{}, RequestID: "id"}
			if err := awsjson.New().EncodeError(tt.svc, nil, tt.fault, w); err != nil {
				t.Fatal(err)
			}
			if w.Status != tt.status || string(w.Body) != tt.body {
				t.Errorf("%d %s, want %d %s", w.Status, w.Body, tt.status, tt.body)
			}
			if got := w.Header.Get("x-amzn-query-error"); got != tt.header {
				t.Errorf("x-amzn-query-error %q, want %q", got, tt.header)
			}
			if w.Header.Get("x-amzn-RequestId") != "id" {
				t.Error("no request id")
			}
		})
	}
}

func TestEncodeWritesEpochSecondsAndChecksum(t *testing.T) {
	t.Parallel()
	w := &wire.Response{Header: http.Header{}}
	out := &dynamodb.DescribeTableOutput{Table: &dynamodb.TableDescription{CreationDateTime: new(time.UnixMilli(1422172800120))}}
	if err := awsjson.New().Encode(dynamodb.Model, operation(t, dynamodb.Model, "DescribeTable"), out, w); err != nil {
		t.Fatal(err)
	}
	if got, want := string(w.Body), `{"Table":{"CreationDateTime":1422172800.120}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if w.Header.Get("x-amz-crc32") == "" {
		t.Error("no checksum")
	}
}

const sendMessage = `{"QueueUrl":"http://sqs.us-east-1.localhost:4566/000000000000/orders","MessageBody":"{\"order\":4711,\"customer\":\"c-17\"}",` +
	`"DelaySeconds":0,"MessageAttributes":{"kind":{"DataType":"String","StringValue":"order"},"n":{"DataType":"Number","StringValue":"17"}}}`

func BenchmarkSendMessage(b *testing.B) {
	codec, op := awsjson.New(), operation(b, sqs.Model, "SendMessage")
	out := &sqs.SendMessageOutput{MessageId: new("5fea7756-0ea4-451a-a703-a558b933e274"), MD5OfMessageBody: new("fafb00f5732ab283681e124bf8747ed1")}
	roundTrip(b, codec, sqs.Model, op, sendMessage, out)
}

const putItem = `{"TableName":"profiles","Item":{"pk":{"S":"customer#17"},"sk":{"S":"profile"},"name":{"S":"Jane Doe"},"age":{"N":"42"},` +
	`"tags":{"SS":["a","b","c"]},"address":{"M":{"street":{"S":"Main Street 1"},"city":{"S":"Springfield"},"geo":{"L":[{"N":"1.5"},{"N":"2.5"}]}}},` +
	`"active":{"BOOL":true}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValues":"NONE"}`

func BenchmarkPutItem(b *testing.B) {
	roundTrip(b, awsjson.New(), dynamodb.Model, operation(b, dynamodb.Model, "PutItem"), putItem, &dynamodb.PutItemOutput{})
}

func BenchmarkQueryOf25(b *testing.B) {
	out := &dynamodb.QueryOutput{Count: new(int32(25)), ScannedCount: new(int32(25))}
	var items attr.Items
	for i := range 25 {
		items = append(items, attr.Item{
			{Name: "n", Value: attr.Num("42")},
			{Name: "pk", Value: attr.Str("fixed")},
			{Name: "sk", Value: attr.Num(strconv.Itoa(i))},
			{Name: "text", Value: attr.Str(strings.Repeat("0123456789", 10))},
		}.Encode())
	}
	out.Items = items
	const query = `{"TableName":"bench","Limit":25,"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"fixed"}}}`
	roundTrip(b, awsjson.New(), dynamodb.Model, operation(b, dynamodb.Model, "Query"), query, out)
}

func roundTrip(b *testing.B, codec *awsjson.Codec, svc *wire.Service, op *wire.Operation, body string, out any) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	var reply []byte
	for b.Loop() {
		if _, err := codec.Decode(svc, op, &wire.Request{Body: strings.NewReader(body), ContentLength: int64(len(body))}); err != nil {
			b.Fatal(err)
		}
		w := wire.Response{Header: http.Header{}, Body: reply[:0], RequestID: "id"}
		if err := codec.Encode(svc, op, out, &w); err != nil {
			b.Fatal(err)
		}
		reply = w.Body
	}
}

// What maps are walked with is used again: by maps inside of maps, by smaller
// ones after larger ones, and by many at once.
func TestMapsAreWrittenWholeWhateverWasWrittenBefore(t *testing.T) {
	t.Parallel()
	op := operation(t, dynamodb.Model, "BatchGetItem")
	encode := func(n int) (got, want string) {
		item, members := map[string]dynamodb.AttributeValue{}, make([]string, n)
		for i := range n {
			key, value := fmt.Sprintf("k%03d", i), strconv.Itoa(i)
			item[key] = dynamodb.AttributeValue{M: map[string]dynamodb.AttributeValue{"b": {N: &value}, "a\n": {S: &value}}}
			members[i] = fmt.Sprintf(`"%s":{"M":{"a\n":{"S":"%d"},"b":{"N":"%d"}}}`, key, i, i)
		}
		w := &wire.Response{Header: http.Header{}}
		if err := awsjson.New().Encode(dynamodb.Model, op, &dynamodb.BatchGetItemOutput{UnprocessedKeys: map[string]dynamodb.KeysAndAttributes{"t": {Keys: []map[string]dynamodb.AttributeValue{item}}}}, w); err != nil {
			t.Error(err)
		}
		return string(w.Body), `{"UnprocessedKeys":{"t":{"Keys":[{` + strings.Join(members, ",") + `}]}}}`
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, n := range []int{3, 100, 1, 0, 70, 2} {
				if got, want := encode(n); got != want {
					t.Errorf("%d entries: %s, want %s", n, got, want)
				}
			}
		})
	}
	group.Wait()
}
