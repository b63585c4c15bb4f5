package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

// What a mock answers may be made of its request: a status is found in it or not,
// and where it is JSON, that which JSON says.
func FuzzToldStatus(f *testing.F) {
	for _, text := range []string{
		`{"statusCode":200}`, `{statusCode: 200}`, `{"statusCode":"404"}`, `{ statusCode: 0x1F4, a: [b, c] }`, "statusCode: 200\n---\nstatusCode: 300", `{"statusCode":2e2}`, `{"statusCode":null}`,
		"a: &a [x, x]\nb: &b [*a, *a]\nstatusCode: *b", "- statusCode", "*", "%", "&a *a", "\ufeffstatusCode: 1", strings.Repeat("[", 500), strings.Repeat("{a: ", 200), "? {statusCode: 1} : 2", "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := toldStatus(text)
		var told struct {
			StatusCode *int64 `json:"statusCode"`
		}
		if json.Unmarshal(text, &told) == nil && told.StatusCode != nil && (err != nil || got != *told.StatusCode) {
			t.Errorf("%s says %d, not %d: %v", text, *told.StatusCode, got, err)
		}
	})
}
