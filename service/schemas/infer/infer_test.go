package infer

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const placed = `{"version":"0","id":"1","source":"shop","detail-type":"Order Placed","account":"1","time":"2026-01-01T00:00:00Z",
	"region":"r","resources":[],"detail":{"id":"a","total":1.5,"at":"2026-01-01T00:00:00Z","lines":[{"sku":"x","n":1},{"sku":"y"}],"who":{"name":"n"},"note":null}}`

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenAPIOfAnEvent(t *testing.T) {
	t.Parallel()
	e, err := ReadEvent([]byte(placed))
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `{"openapi":"3.0.0","info":{"version":"1.0.0","title":"OrderPlaced"},"paths":{},"components":{"schemas":{
		"AWSEvent":{"type":"object","required":["detail-type","resources","detail","id","source","time","region","version","account"],
			"x-amazon-events-detail-type":"Order Placed","x-amazon-events-source":"shop","properties":{
			"detail":{"$ref":"#/components/schemas/OrderPlaced"},"account":{"type":"string"},"detail-type":{"type":"string"},"id":{"type":"string"},
			"region":{"type":"string"},"resources":{"type":"array","items":{"type":"object"}},"source":{"type":"string"},
			"time":{"type":"string","format":"date-time"},"version":{"type":"string"}}},
		"OrderPlaced":{"type":"object","required":["at","id","lines","note","total","who"],"properties":{
			"at":{"type":"string","format":"date-time"},"id":{"type":"string"},"lines":{"type":"array","items":{"$ref":"#/components/schemas/LinesItem"}},
			"note":{},"total":{"type":"number"},"who":{"$ref":"#/components/schemas/Who"}}},
		"LinesItem":{"type":"object","required":["sku"],"properties":{"sku":{"type":"string"},"n":{"type":"number"}}},
		"Who":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}}`)
	if diff := cmp.Diff(want, parse(t, e.OpenAPI())); diff != "" {
		t.Error(diff)
	}
}

func TestExportIsWhatJSONSchemaWouldBe(t *testing.T) {
	t.Parallel()
	e, err := ReadEvent([]byte(placed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ToJSONSchema(e.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, e.JSONSchema()), parse(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestMergeFitsBoth(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ a, b, want string }{
		"optional":       {`{"a":1,"b":2}`, `{"a":1}`, `{"k":"object","p":{"a":{"k":"number"},"b":{"k":"number"}},"r":["a"]}`},
		"another kind":   {`{"a":1}`, `{"a":"x"}`, `{"k":"object","p":{"a":{}},"r":["a"]}`},
		"another format": {`"2026-01-01T00:00:00Z"`, `"x"`, `{"k":"string"}`},
		"empty list":     {`[]`, `[true]`, `{"k":"array","i":{"k":"boolean"}}`},
		"lists":          {`[{"a":1}]`, `[{"b":1}]`, `{"k":"array","i":{"k":"object","p":{"a":{"k":"number"},"b":{"k":"number"}}}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := Of(parse(t, tt.a)), Of(parse(t, tt.b))
			got, err := json.Marshal(Merge(a, b))
			if err != nil || string(got) != tt.want {
				t.Errorf("%s %v, want %s", got, err, tt.want)
			}
			if back := Merge(Merge(a, b), a); !Equal(back, Merge(a, b)) {
				t.Errorf("merging again changed it to %v", back)
			}
		})
	}
}

func TestNameOfADetailType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"EC2 Instance State-change Notification": "EC2InstanceStateChangeNotification", "order.placed": "OrderPlaced", "---": "Event"} {
		if got := Name(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add([]byte(placed))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ReadEvent(raw)
		if err != nil {
			return
		}
		if !json.Valid([]byte(e.OpenAPI())) || !json.Valid([]byte(e.JSONSchema())) {
			t.Error("no JSON")
		}
		if !Equal(e.Merge(e).Detail, e.Detail) {
			t.Error("an event does not fit itself")
		}
	})
}
