package template

import (
	"encoding/json"
	"strings"
	"testing"
)

// A target's or an enrichment's answer is JSON, all of it, or is none; and its
// numbers stay as they are.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1,12345678901234567890,1e400]}`, `{}]`, `[]}`, `1 2`, `null `, "{}\n", `{} x`, `"\ud800"`, strings.Repeat("[", 300), "", " "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Decode(text)
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q is %v: %v", text, v, err)
		}
		if err != nil {
			return
		}
		if _, err := json.Marshal(v); err != nil {
			t.Errorf("%q cannot be written again: %v", text, err)
		}
	})
}
