package rest

import (
	"strings"
	"testing"
)

func TestStatusOfAMockIsReadInJSONAndYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`{"statusCode": 200}`: 200, `{"statusCode": "201", "x": {}}`: 201, `{statusCode: 202}`: 202, "x: [1]\nstatusCode: '203'\n": 203,
		"{" + strings.Repeat("a: 1, ", 200_000) + "statusCode: 204}": 204, // names that are not held against each other
	} {
		if got, err := toldStatus([]byte(text)); got != want || err != nil {
			t.Errorf("%.40s: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "{}", "200", `{"statusCode": 1.5}`, `{"statusCode": [200]}`, "{statusCode: yes}", "{x: {statusCode: 200}}", "[statusCode, 200]x", "{"} {
		if got, err := toldStatus([]byte(text)); err == nil {
			t.Errorf("%s: %d", text, got)
		}
	}
}
