package rpcv2cbor_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/wiretest"
	"maru.dev/maru/wire/rpcv2cbor"
)

func decode(t testing.TB, op string, body []byte) (any, error) {
	t.Helper()
	return rpcv2cbor.New().Decode(cloudwatch.Model, wiretest.Operation(t, cloudwatch.Model, op), wiretest.Request(t, "POST", "/", string(body)))
}

// Clients may write the same value in several forms.
func TestDecodeReadsEveryForm(t *testing.T) {
	t.Parallel()
	want := &cloudwatch.PutMetricDataInput{Namespace: "n", MetricData: []cloudwatch.MetricDatum{{
		MetricName: "m", Value: new(1.5), Timestamp: new(time.Unix(1422172800, 0).UTC()), Values: []float64{1, math.Inf(1)}, StorageResolution: new(int32(60)),
	}}}
	head := "a2" + text("Namespace") + text("n") + text("MetricData")
	tests := map[string]string{
		"definite, half floats, tagged integer time": head + "81a5" + text("MetricName") + text("m") + text("Value") + "f93e00" + text("Timestamp") + "c11a54c4a280" +
			text("Values") + "82f93c00f97c00" + text("StorageResolution") + "183c",
		"indefinite, doubles, tagged float time": "bf" + text("Namespace") + "7f616eff" + text("MetricData") + "9fbf" + text("MetricName") + text("m") +
			text("Value") + "fb3ff8000000000000" + text("Timestamp") + "c1fb41d53128a0000000" + text("Values") + "9f01fa7f800000ff" + text("StorageResolution") + "183c" +
			text("Unknown") + "a1616181f6" + text("Unit") + "f6ffffff",
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := hex.DecodeString(doc)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decode(t, "PutMetricData", body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// text is a short text string in hexadecimal.
func text(s string) string {
	return hex.EncodeToString(append([]byte{0x60 | byte(len(s))}, s...))
}

func TestDecodeTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	marshal := func(v any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := map[string]struct {
		body []byte
		want string
	}{
		"cut off":               {[]byte{0xa1, 0x61}, "SerializationException: The request body is not valid CBOR."},
		"a length of 2^63":      {[]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "SerializationException: The request body is not valid CBOR."},
		"deep":                  {bytes.Repeat([]byte{0x81}, 1000), "SerializationException: The request body is not valid CBOR."},
		"keys that are no text": {marshal(map[int]int{1: 2}), "SerializationException: The request body is not valid CBOR."},
		"no map":                {marshal([]int{1}), "SerializationException: The request has a value of the wrong type where a PutMetricDataInput is expected."},
		"wrong type":            {marshal(map[string]any{"Namespace": 1}), "SerializationException: The request has a value of the wrong type where a Namespace is expected."},
		"empty":                 {nil, "ValidationError: 1 validation error detected: Value null at 'namespace' failed to satisfy constraint: Member must not be null"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(t, "PutMetricData", tt.body)
			if got := wiretest.Fault(err); got != tt.want {
				t.Errorf("\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestEncodeWritesWhatTheLibraryReads(t *testing.T) {
	t.Parallel()
	w := wiretest.Response()
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []cloudwatch.MetricDataResult{{
		Id: new(strings.Repeat("i", 300)), Timestamps: []time.Time{time.Unix(1422172800, 0), time.UnixMilli(1422172800250)}, Values: []float64{-1.5, math.NaN()},
	}}}
	if err := rpcv2cbor.New().Encode(cloudwatch.Model, wiretest.Operation(t, cloudwatch.Model, "GetMetricData"), out, w); err != nil {
		t.Fatal(err)
	}
	var got any
	mode, _ := cbor.DecOptions{DefaultMapType: wiretest.Struct(&map[string]any{}).Type()}.DecMode()
	if err := mode.Unmarshal(w.Body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"MetricDataResults": []any{map[string]any{
		"Id": strings.Repeat("i", 300), "Timestamps": []any{time.Unix(1422172800, 0).UTC(), time.UnixMilli(1422172800250).UTC()}, "Values": []any{-1.5, math.NaN()},
	}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	if w.Header.Get("smithy-protocol") != "rpc-v2-cbor" || w.Header.Get("Content-Type") != "application/cbor" {
		t.Error(w.Header)
	}
}

func TestEncodeErrorCarriesCodeMessageAndMembers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault wire.Error
		want  map[string]any
	}{
		"common":   {&wire.APIError{Code: "ValidationError", Message: "m"}, map[string]any{"__type": "ValidationError", "message": "m"}},
		"modelled": {&cloudwatch.ResourceNotFound{Message: "m"}, map[string]any{"__type": "ResourceNotFound", "message": "m"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := wiretest.Response()
			if err := rpcv2cbor.New().EncodeError(cloudwatch.Model, nil, tt.fault, w); err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := cbor.Unmarshal(w.Body, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitTakesServiceAndOperation(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/service/GraniteServiceVersion20100801/operation/PutMetricData": "GraniteServiceVersion20100801 PutMetricData",
		"/prefix/service/A/operation/B":                                  "A B", "/service/A/operation/": "", "/service/A": "", "/service/A/operation/B/C": "", "/": "",
	} {
		got := ""
		if service, operation, ok := rpcv2cbor.Split(path); ok {
			got = service + " " + operation
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	good, _ := cbor.Marshal(map[string]any{"Namespace": "n", "MetricData": []any{map[string]any{"MetricName": "m", "Timestamp": 1.5, "Value": 1}}})
	f.Add(good)
	f.Add([]byte{0x9f, 0xbf, 0xff})
	f.Add([]byte{0xc1, 0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decode(t, "PutMetricData", body); err != nil && wiretest.Fault(err) == "" {
			t.Fatalf("not the caller's fault: %v", err)
		}
	})
}

func TestEncodeEmittedValues(t *testing.T) {
	t.Parallel()
	op := wiretest.Operation(t, dynamodb.Model, "GetItem")
	w := &wire.Response{Header: http.Header{}}
	item := map[string]any{"a": map[string]any{"L": []any{map[string]any{"B": []byte{7}}, map[string]any{"BOOL": false}}}}
	if err := rpcv2cbor.New().Encode(dynamodb.Model, op, &dynamodb.GetItemOutput{Item: wiretest.Emitted{Value: item}}, w); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := cbor.Unmarshal(w.Body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"Item": map[any]any{"a": map[any]any{"L": []any{map[any]any{"B": []byte{7}}, map[any]any{"BOOL": false}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
