package codec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/internal/c2j"
	"maru.dev/maru/wire"
)

// suite is one group of the SDK's protocol tests: a model, and cases of one
// operation of it.
type suite struct {
	Description string
	Metadata    json.RawMessage
	Shapes      json.RawMessage
	Cases       []vector
}

// vector is one case: what a client is given and what it makes of it, or the
// other way about.
type vector struct {
	Given      json.RawMessage
	Params     any // of an input
	Serialized struct {
		Method, URI, Host string
		Headers           map[string]string
		Body              string
	}
	Result   any // of an output
	Response struct {
		StatusCode int `json:"status_code"`
		Headers    map[string]string
		Body       string
	}
}

func readSuites(t *testing.T, name string) []suite {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "protocol_tests", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []suite
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// service lays a case's model out, with Go types made on the spot.
func service(t *testing.T, s suite, v vector) (*wire.Service, *wire.Operation) {
	t.Helper()
	var named struct{ Name string }
	if err := json.Unmarshal(v.Given, &named); err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(map[string]any{
		"metadata": s.Metadata, "shapes": s.Shapes,
		"operations": map[string]any{named.Name: v.Given},
	})
	if err != nil {
		t.Fatal(err)
	}
	model, err := c2j.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	svc, err := c2j.Build(model, "test", []string{named.Name})
	if err != nil {
		t.Fatal(err)
	}
	for i := range svc.Shapes { // vectors are of reading and writing: some break their own model
		svc.Shapes[i].Enum, svc.Shapes[i].Pattern = nil, ""
		for j := range svc.Shapes[i].Members {
			m := &svc.Shapes[i].Members[j]
			m.Required = false
			if m.Location == wire.Headers && m.WireName == "" { // as above
				m.WireName = svc.Shapes[m.Ref].XMLName
			}
		}
	}
	op := &svc.Operations[0]
	var use struct{ Input struct{ Payload string } } // older models say it of the use, not of the shape
	if err := json.Unmarshal(v.Given, &use); err != nil {
		t.Fatal(err)
	}
	if use.Input.Payload != "" {
		svc.Shapes[op.Input].Payload = use.Input.Payload
	}
	op.New = maker(svc, op.Input)
	op.NewOut = maker(svc, op.Output)
	return svc, op
}

func maker(svc *wire.Service, row int) func() any {
	if row == wire.NoShape {
		return func() any { return new(struct{}) }
	}
	typ := goType(svc, row)
	return func() any { return reflect.New(typ).Interface() }
}

// recursive is the Go type of the one shape of the vectors that holds itself,
// which reflection cannot make.
type recursive struct {
	NoRecurse       *string
	RecursiveStruct *recursive
	RecursiveList   []recursive
	RecursiveMap    map[string]recursive
}

// goType makes the type that the generator would write for a row.
func goType(svc *wire.Service, row int) reflect.Type {
	s := &svc.Shapes[row]
	switch s.Kind {
	case wire.Structure:
		if s.Name == "RecursiveStructType" {
			return reflect.TypeFor[recursive]()
		}
		var fields []reflect.StructField
		for i, m := range s.Members {
			typ := goType(svc, m.Ref)
			if kind := svc.Shapes[m.Ref].Kind; kind == wire.Structure || !m.Required && kind != wire.List && kind != wire.Map && kind != wire.Blob && kind != wire.Document {
				typ = reflect.PointerTo(typ)
			}
			if m.Streaming {
				typ = reflect.TypeFor[io.Reader]()
			}
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: typ})
		}
		return reflect.StructOf(fields)
	case wire.List:
		return reflect.SliceOf(goType(svc, s.Members[0].Ref))
	case wire.Map:
		return reflect.MapOf(reflect.TypeFor[string](), goType(svc, s.Members[1].Ref))
	}
	return map[wire.Kind]reflect.Type{
		wire.String: reflect.TypeFor[string](), wire.Blob: reflect.TypeFor[[]byte](), wire.Boolean: reflect.TypeFor[bool](),
		wire.Integer: reflect.TypeFor[int32](), wire.Long: reflect.TypeFor[int64](), wire.Float: reflect.TypeFor[float32](),
		wire.Double: reflect.TypeFor[float64](), wire.Timestamp: reflect.TypeFor[time.Time](), wire.Document: reflect.TypeFor[json.RawMessage](),
	}[s.Kind]
}

// fill sets v to what a vector writes as plain JSON.
func fill(t *testing.T, typ *wire.Type, jsonValue bool, from any, v reflect.Value) {
	t.Helper()
	if from == nil {
		return
	}
	if jsonValue {
		doc, err := json.Marshal(from)
		if err != nil {
			t.Fatal(err)
		}
		v.SetString(string(doc))
		return
	}
	switch typ.Shape.Kind {
	case wire.Structure:
		for name, value := range from.(map[string]any) {
			f := typ.Field(name)
			if value == nil {
				continue
			}
			if f == nil {
				t.Fatalf("%s has no member %s", typ.Shape.Name, name)
			}
			if v.Field(f.Index).Kind() == reflect.Interface {
				v.Field(f.Index).Set(reflect.ValueOf(strings.NewReader(value.(string))))
				continue
			}
			fill(t, f.Type, f.JSONValue, value, f.Set(v))
		}
	case wire.List:
		list := from.([]any)
		v.Set(reflect.MakeSlice(typ.Go, len(list), len(list)))
		for i, value := range list {
			fill(t, typ.Elem.Type, typ.Elem.JSONValue, value, v.Index(i))
		}
	case wire.Map:
		v.Set(reflect.MakeMap(typ.Go))
		for key, value := range from.(map[string]any) {
			e := reflect.New(typ.Go.Elem()).Elem()
			fill(t, typ.Elem.Type, false, value, e)
			v.SetMapIndex(reflect.ValueOf(key), e)
		}
	case wire.String:
		v.SetString(from.(string))
	case wire.Blob:
		v.SetBytes([]byte(from.(string)))
	case wire.Boolean:
		v.SetBool(from.(bool))
	case wire.Integer, wire.Long:
		v.SetInt(int64(from.(float64)))
	case wire.Float, wire.Double:
		v.SetFloat(from.(float64))
	case wire.Timestamp:
		v.Set(reflect.ValueOf(time.UnixMilli(int64(from.(float64) * 1000)).UTC()))
	}
}
