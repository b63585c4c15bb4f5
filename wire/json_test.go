package wire_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/sns"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/wiretest"
)

// Inside of maru a document is in the model's names, whatever the protocol.
func TestFromJSONReadsTheModelsNames(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		svc     *wire.Service
		op, doc string
		want    any
		fault   string
	}{
		"of a query service": {
			sns.Model, "Publish", `{"TopicArn":"t","Message":"m"}`, &sns.PublishInput{TopicArn: new("t"), Message: "m"}, "",
		},
		"members of path and query string": {
			lambda.Model, "Invoke", `{"FunctionName":"f","InvocationType":"Event","Payload":"e30="}`,
			&lambda.InvokeInput{FunctionName: "f", InvocationType: new("Event"), Payload: []byte("{}")}, "",
		},
		"empty": {
			sqs.Model, "ListQueues", ``, &sqs.ListQueuesInput{}, "",
		},
		"invalid": {
			lambda.Model, "Invoke", `{}`, nil,
			"ValidationException: 1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.FromJSON(tt.svc, wiretest.Operation(t, tt.svc, tt.op), json.RawMessage(tt.doc))
			if fault := wiretest.Fault(err); fault != tt.fault {
				t.Fatalf("%q, want %q", fault, tt.fault)
			}
			if tt.want == nil {
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTimestampsAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	want := time.UnixMilli(1422172800120).UTC()
	for _, text := range []string{
		`1422172800.12`, `1.42217280012e9`, `"2015-01-25T08:00:00.12Z"`, `"2015-01-25T10:00:00.120+02:00"`, `"1422172800.120"`, `"Sun, 25 Jan 2015 08:00:00.120 GMT"`,
	} {
		in, err := wire.FromJSON(cloudwatch.Model, wiretest.Operation(t, cloudwatch.Model, "PutMetricData"),
			json.RawMessage(`{"Namespace":"n","MetricData":[{"MetricName":"m","Timestamp":`+text+`}]}`))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := *in.(*cloudwatch.PutMetricDataInput).MetricData[0].Timestamp; !got.Equal(want) {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{`"9999-12-31T23:59:59-14:00"`, `"0001-01-01T00:00:00+01:00"`, `253402300800`, `"soon"`} {
		_, err := wire.FromJSON(cloudwatch.Model, wiretest.Operation(t, cloudwatch.Model, "PutMetricData"),
			json.RawMessage(`{"Namespace":"n","MetricData":[{"MetricName":"m","Timestamp":`+text+`}]}`))
		if err == nil {
			t.Errorf("%s is no time of any service", text)
		}
	}
}

func TestToJSONWritesWhatFromJSONReads(t *testing.T) {
	t.Parallel()
	op := *wiretest.Operation(t, cloudwatch.Model, "PutMetricData")
	op.Output = op.Input
	in := &cloudwatch.PutMetricDataInput{Namespace: "n", MetricData: []cloudwatch.MetricDatum{{
		MetricName: "é\u2028\"", Timestamp: new(time.UnixMilli(1422172800000).UTC()), Values: []float64{1, -0.5, 1e30, math.Inf(-1), math.MaxFloat64}, StorageResolution: new(int32(1)),
	}}}
	doc, err := wire.ToJSON(cloudwatch.Model, &op, in)
	if err != nil {
		t.Fatal(err)
	}
	back, err := wire.FromJSON(cloudwatch.Model, &op, doc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, back); diff != "" {
		t.Errorf("%s\n%s", doc, diff)
	}
}

func TestValidateHoldsTypedInputs(t *testing.T) {
	t.Parallel()
	op := wiretest.Operation(t, dynamodb.Model, "Scan")
	if err := wire.Validate(dynamodb.Model, op, &dynamodb.ScanInput{TableName: "tab", Limit: new(int32(1))}); err != nil {
		t.Error(err)
	}
	got := wiretest.Fault(wire.Validate(dynamodb.Model, op, &dynamodb.ScanInput{TableName: "tab", Limit: new(int32(0)), Select: new("x")}))
	want := "ValidationException: 2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
		"Value 'x' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, SPECIFIC_ATTRIBUTES, COUNT]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLimitsBoundWhatARequestBecomes(t *testing.T) {
	t.Parallel()
	op := wiretest.Operation(t, dynamodb.Model, "BatchWriteItem")
	doc := `{"RequestItems":{"t":[` + strings.Repeat(`{},`, 1<<20) + `{}]}}`
	r := wire.NewReading(wire.Limits{Memory: 8 << 20})
	in := op.New()
	err := wire.JSON{}.Decode(&r, []byte(doc), dynamodb.Model.TypeOf(op.Input, in), wiretest.Struct(in))
	if got, want := wiretest.Fault(err), "SerializationException: The request has too many elements."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"TableName":"t","Item":{"a":{"M":{"b":{"L":[{"N":"1"},{"B":"AAE="},{"NULL":true}]}}}}}`, `{"Item":null,"x":[1,{}]}`, `[`, `{"Limit":1e999}`, `{"TableName":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	put, scan := wiretest.Operation(f, dynamodb.Model, "PutItem"), wiretest.Operation(f, dynamodb.Model, "Scan")
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, op := range []*wire.Operation{put, scan} {
			in, err := wire.FromJSON(dynamodb.Model, op, doc)
			if err != nil {
				if wiretest.Fault(err) == "" {
					t.Fatalf("not the caller's fault: %v", err)
				}
				continue
			}
			back := *op
			back.Output = op.Input
			again, err := wire.ToJSON(dynamodb.Model, &back, in)
			if err != nil || !json.Valid(again) {
				t.Fatalf("%s becomes %s (%v)", doc, again, err)
			}
		}
	})
}

// A small body that inflates without end is stopped.
func TestInflateBoundsWhatItReads(t *testing.T) {
	t.Parallel()
	var bomb, small bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(zip, zeros{}, wire.MaxInflated+1); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	zip = gzip.NewWriter(&small)
	_, _ = io.WriteString(zip, "{}")
	_ = zip.Close()
	tests := map[string]struct{ body, want string }{
		"good": {small.String(), ""}, "cut off": {small.String()[:20], "SerializationException: The request body is not valid gzip."},
		"no gzip": {"{}............", "SerializationException: The request body is not valid gzip."},
		"bomb":    {bomb.String(), "RequestEntityTooLargeException: The request is too large once it is decompressed."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := io.Copy(io.Discard, wire.Inflate(strings.NewReader(tt.body), http.Header{"Content-Encoding": {"gzip"}}))
			if got := wiretest.Fault(err); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// zeros is a reader of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
