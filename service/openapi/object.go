package openapi

import (
	"encoding/json"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Object is a part of a document to be written.
type Object map[string]any

// With adds a member that is not empty: neither nil nor of no length. What a
// pointer points to is added.
func (o Object) With(name string, v any) Object {
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer && !r.IsNil() {
		r = r.Elem()
	}
	switch r.Kind() {
	case reflect.Invalid, reflect.Pointer:
		return o
	case reflect.String, reflect.Slice, reflect.Map:
		if r.Len() == 0 {
			return o
		}
	default:
	}
	o[name] = r.Interface()
	return o
}

// Marshal writes the document in YAML, or in JSON.
func (o Object) Marshal(inYAML bool) ([]byte, error) {
	if !inYAML {
		return json.MarshalIndent(o, "", "  ")
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var plain map[string]any // without types of our own
	if err := json.Unmarshal(raw, &plain); err != nil {
		return nil, err
	}
	return yaml.Marshal(plain)
}
