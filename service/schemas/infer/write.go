package infer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// doc is a JSON object.
type doc = map[string]any

// writer writes shapes as schemas; objects below the first become definitions.
type writer struct {
	prefix string // of references
	out    doc    // definitions
}

// OpenAPI writes an event's schema as OpenAPI 3.
//
// Spec: EventBridge User Guide, Amazon EventBridge schemas.
func (e Event) OpenAPI() string {
	w := &writer{prefix: "#/components/schemas/", out: doc{}}
	root := e.root(w)
	w.out["AWSEvent"] = root
	return encode(doc{
		"openapi": "3.0.0", "info": doc{"version": "1.0.0", "title": Name(e.DetailType)}, "paths": doc{},
		"components": doc{"schemas": w.out},
	})
}

// JSONSchema writes an event's schema as JSON Schema draft 4.
func (e Event) JSONSchema() string {
	w := &writer{prefix: "#/definitions/", out: doc{}}
	root := e.root(w)
	root["$schema"], root["title"], root["definitions"] = "http://json-schema.org/draft-04/schema#", Name(e.DetailType), w.out
	return encode(root)
}

// root is the schema of the event around its detail.
func (e Event) root(w *writer) doc {
	name := w.define(Name(e.DetailType), e.Detail)
	item := any(doc{"type": object})
	if e.Resources.Item != nil {
		item = w.schema("Resource", *e.Resources.Item)
	}
	str := doc{"type": text}
	return doc{
		"type": object, "x-amazon-events-detail-type": e.DetailType, "x-amazon-events-source": e.Source,
		"required": []string{"detail-type", "resources", "detail", "id", "source", "time", "region", "version", "account"},
		"properties": doc{
			"detail": doc{"$ref": w.prefix + name}, "account": str, "detail-type": str, "id": str, "region": str,
			"resources": doc{"type": array, "items": item}, "source": str, "time": doc{"type": text, "format": dateTime}, "version": str,
		},
	}
}

// define writes an object as a definition, and returns the name it got.
func (w *writer) define(name string, s Shape) string {
	free := name
	for i := 1; w.out[free] != nil || free == "AWSEvent"; i++ {
		free = fmt.Sprintf("%s_%d", name, i)
	}
	w.out[free] = doc{} // the name is taken
	out := doc{"type": object}
	properties := doc{}
	for _, field := range slices.Sorted(maps.Keys(s.Fields)) {
		properties[field] = w.schema(Name(field), s.Fields[field])
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(s.Required) > 0 {
		out["required"] = s.Required
	}
	w.out[free] = out
	return free
}

// schema writes a shape.
func (w *writer) schema(name string, s Shape) doc {
	switch s.Kind {
	case "":
		return doc{}
	case object:
		return doc{"$ref": w.prefix + w.define(name, s)}
	case array:
		item := doc{"type": object}
		if s.Item != nil {
			item = w.schema(name+"Item", *s.Item)
		}
		return doc{"type": array, "items": item}
	}
	out := doc{"type": s.Kind}
	if s.Format != "" {
		out["format"] = s.Format
	}
	return out
}

// encode writes a document.
func encode(d doc) string {
	raw, err := json.Marshal(d)
	if err != nil {
		return "{}" // it is made of plain values
	}
	return string(raw)
}

// ToJSONSchema turns an OpenAPI document into JSON Schema draft 4: the event, or
// else the first schema, with the others as definitions.
func ToJSONSchema(openAPI string) (string, error) {
	var in struct {
		Info       struct{ Title string }
		Components struct{ Schemas map[string]doc }
	}
	if err := json.Unmarshal([]byte(openAPI), &in); err != nil {
		return "", fmt.Errorf("the schema is no JSON: %w", err)
	}
	names := slices.Sorted(maps.Keys(in.Components.Schemas))
	if len(names) == 0 {
		return "", fmt.Errorf("the document has no schemas")
	}
	first := names[0]
	if _, ok := in.Components.Schemas["AWSEvent"]; ok {
		first = "AWSEvent"
	}
	root, definitions := doc{}, doc{}
	for name, s := range in.Components.Schemas {
		moved, _ := move(s).(doc)
		if name == first {
			root = moved
			continue
		}
		definitions[name] = moved
	}
	root["$schema"], root["definitions"] = "http://json-schema.org/draft-04/schema#", definitions
	if in.Info.Title != "" {
		root["title"] = in.Info.Title
	}
	return encode(root), nil
}

// move writes a schema of OpenAPI as JSON Schema has it: references lead
// elsewhere, and what may be null says so by its type.
func move(v any) any {
	switch v := v.(type) {
	case doc:
		out := make(doc, len(v))
		for k, e := range v {
			if s, ok := e.(string); ok && k == "$ref" {
				out[k] = strings.Replace(s, "#/components/schemas/", "#/definitions/", 1)
				continue
			}
			out[k] = move(e)
		}
		if kind, ok := out["type"].(string); ok && out["nullable"] == true {
			delete(out, "nullable")
			out["type"] = []string{kind, "null"}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = move(e)
		}
		return out
	}
	return v
}
