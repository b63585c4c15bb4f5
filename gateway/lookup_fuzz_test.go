package gateway

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What is found in a request's body is a part of it: no path leads out of it, and
// what is found is not longer than what it is in.
func FuzzFromBody(f *testing.F) {
	const body = `{"a":{"b":[1,"x",null,{"c":12345678901234567890}]},"":{"'":true},"<":"\u2028"}`
	for _, path := range []string{"", "$", "$.a.b[3].c", "a.b[1]", "a['b'][0]", "$.a.b[-1]", "a.b[99999999999999999999]", "a.b[+1]", ".", "[]", "['']", "a..b", "<", "$$.a"} {
		f.Add([]byte(body), path)
		f.Add([]byte(`[[["x"]]]`), path)
	}
	f.Add([]byte("{} trailing"), "$")
	f.Add([]byte("\xff"), "a")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		got := fromBody(body, path)
		if path == "" {
			if got != string(body) {
				t.Errorf("all of %q is %q", body, got)
			}
			return
		}
		if len(got) > 6*len(body) {
			t.Errorf("%q in %q is %q", path, body, got)
		}
		var v json.RawMessage
		if json.NewDecoder(bytes.NewReader(body)).Decode(&v) != nil && got != "" {
			t.Errorf("%q of what is no JSON: %q", path, got)
		}
	})
}
