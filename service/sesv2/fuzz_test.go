package sesv2

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/wire"
)

// An entry's data lie over the common ones, member by member; what is no object is
// refused.
func FuzzMerge(f *testing.F) {
	for _, texts := range [][2]string{
		{`{"a":1,"b":{"c":2}}`, `{"b":{"d":3},"e":[1e400]}`},
		{`{"a":1}`, ``},
		{``, `{"a":1}`},
		{``, ``},
		{`{"a":1}`, `null`},
		{`null`, `{"a":1}`},
		{`[]`, `{}`},
		{`{"a":1}{`, ``},
		{`{"a":1,"a":2}`, `{"\u0061":"\ud800"}`},
		{"{\"\xff\":1}", "{}"},
	} {
		f.Add(texts[0], texts[1])
	}
	f.Fuzz(func(t *testing.T, common, own string) {
		merged, err := merge(common, own)
		if err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%q over %q: %v", own, common, err)
			}
			return
		}
		want := map[string]json.RawMessage{}
		for _, text := range []string{common, own} {
			if text == "" {
				continue
			}
			var members map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &members); err != nil || members == nil {
				t.Fatalf("%q is taken: %v", text, err)
			}
			for name, v := range members {
				want[name] = v
			}
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(merged), &got); err != nil {
			t.Fatalf("%q over %q is %q: %v", own, common, merged, err)
		}
		for name := range want {
			want[name] = compact(t, want[name])
			got[name] = compact(t, got[name])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q over %q:\n%s", own, common, diff)
		}
	})
}

// compact writes JSON as encoding/json does.
func compact(t *testing.T, text json.RawMessage) json.RawMessage {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
