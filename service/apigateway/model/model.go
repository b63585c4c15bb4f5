// Package model reads the schemas of API Gateway's models: whether they can be
// used, what they refer to, and what a document by them looks like.
package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"maru.dev/maru/gateway/rest/schema"
	"maru.dev/maru/service/apigateway/fault"
)

// maxSchema is the size of a schema, in bytes.
const maxSchema = 400 << 10

// address is what a schema writes to refer to a model of its API. That may be a
// copy: the id that is written is the first one's then.
var address = regexp.MustCompile(`^https://apigateway\.amazonaws\.com/restapis/[A-Za-z0-9]+/models/([A-Za-z0-9]+)(#.*)?$`)

// Address is what a schema writes to refer to a model of an API.
func Address(apiID, name string) string {
	return "https://apigateway.amazonaws.com/restapis/" + apiID + "/models/" + name
}

// Set are the schemas of an API's models, by name.
type Set schema.Schemas

// Check tells whether the schema of a model can be used: that it is a JSON schema
// (draft 4), and that what it refers to is there. It is the caller's fault if not.
func (s Set) Check(name string) error {
	text := s[name]
	if len(text) > maxSchema {
		return invalid("Invalid model schema specified. Model schema exceeds the maximum size of %d bytes", maxSchema)
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return invalid("Invalid model schema specified")
	}
	if _, ok := doc.(map[string]any); !ok {
		return invalid("Invalid model schema specified")
	}
	var wrong []string
	if unknown := slices.Sorted(maps.Keys(unknownWords(doc))); len(unknown) > 0 {
		wrong = append(wrong, `Unsupported keyword(s): ["`+strings.Join(unknown, `", "`)+`"]`)
	}
	for range outside(doc) {
		wrong = append(wrong, "Model reference must be in canonical form")
	}
	if len(wrong) > 0 {
		return invalid("Invalid model schema specified. %s", strings.Join(wrong, ", "))
	}
	if _, err := schema.Schemas(s).Compile(name); err != nil {
		return invalid("Invalid model schema specified. %s", reason(err))
	}
	return nil
}

// reason is what is wrong with a schema, on one line.
func reason(err error) string {
	if load := (*jsonschema.LoadURLError)(nil); errors.As(err, &load) {
		return "Unable to resolve model reference: " + load.Err.Error()
	}
	lines := strings.Split(err.Error(), "\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "- "))
}

// invalid is the caller's error for a model.
func invalid(format string, args ...any) error {
	return fault.BadRequest("Invalid model specified: Validation Result: warnings : [], errors : [%s]", fmt.Sprintf(format, args...))
}

// words are the keywords of draft 4, with where the schemas below them are.
func words() map[string]below {
	return map[string]below{
		"$ref": none, "$schema": none, "id": none, "title": none, "description": none, "default": none, "multipleOf": none,
		"maximum": none, "exclusiveMaximum": none, "minimum": none, "exclusiveMinimum": none, "maxLength": none, "minLength": none,
		"pattern": none, "maxItems": none, "minItems": none, "uniqueItems": none, "maxProperties": none, "minProperties": none,
		"required": none, "enum": none, "type": none, "format": none,
		"additionalItems": self, "items": self, "additionalProperties": self, "not": self, "allOf": self, "anyOf": self, "oneOf": self,
		"definitions": named, "properties": named, "patternProperties": named, "dependencies": named,
	}
}

// below is where a keyword has schemas.
type below int

// The places of schemas below a keyword.
const (
	none  below = iota
	self        // its value, or each element of it
	named       // each member of its value, by a name of its own
)

// walk calls visit with each schema of a document.
func walk(doc any, visit func(schema map[string]any)) {
	switch doc := doc.(type) {
	case []any:
		for _, each := range doc {
			walk(each, visit)
		}
	case map[string]any:
		visit(doc)
		places := words()
		for word, v := range doc {
			switch places[word] {
			case self:
				walk(v, visit)
			case named:
				if members, ok := v.(map[string]any); ok {
					walk(slices.Collect(maps.Values(members)), visit)
				}
			}
		}
	}
}

// unknownWords are the keywords of a document that draft 4 does not have.
func unknownWords(doc any) map[string]bool {
	found, known := make(map[string]bool), words()
	walk(doc, func(schema map[string]any) {
		for word := range schema {
			if _, ok := known[word]; !ok && !strings.HasPrefix(word, "x-") {
				found[word] = true
			}
		}
	})
	return found
}

// outside are a document's references that lead neither into itself nor to a
// model.
func outside(doc any) (refs []string) {
	walk(doc, func(schema map[string]any) {
		if ref, ok := schema["$ref"].(string); ok && !strings.HasPrefix(ref, "#") && !address.MatchString(ref) {
			refs = append(refs, ref)
		}
	})
	return refs
}

// Refers lists the models that a schema refers to, by name.
func Refers(text string) []string {
	var doc any
	if json.Unmarshal([]byte(text), &doc) != nil {
		return nil
	}
	found := make(map[string]bool)
	walk(doc, func(schema map[string]any) {
		if ref, ok := schema["$ref"].(string); ok {
			if at := address.FindStringSubmatch(ref); at != nil {
				found[at[1]] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(found))
}
