package sam

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// deploymentID is a REST API's deployment with the hash over its definition.
var deploymentID = regexp.MustCompile(`Deployment[0-9a-f]{10}|deployment id: [0-9a-f]{40}`)

// The hashes are those that AWS's transform makes of the same data.
func TestSuffixIsThatOfAWS(t *testing.T) {
	t.Parallel()
	for want, data := range map[string]any{
		"fb53d5c2e6": map[string]any{"S3Key": "key", "S3Bucket": "bucket"},
		"903bda8a20": map[string]any{"S3Bucket": "bucket", "S3Key": "key", "Variables": map[string]any{"A": "b"}},
	} {
		if got := suffix(data); got != want {
			t.Errorf("suffix(%v) = %s, want %s", data, got, want)
		}
	}
}

func TestCompactWritesASCII(t *testing.T) {
	t.Parallel()
	data := map[string]any{"b": []any{true, nil, json.Number("1.50")}, "a": "é\"\n𝄞/<"}
	want := "{\"a\":\"\\u00e9\\\"\\n\\ud834\\udd1e/<\",\"b\":[true,null,1.50]}"
	var b strings.Builder
	compact(&b, data)
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}
