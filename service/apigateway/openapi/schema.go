package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/model"
)

// maxDepth is how deep schemas may be nested.
const maxDepth = 100

// schemas reads the document's schemas as models.
func (p *parser) schemas() error {
	for name := range p.doc.Components.Schemas {
		p.models[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.doc.Components.Schemas)) {
		if err := p.addModel(name, p.doc.Components.Schemas[name]); err != nil {
			return err
		}
	}
	return nil
}

// addModel adds a schema as a model.
func (p *parser) addModel(name string, raw json.RawMessage) error {
	var schema any
	if err := json.Unmarshal(raw, &schema); err != nil {
		return fmt.Errorf("Unable to parse model '%s': %w", name, err)
	}
	out, err := p.draft4(schema, 0)
	if err != nil {
		return fmt.Errorf("Unable to create model '%s': %w", name, err)
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	p.Models = append(p.Models, api.ModelShape{Name: &name, ContentType: new("application/json"), Schema: new(string(text))})
	return nil
}

// modelOf is the name of the model that a body's schema is: the one that it
// refers to, or one made of it. It is "" for no schema, and where the model is
// not there.
func (p *parser) modelOf(raw json.RawMessage) (string, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", nil
	}
	var ref struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(raw, &ref); err != nil {
		return "", fmt.Errorf("a schema is no object: %w", err)
	}
	if ref.Ref != "" {
		name, ok := target(ref.Ref)
		if !ok || !p.models[name] && name != "Empty" && name != "Error" {
			p.warn("Reference to model '%s' not found. Ignoring.", name)
			return "", nil
		}
		return name, nil
	}
	sum := sha256.Sum256(raw)
	name := "MODEL" + hex.EncodeToString(sum[:3])
	if p.models[name] {
		return name, nil
	}
	p.models[name] = true
	return name, p.addModel(name, raw)
}

// target is the model that a reference names.
func target(ref string) (string, bool) {
	for _, folder := range [...]string{"#/definitions/", "#/components/schemas/"} {
		if name, ok := strings.CutPrefix(ref, folder); ok && !strings.Contains(name, "/") {
			return name, true
		}
	}
	return ref[strings.LastIndex(ref, "/")+1:], false
}

// draft4 turns a schema of a document into one of JSON Schema's draft 4, in which
// other models have addresses, and words that only documents have are left out.
func (p *parser) draft4(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("its schema is nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = p.draft4(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		return p.draft4Object(v, depth)
	}
	return v, nil
}

// draft4Object is draft4 of a schema that is an object.
func (p *parser) draft4Object(schema map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(schema))
	for word, v := range schema {
		var err error
		switch word {
		case "discriminator", "example", "examples", "xml", "externalDocs", "readOnly", "writeOnly", "nullable", "deprecated":
			continue
		case "$ref":
			ref, _ := v.(string)
			if name, ok := target(ref); ok {
				v = model.Address(p.apiID, name)
			}
		case "properties", "patternProperties", "definitions", "dependencies":
			members, _ := v.(map[string]any)
			all := make(map[string]any, len(members))
			for name, m := range members {
				if all[name], err = p.draft4(m, depth+1); err != nil {
					return nil, err
				}
			}
			v = all
		case "items", "additionalItems", "additionalProperties", "not", "allOf", "anyOf", "oneOf":
			v, err = p.draft4(v, depth+1)
		}
		if err != nil {
			return nil, err
		}
		out[word] = v
	}
	return out, nil
}
