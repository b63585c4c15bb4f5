package cloudwatch_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// protocol is one of the ways in which clients speak to CloudWatch.
type protocol struct {
	path    string // with the operation in place of %s
	headers map[string]string
	put     func(t *testing.T) []byte
	get     func(t *testing.T) []byte
	refused func(t *testing.T) []byte // of GetMetricStatistics
	sum     string                    // is part of the answer
	code    string                    // of the refusal
}

// All clients speak to CloudWatch, whichever of its protocols is theirs: the CLI
// and older SDKs Query, newer ones JSON or CBOR.
func TestCloudWatchSpeaksThreeProtocols(t *testing.T) {
	t.Parallel()
	start, end := time.Now().Add(-time.Hour).UTC(), time.Now().Add(time.Hour).UTC()
	form := func(operation string, more url.Values) []byte {
		more.Set("Action", operation)
		more.Set("Version", "2010-08-01")
		return []byte(more.Encode())
	}
	binary := func(t *testing.T, v any) []byte {
		t.Helper()
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	datum := []any{map[string]any{"MetricName": "m", "Value": 41.5}}
	query := func(at func(time.Time) any) map[string]any {
		return map[string]any{"Namespace": "n", "MetricName": "m", "StartTime": at(start), "EndTime": at(end), "Period": 86400, "Statistics": []any{"Sum"}}
	}
	tests := map[string]protocol{
		"Query": {
			path: "/", headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			put: func(*testing.T) []byte {
				return form("PutMetricData", url.Values{"Namespace": {"n"}, "MetricData.member.1.MetricName": {"m"}, "MetricData.member.1.Value": {"41.5"}})
			},
			get: func(*testing.T) []byte {
				return form("GetMetricStatistics", url.Values{
					"Namespace": {"n"}, "MetricName": {"m"}, "StartTime": {start.Format(time.RFC3339)}, "EndTime": {end.Format(time.RFC3339)},
					"Period": {"86400"}, "Statistics.member.1": {"Sum"},
				})
			},
			refused: func(*testing.T) []byte { return form("GetMetricStatistics", url.Values{"Namespace": {"n"}}) },
			sum:     "<Sum>41.5</Sum>", code: "<Code>ValidationError</Code>",
		},
		"JSON": {
			path: "/", headers: map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.%s"},
			put: func(*testing.T) []byte {
				return []byte(`{"Namespace":"n","MetricData":[{"MetricName":"m","Value":41.5}]}`)
			},
			get: func(*testing.T) []byte {
				return fmt.Appendf(nil, `{"Namespace":"n","MetricName":"m","StartTime":%d,"EndTime":%d,"Period":86400,"Statistics":["Sum"]}`, start.Unix(), end.Unix())
			},
			refused: func(*testing.T) []byte { return []byte(`{"Namespace":"n"}`) },
			sum:     `"Sum":41.5`, code: "ValidationError",
		},
		"CBOR": {
			path: "/service/GraniteServiceVersion20100801/operation/%s", headers: map[string]string{"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"},
			put: func(t *testing.T) []byte {
				return binary(t, map[string]any{"Namespace": "n", "MetricData": datum})
			},
			get: func(t *testing.T) []byte {
				return binary(t, query(func(at time.Time) any { return cbor.Tag{Number: 1, Content: at.Unix()} }))
			},
			refused: func(t *testing.T) []byte { return binary(t, map[string]any{"Namespace": "n"}) },
			sum:     "Sum\xfb\x40\x44\xc0\x00\x00\x00\x00\x00", code: "ValidationError",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if status, answer := b.speak(&tt, "PutMetricData", tt.put(t)); status != http.StatusOK {
				t.Fatalf("%d %q", status, answer)
			}
			if status, answer := b.speak(&tt, "GetMetricStatistics", tt.get(t)); status != http.StatusOK || !strings.Contains(answer, tt.sum) {
				t.Errorf("%d %q", status, answer)
			}
			if status, answer := b.speak(&tt, "GetMetricStatistics", tt.refused(t)); status != http.StatusBadRequest || !strings.Contains(answer, tt.code) {
				t.Errorf("%d %q", status, answer)
			}
		})
	}
}

// speak makes a request as a protocol has it.
func (b *bench) speak(p *protocol, operation string, body []byte) (status int, answer string) {
	b.t.Helper()
	path := strings.ReplaceAll(p.path, "%s", operation)
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.URL()+path, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range p.headers {
		request.Header.Set(k, strings.ReplaceAll(v, "%s", operation))
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=00")
	response, err := b.HTTP().Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
