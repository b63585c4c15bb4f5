package model

import (
	"encoding/json"
	"strings"
)

// Flatten is the schema of a model with those that it refers to in its own
// definitions.
func (s Set) Flatten(name string) (string, error) {
	var doc map[string]any
	if err := json.Unmarshal([]byte(s[name]), &doc); err != nil {
		return s[name], nil //nolint:nilerr // not all models are JSON: they refer to nothing
	}
	definitions, _ := doc["definitions"].(map[string]any)
	if definitions == nil {
		definitions = make(map[string]any)
	}
	// The models that are referred to, and what they refer to in turn, once each.
	for todo := pointInside(doc, name, ""); len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		if _, done := definitions[next]; done {
			continue
		}
		var of any
		if err := json.Unmarshal([]byte(s[next]), &of); err != nil {
			continue
		}
		definitions[next] = of
		todo = append(todo, pointInside(of, name, next)...)
	}
	if len(definitions) > 0 {
		doc["definitions"] = definitions
	}
	text, err := json.Marshal(doc)
	return string(text), err
}

// pointInside turns a schema's references to models into ones to the definitions
// of the model root, where the schema is the definition called at, and returns the
// models' names. at is "" for the root itself.
func pointInside(doc any, root, at string) (names []string) {
	walk(doc, func(schema map[string]any) {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return
		}
		to := address.FindStringSubmatch(ref)
		switch {
		case to == nil && at != "":
			schema["$ref"] = "#/definitions/" + at + strings.TrimPrefix(ref, "#")
		case to == nil:
		case to[1] == root:
			schema["$ref"] = "#" + strings.TrimPrefix(to[2], "#")
		default:
			schema["$ref"] = "#/definitions/" + to[1] + strings.TrimPrefix(to[2], "#")
			names = append(names, to[1])
		}
	})
	return names
}
