package schema

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"maru.dev/maru/pattern/bounded"
)

// The bounds on what one validation takes. Schemas that refer to themselves
// twice take twice as much for each level of a body, and the validator neither
// counts nor can be interrupted.
const (
	leastSteps   = 100_000
	stepsPerByte = 4 // a body's value has two bytes and more, a schema for it a few parts
	mostSteps    = 10_000_000
	maxDepth     = 20_000
	// mostPatterns is how large the patterns of a schema may be together, and
	// perStep how much of one, times the bytes that it is matched with, is a step.
	mostPatterns = 100_000
	perStep      = 1024
)

// pattern is a regular expression that knows how large it is.
type pattern struct {
	*regexp.Regexp
	size int
}

// patterns compiles those of one schema, some of them twice.
type patterns struct{ taken int }

// compile compiles one more.
func (p *patterns) compile(text string) (jsonschema.Regexp, error) {
	size, err := bounded.Size(text)
	if err != nil {
		return nil, err
	}
	if p.taken += size; p.taken > mostPatterns {
		return nil, errors.New("regular expressions are too large")
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return pattern{compiled, size}, nil
}

// matching is how many steps it costs to match a text.
func matching(p jsonschema.Regexp, text string) int {
	sized, _ := p.(pattern)
	return 1 + sized.size*len(text)/perStep
}

// room counts the steps of a validation before it is made.
type room struct{ left int }

// newRoom is the room for a body of so many bytes.
func newRoom(size int) *room { return &room{min(leastSteps+stepsPerByte*size, mostSteps)} }

// holds goes where the validator will go, if it is not stopped by what it finds, and
// tells whether there is room for it.
func (r *room) holds(s *jsonschema.Schema, v any, depth int) bool {
	if r.left -= 1 + weight(v); r.left < 0 || depth > maxDepth {
		return false
	}
	for _, part := range ofValue(s) {
		if !r.holds(part, v, depth+1) {
			return false
		}
	}
	switch v := v.(type) {
	case string:
		if s.Pattern != nil {
			r.left -= matching(s.Pattern, v)
		}
	case map[string]any:
		for name, member := range v {
			for p := range s.PatternProperties {
				r.left -= matching(p, name)
			}
			for _, part := range ofMember(s, name) {
				if !r.holds(part, member, depth+1) {
					return false
				}
			}
		}
	case []any:
		for i, item := range v {
			for _, part := range ofItem(s, i) {
				if !r.holds(part, item, depth+1) {
					return false
				}
			}
		}
	}
	return r.left >= 0
}

// weight is how many steps a value costs by itself: the validator writes numbers
// out, and those with large exponents are long.
func weight(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	text := strings.ToLower(string(n))
	_, exponent, _ := strings.Cut(text, "e")
	digits, err := strconv.Atoi(exponent)
	if err != nil { // there is none, or the validator refuses it, too
		digits = 0
	}
	return (len(text) + max(digits, -digits)) / 10
}

// ofValue are the parts of a schema that are for a value itself.
func ofValue(s *jsonschema.Schema) (parts []*jsonschema.Schema) {
	parts = some(parts, s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else)
	if s.DynamicRef != nil {
		parts = some(parts, s.DynamicRef.Ref)
	}
	parts = some(parts, s.AllOf...)
	parts = some(parts, s.AnyOf...)
	parts = some(parts, s.OneOf...)
	for _, d := range s.Dependencies {
		parts = one(parts, d)
	}
	for _, d := range s.DependentSchemas {
		parts = some(parts, d)
	}
	return parts
}

// ofMember are the parts that may be for a member of an object.
func ofMember(s *jsonschema.Schema, name string) (parts []*jsonschema.Schema) {
	parts = some(parts, s.Properties[name], s.UnevaluatedProperties, s.PropertyNames)
	for _, p := range s.PatternProperties {
		parts = some(parts, p)
	}
	return one(parts, s.AdditionalProperties)
}

// ofItem are the parts that may be for an item of an array.
func ofItem(s *jsonschema.Schema, i int) (parts []*jsonschema.Schema) {
	parts = some(parts, s.Items2020, s.Contains, s.UnevaluatedItems)
	if i < len(s.PrefixItems) {
		parts = some(parts, s.PrefixItems[i])
	}
	if list, ok := s.Items.([]*jsonschema.Schema); ok && i < len(list) {
		parts = some(parts, list[i])
	}
	return one(one(parts, s.Items), s.AdditionalItems)
}

// some adds the schemas that are there.
func some(parts []*jsonschema.Schema, more ...*jsonschema.Schema) []*jsonschema.Schema {
	for _, s := range more {
		if s != nil {
			parts = append(parts, s)
		}
	}
	return parts
}

// one adds what may be a schema, or something else.
func one(parts []*jsonschema.Schema, v any) []*jsonschema.Schema {
	s, _ := v.(*jsonschema.Schema)
	return some(parts, s)
}
