package awsjson_test

import (
	"reflect"
	"strings"
	"testing"

	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
)

// FuzzShortWayReadsAsTheLongOne decodes each request twice: as it is, and with an
// unknown member, at which the short way gives up. Both must find the same input,
// or the same fault.
func FuzzShortWayReadsAsTheLongOne(f *testing.F) {
	for _, body := range []string{
		`{}`, ` { } `, `{"TableName":"tab","Item":{"a":{"S":"x"},"b":{"N":"1.5"},"c":{"BOOL":true},"d":{"L":[{"S":""},{"M":{}}]}}}`,
		`{"TableName":"tab","Item":{"a":{"NULL":true},"b":{"B":"AAE="},"c":{"SS":["x","y"]},"a":{"S":"again"}}}`,
		`{"TableName":"tab","Item":{},"ReturnValues":null}`, `{"TableName":"tab","Item":{"a":null}}`,
		`{"TableName":"h\u00e9 \\ \" \ud83d\ude00 hé","Item":{"é":{"S":"\/"}}}`, `{"TableName":"\ud83d","Item":{}}`,
		`{"T\u0061bleName":"tab","Item":{"\u0061":{"S":"x"}}}`, `{"TableName":"a` + "\x01" + `b"}`, "{\"TableName\":\"\xff\"}",
		`{"TableName":"tab","Item":{"a":{"S":"x",}}}`, `{"TableName":"tab" "Item":{}}`, `{"TableName":"tab","Item":{}}x`, `{"TableName":"tab`,
		`{"TableName":1}`, `{"Item":[]}`, `{"Item":{"a":{"BOOL":"true"}}}`, `{"Item":{"a":{"BOOL":truee}}}`, `{"Item":{"a":{"L":{}}}}`,
		`{"QueueUrl":"q","MessageBody":"b","DelaySeconds":-5}`, `{"QueueUrl":"q","MessageBody":"b","DelaySeconds":05}`,
		`{"QueueUrl":"q","MessageBody":"b","DelaySeconds":5.9}`, `{"QueueUrl":"q","MessageBody":"b","DelaySeconds":99999999999}`,
		`{"QueueUrl":"q","MessageBody":"b","DelaySeconds":- 5}`, `{"QueueUrl":"q"}`, `{"QueueUrl":"q","MessageBody":"b","MessageAttributes":{"a":{"StringValue":"x"}}}`,
		`{"Item":{"a":` + strings.Repeat(`{"L":[`, 90) + strings.Repeat(`]}`, 90) + `}}`, `{"TableName":"` + strings.Repeat("x", 5000) + `","Item":{}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		rest, ok := strings.CutPrefix(strings.TrimLeft(body, " \t\r\n"), "{")
		if !ok {
			return
		}
		comma := ","
		if strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), "}") {
			comma = ""
		}
		for _, op := range []struct {
			svc  *wire.Service
			name string
		}{{dynamodb.Model, "PutItem"}, {dynamodb.Model, "Query"}, {sqs.Model, "SendMessage"}} {
			short, shortErr := decode(t, op.svc, op.name, body)
			long, longErr := decode(t, op.svc, op.name, `{"~":0`+comma+rest)
			if message(shortErr) != message(longErr) {
				t.Fatalf("%s: %q, the long way %q", op.name, message(shortErr), message(longErr))
			}
			if !reflect.DeepEqual(long, short) { // cmp takes for ever where much is nested
				t.Fatalf("%s: %+v, the long way %+v", op.name, short, long)
			}
		}
	})
}
