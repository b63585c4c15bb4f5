package schemas

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/wire"
)

// A schema's content that is taken is an object, and of OpenAPI 3 where it says so.
func FuzzCheckContent(f *testing.F) {
	for _, content := range []string{
		`{"openapi":"3.0.0","paths":{}}`, `{"openapi":"2.0"}`, `{"openapi":3}`, `{"OPENAPI":"3.1"}`, `{"openapi":"3.0.0"}{`, `{"openapi":"3.0.0","openapi":"2"}`,
		`{"$schema":"http://json-schema.org/draft-04/schema#","type":"object"}`, `{"type":"object","openapi":7}`, `null`, `[]`, `7`, ``, "{\"\xff\":1}", `{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		f.Add(api.TypeOpenApi3, content)
		f.Add(api.TypeJSONSchemaDraft4, content)
	}
	f.Fuzz(func(t *testing.T, kind, content string) {
		err := checkContent(kind, content)
		if _, ok := errors.AsType[wire.Error](err); err != nil && !ok {
			t.Errorf("%q: %v", content, err)
		}
		var doc map[string]json.RawMessage
		var version string
		want := json.Unmarshal([]byte(content), &doc) == nil && doc != nil
		if want && kind == api.TypeOpenApi3 {
			want = json.Unmarshal(doc["openapi"], &version) == nil && strings.HasPrefix(version, "3.")
		}
		if (err == nil) != want {
			t.Errorf("%q is %s: %v", content, kind, err)
		}
	})
}
